//! A language model that is told what to say: a server on a free port that speaks the `OpenAI` protocol (chat completions).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::http::RUNTIME;

/// The server. It answers by the last thing that the user says:
///
/// - `say WORDS`: these words;
/// - `hold WORDS`: these words, when [`Scripted::release`] lets them go;
/// - `hang`: nothing, ever;
/// - `fail`: 400 with an error;
/// - `call TOOL ARGUMENTS`: a call of that tool;
/// - the question `read WORDS`: these words;
/// - anything else: `You said: ...`.
pub struct Scripted {
    base_url: String,
    state: Arc<Shared>,
}

struct Shared {
    requests: Mutex<Vec<Value>>,
    held: Semaphore,
}

impl Scripted {
    /// Starts one; it ends with the test's process.
    ///
    /// # Panics
    /// When there is no port to listen on.
    #[must_use]
    pub fn start() -> Self {
        let state = Arc::new(Shared { requests: Mutex::default(), held: Semaphore::new(0) });
        let app = Router::new()
            .route("/v1/chat/completions", post(answer))
            .route("/bound", post(bound))
            .with_state(Arc::clone(&state));
        let listener = RUNTIME.block_on(TcpListener::bind(("127.0.0.1", 0))).expect("a port");
        let base_url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        RUNTIME.spawn(async move { axum::serve(listener, app).await });
        Self { base_url, state }
    }

    /// Where it answers, with `/v1` at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Where calls of Workers AI's binding end that a local workerd passes on: inputs have `model`, and `url`, which the binding asked for.
    #[must_use]
    pub fn bound_url(&self) -> String {
        self.base_url.replace("/v1", "/bound")
    }

    /// What it was asked so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Value> {
        self.state.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets one answer go that is held.
    pub fn release(&self) {
        self.state.held.add_permits(1);
    }
}

fn json_reply(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// A call by the binding: workerd wraps the input, and miniflare, which passes it on, the address and the headers.
async fn bound(shared: State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    let mut called: Value = serde_json::from_str(&body).expect("JSON");
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(Value::from);
    let mut input = called["inputs"].take();
    input["model"] = header("mf-header-cf-consn-model-id").unwrap_or_default();
    input["url"] = header("mf-url").unwrap_or_default();
    said(&shared, &input.to_string()).await
}

/// Servers that run models on one machine often take no body that does not say its length.
async fn answer(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    if !headers.contains_key(header::CONTENT_LENGTH) {
        let error = json!({"error": {"message": "the request has no Content-Length"}});
        return json_reply(StatusCode::LENGTH_REQUIRED, &error);
    }
    said(&shared, &body).await
}

async fn said(shared: &Shared, body: &str) -> Response {
    let request: Value = serde_json::from_str(body).expect("JSON");
    shared.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    let said = request["messages"].as_array().and_then(|all| all.last()).map(|last| &last["content"]);
    let said = said.and_then(Value::as_str).unwrap_or_default();
    // A question stands between marks, and a task does not.
    let bare = said.strip_prefix("<question>\n").unwrap_or(said);
    if let Some(call) = bare.strip_prefix("call ").and_then(|call| call.split_once(' ')) {
        return calls(call, request["stream"] == true);
    }
    let words = match said.split_once(' ').unwrap_or((said, "")) {
        ("say", words) => words.to_owned(),
        _ if bare.starts_with("read ") => {
            bare.trim_start_matches("read ").trim_end_matches("\n</question>").to_owned()
        }
        ("hold", words) => {
            if let Ok(permit) = shared.held.acquire().await {
                permit.forget();
            }
            words.to_owned()
        }
        ("hang", _) => {
            tokio::time::sleep(Duration::from_hours(1)).await;
            String::new()
        }
        ("fail", _) => {
            let error = json!({"error": {"message": "the script says so", "type": "invalid_request_error", "code": null}});
            return json_reply(StatusCode::BAD_REQUEST, &error);
        }
        _ => format!("You said: {said}"),
    };
    let usage = json!({"prompt_tokens": 7, "completion_tokens": words.split(' ').count(), "total_tokens": 7 + words.split(' ').count()});
    if request["stream"] == true {
        return stream(&words, &usage);
    }
    let reply = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": request["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": words}}],
        "usage": usage,
    });
    json_reply(StatusCode::OK, &reply)
}

/// A turn that calls a tool.
fn calls((tool, arguments): (&str, &str), streams: bool) -> Response {
    let arguments = arguments.trim_end_matches("\n</question>");
    let call = json!({"index": 0, "id": "call-1", "type": "function", "function": {"name": tool, "arguments": arguments}});
    let said = json!({"role": "assistant", "content": null, "tool_calls": [call]});
    let named = if streams { "delta" } else { "message" };
    let reply = json!({
        "id": "chatcmpl-1", "model": "scripted", "usage": {"prompt_tokens": 7, "completion_tokens": 3},
        "choices": [{"index": 0, "finish_reason": "tool_calls", named: said}],
    });
    if !streams {
        return json_reply(StatusCode::OK, &reply);
    }
    let text = format!("data: {reply}\n\ndata: [DONE]\n\n");
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from(text)).into_response()
}

/// A word a chunk.
fn stream(words: &str, usage: &Value) -> Response {
    let chunk = |choices: Value, usage: &Value| {
        let chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": "scripted", "choices": choices, "usage": usage});
        format!("data: {chunk}\n\n")
    };
    let mut text = String::new();
    for word in words.split_inclusive(' ') {
        text +=
            &chunk(json!([{"index": 0, "delta": {"content": word}, "finish_reason": null}]), &Value::Null);
    }
    text += &chunk(json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]), &Value::Null);
    text += &chunk(json!([]), usage);
    text += "data: [DONE]\n\n";
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from(text)).into_response()
}
