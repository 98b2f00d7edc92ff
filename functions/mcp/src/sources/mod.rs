//! Tools that depend on who calls, a source a group: a module here that implements [`mcp::ToolSource`] for the [`Desk`], and a row
//! in [`add`] where its group is deployed. The tools of connected servers are in `assistant`: `functions/ask` offers them too.
//!
//! The caller is the desk's: a source lists nothing for a caller without an owner ([`Desk::member`]), and demands the scopes and
//! the cost of a call itself ([`Desk::demand`]), of which a cost of 1 was counted before it is asked.

#[cfg(feature = "daemons")]
mod daemons;
#[cfg(feature = "planning")]
mod planning;

use assistant::Desk;
use mcp::Builder;

/// Adds the sources of the groups that are deployed.
pub(crate) fn add(builder: Builder<Desk>) -> Builder<Desk> {
    #[cfg(feature = "daemons")]
    let builder = builder.source(daemons::Daemons);
    #[cfg(feature = "gateway")]
    let builder = builder.source(assistant::Connected).offers(assistant::Connected);
    #[cfg(feature = "planning")]
    let builder = builder.source(planning::Planning);
    builder
}
