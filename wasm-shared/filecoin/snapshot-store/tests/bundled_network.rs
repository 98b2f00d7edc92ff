//! A fresh clone answers from the network that is bundled with it, until real data are published or the operator forbids.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;

use common::{RECHECK, after, bundled, publish, served, served_anew, three, world};
use network_data::BUNDLED_SOURCE;
use platform_native::memory::World;
use snapshot_store::{StoreError, current, last_refresh, latest, record_refresh};
use tempfile::TempDir;

/// A world whose deployment brought these bytes along.
fn deployed(bytes: &[u8]) -> (World, TempDir) {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("network")).unwrap();
    fs::write(folder.path().join("network/bundled.bin"), bytes).unwrap();
    (world().with_assets(folder.path()), folder)
}

#[tokio::test(start_paused = true)]
async fn until_data_are_published_the_bundled_network_answers() {
    let (world, _folder) = deployed(&bundled().to_wire());
    let reader = world.platform();
    assert_eq!(served(&reader).await, bundled());
    assert_eq!(served(&reader).await.source(), BUNDLED_SOURCE);
    assert!(latest(&reader).await.unwrap().current.is_none(), "it was never published");
    let [a, ..] = three();
    publish(&world.platform(), &a).await;
    assert_eq!(*served_anew(&world).await.unwrap().snapshot, a);
    after(&world, RECHECK);
    assert_eq!(served(&reader).await, a);
    assert_eq!(*latest(&reader).await.unwrap().current.unwrap().snapshot, a);
}

#[tokio::test(start_paused = true)]
async fn it_is_read_once_by_an_instance() {
    let (world, _folder) = deployed(&bundled().to_wire());
    let reader = world.platform();
    assert!(!current(&reader).await.unwrap().from_memory);
    world.fail(Some("assets"));
    after(&world, RECHECK);
    assert!(current(&reader).await.unwrap().from_memory);
    assert!(world.log_lines().is_empty(), "nothing failed: {:?}", world.log_lines());
}

#[tokio::test(start_paused = true)]
async fn the_operator_can_forbid_it() {
    let (world, _folder) = deployed(&bundled().to_wire());
    for (switch, forbidden) in
        [("false", true), ("0", true), ("no", true), ("true", false), ("1", false), ("", false)]
    {
        let world = world.clone().with_variable("BUNDLED_NETWORK", switch);
        assert_eq!(matches!(served_anew(&world).await, Err(StoreError::Empty)), forbidden, "{switch:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_it_there_is_no_data() {
    assert!(matches!(served_anew(&world()).await, Err(StoreError::Empty)));
}

#[tokio::test(start_paused = true)]
async fn a_damaged_one_is_an_error_and_no_wrong_numbers() {
    let (world, _folder) = deployed(b"no network");
    assert!(matches!(served_anew(&world).await, Err(StoreError::Unreadable(_))));
}

#[tokio::test(start_paused = true)]
async fn it_does_not_stand_in_for_published_data_that_cannot_be_reached() {
    let (world, _folder) = deployed(&bundled().to_wire());
    publish(&world.platform(), &three()[0]).await;
    for service in ["cache", "config"] {
        world.fail(Some(service));
        match served_anew(&world).await {
            Ok(found) => assert_eq!(*found.snapshot, three()[0], "{service}"),
            Err(error) => assert!(matches!(error, StoreError::Outside(_)), "{service}: {error}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_instance_with_real_data_does_not_go_back_to_it_when_the_store_shows_no_pointer_for_a_moment() {
    let (world, _folder) = deployed(&bundled().to_wire());
    let [a, b, _] = three();
    publish(&world.platform(), &a).await;
    let reader = world.platform();
    assert_eq!(served(&reader).await, a);
    let pointer = reader.cache().get(common::CURRENT).await.unwrap().unwrap();
    reader.cache().delete(common::CURRENT).await.unwrap();
    for looks in 1..4 {
        after(&world, looks * RECHECK);
        assert_eq!(served(&reader).await, a, "look {looks}");
    }
    assert!(world.log_lines().iter().any(|line| line.to_string().contains("names no current snapshot")));
    world.set_cache(common::CURRENT, &pointer);
    publish(&world.platform(), &b).await;
    after(&world, 4 * RECHECK);
    assert_eq!(served(&reader).await, b);
}

#[tokio::test(start_paused = true)]
async fn while_there_are_no_data_at_all_the_failed_refresh_is_still_told() {
    let platform = world().with_variable("BUNDLED_NETWORK", "false").platform();
    record_refresh(&platform, Some("the token is refused".to_owned())).await;
    // /health looks for the snapshot first; that there is none is no failure of the store.
    assert!(matches!(current(&platform).await, Err(StoreError::Empty)));
    assert_eq!(last_refresh(&platform).await.unwrap().problem.as_deref(), Some("the token is refused"));
}
