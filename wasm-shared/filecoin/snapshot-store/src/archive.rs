use chrono::NaiveDate;
use network_data::Snapshot;
use platform::Platform;

use crate::{StoreError, current::decode, name_of};

const PREFIX: &str = "snapshots/";

/// The archive key of the snapshot of a date.
pub(crate) fn key(date: NaiveDate) -> String {
    format!("{PREFIX}{date}.bin")
}

/// The dates of the archived snapshots, newest first.
///
/// # Errors
/// When the archive does not answer.
pub async fn dates(platform: &Platform) -> Result<Vec<NaiveDate>, StoreError> {
    let keys = platform.archive().list(PREFIX).await?;
    let mut dates: Vec<NaiveDate> =
        keys.iter().filter_map(|key| key.strip_prefix(PREFIX)?.strip_suffix(".bin")?.parse().ok()).collect();
    dates.sort_unstable_by(|a, b| b.cmp(a));
    Ok(dates)
}

/// The archived snapshot of a date.
///
/// # Errors
/// When the archive does not answer, or holds what is not a snapshot.
pub async fn fetch(platform: &Platform, date: NaiveDate) -> Result<Option<Snapshot>, StoreError> {
    platform.archive().get(&key(date)).await?.map(|bytes| decode(&bytes)).transpose()
}

/// The archived snapshot of this very name.
pub(crate) async fn fetch_named(platform: &Platform, id: &str) -> Result<Snapshot, StoreError> {
    let missing = || StoreError::Unreadable(format!("{id} is neither in the cache nor in the archive"));
    let date = id.get(..10).and_then(|date| date.parse().ok()).ok_or_else(missing)?;
    fetch(platform, date).await?.filter(|snapshot| name_of(snapshot) == id).ok_or_else(missing)
}
