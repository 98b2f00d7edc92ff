//! Filecoin's daily network statistics.
//!
//! A [`Snapshot`] is what the network did from one day to another and what is already known of the days after: power,
//! onboarding, renewals, scheduled expirations, burnt FIL. It exists only validated, and in two forms besides the one in
//! memory: a compact [wire form](wire) for storage, and a documented [JSON form](json) for people and for import and
//! export. [`historical`] is what `GET /historical-data` says of it; [`calendar`] cuts daily series to weeks and months
//! for every reply.
//!
//! [`spacescope`] is where daily figures come from: what to ask for, and how rows become a snapshot.
//!
//! Nothing here does I/O or reads a clock.

pub mod calendar;
mod columns;
mod data;
pub mod demo;
pub mod historical;
pub mod json;
mod snapshot;
pub mod spacescope;
pub mod validation;
pub mod wire;

pub use data::{BUNDLED_SOURCE, FilplusRate, NETWORK_START, SnapshotData, WINDOW_DAYS};
pub use snapshot::{SmoothedMetrics, Snapshot};
