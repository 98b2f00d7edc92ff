//! Keys and audit rows in a database.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use access::{
    Expiry, KeyChange, KeyRecord, Kind, Limits, Lookup, NewKey, Refusal, Scopes, Secret,
    audit::{Act, AuditRow},
    store::KeyStore,
};
use platform::{Platform, Statement, Value};
use platform_native::memory::World;

const NOW: i64 = 1_800_000_000_000;

fn secret(byte: u8) -> Secret {
    Secret::mint(Kind::Key, [byte; 32])
}

fn record(byte: u8) -> KeyRecord {
    let new = NewKey {
        name: format!("key {byte}"),
        owner: None,
        scopes: Scopes::DEFAULT,
        limits: Limits::DEFAULT,
        tokens_per_day: None,
        expires: None,
    };
    KeyRecord::new(new, format!("key_{byte}"), &secret(byte), NOW)
}

fn audit(act: Act, target: &str, at: i64) -> AuditRow {
    AuditRow {
        at,
        actor: "operator".to_owned(),
        act,
        target: target.to_owned(),
        address: Some("192.0.2.1".to_owned()),
        request_id: Some("request".to_owned()),
    }
}

async fn with_keys(platform: &Platform, keys: std::ops::Range<u8>) -> KeyStore<'_> {
    let store = KeyStore::open(platform).await.unwrap();
    for byte in keys {
        store.create(&record(byte), &audit(Act::KeyCreated, &format!("key_{byte}"), NOW)).await.unwrap();
    }
    store
}

#[tokio::test]
async fn a_key_is_found_by_its_secret_and_by_its_id() {
    let platform = World::default().platform();
    let store = with_keys(&platform, 1..4).await;
    assert_eq!(store.find_by_hash(&secret(2).hash()).await.unwrap(), Some(record(2)));
    assert_eq!(store.get("key_3").await.unwrap(), Some(record(3)));
    assert_eq!(store.find_by_hash(&secret(9).hash()).await.unwrap(), None);
    assert_eq!(store.get("key_9").await.unwrap(), None);
}

#[tokio::test]
async fn keys_are_listed_newest_first_in_pages_without_gaps() {
    let platform = World::default().platform();
    let store = with_keys(&platform, 0..5).await;
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = store.list(before, 2).await.unwrap();
        seen.extend(page.entries.into_iter().map(|key| key.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["key_4", "key_3", "key_2", "key_1", "key_0"]);
}

#[tokio::test]
async fn a_change_is_kept_and_gives_what_the_pure_change_gives() {
    let platform = World::default().platform();
    let store = with_keys(&platform, 1..2).await;
    for change in [
        KeyChange { name: Some("new".to_owned()), per_minute: Some(7), ..KeyChange::default() },
        KeyChange { scopes: Some(Scopes::ALL), expires: Some(Expiry::At(NOW + 5)), ..KeyChange::default() },
        KeyChange { owner: Some("team".to_owned()), expires: Some(Expiry::Never), ..KeyChange::default() },
        KeyChange { per_day: Some(9), ..KeyChange::default() },
    ] {
        let expected = change.apply(store.get("key_1").await.unwrap().unwrap());
        let changed = store.change("key_1", &change, &audit(Act::KeyChanged, "key_1", NOW)).await.unwrap();
        assert_eq!(changed.as_ref(), Some(&expected));
        assert_eq!(store.get("key_1").await.unwrap(), changed);
    }
    let missing = store.change("key_9", &KeyChange::default(), &audit(Act::KeyChanged, "key_9", NOW)).await;
    assert_eq!(missing.unwrap(), None);
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_every_instance_and_cannot_be_changed_again() {
    let world = World::default();
    let (platform, other) = (world.platform(), world.platform());
    let store = with_keys(&platform, 1..2).await;
    let elsewhere = KeyStore::open(&other).await.unwrap();
    let revoked = store.revoke("key_1", &audit(Act::KeyRevoked, "key_1", NOW + 1)).await.unwrap().unwrap();
    assert_eq!(revoked.revoked, Some(NOW + 1));
    let found = elsewhere.find_by_hash(&secret(1).hash()).await.unwrap().unwrap();
    assert_eq!(found.lookup(&secret(1).hash(), NOW + 1), Lookup::Refused(Refusal::Revoked));
    let again = elsewhere.revoke("key_1", &audit(Act::KeyRevoked, "key_1", NOW + 9)).await.unwrap().unwrap();
    assert_eq!(again.revoked, Some(NOW + 1), "the first time stays");
    let change = KeyChange { name: Some("x".to_owned()), ..KeyChange::default() };
    assert_eq!(store.change("key_1", &change, &audit(Act::KeyChanged, "key_1", NOW)).await.unwrap(), None);
    let rotated = store.rotate("key_1", &secret(2), 0, &audit(Act::KeyRotated, "key_1", NOW)).await.unwrap();
    assert_eq!(rotated, None);
    assert_eq!(store.list_audit(None, 10).await.unwrap().entries.len(), 2, "only what changed something");
}

#[tokio::test]
async fn a_rotated_key_is_found_by_both_secrets_until_the_grace_ends() {
    let platform = World::default().platform();
    let store = with_keys(&platform, 1..3).await;
    let rotated = store
        .rotate("key_1", &secret(8), 1000, &audit(Act::KeyRotated, "key_1", NOW))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(rotated, record(1).rotated(&secret(8), NOW, 1000));
    let old = store.find_by_hash(&secret(1).hash()).await.unwrap().unwrap();
    assert!(matches!(old.lookup(&secret(1).hash(), NOW + 999), Lookup::Known(_)));
    assert!(matches!(old.lookup(&secret(1).hash(), NOW + 1000), Lookup::Refused(Refusal::Expired)));
    assert_eq!(store.find_by_hash(&secret(8).hash()).await.unwrap(), Some(rotated));
    let rotated =
        store.rotate("key_2", &secret(7), 0, &audit(Act::KeyRotated, "key_2", NOW)).await.unwrap().unwrap();
    assert_eq!(rotated.previous, None);
    assert_eq!(store.find_by_hash(&secret(2).hash()).await.unwrap(), None);
}

#[tokio::test]
async fn the_last_use_is_written_once_a_minute() {
    let platform = World::default().platform();
    let store = with_keys(&platform, 1..2).await;
    let stale = record(1);
    for (now, written) in
        [(NOW, NOW), (NOW + 59_999, NOW), (NOW + 60_000, NOW + 60_000), (NOW + 5, NOW + 60_000)]
    {
        // The record is the stale one of an instance that read it long ago; the statement itself holds the rule.
        store.touch(&stale, now).await.unwrap();
        assert_eq!(store.get("key_1").await.unwrap().unwrap().last_used, Some(written));
    }
}

#[tokio::test]
async fn every_act_leaves_an_audit_row() {
    let platform = World::default().platform();
    let store = with_keys(&platform, 1..2).await;
    let acts = [Act::KeyChanged, Act::KeyRotated, Act::KeyRevoked, Act::SnapshotImported];
    let rows = acts.map(|act| audit(act, "key_1", NOW + act as i64));
    store.change("key_1", &KeyChange::default(), &rows[0]).await.unwrap();
    store.rotate("key_1", &secret(2), 0, &rows[1]).await.unwrap();
    store.revoke("key_1", &rows[2]).await.unwrap();
    store.append_audit(&rows[3]).await.unwrap();
    let listed = store.list_audit(None, 10).await.unwrap();
    let mut expected = vec![audit(Act::KeyCreated, "key_1", NOW)];
    expected.extend(rows);
    expected.reverse();
    assert_eq!(listed.entries, expected);
    let first = store.list_audit(None, 2).await.unwrap();
    let second = store.list_audit(first.next, 2).await.unwrap();
    assert_eq!([first.entries, second.entries].concat(), expected[..4]);
}

#[tokio::test]
async fn the_store_holds_no_secret() {
    let platform = World::default().platform();
    let store = with_keys(&platform, 1..2).await;
    store.rotate("key_1", &secret(2), 1000, &audit(Act::KeyRotated, "key_1", NOW)).await.unwrap();
    let rows = platform
        .database()
        .run(vec![Statement::new("SELECT * FROM api_keys", []), Statement::new("SELECT * FROM audit", [])])
        .await
        .unwrap();
    let stored = format!("{rows:?}");
    assert!(stored.contains(&secret(2).hash().to_string()), "the search sees the values");
    for byte in [1, 2] {
        assert!(!stored.contains(secret(byte).reveal()) && !stored.contains(&secret(byte).reveal()[10..]));
    }
}

#[tokio::test]
async fn a_secret_can_be_stored_once_only() {
    let platform = World::default().platform();
    let store = with_keys(&platform, 1..2).await;
    let twin = KeyRecord { id: "key_x".to_owned(), ..record(1) };
    assert!(store.create(&twin, &audit(Act::KeyCreated, "key_x", NOW)).await.is_err());
    assert_eq!(store.list_audit(None, 10).await.unwrap().entries.len(), 1, "the transaction left nothing");
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_an_error_and_not_an_unknown_key() {
    let world = World::default();
    let platform = world.platform();
    let store = with_keys(&platform, 1..2).await;
    world.fail(Some("database"));
    assert!(store.find_by_hash(&secret(1).hash()).await.is_err());
    world.fail(None);
    let broken = Statement::new("UPDATE api_keys SET hash = ?1", [Value::Text("?".to_owned())]);
    platform.database().run(vec![broken]).await.unwrap();
    assert!(store.get("key_1").await.is_err());
}
