//! The tools; a new one has a row in `terms.rs` too. All of them only read. Those of other groups than `forecasts` are there where their group is deployed.

mod compare_scenarios;
mod fetch_context;
#[cfg(feature = "jobs")]
mod find_assumption;
#[cfg(feature = "accuracy")]
mod forecast_accuracy;
#[cfg(feature = "jobs")]
mod forecast_range;
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
    let builder = builder
        .tool(fetch_context::tool(), fetch_context::call)
        .tool(get_historical_data::tool(snapshot), get_historical_data::call)
        .tool(simulate::tool(snapshot), simulate::call)
        .tool(compare_scenarios::tool(snapshot), compare_scenarios::call)
        .tool(provide_plot::tool(), provide_plot::call);
    #[cfg(feature = "accuracy")]
    let builder = builder.tool(forecast_accuracy::tool(), forecast_accuracy::call);
    #[cfg(feature = "jobs")]
    let builder = builder
        .tool(forecast_range::tool(snapshot), forecast_range::call)
        .tool(find_assumption::tool(snapshot), find_assumption::call)
        .tasks();
    builder
}
