//! The tools of this deployment: a row for each group that has some.

use job_tools::Tool;

/// The tables of all groups that are deployed.
static TABLES: &[&[&Tool]] = &[
    &forecast_jobs::TOOLS,
    &[&refresh::UPDATE_CACHE],
    #[cfg(feature = "models")]
    &[&asking::ASK],
    #[cfg(feature = "planning")]
    &planning::run::JOB_TOOLS,
];

/// Every tool.
pub(crate) fn all() -> Vec<&'static Tool> {
    TABLES.concat()
}

/// Their names.
pub(crate) fn names() -> Vec<&'static str> {
    all().into_iter().map(|tool| tool.name).collect()
}
