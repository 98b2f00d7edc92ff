//! Jobs over the platform in memory, with a clock that the tests set.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]

mod approvals;
mod common;
mod limits;
mod losses;
mod retention;
mod state_machine;
mod steps;
mod webhooks;
