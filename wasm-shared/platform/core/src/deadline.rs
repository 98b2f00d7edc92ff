//! The deadline of each call to a service: a store that hangs counts as one that failed.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use crate::{Answer, Config, OutsideError, Service, Sleep, within};

/// The variable that says how many milliseconds a call may take.
pub const VARIABLE: &str = "STORE_TIMEOUT_MS";
/// How many it may take where the variable is not set, or cannot be read.
pub const DEFAULT_MS: u64 = 2_000;
const DEFAULT: Duration = Duration::from_millis(DEFAULT_MS);
/// What the variable accepts.
pub const RANGE_MS: (u64, u64) = (1, 60_000);

/// A call of an operator's request or of the clock may take this much longer: it writes, and no other caller waits for it.
pub(crate) const PATIENCE: u32 = 5;

/// How long each call to a service may take.
#[derive(Clone)]
pub struct Deadline {
    sleep: Arc<dyn Sleep>,
    config: Arc<dyn Config>,
    /// Read once, at the first call.
    limit: Arc<OnceLock<Duration>>,
    times: u32,
}

impl Deadline {
    pub(crate) fn new(sleep: Arc<dyn Sleep>, config: Arc<dyn Config>) -> Self {
        Self { sleep, config, limit: Arc::default(), times: 1 }
    }

    pub(crate) fn patient(&self) -> Self {
        Self { times: PATIENCE, ..self.clone() }
    }

    /// How long a call may take.
    pub(crate) async fn limit(&self) -> Duration {
        let limit = match self.limit.get() {
            Some(limit) => *limit,
            // An instance that cannot read its variables at its first call goes on with the default.
            None => *self.limit.get_or_init({
                let read = within(&*self.sleep, DEFAULT, self.config.get(VARIABLE));
                let value = read.await.and_then(Result::ok).flatten();
                move || Duration::from_millis(milliseconds(value.as_deref()))
            }),
        };
        limit * self.times
    }

    /// What `work` gives, if that comes in time.
    pub(crate) async fn keep<T, E: From<OutsideError>>(
        &self,
        service: &'static str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.keep_to(self.limit().await, service, work).await
    }

    async fn keep_to<T, E: From<OutsideError>>(
        &self,
        limit: Duration,
        service: &'static str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        within(&*self.sleep, limit, work).await.unwrap_or_else(|| {
            let reason = format_args!("did not answer within {} ms", limit.as_millis());
            Err(OutsideError::new(service, reason).into())
        })
    }
}

fn milliseconds(value: Option<&str>) -> u64 {
    let (least, most) = RANGE_MS;
    let number = value.and_then(|value| value.trim().parse().ok());
    number.filter(|number| (least..=most).contains(number)).unwrap_or(DEFAULT_MS)
}

/// A service, each of whose calls has a deadline: `STORE_TIMEOUT_MS`, five times that of a [patient](crate::Platform::patient)
/// platform.
pub(crate) struct Bounded<S: ?Sized> {
    pub(crate) service: Arc<S>,
    deadline: Deadline,
}

impl<S: Service + ?Sized> Bounded<S> {
    pub(crate) const fn new(service: Arc<S>, deadline: Deadline) -> Self {
        Self { service, deadline }
    }

    /// A call, with the deadline. It begins when it is waited for.
    pub(crate) fn call<'a, T: Send + 'a>(&'a self, answer: Answer<'a, T>) -> Answer<'a, T> {
        Box::pin(self.deadline.keep(S::NAME, answer))
    }

    /// The same for what cannot be configured: the variables themselves.
    pub(crate) fn call_by_default<'a, T: Send + 'a>(&'a self, answer: Answer<'a, T>) -> Answer<'a, T> {
        Box::pin(self.deadline.keep_to(DEFAULT, S::NAME, answer))
    }
}
