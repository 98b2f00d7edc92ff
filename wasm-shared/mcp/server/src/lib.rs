//! A [Model Context Protocol](https://modelcontextprotocol.io) server for WebAssembly: one HTTP request in, one answer
//! out.
//!
//! # Why
//!
//! A function on an edge platform lives for one request, or for a few, in an instance among many. A server that keeps
//! sessions, streams or timers cannot live there, and most MCP servers do keep them, on an async runtime that the
//! platform does not have. Since revision 2026-07-28 the protocol does without: every request says which revision it
//! is in, who sends it and what the sender can do. This crate is that protocol as a function,
//!
//! ```text
//! Server::handle(host, http::Request<bytes>) -> http::Response<Body>
//! ```
//!
//! and serves the revisions from 2024-11-05 to 2025-11-25 on the same path, as far as a server without
//! sessions can serve them. It has no runtime, no clock, no threads and no global state; its protocol types are those of
//! the official [`rmcp`] ([`model`]).
//!
//! # A server
//!
//! ```
//! use mcp::{Context, Error, Server, Structured, Tool};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Trip {
//!     /// Kilometres.
//!     distance: f64,
//!     /// Hours.
//!     duration: f64,
//! }
//!
//! #[derive(Serialize, JsonSchema)]
//! struct Speed {
//!     /// Kilometres an hour.
//!     speed: f64,
//! }
//!
//! async fn speed(_: Context<()>, trip: Trip) -> Result<Structured<Speed>, Error> {
//!     if trip.duration <= 0.0 {
//!         return Err(Error::refused("`duration` must be more than 0 hours."));
//!     }
//!     Ok(Structured::new(Speed { speed: trip.distance / trip.duration }))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::<()>::builder("trips", "1.0.0")
//!     .tool(Tool::new("speed", "The average speed of a trip.").read_only(), speed)
//!     .build()?;
//!
//! let request = http::Request::post("http://localhost/mcp")
//!     .header("host", "localhost")
//!     .header("content-type", "application/json")
//!     .header("mcp-protocol-version", "2026-07-28")
//!     .header("mcp-method", "tools/call")
//!     .header("mcp-name", "speed")
//!     .body(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{
//!         "name":"speed","arguments":{"distance":90,"duration":2},
//!         "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}
//!     }}"#)?;
//! let answer = server.handle((), request).await;
//!
//! # use http_body_util::BodyExt;
//! let body = answer.into_body().collect().await?.to_bytes();
//! let answer: serde_json::Value = serde_json::from_slice(&body)?;
//! assert_eq!(answer["result"]["structuredContent"]["speed"], 45.0);
//! # Ok(())
//! # }
//! ```
//!
//! With the feature `axum`, `route` puts a server on a path of an axum router, and `answer` answers one of its requests.
//!
//! # What handlers can do
//!
//! A tool, prompt or resource is an async function. It gets a [`Context`], and arguments of a type from which the
//! schema is derived.
//!
//! - It returns text, content or [`Structured`] values, whose schema becomes the tool's `outputSchema`.
//! - It fails with [`Error::refused`] to tell a model how to do better.
//! - It reports [progress](Context::progress) and [logs](Context::log) into the stream of its answer, to clients that
//!   asked for that and read streams; otherwise the reports go nowhere and the answer is plain JSON.
//! - It returns [`Reply::Ask`] to have the client ask its user, its model or its file system first. What it wants to
//!   find again then is [sealed](SealingKey) and carried by the client.
//! - It returns [`Reply::Later`] where it is not done yet. The client is given a task to look after, if it takes tasks
//!   ([`Builder::tasks`]); for others the server waits.
//!
//! Tools that not everybody has come from a [`ToolSource`], which is asked who calls.
//!
//! Its futures are `Send`, because axum and others want that. Where a platform's own values are not, as on Cloudflare
//! Workers, the platform wraps them.
//!
//! # What a server without sessions cannot do
//!
//! - Announce changes. `listChanged` is never declared, `subscriptions/listen` is not found, and clients go by
//!   [cache hints](Builder::lists_cached).
//! - Send requests to clients of older revisions in the middle of their own: these cannot be [asked](Ask), and are told
//!   so.
//! - Remember what older clients say once: `logging/setLevel` is taken and has no effect ([`Builder::logging`]), and
//!   what their `initialize` declares is unknown afterwards.
//! - Act on `notifications/cancelled`, which may reach another instance. Closing the connection cancels: the answer is
//!   dropped, and the work with it. A task is cancelled by its name.
//! - Work between requests. A task goes on only while a client asks for it ([`Later`]).
//!
//! # Errors
//!
//! [`Server::handle`] always answers. [`Error`] is the one type for what goes wrong, in handlers and in
//! [`Builder::build`]; the revision of the client decides how it is told.
//!
//! # Where it meets its environment
//!
//! Only in [`Host`]: the time, names for sessions, the key for seals, a place for tasks, who is calling, and which hosts and
//! origins are answered. All have defaults.

#![expect(
    deprecated,
    reason = "sampling, roots and logging are deprecated in 2026-07-28, and part of it all the same"
)]

#[cfg(feature = "axum")]
mod axum;
mod body;
mod cache;
mod completion;
mod context;
mod dispatch;
mod error;
mod exchange;
mod finish;
mod guard;
mod handling;
mod handshake;
mod headers;
mod host;
mod http;
mod input;
mod listed_tool;
mod offers;
mod pages;
mod prompts;
mod reply;
mod resources;
mod rpc;
mod schema;
mod seal;
mod server;
mod sources;
mod tasks;
mod tools;
mod uri_template;
mod wait;

/// How much a body may hold.
pub use bounded_json::Limits;
/// What servers and clients both know.
pub use mcp_protocol::{Revision, model};

#[cfg(feature = "axum")]
pub use crate::axum::{answer, route};
pub use crate::{
    body::Body,
    cache::CacheHint,
    completion::{Completion, Typed, matching},
    context::Context,
    error::{Error, ErrorKind},
    guard::Guard,
    host::{Admission, Host, Waiting},
    input::{Answers, Ask, Form},
    listed_tool::ListedTool,
    offers::OfferSource,
    reply::{PromptOutput, Reply, ResourceOutput, Structured, ToolOutput},
    schema::NoArguments,
    seal::SealingKey,
    server::{Builder, LIMITS, Server},
    sources::{Sourcing, ToolSource},
    tasks::{Later, Stored, TaskStore},
    tools::Tool,
    uri_template::ResourceUri,
};
