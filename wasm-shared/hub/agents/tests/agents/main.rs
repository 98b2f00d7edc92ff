//! Agents and documents without HTTP: layers, and limits that hold.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod layers;
mod limits;
