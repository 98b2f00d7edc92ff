use chrono::NaiveDate;
use network_data::Snapshot;
use platform::Platform;

use crate::{
    StoreError,
    current::{decode, load},
    layout::{ARCHIVE, date_of_key, dated_key},
    settings, table,
};

/// The dates of the archived snapshots, newest first: those that were published, and those that a release before the table
/// of publications archived.
///
/// # Errors
/// When the database or the archive does not answer.
pub async fn dates(platform: &Platform) -> Result<Vec<NaiveDate>, StoreError> {
    let platform = &platform.patient();
    let mut dates = dates_of_dated_keys(platform).await?;
    if !settings::without_database(platform).await? {
        table::migrate(platform).await?;
        dates.extend(table::dates(platform).await?);
    }
    dates.sort_unstable_by(|a, b| b.cmp(a));
    dates.dedup();
    Ok(dates)
}

/// The dates of the archived snapshots that lie under their date alone.
pub(crate) async fn dates_of_dated_keys(platform: &Platform) -> Result<Vec<NaiveDate>, StoreError> {
    let keys = platform.archive().list(ARCHIVE).await?;
    Ok(keys.iter().filter_map(|key| date_of_key(key)).collect())
}

/// The snapshot of a date that was published last.
///
/// # Errors
/// When the database or the archive does not answer, or what the archive holds cannot be read.
pub async fn fetch(platform: &Platform, date: NaiveDate) -> Result<Option<Snapshot>, StoreError> {
    let platform = &platform.patient();
    if !settings::without_database(platform).await? {
        table::migrate(platform).await?;
        if let Some(last) = table::newest_of(platform, date).await? {
            return load(platform, &last.pointer()).await.map(Some);
        }
    }
    platform.archive().get(&dated_key(date)).await?.map(|bytes| decode(&bytes)).transpose()
}
