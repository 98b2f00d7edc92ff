//! The five tools. All of them only read.

mod compare_scenarios;
mod fetch_context;
mod get_historical_data;
mod provide_plot;
mod simulate;

use mcp::Builder;
use network_data::Snapshot;

use crate::desk::Desk;

/// Members in which clients send all arguments of a tool that took a single object before.
const WRAPPERS: [&str; 2] = ["sim", "req"];

/// Adds the tools, described for today's network.
pub(crate) fn add(builder: Builder<Desk>, snapshot: Option<&Snapshot>) -> Builder<Desk> {
    builder
        .tool(fetch_context::tool(), fetch_context::call)
        .tool(get_historical_data::tool(snapshot), get_historical_data::call)
        .tool(simulate::tool(snapshot), simulate::call)
        .tool(compare_scenarios::tool(snapshot), compare_scenarios::call)
        .tool(provide_plot::tool(), provide_plot::call)
}
