//! A client of the [Model Context Protocol](https://modelcontextprotocol.io) for WebAssembly: it asks other servers over the
//! platform's [`HttpClient`](platform::HttpClient), in the revision that they speak, and believes nothing they say.
//!
//! - **Revisions**: [`Client::connect`] tries 2026-07-28, which knows no sessions, and falls back to `initialize`. What it found is a
//!   [`Session`], a value that can be stored and used by another instance.
//! - **Replies** are JSON or streams of events. A stream that breaks off is taken up again where the revision allows it. What a
//!   server says meanwhile goes to a [`Listener`].
//! - **Authorization** by headers of the operator's, or by OAuth client credentials ([`Credentials`]).
//! - **Bounds** ([`Bounds`]): bytes, events, time, redirects, pages, tools. A server that goes beyond one has failed.
//!
//! It is cancelled by dropping its future, which closes the connection; that is how 2026-07-28 cancels. In a session the server is
//! told where a call takes too long.

mod authorization;
mod bounds;
mod call;
mod client;
mod endpoint;
mod error;
mod exchange;
mod lists;
mod message;
mod session;

pub use mcp_protocol::{ParamHeader, Revision, model};

pub use crate::{
    authorization::Credentials,
    bounds::Bounds,
    call::{Call, Called},
    client::{Client, Profile},
    endpoint::Endpoint,
    error::Error,
    exchange::{Beside, Ignore, Listener},
    lists::Listed,
    session::Session,
};
