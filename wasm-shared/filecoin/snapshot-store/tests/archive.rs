//! The archive: what is in it, and what is forgotten.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{day, ending, publish, served_anew, world, world_after};
use snapshot_store::{StoreError, dates, fetch};

#[tokio::test]
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

#[tokio::test]
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

#[tokio::test]
async fn snapshots_older_than_the_archive_keeps_are_forgotten() {
    let world = world_after(&["2024-07-28", "2024-07-29", "2025-09-01"].map(|date| ending(date, 1))).await;
    // 400 days before 2025-09-02 is 2024-07-29.
    publish(&world.platform(), &ending("2025-09-02", 1)).await;
    let kept = ["2025-09-02", "2025-09-01", "2024-07-29"].map(day);
    assert_eq!(dates(&world.platform()).await.unwrap(), kept);
}

#[tokio::test]
async fn the_operator_sets_how_many_days_are_kept() {
    for (days, kept) in [("1", 2), ("0", 1), ("soon", 3), ("-1", 3), ("18446744073709551615", 3)] {
        let world = world().with_variable("ARCHIVE_DAYS", days);
        for date in ["2025-08-31", "2025-09-01", "2025-09-02"] {
            publish(&world.platform(), &ending(date, 1)).await;
        }
        assert_eq!(dates(&world.platform()).await.unwrap().len(), kept, "{days}");
    }
}

#[tokio::test]
async fn an_old_snapshot_that_is_made_current_again_is_not_forgotten() {
    let (old, new) = (ending("2023-01-01", 1), ending("2025-09-01", 1));
    let world = world_after([&new, &old]).await;
    assert_eq!(fetch(&world.platform(), old.current_date()).await.unwrap(), Some(old.clone()));
    // It has to be there where the cache has lost it.
    world.platform().cache().delete(&common::bytes_key(&old)).await.unwrap();
    assert_eq!(*served_anew(&world).await.unwrap().snapshot, old);
}
