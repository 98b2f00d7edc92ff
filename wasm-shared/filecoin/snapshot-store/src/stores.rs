use std::time::Duration;

use platform::{Outcome, OutsideError, Platform, Statement, within};

use crate::settings;

/// The stores, each call with a deadline: a store that hangs counts as one that failed.
pub struct Stores<'a> {
    pub(crate) platform: &'a Platform,
    /// How long one call may take.
    pub(crate) limit: Duration,
}

impl<'a> Stores<'a> {
    /// For requests that only read (`STORE_TIMEOUT_MS`).
    pub async fn for_reading(platform: &'a Platform) -> Self {
        Self { platform, limit: settings::reading_time(platform).await }
    }

    /// For the operator and for the clock: five times as long.
    pub async fn for_writing(platform: &'a Platform) -> Self {
        Self { platform, limit: settings::writing_time(platform).await }
    }

    /// The platform whose stores these are.
    #[must_use]
    pub const fn platform(&self) -> &'a Platform {
        self.platform
    }

    /// The same stores, with another deadline.
    pub(crate) const fn with_limit(&self, limit: Duration) -> Self {
        Self { platform: self.platform, limit }
    }

    /// The result of `call`, if it comes in time.
    ///
    /// # Errors
    /// Those of the call; and one of `service` when the deadline has passed.
    pub async fn call<T, E: From<OutsideError>>(
        &self,
        service: &'static str,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let late = || {
            OutsideError::new(service, format_args!("did not answer within {} ms", self.limit.as_millis()))
        };
        within(self.platform.sleep(), self.limit, call).await.unwrap_or_else(|| Err(late().into()))
    }

    /// [`platform::Database::run`] with the deadline.
    ///
    /// # Errors
    /// When the database fails, or is late.
    pub async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, OutsideError> {
        self.call("database", self.platform.database().run(statements)).await
    }

    /// [`platform::migrate`] with the deadline.
    ///
    /// # Errors
    /// When the database fails, or is late.
    pub async fn migrate(&self, owner: &'static str, versions: &[&'static str]) -> Result<(), OutsideError> {
        self.call("database", platform::migrate(self.platform, owner, versions)).await
    }

    pub(crate) async fn cached(&self, key: &str) -> Result<Option<Vec<u8>>, OutsideError> {
        self.call("cache", self.platform.cache().get(key)).await
    }

    pub(crate) async fn cache(&self, key: &str, value: &[u8]) -> Result<(), OutsideError> {
        self.call("cache", self.platform.cache().put(key, value)).await
    }

    pub(crate) async fn uncache(&self, key: &str) -> Result<(), OutsideError> {
        self.call("cache", self.platform.cache().delete(key)).await
    }

    pub(crate) async fn archived(&self, key: &str) -> Result<Option<Vec<u8>>, OutsideError> {
        self.call("archive", self.platform.archive().get(key)).await
    }

    pub(crate) async fn archive(&self, key: &str, value: &[u8]) -> Result<(), OutsideError> {
        self.call("archive", self.platform.archive().put(key, value)).await
    }

    pub(crate) async fn unarchive(&self, key: &str) -> Result<(), OutsideError> {
        self.call("archive", self.platform.archive().delete(key)).await
    }

    pub(crate) async fn archive_keys(&self, prefix: &str) -> Result<Vec<String>, OutsideError> {
        self.call("archive", self.platform.archive().list(prefix)).await
    }
}
