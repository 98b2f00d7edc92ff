use std::{
    collections::BTreeMap,
    fs,
    future::Future,
    io::{self, Write as _},
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, TryLockError},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use platform::{
    Answer, Application, Archive, Assets, Cache, Clock, Config, Database, HttpClient, Inference, Itself, Log,
    Outcome, OutsideError, Platform, Provides, Queue, Quota, ServicesOn, Sleep, Statement, quota::TableQuota,
};

use crate::{database::Sqlite, http_client::Outgoing, memory::World, queue::WokenQueue, store::Folder};

/// Where a machine keeps what it stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In a folder, made where it is missing: `database.sqlite`, `cache/`, `archive/`.
    Folder(PathBuf),
    /// Nowhere: it is lost when the process ends.
    Memory,
}

/// Connections to one host that are kept for its next request.
const KEPT_CONNECTIONS: usize = 8;

/// The services of an ordinary machine.
pub struct Machine {
    cache: Arc<dyn Cache>,
    archive: Arc<dyn Archive>,
    database: Arc<dyn Database>,
    queue: Arc<WokenQueue>,
    http: Arc<Outgoing>,
    assets: Arc<dyn Assets>,
    variables: Arc<dyn Config>,
}

impl Machine {
    /// Opens the storage. Variables come from the environment, after those of `variables`; assets from a folder, where
    /// one is given and has them, else from `assets`, by their path (`docs/index.html`).
    ///
    /// # Errors
    /// When the storage cannot be opened.
    pub fn new(
        storage: &Storage,
        variables: BTreeMap<String, String>,
        folder: Option<PathBuf>,
        assets: BTreeMap<String, Vec<u8>>,
    ) -> Result<Self, OutsideError> {
        let variables = Arc::new(Environment(variables));
        let assets = Arc::new(Files { folder, others: assets });
        let (cache, archive, database): (Arc<dyn Cache>, Arc<dyn Archive>, Arc<dyn Database>) = match storage
        {
            Storage::Memory => {
                let world = Arc::new(World::default());
                (world.clone(), world.clone(), world)
            }
            Storage::Folder(folder) => (
                Arc::new(Folder::open(folder.join("cache"), "cache")?),
                Arc::new(Folder::open(folder.join("archive"), "archive")?),
                Arc::new(SharedSqlite(Arc::new(Mutex::new(Sqlite::file(&folder.join("database.sqlite"))?)))),
            ),
        };
        let queue = Arc::new(WokenQueue::new(database.clone(), Arc::new(SystemClock)));
        let http = Arc::new(Outgoing::keeping(KEPT_CONNECTIONS));
        Ok(Self { cache, archive, database, queue, http, assets, variables })
    }

    /// The platform for an application on this machine. Each has an instance memory of its own.
    #[must_use]
    pub fn platform<A: Application<Services: ServicesOn<Self>>>(&self) -> Platform {
        Platform::of::<A, _>(crate::NAME, self)
    }

    /// Delivers the messages of the queue to an application, as long as the future is polled. A server runs one or several of
    /// these beside answering requests. The application's services have to include [`Queue`] and [`Sleep`].
    pub async fn work<A: Application<Services: ServicesOn<Self>>>(&self, platform: &Platform) {
        self.queue.work::<A>(platform).await;
    }
}

macro_rules! provide {
    ($($service:ident: $give:expr;)+) => {
        $(impl Provides<dyn $service> for Machine {
            fn provide(&self) -> Option<Arc<dyn $service>> {
                let give: fn(&Machine) -> Option<Arc<dyn $service>> = $give;
                give(self)
            }
        })+
    };
}

provide! {
    Clock: |_| Some(Arc::new(SystemClock));
    Config: |machine| Some(machine.variables.clone());
    Cache: |machine| Some(machine.cache.clone());
    Archive: |machine| Some(machine.archive.clone());
    Assets: |machine| Some(machine.assets.clone());
    Database: |machine| Some(machine.database.clone());
    Queue: |machine| Some(machine.queue.clone());
    Quota: |machine| Some(Arc::new(TableQuota::new(machine.database.clone())));
    HttpClient: |machine| Some(machine.http.clone());
    // Models are servers here, with addresses.
    Inference: |_| None;
    // A request may send as many requests as it likes.
    Itself: |_| None;
    Sleep: |_| Some(Arc::new(TokioTime));
    Log: |_| Some(Arc::new(StandardError));
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// Variables of the process, after those of a file or a command line.
struct Environment(BTreeMap<String, String>);

impl Config for Environment {
    fn get<'a>(&'a self, name: &'a str) -> Answer<'a, Option<String>> {
        let value = self.0.get(name).cloned().or_else(|| std::env::var(name).ok());
        Box::pin(std::future::ready(Ok(value.filter(|value| !value.is_empty()))))
    }
}

/// Deployed files: those of a folder, else those that the program brings along.
struct Files {
    folder: Option<PathBuf>,
    others: BTreeMap<String, Vec<u8>>,
}

impl Files {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, OutsideError> {
        let plain = Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if let Some(folder) = self.folder.as_ref().filter(|_| plain) {
            match fs::read(folder.join(path)) {
                Ok(bytes) => return Ok(Some(bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(OutsideError::new("assets", format_args!("{path}: {error}"))),
            }
        }
        Ok(self.others.get(path).cloned())
    }
}

impl Assets for Files {
    fn get<'a>(&'a self, path: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(std::future::ready(self.read(path)))
    }
}

/// One connection for all requests: `SQLite` has one writer anyway. What waits for the disk, or for others, runs on threads for that;
/// the rest right here, because the way to another thread and back takes longer than most of it.
struct SharedSqlite(Arc<Mutex<Sqlite>>);

impl SharedSqlite {
    /// Runs statements that need not wait; `None` where they would have to.
    fn at_once(&self, statements: &[Statement]) -> Result<Option<Vec<Outcome>>, OutsideError> {
        match self.0.try_lock() {
            Ok(mut database) => database.at_once(statements),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().at_once(statements),
            Err(TryLockError::WouldBlock) => Ok(None),
        }
    }
}

impl Database for SharedSqlite {
    fn run(&self, statements: Vec<Statement>) -> Answer<'_, Vec<Outcome>> {
        let database = Arc::clone(&self.0);
        Box::pin(async move {
            if let Some(outcomes) = self.at_once(&statements)? {
                return Ok(outcomes);
            }
            let work =
                move || database.lock().unwrap_or_else(PoisonError::into_inner).transaction(&statements);
            tokio::task::spawn_blocking(work).await.map_err(|error| OutsideError::new("database", error))?
        })
    }
}

impl HttpClient for Outgoing {
    fn open(&self, request: Request<Bytes>) -> Answer<'_, Response<Body>> {
        Box::pin(self.send(request))
    }
}

struct TokioTime;

impl Sleep for TokioTime {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

struct StandardError;

impl Log for StandardError {
    fn line(&self, line: &serde_json::Value) {
        // At once: written piece by piece, a line would be a hundred calls of the system, and not stay whole among others.
        // Whether the log can be written changes no answer.
        let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
    }
}
