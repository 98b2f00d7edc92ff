//! A server that answers as a test says, and a client of it.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, header::CONTENT_TYPE};
use mcp_client::{Bounds, Client, Endpoint, Listener, Profile, Revision, model::JsonObject};
use outbound::{Development, PublicUrl};
use platform::{Application, Platform, services};
use platform_native::{Machine, Storage};
use serde_json::{Value, json};

struct Nothing;

impl Application for Nothing {
    type Services = services![HttpClient];

    fn routes() -> Router<Platform> {
        Router::new()
    }
}

pub(crate) fn platform() -> Platform {
    Machine::new(&Storage::Memory, BTreeMap::new(), None, BTreeMap::new()).unwrap().platform::<Nothing>()
}

/// A request that the server was sent.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) verb: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Seen {
    pub(crate) fn method(&self) -> &str {
        self.body["method"].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The answer to it.
    pub(crate) fn result(&self, result: Value) -> Value {
        json!({ "jsonrpc": "2.0", "id": self.body["id"], "result": result })
    }

    pub(crate) fn error(&self, code: i64, message: &str) -> Value {
        json!({ "jsonrpc": "2.0", "id": self.body["id"], "error": { "code": code, "message": message } })
    }
}

/// The server.
pub(crate) struct Double {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    running: tokio::task::JoinHandle<()>,
}

impl Drop for Double {
    fn drop(&mut self) {
        self.running.abort();
    }
}

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

impl Double {
    pub(crate) async fn new(answer: impl Fn(Seen) -> Answering + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/mcp", listener.local_addr().unwrap().port());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        let router = Router::new().fallback(move |request: Request| {
            let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
            async move {
                let (parts, body) = request.into_parts();
                let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
                let text = String::from_utf8(bytes.to_vec()).unwrap();
                let seen = Seen {
                    verb: parts.method,
                    path: parts.uri.path().to_owned(),
                    headers: parts.headers,
                    body: serde_json::from_str(&text).unwrap_or_default(),
                    text,
                };
                log.lock().unwrap().push(seen.clone());
                answer(seen).await
            }
        });
        let running = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, seen, running }
    }

    /// What it was sent, oldest first.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn methods(&self) -> Vec<String> {
        self.seen().iter().map(|seen| seen.method().to_owned()).collect()
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::new(PublicUrl::from_user(&self.url, Development::Loopback).unwrap())
    }
}

/// An answer that is there at once.
pub(crate) fn now(response: impl IntoResponse) -> Answering {
    Box::pin(std::future::ready(response.into_response()))
}

pub(crate) fn json_reply(value: &Value) -> Answering {
    now(([(CONTENT_TYPE, "application/json")], value.to_string()))
}

pub(crate) fn with_status(status: u16, value: &Value) -> Answering {
    now((
        http::StatusCode::from_u16(status).unwrap(),
        [(CONTENT_TYPE, "application/json")],
        value.to_string(),
    ))
}

pub(crate) fn events(text: impl Into<Body>) -> Answering {
    now(([(CONTENT_TYPE, "text/event-stream")], text.into()))
}

/// A server of 2026-07-28 that has answered `server/discover`, for everything else `answer`.
pub(crate) fn stateless(
    answer: impl Fn(Seen) -> Answering + Send + Sync + 'static,
) -> impl Fn(Seen) -> Answering + Send + Sync + 'static {
    move |seen| match seen.method() {
        "server/discover" => json_reply(&seen.result(json!({
            "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": { "tools": {} },
            "serverInfo": { "name": "double", "version": "1" },
        }))),
        _ => answer(seen),
    }
}

/// A server of this revision that gives its clients a session.
pub(crate) fn in_session(
    revision: &'static str,
    answer: impl Fn(Seen) -> Answering + Send + Sync + 'static,
) -> impl Fn(Seen) -> Answering + Send + Sync + 'static {
    move |seen| match seen.method() {
        "server/discover" => with_status(400, &seen.error(-32000, "Bad Request: Server not initialized")),
        "initialize" => now((
            [(CONTENT_TYPE.as_str(), "application/json"), ("mcp-session-id", "s-1")],
            seen.result(json!({
                "protocolVersion": revision, "capabilities": { "tools": {} },
                "serverInfo": { "name": "double", "version": "1" },
            }))
            .to_string(),
        )),
        "notifications/initialized" => now(http::StatusCode::ACCEPTED),
        _ => answer(seen),
    }
}

pub(crate) static ANYTHING: LazyLock<Profile> =
    LazyLock::new(|| Profile { name: "test", version: "1", capabilities: JsonObject::new(), only: None });

pub(crate) fn only(revision: Revision) -> Profile {
    Profile { only: Some(revision), ..ANYTHING.clone() }
}

/// Bounds that a test reaches soon.
pub(crate) fn tight() -> Bounds {
    Bounds {
        time: Duration::from_secs(20),
        message_bytes: 64 << 10,
        events: 20,
        redirects: 2,
        resumptions: 2,
        pages: 3,
        entries: 10,
    }
}

pub(crate) fn client<'a>(platform: &'a Platform, endpoint: &'a Endpoint, profile: &'a Profile) -> Client<'a> {
    Client::new(platform, endpoint, profile, tight())
}

/// Remembers what a server says.
#[derive(Default)]
pub(crate) struct Heard(pub(crate) Vec<(String, Value)>);

impl Listener for Heard {
    fn told(&mut self, method: &str, params: &JsonObject) {
        self.0.push((method.to_owned(), Value::Object(params.clone())));
    }

    fn asked(&mut self, method: &str, _: &JsonObject) -> Option<Value> {
        (method == "elicitation/create").then(|| json!({ "action": "decline" }))
    }
}
