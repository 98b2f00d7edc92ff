//! Cloudflare Workers: KV, R2, static assets, variables, and the way from `fetch` to the router and back.
//!
//! Bindings, as `wrangler.toml` names them: `CACHE` (KV), `ARCHIVE` (R2), `ASSETS` (static assets), `DATABASE` (D1),
//! and `SELF`, the Worker's service binding to itself.

mod database;
mod fetch;
mod outgoing;
mod storage;

pub use fetch::{answer, scheduled};
pub use worker;

use chrono::{DateTime, Utc};
use worker::send::SendFuture;

use crate::{Answer, Clock, Config, HttpClient, InstanceMemory, Log, Parts, Platform};

/// The platform of this isolate.
fn platform(env: &worker::Env) -> Platform {
    let itself = || Box::new(outgoing::Itself(env.clone())) as Box<dyn HttpClient>;
    Platform::new(Parts {
        name: "cloudflare",
        clock: Box::new(DateNow),
        config: Box::new(Variables(env.clone())),
        cache: Box::new(storage::KeyValue(env.clone())),
        archive: Box::new(storage::ObjectStore(env.clone())),
        assets: Box::new(storage::StaticAssets(env.clone())),
        database: Box::new(database::D1(env.clone())),
        http: Box::new(outgoing::GlobalFetch),
        itself: env.service("SELF").is_ok().then(itself),
        sleep: Box::new(outgoing::SetTimeout),
        log: Box::new(Console),
        instance: InstanceMemory::default(),
    })
}

struct DateNow;

impl Clock for DateNow {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

struct Variables(worker::Env);

impl Config for Variables {
    fn get<'a>(&'a self, name: &'a str) -> Answer<'a, Option<String>> {
        // Secrets and plain variables are read alike.
        let value = self.0.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty());
        Box::pin(std::future::ready(Ok(value)))
    }
}

struct Console;

impl Log for Console {
    fn line(&self, line: &serde_json::Value) {
        worker::console_log!("{line}");
    }
}

/// A future that holds JavaScript values, made `Send`: an isolate has one thread.
fn on_this_thread<'a, T>(future: impl Future<Output = Result<T, crate::OutsideError>> + 'a) -> Answer<'a, T> {
    Box::pin(SendFuture::new(future))
}
