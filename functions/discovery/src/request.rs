//! Paths and bodies, read.

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use discovery::definition::{Definition, NAME_RULE, is_name};
use http::{StatusCode, request::Parts};
use platform::Platform;
use serde_json::{Map, Value};
use suggest::Unknown;
use web::{FieldProblem, JsonObject, PathParameter, Problem, RawBody};

/// The name of a server, from the path.
pub(crate) struct ServerName(pub(crate) String);

impl FromRequestParts<Platform> for ServerName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let PathParameter(name) = PathParameter::from_request_parts(parts, platform).await?;
        named(name).map(Self)
    }
}

fn named(name: String) -> Result<String, Problem> {
    if is_name(&name) {
        return Ok(name);
    }
    Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "INVALID_SERVER_NAME", NAME_RULE))
}

/// A server and one of its tools, from the path.
pub(crate) struct ToolPath {
    pub(crate) server: String,
    pub(crate) tool: String,
}

impl FromRequestParts<Platform> for ToolPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, platform).await;
        let Path((server, tool)) = path.map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "MALFORMED_PATH",
                "The path cannot be read: what stands behind % in it must spell UTF-8.",
            )
        })?;
        Ok(Self { server: named(server)?, tool })
    }
}

/// What an operator says of a server.
pub(crate) struct Described(pub(crate) Definition);

impl FromRequest<Platform> for Described {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let JsonObject(object) = JsonObject::from_request(request, platform).await?;
        let given = object.into_iter().filter(|(_, value)| !value.is_null()).collect();
        Definition::read(Value::Object(given)).map(Self).map_err(|wrong| {
            let problem = |(pointer, detail)| FieldProblem { pointer, detail };
            Problem::invalid(wrong.into_iter().map(problem).collect())
        })
    }
}

/// The arguments of a tool: the whole body.
pub(crate) struct Arguments(pub(crate) Map<String, Value>);

impl FromRequest<Platform> for Arguments {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        JsonObject::from_request(request, platform).await.map(|JsonObject(arguments)| Self(arguments))
    }
}

/// Which tools are confirmed; `None` for all.
pub(crate) struct Confirmed(pub(crate) Option<Vec<String>>);

impl FromRequest<Platform> for Confirmed {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let JsonObject(object) = JsonObject::from_request(request, platform).await?;
        refuse_unknown(&object, &["tools"])?;
        match object.get("tools") {
            None | Some(Value::Null) => Ok(Self(None)),
            Some(tools) => {
                serde_json::from_value(tools.clone()).map(|tools| Self(Some(tools))).map_err(|_| {
                    invalid("/tools", "Give a list of the server's own names of tools, or nothing for all.")
                })
            }
        }
    }
}

/// A server that says where it is, with the bytes that it signed.
pub(crate) struct Announced {
    pub(crate) url: String,
    pub(crate) version: String,
    pub(crate) ttl_seconds: i64,
}

impl Announced {
    pub(crate) fn read(body: &RawBody) -> Result<Self, Problem> {
        let object: Map<String, Value> = serde_json::from_slice(&body.0).map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, "MALFORMED_BODY", "The body is not a JSON object.")
        })?;
        refuse_unknown(&object, &["url", "version", "tools", "ttl_seconds"])?;
        let url = object
            .get("url")
            .and_then(Value::as_str)
            .ok_or_else(|| invalid("/url", "Say where the server is."))?;
        let version = object.get("version").and_then(Value::as_str).unwrap_or_default();
        let (least, most) = discovery::heartbeat::TTL_SECONDS;
        let ttl_seconds = match object.get("ttl_seconds") {
            None | Some(Value::Null) => discovery::heartbeat::USUAL_TTL_SECONDS,
            Some(seconds) => seconds
                .as_i64()
                .filter(|seconds| (least..=most).contains(seconds))
                .ok_or_else(|| invalid("/ttl_seconds", "Give 5 to 3600 seconds."))?,
        };
        Ok(Self { url: url.to_owned(), version: version.chars().take(40).collect(), ttl_seconds })
    }
}

fn refuse_unknown(object: &Map<String, Value>, known: &[&str]) -> Result<(), Problem> {
    let unknown = object.keys().filter(|name| !known.contains(&name.as_str()));
    let problem = |name: &String| FieldProblem {
        pointer: format!("/{name:.80}"),
        detail: Unknown::new(name, known.iter().copied()).listing(known),
    };
    let problems: Vec<_> = unknown.map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(Problem::invalid(problems)) }
}

pub(crate) fn invalid(pointer: &str, detail: &str) -> Problem {
    Problem::invalid(vec![FieldProblem { pointer: pointer.to_owned(), detail: detail.to_owned() }])
}
