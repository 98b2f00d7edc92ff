use chrono::{DateTime, Utc};

use crate::service::service;

/// The time. On Workers it stands still between two calls to the outside (a defence against timing attacks), so
/// durations measured with it there count waiting, not computing.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
}

service!(Clock, clock, "clock", "The time.");
