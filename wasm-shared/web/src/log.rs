//! What is written to the log: one JSON line a request (id, method, route, status, duration, cache hit), and a line for what
//! an operator has to know. Never a header, a query or a body of a caller, so never a secret.

use std::fmt;

use http::{Method, Response};
use platform::Platform;
use serde_json::json;

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
        line["error"] = Cause::of(error).0.into();
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

/// Set in a response's extensions by a handler that needed the snapshot: whether the instance still had it in memory.
#[derive(Debug, Clone, Copy)]
pub struct CacheHit(pub bool);

/// The reason of a failure on its way from a problem to the log, beside the answer and never in it.
#[derive(Debug, Clone)]
pub(crate) struct Cause(String);

impl Cause {
    /// As much of a reason as a log line needs.
    pub(crate) fn of(reason: &dyn fmt::Display) -> Self {
        Self(reason.to_string().chars().filter(|c| !c.is_control()).take(300).collect())
    }
}

pub(crate) struct Line<'a> {
    pub id: &'a str,
    pub method: &'a Method,
    pub route: Option<&'a str>,
    pub milliseconds: i64,
}

impl Line<'_> {
    pub(crate) fn write<B>(self, platform: &Platform, response: &Response<B>) {
        let mut line = json!({
            "id": self.id,
            "method": self.method.as_str(),
            "route": self.route.unwrap_or("unknown"),
            "status": response.status().as_u16(),
            "duration_ms": self.milliseconds,
            "cache_hit": response.extensions().get::<CacheHit>().map(|hit| hit.0),
        });
        if let Some(Cause(reason)) = response.extensions().get() {
            line["error"] = reason.as_str().into();
        }
        platform.log().line(&line);
    }
}
