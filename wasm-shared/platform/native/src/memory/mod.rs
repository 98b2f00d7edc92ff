//! The platform in memory, for tests: every store a map, every failure one that a test asked for.

mod outgoing;

use std::{
    collections::BTreeMap,
    future::poll_fn,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use axum::Router;
use chrono::{DateTime, Utc};
use platform::{
    Answer, Archive, Assets, Cache, Clock, Config, Database, HttpClient, Inference, Itself, Log, Outcome,
    OutsideError, Platform, Queue, Quota, Services, Sleep, Statement, queue::TableQueue, quota::TableQuota,
};

use crate::database::Sqlite;

/// What stands behind an in-memory platform, for a test to look into and to change while it runs. Clones share it.
#[derive(Clone, Default)]
pub struct World(Arc<State>);

#[derive(Default)]
struct State {
    now: Mutex<Option<DateTime<Utc>>>,
    variables: Mutex<BTreeMap<String, String>>,
    cache: Mutex<BTreeMap<String, Vec<u8>>>,
    archive: Mutex<BTreeMap<String, Vec<u8>>>,
    assets: Mutex<Option<PathBuf>>,
    database: Mutex<Option<Sqlite>>,
    failing: Mutex<Option<&'static str>>,
    hanging: Mutex<Option<&'static str>>,
    slow: Mutex<Option<(&'static str, Duration)>>,
    steps: Mutex<Steps>,
    hurry: Mutex<Option<u32>>,
    app: Mutex<Option<App>>,
    models: Mutex<Option<String>>,
    log: Mutex<Vec<serde_json::Value>>,
}

/// An application, as functions make them of their routes.
type App = fn(Platform) -> Router;

/// How many calls reached the stores, and after how many none does any more.
#[derive(Default)]
struct Steps {
    taken: usize,
    last: Option<usize>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Pending once, and ready when polled again.
async fn after_others() {
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl World {
    /// A platform over this world, with an instance memory of its own: what an isolate or an instance is.
    #[must_use]
    pub fn platform(&self) -> Platform {
        let mut services = Services::default();
        let world = Arc::new(self.clone());
        services.add::<dyn Clock>(world.clone());
        services.add::<dyn Config>(world.clone());
        services.add::<dyn Cache>(world.clone());
        services.add::<dyn Archive>(world.clone());
        services.add::<dyn Assets>(world.clone());
        services.add::<dyn Database>(world.clone());
        services.add::<dyn Queue>(Arc::new(TableQueue::new(world.clone(), world.clone())));
        services.add::<dyn Quota>(Arc::new(TableQuota::new(world.clone())));
        services.add::<dyn HttpClient>(world.clone());
        services.add::<dyn Sleep>(world.clone());
        services.add::<dyn Log>(world);
        if lock(&self.0.app).is_some() {
            services.add::<dyn Itself>(Arc::new(outgoing::SameWorld(self.clone())));
        }
        if let Some(url) = lock(&self.0.models).clone() {
            services.add::<dyn Inference>(Arc::new(outgoing::BoundModels { world: self.clone(), url }));
        }
        Platform::with(crate::NAME, &services)
    }

    /// Stops the clock at `now`; without it the clock is the machine's.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>) -> Self {
        self.set_now(now);
        self
    }

    /// Sets the clock, also while servers run on this world.
    pub fn set_now(&self, now: DateTime<Utc>) {
        *lock(&self.0.now) = Some(now);
    }

    /// Makes waiting take `times` less time than asked for; a clock that stands is moved on by what was asked for.
    #[must_use]
    pub fn hurried(self, times: u32) -> Self {
        *lock(&self.0.hurry) = Some(times.max(1));
        self
    }

    /// Limits what one invocation may send, as Cloudflare does: longer work goes on in another invocation of `app`.
    #[must_use]
    pub fn with_limited_invocations(self, app: App) -> Self {
        *lock(&self.0.app) = Some(app);
        self
    }

    /// Binds models of the platform's own: a server at this address, which gets each input at `/run/MODEL`.
    #[must_use]
    pub fn with_models(self, url: impl Into<String>) -> Self {
        *lock(&self.0.models) = Some(url.into());
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn with_variable(self, name: &str, value: &str) -> Self {
        lock(&self.0.variables).insert(name.to_owned(), value.to_owned());
        self
    }

    /// Serves assets from a directory.
    #[must_use]
    pub fn with_assets(self, directory: impl Into<PathBuf>) -> Self {
        *lock(&self.0.assets) = Some(directory.into());
        self
    }

    /// Makes every call to `service` (`cache`, `archive`, `assets`, `database`, `http client`) fail from now on, or none.
    pub fn fail(&self, service: Option<&'static str>) {
        *lock(&self.0.failing) = service;
    }

    /// Makes every call to `service` that begins from now on never answer, or lets all answer again.
    pub fn hang(&self, service: Option<&'static str>) {
        *lock(&self.0.hanging) = service;
    }

    /// Makes every call to a service that begins from now on take as long as this, or none.
    pub fn slow_down(&self, service: Option<(&'static str, Duration)>) {
        *lock(&self.0.slow) = service;
    }

    /// Lets `steps` more calls to the stores and to others through and makes all after them fail, as for a process that
    /// was killed there; `None` lets everything through again.
    pub fn stop_after(&self, steps: Option<usize>) {
        *lock(&self.0.steps) = Steps { taken: 0, last: steps };
    }

    /// The log lines so far.
    #[must_use]
    pub fn log_lines(&self) -> Vec<serde_json::Value> {
        lock(&self.0.log).clone()
    }

    /// Overwrites a value of the cache behind the product's back.
    pub fn set_cache(&self, key: &str, value: &[u8]) {
        lock(&self.0.cache).insert(key.to_owned(), value.to_vec());
    }

    /// The keys that the cache holds.
    #[must_use]
    pub fn cache_keys(&self) -> Vec<String> {
        lock(&self.0.cache).keys().cloned().collect()
    }

    /// A call to a store. Like a real one it does nothing before it is polled and then lets others go first, so that
    /// requests that run at once get in each other's way here too.
    fn reach<'a, T>(&'a self, service: &'static str, value: impl FnOnce() -> T + Send + 'a) -> Answer<'a, T> {
        Box::pin(async move {
            self.wait_for(service).await;
            self.step(service).map(|()| value())
        })
    }

    /// Waits as long as a call to `service` takes: one turn of the others, or what a test asked for.
    async fn wait_for(&self, service: &'static str) {
        after_others().await;
        if *lock(&self.0.hanging) == Some(service) {
            std::future::pending::<()>().await;
        }
        let slow = *lock(&self.0.slow);
        if let Some((_, duration)) = slow.filter(|(slow, _)| *slow == service) {
            self.sleep(duration).await;
        }
    }

    /// Counts a call to the outside, and lets it through or not.
    fn step(&self, service: &'static str) -> Result<(), OutsideError> {
        if *lock(&self.0.failing) == Some(service) {
            return Err(OutsideError::new(service, "made to fail by a test"));
        }
        // Reading a variable changes nothing anywhere, and a process does not stop there.
        if service == "config" {
            return Ok(());
        }
        let mut steps = lock(&self.0.steps);
        if steps.last.is_some_and(|last| steps.taken >= last) {
            return Err(OutsideError::new(service, "stopped by a test"));
        }
        steps.taken += 1;
        Ok(())
    }
}

impl Clock for World {
    fn now(&self) -> DateTime<Utc> {
        lock(&self.0.now).unwrap_or_else(Utc::now)
    }
}

impl Config for World {
    fn get<'a>(&'a self, name: &'a str) -> Answer<'a, Option<String>> {
        self.reach("config", move || {
            lock(&self.0.variables).get(name).filter(|value| !value.is_empty()).cloned()
        })
    }
}

impl Log for World {
    fn line(&self, line: &serde_json::Value) {
        lock(&self.0.log).push(line.clone());
    }
}

impl Cache for World {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.reach("cache", move || lock(&self.0.cache).get(key).cloned())
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        self.reach("cache", move || self.set_cache(key, value))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        self.reach("cache", move || drop(lock(&self.0.cache).remove(key)))
    }
}

impl Archive for World {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.reach("archive", move || lock(&self.0.archive).get(key).cloned())
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        self.reach("archive", move || drop(lock(&self.0.archive).insert(key.to_owned(), value.to_vec())))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        self.reach("archive", move || drop(lock(&self.0.archive).remove(key)))
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Answer<'a, Vec<String>> {
        self.reach("archive", move || {
            lock(&self.0.archive).keys().filter(|key| key.starts_with(prefix)).cloned().collect()
        })
    }
}

impl Assets for World {
    fn get<'a>(&'a self, path: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.reach("assets", move || {
            let directory = lock(&self.0.assets).clone()?;
            std::fs::read(directory.join(path)).ok()
        })
    }
}

impl Database for World {
    fn run(&self, statements: Vec<Statement>) -> Answer<'_, Vec<Outcome>> {
        Box::pin(async move {
            self.wait_for("database").await;
            self.step("database")?;
            let mut database = lock(&self.0.database);
            let database = match &mut *database {
                Some(database) => database,
                None => database.insert(Sqlite::in_memory()?),
            };
            database.transaction(&statements)
        })
    }
}
