use crate::service::service;

/// Where log lines go: one JSON object a line, for the platform's own collector.
pub trait Log: Send + Sync {
    /// Writes one line.
    fn line(&self, line: &serde_json::Value);
}

service!(Log, log, "log", "Where log lines go.");
