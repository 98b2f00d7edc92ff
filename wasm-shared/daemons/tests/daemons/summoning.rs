//! Summoning, calling, banishing.

use std::time::Duration;

use daemons::{Call, DaemonStore, Definition, Filter, Kind, State, Summoned};
use platform_native::memory::World;

use crate::common::{CALL, OWNER, RULES, done, invoke, time};

async fn kinds(store: &DaemonStore<'_>, owner: &str) -> Vec<String> {
    let filter = Filter { limit: 100, ..Filter::default() };
    let mut records = store.records(owner, &filter).await.unwrap();
    records.reverse();
    records.into_iter().map(|record| record.kind).collect()
}

#[tokio::test]
async fn a_daemon_is_summoned_once() {
    let platform = World::default().platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    assert_eq!(store.summon(OWNER, "claude", &RULES).await.unwrap(), Summoned::New);
    assert_eq!(store.summon(OWNER, "claude", &RULES).await.unwrap(), Summoned::Already);
    assert_eq!(kinds(&store, OWNER).await, ["summon"]);
}

#[tokio::test]
async fn one_more_than_may_is_refused_and_told_which_there_are() {
    let platform = World::default().platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    for name in ["a", "b", "c"] {
        assert_eq!(store.summon(OWNER, name, &RULES).await.unwrap(), Summoned::New);
    }
    let full = Summoned::Full(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]);
    assert_eq!(store.summon(OWNER, "d", &RULES).await.unwrap(), full);
    assert_eq!(store.summon("somebody else", "d", &RULES).await.unwrap(), Summoned::New);
    store.banish(OWNER, "b", &RULES).await.unwrap().expect("a summoned daemon");
    assert_eq!(store.summon(OWNER, "d", &RULES).await.unwrap(), Summoned::New);
}

#[tokio::test]
async fn of_fifty_at_once_three_are_summoned() {
    let world = World::default();
    let summon = async |number: usize| {
        // An instance each.
        let platform = world.platform();
        let store = DaemonStore::open(&platform).await.unwrap();
        // Each of five names ten times.
        store.summon(OWNER, &format!("d{}", number % 5), &RULES).await.unwrap()
    };
    let all = futures(50, summon).await;
    assert_eq!(all.iter().filter(|summoned| **summoned == Summoned::New).count(), 3);
    let platform = world.platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    let circle = store.circle(OWNER, &RULES).await.unwrap();
    assert_eq!(circle.states.values().filter(|state| state.is_summoned).count(), 3);
    assert_eq!(kinds(&store, OWNER).await, ["summon"; 3]);
}

/// Polls all of them, so that they are under way at the same time.
async fn futures<T>(count: usize, make: impl AsyncFn(usize) -> T) -> Vec<T> {
    let mut running: Vec<_> = (0..count).map(|number| Box::pin(make(number))).collect();
    let mut done: Vec<Option<T>> = (0..count).map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in running.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *done = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_dormant_daemon_is_not_called() {
    let platform = World::default().platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    assert_eq!(store.begin(OWNER, "claude", CALL, &RULES).await.unwrap(), None);
    store.summon(OWNER, "claude", &RULES).await.unwrap();
    assert_eq!(store.begin("somebody else", "claude", CALL, &RULES).await.unwrap(), None);
    assert!(store.begin(OWNER, "claude", CALL, &RULES).await.unwrap().is_some());
}

#[tokio::test]
async fn summoning_resets_the_invocation_count_and_keeps_the_total() {
    let platform = World::default().platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    store.summon(OWNER, "claude", &RULES).await.unwrap();
    invoke(&store, OWNER, "claude").await;
    invoke(&store, OWNER, "claude").await;
    let left = store.banish(OWNER, "claude", &RULES).await.unwrap().unwrap();
    assert_eq!((left.is_summoned, left.invocations, left.total), (false, 2, 2));
    store.summon(OWNER, "claude", &RULES).await.unwrap();
    invoke(&store, OWNER, "claude").await;
    let state = store.circle(OWNER, &RULES).await.unwrap().state("claude");
    let State { invocations, total, summons, milliseconds, input_tokens, output_tokens, .. } = state;
    assert_eq!((invocations, total, summons), (1, 3, 2));
    assert_eq!((milliseconds, input_tokens, output_tokens), (4_500, 9, 15));
}

#[tokio::test]
async fn a_call_whose_daemon_is_banished_ends_and_is_counted_but_not_for_the_next_summoning() {
    let platform = World::default().platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    store.summon(OWNER, "claude", &RULES).await.unwrap();
    let id = store.begin(OWNER, "claude", CALL, &RULES).await.unwrap().unwrap();
    let left = store.banish(OWNER, "claude", &RULES).await.unwrap().unwrap();
    assert_eq!((left.is_summoned, left.running), (false, 1));
    assert_eq!(store.begin(OWNER, "claude", CALL, &RULES).await.unwrap(), None);
    assert_eq!(store.banish(OWNER, "claude", &RULES).await.unwrap(), None);
    store.summon(OWNER, "claude", &RULES).await.unwrap();
    assert!(store.end(&id, &done(10)).await.unwrap());
    let state = store.circle(OWNER, &RULES).await.unwrap().state("claude");
    assert_eq!((state.invocations, state.total, state.running), (0, 1, 0));
    assert_eq!(kinds(&store, OWNER).await, ["summon", "banish", "summon", "invoke"]);
}

#[tokio::test]
async fn an_idle_daemon_is_banished_when_somebody_looks() {
    let world = World::default().at(time(0));
    let platform = world.platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    store.summon(OWNER, "claude", &RULES).await.unwrap();
    store.summon(OWNER, "gemini", &RULES).await.unwrap();
    world.set_now(time(200));
    invoke(&store, OWNER, "gemini").await;
    world.set_now(time(299));
    assert!(store.circle(OWNER, &RULES).await.unwrap().state("claude").is_summoned);
    world.set_now(time(300));
    let circle = store.circle(OWNER, &RULES).await.unwrap();
    let active: Vec<_> = circle.active().map(|(name, ..)| name).collect();
    assert_eq!(active, ["gemini"]);
    assert_eq!(kinds(&store, OWNER).await, ["summon", "summon", "invoke", "banish"]);
    let banished = &store.records(OWNER, &Filter { limit: 1, ..Filter::default() }).await.unwrap()[0];
    assert_eq!((banished.daemon.as_deref(), &banished.data["reason"]), (Some("claude"), &"idle".into()));
}

#[tokio::test]
async fn an_idle_daemon_counts_neither_for_the_cap_nor_for_a_call() {
    let world = World::default().at(time(0));
    let platform = world.platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    for name in ["a", "b", "c"] {
        store.summon(OWNER, name, &RULES).await.unwrap();
    }
    world.set_now(time(301));
    assert_eq!(store.begin(OWNER, "a", CALL, &RULES).await.unwrap(), None);
    assert_eq!(store.summon(OWNER, "d", &RULES).await.unwrap(), Summoned::New);
    assert_eq!(store.banish(OWNER, "b", &RULES).await.unwrap(), None);
}

#[tokio::test]
async fn the_schedule_banishes_what_is_idle_of_every_owner() {
    let world = World::default().at(time(0));
    let platform = world.platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    store.summon("one", "claude", &RULES).await.unwrap();
    store.summon("two", "claude", &RULES).await.unwrap();
    world.set_now(time(300));
    store.tend(&RULES).await.unwrap();
    assert_eq!(kinds(&store, "one").await, ["summon", "banish"]);
    assert_eq!(kinds(&store, "two").await, ["summon", "banish"]);
    store.tend(&RULES).await.unwrap();
    assert_eq!(kinds(&store, "one").await.len(), 2);
}

#[tokio::test]
async fn a_daemon_at_work_is_not_idle() {
    let world = World::default().at(time(0));
    let platform = world.platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    store.summon(OWNER, "claude", &RULES).await.unwrap();
    let long = Call { timeout: Duration::from_hours(1), ..CALL };
    let id = store.begin(OWNER, "claude", long, &RULES).await.unwrap().unwrap();
    world.set_now(time(1_000));
    assert!(store.circle(OWNER, &RULES).await.unwrap().state("claude").is_summoned);
    store.end(&id, &done(1_000_000)).await.unwrap();
    world.set_now(time(1_200));
    assert!(store.circle(OWNER, &RULES).await.unwrap().state("claude").is_summoned);
    world.set_now(time(1_300));
    assert!(!store.circle(OWNER, &RULES).await.unwrap().state("claude").is_summoned);
}

#[tokio::test]
async fn a_call_that_nobody_ends_has_failed_after_its_time() {
    let world = World::default().at(time(0));
    let platform = world.platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    store.summon(OWNER, "claude", &RULES).await.unwrap();
    let id = store.begin(OWNER, "claude", CALL, &RULES).await.unwrap().unwrap();
    world.set_now(time(74));
    assert_eq!(store.circle(OWNER, &RULES).await.unwrap().state("claude").running, 1);
    world.set_now(time(75));
    let state = store.circle(OWNER, &RULES).await.unwrap().state("claude");
    assert_eq!((state.running, state.invocations, state.total, state.failed), (0, 1, 1, 1));
    let record = store
        .records(OWNER, &Filter { kind: Some(Kind::Invoke), limit: 1, ..Filter::default() })
        .await
        .unwrap();
    assert_eq!(record[0].data["error"]["code"], "MODEL_TIMEOUT");
    assert_eq!(record[0].task.as_deref(), Some(CALL.task));
    // An answer that comes later changes nothing.
    assert!(!store.end(&id, &done(80_000)).await.unwrap());
    assert_eq!(store.circle(OWNER, &RULES).await.unwrap().state("claude").total, 1);
}

#[tokio::test]
async fn daemons_survive_their_instance_and_are_their_owners() {
    let world = World::default();
    let platform = world.platform();
    DaemonStore::open(&platform).await.unwrap().summon("one", "claude", &RULES).await.unwrap();
    drop(platform);
    let platform = world.platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    assert!(store.circle("one", &RULES).await.unwrap().state("claude").is_summoned);
    assert!(!store.circle("two", &RULES).await.unwrap().state("claude").is_summoned);
    assert_eq!(store.newest("two").await.unwrap(), 0);
}

#[tokio::test]
async fn a_daemon_that_the_operator_takes_away_is_banished_everywhere() {
    let platform = World::default().platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    store.define("scribe", &Definition::beginning("scribe")).await.unwrap();
    store.summon("one", "scribe", &RULES).await.unwrap();
    store.summon("two", "scribe", &RULES).await.unwrap();
    store.remove("scribe").await.unwrap();
    let circle = store.circle("one", &RULES).await.unwrap();
    assert!(!circle.catalogue.contains_key("scribe") && !circle.state("scribe").is_summoned);
    assert_eq!(kinds(&store, "two").await, ["summon", "banish"]);
}
