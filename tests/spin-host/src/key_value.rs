//! `spin:key-value`: stores in SQLite files, in the table that Spin's own local stores use.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::OptionalExtension as _;
use wasmtime::{
    Result,
    component::{Accessor, FutureReader, HasSelf, Resource, StreamReader},
    error::Context as _,
};

use crate::{
    bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore},
    component::State,
    disturbances::meet,
};

/// Its name in a file of disturbances.
const STORE: &str = "key-value";

/// The longest key that Spin documents, in bytes. Its local store does not look, but a hosted one may.
const LONGEST_KEY: usize = 256;
/// The largest value that Spin documents, in bytes.
const LARGEST_VALUE: usize = 1 << 20;

/// All key-value stores of the application, by label.
pub(crate) struct KeyValueStores(HashMap<String, Store>);

/// One store: a label in a file. Cheap to clone.
#[derive(Clone)]
#[expect(unreachable_pub, reason = "the generated bindings export it once more")]
pub struct Store {
    label: Arc<str>,
    file: Arc<Mutex<rusqlite::Connection>>,
}

impl KeyValueStores {
    /// Opens the files behind `labels`, creating what is missing.
    ///
    /// # Errors
    ///
    /// When a file cannot be opened or is no SQLite database.
    pub(crate) fn open(labels: &BTreeMap<String, PathBuf>) -> Result<Self> {
        let stores = labels.iter().map(|(label, path)| {
            let file = open_file(path).with_context(|| format!("key-value store in {}", path.display()))?;
            Ok((label.clone(), Store { label: label.as_str().into(), file }))
        });
        stores.collect::<Result<_>>().map(Self)
    }

    fn get(&self, label: &str, granted: &HashSet<String>) -> Result<Store, Error> {
        if !granted.contains(label) {
            return Err(Error::AccessDenied);
        }
        self.0.get(label).cloned().ok_or(Error::NoSuchStore)
    }
}

fn open_file(path: &Path) -> Result<Arc<Mutex<rusqlite::Connection>>> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let connection = rusqlite::Connection::open(path)?;
    connection.execute(
        "CREATE TABLE IF NOT EXISTS spin_key_value \
         (store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (store, key))",
        (),
    )?;
    Ok(Arc::new(Mutex::new(connection)))
}

impl Store {
    /// Runs `query` on the store's file, off the threads that serve requests.
    async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&rusqlite::Connection, &str) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let Self { label, file } = self.clone();
        let work = move || query(&file.lock().unwrap_or_else(PoisonError::into_inner), &label);
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| Error::Other(error.to_string()))?
            .map_err(|error| Error::Other(error.to_string()))
    }

    async fn get(&self, key: String) -> Result<Option<Vec<u8>>, Error> {
        check_key(&key)?;
        self.run(move |file, label| {
            file.prepare("SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2")?
                .query_row((label, key), |row| row.get(0))
                .optional()
        })
        .await
    }

    async fn set(&self, key: String, value: Vec<u8>) -> Result<(), Error> {
        check_key(&key)?;
        if value.len() > LARGEST_VALUE {
            let size = value.len();
            return Err(Error::Other(format!(
                "a value of {size} bytes is over Spin's limit of {LARGEST_VALUE}"
            )));
        }
        self.run(move |file, label| {
            file.prepare(
                "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (store, key) DO UPDATE SET value = excluded.value",
            )?
            .execute((label, key, value))
            .map(drop)
        })
        .await
    }

    async fn delete(&self, key: String) -> Result<(), Error> {
        check_key(&key)?;
        self.run(move |file, label| {
            file.prepare("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")?
                .execute((label, key))
                .map(drop)
        })
        .await
    }

    async fn exists(&self, key: String) -> Result<bool, Error> {
        check_key(&key)?;
        self.run(move |file, label| {
            file.prepare("SELECT 1 FROM spin_key_value WHERE store = ?1 AND key = ?2")?.exists((label, key))
        })
        .await
    }

    async fn keys(&self) -> Result<Vec<String>, Error> {
        self.run(|file, label| {
            file.prepare("SELECT key FROM spin_key_value WHERE store = ?1")?
                .query_map([label], |row| row.get(0))?
                .collect()
        })
        .await
    }
}

fn check_key(key: &str) -> Result<(), Error> {
    if key.len() <= LONGEST_KEY {
        return Ok(());
    }
    Err(Error::Other(format!("a key of {} bytes is over Spin's limit of {LONGEST_KEY}", key.len())))
}

/// The store behind a handle that the component holds.
fn opened<T>(accessor: &Accessor<T, HasSelf<State>>, handle: &Resource<Store>) -> Result<Store> {
    Ok(accessor.with(|mut access| access.get().table.get(handle).cloned())?)
}

impl Host for State {}

impl HostStore for State {
    fn drop(&mut self, store: Resource<Store>) -> Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

impl HostStoreWithStore for HasSelf<State> {
    async fn open<T>(accessor: &Accessor<T, Self>, label: String) -> Result<Result<Resource<Store>, Error>> {
        if let Err(error) = meet(accessor, STORE, "open").await {
            return Ok(Err(Error::Other(error)));
        }
        accessor.with(|mut access| {
            let state = access.get();
            match state.grants.outside.key_value.get(&label, &state.grants.key_value_stores) {
                Ok(store) => Ok(Ok(state.table.push(store)?)),
                Err(error) => Ok(Err(error)),
            }
        })
    }

    async fn get<T>(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> Result<Result<Option<Vec<u8>>, Error>> {
        if let Err(error) = meet(accessor, STORE, "get").await {
            return Ok(Err(Error::Other(error)));
        }
        Ok(opened(accessor, &store)?.get(key).await)
    }

    async fn set<T>(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> Result<Result<(), Error>> {
        if let Err(error) = meet(accessor, STORE, "set").await {
            return Ok(Err(Error::Other(error)));
        }
        Ok(opened(accessor, &store)?.set(key, value).await)
    }

    async fn delete<T>(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> Result<Result<(), Error>> {
        if let Err(error) = meet(accessor, STORE, "delete").await {
            return Ok(Err(Error::Other(error)));
        }
        Ok(opened(accessor, &store)?.delete(key).await)
    }

    async fn exists<T>(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> Result<Result<bool, Error>> {
        if let Err(error) = meet(accessor, STORE, "exists").await {
            return Ok(Err(Error::Other(error)));
        }
        Ok(opened(accessor, &store)?.exists(key).await)
    }

    async fn get_keys<T>(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
    ) -> Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let keys = match meet(accessor, STORE, "get-keys").await {
            Ok(()) => opened(accessor, &store)?.keys().await,
            Err(error) => Err(Error::Other(error)),
        };
        let (keys, outcome) = match keys {
            Ok(keys) => (keys, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, keys)?;
            let outcome = FutureReader::new(&mut access, async { wasmtime::error::Ok(outcome) })?;
            Ok((keys, outcome))
        })
    }
}
