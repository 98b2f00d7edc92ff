//! The MCP tools of the service and of connected servers, called in process: by the protocol, without a network.

use assistant::Desk;
use http::StatusCode;
use http_body_util::BodyExt as _;
use mcp::{Builder, Server};
use models::{Calling, Outcome, ToolCall, ToolSpec, Toolbox};
use platform::OutsideError;
use serde_json::{Map, Value, json};
use suggest::Unknown;
use web::{FieldProblem, Problem};

/// The revision that is spoken: the newest in which a client that takes no tasks and keeps no session needs no more than this header.
const REVISION: &str = "2025-11-25";

/// The tools of this service, and of the servers that a caller has connected, for that caller.
pub struct ServerTools {
    server: Server<Desk>,
    desk: Desk,
    specs: Vec<ToolSpec>,
}

/// The names of this service's own tools.
pub fn own_tools() -> impl Iterator<Item = &'static str> {
    assistant::TERMS.iter().map(|terms| terms.tool)
}

/// Whether a tool of this name is one of a connected server: `server__tool`.
#[must_use]
pub fn is_connected(tool: &str) -> bool {
    tool.contains("__")
}

/// Pages of the list of tools that are read.
const MOST_PAGES: usize = 20;

impl ServerTools {
    /// The tools of these names; all of the service's own where none is named.
    ///
    /// # Errors
    /// When the caller has no tool of a name.
    pub async fn of(desk: Desk, named: Option<&[String]>) -> Result<Self, Problem> {
        let mut tools = Self::open(desk, named.unwrap_or_default()).await.map_err(|error| broken(&error))?;
        if let Some(named) = named {
            tools.specs = chosen(tools.specs, named)?;
        }
        Ok(tools)
    }

    /// Those of these names that the caller has.
    ///
    /// # Errors
    /// When the tools cannot be put together.
    pub async fn allowed(desk: Desk, named: &[String]) -> Result<Self, OutsideError> {
        let opened = Self::open(desk, named).await;
        let mut tools = opened.map_err(|error| OutsideError::new("tools", error))?;
        tools.specs.retain(|spec| named.contains(&spec.name));
        Ok(tools)
    }

    async fn open(desk: Desk, named: &[String]) -> Result<Self, String> {
        let builder = assistant::tools(Server::builder("mechafil-edge", web::VERSION), &desk);
        let server = connected(builder, named).build().map_err(|error| error.to_string())?;
        let mut tools = Self { server, desk, specs: Vec::new() };
        let mut params = json!({});
        for _ in 0..MOST_PAGES {
            let mut listed = tools.ask("tools/list", params).await?;
            tools.specs.extend(listed["tools"].as_array().into_iter().flatten().filter_map(spec));
            let next = listed["nextCursor"].take();
            if next.is_null() {
                break;
            }
            params = json!({"cursor": next});
        }
        Ok(tools)
    }

    /// What the server answers to a request.
    async fn ask(&self, method: &str, params: Value) -> Result<Value, String> {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = http::Request::post("http://localhost/mcp")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .header("mcp-protocol-version", REVISION)
            .body(message.to_string())
            .map_err(|error| error.to_string())?;
        let answer = self.server.handle(self.desk.clone(), request).await;
        let body = answer.into_body().collect().await.map_err(|error| error.to_string())?;
        let mut answer: Value =
            serde_json::from_slice(&body.to_bytes()).map_err(|error| error.to_string())?;
        match answer["error"]["message"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["result"].take()),
        }
    }
}

/// With the tools of the caller's connected servers, where one of them is named: nobody's tools are offered unasked but the service's
/// own.
#[cfg(feature = "gateway")]
fn connected(builder: Builder<Desk>, named: &[String]) -> Builder<Desk> {
    if named.iter().any(|name| is_connected(name)) { builder.source(assistant::Connected) } else { builder }
}

#[cfg(not(feature = "gateway"))]
fn connected(builder: Builder<Desk>, _: &[String]) -> Builder<Desk> {
    builder
}

fn spec(tool: &Value) -> Option<ToolSpec> {
    Some(ToolSpec {
        name: tool["name"].as_str()?.to_owned(),
        description: tool["description"].as_str().unwrap_or_default().to_owned(),
        schema: tool["inputSchema"].clone(),
    })
}

fn chosen(all: Vec<ToolSpec>, named: &[String]) -> Result<Vec<ToolSpec>, Problem> {
    let known: Vec<&str> = all.iter().map(|spec| spec.name.as_str()).collect();
    let unknown = named.iter().enumerate().filter(|(_, name)| !known.contains(&name.as_str()));
    let problems: Vec<_> = unknown
        .map(|(index, name)| FieldProblem {
            pointer: format!("/tools/{index}"),
            detail: if is_connected(name) {
                format!("You have no tool {name}: connect its server first (POST /api/mcp-servers/{{name}}/connect), with a key that has the scopes models and connect")
            } else {
                Unknown::new(name, known.iter().copied()).listing(&known)
            },
        })
        .collect();
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    Ok(all.into_iter().filter(|spec| named.contains(&spec.name)).collect())
}

fn broken(error: &dyn std::fmt::Display) -> Problem {
    let detail = "The tools cannot be put together; please report it with the request id.";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", detail).with_cause(error)
}

impl Toolbox for ServerTools {
    fn specs(&self) -> &[ToolSpec] {
        &self.specs
    }

    fn call<'a>(&'a self, call: &'a ToolCall) -> Calling<'a> {
        Box::pin(async move {
            let arguments: &Map<String, Value> = &call.arguments;
            match self.ask("tools/call", json!({"name": call.name, "arguments": arguments})).await {
                Ok(mut result) => Outcome {
                    content: text(&result),
                    is_error: result["isError"] == true,
                    data: Some(result["structuredContent"].take()).filter(|data| !data.is_null()),
                },
                Err(error) => Outcome { content: error, data: None, is_error: true },
            }
        })
    }
}

/// The texts of a result, one under the other; its value where it has no text.
fn text(result: &Value) -> String {
    let blocks = result["content"].as_array().into_iter().flatten();
    let texts = blocks.filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n");
    match &result["structuredContent"] {
        Value::Null => texts,
        value if texts.is_empty() => value.to_string(),
        _ => texts,
    }
}
