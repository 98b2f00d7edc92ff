//! The archive: what is in it, and what is forgotten.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{after, archive_key, body_key, day, ending, publish, served_anew, world, world_after};
use snapshot_store::{StoreError, dates, fetch};

/// Longer than the archive keeps what was replaced.
const HOUR: i64 = 3_600;

#[tokio::test(start_paused = true)]
async fn what_is_no_snapshot_is_not_listed() {
    let world = world_after([&ending("2025-09-01", 1)]).await;
    let platform = world.platform();
    for key in [
        "snapshots/readme.txt",
        "snapshots/2025-13-01.bin",
        "snapshots/.bin",
        "snapshots/2025-09-02",
        "other/2025-09-03.bin",
    ] {
        platform.archive().put(key, b"x").await.unwrap();
    }
    assert_eq!(dates(&platform).await.unwrap(), [day("2025-09-01")]);
}

#[tokio::test(start_paused = true)]
async fn a_date_without_a_snapshot_is_none_and_a_damaged_one_an_error() {
    let world = world();
    let platform = world.platform();
    assert!(fetch(&platform, day("2025-09-01")).await.unwrap().is_none());
    platform.archive().put("snapshots/2025-09-01.bin", b"damaged").await.unwrap();
    assert!(matches!(fetch(&platform, day("2025-09-01")).await, Err(StoreError::Unreadable(_))));
    world.fail(Some("archive"));
    assert!(matches!(fetch(&platform, day("2025-09-01")).await, Err(StoreError::Outside(_))));
    assert!(matches!(dates(&platform).await, Err(StoreError::Outside(_))));
}

#[tokio::test(start_paused = true)]
async fn snapshots_older_than_the_archive_keeps_are_forgotten() {
    let world = world_after(&["2024-07-28", "2024-07-29", "2025-09-01"].map(|date| ending(date, 1))).await;
    after(&world, HOUR);
    // 400 days before 2025-09-02 is 2024-07-29.
    publish(&world.platform(), &ending("2025-09-02", 1)).await;
    let kept = ["2025-09-02", "2025-09-01", "2024-07-29"].map(day);
    assert_eq!(dates(&world.platform()).await.unwrap(), kept);
}

#[tokio::test(start_paused = true)]
async fn the_operator_sets_how_many_days_are_kept() {
    for (days, kept) in [("1", 2), ("30", 3), ("0", 3), ("soon", 3), ("-1", 3), ("18446744073709551615", 3)] {
        let world = world().with_variable("ARCHIVE_DAYS", days);
        for (hour, date) in (0..).zip(["2025-08-31", "2025-09-01", "2025-09-02", "2025-09-02"]) {
            after(&world, hour * HOUR);
            publish(&world.platform(), &ending(date, 1)).await;
        }
        assert_eq!(dates(&world.platform()).await.unwrap().len(), kept, "{days}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_snapshot_that_is_made_current_again_is_not_forgotten() {
    let (old, new) = (ending("2023-01-01", 1), ending("2025-09-01", 1));
    let world = world_after([&new, &old]).await;
    assert_eq!(fetch(&world.platform(), old.current_date()).await.unwrap(), Some(old.clone()));
    // It has to be there where the cache has lost it.
    world.platform().cache().delete(&body_key(&world, &old)).await.unwrap();
    assert_eq!(*served_anew(&world).await.unwrap().snapshot, old);
}

#[tokio::test(start_paused = true)]
async fn what_was_replaced_goes_when_nothing_can_name_it_any_more_and_what_replaced_it_stays() {
    let (wrong, corrected, next) =
        (ending("2025-09-01", 1), ending("2025-09-01", 2), ending("2025-09-02", 3));
    let world = world_after([&wrong, &corrected]).await;
    let key = archive_key(&world, &wrong).await;
    after(&world, 60);
    publish(&world.platform(), &corrected).await;
    assert!(world.platform().archive().get(&key).await.unwrap().is_some(), "a reader may hold its name");
    after(&world, HOUR);
    publish(&world.platform(), &next).await;
    assert!(world.platform().archive().get(&key).await.unwrap().is_none());
    assert_eq!(world.platform().archive().list("").await.unwrap().len(), 2);
    assert_eq!(fetch(&world.platform(), day("2025-09-01")).await.unwrap(), Some(corrected));
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_publisher_left_behind_is_removed_later() {
    let (current, lost) = (ending("2025-09-01", 1), ending("2025-09-02", 2));
    for steps in 2..12 {
        let world = world_after([&current]).await;
        world.stop_after(Some(steps));
        let result = snapshot_store::publish(&world.platform(), lost.clone()).await;
        world.stop_after(None);
        after(&world, HOUR);
        publish(&world.platform(), &ending("2025-09-03", 3)).await;
        after(&world, 2 * HOUR);
        publish(&world.platform(), &ending("2025-09-04", 4)).await;
        let bodies = world.cache_keys().into_iter().filter(|key| key.starts_with("snapshot/2025")).count();
        assert_eq!(bodies, 2, "killed after {steps} steps");
        let listed = dates(&world.platform()).await.unwrap().len();
        assert_eq!(
            world.platform().archive().list("").await.unwrap().len(),
            listed,
            "killed after {steps} steps"
        );
        assert!(listed == 4 || result.is_err(), "killed after {steps} steps");
    }
}
