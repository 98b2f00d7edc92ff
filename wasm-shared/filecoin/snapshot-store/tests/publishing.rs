//! A snapshot becomes current whole or not at all, whatever fails in between.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::{
    future::{Future as _, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use common::{
    CURRENT, RECHECK, after, assert_cached, ending, publish, served, served_anew, three, world, world_after,
};
use network_data::Snapshot;
use platform::Statement;
use platform_native::memory::World;
use snapshot_store::{PublishError, dates, fetch, name_of};
use web::Problem;

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn everything_published_is_archived_under_its_date() {
    let all = three();
    let world = world_after(&all).await;
    let platform = world.platform();
    let newest_first: Vec<_> = all.iter().rev().map(Snapshot::current_date).collect();
    assert_eq!(dates(&platform).await.unwrap(), newest_first);
    for snapshot in all {
        assert_eq!(fetch(&platform, snapshot.current_date()).await.unwrap(), Some(snapshot));
    }
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn publishing_the_same_again_is_no_news() {
    let [a, b, _] = three();
    let world = world_after([&a, &b]).await;
    let reader = world.platform();
    let before = snapshot_store::current(&reader).await.unwrap();
    publish(&world.platform(), &b).await;
    publish(&world.platform(), &b).await;
    after(&world, RECHECK);
    let again = snapshot_store::current(&reader).await.unwrap();
    assert!(again.from_memory && again.id == before.id, "what is in memory is still right");
    assert_eq!(dates(&reader).await.unwrap(), [b.current_date(), a.current_date()]);
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn a_publisher_that_is_killed_at_any_step_leaves_the_old_snapshot_or_the_new_one() {
    let [a, b, c] = three();
    let mut failures = 0;
    let mut successes = 0;
    for steps in 0..24 {
        let world = world_after([&a, &b]).await;
        let reader = world.platform();
        assert_eq!(served(&reader).await, b);
        let publisher = world.platform();
        world.stop_after(Some(steps));
        let result = snapshot_store::publish(&publisher, c.clone()).await;
        world.stop_after(None);

        let expected = if result.is_ok() { &c } else { &b };
        match &result {
            Ok(_) => successes += 1,
            Err(error) => {
                failures += 1;
                let unannounced = matches!(error, PublishError::Unannounced(_));
                let recorded = fetch(&world.platform(), c.current_date()).await.unwrap().is_some();
                assert_eq!(recorded, unannounced, "killed after {steps} steps: {error}");
            }
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
    }
    // Two for the tables, what is newest, the name's read, the row, the archive's write, the bytes' write, the publication, what is
    // newest now, the name's write.
    assert_eq!(failures, 9);
    assert_eq!(successes, 15, "tidying up may fail without harm");
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn a_failed_publication_says_which_store_failed() {
    let [a, ..] = three();
    for service in ["archive", "cache"] {
        let world = world();
        world.fail(Some(service));
        let error = snapshot_store::publish(&world.platform(), a.clone()).await.map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with(service), "{error}");
    }
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn a_refused_publication_does_not_replace_the_archived_snapshot_of_its_date() {
    let (good, refused) = (ending("2025-09-01", 1), ending("2025-09-01", 2));
    let world = world_after([&good]).await;
    for steps in 0..24 {
        world.stop_after(Some(steps));
        let result = snapshot_store::publish(&world.platform(), refused.clone()).await;
        world.stop_after(None);
        if matches!(result, Ok(_) | Err(PublishError::Unannounced(_))) {
            return;
        }
        let archived = fetch(&world.platform(), good.current_date()).await.unwrap();
        assert!(archived == Some(good.clone()), "killed after {steps} steps");
    }
    panic!("it is never published");
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_refuses_a_second_write_within_a_second_is_asked_again() {
    let [a, b, _] = three();
    let world = world_after([&a]).await;
    let publisher = world.platform();
    let publication = snapshot_store::publish(&publisher, b.clone());
    let mender = async {
        // Until the bytes are stored; the next write is the pointer's.
        while world.cache_keys().len() < 3 {
            tokio::task::yield_now().await;
        }
        world.fail(Some("cache"));
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        world.fail(None);
    };
    let (published, ()) = tokio::join!(publication, mender);
    published.unwrap();
    assert!(*served_anew(&world).await.unwrap().snapshot == b);
}

#[tokio::test(start_paused = true)]
async fn a_publication_that_readers_do_not_learn_of_says_so_and_the_next_one_or_a_refresh_finishes_it() {
    let [a, b, _] = three();
    let world = world_after([&a]).await;
    let publisher = world.platform();
    let mender = async {
        while world.cache_keys().len() < 3 {
            tokio::task::yield_now().await;
        }
        world.fail(Some("cache"));
    };
    let (published, ()) = tokio::join!(snapshot_store::publish(&publisher, b.clone()), mender);
    let error = published.map(|_| ()).unwrap_err();
    assert!(matches!(error, PublishError::Unannounced(_)), "{error}");
    let problem = serde_json::to_value(Problem::from(error)).unwrap();
    assert_eq!((&problem["status"], &problem["code"]), (&503.into(), &"PUBLICATION_UNFINISHED".into()));
    world.fail(None);
    assert!(*served_anew(&world).await.unwrap().snapshot == a);
    let latest = snapshot_store::latest(&world.platform()).await.unwrap();
    assert!(*latest.current.unwrap().snapshot == b);
    assert!(*served_anew(&world).await.unwrap().snapshot == b);
}

#[tokio::test(start_paused = true)]
async fn a_late_writer_of_the_pointer_corrects_itself() {
    let [a, b, c] = three();
    // The first publisher is held up before each of its steps in turn, while the second publishes.
    for steps in 0..30 {
        let world = world_after([&a]).await;
        let (late, quick) = (world.platform(), world.platform());
        let mut held_up = pin!(snapshot_store::publish(&late, b.clone()));
        for _ in 0..steps {
            let done = poll_fn(|context| Poll::Ready(held_up.as_mut().poll(context).is_ready())).await;
            if done {
                return;
            }
        }
        publish(&quick, &c).await;
        let published = held_up.await.unwrap();
        let served = served_anew(&world).await.unwrap();
        let truth = snapshot_store::latest(&world.platform()).await.unwrap().current.unwrap();
        assert_eq!(served.id, truth.id, "held up before step {steps}");
        assert!(published.id == truth.id || *truth.snapshot == c, "held up before step {steps}");
    }
    panic!("the first publisher never ends");
}

#[tokio::test(start_paused = true)]
async fn what_checked_an_older_snapshot_is_not_published_over_a_newer_one() {
    let [a, b, c] = three();
    let world = world_after([&a]).await;
    let platform = world.platform();
    let latest = snapshot_store::latest(&platform).await.unwrap();
    let mut draft = snapshot_store::Draft::new(&platform, c.clone()).await.unwrap();
    publish(&world.platform(), &b).await;
    assert!(draft.publish_after(&latest).await.unwrap().is_none());
    assert!(*served_anew(&world).await.unwrap().snapshot == b);
    let latest = snapshot_store::latest(&platform).await.unwrap();
    assert!(*latest.current.as_ref().unwrap().snapshot == b);
    assert!(draft.publish_after(&latest).await.unwrap().is_some());
    assert!(*served_anew(&world).await.unwrap().snapshot == c);
}

#[tokio::test(start_paused = true)]
async fn a_pinned_snapshot_stays_pinned_until_it_is_released_or_another_is_published() {
    let [a, b, _] = three();
    let world = world_after([&b]).await;
    let platform = world.platform();
    let is_pinned = async || snapshot_store::latest(&platform).await.unwrap().is_pinned();
    assert!(!is_pinned().await);
    assert!(!snapshot_store::unpin(&platform).await.unwrap());
    snapshot_store::publish_pinned(&platform, a.clone()).await.unwrap();
    assert!(is_pinned().await);
    assert!(snapshot_store::unpin(&platform).await.unwrap());
    assert!(!is_pinned().await);
    assert!(*served_anew(&world).await.unwrap().snapshot == a, "releasing publishes nothing");
    snapshot_store::publish_pinned(&platform, a.clone()).await.unwrap();
    publish(&platform, &b).await;
    assert!(!is_pinned().await);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_the_cache_did_not_hear_of_is_told_it_when_the_operator_tries_again() {
    let [a, ..] = three();
    let world = world_after([]).await;
    let platform = world.platform();
    snapshot_store::publish_pinned(&platform, a.clone()).await.unwrap();
    world.fail(Some("cache"));
    assert!(snapshot_store::unpin(&platform).await.is_err());
    world.fail(None);
    assert!(served_anew(&world).await.unwrap().pinned);
    assert!(snapshot_store::unpin(&platform).await.unwrap());
    assert!(!served_anew(&world).await.unwrap().pinned);
    assert!(!snapshot_store::unpin(&platform).await.unwrap(), "now it is done");
}

#[tokio::test(start_paused = true)]
async fn a_database_that_lost_its_rows_does_not_keep_a_publication_from_readers() {
    let [a, b, c] = three();
    let world = world_after([&a, &b]).await;
    let reader = world.platform();
    assert!(served(&reader).await == b);
    let empty = vec![Statement::new("DELETE FROM publications", [])];
    world.platform().database().run(empty).await.unwrap();
    assert!(*snapshot_store::latest(&world.platform()).await.unwrap().current.unwrap().snapshot == b);
    publish(&world.platform(), &c).await;
    after(&world, RECHECK);
    assert!(served(&reader).await == c);
}

/// What a release before the table of publications left behind.
async fn legacy(world: &World, snapshot: &Snapshot) {
    let (id, platform) = (name_of(snapshot), world.platform());
    let bytes = snapshot.to_wire();
    platform.archive().put(&format!("snapshots/{}.bin", snapshot.current_date()), &bytes).await.unwrap();
    world.set_cache(&format!("snapshot/{id}"), &bytes);
    world.set_cache(CURRENT, format!("{{\"id\":\"{id}\",\"previous\":null}}").as_bytes());
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_release_published_is_served_listed_and_followed() {
    let [a, b, c] = three();
    let world = world();
    legacy(&world, &a).await;
    legacy(&world, &b).await;
    let reader = world.platform();
    assert!(served(&reader).await == b);
    assert_eq!(dates(&reader).await.unwrap(), [b.current_date(), a.current_date()]);
    assert!(fetch(&reader, a.current_date()).await.unwrap() == Some(a.clone()));
    assert!(*snapshot_store::latest(&reader).await.unwrap().current.unwrap().snapshot == b);
    publish(&world.platform(), &c).await;
    after(&world, RECHECK);
    assert!(served(&reader).await == c);
    assert_eq!(dates(&reader).await.unwrap(), [&c, &b, &a].map(Snapshot::current_date));
    world.set_cache(&format!("snapshot/{}", name_of(&b)), b"");
    assert!(fetch(&reader, b.current_date()).await.unwrap() == Some(b));
}

#[tokio::test(start_paused = true)]
async fn without_a_database_a_publication_is_whole_or_not_at_all_and_archived_under_its_date() {
    let (a, b, corrected) = (ending("2025-09-01", 1), ending("2025-09-02", 2), ending("2025-09-02", 3));
    for steps in 0..12 {
        let world = world().with_variable("PUBLISH_WITHOUT_DATABASE", "true");
        world.fail(Some("database"));
        for snapshot in [&a, &b] {
            publish(&world.platform(), snapshot).await;
        }
        world.stop_after(Some(steps));
        let result = snapshot_store::publish(&world.platform(), corrected.clone()).await;
        world.stop_after(None);
        let current = served_anew(&world).await.unwrap();
        let is_new = matches!(result, Ok(_) | Err(PublishError::Unarchived(_)));
        assert!(
            *current.snapshot == if is_new { corrected.clone() } else { b.clone() },
            "after {steps} steps"
        );
        let archived = fetch(&world.platform(), b.current_date()).await.unwrap().unwrap();
        assert!(
            archived == if result.is_ok() { corrected.clone() } else { b.clone() },
            "after {steps} steps"
        );
        publish(&world.platform(), &corrected).await;
        assert!(*served_anew(&world).await.unwrap().snapshot == corrected);
        assert_eq!(dates(&world.platform()).await.unwrap(), [b.current_date(), a.current_date()]);
        let pinned = snapshot_store::publish_pinned(&world.platform(), a.clone()).await.map(|_| ());
        assert!(matches!(pinned, Err(PublishError::NoDatabase)));
    }
}
