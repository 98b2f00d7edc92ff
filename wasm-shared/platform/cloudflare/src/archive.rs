use std::sync::Arc;

use platform::{Answer, Archive, OutsideError, Provides};

use super::{Bindings, on_this_thread};

fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("archive", error)
}

impl Bindings {
    fn bucket(&self) -> Result<worker::Bucket, OutsideError> {
        self.0.bucket("ARCHIVE").map_err(failed)
    }
}

impl Provides<dyn Archive> for Bindings {
    fn provide(&self) -> Option<Arc<dyn Archive>> {
        Some(Arc::new(self.clone()))
    }
}

/// R2.
impl Archive for Bindings {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        on_this_thread(async move {
            let Some(object) = self.bucket()?.get(key).execute().await.map_err(failed)? else {
                return Ok(None);
            };
            let Some(body) = object.body() else { return Ok(None) };
            body.bytes().await.map(Some).map_err(failed)
        })
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        on_this_thread(async move {
            self.bucket()?.put(key, value.to_vec()).execute().await.map_err(failed)?;
            Ok(())
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        on_this_thread(async move { self.bucket()?.delete(key).await.map_err(failed) })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Answer<'a, Vec<String>> {
        on_this_thread(async move {
            let bucket = self.bucket()?;
            let mut keys = Vec::new();
            let mut cursor = None;
            loop {
                let mut page = bucket.list().prefix(prefix);
                if let Some(cursor) = cursor.take() {
                    page = page.cursor(cursor);
                }
                let page = page.execute().await.map_err(failed)?;
                keys.extend(page.objects().iter().map(worker::Object::key));
                // A page holds at most 1,000 names and says where the next one starts.
                cursor = page.cursor().filter(|_| page.truncated());
                if cursor.is_none() {
                    keys.sort_unstable();
                    return Ok(keys);
                }
            }
        })
    }
}
