//! Cloudflare Workers: KV, R2, static assets, variables, and the way from `fetch` to the router and back.
//!
//! Bindings, as `wrangler.toml` names them: `CACHE` (KV), `ARCHIVE` (R2), `ASSETS` (static assets), `DATABASE` (D1),
//! `SELF`, the Worker's service binding to itself; with the feature `queue`, `QUEUE` and a dead-letter queue whose name ends in
//! `dead-letters`; with the feature `quota`, `QUOTA`, durable objects of the class `QuotaCounter`; where the operator wants it, `AI`
//! (Workers AI).
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]

mod archive;
mod assets;
mod cache;
mod database;
mod entry;
mod exchange;
mod http_client;
mod inference;
#[cfg(feature = "queue")]
mod queue;
#[cfg(feature = "quota")]
mod quota;

pub use entry::{answer, scheduled};
#[cfg(feature = "queue")]
pub use queue::deliver_batch;
#[cfg(feature = "quota")]
pub use quota::QuotaCounter;
pub use worker;

use std::{cell::OnceCell, future::Future, pin::Pin, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use platform::{
    Answer, Application, Clock, Config, Log, OutsideError, Platform, Provides, ServicesOn, Sleep,
};
use worker::send::SendFuture;

/// The bindings of a Worker's environment: variables, secrets and stores, each looked up when it is asked for.
#[derive(Clone)]
pub struct Bindings(worker::Env);

thread_local! {
    // Bindings stay valid as long as the isolate.
    static PLATFORM: OnceCell<Platform> = const { OnceCell::new() };
}

/// The platform of this isolate, the same for requests, cron triggers and messages.
fn platform<A: Application<Services: ServicesOn<Bindings>>>(env: &worker::Env) -> Platform {
    PLATFORM
        .with(|made| made.get_or_init(|| Platform::of::<A, _>("cloudflare", &Bindings(env.clone()))).clone())
}

/// `Date.now()`.
struct DateNow;

impl Provides<dyn Clock> for Bindings {
    fn provide(&self) -> Option<Arc<dyn Clock>> {
        Some(Arc::new(DateNow))
    }
}

impl Clock for DateNow {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

impl Provides<dyn Config> for Bindings {
    fn provide(&self) -> Option<Arc<dyn Config>> {
        Some(Arc::new(self.clone()))
    }
}

impl Config for Bindings {
    fn get<'a>(&'a self, name: &'a str) -> Answer<'a, Option<String>> {
        // Secrets and plain variables are read alike.
        let value = self.0.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty());
        Box::pin(std::future::ready(Ok(value)))
    }
}

/// `console.log`.
struct Console;

impl Provides<dyn Log> for Bindings {
    fn provide(&self) -> Option<Arc<dyn Log>> {
        Some(Arc::new(Console))
    }
}

impl Log for Console {
    fn line(&self, line: &serde_json::Value) {
        worker::console_log!("{line}");
    }
}

/// `setTimeout`.
struct SetTimeout;

impl Provides<dyn Sleep> for Bindings {
    fn provide(&self) -> Option<Arc<dyn Sleep>> {
        Some(Arc::new(SetTimeout))
    }
}

impl Sleep for SetTimeout {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(SendFuture::new(worker::Delay::from(duration)))
    }
}

/// A future that holds JavaScript values, made `Send`: an isolate has one thread.
fn on_this_thread<'a, T>(future: impl Future<Output = Result<T, OutsideError>> + 'a) -> Answer<'a, T> {
    Box::pin(SendFuture::new(future))
}
