//! Deployments of MCP servers: a template and a configuration become a running server.
//!
//! | module | holds |
//! |---|---|
//! | [`template`] | what can be deployed, and how a configuration reaches the server |
//! | [`catalogue`] | the bundled templates, and those of an index over HTTPS |
//! | [`configured`] | the settings, as the engines that they describe |
//! | [`deployment`] | the record and its life cycle, as pure decisions |
//! | [`store`] | the records in the database |
//! | [`link`] | what the gateway is told of a deployment, and when |
//! | [`engine`] | what every engine does, and a file for each: Kubernetes, Docker, mock |
//! | [`lifecycle`] | deploying, changing, stopping, removing: decisions, store and engine together |
//!
//! **Secrets** are in no record. They go from the request to the engine, which keeps them (a `Secret` of Kubernetes, the container's
//! environment of Docker) for the present and the former revision. What later steps need of them the engine fetches there.

pub mod catalogue;
pub mod configured;
pub mod deployment;
pub mod engine;
pub mod lifecycle;
pub mod link;
mod random;
pub mod store;
pub mod template;

/// Milliseconds since 1970.
pub type Millis = i64;
