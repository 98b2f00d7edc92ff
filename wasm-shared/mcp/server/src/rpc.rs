//! JSON-RPC: reading a body into messages, writing answers and notifications.

use bounded_json::{Document, Excess, Limits, Quantity, Refused};
use rmcp::model::{JsonObject, RequestId};
use serde::{Serialize, de::Deserialize};
use serde_json::Value;

use crate::{Error, Revision, error::ErrorKind};

/// The JSON text of a `result` member. Handlers serialize it themselves, so that no result is held twice.
pub(crate) type ResultText = String;

/// What a POST carries.
pub(crate) enum Body {
    /// One message.
    Single(Message),
    /// A batch, as revisions before 2025-06-18 allow; each element is read on its own.
    Batch(Vec<Result<Message, Malformed>>),
}

/// One JSON-RPC message from a client.
pub(crate) enum Message {
    Request(Request),
    Notification(Notification),
    /// An answer to a request of ours. This server sends none, so it answers nothing.
    Response,
}

/// A request: it wants an answer.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) id: RequestId,
    pub(crate) method: String,
    pub(crate) params: JsonObject,
    /// Why it cannot be taken: it gives a name twice.
    pub(crate) ambiguity: Option<String>,
}

/// A notification: it wants none.
#[derive(Debug)]
pub(crate) struct Notification {
    pub(crate) method: String,
    pub(crate) params: JsonObject,
}

/// JSON that is no message, with the id it named if that could be read.
#[derive(Debug)]
pub(crate) struct Malformed {
    pub(crate) id: Option<RequestId>,
    pub(crate) error: Error,
}

impl From<Error> for Malformed {
    fn from(error: Error) -> Self {
        Self { id: None, error }
    }
}

/// The largest batch that is answered. A batch is one HTTP request, and must not be a way around its limits.
const MAX_BATCH: usize = 10;

/// Reads a body.
pub(crate) fn read(body: &[u8], limits: &Limits) -> Result<Body, Malformed> {
    let Document { value, repeated } = bounded_json::read(body, limits).map_err(|why| match why {
        Refused::TooMuch(excess) => too_much(excess),
        Refused::Malformed(why) => Error::new(ErrorKind::Parse, format!("The body is not valid JSON: {why}")),
    })?;
    if let Some(first) = repeated.first() {
        return ambiguous(value, first);
    }
    match value {
        Value::Array(items) if items.is_empty() => Err(invalid("The batch is empty").into()),
        Value::Array(items) if items.len() > MAX_BATCH => {
            Err(invalid(format!("A batch may have at most {MAX_BATCH} messages")).into())
        }
        Value::Array(items) => Ok(Body::Batch(items.into_iter().map(message).collect())),
        single => message(single).map(Body::Single),
    }
}

/// What is told to those whose body holds more than is read.
pub(crate) fn too_much(excess: Excess) -> Error {
    match excess.quantity {
        // A parser gives up on such a text too.
        Quantity::Depth => Error::new(ErrorKind::Parse, format!("The body {excess}; send it flatter")),
        _ => Error::new(
            ErrorKind::TooLarge,
            format!(
                "The body {excess}; send single numbers in place of constant vectors, or several requests"
            ),
        ),
    }
}

/// A body that gives a name twice, at this pointer. A request is passed on as one that cannot be taken, so that its sender is
/// told in the way of its method.
fn ambiguous(value: Value, pointer: &str) -> Result<Body, Malformed> {
    let name = pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
    let why = format!("The request cannot be taken: `{name}` is given twice, at {pointer}; give it once.");
    match message(value) {
        Ok(Message::Request(request)) => {
            Ok(Body::Single(Message::Request(Request { ambiguity: Some(why), ..request })))
        }
        _ => Err(invalid(why).into()),
    }
}

fn message(value: Value) -> Result<Message, Malformed> {
    let Value::Object(mut fields) = value else {
        return Err(invalid("A JSON-RPC message is an object").into());
    };
    let id_given = fields.contains_key("id");
    let id = fields.get("id").and_then(|id| RequestId::deserialize(id).ok());
    let fail = |message: &'static str| Malformed { id: id.clone(), error: invalid(message) };

    if fields.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(fail("The member `jsonrpc` must be \"2.0\""));
    }
    let method = match fields.remove("method") {
        Some(Value::String(method)) => method,
        Some(_) => return Err(fail("The member `method` must be a string")),
        None if fields.contains_key("result") ^ fields.contains_key("error") => return Ok(Message::Response),
        None => return Err(fail("The member `method` is missing")),
    };
    if fields.contains_key("result") || fields.contains_key("error") {
        return Err(fail("A message with `method` has neither `result` nor `error`"));
    }
    let params = match fields.remove("params") {
        None => JsonObject::new(),
        Some(Value::Object(params)) => params,
        Some(_) => return Err(fail("The member `params` must be an object")),
    };
    match (id_given, id) {
        (false, _) => Ok(Message::Notification(Notification { method, params })),
        (true, Some(id)) => Ok(Message::Request(Request { id, method, params, ambiguity: None })),
        (true, None) => Err(invalid("The member `id` must be a string or an integer").into()),
    }
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidRequest, message)
}

/// The answer to a request.
pub(crate) fn answer(id: &RequestId, outcome: Result<ResultText, Error>, revision: Revision) -> String {
    match outcome {
        // Put around the result where it is: a long one is not held twice.
        Ok(mut result) => {
            result.insert_str(0, &format!(r#"{{"jsonrpc":"2.0","id":{},"result":"#, text(id)));
            result.push('}');
            result
        }
        Err(error) => failure(Some(id), error, revision),
    }
}

/// An error, with the id of its request if that could be read.
pub(crate) fn failure(id: Option<&RequestId>, error: Error, revision: Revision) -> String {
    let id = match id {
        Some(id) => format!(r#""id":{},"#, text(id)),
        None if revision.omits_unknown_id() => String::new(),
        None => r#""id":null,"#.to_owned(),
    };
    format!(r#"{{"jsonrpc":"2.0",{id}"error":{}}}"#, text(&error.into_data(revision)))
}

/// A notification to the client.
pub(crate) fn notification(method: &str, params: &impl Serialize) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{}}}"#, text(params))
}

/// What is serialized here is ours and made of strings, numbers and maps with string keys, which cannot fail; were it
/// to fail all the same, `null` is still JSON.
fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// A text that a method cannot do without.
pub(crate) fn text_of<'a>(params: &'a JsonObject, member: &str) -> Result<&'a str, Error> {
    params
        .get(member)
        .and_then(Value::as_str)
        .ok_or_else(|| Error::invalid_params(format!("Invalid params: `{member}` must be a string")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single(body: &str) -> Result<Message, Malformed> {
        match read(body.as_bytes(), &crate::LIMITS)? {
            Body::Single(message) => Ok(message),
            Body::Batch(_) => panic!("not a batch"),
        }
    }

    #[test]
    fn an_id_of_null_is_refused() {
        let Err(why) = single(r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#) else { panic!("accepted") };
        assert_eq!(why.error.kind(), ErrorKind::InvalidRequest);
        assert!(why.id.is_none());
    }

    #[test]
    fn a_readable_id_comes_back_with_the_error() {
        let Err(why) = single(r#"{"jsonrpc":"1.0","id":"a","method":"ping"}"#) else { panic!("accepted") };
        assert_eq!(why.id, Some(RequestId::String("a".into())));
    }

    #[test]
    fn params_by_position_are_refused() {
        let Err(why) = single(r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}"#) else {
            panic!("accepted")
        };
        assert!(why.error.message().contains("params"));
    }

    #[test]
    fn an_unreadable_request_is_answered_with_the_id_its_revision_wants() {
        let error = || Error::new(ErrorKind::Parse, "no");
        assert!(!failure(None, error(), Revision::V2026_07_28).contains("\"id\""));
        assert!(failure(None, error(), Revision::V2025_06_18).contains("\"id\":null"));
    }
}
