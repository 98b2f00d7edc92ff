//! An ordinary machine as the platform: SQLite and files, or all in memory.
//!
//! [`Machine`] is what a server stands on: a folder that holds the database, the cache and the archive, or nothing on
//! disk at all. [`memory::World`] is the same for tests, which may look into it, stop its clock and make it fail.

mod database;
mod http_client;
mod machine;
pub mod memory;
mod peers;
mod queue;
mod store;

pub use machine::{Machine, Storage};
pub use peers::with_peers;

/// What `/health` calls this platform.
const NAME: &str = "native";
