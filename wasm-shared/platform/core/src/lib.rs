//! The world outside a function.
//!
//! A function asks for little: the time, a variable, a small value that is read often, an object kept for long, a
//! file that was deployed with it. Each of these is a trait here, named for the wish and not for the product that
//! grants it, and [`Platform`] gives one of each. What stands behind them is chosen by the target:
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
mod outside;
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

use outside::{Here, Outside as _};

/// What a call to the outside gives back, later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, OutsideError>> + Send + 'a>>;

/// Requests to others that one invocation may send where [`Platform::itself`] is there: Cloudflare's free plan allows 50, and
/// some are left for the call of the next invocation and for what the runtime itself may count.
pub const REQUESTS_PER_INVOCATION: u32 = 44;

/// Everything a function may ask of the outside. Cheap to clone: handlers hold one each.
///
/// Each wish is a method over a type that the target fixes, so that the linker leaves out whatever a function never asks
/// for: a component that opens no database imports none.
#[derive(Clone)]
pub struct Platform(Arc<Instance>);

struct Instance {
    outside: Here,
    memory: InstanceMemory,
}

#[cfg_attr(not(any(target_arch = "wasm32", feature = "memory")), allow(dead_code))]
impl Platform {
    pub(crate) fn new(outside: Here) -> Self {
        Self(Arc::new(Instance { outside, memory: InstanceMemory::default() }))
    }
}

impl Platform {
    /// `cloudflare`, `spin` or `memory`, as `/health` reports it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        Here::NAME
    }

    /// The time.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.0.outside.clock()
    }

    /// Variables and secrets.
    #[must_use]
    pub fn config(&self) -> &dyn Config {
        self.0.outside.config()
    }

    /// Small values, read mostly.
    #[must_use]
    pub fn cache(&self) -> &dyn Cache {
        self.0.outside.cache()
    }

    /// Objects kept for long.
    #[must_use]
    pub fn archive(&self) -> &dyn Archive {
        self.0.outside.archive()
    }

    /// Files deployed with the functions.
    #[must_use]
    pub fn assets(&self) -> &dyn Assets {
        self.0.outside.assets()
    }

    /// Tables, for what must be right at once and everywhere.
    #[must_use]
    pub fn database(&self) -> &dyn Database {
        self.0.outside.database()
    }

    /// Requests to others.
    #[must_use]
    pub fn http(&self) -> &dyn HttpClient {
        self.0.outside.http()
    }

    /// This application itself, each call an invocation of its own: there where an invocation may send only so many
    /// requests ([`REQUESTS_PER_INVOCATION`]) that longer work has to go on in the next.
    #[must_use]
    pub fn itself(&self) -> Option<&dyn HttpClient> {
        self.0.outside.itself()
    }

    /// Waiting.
    #[must_use]
    pub fn sleep(&self) -> &dyn Sleep {
        self.0.outside.sleep()
    }

    /// Where log lines go.
    #[must_use]
    pub fn log(&self) -> &dyn Log {
        self.0.outside.log()
    }

    /// What this instance remembers between requests.
    #[must_use]
    pub fn instance(&self) -> &InstanceMemory {
        &self.0.memory
    }
}
