//! The names under which snapshots lie in the cache and the archive.

use chrono::NaiveDate;
use network_data::Snapshot;

/// The cache key of the pointer to the current snapshot.
pub(crate) const CURRENT: &str = "snapshot/current";

/// The asset that is the bundled demonstration network, in wire form.
pub(crate) const BUNDLED: &str = "network/bundled.bin";

/// The prefix of the archive's keys.
pub(crate) const ARCHIVE: &str = "snapshots/";

/// A snapshot's id: its date and a checksum of all its figures.
#[must_use]
pub fn name_of(snapshot: &Snapshot) -> String {
    format!("{}-{:08x}", snapshot.current_date(), snapshot.fingerprint())
}

/// The value of the cache under [`CURRENT`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Pointer {
    /// The current snapshot's id.
    pub(crate) id: String,
    /// Names its bytes. Releases before the table of publications wrote none, and named the bytes by the id.
    #[serde(default)]
    pub(crate) copy: Option<String>,
    /// The publication's place in the order of all, 0 in pointers of those releases.
    #[serde(default)]
    pub(crate) seq: i64,
    /// Whether no refresh may replace it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) pinned: bool,
    /// Names the bytes of the publication before it, where no table knows them.
    #[serde(default)]
    pub(crate) previous: Option<String>,
}

impl Pointer {
    /// The name of the stored bytes.
    pub(crate) fn copy(&self) -> &str {
        self.copy.as_deref().unwrap_or(&self.id)
    }

    /// The archive key of the stored bytes; `None` where the id is not one.
    pub(crate) fn archive_key(&self) -> Option<String> {
        let date = self.id.get(..10)?.parse().ok()?;
        Some(self.copy.as_deref().map_or_else(|| dated_key(date), |copy| archive_key(date, copy)))
    }
}

/// A name for the bytes of one publication of a snapshot.
pub(crate) fn new_copy(id: &str) -> String {
    let random = uuid::Uuid::new_v4().as_u128() as u64;
    format!("{id}.{random:016x}")
}

/// The cache key of a copy's bytes.
pub(crate) fn body_key(copy: &str) -> String {
    format!("snapshot/{copy}")
}

/// The archive key of a copy's bytes.
pub(crate) fn archive_key(date: NaiveDate, copy: &str) -> String {
    format!("{ARCHIVE}{date}/{copy}.bin")
}

/// The archive key of the snapshot of a date: written by releases before the table of publications, and where there is no
/// database.
pub(crate) fn dated_key(date: NaiveDate) -> String {
    format!("{ARCHIVE}{date}.bin")
}

/// The date of a [`dated_key`].
pub(crate) fn date_of_key(key: &str) -> Option<NaiveDate> {
    key.strip_prefix(ARCHIVE)?.strip_suffix(".bin")?.parse().ok()
}
