//! Google generateContent: ai.google.dev/api/generate-content, as the types of the Python package `google-genai` 3.4 have it.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Fault, Piece, Pieces, Read, Target, Wire, spoken};
use crate::{Message, Request, Stop, Tokens, ToolCall, ToolResult, Turn};

/// Parts that a turn has at most.
const MOST_PARTS: usize = 10_000;
/// What the names of calls begin with that have none of their own.
const NAMELESS: &str = "nameless-";

/// Writes a request.
pub(crate) fn encode(target: &Target<'_>, request: &Request, streams: bool) -> Wire {
    let mut body = json!({
        "contents": spoken(request).map(|said| content(target, said)).collect::<Vec<_>>(),
        "generationConfig": {"maxOutputTokens": target.max_tokens},
    });
    if !request.system.is_empty() {
        body["systemInstruction"] = json!({"parts": [{"text": request.system}]});
    }
    if !request.tools.is_empty() {
        let declared = request.tools.iter().map(|tool| {
            json!({"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.schema})
        });
        body["tools"] = json!([{"functionDeclarations": declared.collect::<Vec<_>>()}]);
    }
    if let Some(output) = &request.schema {
        body["generationConfig"]["responseMimeType"] = "application/json".into();
        body["generationConfig"]["responseJsonSchema"] = output.schema.clone();
    }
    if let Some(temperature) = target.temperature(request) {
        body["generationConfig"]["temperature"] = temperature.into();
    }
    let method = if streams { "streamGenerateContent?alt=sse" } else { "generateContent" };
    // Not `?key=`, which ends up in logs.
    let headers = target.key.map(|key| ("x-goog-api-key", key.to_owned())).into_iter().collect();
    Wire { url: format!("{}/models/{}:{method}", target.url, target.model), headers, body }
}

fn content(target: &Target<'_>, message: &Message) -> Value {
    match message {
        Message::User(text) => json!({"role": "user", "parts": [{"text": text}]}),
        Message::Model(turn) => {
            let parts = target.verbatim(turn).cloned().unwrap_or_else(|| parts(turn));
            json!({"role": "model", "parts": parts})
        }
        Message::Results(results) => {
            json!({"role": "user", "parts": results.iter().map(result).collect::<Vec<_>>()})
        }
    }
}

fn parts(turn: &Turn) -> Value {
    let text = (!turn.text.is_empty()).then(|| json!({"text": turn.text}));
    let call = |call: &ToolCall| {
        let called = with_id(json!({"name": call.name, "args": call.arguments}), &call.id);
        // What Google takes for calls that another model made. Source: ai.google.dev/gemini-api/docs/thought-signatures.
        json!({"functionCall": called, "thoughtSignature": "skip_thought_signature_validator"})
    };
    text.into_iter().chain(turn.calls.iter().map(call)).collect()
}

fn result(result: &ToolResult) -> Value {
    let member = if result.is_error { "error" } else { "output" };
    let response = json!({"name": result.name, "response": {member: result.content}});
    json!({"functionResponse": with_id(response, &result.id)})
}

fn with_id(mut call: Value, id: &str) -> Value {
    if !id.starts_with(NAMELESS) {
        call["id"] = id.into();
    }
    call
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(default)]
    candidates: Vec<Candidate>,
    prompt_feedback: Option<Feedback>,
    usage_metadata: Option<Usage>,
    model_version: Option<String>,
    response_id: Option<String>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    #[serde(default)]
    content: Content,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Content {
    #[serde(default)]
    parts: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are those of the wire")]
struct Usage {
    prompt_token_count: Option<u64>,
    tool_use_prompt_token_count: Option<u64>,
    candidates_token_count: Option<u64>,
    thoughts_token_count: Option<u64>,
}

impl Usage {
    fn tokens(&self) -> Tokens {
        let sum = |one: Option<u64>, other: Option<u64>| one.unwrap_or(0).saturating_add(other.unwrap_or(0));
        Tokens {
            input: sum(self.prompt_token_count, self.tool_use_prompt_token_count),
            output: sum(self.candidates_token_count, self.thoughts_token_count),
        }
    }
}

/// Reads a whole reply.
pub(crate) fn decode(body: &[u8]) -> Result<Read, serde_json::Error> {
    let mut stream = Stream::default();
    // A whole reply is a stream of one piece.
    stream.take(serde_json::from_slice(body)?);
    if !stream.is_whole() {
        return Err(serde::de::Error::custom("there is no candidate"));
    }
    Ok(stream.finish())
}

fn stop(reason: &str) -> Stop {
    match reason {
        // Calls of functions end with STOP too.
        "STOP" => Stop::End,
        "MAX_TOKENS" => Stop::Length,
        "SAFETY" | "RECITATION" | "LANGUAGE" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" => Stop::Refusal,
        other => Stop::Other(other.to_ascii_lowercase()),
    }
}

/// A stream: each event is a reply with the parts that are new.
#[derive(Default)]
pub(crate) struct Stream {
    parts: Vec<Value>,
    stop: Option<Stop>,
    tokens: Tokens,
    model: Option<String>,
    id: Option<String>,
}

impl Stream {
    pub(crate) fn feed(&mut self, data: &str) -> Pieces {
        let mut body: Body = serde_json::from_str(data)?;
        if let Some(error) = body.error.take() {
            let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            return Err(Fault::Told { kind: text("status"), message: text("message") });
        }
        Ok(self.take(body))
    }

    fn take(&mut self, body: Body) -> Vec<Piece> {
        self.model = body.model_version.or_else(|| self.model.take());
        self.id = body.response_id.or_else(|| self.id.take());
        if let Some(usage) = body.usage_metadata {
            self.tokens = usage.tokens();
        }
        if body.prompt_feedback.is_some_and(|feedback| feedback.block_reason.is_some()) {
            self.stop = Some(Stop::Refusal);
        }
        let Some(candidate) = body.candidates.into_iter().next() else { return Vec::new() };
        if let Some(reason) = candidate.finish_reason {
            self.stop = Some(stop(&reason));
        }
        candidate.content.parts.into_iter().filter_map(|part| self.part(part)).collect()
    }

    fn part(&mut self, part: Value) -> Option<Piece> {
        let piece = match (said(&part), &part["functionCall"]["name"]) {
            (Some(text), _) if !text.is_empty() => Some(Piece::Text(text.to_owned())),
            (_, Value::String(name)) => Some(Piece::Call(name.clone())),
            _ => None,
        };
        // Text that goes on is one part; one with a signature stays as it is.
        if let (Some(Value::Object(last)), true) = (self.parts.last_mut(), is_plain(&part))
            && is_plain_object(last)
            && let (Some(Value::String(text)), Some(more)) = (last.get_mut("text"), part["text"].as_str())
        {
            text.push_str(more);
        } else if self.parts.len() < MOST_PARTS {
            self.parts.push(part);
        }
        piece
    }

    pub(crate) const fn is_whole(&self) -> bool {
        self.stop.is_some()
    }

    pub(crate) fn finish(self) -> Read {
        let mut turn = Turn::default();
        for part in &self.parts {
            turn.text.push_str(said(part).unwrap_or_default());
            if let Value::Object(call) = &part["functionCall"] {
                turn.calls.push(called(call, turn.calls.len()));
            }
        }
        Read {
            turn,
            content: Some(Value::Array(self.parts)),
            stop: self.stop.unwrap_or_default(),
            tokens: self.tokens,
            model: self.model,
            id: self.id,
        }
    }
}

/// What a part says, unless it is a thought.
fn said(part: &Value) -> Option<&str> {
    part["text"].as_str().filter(|_| part["thought"] != true)
}

fn is_plain(part: &Value) -> bool {
    part.as_object().is_some_and(is_plain_object)
}

fn is_plain_object(part: &Map<String, Value>) -> bool {
    part.len() == 1 && part.contains_key("text")
}

fn called(call: &Map<String, Value>, index: usize) -> ToolCall {
    let text = |name: &str| call.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    ToolCall {
        id: text("id").map_or_else(|| format!("{NAMELESS}{index}"), str::to_owned),
        name: text("name").unwrap_or_default().to_owned(),
        arguments: call.get("args").and_then(Value::as_object).cloned().unwrap_or_default(),
        malformed: None,
    }
}
