//! Deployments of MCP servers: a template and a configuration become a running server.
//!
//! | module | holds |
//! |---|---|
//! | [`template`] | what can be deployed, and how a configuration reaches the server |
//! | [`catalogue`] | the bundled templates, and those of an index over HTTPS |
//! | [`deployment`] | the record and its life cycle, as pure decisions |
//! | [`store`] | the records in the database |
//! | [`engine`] | what every engine does, and a file for each: Kubernetes, Docker, mock |
//! | [`lifecycle`] | deploying, changing, stopping, removing: decisions, store and engine together |
//!
//! **Secrets** are in no record. They go from the request to the engine, which keeps them (a `Secret` of Kubernetes, the container's
//! environment of Docker) for the present and the former revision. What later steps need of them the engine fetches there.

pub mod catalogue;
pub mod deployment;
pub mod engine;
pub mod lifecycle;
mod random;
pub mod store;
pub mod template;

/// Milliseconds since 1970.
pub type Millis = i64;
