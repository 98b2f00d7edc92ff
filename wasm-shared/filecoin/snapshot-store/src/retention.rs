use chrono::{Days, NaiveDate};
use platform::Platform;

use crate::{ARCHIVE_DAYS, archive};

/// The most snapshots that are forgotten at a time, so that publishing never costs many calls.
const AT_A_TIME: usize = 20;

/// Removes archived snapshots that are older than `ARCHIVE_DAYS` before the newest, but never the one of the current
/// date, however old. Only tidiness is at stake: what fails is left to the next time.
pub(crate) async fn forget_old_ones(platform: &Platform, current: NaiveDate) {
    let given = platform.config().get("ARCHIVE_DAYS").await.ok().flatten();
    let days = given.and_then(|days| days.trim().parse().ok()).unwrap_or(ARCHIVE_DAYS);
    let Ok(dates) = archive::dates(platform).await else { return };
    let Some(oldest_kept) = dates.first().and_then(|newest| newest.checked_sub_days(Days::new(days))) else {
        return;
    };
    let old = dates.into_iter().rev().take_while(|date| *date < oldest_kept).filter(|date| *date != current);
    for date in old.take(AT_A_TIME) {
        let _ = platform.archive().delete(&archive::key(date)).await;
    }
}
