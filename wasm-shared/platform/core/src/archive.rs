use crate::{Answer, deadline::Bounded, service::service};

/// Objects kept for long and read seldom.
pub trait Archive: Send + Sync {
    /// An object's bytes, or `None` where there is none.
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>>;
    /// Stores an object, whole, in the place of one of that name.
    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()>;
    /// Removes an object. One that is not there is no error.
    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()>;
    /// The keys that start with `prefix`, sorted.
    fn list<'a>(&'a self, prefix: &'a str) -> Answer<'a, Vec<String>>;
}

service!(Archive, archive, "archive", "Objects kept for long.", bounded);

impl Archive for Bounded<dyn Archive> {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.call(self.service.get(key))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        self.call(self.service.put(key, value))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        self.call(self.service.delete(key))
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Answer<'a, Vec<String>> {
        self.call(self.service.list(prefix))
    }
}
