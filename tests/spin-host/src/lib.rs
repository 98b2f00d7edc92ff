//! Runs a Spin application where the `spin` command is missing: its own `spin.toml`, its own components, unchanged,
//! under the wasmtime that Spin 4.0 embeds.
//!
//! It is a test host. It does what this project's components need and refuses the rest at the start: manifest version
//! 2, HTTP triggers, components that speak WASI 0.3, key-value stores, SQLite databases, variables, outgoing HTTP and
//! mounted directories. A store, database, variable or host that a component was not granted is refused with the
//! error that Spin gives. Instances are reused, run requests concurrently and are given up as Spin does it, so that
//! what is wrong with a component's statics shows here too.
//!
//! It is stricter than `spin up` in five ways, each of which finds a mistake earlier: an unknown key in the manifest,
//! a variable that is given but not declared and a route given twice stop the start, the documented limits of
//! key-value stores (keys of 256 bytes, values of 1 MiB) hold, and a database that another connection has locked is
//! busy after one second instead of five. It has no service chaining, no TLS for clients, no
//! other trigger than HTTP, and no store that is not a SQLite file.
//!
//! For tests its stores hang, fail or are slow on demand, each request can get an instance of its own, and it tells how large
//! the memory of instances becomes.

#[allow(clippy::pedantic, clippy::all, unreachable_pub, unused_qualifications, reason = "generated")]
mod bindings;
mod compiled;
mod component;
mod disturbances;
mod key_value;
mod manifest;
mod outbound;
mod router;
mod runtime_config;
mod server;
mod sqlite;
mod variables;

pub use server::{Options, Server};
