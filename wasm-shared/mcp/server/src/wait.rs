//! Waiting within one request, for a tool that is not done and a client that takes no tasks.

use crate::{Host, Waiting, tasks::SHORTEST_PAUSE_MS};

/// The time that a client waits for one answer while its tool is called again and again.
pub(crate) struct Wait<'a, S> {
    host: &'a S,
    begun_ms: Option<u64>,
    /// The pauses so far, for a host without a clock or whose clock stands.
    paused_ms: u64,
    longest_ms: u64,
}

impl<'a, S: Host> Wait<'a, S> {
    pub(crate) fn new(host: &'a S, longest_ms: u64) -> Self {
        Self { host, begun_ms: host.now_ms(), paused_ms: 0, longest_ms }
    }

    /// A pause of `ms`, unless it would make the wait too long, or the host cannot wait.
    pub(crate) fn pause(&mut self, ms: u64) -> Option<Waiting> {
        let ms = ms.max(SHORTEST_PAUSE_MS);
        let passed =
            self.begun_ms.zip(self.host.now_ms()).map_or(0, |(begun, now)| now.saturating_sub(begun));
        let waited = passed.max(self.paused_ms).saturating_add(ms);
        self.paused_ms = self.paused_ms.saturating_add(ms);
        if waited > self.longest_ms { None } else { self.host.wait(ms) }
    }
}
