//! An index of further templates: fetched, kept, asked for again, and never trusted blindly.

use std::{
    fmt::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    response::IntoResponse as _,
    routing::get,
};
use chrono::{DateTime, Duration};
use deployments::catalogue::{Source, all, bundled, read};
use outbound::Development;
use platform_native::memory::World;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

fn another() -> Value {
    let mut template = serde_json::to_value(crate::templates::template("grafana")).unwrap();
    template["id"] = "another".into();
    template
}

#[test]
fn a_template_of_an_index_has_to_be_whole_pinned_and_of_its_own_id() {
    let taken = bundled().unwrap();
    let index = |templates: Vec<Value>| read(&json!({"templates": templates}).to_string(), &taken);
    assert_eq!(index(vec![another()]).templates.len(), 1);
    let with = |name: &str, value: Value| {
        let mut template = another();
        template[name] = value;
        index(vec![template])
    };
    for wrong in [
        with("id", "grafana".into()),
        with("image", "example.com/another:1".into()),
        with("user", 0.into()),
        with("unknown", 1.into()),
        with("configuration_schema", json!({"type": "object"})),
        index(vec![json!(1)]),
        read("<html>", &taken),
    ] {
        assert!(wrong.templates.is_empty() && !wrong.faults.is_empty(), "{:?}", wrong.faults);
    }
    assert_eq!(index(vec![another(), another()]).templates.len(), 1, "the first of an id");
}

#[derive(Clone, Default)]
struct Host {
    asked: Arc<AtomicUsize>,
    unchanged: Arc<AtomicUsize>,
    body: Arc<Mutex<Option<String>>>,
}

impl Host {
    async fn serve(&self) -> String {
        let host = self.clone();
        let answer = move |headers: HeaderMap| {
            let host = host.clone();
            async move {
                host.asked.fetch_add(1, Ordering::SeqCst);
                let Some(body) = host.body.lock().unwrap().clone() else {
                    return StatusCode::SERVICE_UNAVAILABLE.into_response();
                };
                let tag = format!("\"{}\"", body.len());
                if headers.get("if-none-match").is_some_and(|known| known == tag.as_str()) {
                    host.unchanged.fetch_add(1, Ordering::SeqCst);
                    return StatusCode::NOT_MODIFIED.into_response();
                }
                ([("etag", tag)], body).into_response()
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/index.json", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, Router::new().route("/index.json", get(answer))).into_future());
        url
    }

    fn set(&self, body: Option<&str>) {
        *self.body.lock().unwrap() = body.map(str::to_owned);
    }
}

#[tokio::test]
async fn an_index_is_kept_for_six_hours_and_asked_for_by_its_etag_afterwards() {
    let start = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    let world = World::default().at(start);
    let (host, own) = (Host::default(), bundled().unwrap().len());
    let source = Source { url: host.serve().await, sha256: None, development: Development::Loopback };
    let body = json!({"templates": [another()]}).to_string();
    host.set(Some(&body));
    let count = || async { all(&world.platform(), Some(&source)).await.unwrap().templates.len() };
    assert_eq!([count().await, count().await], [own + 1; 2]);
    assert_eq!(host.asked.load(Ordering::SeqCst), 1);
    world.set_now(start + Duration::hours(7));
    assert_eq!([count().await, count().await], [own + 1; 2]);
    assert_eq!((host.asked.load(Ordering::SeqCst), host.unchanged.load(Ordering::SeqCst)), (2, 1));
    // A host that fails, or says nonsense: the last good one.
    for answer in [None, Some("<html>")] {
        host.set(answer);
        world.set_now(start + Duration::hours(14));
        let found = all(&world.platform(), Some(&source)).await.unwrap();
        assert_eq!((found.templates.len(), found.faults.len()), (own + 1, 1), "{:?}", found.faults);
    }
}

#[tokio::test]
async fn an_index_other_than_the_one_that_is_pinned_is_not_taken() {
    let world = World::default();
    let (host, own) = (Host::default(), bundled().unwrap().len());
    let body = json!({"templates": [another()]}).to_string();
    host.set(Some(&body));
    let mut sha256 = String::new();
    for byte in Sha256::digest(&body) {
        write!(sha256, "{byte:02X}").unwrap();
    }
    let url = host.serve().await;
    let right = Source { url: url.clone(), sha256: Some(sha256), development: Development::Loopback };
    assert_eq!(all(&world.platform(), Some(&right)).await.unwrap().templates.len(), own + 1);
    // Also not one that was fetched before it was pinned.
    let wrong = Source { url, sha256: Some("0".repeat(64)), development: Development::Loopback };
    let found = all(&world.platform(), Some(&wrong)).await.unwrap();
    assert_eq!((found.templates.len(), found.faults.len()), (own, 1));
    assert!(found.faults[0].contains("MCP_TEMPLATES_SHA256"));
}

#[tokio::test]
async fn an_index_comes_by_tls_and_by_http_from_this_machine_only_where_that_is_allowed() {
    let world = World::default();
    let (host, own) = (Host::default(), bundled().unwrap().len());
    host.set(Some(&json!({"templates": [another()]}).to_string()));
    let here = host.serve().await;
    let fetched = |url: &str, development| {
        let (source, platform) =
            (Source { url: url.to_owned(), sha256: None, development }, world.platform());
        async move {
            let found = all(&platform, Some(&source)).await.unwrap();
            (found.templates.len(), found.faults.join(" "))
        }
    };
    for (url, development) in [
        (here.as_str(), Development::Off),
        ("http://10.0.0.1/index.json", Development::Loopback),
        ("http://templates.example.com/index.json", Development::Loopback),
    ] {
        let (templates, faults) = fetched(url, development).await;
        assert_eq!(templates, own);
        assert!(faults.contains("must begin with https://"), "{url}: {faults}");
    }
    assert_eq!(host.asked.load(Ordering::SeqCst), 0, "nothing was sent");
    assert_eq!(fetched(&here, Development::Loopback).await, (own + 1, String::new()));
}
