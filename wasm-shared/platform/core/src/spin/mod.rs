//! Spin: key-value stores, mounted files, application variables, and the way from WASI HTTP to the router and back.
//!
//! One key-value store holds both the cache and the archive, under two prefixes: `default` is the only label that Spin
//! knows without a runtime configuration, and `spin up` has to work from a clean checkout. Assets are mounted at
//! `/assets`.

mod database;
mod handler;
mod outgoing;
mod storage;

pub use handler::answer;
pub use spin_sdk::wasip3;

use chrono::{DateTime, Utc};

use crate::{
    Answer, Archive, Assets, Cache, Clock, Config, Database, HttpClient, Log, OutsideError, Sleep,
    outside::Outside,
};

/// What a component may ask of the outside, as far as `spin.toml` grants it.
pub(crate) struct Component;

impl Outside for Component {
    const NAME: &str = "spin";

    fn clock(&self) -> &dyn Clock {
        &WasiClock
    }

    fn config(&self) -> &dyn Config {
        &Variables
    }

    fn cache(&self) -> &dyn Cache {
        &storage::KeyValue("cache/")
    }

    fn archive(&self) -> &dyn Archive {
        &storage::KeyValue("archive/")
    }

    fn assets(&self) -> &dyn Assets {
        &storage::Mounted
    }

    fn database(&self) -> &dyn Database {
        &database::Sqlite
    }

    fn http(&self) -> &dyn HttpClient {
        &outgoing::WasiHttp
    }

    fn itself(&self) -> Option<&dyn HttpClient> {
        None
    }

    fn sleep(&self) -> &dyn Sleep {
        &outgoing::MonotonicClock
    }

    fn log(&self) -> &dyn Log {
        &StandardError
    }
}

struct WasiClock;

impl Clock for WasiClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

struct Variables;

impl Config for Variables {
    fn get<'a>(&'a self, name: &'a str) -> Answer<'a, Option<String>> {
        use spin_sdk::variables::{Error, get};
        Box::pin(async move {
            match get(name.to_ascii_lowercase()).await {
                Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
                // A component that does not list a variable does not have it, which is the same as unset.
                Err(Error::Undefined(_)) => Ok(None),
                Err(error) => Err(OutsideError::new("config", error)),
            }
        })
    }
}

struct StandardError;

impl Log for StandardError {
    fn line(&self, line: &serde_json::Value) {
        eprintln!("{line}");
    }
}
