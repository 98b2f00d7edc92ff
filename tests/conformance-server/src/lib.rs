//! A server that exists to be tested: it offers what the official MCP conformance suite looks for.
//!
//! The suite calls tools, prompts and resources by fixed names and expects fixed behaviour; every name here is one of
//! the suite's. It is built on the same core as the product's own `/mcp`, so what holds here holds there.

#![expect(deprecated, reason = "the suite tests sampling, roots and logging, which 2026-07-28 deprecates")]
#![expect(clippy::unused_async, reason = "handlers are async, whether they have to wait or not")]

mod asking;
mod desk;
mod fixtures;
mod prompts;
mod resources;
mod tools;

use axum::{Router, extract::FromRef};
use mcp::{CacheHint, Error, Server};

pub use desk::{Desk, Pause};

/// Where the suite is pointed at.
pub const PATH: &str = "/mcp";

/// The server, ready for any router that can hand out a [`Desk`].
///
/// # Errors
///
/// A mistake in what the server offers.
pub fn routes<P>() -> Result<Router<P>, Error>
where
    P: Clone + Send + Sync + 'static,
    Desk: FromRef<P>,
{
    Ok(mcp::route(PATH, server()?))
}

/// The server itself.
///
/// # Errors
///
/// A mistake in what the server offers.
pub fn server() -> Result<Server<Desk>, Error> {
    let builder = Server::builder("conformance-server", env!("CARGO_PKG_VERSION"))
        .title("Conformance server")
        .logging()
        // Its resources never change, so there is never an update to announce.
        .accept_subscriptions()
        .lists_cached(CacheHint::public(60_000));
    prompts::add(resources::add(asking::add(tools::add(builder)))).build()
}
