//! `OpenAI` chat completions: developers.openai.com/api/reference, as the types of the Python package `openai` 3.51 have it. Ollama,
//! llama.cpp, vLLM, `OpenRouter` and many others speak it, each with gaps: everything that may be missing is optional here.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Fault, Piece, Pieces, Read, Target, Wire, is_strict, spoken};
use crate::{Message, Request, Stop, Tokens, ToolCall, Turn};

/// Calls of tools that a turn has at most.
const MOST_CALLS: usize = 200;

/// Writes a request.
pub(crate) fn encode(target: &Target<'_>, request: &Request, streams: bool) -> Wire {
    let system = (!request.system.is_empty()).then(|| json!({"role": "system", "content": request.system}));
    let said = spoken(request).flat_map(messages);
    // OpenAI itself wants the new name, and refuses the old one for models that think; the others know only the old one.
    let is_openai = target.url.starts_with("https://api.openai.com/");
    let most = if is_openai { "max_completion_tokens" } else { "max_tokens" };
    let mut body = json!({
        "model": target.model,
        most: target.max_tokens,
        "messages": system.into_iter().chain(said).collect::<Vec<_>>(),
    });
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            let function =
                json!({"name": tool.name, "description": tool.description, "parameters": tool.schema});
            json!({"type": "function", "function": function})
        });
        body["tools"] = tools.collect();
    }
    if let Some(output) = &request.schema {
        let strict = is_strict(&output.schema);
        let schema = json!({"name": output.name, "schema": output.schema, "strict": strict});
        body["response_format"] = json!({"type": "json_schema", "json_schema": schema});
    }
    if let Some(temperature) = target.temperature(request) {
        body["temperature"] = temperature.into();
    }
    if streams {
        body["stream"] = true.into();
        body["stream_options"] = json!({"include_usage": true});
    }
    let headers = target.key.map(|key| ("authorization", format!("Bearer {key}"))).into_iter().collect();
    Wire { url: format!("{}/chat/completions", target.url), headers, body }
}

fn messages(message: &Message) -> Vec<Value> {
    match message {
        Message::User(text) => vec![json!({"role": "user", "content": text})],
        Message::Model(turn) => vec![assistant(turn)],
        Message::Results(results) => results
            .iter()
            .map(|result| json!({"role": "tool", "tool_call_id": result.id, "content": result.content}))
            .collect(),
    }
}

fn assistant(turn: &Turn) -> Value {
    let mut message = json!({"role": "assistant", "content": turn.text});
    if !turn.calls.is_empty() {
        let call = |call: &ToolCall| {
            let arguments = Value::Object(call.arguments.clone()).to_string();
            json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}})
        };
        message["tool_calls"] = turn.calls.iter().map(call).collect();
    }
    message
}

#[derive(Deserialize)]
struct Body {
    id: Option<String>,
    model: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default, alias = "delta")]
    message: Option<Said>,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Said {
    content: Option<String>,
    refusal: Option<String>,
    tool_calls: Option<Vec<Called>>,
}

#[derive(Deserialize)]
struct Called {
    index: Option<usize>,
    id: Option<String>,
    #[serde(default)]
    function: Function,
}

#[derive(Default, Deserialize)]
struct Function {
    name: Option<String>,
    arguments: Option<String>,
}

#[derive(Default, Deserialize)]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

impl Usage {
    fn tokens(&self) -> Tokens {
        Tokens { input: self.prompt_tokens.unwrap_or(0), output: self.completion_tokens.unwrap_or(0) }
    }
}

/// Reads a whole reply.
pub(crate) fn decode(body: &[u8]) -> Result<Read, serde_json::Error> {
    let body: Body = serde_json::from_slice(body)?;
    if body.choices.is_empty() {
        return Err(serde::de::Error::custom("there is no choice"));
    }
    let mut stream = Stream::default();
    // A whole reply is a stream of one piece.
    stream.take(body);
    Ok(stream.finish())
}

fn stop(reason: &str) -> Stop {
    match reason {
        "stop" => Stop::End,
        "length" => Stop::Length,
        "tool_calls" | "function_call" => Stop::Tools,
        "content_filter" => Stop::Refusal,
        other => Stop::Other(other.to_owned()),
    }
}

/// A stream, and what was read of it.
#[derive(Default)]
pub(crate) struct Stream {
    id: Option<String>,
    model: Option<String>,
    text: String,
    refusal: String,
    calls: Vec<Call>,
    stop: Option<Stop>,
    tokens: Tokens,
}

#[derive(Default)]
struct Call {
    id: String,
    name: String,
    arguments: String,
}

impl Stream {
    pub(crate) fn feed(&mut self, data: &str) -> Pieces {
        if data.trim() == "[DONE]" {
            return Ok(Vec::new());
        }
        let mut body: Body = serde_json::from_str(data)?;
        if let Some(error) = body.error.take().filter(|error| !error.is_null()) {
            let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            let kind = if text("code").is_empty() { text("type") } else { text("code") };
            return Err(Fault::Told { kind, message: text("message") });
        }
        Ok(self.take(body))
    }

    fn take(&mut self, body: Body) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.id = body.id.filter(|id| !id.is_empty()).or_else(|| self.id.take());
        self.model = body.model.filter(|model| !model.is_empty()).or_else(|| self.model.take());
        if let Some(usage) = body.usage {
            self.tokens = usage.tokens();
        }
        let Some(choice) = body.choices.into_iter().next() else { return pieces };
        let said = choice.message.unwrap_or_default();
        if let Some(text) = said.content.filter(|text| !text.is_empty()) {
            self.text.push_str(&text);
            pieces.push(Piece::Text(text));
        }
        self.refusal.push_str(said.refusal.as_deref().unwrap_or_default());
        for (position, called) in said.tool_calls.into_iter().flatten().enumerate() {
            pieces.extend(self.called(position, called));
        }
        if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) {
            self.stop = Some(stop(&reason));
        }
        pieces
    }

    fn called(&mut self, position: usize, called: Called) -> Option<Piece> {
        let id = called.id.unwrap_or_default();
        // Some servers number no calls: then a new id begins a new one.
        let index = called.index.unwrap_or_else(|| {
            let known = self.calls.iter().position(|call| call.id == id && !id.is_empty());
            let last = self.calls.len().saturating_sub(1);
            known.unwrap_or(if id.is_empty() && !self.calls.is_empty() {
                last
            } else {
                self.calls.len().max(position)
            })
        });
        if index > self.calls.len() || index >= MOST_CALLS {
            return None;
        }
        if index == self.calls.len() {
            self.calls.push(Call::default());
        }
        let call = self.calls.get_mut(index)?;
        let begins = call.name.is_empty();
        if call.id.is_empty() {
            call.id = id;
        }
        // A name comes whole; some servers repeat it with every piece.
        if begins {
            call.name = called.function.name.unwrap_or_default();
        }
        call.arguments.push_str(called.function.arguments.as_deref().unwrap_or_default());
        (begins && !call.name.is_empty()).then(|| Piece::Call(call.name.clone()))
    }

    /// The reason why the turn ended comes with its last piece. `[DONE]` comes after that, but not from everybody.
    pub(crate) const fn is_whole(&self) -> bool {
        self.stop.is_some()
    }

    pub(crate) fn finish(self) -> Read {
        let refused = !self.refusal.is_empty();
        let calls = self.calls.into_iter().enumerate().map(|(index, call)| {
            let id = if call.id.is_empty() { format!("call_{index}") } else { call.id };
            ToolCall::of_text(id, call.name, &call.arguments)
        });
        let calls = calls.collect();
        let text = if self.text.is_empty() { self.refusal } else { self.text };
        Read {
            turn: Turn { text, calls, verbatim: None },
            content: None,
            stop: if refused { Stop::Refusal } else { self.stop.unwrap_or_default() },
            tokens: self.tokens,
            model: self.model,
            id: self.id,
        }
    }
}
