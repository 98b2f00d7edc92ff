use http_body_util::BodyExt as _;

use super::{Bindings, on_this_thread};
use crate::{Answer, Archive, Assets, Cache, OutsideError};

fn cache_error(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("cache", error)
}

fn archive_error(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("archive", error)
}

impl Bindings {
    fn store(&self) -> Result<worker::KvStore, OutsideError> {
        self.0.kv("CACHE").map_err(cache_error)
    }

    fn bucket(&self) -> Result<worker::Bucket, OutsideError> {
        self.0.bucket("ARCHIVE").map_err(archive_error)
    }
}

/// Workers KV.
impl Cache for Bindings {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        on_this_thread(async move { self.store()?.get(key).bytes().await.map_err(cache_error) })
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        on_this_thread(async move {
            self.store()?.put_bytes(key, value).map_err(cache_error)?.execute().await.map_err(cache_error)
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        on_this_thread(async move { self.store()?.delete(key).await.map_err(cache_error) })
    }
}

/// R2.
impl Archive for Bindings {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        on_this_thread(async move {
            let Some(object) = self.bucket()?.get(key).execute().await.map_err(archive_error)? else {
                return Ok(None);
            };
            let Some(body) = object.body() else { return Ok(None) };
            body.bytes().await.map(Some).map_err(archive_error)
        })
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        on_this_thread(async move {
            self.bucket()?.put(key, value.to_vec()).execute().await.map_err(archive_error)?;
            Ok(())
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        on_this_thread(async move { self.bucket()?.delete(key).await.map_err(archive_error) })
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
                let page = page.execute().await.map_err(archive_error)?;
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

/// Workers static assets.
impl Assets for Bindings {
    fn get<'a>(&'a self, path: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        let failed = |error: &dyn std::fmt::Display| OutsideError::new("assets", error);
        on_this_thread(async move {
            // A function deployed as a Worker of its own may have no assets at all.
            let Ok(assets) = self.0.assets("ASSETS") else { return Ok(None) };
            // The binding looks at the path only; the host is any.
            let response = assets
                .fetch(format!("https://assets.invalid/{path}"), None)
                .await
                .map_err(|error| failed(&error))?;
            match response.status().as_u16() {
                200 => {
                    let bytes = response.into_body().collect().await.map_err(|error| failed(&error))?;
                    Ok(Some(bytes.to_bytes().to_vec()))
                }
                404 => Ok(None),
                status => Err(failed(&format_args!("{path} answered {status}"))),
            }
        })
    }
}
