//! Signing in against servers that run here: clients' descriptions and login providers, well and badly behaved.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod documents;
mod floods;
mod logins;
mod secrets;
