//! What holds for every answer: an id, a log line without secrets, problems for what is not there.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use axum::body::Body;
use common::{REASON, Reply, fetch, get_with, request, send};
use http::Method;
use platform_native::memory::World;
use serde_json::{Value, json};

async fn of(method: Method, path: &str) -> Reply {
    send(&World::default(), request(method, path, &[], Body::empty())).await
}

#[tokio::test]
async fn every_answer_carries_an_id_of_its_own_also_where_nothing_is() {
    let mut ids = Vec::new();
    for (method, path) in [
        (Method::GET, "/thing"),
        (Method::HEAD, "/thing"),
        (Method::GET, "/nothing"),
        (Method::DELETE, "/thing"),
        (Method::OPTIONS, "/thing"),
        (Method::GET, "/broken"),
    ] {
        let reply = of(method.clone(), path).await;
        let id = reply.header("x-request-id").unwrap_or_else(|| panic!("{method} {path}")).to_owned();
        assert!(id.len() >= 32, "{id}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        ids.push(id);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 6);
}

#[tokio::test]
async fn a_callers_own_id_is_kept_where_it_can_stand_in_a_log() {
    let longest = "a".repeat(64);
    for (given, kept) in [
        ("trace-7_b.3", true),
        (longest.as_str(), true),
        ("", false),
        ("a b", false),
        ("a\"b", false),
        ("{}", false),
        (&"a".repeat(65), false),
    ] {
        let reply = get_with(&World::default(), "/thing", &[("x-request-id", given)]).await;
        assert_eq!(reply.header("x-request-id") == Some(given), kept, "{given:?}");
    }
    let bytes = http::HeaderValue::from_bytes(b"caf\xe9").unwrap();
    let mut request = request(Method::GET, "/thing", &[], Body::empty());
    request.headers_mut().insert("x-request-id", bytes);
    assert_eq!(send(&World::default(), request).await.header("x-request-id").unwrap().len(), 36);
}

#[tokio::test]
async fn a_request_is_one_log_line_with_its_route_and_nothing_of_the_callers() {
    let world = World::default();
    let headers = [
        ("x-request-id", "id-1"),
        ("authorization", "Bearer hunter2"),
        ("cookie", "hunter2"),
        ("user-agent", "hunter2"),
    ];
    let path = "/item/hunter2?admin_key=hunter2&q=hunter2";
    send(&world, request(Method::GET, path, &headers, "hunter2")).await;
    let lines = world.log_lines();
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert!(!line.to_string().contains("hunter2"), "{line}");
    let duration = line["duration_ms"].as_i64().unwrap();
    assert!((0..60_000).contains(&duration), "{line}");
    let mut fields = line.as_object().unwrap().clone();
    fields.remove("duration_ms");
    let expected =
        json!({"id": "id-1", "method": "GET", "route": "/item/{name}", "status": 200, "cache_hit": null});
    assert_eq!(Value::from(fields), expected);
}

#[tokio::test]
async fn a_log_line_names_no_path_that_a_stranger_made_up() {
    let world = World::default();
    get_with(&world, "/hunter2/hunter2?hunter2", &[]).await;
    let line = &world.log_lines()[0];
    assert_eq!((&line["route"], &line["status"]), (&json!("unknown"), &json!(404)));
    assert!(!line.to_string().contains("hunter2"));
}

#[tokio::test]
async fn a_log_line_says_whether_the_data_was_in_memory() {
    let world = World::default();
    get_with(&world, "/hit", &[]).await;
    assert_eq!(world.log_lines()[0]["cache_hit"], true);
}

#[tokio::test]
async fn the_reason_of_a_failure_is_the_operators_alone() {
    let world = World::default();
    let reply = get_with(&world, "/broken", &[]).await;
    assert_eq!(reply.refused(503), "STORAGE_UNAVAILABLE");
    assert_eq!(reply.header("retry-after"), Some("5"));
    assert!(!reply.text().contains("user7"));
    let mut headers = reply.headers.values().filter_map(|value| value.to_str().ok());
    assert!(headers.all(|value| !value.contains("user7")));
    assert_eq!(world.log_lines()[0]["error"], format!("cache: {REASON}"));
}

#[tokio::test]
async fn an_unknown_path_is_a_problem_that_says_where_to_look() {
    for path in ["/nothing", "/thing/more", "/Thing", "/nothing/", "/%FF"] {
        let reply = fetch(path).await;
        assert_eq!(reply.refused(404), "NOT_FOUND", "{path}");
        assert!(reply.problem()["detail"].as_str().unwrap().contains("/docs"));
    }
    let long = fetch(&format!("/{}", "x".repeat(10_000))).await;
    assert!(long.body.len() < 1000, "a hostile path is not repeated whole");
}

#[tokio::test]
async fn a_wrong_method_is_a_problem_that_lists_the_right_ones() {
    for (method, path, allowed) in [
        (Method::DELETE, "/thing", "GET,HEAD,POST"),
        (Method::PUT, "/thing", "GET,HEAD,POST"),
        (Method::GET, "/object", "POST"),
        (Method::HEAD, "/object", "POST"),
        (Method::POST, "/table", "GET,HEAD"),
        (Method::PATCH, "/item/x", "GET,HEAD"),
    ] {
        let reply = of(method.clone(), path).await;
        assert_eq!(reply.status, 405, "{method} {path}");
        let mut listed: Vec<_> = reply.header("allow").unwrap().split(',').map(str::trim).collect();
        listed.sort_unstable();
        assert_eq!(listed.join(","), allowed, "{method} {path}");
        if method != Method::HEAD {
            assert_eq!(reply.refused(405), "METHOD_NOT_ALLOWED");
        }
    }
}

#[tokio::test]
async fn a_trailing_slash_leads_to_the_same_answer() {
    for path in ["/thing/", "/thing//", "/thing/?a=1", "/item/x/"] {
        assert_eq!(fetch(path).await.status, 200, "{path}");
    }
    assert_eq!(fetch("/").await.text(), "root");
    assert_eq!(fetch("/query/?a=1&b=2").await.json(), json!([["a", "1"], ["b", "2"]]));
    assert_eq!(of(Method::POST, "/thing/").await.text(), "posted");
}

#[tokio::test]
async fn head_gives_the_headers_of_get_and_no_body() {
    for path in ["/thing", "/validated", "/nothing", "/broken"] {
        let (get, head) = (of(Method::GET, path).await, of(Method::HEAD, path).await);
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}");
        for name in ["content-type", "etag", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
}

#[tokio::test]
async fn a_path_that_is_no_text_is_refused_like_everything_else() {
    assert_eq!(fetch("/item/%FF").await.refused(400), "MALFORMED_PATH");
    assert_eq!(fetch("/item/gr%C3%BC%C3%9Fe").await.text(), "grüße");
    assert_eq!(fetch("/item/a%2Fb").await.text(), "a/b");
}

#[tokio::test]
async fn a_query_is_read_in_order_with_names_given_twice() {
    let pairs = fetch("/query?a=1&b=%20x+y&a=2&flag&=z").await.json();
    assert_eq!(pairs, json!([["a", "1"], ["b", " x y"], ["a", "2"], ["flag", ""], ["", "z"]]));
    assert_eq!(fetch("/query").await.json(), json!([]));
}
