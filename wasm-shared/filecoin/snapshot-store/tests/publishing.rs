//! A snapshot becomes current whole or not at all, whatever fails in between.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{
    CURRENT, RECHECK, after, assert_cached, ending, publish, served, served_anew, three, world, world_after,
};
use snapshot_store::{dates, fetch, name_of};

#[tokio::test]
async fn what_was_published_is_what_every_instance_serves_to_the_last_bit() {
    let [first, ..] = three();
    let world = world();
    let publisher = world.platform();
    let published = snapshot_store::publish(&publisher, first.clone()).await.unwrap();
    assert_eq!(*published.snapshot, first);
    for platform in [publisher, world.platform()] {
        let current = snapshot_store::current(&platform).await.unwrap();
        assert_eq!((&*current.snapshot, &*current.id), (&first, name_of(&first).as_str()));
        assert_eq!(current.snapshot.to_wire(), first.to_wire());
    }
}

#[tokio::test]
async fn everything_published_is_archived_under_its_date() {
    let all = three();
    let world = world_after(&all).await;
    let platform = world.platform();
    let newest_first: Vec<_> = all.iter().rev().map(network_data::Snapshot::current_date).collect();
    assert_eq!(dates(&platform).await.unwrap(), newest_first);
    for snapshot in all {
        assert_eq!(fetch(&platform, snapshot.current_date()).await.unwrap(), Some(snapshot));
    }
}

#[tokio::test]
async fn the_cache_keeps_the_current_snapshot_and_the_one_before_it() {
    let [a, b, c] = three();
    let world = world();
    let platform = world.platform();
    publish(&platform, &a).await;
    assert_cached(&world, &[&a]);
    publish(&platform, &b).await;
    assert_cached(&world, &[&a, &b]);
    publish(&platform, &c).await;
    assert_cached(&world, &[&b, &c]);
    // Going back one, and on from there.
    publish(&platform, &b).await;
    assert_cached(&world, &[&b, &c]);
    publish(&platform, &a).await;
    assert_cached(&world, &[&a, &b]);
    assert_eq!(*served_anew(&world).await.unwrap().snapshot, a);
}

#[tokio::test]
async fn publishing_the_same_again_is_no_news() {
    let [a, b, _] = three();
    let world = world_after([&a, &b]).await;
    publish(&world.platform(), &b).await;
    publish(&world.platform(), &b).await;
    assert_cached(&world, &[&a, &b]);
    assert_eq!(*served_anew(&world).await.unwrap().snapshot, b);
}

#[tokio::test]
async fn corrected_figures_of_a_date_replace_it_under_another_name() {
    let (wrong, corrected) = (ending("2025-09-01", 1), ending("2025-09-01", 2));
    assert_ne!(name_of(&wrong), name_of(&corrected));
    let world = world_after([&wrong]).await;
    let reader = world.platform();
    assert_eq!(served(&reader).await, wrong);
    publish(&world.platform(), &corrected).await;
    after(&world, RECHECK);
    assert_eq!(served(&reader).await, corrected);
    assert_eq!(dates(&reader).await.unwrap(), [corrected.current_date()]);
    assert_eq!(fetch(&reader, corrected.current_date()).await.unwrap(), Some(corrected));
}

#[tokio::test]
async fn a_publisher_that_is_killed_at_any_step_leaves_the_old_snapshot_or_the_new_one() {
    let [a, b, c] = three();
    let mut failures = 0;
    let mut successes = 0;
    for steps in 0..16 {
        let world = world_after([&a, &b]).await;
        let reader = world.platform();
        assert_eq!(served(&reader).await, b);
        let publisher = world.platform();
        world.stop_after(Some(steps));
        let result = snapshot_store::publish(&publisher, c.clone()).await;
        world.stop_after(None);

        let expected = if result.is_ok() { &c } else { &b };
        if result.is_ok() {
            successes += 1;
        } else {
            failures += 1;
        }
        after(&world, RECHECK);
        for platform in [world.platform(), reader, publisher.clone()] {
            assert_eq!(&served(&platform).await, expected, "killed after {steps} steps");
        }
        // Before the new one is named, the old one's bytes are still there; nobody needs the archive.
        let name = expected.current_date().to_string();
        let pointer = world.platform().cache().get(CURRENT).await.unwrap().unwrap();
        assert!(String::from_utf8(pointer).unwrap().contains(&name));

        // Trying again is all it takes.
        publish(&publisher, &c).await;
        assert_eq!(*served_anew(&world).await.unwrap().snapshot, c);
        let keys = world.cache_keys();
        assert!(keys.contains(&common::bytes_key(&b)) && keys.contains(&common::bytes_key(&c)), "{keys:?}");
        if result.is_err() {
            assert_cached(&world, &[&b, &c]);
        }
    }
    // The archive's write, the name's read, the bytes' write, the name's write.
    assert_eq!(failures, 4);
    assert_eq!(successes, 12, "tidying up may fail without harm");
}

#[tokio::test]
async fn the_very_first_publication_is_whole_or_not_at_all_too() {
    let [a, ..] = three();
    for steps in 0..8 {
        let world = world();
        world.stop_after(Some(steps));
        let result = snapshot_store::publish(&world.platform(), a.clone()).await;
        world.stop_after(None);
        match served_anew(&world).await {
            Ok(current) => assert!(result.is_ok() && *current.snapshot == a),
            Err(error) => assert!(result.is_err() && error.to_string().contains("no snapshot"), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_failed_publication_says_which_store_failed() {
    let [a, ..] = three();
    for service in ["archive", "cache"] {
        let world = world();
        world.fail(Some(service));
        let error = snapshot_store::publish(&world.platform(), a.clone()).await.map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with(service), "{error}");
    }
}

#[tokio::test]
async fn a_damaged_name_is_mended_by_publishing() {
    let [a, b, _] = three();
    let world = world_after([&a]).await;
    for damage in ["", "{", "null", "{\"id\": 7}", "[]"] {
        world.set_cache(CURRENT, damage.as_bytes());
        assert!(served_anew(&world).await.is_err(), "{damage}");
        publish(&world.platform(), &b).await;
        assert_eq!(*served_anew(&world).await.unwrap().snapshot, b, "{damage}");
    }
}
