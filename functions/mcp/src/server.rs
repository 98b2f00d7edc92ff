//! The server: everything it offers, said for today's network.

use std::sync::Arc;

use http::StatusCode;
use mcp::{CacheHint, Error, Server};
use web::Problem;

use assistant::Desk;

use crate::sources;

/// The instructions that a model reads before its first call.
const INSTRUCTIONS: &str = "MechaFil Edge forecasts the economy of Filecoin, a network that pays storage providers in \
its token, FIL, for proven storage: power, block rewards, supply, pledge and returns. Call fetch_context once before \
anything else: it explains the model, the units and today's numbers in a few pages. Then get_historical_data for what \
happened, simulate for one forecast, compare_scenarios for what a different assumption would change. Set \
forecast_length_days to the horizon that was asked for, and say the dates with every number: the data may be some days \
old.";

/// Clients may keep the lists for ten minutes; they change when a new snapshot is published, once a day.
const LISTS_KEPT_MS: u64 = 10 * 60 * 1000;

/// A list is one page: many clients read no second one, and each page would be taken from the whole list anew. Connected servers have
/// 2,000 tools at most, of 4 MiB together.
const MOST_LISTED: usize = 2_200;

/// A server and the snapshot whose numbers it speaks of.
#[derive(Clone)]
struct Prepared {
    snapshot: Option<Arc<str>>,
    server: Server<Desk>,
}

/// The server for today's snapshot: the one that this instance remembers, or a new one.
pub(crate) fn at(desk: &Desk) -> Result<Server<Desk>, Problem> {
    let snapshot = desk.current().map(|current| Arc::clone(&current.id));
    let memory = desk.platform().instance();
    if let Some(known) = memory.get::<Prepared>().filter(|known| known.snapshot == snapshot) {
        return Ok(known.server);
    }
    let server = build(desk).map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL_ERROR",
            format!(
                "The MCP server is put together wrongly ({error}); please report it with the request id."
            ),
        )
    })?;
    memory.set(Prepared { snapshot, server: server.clone() });
    Ok(server)
}

fn build(desk: &Desk) -> Result<Server<Desk>, Error> {
    let builder = Server::builder("mechafil-edge", env!("CARGO_PKG_VERSION"))
        .title("MechaFil Edge")
        .description("Forecasts of Filecoin's economy: power, rewards, supply and storage-provider returns.")
        .instructions(INSTRUCTIONS)
        .page_size(MOST_LISTED)
        .lists_cached(CacheHint::public(LISTS_KEPT_MS))
        .resources_cached(CacheHint::public(LISTS_KEPT_MS));
    assistant::references(sources::add(assistant::tools(builder, desk))).build()
}
