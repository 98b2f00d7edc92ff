//! Publications at once: what is current is readable at every moment, what the archive gives is what is current, and nothing is
//! left behind. In memory in a thousand orders of their steps, which numbers decide; on files and SQLite in those that the threads
//! of a machine come to.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::{collections::BTreeMap, future::poll_fn, path::Path, pin::Pin, task::Poll};

use axum::Router;
use common::{CURRENT, ending, publish, served_anew, start, world};
use network_data::Snapshot;
use platform::{Application, Platform};
use platform_native::{Machine, Storage, memory::World};
use snapshot_store::{Current, current, fetch};

const ROUNDS: u64 = 1_000;

/// A sequence of numbers that look random and that a seed repeats (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }
}

type Task<'a> = Pin<Box<dyn Future<Output = Current> + 'a>>;

/// Lets the tasks take their steps, one call to a store each, in an order that the numbers decide.
async fn interleave(mut tasks: Vec<Task<'_>>, numbers: &mut Numbers) {
    while !tasks.is_empty() {
        let chosen = numbers.below(tasks.len());
        // Some take many steps while the others wait.
        for _ in 0..=numbers.below(6) {
            let step = poll_fn(|context| Poll::Ready(tasks[chosen].as_mut().poll(context))).await;
            if step.is_ready() {
                drop(tasks.swap_remove(chosen));
                break;
            }
        }
    }
}

/// What the cache keeps apart from the name of the current snapshot.
fn bodies(world: &World) -> usize {
    world.cache_keys().iter().filter(|key| key.starts_with("snapshot/") && *key != CURRENT).count()
}

async fn archived(platform: &Platform) -> usize {
    platform.archive().list("").await.unwrap().len()
}

/// `publishers` publish snapshots of one day with different figures, beside two new instances that read.
async fn race(publishers: usize) {
    let world = world();
    let snapshots: Vec<Snapshot> = (0..=publishers).map(|seed| ending("2025-09-01", seed as u64)).collect();
    publish(&world.platform(), &snapshots[publishers]).await;
    for round in 0..ROUNDS {
        // The grace of the round before is over.
        world.set_now(start() + chrono::Duration::hours(round.cast_signed()));
        let mut numbers = Numbers(round * 10 + publishers as u64);
        let platforms: Vec<Platform> = (0..publishers + 2).map(|_| world.platform()).collect();
        let tasks = platforms.iter().enumerate().map(|(task, platform)| -> Task<'_> {
            match snapshots.get(task).filter(|_| task < publishers) {
                Some(snapshot) => {
                    Box::pin(async { snapshot_store::publish(platform, snapshot.clone()).await.unwrap() })
                }
                None => Box::pin(async { current(platform).await.unwrap() }),
            }
        });
        interleave(tasks.collect(), &mut numbers).await;

        let served = served_anew(&world).await;
        let served = served.unwrap_or_else(|error| panic!("{publishers} at once, round {round}: {error}"));
        let exported = fetch(&world.platform(), served.snapshot.current_date()).await.unwrap().unwrap();
        assert_eq!(
            exported.fingerprint(),
            served.snapshot.fingerprint(),
            "{publishers} at once, round {round}: the archive gives another snapshot than the current one"
        );
        assert!(bodies(&world) <= 2, "{publishers} at once, round {round}: {:?}", world.cache_keys());
    }
    // The copies that were replaced go when nobody can name them any more.
    world.set_now(start() + chrono::Duration::hours(ROUNDS.cast_signed()));
    publish(&world.platform(), &snapshots[0]).await;
    world.set_now(start() + chrono::Duration::hours(ROUNDS.cast_signed() + 1));
    publish(&world.platform(), &snapshots[1]).await;
    let kept = archived(&world.platform()).await;
    assert!(kept <= 2, "{kept} copies of one day are archived");
}

#[tokio::test(start_paused = true)]
async fn two_publications_at_once_leave_one_readable_snapshot_and_no_body_behind() {
    race(2).await;
}

#[tokio::test(start_paused = true)]
async fn three_publications_at_once_leave_one_readable_snapshot_and_no_body_behind() {
    race(3).await;
}

#[tokio::test(start_paused = true)]
async fn six_publications_at_once_leave_one_readable_snapshot_and_no_body_behind() {
    race(6).await;
}

/// What publishes and reads snapshots.
struct Publisher;

impl Application for Publisher {
    type Services = platform::services![Archive, Assets, Cache, Database];

    fn routes() -> Router<Platform> {
        Router::new()
    }
}

/// Rounds after which a folder is given up for an empty one: copies that were replaced stay archived for half an hour.
const ROUNDS_A_FOLDER: u64 = 50;

/// In memory where the system has such a folder: what is raced for is the order of the calls, not the speed of a disk.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

async fn race_on_disk(publishers: usize) {
    let snapshots: Vec<Snapshot> = (0..publishers).map(|seed| ending("2025-09-01", seed as u64)).collect();
    for folder in (0..ROUNDS / ROUNDS_A_FOLDER).map(|_| folder()) {
        let storage = Storage::Folder(folder.path().join("data"));
        // A machine that does much else is no reason to fail.
        let variables = BTreeMap::from([("STORE_TIMEOUT_MS".to_owned(), "60000".to_owned())]);
        let machine = Machine::new(&storage, variables, None, BTreeMap::new()).unwrap();
        for round in 0..ROUNDS_A_FOLDER {
            let tasks: Vec<_> = snapshots
                .iter()
                .map(|snapshot| {
                    // An instance of its own, as an isolate is.
                    let (platform, snapshot) = (machine.platform::<Publisher>(), snapshot.clone());
                    tokio::spawn(async move { snapshot_store::publish(&platform, snapshot).await })
                })
                .collect();
            for task in tasks {
                task.await
                    .unwrap()
                    .unwrap_or_else(|error| panic!("{publishers} at once, round {round}: {error}"));
            }
            let reader = machine.platform::<Publisher>();
            let served = current(&reader).await;
            let served =
                served.unwrap_or_else(|error| panic!("{publishers} at once, round {round}: {error}"));
            let exported = fetch(&reader, served.snapshot.current_date()).await.unwrap().unwrap();
            assert_eq!(
                exported.fingerprint(),
                served.snapshot.fingerprint(),
                "{publishers} at once, round {round}"
            );
        }
        let bodies = std::fs::read_dir(folder.path().join("data/cache")).unwrap().count() - 1;
        assert!(bodies <= 2, "{publishers} at once: {bodies} bodies beside the name of the current snapshot");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn two_publications_at_once_on_disk_leave_one_readable_snapshot() {
    race_on_disk(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn three_publications_at_once_on_disk_leave_one_readable_snapshot() {
    race_on_disk(3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn six_publications_at_once_on_disk_leave_one_readable_snapshot() {
    race_on_disk(6).await;
}
