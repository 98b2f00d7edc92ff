//! The JSON form: for import, export and people.
//!
//! One object:
//!
//! | field | |
//! |---|---|
//! | `source` | where the figures come from; `"import"` if left out |
//! | `start_date`, `current_date` | first and last day of the histories |
//! | `offline_data` | the daily columns and the figures at the start date |
//! | `historical_arrays` | `filplus_rate`, whose last entry is for the current date; and the windows `raw_byte_power`, `renewal_rate` |
//! | `smoothed_metrics` | medians of the last 30 days: `raw_byte_power`, `renewal_rate`, `filplus_rate` |
//! | `network_start`, `historical_days` | 2020-10-15, and the days from start date to current date |
//! | `description`, `units`, `index_conventions` | for the reader; not read |
//!
//! In `offline_data`, columns are named as the fields of [`SnapshotData`](crate::SnapshotData); `circ_supply_vec`,
//! `locked_fil_vec`, `mined_fil_vec` and `vested_fil_vec` may be missing.
//!
//! **What follows from other figures may be left out, and is never trusted**: `network_start`, `historical_days`,
//! `smoothed_metrics`, the windows `raw_byte_power` and `renewal_rate`, and in `offline_data` `rb_power_zero`,
//! `qa_power_zero` (PiB at the current date) and `daily_burnt_fil`. If given they must agree to a relative 1e-9; the snapshot
//! then holds its own. Only the FIL+ rate follows from nothing else: one of `historical_arrays.filplus_rate` and
//! `smoothed_metrics.filplus_rate` is needed.
//!
//! Any other name is refused with the nearest known one, a name given twice too. Numbers are read and written exactly:
//! what was exported and is imported again is the same to the bit.

mod export;
mod import;
mod schema;
mod tree;

pub use schema::schema;

use crate::{snapshot::Snapshot, validation::Refused};

/// Why bytes are no snapshot in JSON form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The bytes are not JSON.
    #[error("the body is not JSON: {detail} (line {line}, column {column})")]
    Malformed {
        /// Line of the first byte that cannot be, from 1.
        line: usize,
        /// Column of that byte, from 1.
        column: usize,
        /// What the parser says.
        detail: String,
    },
    /// It is JSON, but not a snapshot: everything that is wrong.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl Snapshot {
    /// Reads and validates a snapshot in JSON form.
    ///
    /// # Errors
    ///
    /// [`JsonError::Malformed`] for what is not JSON, [`JsonError::Refused`] with every bad field for what is.
    pub fn from_json(json: &[u8]) -> Result<Self, JsonError> {
        import::import(json)
    }

    /// The JSON form of this snapshot, complete with everything derived and with its units and conventions.
    ///
    /// # Panics
    ///
    /// Never: every number of a snapshot is finite and every key a string.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        export::export(self)
    }
}
