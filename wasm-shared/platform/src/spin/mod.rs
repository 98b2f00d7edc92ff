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

use crate::{Answer, Clock, Config, InstanceMemory, Log, OutsideError, Parts, Platform};

/// The platform of this instance.
fn platform() -> Platform {
    Platform::new(Parts {
        name: "spin",
        clock: Box::new(WasiClock),
        config: Box::new(Variables),
        cache: Box::new(storage::KeyValue("cache/")),
        archive: Box::new(storage::KeyValue("archive/")),
        assets: Box::new(storage::Mounted),
        database: Box::new(database::Sqlite),
        http: Box::new(outgoing::WasiHttp),
        itself: None,
        sleep: Box::new(outgoing::MonotonicClock),
        log: Box::new(StandardError),
        instance: InstanceMemory::default(),
    })
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
