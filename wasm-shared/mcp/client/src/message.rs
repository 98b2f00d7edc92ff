//! JSON-RPC, the client's side: writing requests, reading what comes back.

use bounded_json::{Document, Refused};
use mcp_protocol::{meta, model::JsonObject};
use serde_json::{Value, json};

use crate::{Bounds, Error, Profile, Revision};

/// The longest sentence of a server's that is passed on.
const LONGEST_TEXT: usize = 1_000;

/// What a server may send.
pub(crate) enum Message {
    /// The answer to the request of this number.
    Answer(i64, Result<JsonObject, Error>),
    /// A request of its own.
    Request { id: Value, method: String, params: JsonObject },
    /// Something that it tells.
    Notification { method: String, params: JsonObject },
}

/// A request of a number that no other request of the session has.
pub(crate) fn number() -> Result<i64, Error> {
    let random = getrandom::u64().map_err(|why| Error::Unreachable(why.to_string()))?;
    // Numbers up to 2^53 are exact in every language.
    Ok(i64::try_from(random >> 11).unwrap_or(1))
}

pub(crate) fn request(id: i64, method: &str, params: &JsonObject) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}

pub(crate) fn notification(method: &str, params: JsonObject) -> String {
    let mut message = json!({ "jsonrpc": "2.0", "method": method });
    if !params.is_empty() {
        message["params"] = Value::Object(params);
    }
    message.to_string()
}

pub(crate) fn answer(id: &Value, outcome: Result<Value, &'static str>) -> String {
    match outcome {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(message) => {
            json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32601, "message": message } })
        }
    }
    .to_string()
}

/// Says in a request what 2026-07-28 wants to know of each.
pub(crate) fn introduce(params: &mut JsonObject, revision: Revision, profile: &Profile) {
    let entry = params.entry(meta::META).or_insert_with(|| json!({}));
    let Value::Object(fields) = entry else { return };
    fields.insert(meta::VERSION.to_owned(), json!(revision.name()));
    fields.insert(meta::CLIENT.to_owned(), json!({ "name": profile.name, "version": profile.version }));
    fields.insert(meta::CAPABILITIES.to_owned(), Value::Object(profile.capabilities.clone()));
}

/// Reads what a server sent: a message, or a list of messages where its revision has those.
pub(crate) fn read(text: &[u8], bounds: &Bounds) -> Result<Vec<Message>, Error> {
    let Document { value, .. } = bounded_json::read(text, &bounds.of_message()).map_err(|why| match why {
        Refused::TooMuch(excess) => Error::TooMuch(format!("a message {excess}")),
        Refused::Malformed(_) => Error::malformed("it is not JSON"),
    })?;
    match value {
        Value::Array(messages) => messages.into_iter().map(message).collect(),
        single => Ok(vec![message(single)?]),
    }
}

fn message(value: Value) -> Result<Message, Error> {
    let Value::Object(mut fields) = value else { return Err(Error::malformed("a message is no object")) };
    let id = fields.remove("id").filter(|id| !id.is_null());
    if let Some(Value::String(method)) = fields.remove("method") {
        let params = match fields.remove("params") {
            Some(Value::Object(params)) => params,
            _ => JsonObject::new(),
        };
        return Ok(match id {
            Some(id) => Message::Request { id, method, params },
            None => Message::Notification { method, params },
        });
    }
    let outcome = match (fields.remove("result"), fields.remove("error")) {
        (Some(Value::Object(result)), None) => Ok(result),
        (None, Some(error)) => Err(rpc_error(&error)),
        _ => return Err(Error::malformed("a message is neither a result nor an error")),
    };
    // An error about a request whose number could not be read has none; there is one request only that it can be about.
    let number = match (&id, &outcome) {
        (None, Err(_)) => 0,
        (Some(id), _) => id
            .as_i64()
            .or_else(|| id.as_f64().map(|id| id as i64))
            .ok_or_else(|| Error::malformed("an answer is to another request"))?,
        (None, Ok(_)) => return Err(Error::malformed("a result has no id")),
    };
    Ok(Message::Answer(number, outcome))
}

fn rpc_error(error: &Value) -> Error {
    let message = error["message"].as_str().unwrap_or("no message");
    Error::Rpc {
        code: error["code"].as_i64().unwrap_or_default(),
        message: shortened(message),
        data: error.get("data").cloned(),
    }
}

/// A server's text, without control characters and not longer than what people read.
fn shortened(text: &str) -> String {
    let readable = text.chars().filter(|char| !char.is_control() || *char == '\n');
    readable.take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Result<Message, Error> {
        read(text.as_bytes(), &Bounds::default()).map(|mut messages| messages.remove(0))
    }

    #[test]
    fn an_answer_is_told_from_what_a_server_says_of_its_own() {
        assert!(matches!(one(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#), Ok(Message::Answer(1, Ok(_)))));
        assert!(matches!(one(r#"{"jsonrpc":"2.0","id":1.0,"result":{}}"#), Ok(Message::Answer(1, Ok(_)))));
        assert!(matches!(one(r#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#), Ok(Message::Request { .. })));
        assert!(matches!(one(r#"{"jsonrpc":"2.0","method":"x"}"#), Ok(Message::Notification { .. })));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for text in ["", "1", "{}", r#"{"id":1}"#, r#"{"id":1,"result":3}"#, r#"{"result":{}}"#, "<html>"] {
            assert!(one(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_text_that_a_server_sends_is_shortened_and_has_no_control_characters() {
        let Ok(Message::Answer(_, Err(Error::Rpc { message, .. }))) =
            one(&json!({"id": 1, "error": {"code": 1, "message": "a\u{1b}[31m".repeat(5_000)}}).to_string())
        else {
            panic!("no error")
        };
        assert!(message.len() <= LONGEST_TEXT && !message.contains('\u{1b}'));
    }

    #[test]
    fn a_message_that_would_become_a_large_tree_is_refused_before_it_is_built() {
        let text = format!(r#"{{"id":1,"result":{{"a":[{}{{}}]}}}}"#, "{},".repeat(100_000));
        assert!(matches!(one(&text), Err(Error::TooMuch(_))));
    }
}
