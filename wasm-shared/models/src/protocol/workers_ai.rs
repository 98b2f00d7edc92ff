//! Cloudflare's Workers AI by its binding: an input is that of `OpenAI` chat completions without the model's name. Newer models answer in
//! the same protocol; older ones with `response`, `tool_calls` and `usage`, whose streams have no end but `[DONE]`. Sources:
//! developers.cloudflare.com/workers-ai (models, features/json-mode, features/function-calling), the types of
//! `@cloudflare/workers-types` 5.20261117.1, and what `workers-ai-provider` 4.0.0 reads.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Fault, Pieces, Read, Target, Wire, openai};
use crate::Request;

/// Writes an input.
pub(crate) fn encode(target: &Target<'_>, request: &Request, streams: bool) -> Wire {
    // With a schema there are no streams.
    let mut wire = openai::encode(target, request, streams && request.schema.is_none());
    if let Value::Object(input) = &mut wire.body {
        // The binding is told it beside the input.
        input.remove("model");
        if let Some(output) = &request.schema {
            // The schema stands bare there.
            input.insert(
                "response_format".to_owned(),
                json!({"type": "json_schema", "json_schema": output.schema}),
            );
        }
    }
    Wire { url: String::new(), headers: Vec::new(), ..wire }
}

/// The status that a code of Workers AI means (developers.cloudflare.com/workers-ai/platform/errors).
pub(crate) fn status(code: u64) -> Option<StatusCode> {
    Some(match code {
        // It took too long.
        3007 | 3008 => StatusCode::REQUEST_TIMEOUT,
        // The account's day is spent (3036), or there is no room for now (3040).
        3036 | 3040 => StatusCode::TOO_MANY_REQUESTS,
        // The account may not, or has not agreed to the model's terms.
        3023 | 3041 | 5016 | 5018 => StatusCode::FORBIDDEN,
        // There is no such model.
        3042 | 5007 => StatusCode::NOT_FOUND,
        _ => return None,
    })
}

/// Reads a whole reply.
pub(crate) fn decode(body: &[u8]) -> Result<Read, serde_json::Error> {
    let mut body: Value = serde_json::from_slice(body)?;
    if let Some(native) = native(&body) {
        let stop = body["finish_reason"].as_str().unwrap_or("stop");
        body = json!({"choices": [{"message": native, "finish_reason": stop}], "usage": body["usage"]});
    } else {
        texts(body.pointer_mut("/choices/0/message/tool_calls"));
    }
    openai::decode(body.to_string().as_bytes())
}

/// What a reply, or a piece of one, says in the form of older models, as a message of `OpenAI`'s.
fn native(body: &Value) -> Option<Value> {
    let (response, calls) = (&body["response"], body["tool_calls"].as_array());
    if body["choices"].is_array() || (response.is_null() && calls.is_none()) {
        return None;
    }
    // With a schema the answer is a value.
    let is_text = response.is_string() || response.is_null();
    let content = if is_text { response.clone() } else { response.to_string().into() };
    let mut message = Map::new();
    message.insert("content".to_owned(), content);
    if let Some(calls) = calls {
        let calls = calls.iter().enumerate().filter(|(_, call)| !is_empty(call)).map(|(index, call)| {
            // The name and the arguments stand in the call itself, or in `function`.
            let function = if call["function"].is_object() { &call["function"] } else { call };
            let function = json!({"name": function["name"], "arguments": function["arguments"]});
            json!({"index": call["index"].as_u64().unwrap_or(index as u64), "id": call["id"], "function": function})
        });
        let mut calls: Value = calls.collect();
        texts(Some(&mut calls));
        message.insert("tool_calls".to_owned(), calls);
    }
    Some(Value::Object(message))
}

/// A call without anything, which ends a stream of calls.
fn is_empty(call: &Value) -> bool {
    let has = |value: &Value| !value.is_null() && value != "";
    let function = &call["function"];
    ![&call["id"], &call["name"], &call["arguments"], &function["name"], &function["arguments"]]
        .into_iter()
        .any(has)
}

/// Arguments are text in `OpenAI`'s protocol, and may be a value here.
fn texts(calls: Option<&mut Value>) {
    for call in calls.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(arguments) = call.pointer_mut("/function/arguments")
            && !(arguments.is_string() || arguments.is_null())
        {
            *arguments = Value::String(arguments.to_string());
        }
    }
}

/// A stream, and what was read of it.
#[derive(Default)]
pub(crate) struct Stream {
    read: openai::Stream,
    /// Whether it is one of older models, which say nothing of why they stop.
    is_native: bool,
    is_done: bool,
}

impl Stream {
    pub(crate) fn feed(&mut self, data: &str) -> Pieces {
        let mut body: Value = serde_json::from_str(data)?;
        if let Value::Array(errors) = &body["errors"]
            && let Some(error) = errors.first()
        {
            let code = error["code"].as_u64().and_then(status);
            let kind = if code == Some(StatusCode::TOO_MANY_REQUESTS) { "rate_limit" } else { "" };
            let message = error["message"].as_str().unwrap_or_default().to_owned();
            return Err(Fault::Told { kind: kind.to_owned(), message });
        }
        if let Some(native) = native(&body) {
            // The last piece of a newer model's stream has this form too: an empty text, and what the whole call took.
            self.is_native |= native["content"].as_str().is_none_or(|text| !text.is_empty())
                || native["tool_calls"].as_array().is_some_and(|calls| !calls.is_empty());
            body = json!({
                "choices": [{"delta": native, "finish_reason": body["finish_reason"]}], "usage": body["usage"],
            });
        } else {
            texts(body.pointer_mut("/choices/0/delta/tool_calls"));
        }
        self.read.feed(&body.to_string())
    }

    /// `[DONE]` came.
    pub(crate) fn done(&mut self) {
        self.is_done = true;
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.read.is_whole() || (self.is_native && self.is_done)
    }

    pub(crate) fn finish(self) -> Read {
        self.read.finish()
    }
}
