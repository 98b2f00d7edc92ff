//! An application with one route of each kind, in memory.
#![allow(dead_code, reason = "each test file is a crate of its own and uses its part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::{
    Extension, Router,
    body::Body,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use platform::{OutsideError, Platform};
use platform_native::memory::World;
use serde_json::{Value, json};
use tower_service::Service as _;
use web::{
    Admin, CacheHit, Format, JsonObject, Operation, PathParameter, Problem, QueryPairs, RawBody, Routes,
    Scope, Validator, Verb, body,
};

/// Why a store failed, for the operator's eyes only.
pub(crate) const REASON: &str = "Zugriff verweigert für user7 at 10.0.0.7";

const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Post, "/object", "object", Scope::Read).reading(body::FORECAST),
    Operation::new(Verb::Post, "/small", "small", Scope::Read),
    Operation::new(Verb::Post, "/bytes", "bytes", Scope::Read).reading(body::SNAPSHOT),
    Operation::new(Verb::Get, "/operator", "operator", Scope::Admin),
];

async fn object(JsonObject(object): JsonObject) -> Response {
    web::json(&object)
}

fn routes() -> Router<Platform> {
    Router::from(
        Routes::of(OPERATIONS)
            .handle("object", object)
            .handle("small", object)
            .handle("bytes", |RawBody(bytes): RawBody| async move { bytes.len().to_string() })
            .handle("operator", |_: Admin| async { "in" }),
    )
    .route("/", get(|| async { "root" }))
    .route("/thing", get(|| async { web::json(&json!({"a": 1})) }).post(|| async { "posted" }))
    .route("/hit", get(|| async { (Extension(CacheHit(true)), "hit") }))
    .route("/table", get(|format: Format| async move { format!("{format:?}") }))
    .route("/validated", get(validated))
    .route("/item/{name}", get(|PathParameter(name): PathParameter| async move { name }))
    .route("/query", get(|QueryPairs(pairs): QueryPairs| async move { web::json(&pairs) }))
    .route("/broken", get(broken))
}

async fn validated(headers: HeaderMap, QueryPairs(query): QueryPairs) -> Response {
    let parts: Vec<_> = query.into_iter().map(|(name, value)| name + "=" + &value).collect();
    Validator::of(&parts).answer(&headers, || "the whole answer".into_response())
}

async fn broken() -> Problem {
    Problem::unavailable(&OutsideError::new("cache", REASON))
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The problem that this reply is, checked for its form: RFC 9457 and the contract.
    #[track_caller]
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["title"], self.status.canonical_reason().unwrap());
        let code = problem["code"].as_str().unwrap();
        assert!(code.chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{code}");
        let kind = format!("urn:mechafil-edge:problem:{}", code.to_lowercase().replace('_', "-"));
        assert_eq!(problem["type"], kind);
        assert!(problem["detail"].as_str().unwrap().len() > 20, "{problem}");
        let known = ["type", "title", "status", "detail", "code", "errors"];
        assert!(problem.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{problem}");
        problem
    }

    /// The code of the problem with a status.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        self.problem()["code"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn request(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

pub(crate) async fn send(world: &World, request: Request<Body>) -> Reply {
    let mut app = web::app(routes(), world.platform());
    let (parts, body) = app.call(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Reply { status: parts.status, headers: parts.headers, body }
}

pub(crate) async fn get_with(world: &World, path: &str, headers: &[(&str, &str)]) -> Reply {
    send(world, request(Method::GET, path, headers, Body::empty())).await
}

pub(crate) async fn fetch(path: &str) -> Reply {
    get_with(&World::default(), path, &[]).await
}

pub(crate) async fn send_json(path: &str, body: impl Into<Body>) -> Reply {
    let json = [("content-type", "application/json")];
    send(&World::default(), request(Method::POST, path, &json, body)).await
}
