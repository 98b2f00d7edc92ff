use std::collections::HashMap;

use crate::support::{Application, Running, body};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;

/// How many requests Spin lets an instance serve, by default.
const REQUESTS_PER_INSTANCE: usize = 128;
/// And how many at a time.
const CONCURRENT_REQUESTS_PER_INSTANCE: usize = 16;

fn number(value: &Value) -> usize {
    value.as_u64().unwrap().try_into().unwrap()
}

/// A request that stays in its instance until it is dropped, and what it was told when it came in.
async fn stay(running: &Running) -> (Incoming, Value) {
    let mut body = running.open("/stay").await.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    (body, serde_json::from_slice(&first).unwrap())
}

#[tokio::test]
async fn an_instance_serves_as_many_requests_as_spin_lets_it_and_no_more() {
    let running = Application::granted("").start().await.unwrap();
    let mut served = HashMap::new();
    while !served.values().any(|&requests| requests == REQUESTS_PER_INSTANCE) {
        let instance = running.get("/instance").await;
        served.insert(instance["id"].as_str().unwrap().to_owned(), number(&instance["requests"]));
        assert!(served.len() < 20, "instances are not reused: {served:?}");
    }
    for _ in 0..REQUESTS_PER_INSTANCE {
        assert!(number(&running.get("/instance").await["requests"]) <= REQUESTS_PER_INSTANCE);
    }
}

#[tokio::test]
async fn an_instance_serves_as_many_requests_at_once_as_spin_lets_it_and_no_more() {
    let running = Application::granted("").start().await.unwrap();
    let mut staying = Vec::new();
    while !staying
        .iter()
        .any(|(_, seen): &(_, Value)| number(&seen["staying"]) == CONCURRENT_REQUESTS_PER_INSTANCE)
    {
        staying.push(stay(&running).await);
        assert!(staying.len() < 200, "requests do not share instances");
    }
    for _ in 0..CONCURRENT_REQUESTS_PER_INSTANCE {
        staying.push(stay(&running).await);
    }
    assert!(staying.iter().all(|(_, seen)| number(&seen["staying"]) <= CONCURRENT_REQUESTS_PER_INSTANCE));
}

#[tokio::test]
async fn a_stream_ends_in_the_component_when_its_client_goes_away() {
    let running = Application::granted("").start().await.unwrap();
    let (body, seen) = stay(&running).await;
    drop(body);
    for _ in 0..1000 {
        let instance = running.get("/instance").await;
        if instance["id"] == seen["id"] && number(&instance["gone"]) == 1 {
            return;
        }
    }
    panic!("the component never learned that its client had gone");
}

#[tokio::test]
async fn a_stream_is_sent_as_it_is_made_and_outlasts_the_idle_timeout() {
    let running = Application::granted("").start().await.unwrap();
    let (mut body, _) = stay(&running).await;
    // One full stop every 10 ms: these take longer than an idle instance is kept.
    for _ in 0..120 {
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), ".");
    }
}

#[tokio::test]
async fn a_panic_is_an_empty_500_and_loses_only_its_instance() {
    let running = Application::granted("").start().await.unwrap();
    let before = running.get("/instance").await["id"].clone();
    let response = running.open("/panic").await;
    assert_eq!(response.status(), 500);
    assert!(body(response).await.is_empty());
    assert_ne!(running.get("/instance").await["id"], before);
}
