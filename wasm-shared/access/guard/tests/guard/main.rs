//! What callers notice of the guard, on an application with one operation of each kind.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod addresses;
mod callers;
mod common;
mod counting;
mod faults;
mod mcp_hosts;
mod tokens;
