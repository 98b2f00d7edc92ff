//! The settings that say how the store is used, as this crate needs them.

use platform::{OutsideError, Platform};
use web::settings::{ARCHIVE_DAYS, Number, PUBLISH_WITHOUT_DATABASE, SNAPSHOT_RECHECK_SECONDS};

/// How long an instance trusts its snapshot.
pub(crate) async fn recheck(platform: &Platform) -> chrono::Duration {
    let seconds = read(platform, &SNAPSHOT_RECHECK_SECONDS).await;
    chrono::Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000))
}

/// For how many days snapshots are kept.
pub(crate) async fn archive_days(platform: &Platform) -> u64 {
    read(platform, &ARCHIVE_DAYS).await
}

/// Whether snapshots are published without a database, which promises less.
pub(crate) async fn without_database(platform: &Platform) -> Result<bool, OutsideError> {
    PUBLISH_WITHOUT_DATABASE.read(platform).await
}

/// A number; its default also where the variables cannot be read at the moment.
async fn read(platform: &Platform, setting: &Number) -> u64 {
    setting.read(platform).await.unwrap_or(setting.default())
}
