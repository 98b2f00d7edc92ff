//! Language models of several providers, behind one shape of a conversation.
//!
//! - [`Request`] is a conversation with tools and, where wanted, a JSON schema of the answer; [`Reply`] is a model's next turn, and
//!   [`Event`] a piece of it while it is written.
//! - [`protocol`] turns requests and replies into those of Anthropic Messages, Google generateContent, `OpenAI` chat completions
//!   (also Ollama, llama.cpp, vLLM, gateways) and Workers AI: pure, without I/O.
//! - [`Models`] are those that the operator's settings name. [`Model::complete`] and [`Model::stream`] call one: with a deadline, with
//!   bounded retries, and on somebody's account ([`Payer`]).
//! - [`known`] is the table of models with their context sizes and prices.
//!
//! ```ignore
//! let models = Models::open(&platform).await?;              // Failure::no_model() where none is set
//! let model = models.choose(Some("anthropic"))?;            // or "anthropic/claude-haiku-5-5", or None for the default
//! let payer = Payer::of(&platform, &caller).await?;
//! let request = Request::new("You are brief.").user("Say hello.").max_tokens(200);
//! let reply = model.complete(&platform, &payer, &request).await?;
//! ```

mod budget;
mod call;
mod conversation;
mod converse;
mod failure;
pub mod figures;
pub mod known;
pub mod protocol;
mod providers;

pub use budget::{Payer, Usage, usage};
pub use call::Streaming;
pub use conversation::{
    Event, Message, OutputSchema, Reply, Request, Stop, Tokens, ToolCall, ToolResult, ToolSpec, Turn,
    Verbatim,
};
pub use converse::{
    Bounds, Calling, Conversation, DATA_RULE, Ended, Happening, Made, Outcome, Tell, Toolbox, as_question,
    converse, shortened,
};
pub use failure::{Failure, Kind};
pub use protocol::{Decoder, Protocol};
pub use providers::{Model, Models, Provider, faults};
