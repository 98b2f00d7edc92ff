//! Applications run by this host, with the component in `fixture/`, which is built here when it is out of date.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod command;
mod disturbances;
mod files;
mod instances;
mod key_value;
mod outbound;
mod requests;
mod sqlite;
mod start;
mod support;
mod variables;
