//! Which state `/health` reports, and why.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, Days, Utc};
use health::Function;
use http_body_util::BodyExt as _;
use network_data::{BUNDLED_SOURCE, Snapshot};
use platform::Application as _;
use platform_native::memory::World;
use serde_json::Value;
use tower_service::Service as _;

/// The demonstration network's figures under another name: as if they were real.
fn network(source: &str) -> Snapshot {
    let mut data = network_data::demo::snapshot().unwrap().into_data();
    source.clone_into(&mut data.source);
    Snapshot::new(data).unwrap()
}

/// The last day with data, and some days more.
fn days_after(days: u64) -> DateTime<Utc> {
    let current = network_data::demo::snapshot().unwrap().current_date();
    (current + Days::new(days)).and_hms_opt(12, 0, 0).unwrap().and_utc()
}

async fn ask(world: &World) -> Value {
    let mut app = web::app(Function::routes(), world.platform());
    let request = axum::extract::Request::get("/health").body(axum::body::Body::empty()).unwrap();
    let reply = app.call(request).await.unwrap();
    assert_eq!(reply.status(), 200);
    serde_json::from_slice(&reply.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

async fn with(source: &str, age: u64) -> World {
    let world = World::default().at(days_after(age));
    snapshot_store::publish(&world.platform(), network(source)).await.unwrap();
    world
}

#[tokio::test]
async fn fresh_data_are_healthy_and_the_build_is_named() {
    for age in [0, 1, 7] {
        let health = ask(&with("spacescope", age).await).await;
        assert_eq!((&health["status"], &health["reason"]), (&"healthy".into(), &Value::Null), "{age}");
        assert_eq!(health["snapshot"]["age_days"], age);
        assert_eq!((&health["version"], &health["build"]), (&web::VERSION.into(), &web::BUILD.into()));
    }
}

#[tokio::test]
async fn data_older_than_a_week_are_degraded_and_say_how_old_they_are() {
    for age in [8, 438] {
        let health = ask(&with("spacescope", age).await).await;
        assert_eq!(health["status"], "degraded");
        let reason = health["reason"].as_str().unwrap();
        assert!(
            reason.contains(&format!("{age} days old")) && reason.contains("/admin/update-cache"),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn the_demonstration_network_is_called_that_however_old_it_is() {
    for age in [0, 500] {
        let health = ask(&with(BUNDLED_SOURCE, age).await).await;
        assert_eq!(health["status"], "demonstration", "{health}");
        assert!(health["reason"].as_str().unwrap().contains("demonstration network"), "{health}");
    }
}

#[tokio::test]
async fn a_setting_that_cannot_be_read_is_degraded_and_named_with_what_it_accepts() {
    let world = with(BUNDLED_SOURCE, 0)
        .await
        .with_variable("ARCHIVE_DAYS", "soon")
        .with_variable("BUNDLED_NETWORK", "treu")
        .with_variable("ADMIN_API_KEY", "hunter2");
    let health = ask(&world).await;
    assert_eq!(health["status"], "degraded");
    let reason = health["reason"].as_str().unwrap();
    for told in [
        "ARCHIVE_DAYS",
        "whole number of days",
        "BUNDLED_NETWORK",
        "true or false",
        "ADMIN_API_KEY",
        "24 or more",
    ] {
        assert!(reason.contains(told), "{told} in {reason}");
    }
    assert!(!reason.contains("hunter2"));
}

#[tokio::test]
async fn several_reasons_are_all_told() {
    let world = with("spacescope", 9).await.with_variable("ARCHIVE_DAYS", "soon");
    let health = ask(&world).await;
    let reason = health["reason"].as_str().unwrap();
    assert!(reason.contains("9 days old") && reason.contains("ARCHIVE_DAYS"), "{reason}");
}

/// Tokio's clock is paused and moves on by itself when all wait.
#[tokio::test(start_paused = true)]
async fn variables_that_hang_do_not_keep_health_from_answering_and_are_told() {
    let world = with("spacescope", 0).await.hurried(1);
    world.hang(Some("config"));
    let began = tokio::time::Instant::now();
    let health = ask(&world).await;
    let reason = health["reason"].as_str().unwrap();
    assert!(health["status"] == "degraded" && reason.contains("settings cannot be read"), "{health}");
    assert!(began.elapsed() <= std::time::Duration::from_secs(10), "{:?}", began.elapsed());
}
