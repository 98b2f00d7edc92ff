use std::sync::Arc;

use platform::{Answer, Cache, OutsideError, Provides};

use super::{Bindings, on_this_thread};

fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("cache", error)
}

impl Bindings {
    fn store(&self) -> Result<worker::KvStore, OutsideError> {
        self.0.kv("CACHE").map_err(failed)
    }
}

impl Provides<dyn Cache> for Bindings {
    fn provide(&self) -> Option<Arc<dyn Cache>> {
        Some(Arc::new(self.clone()))
    }
}

/// Workers KV.
impl Cache for Bindings {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        on_this_thread(async move { self.store()?.get(key).bytes().await.map_err(failed) })
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        on_this_thread(async move {
            self.store()?.put_bytes(key, value).map_err(failed)?.execute().await.map_err(failed)
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        on_this_thread(async move { self.store()?.delete(key).await.map_err(failed) })
    }
}
