//! What assistants get: tools, resources and prompts about Filecoin's economy.
//!
//! The protocol is in `wasm-shared/mcp/server`; what a forecast or a history is, in `wasm-shared/filecoin/forecast` and
//! `wasm-shared/filecoin/network-data`. Here is what an assistant is told about them, and how it asks. `functions/mcp` serves it to
//! assistants elsewhere, `functions/ask` to a language model of its own.
//!
//! What the tools say of themselves names today's defaults, so a server is put together anew for each snapshot.

mod assumptions;
#[cfg(feature = "jobs")]
mod background;
mod completion;
#[cfg(feature = "gateway")]
mod connected;
mod context;
mod desk;
mod figures;
mod metrics;
mod prompts;
mod request;
mod resources;
mod response;
mod schemas;
mod terms;
mod tools;
mod view;

#[cfg(feature = "gateway")]
pub use connected::Connected;
pub use desk::Desk;
use mcp::Builder;
pub use schemas::Message;
pub use terms::{TERMS, Terms};

/// Adds the tools, described for today's network.
pub fn tools(builder: Builder<Desk>, desk: &Desk) -> Builder<Desk> {
    tools::add(builder, desk.current().map(|current| &*current.snapshot))
}

/// Adds what people and their assistants choose themselves: resources, prompts, and the view that draws a result.
pub fn references(builder: Builder<Desk>) -> Builder<Desk> {
    view::add(prompts::add(resources::add(builder)))
}
