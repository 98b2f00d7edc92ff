//! The contract over HTTP, the same for every platform.
//!
//! `cargo test -p contract [filter]` starts each platform of the table in [`platforms`], asks it everything that the contract
//! says, and stops it. The cases (in `cases/`) are written once and know of a platform only its base URL and admin key; this
//! library is what they stand on. A platform is added by adding a line to that table.
//!
//! | variable | |
//! |---|---|
//! | `CONTRACT_PLATFORMS` | which to run, with commas; one that is not built is then a failure. Without it: every one that is built |
//! | `CONTRACT_BASE_URL` | run against a service that is deployed already: only the cases that change nothing |
//! | `CONTRACT_ADMIN_KEY` | its admin key, for the cases that compare with its snapshot |
//! | `CONTRACT_ACCESS` | `closed`: the services ask everybody for a key, and the cases send one |
//! | `CONTRACT_RACE_ROUNDS` | how often snapshots are published at once on workerd and in the Spin host, instead of 20 times; `1000` takes an hour or more |
//! | `CONTRACT_FIGURES` | `yes`: prints how large an instance becomes by each hostile body (with `--nocapture`) |
//! | `CONTRACT_TIMES` | `yes`: prints where the time went, with what starts of servers took |
//! | `REFERENCE_DATA` | the folder of the real network; without it a made-up one is imported |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test fails by a panic"
)]
#![allow(clippy::cast_possible_wrap, reason = "days and lengths here are thousands")]

pub mod answers;
pub mod calendar;
pub mod http;
pub mod model;
pub mod network;
pub mod operations;
mod patient;
pub mod planner;
pub mod platforms;
pub mod scene;
pub mod suite;
mod times;

use std::path::PathBuf;

/// The project's root.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
