//! Worlds to publish in.
#![allow(dead_code, unused_imports, reason = "each test file is a crate of its own and uses its part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../network-data/tests/common/mod.rs"]
mod networks;

use chrono::{DateTime, Days, Duration, Utc};
use network_data::{BUNDLED_SOURCE, Snapshot};
pub(crate) use networks::day;
use platform::Platform;
use platform_native::memory::World;
use snapshot_store::{Current, StoreError, current};

/// Seconds after which an instance asks again.
pub(crate) const RECHECK: i64 = web::settings::SNAPSHOT_RECHECK_SECONDS.default().cast_signed();

/// The cache key of the current snapshot's name.
pub(crate) const CURRENT: &str = "snapshot/current";

/// A small network that ends on a day; another seed, other figures.
pub(crate) fn ending(date: &str, seed: u64) -> Snapshot {
    let current = day(date);
    Snapshot::new(networks::network(current - Days::new(40), 40, seed)).unwrap()
}

/// Three days' snapshots, one after the other.
pub(crate) fn three() -> [Snapshot; 3] {
    [ending("2025-09-01", 1), ending("2025-09-02", 2), ending("2025-09-03", 3)]
}

pub(crate) fn bundled() -> Snapshot {
    let mut data = ending("2025-08-01", 9).into_data();
    BUNDLED_SOURCE.clone_into(&mut data.source);
    Snapshot::new(data).unwrap()
}

pub(crate) fn start() -> DateTime<Utc> {
    "2025-09-10T12:00:00Z".parse().unwrap()
}

/// A world without a bundled network, whose clock stands but for what is slept. Tests pause tokio's clock, which then moves on
/// by itself when all wait: nothing waits in earnest, and no deadline passes only because the machine is busy.
pub(crate) fn world() -> World {
    World::default().at(start()).hurried(1)
}

pub(crate) fn after(world: &World, seconds: i64) {
    world.set_now(start() + Duration::seconds(seconds));
}

pub(crate) async fn publish(platform: &Platform, snapshot: &Snapshot) {
    snapshot_store::publish(platform, snapshot.clone()).await.unwrap();
}

/// A world in which these were published, by an instance that is gone.
pub(crate) async fn world_after(snapshots: impl IntoIterator<Item = &Snapshot>) -> World {
    let world = world();
    for snapshot in snapshots {
        publish(&world.platform(), snapshot).await;
    }
    world
}

/// What a request to this instance is answered from.
pub(crate) async fn served(platform: &Platform) -> Snapshot {
    (*current(platform).await.unwrap().snapshot).clone()
}

/// What a request to a new instance is answered from.
pub(crate) async fn served_anew(world: &World) -> Result<Current, StoreError> {
    current(&world.platform()).await
}

/// The cache key of a snapshot's bytes, which ends with something random.
pub(crate) fn body_key(world: &World, snapshot: &Snapshot) -> String {
    let beginning = format!("snapshot/{}.", snapshot_store::name_of(snapshot));
    let keys = world.cache_keys();
    keys.iter()
        .rfind(|key| key.starts_with(&beginning))
        .unwrap_or_else(|| panic!("{beginning}: {keys:?}"))
        .clone()
}

/// The archive key of a snapshot's bytes.
pub(crate) async fn archive_key(world: &World, snapshot: &Snapshot) -> String {
    let (date, id) = (snapshot.current_date(), snapshot_store::name_of(snapshot));
    let keys = world.platform().archive().list(&format!("snapshots/{date}/{id}.")).await.unwrap();
    keys.first().unwrap_or_else(|| panic!("{id} is not archived")).clone()
}

/// Asserts of which snapshots the cache keeps the bytes.
#[track_caller]
pub(crate) fn assert_cached(world: &World, snapshots: &[&Snapshot]) {
    let mut expected: Vec<_> = snapshots.iter().map(|snapshot| snapshot_store::name_of(snapshot)).collect();
    expected.sort_unstable();
    let keys = world.cache_keys();
    let bodies = keys.iter().filter(|key| *key != CURRENT).filter_map(|key| key.strip_prefix("snapshot/"));
    let mut found: Vec<_> = bodies.map(|copy| copy.split('.').next().unwrap().to_owned()).collect();
    found.sort_unstable();
    assert_eq!(found, expected);
}
