use crate::{Answer, deadline::Bounded, service::service};

/// Small values, read mostly, that may be a minute old: on Cloudflare a key takes one write a second and readers
/// elsewhere see it late. Never for locks, counters or revocations.
pub trait Cache: Send + Sync {
    /// The value of a key, or `None` where there is none.
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>>;
    /// Sets a key, whole: readers see the old value or the new one.
    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()>;
    /// Removes a key. A key that is not there is no error.
    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()>;
}

service!(Cache, cache, "cache", "Small values, read mostly.", bounded);

impl Cache for Bounded<dyn Cache> {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.call(self.service.get(key))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        self.call(self.service.put(key, value))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        self.call(self.service.delete(key))
    }
}
