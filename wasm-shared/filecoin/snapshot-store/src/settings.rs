//! The settings that say how the store is used, as this crate needs them.

use std::time::Duration;

use platform::{OutsideError, Platform, within};
use web::settings::{
    ARCHIVE_DAYS, Number, PUBLISH_WITHOUT_DATABASE, SNAPSHOT_RECHECK_SECONDS, STORE_TIMEOUT_MS,
};

/// An operator's request waits this much longer for each call: it writes, and no other caller waits for it.
const OPERATORS_PATIENCE: u32 = 5;

/// How long an instance trusts its snapshot.
pub(crate) async fn recheck(platform: &Platform) -> chrono::Duration {
    let seconds = read(platform, &SNAPSHOT_RECHECK_SECONDS).await;
    chrono::Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000))
}

/// How long a store may take on the way to an answer.
pub(crate) async fn reading_time(platform: &Platform) -> Duration {
    Duration::from_millis(read(platform, &STORE_TIMEOUT_MS).await)
}

/// How long each call to a store may take when an operator or the clock asks.
pub(crate) async fn writing_time(platform: &Platform) -> Duration {
    reading_time(platform).await * OPERATORS_PATIENCE
}

/// For how many days snapshots are kept.
pub(crate) async fn archive_days(platform: &Platform) -> u64 {
    read(platform, &ARCHIVE_DAYS).await
}

/// Whether snapshots are published without a database, which promises less.
pub(crate) async fn without_database(platform: &Platform) -> Result<bool, OutsideError> {
    let answer = in_time(platform, PUBLISH_WITHOUT_DATABASE.read(platform)).await;
    answer.unwrap_or_else(|| Err(OutsideError::new("config", "did not answer in time")))
}

/// A number; its default also where the variables cannot be read at the moment.
async fn read(platform: &Platform, setting: &Number) -> u64 {
    let answer = in_time(platform, setting.read(platform)).await;
    answer.and_then(Result::ok).unwrap_or(setting.default())
}

/// A provider of variables can hang like any other store.
async fn in_time<T>(platform: &Platform, work: impl Future<Output = T>) -> Option<T> {
    within(platform.sleep(), Duration::from_millis(STORE_TIMEOUT_MS.default()), work).await
}
