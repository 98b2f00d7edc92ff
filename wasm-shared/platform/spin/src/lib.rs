//! Spin: key-value stores, mounted files, application variables, SQLite, and the way from WASI HTTP to the router and
//! back.
//!
//! One key-value store holds both the cache and the archive, under two prefixes: `default` is the only label that Spin
//! knows without a runtime configuration, and `spin up` has to work from a clean checkout. Assets are mounted at
//! `/assets`.
#![cfg(all(target_arch = "wasm32", target_os = "wasi"))]

mod assets;
mod database;
mod entry;
mod http_client;
mod key_value;

pub use entry::answer;
pub use spin_sdk::wasip3;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use platform::{Answer, Clock, Config, Inference, Itself, Log, OutsideError, Provides, Sleep};
use spin_sdk::{variables, wasip3::clocks::monotonic_clock};

/// What a component may ask of its host, as far as `spin.toml` grants it.
pub struct Component;

/// The WASI clock.
struct WasiClock;

impl Provides<dyn Clock> for Component {
    fn provide(&self) -> Option<Arc<dyn Clock>> {
        Some(Arc::new(WasiClock))
    }
}

impl Clock for WasiClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// Application variables.
struct Variables;

impl Provides<dyn Config> for Component {
    fn provide(&self) -> Option<Arc<dyn Config>> {
        Some(Arc::new(Variables))
    }
}

impl Config for Variables {
    fn get<'a>(&'a self, name: &'a str) -> Answer<'a, Option<String>> {
        Box::pin(async move {
            match variables::get(name.to_ascii_lowercase()).await {
                Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
                // A component that does not list a variable does not have it, which is the same as unset.
                Err(variables::Error::Undefined(_)) => Ok(None),
                Err(error) => Err(OutsideError::new("config", error)),
            }
        })
    }
}

/// Standard error: the terminal, `.spin/logs`, the pod's log.
struct StandardError;

impl Provides<dyn Log> for Component {
    fn provide(&self) -> Option<Arc<dyn Log>> {
        Some(Arc::new(StandardError))
    }
}

impl Log for StandardError {
    fn line(&self, line: &serde_json::Value) {
        eprintln!("{line}");
    }
}

/// The monotonic clock.
struct MonotonicClock;

impl Provides<dyn Sleep> for Component {
    fn provide(&self) -> Option<Arc<dyn Sleep>> {
        Some(Arc::new(MonotonicClock))
    }
}

impl Sleep for MonotonicClock {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Box::pin(monotonic_clock::wait_for(nanoseconds))
    }
}

/// Spin's own models take one text and give one, without roles, tools or streams: a server beside it does better.
impl Provides<dyn Inference> for Component {
    fn provide(&self) -> Option<Arc<dyn Inference>> {
        None
    }
}

/// A component's request may send as many requests as it likes, so there is no need to call itself.
impl Provides<dyn Itself> for Component {
    fn provide(&self) -> Option<Arc<dyn Itself>> {
        None
    }
}
