//! A server that exists to be tested: it offers what the official MCP conformance suite looks for.
//!
//! The suite calls tools, prompts and resources by fixed names and expects fixed behaviour; every name here is one of
//! the suite's. It is built on the same core as the product's own `/mcp`, and put on the same platforms by the same
//! line, so what holds here holds there.

#![expect(deprecated, reason = "the suite tests sampling, roots and logging, which 2026-07-28 deprecates")]
#![expect(clippy::unused_async, reason = "handlers are async, whether they have to wait or not")]

mod asking;
mod desk;
mod fixtures;
mod prompts;
mod resources;
mod tasks;
mod tools;

use axum::Router;
use desk::Desk;
use mcp::{CacheHint, Error, Server};
use platform::{Application, Platform};

/// Where the suite is pointed at.
pub const PATH: &str = "/mcp";

/// The server's one route.
///
/// # Panics
///
/// If the server offers something that clients would not accept, which is a mistake in this crate.
#[expect(clippy::expect_used, reason = "a test server that is put together wrongly must not start")]
pub fn routes() -> Router<Platform> {
    mcp::route(PATH, server().expect("a server that clients accept"))
}

/// The server, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Database];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(Function);

fn server() -> Result<Server<Desk>, Error> {
    let builder = Server::builder("conformance-server", env!("CARGO_PKG_VERSION"))
        .title("Conformance server")
        .logging()
        // Its resources never change, so there is never an update to announce.
        .accept_subscriptions()
        .lists_cached(CacheHint::public(60_000));
    prompts::add(resources::add(tasks::add(asking::add(tools::add(builder))))).build()
}
