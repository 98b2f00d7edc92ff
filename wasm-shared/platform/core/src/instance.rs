use std::sync::{Mutex, MutexGuard, PoisonError};

/// Values that live as long as the instance (an isolate, a component's instance, a test's server), one of each type:
/// the decoded snapshot, for example, so that requests after the first need no store.
///
/// Several requests may be under way in one instance; each takes a clone and keeps it to its end, so that a reply
/// never mixes two values. It is part of a [`crate::Platform`] and not a static, so that two servers in one test
/// process do not share it.
#[derive(Default)]
pub struct InstanceMemory(Mutex<http::Extensions>);

impl InstanceMemory {
    fn lock(&self) -> MutexGuard<'_, http::Extensions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value of this type, if one was remembered.
    pub fn get<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.lock().get().cloned()
    }

    /// Remembers a value in the place of the one of this type before it.
    pub fn set<T: Clone + Send + Sync + 'static>(&self, value: T) {
        self.lock().insert(value);
    }
}
