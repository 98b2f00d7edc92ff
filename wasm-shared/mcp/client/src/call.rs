//! Calling a tool.

use http::{HeaderMap, HeaderName, HeaderValue};
use mcp_protocol::{
    ParamHeader, meta,
    model::{CallToolResult, JsonObject},
};
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::{Client, Error, Listener, Session};

/// A call of a tool.
#[derive(Clone, Debug, Default)]
pub struct Call<'a> {
    /// The tool.
    pub name: &'a str,
    /// Its arguments.
    pub arguments: JsonObject,
    /// Its schema, which may say that headers repeat arguments.
    pub schema: Option<&'a JsonObject>,
    /// Whether to report progress.
    pub with_progress: bool,
    /// What was found out for the server since it answered with [`Called::Asks`].
    pub responses: Option<JsonObject>,
    /// What it wanted to have back.
    pub state: Option<String>,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Called {
    /// The result.
    Done(Box<CallToolResult>),
    /// It wants to know more, and to be called again with [`Call::responses`] and [`Call::state`].
    Asks {
        /// What it wants to know, by names of its own.
        requests: JsonObject,
        /// What it wants to have back, unread.
        state: Option<String>,
    },
}

impl Client<'_> {
    /// Calls a tool.
    ///
    /// # Errors
    /// The server's own error, or why there is no result.
    pub async fn call(
        &self,
        session: &Session,
        call: Call<'_>,
        listener: &mut dyn Listener,
    ) -> Result<Called, Error> {
        let headers = match call.schema.filter(|_| session.revision.is_stateless()) {
            Some(schema) => repeated(schema, &call.arguments)?,
            None => HeaderMap::new(),
        };
        let mut params = JsonObject::new();
        params.insert("name".to_owned(), call.name.into());
        params.insert("arguments".to_owned(), Value::Object(call.arguments));
        if call.with_progress {
            params.insert(meta::META.to_owned(), json!({ meta::PROGRESS: "call" }));
        }
        if let Some(responses) = call.responses {
            params.insert("inputResponses".to_owned(), Value::Object(responses));
        }
        if let Some(state) = call.state {
            params.insert("requestState".to_owned(), state.into());
        }
        let mut result = self.request_with(session, "tools/call", params, headers, listener).await?;
        match result.get("resultType").and_then(Value::as_str) {
            None | Some("complete") => {}
            Some("input_required") => {
                let requests = match result.remove("inputRequests") {
                    Some(Value::Object(requests)) => requests,
                    _ => JsonObject::new(),
                };
                let state = result.get("requestState").and_then(Value::as_str).map(str::to_owned);
                return Ok(Called::Asks { requests, state });
            }
            Some(_) => return Err(Error::malformed("a kind of result that was not asked for")),
        }
        CallToolResult::deserialize(Value::Object(result))
            .map(|result| Called::Done(Box::new(result)))
            .map_err(|why| Error::malformed(format!("it is no result of a tool: {why}")))
    }
}

/// The headers that repeat arguments.
fn repeated(schema: &JsonObject, arguments: &JsonObject) -> Result<HeaderMap, Error> {
    let params = ParamHeader::of_schema(schema).map_err(Error::Malformed)?;
    let mut headers = HeaderMap::new();
    for param in &params {
        let Some(value) = param.value(arguments) else { continue };
        let name = HeaderName::try_from(param.name());
        let value = HeaderValue::try_from(value);
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    Ok(headers)
}
