//! Anthropic Messages: platform.claude.com/docs/en/api/messages, as the types of the Python package `anthropic` 2.12 have it.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Fault, Piece, Pieces, Read, Target, Wire, spoken};
use crate::{Message, Request, Stop, Tokens, ToolCall, ToolResult, Turn};

/// The version of the protocol; there has been no other since.
const VERSION: &str = "2023-06-01";
/// Blocks that a turn has at most.
const MOST_BLOCKS: usize = 1_000;

/// Writes a request.
pub(crate) fn encode(target: &Target<'_>, request: &Request, streams: bool) -> Wire {
    let mut body = json!({
        "model": target.model,
        "max_tokens": target.max_tokens,
        "messages": spoken(request).map(|said| message(target, said)).collect::<Vec<_>>(),
    });
    if !request.system.is_empty() {
        body["system"] = if request.tools.is_empty() {
            Value::from(&*request.system)
        } else {
            // The tools stand before it, so both are kept by the provider for the turns that follow.
            json!([{"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}])
        };
    }
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(
            |tool| json!({"name": tool.name, "description": tool.description, "input_schema": tool.schema}),
        );
        body["tools"] = tools.collect();
    }
    if let Some(output) = &request.schema {
        body["output_config"] = json!({"format": {"type": "json_schema", "schema": output.schema}});
    }
    if let Some(temperature) = target.temperature(request) {
        body["temperature"] = temperature.into();
    }
    if streams {
        body["stream"] = true.into();
    }
    let mut headers = vec![("anthropic-version", VERSION.to_owned())];
    headers.extend(target.key.map(|key| ("x-api-key", key.to_owned())));
    Wire { url: format!("{}/messages", target.url), headers, body }
}

fn message(target: &Target<'_>, message: &Message) -> Value {
    match message {
        Message::User(text) => json!({"role": "user", "content": text}),
        Message::Model(turn) => {
            let content = target.verbatim(turn).cloned().unwrap_or_else(|| blocks(turn));
            json!({"role": "assistant", "content": content})
        }
        Message::Results(results) => {
            json!({"role": "user", "content": results.iter().map(result).collect::<Vec<_>>()})
        }
    }
}

fn blocks(turn: &Turn) -> Value {
    let text = (!turn.text.is_empty()).then(|| json!({"type": "text", "text": turn.text}));
    let call = |call: &ToolCall| json!({"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments});
    text.into_iter().chain(turn.calls.iter().map(call)).collect()
}

fn result(result: &ToolResult) -> Value {
    let ToolResult { id, content, is_error, .. } = result;
    json!({"type": "tool_result", "tool_use_id": id, "content": content, "is_error": is_error})
}

#[derive(Default, Deserialize)]
struct Body {
    id: Option<String>,
    model: Option<String>,
    #[serde(default)]
    content: Vec<Value>,
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Usage,
}

#[derive(Clone, Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of the wire")]
struct Usage {
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

impl Usage {
    /// What is said later counts: each number is of the whole turn so far.
    fn update(&mut self, later: &Self) {
        self.input_tokens = later.input_tokens.or(self.input_tokens);
        self.cache_creation_input_tokens =
            later.cache_creation_input_tokens.or(self.cache_creation_input_tokens);
        self.cache_read_input_tokens = later.cache_read_input_tokens.or(self.cache_read_input_tokens);
        self.output_tokens = later.output_tokens.or(self.output_tokens);
    }

    fn tokens(&self) -> Tokens {
        let inputs = [self.input_tokens, self.cache_creation_input_tokens, self.cache_read_input_tokens];
        Tokens { input: inputs.into_iter().flatten().sum(), output: self.output_tokens.unwrap_or(0) }
    }
}

/// Reads a whole reply.
pub(crate) fn decode(body: &[u8]) -> Result<Read, serde_json::Error> {
    let body: Body = serde_json::from_slice(body)?;
    if body.stop_reason.is_none() {
        return Err(serde::de::Error::missing_field("stop_reason"));
    }
    Ok(read(body))
}

fn read(body: Body) -> Read {
    let mut turn = Turn::default();
    for block in &body.content {
        match block["type"].as_str() {
            Some("text") => turn.text.push_str(block["text"].as_str().unwrap_or_default()),
            Some("tool_use") => turn.calls.push(call(block)),
            // Thoughts, and what is not known yet.
            _ => {}
        }
    }
    Read {
        turn,
        content: Some(Value::Array(body.content)),
        stop: stop(body.stop_reason.as_deref()),
        tokens: body.usage.tokens(),
        model: body.model,
        id: body.id,
    }
}

fn call(block: &Value) -> ToolCall {
    let text = |name: &str| block[name].as_str().unwrap_or_default().to_owned();
    let (id, name) = (text("id"), text("name"));
    match &block["input"] {
        Value::Object(arguments) => ToolCall { id, name, arguments: arguments.clone(), malformed: None },
        // What a stream brought that is no JSON.
        Value::String(malformed) => {
            ToolCall { id, name, arguments: Map::new(), malformed: Some(malformed.clone()) }
        }
        _ => ToolCall { id, name, ..ToolCall::default() },
    }
}

fn stop(reason: Option<&str>) -> Stop {
    match reason {
        Some("end_turn" | "stop_sequence") | None => Stop::End,
        Some("tool_use") => Stop::Tools,
        Some("max_tokens" | "model_context_window_exceeded") => Stop::Length,
        Some("refusal") => Stop::Refusal,
        Some(other) => Stop::Other(other.to_owned()),
    }
}

/// A stream: platform.claude.com/docs/en/build-with-claude/streaming.
#[derive(Default)]
pub(crate) struct Stream {
    body: Body,
    /// The arguments of calls so far, by the block's index.
    arguments: Vec<String>,
    ended: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Told {
    MessageStart {
        message: Body,
    },
    ContentBlockStart {
        index: usize,
        content_block: Value,
    },
    ContentBlockDelta {
        index: usize,
        delta: Value,
    },
    MessageDelta {
        #[serde(default)]
        delta: Delta,
        #[serde(default)]
        usage: Usage,
    },
    MessageStop,
    Error {
        #[serde(default)]
        error: ErrorTold,
    },
    /// `ping`, the end of a block, and what is not known yet.
    #[serde(other)]
    Other,
}

#[derive(Default, Deserialize)]
struct Delta {
    stop_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct ErrorTold {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    message: String,
}

impl Stream {
    pub(crate) fn feed(&mut self, data: &str) -> Pieces {
        match serde_json::from_str(data)? {
            Told::MessageStart { message } => self.body = message,
            Told::ContentBlockStart { index, content_block } => return self.begin(index, content_block),
            Told::ContentBlockDelta { index, delta } => return self.append(index, &delta),
            Told::MessageDelta { delta, usage } => {
                self.body.stop_reason = delta.stop_reason.or_else(|| self.body.stop_reason.take());
                self.body.usage.update(&usage);
            }
            Told::MessageStop => self.ended = true,
            Told::Error { error } => {
                return Err(Fault::Told { kind: error.kind, message: error.message });
            }
            Told::Other => {}
        }
        Ok(Vec::new())
    }

    fn begin(&mut self, index: usize, block: Value) -> Pieces {
        if index != self.body.content.len() || index >= MOST_BLOCKS {
            return Err(Fault::Unreadable(format!("block {index} is out of order")));
        }
        let name =
            (block["type"] == "tool_use").then(|| block["name"].as_str().unwrap_or_default().to_owned());
        let text = block["text"].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        self.body.content.push(block);
        self.arguments.push(String::new());
        Ok(name.map(Piece::Call).into_iter().chain(text.map(Piece::Text)).collect())
    }

    fn append(&mut self, index: usize, delta: &Value) -> Pieces {
        let (Some(block), Some(arguments)) =
            (self.body.content.get_mut(index), self.arguments.get_mut(index))
        else {
            return Err(Fault::Unreadable(format!("block {index} did not begin")));
        };
        let mut extend = |member: &str| {
            let more = delta[member].as_str().unwrap_or_default();
            match block.get_mut(member) {
                Some(Value::String(text)) => text.push_str(more),
                _ => block[member] = more.into(),
            }
            more.to_owned()
        };
        match delta["type"].as_str() {
            Some("text_delta") => return Ok(vec![Piece::Text(extend("text"))]),
            Some("thinking_delta") => drop(extend("thinking")),
            Some("signature_delta") => drop(extend("signature")),
            Some("input_json_delta") => {
                arguments.push_str(delta["partial_json"].as_str().unwrap_or_default());
            }
            _ => {}
        }
        Ok(Vec::new())
    }

    pub(crate) const fn is_whole(&self) -> bool {
        self.ended && self.body.stop_reason.is_some()
    }

    pub(crate) fn finish(mut self) -> Read {
        for (block, text) in self.body.content.iter_mut().zip(&self.arguments) {
            if block["type"] == "tool_use" && !text.trim().is_empty() {
                block["input"] = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()));
            }
        }
        let mut read = read(self.body);
        if read.turn.calls.iter().any(|call| call.malformed.is_some()) {
            // Its own form would be refused.
            read.content = None;
        }
        read
    }
}
