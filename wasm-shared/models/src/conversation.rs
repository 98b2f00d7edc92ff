//! The one shape of a conversation, whoever the provider is. All of it can be stored as JSON, for work that goes on later.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a model is asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// What the model is told first: who it is, and what holds throughout.
    pub system: String,
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// The tools that it may call.
    pub tools: Vec<ToolSpec>,
    /// The form of its answer, if that is to be JSON.
    pub schema: Option<OutputSchema>,
    /// The most tokens that it may write; the provider's setting where none is given.
    pub max_tokens: Option<u32>,
    /// How much it varies its answers. Left out for models that take none.
    pub temperature: Option<f64>,
}

impl Request {
    /// A conversation that nobody has said anything in yet.
    #[must_use]
    pub fn new(system: impl Into<String>) -> Self {
        Self { system: system.into(), ..Self::default() }
    }

    /// With something that the user says.
    #[must_use]
    pub fn user(mut self, text: impl Into<String>) -> Self {
        self.messages.push(Message::User(text.into()));
        self
    }

    /// With an answer of this form.
    #[must_use]
    pub fn schema(mut self, name: impl Into<String>, schema: Value) -> Self {
        self.schema = Some(OutputSchema { name: name.into(), schema });
        self
    }

    /// With at most so many tokens in the answer.
    #[must_use]
    pub const fn max_tokens(mut self, most: u32) -> Self {
        self.max_tokens = Some(most);
        self
    }
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// By the user.
    User(String),
    /// By the model.
    Model(Turn),
    /// By tools: a result for each call of the turn before, in one message.
    Results(Vec<ToolResult>),
}

/// A model's turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// What it says.
    pub text: String,
    /// The tools that it calls, all at once.
    pub calls: Vec<ToolCall>,
    /// The provider's own form of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verbatim: Option<Verbatim>,
}

impl Turn {
    /// A turn that only says something.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// A turn as its provider wrote it. Signatures of the model's thoughts are in there, and a provider refuses a conversation with
/// tools in which they are missing or were changed; another model refuses those of this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verbatim {
    /// The model, as `provider/model`.
    pub by: String,
    /// Its content.
    pub content: Value,
}

/// A call of a tool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The provider's name of the call, or one that was made up where it has none.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments; empty where they cannot be read.
    pub arguments: Map<String, Value>,
    /// What the model wrote where that is no JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub malformed: Option<String>,
}

impl ToolCall {
    /// A call whose arguments come as text. Models write no text at all where a tool takes nothing.
    pub(crate) fn of_text(id: String, name: String, text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self { id, name, ..Self::default() };
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(arguments)) => Self { id, name, arguments, malformed: None },
            _ => Self { id, name, arguments: Map::new(), malformed: Some(text.to_owned()) },
        }
    }
}

/// What a tool gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The call's id.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// What it gave, as text.
    pub content: String,
    /// Whether it failed.
    pub is_error: bool,
}

/// A tool, as a model is told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolSpec {
    /// Its name: letters, digits, `_` and `-`, 64 at most.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The JSON schema of its arguments: an object.
    pub schema: Value,
}

/// The form of an answer that is to be JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputSchema {
    /// A name: letters, digits, `_` and `-`, 64 at most.
    pub name: String,
    /// The JSON schema. Models keep to it more or less: the answer has to be checked.
    pub schema: Value,
}

/// A model's next turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// What it says and calls.
    pub turn: Turn,
    /// Why it ended.
    pub stop: Stop,
    /// What it took.
    pub tokens: Tokens,
    /// The provider's name.
    pub provider: String,
    /// The model's name, as the provider says it, else as it was asked for.
    pub model: String,
    /// The provider's name of the reply.
    pub id: Option<String>,
}

/// Why a turn ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The model was done.
    #[default]
    End,
    /// It wants the results of the tools that it calls.
    Tools,
    /// It reached the most tokens: the turn is cut.
    Length,
    /// It, or its provider, refuses to answer.
    Refusal,
    /// Something else, in the provider's word.
    Other(String),
}

impl Stop {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::End => "end",
            Self::Tools => "tools",
            Self::Length => "length",
            Self::Refusal => "refusal",
            Self::Other(word) => word,
        }
    }
}

/// Tokens that were read and written, as the provider counts them. Those that it has in its cache are among those read, and those
/// that it thought are among those written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Read.
    pub input: u64,
    /// Written.
    pub output: u64,
}

impl Tokens {
    /// Both together.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

impl std::ops::AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
    }
}

/// A piece of a turn, while it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// More text.
    Text(String),
    /// A call of this tool begins; its arguments come with the whole turn.
    Call(String),
    /// The whole turn: the last event of every stream that was not broken off.
    Done(Box<Reply>),
}
