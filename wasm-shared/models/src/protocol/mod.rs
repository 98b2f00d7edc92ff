//! How each kind of provider is spoken to: pure, without I/O. The types are those of the wire, only as far as they are used; what is
//! not known in a reply is passed over.

pub mod anthropic;
pub mod google;
pub mod openai;
pub mod workers_ai;

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Event, Failure, Kind, Reply, Request, Stop, Turn,
    conversation::{Message, Tokens},
};

/// A protocol of providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Anthropic Messages.
    Anthropic,
    /// Google generateContent.
    Google,
    /// `OpenAI` chat completions, which many others speak.
    OpenAi,
    /// Cloudflare's Workers AI, by its binding.
    #[serde(rename = "workers-ai")]
    WorkersAi,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Anthropic, Self::Google, Self::OpenAi, Self::WorkersAi];

    /// Its name in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Google => "google",
            Self::OpenAi => "openai",
            Self::WorkersAi => "workers-ai",
        }
    }

    /// The protocol of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name)
    }
}

/// Who is asked.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The provider's name.
    pub provider: &'a str,
    /// Its address, with the version and without a slash at its end.
    pub url: &'a str,
    /// The key, where it wants one.
    pub key: Option<&'a str>,
    /// The model's name.
    pub model: &'a str,
    /// The most tokens of an answer.
    pub max_tokens: u32,
    /// Whether the model takes a temperature.
    pub takes_temperature: bool,
}

impl Target<'_> {
    /// The model with its provider.
    #[must_use]
    pub fn by(&self) -> String {
        format!("{}/{}", self.provider, self.model)
    }

    fn temperature(&self, request: &Request) -> Option<f64> {
        request.temperature.filter(|_| self.takes_temperature)
    }

    /// The provider's own form of a turn, where this model wrote it.
    fn verbatim<'a>(&self, turn: &'a Turn) -> Option<&'a Value> {
        let verbatim = turn.verbatim.as_ref()?;
        (verbatim.by == self.by()).then_some(&verbatim.content)
    }
}

/// A request as it goes out: always a `POST` of JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Wire {
    /// The address.
    pub url: String,
    /// Headers besides those of JSON. One holds the key.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Value,
}

/// Writes a request.
#[must_use]
pub fn encode(protocol: Protocol, target: &Target<'_>, request: &Request, streams: bool) -> Wire {
    match protocol {
        Protocol::Anthropic => anthropic::encode(target, request, streams),
        Protocol::Google => google::encode(target, request, streams),
        Protocol::OpenAi => openai::encode(target, request, streams),
        Protocol::WorkersAi => workers_ai::encode(target, request, streams),
    }
}

/// Reads a whole reply.
///
/// # Errors
/// When it is no reply of this protocol.
pub fn decode(protocol: Protocol, target: &Target<'_>, body: &[u8]) -> Result<Reply, Failure> {
    let read = match protocol {
        Protocol::Anthropic => anthropic::decode(body),
        Protocol::Google => google::decode(body),
        Protocol::OpenAi => openai::decode(body),
        Protocol::WorkersAi => workers_ai::decode(body),
    };
    read.map(|read| read.reply(target)).map_err(|error| unreadable(target, &error))
}

fn unreadable(target: &Target<'_>, error: &dyn std::fmt::Display) -> Failure {
    let detail = format!("The reply of {} cannot be read. Please try again.", target.provider);
    Failure::new(Kind::Unreadable, detail).because(error)
}

/// A reply, as far as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Read {
    turn: Turn,
    /// The turn in the provider's own form, where that has to be given back.
    content: Option<Value>,
    stop: Stop,
    tokens: Tokens,
    model: Option<String>,
    id: Option<String>,
}

impl Read {
    fn reply(self, target: &Target<'_>) -> Reply {
        let Self { mut turn, content, stop, tokens, model, id } = self;
        turn.verbatim = content.map(|content| crate::Verbatim { by: target.by(), content });
        // Providers differ in whether they say so.
        let stop = if stop == Stop::End && !turn.calls.is_empty() { Stop::Tools } else { stop };
        let model = model.unwrap_or_else(|| target.model.to_owned());
        Reply { turn, stop, tokens, provider: target.provider.to_owned(), model, id }
    }
}

/// What a piece of a stream brought.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece {
    Text(String),
    Call(String),
}

/// Why a stream ended badly.
#[derive(Debug, PartialEq)]
pub(crate) enum Fault {
    /// What came is not of this protocol.
    Unreadable(String),
    /// The provider says that it failed, in its words for the kind and the reason.
    Told { kind: String, message: String },
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

type Pieces = Result<Vec<Piece>, Fault>;

enum State {
    Anthropic(anthropic::Stream),
    Google(google::Stream),
    OpenAi(openai::Stream),
    WorkersAi(workers_ai::Stream),
}

/// Reads a stream, event by event.
pub struct Decoder(State);

impl Decoder {
    /// A stream of which nothing was read yet.
    #[must_use]
    pub fn new(protocol: Protocol) -> Self {
        Self(match protocol {
            Protocol::Anthropic => State::Anthropic(anthropic::Stream::default()),
            Protocol::Google => State::Google(google::Stream::default()),
            Protocol::OpenAi => State::OpenAi(openai::Stream::default()),
            Protocol::WorkersAi => State::WorkersAi(workers_ai::Stream::default()),
        })
    }

    /// What an event's data bring.
    ///
    /// # Errors
    /// When they cannot be read, or say that the provider failed.
    pub fn feed(&mut self, target: &Target<'_>, data: &str) -> Result<Vec<Event>, Failure> {
        let fed = match &mut self.0 {
            State::Anthropic(stream) => stream.feed(data),
            State::Google(stream) => stream.feed(data),
            State::OpenAi(stream) => stream.feed(data),
            State::WorkersAi(stream) => stream.feed(data),
        };
        match fed {
            Ok(pieces) => Ok(pieces
                .into_iter()
                .map(|piece| match piece {
                    Piece::Text(text) => Event::Text(text),
                    Piece::Call(name) => Event::Call(name),
                })
                .collect()),
            Err(Fault::Unreadable(error)) => Err(unreadable(target, &error)),
            Err(Fault::Told { kind, message }) => Err(told(target, &kind, &message)),
        }
    }

    /// The mark after the last event came. Only Workers AI has streams whose end it is alone.
    pub fn done(&mut self) {
        if let State::WorkersAi(stream) = &mut self.0 {
            stream.done();
        }
    }

    /// Whether the turn is whole: more may come, but nothing that belongs to it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match &self.0 {
            State::Anthropic(stream) => stream.is_whole(),
            State::Google(stream) => stream.is_whole(),
            State::OpenAi(stream) => stream.is_whole(),
            State::WorkersAi(stream) => stream.is_whole(),
        }
    }

    /// The turn at the end of the stream.
    ///
    /// # Errors
    /// When the stream ended before it.
    pub fn finish(self, target: &Target<'_>) -> Result<Reply, Failure> {
        if !self.is_whole() {
            return Err(broken(target));
        }
        let read = match self.0 {
            State::Anthropic(stream) => stream.finish(),
            State::Google(stream) => stream.finish(),
            State::OpenAi(stream) => stream.finish(),
            State::WorkersAi(stream) => stream.finish(),
        };
        Ok(read.reply(target))
    }
}

pub(crate) fn broken(target: &Target<'_>) -> Failure {
    Failure::new(
        Kind::Broken,
        format!("The answer of {} was broken off before its end. Please ask again.", target.provider),
    )
}

/// A fault that a provider tells in the middle of a stream, after a status of 200.
fn told(target: &Target<'_>, kind: &str, message: &str) -> Failure {
    let word = kind.to_ascii_lowercase();
    let status = if word.contains("overloaded") || word.contains("unavailable") {
        StatusCode::SERVICE_UNAVAILABLE
    } else if word.contains("rate_limit") || word.contains("exhausted") {
        StatusCode::TOO_MANY_REQUESTS
    } else if word.contains("authentication") || word.contains("permission") {
        StatusCode::UNAUTHORIZED
    } else if word.contains("invalid_request") {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    of_status(target, status, message, None)
}

/// An error in the body of a reply. All protocols but Workers AI's have `error.message`.
#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    error: Value,
    /// Workers AI's, by the binding.
    #[serde(default, rename = "internalCode")]
    internal_code: Option<u64>,
    #[serde(default)]
    description: Option<String>,
    /// The same by Cloudflare's API.
    #[serde(default)]
    errors: Value,
}

/// The failure that a reply with an error's status tells of.
#[must_use]
pub fn fault(target: &Target<'_>, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Failure {
    let body: ErrorBody = serde_json::from_slice(body)
        // Google sends a list where a stream was asked for.
        .or_else(|_| {
            serde_json::from_slice::<Vec<ErrorBody>>(body).map(|mut all| all.pop().unwrap_or_default())
        })
        .unwrap_or_default();
    let message = body.error["message"].as_str().or_else(|| body.error.as_str());
    let message = message.or(body.description.as_deref()).or_else(|| body.errors[0]["message"].as_str());
    let message = message.unwrap_or_default();
    let code = body.internal_code.or_else(|| body.errors[0]["code"].as_u64());
    let status = code.and_then(workers_ai::status).unwrap_or(status);
    // Google says 400 where its key is wrong.
    let is_key = body.error.to_string().contains("API_KEY_INVALID");
    let status = if is_key { StatusCode::UNAUTHORIZED } else { status };
    of_status(target, status, message, retry_after(headers))
}

fn of_status(
    target: &Target<'_>,
    status: StatusCode,
    message: &str,
    retry_after: Option<Duration>,
) -> Failure {
    let provider = target.provider;
    let told: String = message.chars().filter(|char| !char.is_control()).take(300).collect();
    let (kind, detail) = match status.as_u16() {
        // What it says may hold a part of the key.
        401 | 403 => (
            Kind::Key,
            format!(
                "{provider} does not take the key that the operator has set, or it may not use {}.",
                target.model
            ),
        ),
        429 => {
            (Kind::RateLimited, format!("{provider} allows no more requests for now. Wait and ask again."))
        }
        408 | 500.. => {
            (Kind::Overloaded, format!("{provider} cannot answer at the moment. Please ask again."))
        }
        404 => {
            (Kind::Rejected, format!("{provider} has no model {}, or nothing at its address.", target.model))
        }
        _ if told.is_empty() => (Kind::Rejected, format!("{provider} refuses the request.")),
        _ => (Kind::Rejected, format!("{provider} refuses the request: {told}")),
    };
    let cause =
        if kind == Kind::Key { format!("status {status}") } else { format!("status {status}: {told}") };
    Failure::new(kind, detail).after(retry_after).because(cause)
}

/// `Retry-After` in seconds. The other form, a date, is one that these providers do not send.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: f64 = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    (0.0..=86_400.0).contains(&seconds).then(|| Duration::from_secs_f64(seconds.ceil()))
}

/// Whether a schema is one that `strict` takes: every object lists all its members as required, and allows no others.
/// Source: platform.openai.com/docs/guides/structured-outputs.
fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => {
            let is_object = members.get("type").is_some_and(|kind| kind == "object");
            let closed = || members.get("additionalProperties") == Some(&Value::Bool(false));
            let complete = || {
                let required = members.get("required").and_then(Value::as_array);
                let named = members.get("properties").and_then(Value::as_object);
                match (required, named) {
                    (Some(required), Some(named)) => {
                        named.keys().all(|name| required.iter().any(|one| one == name.as_str()))
                    }
                    (_, named) => named.is_none_or(serde_json::Map::is_empty),
                }
            };
            (!is_object || (closed() && complete())) && members.values().all(is_strict)
        }
        Value::Array(values) => values.iter().all(is_strict),
        _ => true,
    }
}

/// The messages without those in which nothing was said: providers refuse empty ones.
fn spoken(request: &Request) -> impl Iterator<Item = &Message> {
    request.messages.iter().filter(|message| match message {
        Message::User(text) => !text.is_empty(),
        Message::Model(turn) => !turn.text.is_empty() || !turn.calls.is_empty(),
        Message::Results(results) => !results.is_empty(),
    })
}
