//! What holds of daemons, whatever happens at the same time.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;
mod definitions;
mod grammar;
mod record;
mod summoning;
