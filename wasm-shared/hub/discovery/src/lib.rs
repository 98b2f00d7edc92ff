//! Other MCP servers: which are known ([`definition`]), where they are found ([`find`]), who has connected them ([`store`]), and the
//! calls of their tools that are passed on ([`gateway`]).
//!
//! What is decided is apart from what is sent and stored: definitions, the order of candidates, the names and pins of tools, the
//! circuit, signatures of heartbeats and the text of metrics know no I/O.
//!
//! A connected server is not trusted. What it says is data: its descriptions are marked as its own, bounded, and pinned by hash; one
//! that changes is held back until somebody confirms it.

pub mod candidates;
pub mod circuit;
pub mod definition;
#[cfg(feature = "docker")]
pub mod docker;
pub mod ensure;
pub mod find;
pub mod gateway;
pub mod health;
pub mod heartbeat;
pub mod known;
pub mod metrics;
pub mod offers;
pub mod pins;
pub mod store;
