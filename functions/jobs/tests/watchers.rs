//! What those who follow jobs cost, and that they cost nothing once they have gone.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Body};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use jobs::{Approval, JobStore, Limits, Submission, Submitted};
use platform::{
    Application as _, Archive, Assets, Cache, Clock, Config, Database, Log, Platform, Queue, Services, Sleep,
    queue::TableQueue,
};
use platform_native::memory::World;
use tower_service::Service as _;
use web::Caller;

/// A job that nobody works on, so that nothing happens to it.
async fn waiting(platform: &Platform) -> String {
    let job = common::job_of("operator", "of-another-release", Approval::NotNeeded);
    let submission = Submission { job, idempotency: None };
    let store = JobStore::open(platform).await.unwrap();
    match store.submit(&submission, &Limits::default()).await.unwrap() {
        Submitted::New(job) => job.id,
        other => panic!("{other:?}"),
    }
}

/// Follows a job, and reads what has happened so far.
async fn follow(app: &mut Router, id: &str) -> Result<Body, StatusCode> {
    let mut request = Request::get(format!("/api/jobs/{id}/events")).body(Body::empty()).unwrap();
    request.extensions_mut().insert(Caller::operator());
    let reply = app.call(request).await.unwrap();
    if reply.status() != StatusCode::OK {
        return Err(reply.status());
    }
    let mut body = reply.into_body();
    let mut read = String::new();
    while !read.contains("event: queued") {
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        read.push_str(&String::from_utf8_lossy(&frame));
    }
    Ok(body)
}

/// Bytes of this process that are in memory.
fn resident() -> usize {
    let pages: usize =
        std::fs::read_to_string("/proc/self/statm").unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

#[tokio::test]
async fn a_thousand_idle_watchers_cost_a_bounded_amount_and_nothing_once_they_have_gone() {
    let platform = World::default().platform();
    let mut app = web::app(jobs_function::Function::routes(), platform.clone());
    let id = waiting(&platform).await;
    // What the first ones set up is not theirs.
    let mut watchers: Vec<Body> = Vec::with_capacity(2_000);
    for _ in 0..10 {
        watchers.push(follow(&mut app, &id).await.unwrap());
    }
    let before = resident();
    for _ in 0..1_000 {
        watchers.push(follow(&mut app, &id).await.unwrap());
    }
    let each = resident().saturating_sub(before) / 1_000;
    eprintln!("{each} bytes a watcher");
    assert!(each < 32 << 10, "{each} bytes a watcher");

    // Two thousand are the most; one that goes makes room for another.
    while watchers.len() < 2_000 {
        watchers.push(follow(&mut app, &id).await.unwrap());
    }
    assert_eq!(follow(&mut app, &id).await.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
    watchers.pop();
    watchers.push(follow(&mut app, &id).await.unwrap());
    let full = resident();
    watchers.clear();
    for _ in 0..2_000 {
        watchers.push(follow(&mut app, &id).await.unwrap());
    }
    assert!(resident() < full + full / 4, "what those held who have gone is used again");
}

/// A platform on which requests work messages off.
fn spin(world: &World) -> Platform {
    let world = Arc::new(world.clone());
    let mut services = Services::default();
    services.add::<dyn Archive>(world.clone());
    services.add::<dyn Assets>(world.clone());
    services.add::<dyn Cache>(world.clone());
    services.add::<dyn Clock>(world.clone());
    services.add::<dyn Config>(world.clone());
    services.add::<dyn Database>(world.clone());
    services.add::<dyn Log>(world.clone());
    services.add::<dyn Queue>(Arc::new(TableQueue::new(world.clone(), world.clone())));
    services.add::<dyn Sleep>(world);
    Platform::with("spin", &services)
}

#[tokio::test]
async fn where_requests_do_the_work_one_stream_does_it_and_another_takes_over_when_its_client_goes_away() {
    let world = World::default();
    let platform = spin(&world);
    let mut app = web::app(jobs_function::Function::routes(), platform.clone());
    let id = waiting(&platform).await;
    let message = platform::Outgoing::new(jobs::TOPIC, format!("{{\"job\":\"{id}\",\"step\":0}}"));
    platform.queue().send(message).await.unwrap();
    let mut first = follow(&mut app, &id).await.unwrap();
    let mut second = follow(&mut app, &id).await.unwrap();
    // The first begins to work, and comes to no end.
    world.hang(Some("database"));
    assert!(tokio::time::timeout(Duration::from_millis(300), first.frame()).await.is_err());
    world.hang(None);
    drop(first);
    let mut read = String::new();
    let ended = async {
        while let Some(frame) = second.frame().await {
            read.push_str(&String::from_utf8_lossy(&frame.unwrap().into_data().unwrap()));
        }
    };
    tokio::time::timeout(Duration::from_secs(30), ended).await.expect("the second stream works the job off");
    // This release has no such tool.
    assert!(read.contains("event: processing") && read.contains("event: failed"), "{read}");
}
