//! The platform in memory, for tests: every store a map, every failure one that a test asked for.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};

use crate::{
    Answer, Archive, Assets, Cache, Clock, Config, InstanceMemory, Log, OutsideError, Parts, Platform,
};

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
    failing: Mutex<Option<&'static str>>,
    log: Mutex<Vec<serde_json::Value>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// A platform over this world, with an instance memory of its own: what an isolate or an instance is.
    #[must_use]
    pub fn platform(&self) -> Platform {
        Platform::new(Parts {
            name: "memory",
            clock: Box::new(self.clone()),
            config: Box::new(self.clone()),
            cache: Box::new(CacheMap(self.clone())),
            archive: Box::new(ArchiveMap(self.clone())),
            assets: Box::new(Directory(self.clone())),
            log: Box::new(self.clone()),
            instance: InstanceMemory::default(),
        })
    }

    /// Stops the clock at `now`; without it the clock is the machine's.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>) -> Self {
        *lock(&self.0.now) = Some(now);
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

    /// Makes every call to `service` (`cache`, `archive`, `assets`) fail from now on, or none.
    pub fn fail(&self, service: Option<&'static str>) {
        *lock(&self.0.failing) = service;
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

    fn reach<T>(&self, service: &'static str, value: impl FnOnce() -> T) -> Answer<'static, T>
    where
        T: Send + 'static,
    {
        let answer = if *lock(&self.0.failing) == Some(service) {
            Err(OutsideError::new(service, "made to fail by a test"))
        } else {
            Ok(value())
        };
        Box::pin(std::future::ready(answer))
    }
}

impl Clock for World {
    fn now(&self) -> DateTime<Utc> {
        lock(&self.0.now).unwrap_or_else(Utc::now)
    }
}

impl Config for World {
    fn get<'a>(&'a self, name: &'a str) -> Answer<'a, Option<String>> {
        self.reach("config", || lock(&self.0.variables).get(name).filter(|value| !value.is_empty()).cloned())
    }
}

impl Log for World {
    fn line(&self, line: &serde_json::Value) {
        lock(&self.0.log).push(line.clone());
    }
}

struct CacheMap(World);

impl Cache for CacheMap {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.0.reach("cache", || lock(&self.0.0.cache).get(key).cloned())
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        self.0.reach("cache", || self.0.set_cache(key, value))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        self.0.reach("cache", || drop(lock(&self.0.0.cache).remove(key)))
    }
}

struct ArchiveMap(World);

impl Archive for ArchiveMap {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.0.reach("archive", || lock(&self.0.0.archive).get(key).cloned())
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        self.0.reach("archive", || drop(lock(&self.0.0.archive).insert(key.to_owned(), value.to_vec())))
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Answer<'a, Vec<String>> {
        self.0.reach("archive", || {
            lock(&self.0.0.archive).keys().filter(|key| key.starts_with(prefix)).cloned().collect()
        })
    }
}

struct Directory(World);

impl Assets for Directory {
    fn get<'a>(&'a self, path: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.0.reach("assets", || {
            let directory = lock(&self.0.0.assets).clone()?;
            std::fs::read(directory.join(path)).ok()
        })
    }
}
