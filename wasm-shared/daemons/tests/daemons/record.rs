//! The record: filters, its summary, purging.

use daemons::{DaemonStore, Filter, Kind};
use platform_native::memory::World;
use serde_json::Value;

use crate::common::{CALL, OWNER, RULES, done, invoke, time};

const DAY: i64 = 86_400;

#[tokio::test]
async fn statistics_agree_with_the_record() {
    let platform = World::default().platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    for name in ["claude", "gemini"] {
        store.summon(OWNER, name, &RULES).await.unwrap();
        invoke(&store, OWNER, name).await;
    }
    invoke(&store, OWNER, "claude").await;
    store.banish(OWNER, "claude", &RULES).await.unwrap();
    let circle = store.circle(OWNER, &RULES).await.unwrap();
    let summary = store.summary(OWNER).await.unwrap();
    let invoked: u64 =
        summary.counts.iter().filter(|(kind, ..)| kind == "invoke").map(|(.., many)| many).sum();
    let total: u64 = circle.states.values().map(|state| state.total).sum();
    assert_eq!((invoked, total), (3, 3));
    let milliseconds: u64 = circle.states.values().map(|state| state.milliseconds).sum();
    assert!((summary.seconds * 1000.0 - milliseconds as f64).abs() < 1e-6);
    let tokens = |of: fn(&daemons::State) -> u64| circle.states.values().map(of).sum::<u64>();
    assert_eq!(summary.input_tokens, tokens(|state| state.input_tokens));
    assert_eq!(summary.output_tokens, tokens(|state| state.output_tokens));
    let claude =
        summary.counts.iter().find(|(kind, name, _)| kind == "invoke" && name.as_deref() == Some("claude"));
    assert_eq!(claude.map(|(.., many)| *many), Some(2));
}

#[tokio::test]
async fn the_record_is_filtered_by_kind_daemon_words_and_time() {
    let world = World::default().at(time(0));
    let platform = world.platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    store.summon(OWNER, "claude", &RULES).await.unwrap();
    world.set_now(time(10));
    invoke(&store, OWNER, "claude").await;
    world.set_now(time(20));
    store.summon(OWNER, "gemini", &RULES).await.unwrap();
    let count =
        async |filter: Filter| store.records(OWNER, &Filter { limit: 10, ..filter }).await.unwrap().len();
    assert_eq!(count(Filter::default()).await, 3);
    assert_eq!(count(Filter { kind: Some(Kind::Summon), ..Filter::default() }).await, 2);
    assert_eq!(count(Filter { daemon: Some("gemini".to_owned()), ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { words: Some("name a RISK".to_owned()), ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { words: Some("low onboarding".to_owned()), ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { words: Some("100%_".to_owned()), ..Filter::default() }).await, 0);
    let at = |seconds: i64| Some(time(seconds).timestamp_millis());
    assert_eq!(count(Filter { from: at(10), ..Filter::default() }).await, 2);
    assert_eq!(count(Filter { from: at(10), to: at(20), ..Filter::default() }).await, 1);
    let newest = store.newest(OWNER).await.unwrap();
    assert_eq!(count(Filter { before: Some(newest), ..Filter::default() }).await, 2);
    assert_eq!(store.records("somebody else", &Filter { limit: 10, ..Filter::default() }).await.unwrap(), []);
}

#[tokio::test]
async fn rows_after_a_number_come_in_order_and_without_gap() {
    let platform = World::default().platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    store.summon(OWNER, "claude", &RULES).await.unwrap();
    store.summon("somebody else", "claude", &RULES).await.unwrap();
    invoke(&store, OWNER, "claude").await;
    store.banish(OWNER, "claude", &RULES).await.unwrap();
    let all = store.records_after(OWNER, 0, 10).await.unwrap();
    let kinds: Vec<_> = all.iter().map(|record| record.kind.as_str()).collect();
    assert_eq!(kinds, ["summon", "invoke", "banish"]);
    for (seen, record) in all.iter().enumerate() {
        assert_eq!(store.records_after(OWNER, record.number, 10).await.unwrap(), all[seen + 1..]);
    }
}

#[tokio::test]
async fn a_purge_archives_what_it_removes_and_no_number_comes_again() {
    let world = World::default().at(time(0));
    let platform = world.platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    store.summon(OWNER, "claude", &RULES).await.unwrap();
    for _ in 0..60 {
        invoke(&store, OWNER, "claude").await;
    }
    store.summon("somebody else", "claude", &RULES).await.unwrap();
    world.set_now(time(2 * DAY));
    store.summon(OWNER, "gemini", &RULES).await.unwrap();
    let before = store.records(OWNER, &Filter { limit: 100, ..Filter::default() }).await.unwrap();
    let purged = store.purge(OWNER, 1).await.unwrap();
    // A summoning, sixty calls; gemini's summoning first banished claude for idleness.
    assert_eq!((purged.records, purged.archives.len(), purged.is_rest), (61, 2, false));
    let mut archived = Vec::new();
    for name in &purged.archives {
        let text = String::from_utf8(store.archived(OWNER, name).await.unwrap().unwrap()).unwrap();
        archived.extend(
            text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["number"].as_u64().unwrap()),
        );
    }
    let mut expected: Vec<u64> = before.iter().map(|record| record.number).collect();
    expected.sort_unstable();
    assert_eq!(archived, expected[..61]);
    assert_eq!(store.archived("somebody else", &purged.archives[0]).await.unwrap(), None);
    let left: Vec<_> =
        store.records_after(OWNER, 0, 10).await.unwrap().into_iter().map(|record| record.kind).collect();
    assert_eq!(left, ["banish", "summon", "purge"]);
    assert_eq!(store.records_after("somebody else", 0, 10).await.unwrap().len(), 1);
    // The counts are not the record's.
    assert_eq!(store.circle(OWNER, &RULES).await.unwrap().state("claude").total, 60);

    let newest = store.newest(OWNER).await.unwrap();
    assert_eq!(store.purge(OWNER, 0).await.unwrap().records, 3);
    assert!(store.newest(OWNER).await.unwrap() > newest);
}

#[tokio::test]
async fn nothing_is_removed_that_the_archive_did_not_take() {
    let world = World::default();
    let platform = world.platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    store.summon(OWNER, "claude", &RULES).await.unwrap();
    world.fail(Some("archive"));
    store.purge(OWNER, 0).await.unwrap_err();
    world.fail(None);
    assert_eq!(store.records_after(OWNER, 0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_archives_name_that_is_no_name_is_not_looked_for() {
    let platform = World::default().platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    for name in ["", "../../snapshots", "a/b", "%2e%2e"] {
        assert_eq!(store.archived(OWNER, name).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_call_that_failed_is_in_the_record_as_failed() {
    let platform = World::default().platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    store.summon(OWNER, "claude", &RULES).await.unwrap();
    let id = store.begin(OWNER, "claude", CALL, &RULES).await.unwrap().unwrap();
    let mut ended = done(10);
    (ended.is_failed, ended.answer) = (true, None);
    ended.data["status"] = "failed".into();
    store.end(&id, &ended).await.unwrap();
    assert_eq!(store.summary(OWNER).await.unwrap().failed, 1);
    assert_eq!(store.circle(OWNER, &RULES).await.unwrap().state("claude").failed, 1);
}
