use std::sync::Arc;

use chrono::{DateTime, Utc};
use network_data::{BUNDLED_SOURCE, Snapshot};

use crate::layout::name_of;

/// The current snapshot. A request takes one and keeps it to its end.
#[derive(Clone)]
pub struct Current {
    /// The network's data.
    pub snapshot: Arc<Snapshot>,
    /// Its id, which changes with every figure: for validators.
    pub id: Arc<str>,
    /// Whether the instance still had it in memory.
    pub from_memory: bool,
    /// Whether the operator pinned it, so that no refresh replaces it.
    pub pinned: bool,
    /// Its place in the order of publications; 0 where that is not known.
    pub(crate) seq: i64,
    /// When it was last known to be current.
    pub(crate) checked: DateTime<Utc>,
}

impl Current {
    pub(crate) fn new(snapshot: Arc<Snapshot>, seq: i64, now: DateTime<Utc>) -> Self {
        let id = name_of(&snapshot).into();
        Self { snapshot, id, from_memory: false, pinned: false, seq, checked: now }
    }

    pub(crate) fn pinned(self, pinned: bool) -> Self {
        Self { pinned, ..self }
    }

    /// The same, known to be current at `now`.
    pub(crate) fn at(&self, now: DateTime<Utc>) -> Self {
        Self { checked: now, from_memory: true, ..self.clone() }
    }

    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.snapshot, &other.snapshot) && self.checked == other.checked
    }

    pub(crate) fn is_bundled(&self) -> bool {
        self.snapshot.source() == BUNDLED_SOURCE
    }
}
