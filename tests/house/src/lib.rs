//! What is listed in more than one place comes from one: a function's `Cargo.toml` says what a deployment has to know of
//! it, `web::settings` what can be set, and `docs/architecture.md` which crate may use which.
//!
//! `cargo run -p house` (`scripts/manifest`) writes the functions' part of `spin.toml`; the tests check that nothing
//! differs from what it would write.

pub mod drawing;
pub mod functions;
pub mod manifest;

use std::path::PathBuf;

/// The project's root.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
