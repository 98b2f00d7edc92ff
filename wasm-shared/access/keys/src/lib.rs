//! Who is calling, and what the caller may do.
//!
//! Everything here but [`store`] is a pure decision: time, randomness and records are given as values, so each rule can
//! be tested alone and is the same on every platform.
//!
//! A request meets the modules in this order:
//!
//! 1. [`Credential`] reads the `Authorization` header. A mistyped key is refused by its checksum.
//! 2. [`Configured::identify`] recognizes the operator's key and those of `API_KEYS`, or says which hash to look up.
//! 3. [`decide`] compares the caller's [`Scopes`] with what the operation requires: allow, 401 or 403.
//! 4. [`platform::Quota`] counts the request in the caller's minute and day; [`quota`] says what is left.
//!
//! [`store`] keeps keys and audit rows in the platform's database. It is the only module that does I/O.

pub mod address;
pub mod audit;
pub mod quota;
pub mod store;

mod caller;
mod configured;
mod credential;
mod decision;
mod hash;
mod logins;
mod record;
mod scope;
mod secret;

pub use caller::{Caller, Delegation, Lookup, Refusal, Who};
pub use configured::{Configured, ConfiguredKey, MIN_KEY_LENGTH, Step};
pub use credential::Credential;
pub use decision::{Access, Decision, Policy, SignIn, Surface, decide};
pub use hash::Hash;
pub use logins::Logins;
pub use record::{Expiry, Invalid, KeyChange, KeyRecord, Limits, NewKey, Previous, Standing};
pub use scope::{Scope, Scopes, UnknownScope};
pub use secret::{Kind, Malformed, Secret, identifier};

/// Milliseconds of Unix time.
pub type Millis = i64;
