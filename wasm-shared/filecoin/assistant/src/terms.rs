//! What each tool requires of its caller, for the guard and for the document on access.

use web::Scope;

/// What a tool requires of its caller.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The tool's name.
    pub tool: &'static str,
    /// The scope that its caller has to have, besides that of `/mcp`.
    pub scope: Scope,
    /// What a call takes of the caller's quota; a forecast is 1.
    pub cost: u32,
}

/// The terms of every tool, a row each. Whatever else is asked of `/mcp` (lists, prompts, resources) costs nothing.
pub const TERMS: &[Terms] = &[
    Terms { tool: "fetch_context", scope: Scope::Read, cost: 1 },
    Terms { tool: "get_historical_data", scope: Scope::Read, cost: 1 },
    Terms { tool: "simulate", scope: Scope::Read, cost: 1 },
    // Eight forecasts at most.
    Terms { tool: "compare_scenarios", scope: Scope::Read, cost: 4 },
    Terms { tool: "provide_plot", scope: Scope::Read, cost: 1 },
    #[cfg(feature = "accuracy")]
    Terms { tool: "forecast_accuracy", scope: Scope::Read, cost: 1 },
    // And 1 more for every further ten years of all runs together; a job costs 10.
    #[cfg(feature = "jobs")]
    Terms { tool: "forecast_range", scope: Scope::Read, cost: 1 },
    // As POST /simulate/goal. A job costs 9 more.
    #[cfg(feature = "jobs")]
    Terms { tool: "find_assumption", scope: Scope::Read, cost: 5 },
];

impl Terms {
    /// The terms of a tool. A name without a row is taken as a tool that reads; the server says that there is none.
    pub(crate) fn of(tool: &str) -> Self {
        let unknown = Self { tool: "", scope: Scope::Read, cost: 1 };
        TERMS.iter().find(|terms| terms.tool == tool).copied().unwrap_or(unknown)
    }
}
