//! An MCP server that others run, with the faults that those have.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    response::{IntoResponse as _, Response},
};
use http::{
    StatusCode,
    header::{CONTENT_TYPE, LOCATION},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// How a server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// As it should.
    Well,
    /// Calls never end.
    Hangs,
    /// Calls are answered without end.
    Endless,
    /// Calls are answered with notifications without end.
    Floods,
    /// Calls are redirected to a private address.
    Redirects,
    /// Results are none.
    Lies,
    /// The next call fails, and those after it do not.
    Stumbles,
    /// It answers nothing any more.
    Fails,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) mood: Mood,
    /// What it says of its tool `echo`.
    pub(super) description: String,
    /// The session that it knows.
    session: usize,
    /// The methods that it was asked.
    pub(super) asked: Vec<String>,
    /// Requests that it is answering, and the most that it was at once.
    answering: usize,
    pub(super) most_at_once: usize,
}

/// A server of 2026-07-28, or of the revisions with sessions.
pub(super) struct Double {
    pub(super) url: String,
    pub(super) state: Arc<Mutex<State>>,
    /// Its own, with which its connections end, too.
    runtime: Mutex<Option<Runtime>>,
}

impl Drop for Double {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Double {
    pub(super) fn new(has_sessions: bool) -> Self {
        let state = State {
            mood: Mood::Well,
            description: "Gives back what it gets.".to_owned(),
            session: 1,
            asked: Vec::new(),
            answering: 0,
            most_at_once: 0,
        };
        let state = Arc::new(Mutex::new(state));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).expect("a port");
        let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
        let shared = Arc::clone(&state);
        let app = Router::new().fallback(move |request: Request| {
            let shared = Arc::clone(&shared);
            async move { answer(has_sessions, &shared, request).await }
        });
        runtime.spawn(async move { axum::serve(listener, app).await.expect("it serves") });
        Self { url, state, runtime: Mutex::new(Some(runtime)) }
    }

    /// Stops it: nothing listens there any more, connections are refused, and those that were open are closed.
    pub(super) fn stop(&self) {
        if let Some(runtime) = self.runtime.lock().expect("a lock").take() {
            runtime.shutdown_timeout(Duration::from_secs(10));
        }
    }

    pub(super) fn set(&self, mood: Mood) {
        self.state.lock().expect("a lock").mood = mood;
    }

    pub(super) fn forget_session(&self) {
        self.state.lock().expect("a lock").session += 1;
    }

    pub(super) fn calls(&self) -> usize {
        self.state.lock().expect("a lock").asked.iter().filter(|method| *method == "tools/call").count()
    }
}

fn tool(name: &str, description: &str) -> Value {
    json!({ "name": name, "description": description, "inputSchema": { "type": "object" } })
}

fn reply(value: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

async fn answer(has_sessions: bool, state: &Mutex<State>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let method = message["method"].as_str().unwrap_or_default().to_owned();
    let result = |result: Value| json!({ "jsonrpc": "2.0", "id": message["id"], "result": result });
    let (mood, description, session) = {
        let mut state = state.lock().expect("a lock");
        state.asked.push(method.clone());
        state.answering += 1;
        state.most_at_once = state.most_at_once.max(state.answering);
        let mood = state.mood;
        if mood == Mood::Stumbles && method == "tools/call" {
            state.mood = Mood::Well;
        }
        (mood, state.description.clone(), format!("s-{}", state.session))
    };
    // Whoever asks several at once meets them here.
    tokio::time::sleep(Duration::from_millis(5)).await;
    state.lock().expect("a lock").answering -= 1;
    if mood == Mood::Fails {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let is_new = method == "server/discover" || method == "initialize";
    if has_sessions && !is_new && parts.headers.get("mcp-session-id").is_none_or(|id| id != session.as_str())
    {
        return StatusCode::NOT_FOUND.into_response();
    }
    match method.as_str() {
        "server/discover" if has_sessions => StatusCode::BAD_REQUEST.into_response(),
        "server/discover" => reply(&result(json!({
            "supportedVersions": ["2026-07-28"], "capabilities": { "tools": {}, "resources": {}, "prompts": {} },
            "serverInfo": { "name": "double", "version": "1" },
        }))),
        "initialize" => {
            let mut response = reply(&result(json!({
                "protocolVersion": "2025-06-18", "capabilities": { "tools": {} }, "serverInfo": { "name": "double", "version": "1" },
            })));
            response.headers_mut().insert("mcp-session-id", session.parse().expect("a header"));
            response
        }
        "tools/list" => {
            let first = [tool("wrong", "Refuses."), tool("slow", "Reports."), tool("odd name", "Has one.")];
            let second = [
                tool("echo", &description),
                json!({ "name": "again", "inputSchema": { "type": "object" }, "annotations": { "idempotentHint": true } }),
            ];
            // The newer server has two pages.
            reply(&result(match message["params"]["cursor"].as_str() {
                None if has_sessions => json!({ "tools": first.iter().chain(&second).collect::<Vec<_>>() }),
                None => json!({ "tools": first, "nextCursor": "second" }),
                Some(_) => json!({ "tools": second }),
            }))
        }
        "resources/list" => reply(&result(json!({ "resources": [{ "uri": "a://b", "name": "b" }] }))),
        "resources/templates/list" => {
            reply(&result(json!({ "resourceTemplates": [{ "uriTemplate": "a://{b}/c", "name": "t" }] })))
        }
        "resources/read" => reply(&result(
            json!({ "contents": [{ "uri": message["params"]["uri"], "text": format!("of {}", message["params"]["uri"]) }] }),
        )),
        "prompts/get" => reply(&result(
            json!({ "messages": [{ "role": "user", "content": { "type": "text", "text": message["params"]["arguments"]["x"] } }] }),
        )),
        "prompts/list" => reply(&result(json!({ "prompts": [{ "name": "p" }] }))),
        "tools/call" => call(mood, &message, result).await,
        _ if message.get("id").is_none() => StatusCode::ACCEPTED.into_response(),
        _ => reply(&result(json!({}))),
    }
}

async fn call(mood: Mood, message: &Value, result: impl Fn(Value) -> Value) -> Response {
    let text = |text: &str| json!({ "content": [{ "type": "text", "text": text }] });
    match mood {
        Mood::Hangs => std::future::pending().await,
        Mood::Endless => ([(CONTENT_TYPE, "application/json")], endless("          ")).into_response(),
        Mood::Floods => {
            let flood = endless("data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n");
            ([(CONTENT_TYPE, "text/event-stream")], flood).into_response()
        }
        Mood::Redirects => {
            (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, "http://169.254.169.254/latest/")]).into_response()
        }
        Mood::Lies => reply(&result(json!({ "content": [{ "type": "hologram" }] }))),
        Mood::Stumbles => StatusCode::BAD_GATEWAY.into_response(),
        Mood::Well | Mood::Fails => match message["params"]["name"].as_str() {
            Some("wrong") => {
                let mut refused = text("Not so.");
                refused["isError"] = json!(true);
                reply(&result(refused))
            }
            Some("slow") => {
                let token = &message["params"]["_meta"]["progressToken"];
                let told = json!({ "jsonrpc": "2.0", "method": "notifications/progress",
                    "params": { "progressToken": token, "progress": 1, "total": 2, "message": "half" } });
                let body = format!("data: {told}\n\ndata: {}\n\n", result(text("done")));
                ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
            }
            _ => reply(&result(text(&message["params"]["arguments"].to_string()))),
        },
    }
}

/// A body that goes on and on.
fn endless(piece: &'static str) -> Body {
    struct Endless(&'static str);
    impl http_body::Body for Endless {
        type Data = Bytes;
        type Error = Infallible;
        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
            Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from(self.0.repeat(100))))))
        }
    }
    Body::new(Endless(piece))
}
