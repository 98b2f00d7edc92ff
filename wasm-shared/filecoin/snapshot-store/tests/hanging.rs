//! A store that hangs or is slow: each request has its answer within a deadline, and later requests do not wait again.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::{
    future::{Future as _, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use common::{RECHECK, after, day, ending, publish, served, three, world_after};
use platform_native::memory::World;
use snapshot_store::{current, dates, fetch, last_refresh, latest, record_refresh, unpin};
use web::settings::STORE_TIMEOUT_MS;

/// How long a store may take on the way to an answer, and in each call of an operator's request.
const READING: Duration = Duration::from_millis(STORE_TIMEOUT_MS.default());
const WRITING: Duration = Duration::from_millis(5 * STORE_TIMEOUT_MS.default());

const STORES: [&str; 3] = ["cache", "archive", "database"];

/// What `work` gives, and how long it took by tokio's clock, which is paused and moves on when all wait.
async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let since = tokio::time::Instant::now();
    let done = work.await;
    (done, since.elapsed())
}

/// A service hangs, or each of its calls takes longer than any deadline.
fn disturb(world: &World, service: &'static str, hangs: bool) {
    if hangs {
        world.hang(Some(service));
    } else {
        world.slow_down(Some((service, Duration::from_secs(100))));
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_cache_hangs_what_memory_holds_is_served_and_only_one_request_waits() {
    for hangs in [true, false] {
        let world = world_after([&ending("2025-09-01", 1)]).await;
        let reader = world.platform();
        let before = served(&reader).await;
        disturb(&world, "cache", hangs);
        after(&world, RECHECK);
        let (stale, waited) = timed(served(&reader)).await;
        assert!(stale == before && waited == READING, "{waited:?}");
        for _ in 0..3 {
            let (stale, waited) = timed(served(&reader)).await;
            assert!(stale == before && waited.is_zero(), "{waited:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_while_a_look_is_under_way_is_answered_from_memory_at_once() {
    let [a, b, _] = three();
    let world = world_after([&a]).await;
    let reader = world.platform();
    served(&reader).await;
    publish(&world.platform(), &b).await;
    world.slow_down(Some(("cache", Duration::from_millis(500))));
    after(&world, RECHECK);
    let (looking, others) = tokio::join!(timed(served(&reader)), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        [timed(served(&reader)).await, timed(served(&reader)).await]
    });
    assert!(looking.0 == b && looking.1 == Duration::from_secs(1), "{:?}", looking.1);
    for (snapshot, waited) in others {
        assert!(snapshot == a && waited.is_zero(), "{waited:?}");
    }
    assert!(served(&reader).await == b);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_was_broken_off_keeps_others_from_looking_only_for_its_time() {
    let [a, b, _] = three();
    let world = world_after([&a]).await;
    let reader = world.platform();
    served(&reader).await;
    publish(&world.platform(), &b).await;
    after(&world, RECHECK);
    {
        // Its caller hangs up after three steps.
        let mut broken_off = pin!(current(&reader));
        for _ in 0..3 {
            let step = poll_fn(|context| Poll::Ready(broken_off.as_mut().poll(context).is_ready()));
            assert!(!step.await);
        }
    }
    assert!(served(&reader).await == a);
    after(&world, RECHECK + 2);
    assert!(served(&reader).await == b);
}

#[tokio::test(start_paused = true)]
async fn a_new_instance_answers_503_within_the_deadline_and_then_at_once_until_the_store_is_back() {
    let world = world_after([&ending("2025-09-01", 1)]).await;
    for hangs in [true, false] {
        disturb(&world, "cache", hangs);
        let instance = world.platform();
        let (refused, waited) = timed(current(&instance)).await;
        assert!(refused.is_err() && waited == READING, "{waited:?}");
        let (refused, waited) = timed(current(&instance)).await;
        assert!(refused.is_err() && waited.is_zero(), "{waited:?}");
        let (_, waited) = timed(last_refresh(&instance)).await;
        assert!(waited.is_zero(), "health does not wait a second time: {waited:?}");
        world.hang(None);
        world.slow_down(None);
        tokio::time::sleep(Duration::from_secs(5)).await;
        after(&world, 60);
        assert!(current(&instance).await.is_ok());
        after(&world, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_looks_at_each_request_leaves_a_hanging_store_alone_for_a_while_too() {
    let world = world_after([&ending("2025-09-01", 1)]).await.with_variable("SNAPSHOT_RECHECK_SECONDS", "0");
    let reader = world.platform();
    served(&reader).await;
    world.hang(Some("cache"));
    assert_eq!(timed(served(&reader)).await.1, READING);
    assert!(timed(served(&reader)).await.1.is_zero());
}

#[tokio::test(start_paused = true)]
async fn bytes_that_the_cache_does_not_give_in_time_come_from_the_archive_in_time() {
    let [a, ..] = three();
    let world = world_after([&a]).await;
    let reader = world.platform();
    let mut look = pin!(timed(current(&reader)));
    // Two variables and the pointer are read by then.
    for _ in 0..4 {
        let step = poll_fn(|context| Poll::Ready(look.as_mut().poll(context).is_ready()));
        assert!(!step.await);
    }
    world.hang(Some("cache"));
    let (found, waited) = look.await;
    assert!(*found.unwrap().snapshot == a && waited == READING / 2, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn the_operator_sets_how_long_a_store_may_take() {
    let world = world_after([&ending("2025-09-01", 1)]).await.with_variable("STORE_TIMEOUT_MS", "300");
    world.hang(Some("cache"));
    assert_eq!(timed(current(&world.platform())).await.1, Duration::from_millis(300));
    assert_eq!(timed(latest(&world.platform())).await.1, Duration::from_millis(1_500));
}

#[tokio::test(start_paused = true)]
async fn variables_and_assets_that_hang_have_a_deadline_too() {
    let world = world_after([&ending("2025-09-01", 1)]).await;
    for service in ["config", "assets"] {
        world.hang(Some(service));
        let (found, waited) = timed(current(&world.platform())).await;
        assert!(found.is_ok() && waited <= 3 * READING, "{service}: {waited:?}");
    }
    let empty = common::world();
    for service in ["config", "assets"] {
        empty.hang(Some(service));
        let (found, waited) = timed(current(&empty.platform())).await;
        assert!(found.is_err() && waited <= 3 * READING, "{service}: {waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_list_the_export_and_the_release_of_a_pin_fail_within_the_deadline() {
    let world = world_after([&ending("2025-09-01", 1)]).await;
    for service in STORES {
        for hangs in [true, false] {
            disturb(&world, service, hangs);
            let platform = world.platform();
            let (listed, waited) = timed(dates(&platform)).await;
            assert!(listed.is_ok() == (service == "cache") && waited <= WRITING, "{service}: {waited:?}");
            let (exported, waited) = timed(fetch(&platform, day("2025-09-01"))).await;
            assert!(
                exported.is_ok() != (service == "database") && waited <= WRITING,
                "{service}: {waited:?}"
            );
            let (released, waited) = timed(unpin(&platform)).await;
            assert!(
                released.is_err() == (service != "archive") && waited <= WRITING,
                "{service}: {waited:?}"
            );
            let ((), waited) = timed(record_refresh(&platform, None)).await;
            assert!(waited <= READING, "{service}: {waited:?}");
            world.hang(None);
            world.slow_down(None);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_publication_ends_in_time_wherever_a_store_begins_to_hang_and_leaves_the_old_snapshot_or_the_new_one()
 {
    let [a, b, _] = three();
    for service in STORES {
        for hangs in [true, false] {
            let mut reached_its_end = false;
            for steps in 0..60 {
                let world = world_after([&a]).await;
                let publisher = world.platform();
                let mut publication = pin!(timed(snapshot_store::publish(&publisher, b.clone())));
                let mut ended = false;
                for _ in 0..steps {
                    ended =
                        poll_fn(|context| Poll::Ready(publication.as_mut().poll(context).is_ready())).await;
                    if ended {
                        break;
                    }
                }
                if ended {
                    reached_its_end = true;
                    break;
                }
                disturb(&world, service, hangs);
                let (published, waited) = publication.await;
                // The tidying that follows a publication may meet the hanging store once more.
                assert!(waited <= 2 * WRITING, "{service} after {steps} steps: {waited:?}");
                world.hang(None);
                world.slow_down(None);
                let served = current(&world.platform()).await.unwrap();
                let expected = if published.is_ok() { &b } else { &a };
                assert!(*served.snapshot == *expected, "{service} after {steps} steps");
            }
            assert!(reached_its_end, "{service}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn health_waits_once_for_a_cache_that_hangs_while_memory_is_fresh() {
    let world = world_after([&ending("2025-09-01", 1)]).await;
    let instance = world.platform();
    served(&instance).await;
    world.hang(Some("cache"));
    assert_eq!(timed(last_refresh(&instance)).await.1, READING);
    assert!(timed(last_refresh(&instance)).await.1.is_zero());
    assert!(timed(current(&instance)).await.1.is_zero());
}
