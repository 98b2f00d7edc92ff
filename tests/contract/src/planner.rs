//! A language model that plans: a server on a free port that speaks the `OpenAI` protocol and writes what the schema of a request asks for,
//! without knowing the product.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::http::RUNTIME;

/// The server. What it does goes by the product's name in the request:
///
/// - one with `Wrong once`: the first answer of a section does not fit its schema;
/// - one with `Wrong twice`: no answer fits;
/// - any other: each text that it writes has the lists of the input, so that every name is answered.
pub struct Planner {
    base_url: String,
    state: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    asked: Mutex<Vec<String>>,
    busy: AtomicBool,
}

/// How long it wants not to be asked while it is busy, in seconds. More than a call may take in the tests, so that no call waits for it.
pub const PAUSE: u64 = 12;

impl Planner {
    /// Starts one; it ends with the test's process.
    ///
    /// # Panics
    /// When there is no port to listen on.
    #[must_use]
    pub fn start() -> Self {
        let state = Arc::new(Shared::default());
        let app = Router::new().route("/v1/chat/completions", post(answer)).with_state(Arc::clone(&state));
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

    /// What it was asked to write so far: the names of the schemas.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.state.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it is busy after the next section of this name: then it answers 429.
    pub fn set_busy(&self, busy: bool) {
        self.state.busy.store(busy, Ordering::SeqCst);
    }
}

async fn answer(State(shared): State<Arc<Shared>>, body: String) -> Response {
    let request: Value = serde_json::from_str(&body).expect("JSON");
    let format = &request["response_format"]["json_schema"];
    let name = format["name"].as_str().unwrap_or_default().to_owned();
    // Of the pipeline the first two sections are written, also when it is busy.
    if shared.busy.load(Ordering::SeqCst) && name != "strategy" && name != "prd" {
        let error = json!({"error": {"message": "busy", "type": "rate_limit_error", "code": null}});
        let headers =
            [(header::RETRY_AFTER, PAUSE.to_string()), (header::CONTENT_TYPE, "application/json".to_owned())];
        return (StatusCode::TOO_MANY_REQUESTS, headers, error.to_string()).into_response();
    }
    shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push(name.clone());
    let messages = request["messages"].as_array().cloned().unwrap_or_default();
    let task = messages.iter().find(|message| message["role"] == "user");
    let task = task.and_then(|message| message["content"].as_str()).unwrap_or_default();
    let input = between(task, "<input>", "</input>");
    let product = input["product_name"].as_str().unwrap_or_default();
    let repaired = messages.iter().any(|message| message["role"] == "assistant");
    let wrong = product.contains("Wrong twice") || (product.contains("Wrong once") && !repaired);
    let mut files = files(task, &input, &name);
    let text = if wrong {
        "{\"nonsense\": true}".to_owned()
    } else {
        write("", &format["schema"], &names(&input), &mut files).to_string()
    };
    let reply = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": request["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
    });
    ([(header::CONTENT_TYPE, "application/json")], reply.to_string()).into_response()
}

fn between(text: &str, start: &str, end: &str) -> Value {
    let inside = text.split_once(start).and_then(|(_, rest)| rest.split_once(end)).map(|(inside, _)| inside);
    inside.and_then(|inside| serde_json::from_str(inside).ok()).unwrap_or_default()
}

/// All texts of the input's lists.
fn names(input: &Value) -> String {
    let lists = input.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_array());
    let texts: Vec<&str> = lists.flatten().filter_map(Value::as_str).collect();
    texts.join("; ")
}

/// The paths that are to be planned or written.
fn files(task: &str, input: &Value, name: &str) -> Vec<String> {
    if name != "code_files" {
        let target = input["target_files"]
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![json!("package.json"), json!("app/page.tsx")]);
        return target.iter().filter_map(|path| path.as_str().map(str::to_owned)).collect();
    }
    // `... exactly its path: "a", "b". They fit ...`
    let named = task.split_once("exactly its path: ").and_then(|(_, rest)| rest.split_once(". They fit"));
    let named = named.map(|(named, _)| format!("[{named}]")).unwrap_or_default();
    serde_json::from_str(&named).unwrap_or_default()
}

/// A value of this schema.
fn write(name: &str, schema: &Value, names: &str, files: &mut Vec<String>) -> Value {
    if let Some(one) = schema["enum"].as_array() {
        return one[0].clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let empty = Map::new();
            let properties = schema["properties"].as_object().unwrap_or(&empty);
            let members =
                properties.iter().map(|(name, schema)| (name.clone(), write(name, schema, names, files)));
            Value::Object(members.collect())
        }
        Some("array") => {
            let count = if name == "files" { files.len() } else { 3 };
            (0..count).map(|_| write("", &schema["items"], names, files)).collect()
        }
        Some("boolean") => json!(false),
        _ => json!(text(name, names, files)),
    }
}

fn text(name: &str, names: &str, files: &mut Vec<String>) -> String {
    match name {
        "hex" => "#1A2B3C".to_owned(),
        "foreground" | "background" | "name" | "version" | "id" | "language" => "one".to_owned(),
        "path" if !files.is_empty() => files.remove(0),
        "content" => "{}".to_owned(),
        _ => format!("# The {name} of it\n\nWith <script>alert(1)</script> for: {names}"),
    }
}
