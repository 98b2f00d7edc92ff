//! Removes bytes that are not needed any more. Where that fails, the next publication removes them.

use chrono::{Days, Duration, NaiveDate};
use platform::Platform;

use crate::{
    archive::dates_of_dated_keys,
    layout::{Pointer, archive_key, body_key, dated_key},
    settings,
    table::{self, Leftovers},
};

/// For how long the archive keeps a copy that was replaced, and a publication may take: far longer than a reader may hold its name,
/// which is the time that Cloudflare's key-value store takes to show a write (a minute or so) and that of one look.
const GRACE: Duration = Duration::minutes(30);

/// The most copies that are removed at a time, so that publishing never costs many calls.
const AT_A_TIME: u32 = 20;

/// After a publication: removes the bytes that nothing can name any more, from the cache those of all but the last two
/// publications, and from the archive what is older than `ARCHIVE_DAYS` before the newest. Where there is no database, publishing
/// does what can be done.
pub async fn tidy(platform: &Platform) {
    let platform = &platform.patient();
    if settings::without_database(platform).await.unwrap_or(true) {
        return;
    }
    let before = (platform.clock().now() - GRACE).timestamp_millis();
    let days = settings::archive_days(platform).await;
    let Ok(leftovers) = table::leftovers(platform, before, days, AT_A_TIME.into()).await else { return };
    let Leftovers { discarded, uncached } = leftovers;
    let mut gone = Vec::new();
    for copy in discarded {
        if platform.cache().delete(&body_key(&copy.copy)).await.is_err() {
            break;
        }
        if let Some(date) = copy.date
            && platform.archive().delete(&archive_key(date, &copy.copy)).await.is_err()
        {
            break;
        }
        gone.push(copy.copy);
    }
    let mut left = Vec::new();
    for copy in uncached {
        if platform.cache().delete(&body_key(&copy)).await.is_err() {
            break;
        }
        left.push(copy);
    }
    if !(gone.is_empty() && left.is_empty()) {
        let _ = table::removed(platform, &gone, &left).await;
    }
    forget_dated_keys(platform, days, None).await;
}

/// Removes the bytes of a publication, now replaced, by a release that wrote no table of publications, and of the one before it.
pub(crate) async fn forget_legacy(platform: &Platform, replaced: &Pointer) {
    if replaced.copy.is_some() {
        return;
    }
    for copy in [Some(&replaced.id), replaced.previous.as_ref()].into_iter().flatten() {
        let _ = platform.cache().delete(&body_key(copy)).await;
    }
}

/// The same where there is no table of publications: the bytes of the publication before the last are removed. The last one's stay,
/// for readers that still hold its name.
pub(crate) async fn tidy_without_database(platform: &Platform, pointer_before: Option<&Pointer>) {
    if let Some(old) = pointer_before.and_then(|pointer| pointer.previous.as_ref()) {
        let _ = platform.cache().delete(&body_key(old)).await;
        if let Some(date) = old.get(..10).and_then(|date| date.parse().ok()) {
            let _ = platform.archive().delete(&archive_key(date, old)).await;
        }
    }
    let current = pointer_before.and_then(|pointer| pointer.id.get(..10)?.parse().ok());
    forget_dated_keys(platform, settings::archive_days(platform).await, current).await;
}

/// Removes archived snapshots under a date alone that are older than `days` before the newest, but not the one of `spared`.
async fn forget_dated_keys(platform: &Platform, days: u64, spared: Option<NaiveDate>) {
    let Ok(dates) = dates_of_dated_keys(platform).await else { return };
    let Some(newest) = dates.iter().max() else { return };
    let Some(oldest_kept) = newest.checked_sub_days(Days::new(days)) else { return };
    let old = dates.iter().filter(|date| **date < oldest_kept && Some(**date) != spared);
    for date in old.take(AT_A_TIME as usize) {
        if platform.archive().delete(&dated_key(*date)).await.is_err() {
            return;
        }
    }
}
