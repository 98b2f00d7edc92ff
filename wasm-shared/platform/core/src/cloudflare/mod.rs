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

use crate::{
    Answer, Archive, Assets, Cache, Clock, Config, Database, HttpClient, Log, Platform, Sleep,
    outside::Outside,
};

/// The platform of this isolate.
fn platform(env: &worker::Env) -> Platform {
    let itself = env.service("SELF").is_ok().then(|| outgoing::Itself(env.clone()));
    Platform::new(Isolate { bindings: Bindings(env.clone()), itself })
}

/// What a Worker may ask of the outside.
pub(crate) struct Isolate {
    bindings: Bindings,
    itself: Option<outgoing::Itself>,
}

impl Outside for Isolate {
    const NAME: &str = "cloudflare";

    fn clock(&self) -> &dyn Clock {
        &DateNow
    }

    fn config(&self) -> &dyn Config {
        &self.bindings
    }

    fn cache(&self) -> &dyn Cache {
        &self.bindings
    }

    fn archive(&self) -> &dyn Archive {
        &self.bindings
    }

    fn assets(&self) -> &dyn Assets {
        &self.bindings
    }

    fn database(&self) -> &dyn Database {
        &self.bindings
    }

    fn http(&self) -> &dyn HttpClient {
        &outgoing::GlobalFetch
    }

    fn itself(&self) -> Option<&dyn HttpClient> {
        self.itself.as_ref().map(|itself| itself as &dyn HttpClient)
    }

    fn sleep(&self) -> &dyn Sleep {
        &outgoing::SetTimeout
    }

    fn log(&self) -> &dyn Log {
        &Console
    }
}

/// What `wrangler.toml` binds: variables, secrets and the stores, each looked up when it is asked for.
struct Bindings(worker::Env);

struct DateNow;

impl Clock for DateNow {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

impl Config for Bindings {
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
