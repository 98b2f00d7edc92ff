//! The server as a program.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod serving;
