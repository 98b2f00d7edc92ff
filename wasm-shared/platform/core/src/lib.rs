//! The services that a function may use, and what a function is to the platform that runs it.
//!
//! Each service is a trait, a [`Service`], named after what a function needs (a clock, a cache, an archive) and not after a
//! product. A backend implements the services of one platform and is a crate of its own: `platform-cloudflare`,
//! `platform-spin`, `platform-native`. A function's [`Application`] names the services that it uses; a backend makes a
//! [`Platform`] of just these.
//!
//! | service | Cloudflare Workers | Spin | native (in tests: in memory) |
//! |---|---|---|---|
//! | [`Clock`] | `Date.now()` | WASI clock | the machine's (or a clock that a test sets) |
//! | [`Config`] | variables and secrets | application variables | environment (a map) |
//! | [`Cache`] | Workers KV | key-value store, keys `cache/...` | files (a map) |
//! | [`Archive`] | R2 | key-value store, keys `archive/...` | files (a map) |
//! | [`Assets`] | static assets | mounted files | files |
//! | [`Database`] | D1 | SQLite | SQLite |
//! | [`Queue`] | Queues, dead letters in D1 | a table of the database | a table of the database, with a worker |
//! | [`Quota`] | a SQLite durable object of each subject | a table of the database | a table of the database |
//! | [`HttpClient`] | `fetch` | WASI HTTP | hyper |
//! | [`Itself`] | the service binding `SELF` | - | - (the same router) |
//! | [`Inference`] | Workers AI, where it is bound as `AI` | - | - (a scripted one) |
//! | [`Sleep`] | `setTimeout` | WASI clock | tokio's (hurried) |
//! | [`Log`] | `console.log` | standard error | standard error (a list) |
//!
//! Futures are `Send` because axum requires it. On both wasm targets one thread does all the work; on Workers the
//! futures hold JavaScript values and are wrapped (`worker::send`).

mod application;
mod archive;
mod assets;
mod cache;
mod clock;
mod config;
mod database;
pub mod deadline;
mod error;
mod http_client;
mod inference;
mod instance;
pub mod log;
mod peer;
pub mod queue;
pub mod quota;
pub mod schedule;
mod service;
mod sleep;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

pub use application::Application;
pub use archive::Archive;
pub use assets::Assets;
pub use cache::Cache;
pub use clock::Clock;
pub use config::Config;
use deadline::Deadline;

pub use database::{Database, Outcome, Statement, Value, migrate};
pub use error::OutsideError;
pub use http_client::{HttpClient, Itself, LARGEST_REPLY, REQUESTS_PER_INVOCATION, whole};
pub use inference::Inference;
pub use instance::InstanceMemory;
pub use log::Log;
pub use peer::Peer;
pub use queue::{Delivery, Message, Outgoing, Queue};
pub use quota::Quota;
pub use service::{Provides, Service, Services, ServicesOn, Uses};
pub use sleep::{Sleep, within};

/// What a call to a service returns: a future of its result.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, OutsideError>> + Send + 'a>>;

/// The services that every function has: the HTTP conventions and deadlines need them.
type Always = services![Clock, Config, Log, Sleep];

/// Everything that a function may use. Cheap to clone: handlers hold one each.
///
/// Each call to a store, to a queue, or for a variable has a deadline ([`deadline`]); after it the call has failed.
#[derive(Clone)]
pub struct Platform {
    instance: Arc<Instance>,
    is_patient: bool,
}

struct Instance {
    name: &'static str,
    deadline: Deadline,
    services: Services,
    /// The same with more time.
    patient: Services,
    memory: InstanceMemory,
}

impl Platform {
    /// The platform of an instance that runs the application `A` on the backend `B`, which calls itself `name`.
    pub fn of<A, B>(name: &'static str, backend: &B) -> Self
    where
        A: Application<Services: ServicesOn<B>>,
        B: Provides<dyn Clock> + Provides<dyn Config> + Provides<dyn Log> + Provides<dyn Sleep>,
    {
        let mut services = Services::default();
        Always::take(backend, &mut services);
        A::Services::take(backend, &mut services);
        Self::with(name, &services)
    }

    /// A platform with just these services.
    ///
    /// # Panics
    /// Where [`Config`] or [`Sleep`] is not among them.
    #[must_use]
    pub fn with(name: &'static str, services: &Services) -> Self {
        let (Some(sleep), Some(config)) = (services.find::<dyn Sleep>(), services.find::<dyn Config>())
        else {
            panic!("a platform without variables, or without waiting, has no deadlines")
        };
        let deadline = Deadline::new(Arc::clone(sleep), Arc::clone(config));
        let patient = services.bounded(&deadline.patient());
        let services = services.bounded(&deadline);
        let memory = InstanceMemory::default();
        Self { instance: Arc::new(Instance { name, deadline, services, patient, memory }), is_patient: false }
    }

    /// The same platform, each call of which may take five times as long: for what an operator or the clock asked for. That
    /// writes, and no other caller waits for it.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self { instance: Arc::clone(&self.instance), is_patient: true }
    }

    /// What `work` gives, if it comes within the time of one call. `name` says in the error what was late.
    ///
    /// # Errors
    /// Those of `work`, and one when the time has passed.
    pub async fn in_time<T, E: From<OutsideError>>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.deadline().keep(name, work).await
    }

    /// How long one call may take.
    pub async fn patience(&self) -> Duration {
        self.deadline().limit().await
    }

    fn deadline(&self) -> Deadline {
        let deadline = &self.instance.deadline;
        if self.is_patient { deadline.patient() } else { deadline.clone() }
    }

    /// `cloudflare`, `spin` or `native`, as `/health` reports it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.instance.name
    }

    /// A service, where the function's entry names it and the deployment has it.
    #[must_use]
    pub fn find<S: Service + ?Sized>(&self) -> Option<&Arc<S>> {
        let instance = &self.instance;
        if self.is_patient { &instance.patient } else { &instance.services }.find()
    }

    /// A service that the function's entry names.
    ///
    /// # Panics
    /// Where it does not, which is a mistake in the function and shows at its first request.
    #[must_use]
    pub fn service<S: Service + ?Sized>(&self) -> &Arc<S> {
        let Some(service) = self.find() else {
            panic!("the service `{}` is not among those that this function's entry names", S::NAME)
        };
        service
    }

    /// What this instance remembers between requests.
    #[must_use]
    pub fn instance(&self) -> &InstanceMemory {
        &self.instance.memory
    }
}
