//! The HTTP conventions that every function keeps, so that a function holds only what is its own.
//!
//! - [`app`] wraps a function's routes: request ids, one log line a request, CORS, trailing slashes, and problems for
//!   unknown paths and methods.
//! - [`Problem`] is every error (RFC 9457).
//! - [`JsonObject`] reads a body, [`Format`] says what the caller accepts, [`Validator`] is the `ETag`.
//! - [`Admin`] lets only the operator through.
//! - [`settings`] is the table of every variable that configures the product; [`log`] writes what an operator has to know.

mod admin;
mod app;
mod body;
pub mod events;
pub mod log;
mod negotiate;
#[cfg(feature = "openapi")]
pub mod openapi;
mod path;
mod problem;
mod query;
mod reply;
pub mod settings;
mod validator;

pub use admin::{ADMIN_KEY, Admin, OperatorsKey, operators_key};
pub use app::{RequestId, app};
pub use body::{JsonObject, LARGEST_BODY, RawBody};
pub use log::CacheHit;
pub use negotiate::Format;
pub use path::PathParameter;
pub use problem::{FieldProblem, Problem};
pub use query::QueryPairs;
pub use reply::{asset, json};
pub use validator::Validator;
