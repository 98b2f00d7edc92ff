//! Which snapshot a request is answered from: a fresh one, and an old one rather than none.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::{
    future::{Future as _, poll_fn},
    pin::pin,
    task::Poll,
};

use common::{
    CURRENT, RECHECK, after, archive_key, body_key, ending, publish, served, served_anew, three, world,
    world_after,
};
use platform_native::memory::World;
use snapshot_store::{StoreError, current};
use web::Problem;

fn code(error: StoreError) -> String {
    let problem = serde_json::to_value(Problem::from(error)).unwrap();
    assert_eq!(problem["status"], 503);
    problem["code"].as_str().unwrap().to_owned()
}

async fn refused(world: &World) -> String {
    code(served_anew(world).await.map(|_| ()).unwrap_err())
}

#[tokio::test(start_paused = true)]
async fn instances_notice_each_others_publications_after_the_recheck() {
    let [a, b, c] = three();
    let world = world_after([&a]).await;
    let (one, two) = (world.platform(), world.platform());
    assert_eq!((served(&one).await, served(&two).await), (a.clone(), a.clone()));
    publish(&one, &b).await;
    assert_eq!((served(&one).await, served(&two).await), (b.clone(), a.clone()), "a publisher knows at once");
    after(&world, RECHECK - 1);
    assert_eq!(served(&two).await, a);
    after(&world, RECHECK);
    assert_eq!(served(&two).await, b);
    publish(&two, &c).await;
    after(&world, 2 * RECHECK);
    assert_eq!(served(&one).await, c);
}

#[tokio::test(start_paused = true)]
async fn between_rechecks_no_store_is_asked() {
    let [a, ..] = three();
    let world = world_after([&a]).await;
    let platform = world.platform();
    assert!(!current(&platform).await.unwrap().from_memory);
    world.stop_after(Some(0));
    after(&world, RECHECK - 1);
    let again = current(&platform).await.unwrap();
    assert!(again.from_memory && *again.snapshot == a);
    assert!(world.log_lines().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_recheck_that_finds_the_same_reads_only_its_name() {
    let [a, ..] = three();
    let world = world_after([&a]).await;
    let platform = world.platform();
    served(&platform).await;
    after(&world, RECHECK);
    world.stop_after(Some(1));
    assert!(current(&platform).await.unwrap().from_memory);
    assert!(world.log_lines().is_empty());
    // And it is trusted for as long again.
    after(&world, 2 * RECHECK - 1);
    served(&platform).await;
    assert!(world.log_lines().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_operator_sets_how_long_an_instance_trusts_its_snapshot() {
    let [a, b, _] = three();
    for (seconds, trusted) in [
        ("5", 5),
        (" 60 ", 60),
        ("0", 0),
        ("-7", RECHECK),
        ("soon", RECHECK),
        ("1.5", RECHECK),
        ("", RECHECK),
        // More than time can be told in.
        ("9223372036854775807", RECHECK),
        ("99999999999999999999", RECHECK),
    ] {
        let world = world_after([&a]).await.with_variable("SNAPSHOT_RECHECK_SECONDS", seconds);
        let platform = world.platform();
        served(&platform).await;
        publish(&world.platform(), &b).await;
        if trusted > 0 {
            after(&world, trusted - 1);
            assert_eq!(served(&platform).await, a, "{seconds:?}");
        }
        after(&world, trusted);
        assert_eq!(served(&platform).await, b, "{seconds:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_back_keeps_no_old_snapshot() {
    let [a, b, _] = three();
    let world = world_after([&a]).await;
    let platform = world.platform();
    served(&platform).await;
    publish(&world.platform(), &b).await;
    after(&world, -3600);
    assert_eq!(served(&platform).await, b);
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_down_the_last_snapshot_known_is_served_and_the_operator_told() {
    let [a, b, _] = three();
    let world = world_after([&a]).await;
    let platform = world.platform();
    served(&platform).await;
    publish(&world.platform(), &b).await;
    world.fail(Some("cache"));
    after(&world, 3600);
    let stale = current(&platform).await.unwrap();
    assert!(*stale.snapshot == a && stale.from_memory);
    let line = world.log_lines().pop().unwrap();
    assert_eq!(line["level"], "warning");
    assert!(line["error"].as_str().unwrap().contains("cache"), "{line}");
    world.fail(None);
    after(&world, 3600 + 4);
    assert_eq!(served(&platform).await, a, "a store that failed is left alone for a moment");
    after(&world, 3600 + 5);
    assert_eq!(served(&platform).await, b);
}

#[tokio::test(start_paused = true)]
async fn with_the_store_down_and_nothing_known_the_caller_is_asked_to_come_again() {
    let world = world_after(&three()).await;
    world.fail(Some("cache"));
    assert_eq!(refused(&world).await, "STORAGE_UNAVAILABLE");
}

#[tokio::test(start_paused = true)]
async fn the_archive_may_be_down_while_the_cache_is_well() {
    let [a, ..] = three();
    let world = world_after([&a]).await;
    world.fail(Some("archive"));
    assert_eq!(*served_anew(&world).await.unwrap().snapshot, a);
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_missing_or_damaged_in_the_cache_come_from_the_archive() {
    let [a, ..] = three();
    let mut damaged = a.to_wire();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let cut = a.to_wire()[..100].to_vec();
    for bytes in [None, Some(damaged), Some(cut), Some(Vec::new()), Some(b"what?".to_vec())] {
        let world = world_after([&a]).await;
        match bytes {
            Some(bytes) => world.set_cache(&body_key(&world, &a), &bytes),
            None => world.platform().cache().delete(&body_key(&world, &a)).await.unwrap(),
        }
        assert_eq!(*served_anew(&world).await.unwrap().snapshot, a);
    }
}

#[tokio::test(start_paused = true)]
async fn damaged_bytes_that_nothing_replaces_are_never_served() {
    let [a, b, _] = three();
    let world = world_after([&a]).await;
    let reader = world.platform();
    served(&reader).await;
    publish(&world.platform(), &b).await;
    world.set_cache(&body_key(&world, &b), b"damaged");
    let key = archive_key(&world, &b).await;
    world.platform().archive().put(&key, b"damaged").await.unwrap();
    assert_eq!(refused(&world).await, "SNAPSHOT_UNREADABLE");
    after(&world, RECHECK);
    assert_eq!(served(&reader).await, a, "who has an older one serves it on");
}

#[tokio::test(start_paused = true)]
async fn an_archived_snapshot_of_the_same_date_with_other_figures_is_not_taken_for_the_current_one() {
    let (current, other) = (ending("2025-09-01", 1), ending("2025-09-01", 2));
    let world = world_after([&current]).await;
    world.platform().cache().delete(&body_key(&world, &current)).await.unwrap();
    let key = archive_key(&world, &current).await;
    world.platform().archive().put(&key, &other.to_wire()).await.unwrap();
    assert_eq!(refused(&world).await, "SNAPSHOT_UNREADABLE");
}

#[tokio::test(start_paused = true)]
async fn a_damaged_name_is_an_error_that_says_what_to_do() {
    let world = world_after(&three()).await;
    for name in [
        "{",
        "{}",
        "{\"id\":\"\",\"previous\":null}",
        "{\"id\":\"../../secrets\",\"previous\":null}",
        "{\"id\":\"éééééééééééé\",\"previous\":null}",
        "{\"id\":\"2025-09-03-00000000\",\"previous\":null}",
    ] {
        world.set_cache(CURRENT, name.as_bytes());
        let error = served_anew(&world).await.map(|_| ()).unwrap_err();
        let problem = serde_json::to_value(Problem::from(error)).unwrap();
        assert_eq!(problem["code"], "SNAPSHOT_UNREADABLE", "{name}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.contains("/admin/snapshots/{date}/restore") && detail.contains("PUT /admin/snapshot"),
            "{detail}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_published_and_nothing_bundled_says_how_to_load_data() {
    let error = served_anew(&world()).await.map(|_| ()).unwrap_err();
    let problem = serde_json::to_value(Problem::from(error)).unwrap();
    assert_eq!(problem["code"], "NO_SNAPSHOT");
    assert!(problem["detail"].as_str().unwrap().contains("PUT /admin/snapshot"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_does_not_bring_back_what_was_replaced_meanwhile() {
    let [a, b, _] = three();
    let world = world_after([&a]).await;
    let platform = world.platform();
    let mut slow = pin!(current(&platform));
    // Two variables and which snapshot is current are read by then; the bytes come in the next step.
    for _ in 0..4 {
        poll_fn(|context| {
            assert!(slow.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }
    publish(&platform, &b).await;
    assert!(*slow.await.unwrap().snapshot == a, "a request keeps what it began with");
    assert!(served(&platform).await == b);
}
