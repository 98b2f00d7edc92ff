//! A small server, and ways to call it.

#![allow(dead_code, reason = "every test file uses some of it")]
#![allow(deprecated, reason = "logging is deprecated in 2026-07-28, and part of it all the same")]
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]
#![allow(clippy::needless_pass_by_value, reason = "`json!` is written where it is passed")]

use std::time::Duration;

use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::BodyExt;
use mcp::{
    Ask, Body, CacheHint, Completion, Context, Error, Form, Host, NoArguments, Reply, SealingKey, Server,
    Structured, Tool,
    model::{LoggingLevel, Prompt, Resource, ResourceTemplate},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A host that knows the time and its callers.
#[derive(Clone, Default)]
pub(crate) struct Desk {
    pub(crate) now_ms: u64,
}

impl Host for Desk {
    fn now_ms(&self) -> Option<u64> {
        Some(self.now_ms)
    }

    fn session_id(&self) -> Option<String> {
        Some("a-session".to_owned())
    }

    fn sealing_key(&self) -> Option<SealingKey> {
        SealingKey::new([7; 32]).ok()
    }

    fn caller(&self, request: &http::request::Parts) -> Option<String> {
        request.headers.get("x-caller").and_then(|caller| caller.to_str().ok()).map(str::to_owned)
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Trip {
    /// Kilometres.
    distance: f64,
    /// Hours.
    duration: f64,
}

#[derive(Serialize, JsonSchema)]
struct Speed {
    /// Kilometres an hour.
    speed: f64,
}

#[derive(Deserialize, JsonSchema)]
struct Who {
    name: String,
}

pub(crate) fn server() -> Server<Desk> {
    Server::builder("trips", "1.0.0")
        .instructions("Ask for speeds.")
        .logging()
        .lists_cached(CacheHint::public(1_000))
        .page_size(2)
        .tool(
            Tool::new("speed", "The average speed of a trip.").read_only().also_wrapped(["trip"]),
            |_, trip: Trip| async move {
                if trip.duration <= 0.0 {
                    return Err(Error::refused("`duration` must be more than 0 hours."));
                }
                Ok(Structured::new(Speed { speed: trip.distance / trip.duration }))
            },
        )
        .tool(
            Tool::new("travel", "Reports while it works."),
            |context: Context<Desk>, _: NoArguments| async move {
                context.log(LoggingLevel::Debug, json!("packing"));
                context.progress(1.0, Some(2.0), Some("leaving"));
                tokio::task::yield_now().await;
                context.log(LoggingLevel::Warning, json!("rain"));
                context.progress(1.0, Some(2.0), Some("standing still"));
                context.progress(2.0, Some(2.0), Some("arriving"));
                Ok("Arrived.".to_owned())
            },
        )
        .tool(
            Tool::new("greet", "Asks for a name and remembers that it did."),
            |context: Context<Desk>, _: NoArguments| async move {
                let answers = context.answers();
                match (answers.form("who")?, answers.remembered::<u32>()?) {
                    (Some(Form::Accepted(Who { name })), Some(times)) => {
                        Ok(Reply::Done(format!("Hello, {name} ({times}).")))
                    }
                    _ => Ok(Reply::Ask(Ask::new().form_of::<Who>("who", "Who are you?")?.remember(&1)?)),
                }
            },
        )
        .prompt(Prompt::new("outlook", Some("An outlook."), None), |_, who: Who| async move {
            Ok(format!("Outlook for {}", who.name))
        })
        .complete(Completion::of_prompt("outlook", "name"), |_, typed| async move {
            Ok(mcp::matching(["Ada", "Alan"], &typed.value))
        })
        .resource(Resource::new("docs://guide", "guide").with_mime_type("text/markdown"), |_| async {
            Ok("# Guide".to_owned())
        })
        .resource_template(ResourceTemplate::new("docs://field/{name}", "field"), |_, uri| async move {
            Ok(format!("About {}", uri.get("name")))
        })
        .build()
        .unwrap()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|why| panic!("{why}: {}", self.text))
    }

    pub(crate) fn is_stream(&self) -> bool {
        self.headers["content-type"] == "text/event-stream"
    }

    /// The messages of a stream, read as a simple client does: the lines that begin with `data:`.
    pub(crate) fn events(&self) -> Vec<Value> {
        let data = self.text.lines().filter_map(|line| line.strip_prefix("data:"));
        data.map(|data| serde_json::from_str(data).unwrap()).collect()
    }

    pub(crate) fn error_code(&self) -> i64 {
        self.json()["error"]["code"].as_i64().unwrap()
    }
}

pub(crate) async fn read(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let bytes =
        tokio::time::timeout(Duration::from_secs(10), body.collect()).await.unwrap().unwrap().to_bytes();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

pub(crate) fn post(body: impl Into<Vec<u8>>, headers: &[(&str, &str)]) -> Request<Vec<u8>> {
    let mut request = Request::post("/mcp").body(body.into()).unwrap();
    let defaults = [
        ("host", "localhost"),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    for (name, value) in defaults.iter().chain(headers) {
        request
            .headers_mut()
            .insert(HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap());
    }
    request
}

pub(crate) async fn send(request: Request<Vec<u8>>) -> Answer {
    read(server().handle(Desk::default(), request).await).await
}

/// A request of 2026-07-28, with everything it must have.
pub(crate) fn newest(method: &str, mut params: Value) -> Request<Vec<u8>> {
    let meta = params.as_object_mut().unwrap().entry("_meta").or_insert_with(|| json!({}));
    meta["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
    if meta.get("io.modelcontextprotocol/clientCapabilities").is_none() {
        meta["io.modelcontextprotocol/clientCapabilities"] = json!({ "elicitation": {} });
    }
    let mut headers = vec![("mcp-protocol-version", "2026-07-28"), ("mcp-method", method)];
    let name = params
        .get("name")
        .or(params.get("uri"))
        .or(params.get("taskId"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    if let Some(name) = &name {
        headers.push(("mcp-name", name));
    }
    post(json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }).to_string(), &headers)
}

/// A request of an older revision, after `initialize`.
pub(crate) fn older(revision: &str, method: &str, params: Value) -> Request<Vec<u8>> {
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }).to_string();
    post(
        body,
        &[
            ("mcp-protocol-version", revision),
            ("mcp-session-id", "a-session"),
            ("accept", "application/json"),
        ],
    )
}
