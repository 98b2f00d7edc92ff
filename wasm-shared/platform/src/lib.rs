//! The world outside a function.
//!
//! A function asks for little: the time, a variable, a small value that is read often, an object kept for long, a
//! file that was deployed with it. Each of these is a trait here, named for the wish and not for the product that
//! grants it, and [`Platform`] carries one of each. What stands behind them is chosen by the target:
//!
//! | trait | Cloudflare Workers | Spin | tests |
//! |---|---|---|---|
//! | [`Clock`] | `Date.now()` | WASI clock | a clock that stands where it was set |
//! | [`Config`] | variables and secrets | application variables | a map |
//! | [`Cache`] | Workers KV | key-value store, keys `cache/...` | a map |
//! | [`Archive`] | R2 | key-value store, keys `archive/...` | a map |
//! | [`Assets`] | static assets | mounted files | a directory |
//! | [`Database`] | D1 | SQLite | SQLite in memory |
//! | [`HttpClient`] | `fetch` | WASI HTTP | a client of the machine's own |
//! | [`Sleep`] | `setTimeout` | WASI clock | the machine's, or hurried |
//!
//! Futures are `Send` because axum wants them so. On both wasm targets one thread does all the work; on Workers the
//! futures hold JavaScript values and are wrapped (`worker::send`).

#[doc(hidden)]
pub mod entry;

mod archive;
mod assets;
mod cache;
mod clock;
mod config;
mod database;
mod error;
mod http_client;
mod instance;
mod log;
mod sleep;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub mod cloudflare;
#[cfg(feature = "memory")]
pub mod memory;
#[cfg(all(target_arch = "wasm32", target_os = "wasi"))]
pub mod spin;

use std::{future::Future, pin::Pin, sync::Arc};

pub use archive::Archive;
pub use assets::Assets;
pub use cache::Cache;
pub use clock::Clock;
pub use config::Config;
pub use database::{Database, Outcome, Statement, Value, migrate};
pub use error::OutsideError;
pub use http_client::{HttpClient, LARGEST_REPLY};
pub use instance::InstanceMemory;
pub use log::Log;
pub use sleep::{Sleep, within};

/// What a call to the outside gives back, later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, OutsideError>> + Send + 'a>>;

/// Requests to others that one invocation may send where [`Parts::itself`] is there: Cloudflare's free plan allows 50, and
/// some are left for the call of the next invocation and for what the runtime itself may count.
pub const REQUESTS_PER_INVOCATION: u32 = 44;

/// Everything a function may ask of the outside. Cheap to clone: handlers hold one each.
#[derive(Clone)]
pub struct Platform(Arc<Parts>);

/// The parts that a [`Platform`] is put together from.
pub struct Parts {
    /// `cloudflare`, `spin` or `memory`, as `/health` reports it.
    pub name: &'static str,
    /// The time.
    pub clock: Box<dyn Clock>,
    /// Variables and secrets.
    pub config: Box<dyn Config>,
    /// Small values, read mostly.
    pub cache: Box<dyn Cache>,
    /// Objects kept for long.
    pub archive: Box<dyn Archive>,
    /// Files deployed with the functions.
    pub assets: Box<dyn Assets>,
    /// Tables, for what must be right at once and everywhere.
    pub database: Box<dyn Database>,
    /// Requests to others.
    pub http: Box<dyn HttpClient>,
    /// This application itself, each call an invocation of its own: there where an invocation may send only so many
    /// requests ([`REQUESTS_PER_INVOCATION`]) that longer work has to go on in the next.
    pub itself: Option<Box<dyn HttpClient>>,
    /// Waiting.
    pub sleep: Box<dyn Sleep>,
    /// Where log lines go.
    pub log: Box<dyn Log>,
    /// What this instance remembers between requests.
    pub instance: InstanceMemory,
}

impl Platform {
    /// Puts a platform together from its parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl std::ops::Deref for Platform {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
