//! The HTTP conventions that every function keeps, so that a function holds only what is its own.
//!
//! - [`app`] wraps a function's routes: request ids, one log line a request, CORS, trailing slashes, and problems for
//!   unknown paths and methods.
//! - [`Problem`] is every error (RFC 9457).
//! - [`JsonObject`] reads a body, [`Format`] says what the caller accepts, [`Validator`] is the `ETag`.
//! - [`Admin`] lets only the operator through; [`Guard`] is where the guard of a deployment with keys stands.
//! - [`run_schedule`] does what is due by the clock where a request has to say so.
//! - [`settings`] is the table of every variable that configures the product; [`log`] writes what an operator has to know.

mod admin;
mod app;
pub mod body;
mod caller;
mod cors;
mod deployed;
pub mod events;
mod guard;
mod idempotency;
pub mod log;
mod media;
mod no_query;
pub mod openapi;
mod operation;
mod path;
mod problem;
mod query;
mod reply;
mod schedule;
pub mod settings;
mod validator;

pub use access::{Caller, Scope, Scopes, audit::Act};
pub use admin::{Admin, OperatorsKey, key_in_query, operators_key};
pub use app::{RequestId, app};
pub use body::{JsonObject, LARGEST_BODY, RawBody};
pub use caller::{Actor, Calling, ClientAddress, KeyHolder, Owner, key_missing};
pub use cors::PageMayRead;
pub use deployed::deployed;
pub use guard::{Allowance, Answer, Guard, Permit};
pub use idempotency::idempotency_key;
pub use log::CacheHit;
pub use media::Format;
pub use no_query::NoQuery;
pub use operation::{Operation, Routes, Verb};
pub use path::PathParameter;
pub use problem::{FieldProblem, MOST_ERRORS, Problem, sentence};
pub use query::QueryPairs;
pub use reply::{asset, json};
pub use schedule::{Scheduled, run_schedule};
pub use validator::Validator;

/// The product's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Which build of that version this is: what `MECHAFIL_BUILD` said when it was compiled (the scripts set it to the commit), else
/// the version.
pub const BUILD: &str = match option_env!("MECHAFIL_BUILD") {
    Some(build) if !build.is_empty() => build,
    _ => VERSION,
};
