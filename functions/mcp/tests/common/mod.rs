//! An assistant that talks to `/mcp` in this process, in the newest revision.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use axum::{Router, body::Body};
use chrono::{DateTime, Utc};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use network_data::Snapshot;
use platform_native::memory::World;
use serde_json::{Map, Value, json};
use tower_service::Service as _;

pub(crate) const REVISION: &str = "2026-07-28";

/// One conversation with a server of its own.
pub(crate) struct Assistant {
    app: Router,
    pub(crate) platform: platform::Platform,
}

/// What a tool gave back.
pub(crate) struct Told {
    pub(crate) value: Value,
    pub(crate) text: String,
    pub(crate) is_error: bool,
}

impl Assistant {
    /// A server that has the demonstration network, on the day after its newest.
    pub(crate) async fn new() -> Self {
        Self::in_world(World::default(), Some(network())).await
    }

    pub(crate) async fn in_world(world: World, snapshot: Option<Snapshot>) -> Self {
        let world = world.at(now());
        let platform = world.platform();
        if let Some(snapshot) = snapshot {
            snapshot_store::publish(&platform, snapshot).await.unwrap();
        }
        let app = web::app(<mcp_server::Function as platform::Application>::routes(), platform.clone());
        Self { app, platform }
    }

    pub(crate) async fn send(&mut self, request: Request<Body>) -> Response<Body> {
        self.app.call(request).await.unwrap()
    }

    /// Sends a request of the newest revision and reads the answer's `result` or `error`.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Value {
        let response = self.send(request(method, params)).await;
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert!(status == StatusCode::OK || answer.get("error").is_some(), "{status} {answer}");
        answer.get("result").or(answer.get("error")).cloned().unwrap()
    }

    /// Calls a tool.
    pub(crate) async fn call(&mut self, tool: &str, arguments: Value) -> Told {
        let result = self.ask("tools/call", json!({"name": tool, "arguments": arguments})).await;
        assert!(result.get("content").is_some(), "{tool}: {result}");
        Told {
            value: result["structuredContent"].clone(),
            text: result["content"][0]["text"].as_str().unwrap().to_owned(),
            is_error: result["isError"] == json!(true),
        }
    }

    /// Calls a tool that has to succeed.
    pub(crate) async fn value(&mut self, tool: &str, arguments: Value) -> Value {
        let told = self.call(tool, arguments.clone()).await;
        assert!(!told.is_error, "{tool} {arguments}: {}", told.text);
        told.value
    }

    /// Calls a tool that has to refuse, and returns what it says.
    pub(crate) async fn refusal(&mut self, tool: &str, arguments: Value) -> String {
        let told = self.call(tool, arguments.clone()).await;
        assert!(told.is_error, "{tool} {arguments}: {}", told.text);
        assert_eq!(told.value, Value::Null, "an error has no structured content");
        told.text
    }

    pub(crate) async fn tools(&mut self) -> Vec<Value> {
        self.ask("tools/list", json!({})).await["tools"].as_array().unwrap().clone()
    }

    pub(crate) async fn tool(&mut self, name: &str) -> Value {
        self.tools().await.into_iter().find(|tool| tool["name"] == name).unwrap()
    }
}

/// The demonstration network.
pub(crate) fn network() -> Snapshot {
    network_data::demo::snapshot().unwrap()
}

/// Noon of the day after the data's newest.
pub(crate) fn now() -> DateTime<Utc> {
    let day = network().current_date().succ_opt().unwrap();
    day.and_hms_opt(12, 0, 0).unwrap().and_utc()
}

/// A request with the headers and metadata that the newest revision wants.
pub(crate) fn request(method: &str, params: Value) -> Request<Body> {
    request_of(method, params, &json!({}))
}

/// The same of a client with these capabilities.
pub(crate) fn request_of(method: &str, params: Value, capabilities: &Value) -> Request<Body> {
    let Value::Object(mut params) = params else { panic!("params are an object") };
    let mut request = Request::post("http://localhost/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", REVISION)
        .header("mcp-method", method);
    let name = params.get("name").or(params.get("uri")).or(params.get("taskId")).and_then(Value::as_str);
    if let Some(name) = name {
        request = request.header("mcp-name", name);
    }
    let meta: Map<String, Value> = Map::from_iter([
        ("io.modelcontextprotocol/protocolVersion".to_owned(), json!(REVISION)),
        ("io.modelcontextprotocol/clientInfo".to_owned(), json!({"name": "test", "version": "1"})),
        ("io.modelcontextprotocol/clientCapabilities".to_owned(), capabilities.clone()),
    ]);
    params.insert("_meta".to_owned(), Value::Object(meta));
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    request.body(Body::from(message.to_string())).unwrap()
}

/// The numbers of a series in a reply.
pub(crate) fn numbers(series: &Value) -> Vec<f64> {
    series.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}
