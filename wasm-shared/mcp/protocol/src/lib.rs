//! What servers and clients of the Model Context Protocol both know: its revisions, the names on the wire, and the headers that
//! repeat what the body says. The types of its messages are those of the official [`rmcp`].

pub mod header;
pub mod meta;
mod param_header;
mod revision;

/// The protocol's types.
pub use rmcp::model;

pub use crate::{param_header::ParamHeader, revision::Revision};
