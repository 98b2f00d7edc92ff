//! The operator's paths: keys, and the import, list, export and restore of snapshots.

mod keys;
mod refused_snapshots;
mod snapshots;

use contract::suite::Case;

pub(crate) fn cases() -> Vec<Case> {
    [keys::cases(), snapshots::cases(), refused_snapshots::cases()].into_iter().flatten().collect()
}
