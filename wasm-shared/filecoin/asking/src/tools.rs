//! The service's own MCP tools, called in process: by the protocol, without a network.

use assistant::Desk;
use http::StatusCode;
use http_body_util::BodyExt as _;
use mcp::Server;
use models::{Calling, Outcome, ToolCall, ToolSpec, Toolbox};
use serde_json::{Map, Value, json};
use suggest::Unknown;
use web::{FieldProblem, Problem};

/// The revision that is spoken: the newest in which a client that takes no tasks and keeps no session needs no more than this header.
const REVISION: &str = "2025-11-25";

/// The tools of this service, for one caller.
pub(crate) struct InProcess {
    server: Server<Desk>,
    desk: Desk,
    specs: Vec<ToolSpec>,
}

impl InProcess {
    /// The tools of these names, or all.
    pub(crate) async fn of(desk: Desk, named: Option<&[String]>) -> Result<Self, Problem> {
        let builder = Server::builder("mechafil-edge", web::VERSION);
        let server = assistant::tools(builder, &desk).build().map_err(|error| broken(&error))?;
        let mut tools = Self { server, desk, specs: Vec::new() };
        let listed = tools.ask("tools/list", json!({})).await.map_err(|error| broken(&error))?;
        let all = listed["tools"].as_array().into_iter().flatten().filter_map(spec).collect::<Vec<_>>();
        tools.specs = match named {
            None => all,
            Some(named) => chosen(all, named)?,
        };
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
            detail: Unknown::new(name, known.iter().copied()).listing(&known),
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

impl Toolbox for InProcess {
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

/// The texts of a result, one under the other.
fn text(result: &Value) -> String {
    let blocks = result["content"].as_array().into_iter().flatten();
    blocks.filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n")
}
