//! What the client does with servers that speak each revision, and with those that misbehave. The official suite's client
//! scenarios are in `tests/mcp-clients`.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]
#![allow(clippy::needless_pass_by_value, reason = "`json!` is written where it is passed")]

mod authorization;
mod common;
mod misbehaving;
mod own_server;
mod sessions;
