//! The service that takes log lines, and the form of lines that are a sentence.

use std::fmt;

use serde_json::json;

use crate::{Platform, service::service};

/// Where log lines go: one JSON object a line, for the platform's own collector.
pub trait Log: Send + Sync {
    /// Writes one line.
    fn line(&self, line: &serde_json::Value);
}

service!(Log, log, "log", "Where log lines go.");

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// What happened.
    Info,
    /// What the operator should look at.
    Warning,
    /// What failed.
    Error,
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Logs a sentence, and beside it the reason that a store or another server gave.
pub fn line(platform: &Platform, level: Level, message: &str, error: Option<&dyn fmt::Display>) {
    let mut line = json!({"level": level.name(), "message": message});
    if let Some(error) = error {
        line["error"] = reason(error).into();
    }
    platform.log().line(&line);
}

/// Logs what happened.
pub fn info(platform: &Platform, message: &str) {
    line(platform, Level::Info, message, None);
}

/// Logs what the operator should look at.
pub fn warning(platform: &Platform, message: &str, error: Option<&dyn fmt::Display>) {
    line(platform, Level::Warning, message, error);
}

/// Logs what failed, and why.
pub fn error(platform: &Platform, message: &str, error: &dyn fmt::Display) {
    line(platform, Level::Error, message, Some(error));
}

/// As much of a reason as a log line needs.
pub fn reason(error: &dyn fmt::Display) -> String {
    error.to_string().chars().filter(|c| !c.is_control()).take(300).collect()
}
