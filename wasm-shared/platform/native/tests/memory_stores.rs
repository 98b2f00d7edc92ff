//! The platform that the other crates' tests stand on behaves as the real ones do, and fails as it is told.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use platform::{Archive, Cache, Database, Statement, within};
use platform_native::memory::World;

#[tokio::test]
async fn the_cache_keeps_whole_values_until_they_are_removed() {
    let platform = World::default().platform();
    let cache = platform.cache();
    assert_eq!(cache.get("key").await.unwrap(), None);
    cache.put("key", b"").await.unwrap();
    assert_eq!(cache.get("key").await.unwrap(), Some(Vec::new()), "an empty value is a value");
    cache.put("key", &[0, 255]).await.unwrap();
    assert_eq!(cache.get("key").await.unwrap(), Some(vec![0, 255]));
    cache.delete("key").await.unwrap();
    cache.delete("key").await.unwrap();
    assert_eq!(cache.get("key").await.unwrap(), None);
}

#[tokio::test]
async fn the_archive_lists_its_keys_in_order() {
    let platform = World::default().platform();
    for key in ["b/2", "a/1", "b/10", "b"] {
        platform.archive().put(key, b"x").await.unwrap();
    }
    assert_eq!(platform.archive().list("b/").await.unwrap(), ["b/10", "b/2"]);
    assert_eq!(platform.archive().list("").await.unwrap(), ["a/1", "b", "b/10", "b/2"]);
    assert!(platform.archive().list("c").await.unwrap().is_empty());
    platform.archive().delete("b/2").await.unwrap();
    assert_eq!(platform.archive().list("b/").await.unwrap(), ["b/10"]);
}

#[tokio::test]
async fn assets_are_the_files_of_a_folder() {
    let folder = tempfile::TempDir::new().unwrap();
    fs::create_dir(folder.path().join("docs")).unwrap();
    fs::write(folder.path().join("docs/index.html"), "page").unwrap();
    let platform = World::default().with_assets(folder.path()).platform();
    assert_eq!(platform.assets().get("docs/index.html").await.unwrap().as_deref(), Some(&b"page"[..]));
    assert_eq!(platform.assets().get("docs/other.html").await.unwrap(), None);
    assert_eq!(World::default().platform().assets().get("docs/index.html").await.unwrap(), None);
}

#[tokio::test]
async fn a_service_fails_alone_and_until_it_is_mended() {
    let world = World::default();
    let platform = world.platform();
    world.fail(Some("archive"));
    platform.cache().put("key", b"x").await.unwrap();
    let error = platform.archive().put("key", b"x").await.unwrap_err();
    assert_eq!(error.service, "archive");
    assert!(error.to_string().starts_with("archive: "));
    world.fail(None);
    assert_eq!(platform.archive().get("key").await.unwrap(), None, "what failed did nothing");
}

#[tokio::test]
async fn a_service_hangs_alone_and_until_it_is_mended() {
    let world = World::default().hurried(1_000);
    let platform = world.platform();
    let second = Duration::from_secs(1);
    for service in ["cache", "archive", "database"] {
        world.hang(Some(service));
        let cache = Cache::get(&world, "key");
        assert_eq!(within(platform.sleep(), second, cache).await.is_none(), service == "cache");
        let archive = Archive::get(&world, "key");
        assert_eq!(within(platform.sleep(), second, archive).await.is_none(), service == "archive");
        let database = world.run(vec![Statement::new("SELECT 1", [])]);
        assert_eq!(within(platform.sleep(), second, database).await.is_none(), service == "database");
    }
    world.hang(None);
    assert_eq!(platform.cache().get("key").await.unwrap(), None);
}

#[tokio::test]
async fn a_slow_service_takes_its_time_by_a_clock_that_stands() {
    let start = "2025-09-10T12:00:00Z".parse().unwrap();
    let world = World::default().at(start).hurried(1_000);
    let platform = world.platform();
    world.slow_down(Some(("cache", Duration::from_secs(3))));
    let (one, other) = tokio::join!(Cache::get(&world, "key"), Cache::get(&world, "key"));
    assert_eq!((one, other), (Ok(None), Ok(None)));
    assert_eq!(platform.clock().now(), start + Duration::from_secs(3), "both waited at the same time");
}

#[tokio::test]
async fn after_the_last_step_nothing_gets_through() {
    let world = World::default();
    let platform = world.platform();
    world.stop_after(Some(2));
    platform.config().get("VARIABLE").await.unwrap();
    platform.cache().put("one", b"x").await.unwrap();
    platform.archive().put("two", b"x").await.unwrap();
    for _ in 0..3 {
        assert!(platform.cache().put("three", b"x").await.is_err());
        assert!(platform.archive().list("").await.is_err());
    }
    platform.config().get("VARIABLE").await.unwrap();
    world.stop_after(None);
    assert_eq!(world.cache_keys(), ["one"]);
}

#[test]
fn a_call_does_nothing_before_it_is_waited_for_and_lets_others_go_first() {
    let world = World::default();
    let cache: &dyn Cache = &world;
    let mut context = Context::from_waker(Waker::noop());
    drop(cache.put("never", b"x"));
    let mut put = pin!(cache.put("key", b"x"));
    assert_eq!(put.as_mut().poll(&mut context), Poll::Pending);
    assert!(world.cache_keys().is_empty());
    assert_eq!(put.as_mut().poll(&mut context), Poll::Ready(Ok(())));
    assert_eq!(world.cache_keys(), ["key"]);
}
