//! Language models as their callers see them, with providers that say what a test wants.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod budgets;
mod calls;
mod choosing;
mod double;
mod protocols;
