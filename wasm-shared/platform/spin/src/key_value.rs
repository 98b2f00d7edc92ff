use std::sync::Arc;

use platform::{Answer, Archive, Cache, OutsideError, Provides};
use spin_sdk::key_value::Store;

use super::Component;

/// The keys of Spin's default store that start with a prefix.
struct KeyValue(&'static str);

impl Provides<dyn Cache> for Component {
    fn provide(&self) -> Option<Arc<dyn Cache>> {
        Some(Arc::new(KeyValue("cache/")))
    }
}

impl Provides<dyn Archive> for Component {
    fn provide(&self) -> Option<Arc<dyn Archive>> {
        Some(Arc::new(KeyValue("archive/")))
    }
}

impl KeyValue {
    fn failed(error: impl std::fmt::Display) -> OutsideError {
        OutsideError::new("key-value store", error)
    }

    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.0)
    }

    async fn open() -> Result<Store, OutsideError> {
        Store::open_default().await.map_err(Self::failed)
    }

    fn read<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(async move { Self::open().await?.get(self.name(key)).await.map_err(Self::failed) })
    }

    fn write<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        Box::pin(async move { Self::open().await?.set(self.name(key), value).await.map_err(Self::failed) })
    }

    fn remove<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        Box::pin(async move { Self::open().await?.delete(self.name(key)).await.map_err(Self::failed) })
    }
}

impl Cache for KeyValue {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.read(key)
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        self.write(key, value)
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        self.remove(key)
    }
}

impl Archive for KeyValue {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.read(key)
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        self.write(key, value)
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        self.remove(key)
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let keys = Self::open().await?.get_keys().await.collect().await.map_err(Self::failed)?;
            let own = keys.iter().filter_map(|key| key.strip_prefix(self.0));
            let mut keys: Vec<String> =
                own.filter(|key| key.starts_with(prefix)).map(str::to_owned).collect();
            keys.sort_unstable();
            Ok(keys)
        })
    }
}
