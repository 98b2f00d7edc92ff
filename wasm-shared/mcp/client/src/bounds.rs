//! How much a server may send, and how long it may take.

use std::time::Duration;

use bounded_json::Limits;

/// How much a server may send, and how long it may take, for one of its answers. Beyond a bound it has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// For one answer, with everything that it takes: connecting, redirects, a stream that is taken up again.
    pub time: Duration,
    /// Bytes of one message.
    pub message_bytes: usize,
    /// Notifications and requests that come before the answer.
    pub events: usize,
    /// Redirects that are followed, one after the other.
    pub redirects: usize,
    /// How often a stream that broke off is taken up again.
    pub resumptions: usize,
    /// Pages of a list.
    pub pages: usize,
    /// Entries of a list.
    pub entries: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(30),
            message_bytes: 4 << 20,
            events: 10_000,
            redirects: 3,
            resumptions: 5,
            pages: 50,
            entries: 1_000,
        }
    }
}

impl Bounds {
    /// What a message may hold as a tree of values.
    pub(crate) const fn of_message(&self) -> Limits {
        Limits {
            bytes: self.message_bytes,
            depth: 64,
            containers: 60_000,
            members: 60_000,
            values: 300_000,
            text_bytes: self.message_bytes,
        }
    }
}
