//! Clients whose id is the address of their description.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes},
    response::IntoResponse as _,
};
use chrono::{DateTime, TimeDelta, Utc};
use http::{Response, StatusCode};
use serde_json::json;

use crate::common::{Service, json};

const URL: &str = "https://zed.dev/oauth/client.json";
const REDIRECT: &str = "https://zed.dev/callback";

fn document(id: &str) -> Response<Body> {
    json(&json!({"client_id": id, "client_name": "Zed", "redirect_uris": [REDIRECT]}))
}

fn noon() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn a_description_is_fetched_once_and_names_the_client() {
    let service = Service::new(&[]).await;
    service.others.answer(|sent| {
        assert_eq!(sent.path, "/zed.dev/oauth/client.json");
        assert!(!sent.headers["user-agent"].is_empty());
        document(URL)
    });
    for _ in 0..2 {
        let page = service.authorize(URL, REDIRECT).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(
            page.text.contains("<strong>Zed</strong>") && page.text.contains("published by <strong>zed.dev")
        );
    }
    assert_eq!(service.others.take_calls(), 1);
    service.authorize(URL, "https://zed.dev/other").await.is_page(400, "did not register");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let service = Service::new(&[]).await;
    service.others.answer(|sent| {
        assert_eq!(sent.path, "/zed.dev/oauth/client.json", "nothing else is asked for");
        (StatusCode::FOUND, [("location", "https://zed.dev/elsewhere")]).into_response()
    });
    service.authorize(URL, REDIRECT).await.is_page(400, "cannot be fetched");
    assert_eq!(service.others.take_calls(), 1);
}

#[tokio::test]
async fn a_description_that_names_another_id_is_refused() {
    let service = Service::new(&[]).await;
    service.others.answer(|_| document("https://zed.dev/oauth/other.json"));
    service.authorize(URL, REDIRECT).await.is_page(400, "names another client id");
}

#[tokio::test]
async fn a_web_page_in_its_place_is_no_description() {
    let service = Service::new(&[]).await;
    service.others.answer(|_| ([("content-type", "text/html")], "<html>").into_response());
    service.authorize(URL, REDIRECT).await.is_page(400, "cannot be fetched");
}

/// A body of 100 MB, which counts the bytes that are taken of it.
struct Endless(Arc<AtomicUsize>);

const CHUNK: usize = 16 << 10;
const HUGE: usize = 100 << 20;

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        let sent = self.0.fetch_add(CHUNK, Ordering::Relaxed);
        Poll::Ready((sent < HUGE).then(|| Ok(http_body::Frame::data(Bytes::from_static(&[b' '; CHUNK])))))
    }
}

#[tokio::test]
async fn a_description_of_100_mb_is_given_up_at_64_kib() {
    let service = Service::new(&[]).await;
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    service.others.answer(move |_| {
        ([("content-type", "application/json")], Body::new(Endless(Arc::clone(&counted)))).into_response()
    });
    service.authorize(URL, REDIRECT).await.is_page(400, "cannot be fetched");
    // The sockets between the two take some more than was read.
    let taken = taken.load(Ordering::Relaxed);
    assert!(taken < HUGE / 4, "{taken} bytes were taken");
}

/// A body that never comes.
struct Never;

impl http_body::Body for Never {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn a_description_that_does_not_come_is_given_up() {
    let service = Service::with(&[("STORE_TIMEOUT_MS", "60000")], 50).await;
    service.others.answer(|_| ([("content-type", "application/json")], Body::new(Never)).into_response());
    service.authorize(URL, REDIRECT).await.is_page(400, "cannot be fetched");
    let log = serde_json::Value::from(service.world.log_lines()).to_string();
    assert!(log.contains("no whole reply in time"), "{log}");
}

#[tokio::test]
async fn what_cannot_be_fetched_is_not_asked_for_again_within_a_minute() {
    let service = Service::new(&[]).await;
    service.world.set_now(noon());
    service.others.answer(|_| StatusCode::SERVICE_UNAVAILABLE.into_response());
    for _ in 0..3 {
        service.authorize(URL, REDIRECT).await.is_page(400, "cannot be fetched");
    }
    assert_eq!(service.others.take_calls(), 1);
    service.others.answer(|_| document(URL));
    service.world.set_now(noon() + TimeDelta::seconds(61));
    assert_eq!(service.authorize(URL, REDIRECT).await.status, 200);
}

#[tokio::test]
async fn the_last_good_description_serves_while_its_host_is_down() {
    let service = Service::new(&[]).await;
    service.world.set_now(noon());
    service.others.answer(|_| document(URL));
    assert_eq!(service.authorize(URL, REDIRECT).await.status, 200);
    service.others.answer(|_| StatusCode::BAD_GATEWAY.into_response());
    service.world.set_now(noon() + TimeDelta::days(2));
    assert_eq!(service.authorize(URL, REDIRECT).await.status, 200);
    assert_eq!(service.others.take_calls(), 2, "it was asked for again");
    service.world.set_now(noon() + TimeDelta::days(31));
    service.authorize(URL, REDIRECT).await.is_page(400, "cannot be fetched");
}

#[tokio::test]
async fn a_built_in_client_that_has_moved_is_asked_for_where_nothing_is_set() {
    for (id, name, _) in authorization::client_metadata::BUILT_IN {
        let service = Service::new(&[]).await;
        service.others.answer(move |_| {
            json(&json!({"client_id": id, "client_name": name, "redirect_uris": ["https://moved.example/callback"]}))
        });
        let page = service.authorize(id, "https://moved.example/callback").await;
        assert_eq!(page.status, 200, "{name}: {}", page.text);
        assert_eq!(service.others.take_calls(), 1, "{name}");
        service.authorize(id, "https://evil.example/callback").await.is_page(400, "did not register");
    }
}

#[tokio::test]
async fn the_operator_says_from_where_descriptions_are_fetched() {
    let service = Service::new(&[("CIMD_HOSTS", "new.example, other.example")]).await;
    service.others.answer(|sent| document(&format!("https:/{}", sent.path)));
    service.authorize(URL, REDIRECT).await.is_page(400, "CIMD_HOSTS");
    assert_eq!(service.others.take_calls(), 0);
    assert_eq!(service.authorize("https://new.example/client.json", REDIRECT).await.status, 200);
    // Claude is built in, wherever descriptions may come from.
    let claude = "https://claude.ai/oauth/mcp-oauth-client-metadata";
    service.others.take_calls();
    assert_eq!(service.authorize(claude, "https://claude.ai/api/mcp/auth_callback").await.status, 200);
    assert_eq!(service.others.take_calls(), 0, "nobody was asked");
}
