//! What is written to the log: one JSON line a request (id, method, route, status, duration, cache hit), and a line for what
//! an operator has to know. Never a header, a query or a body of a caller, so never a secret.

use std::fmt;

use http::{Method, Response};
use platform::Platform;
pub use platform::log::{Level, error, info, line, warning};
use serde_json::json;

/// Set in a response's extensions by a handler that needed the snapshot: whether the instance still had it in memory.
#[derive(Debug, Clone, Copy)]
pub struct CacheHit(pub bool);

/// The reason of a failure on its way from a problem to the log, beside the answer and never in it.
#[derive(Debug, Clone)]
pub(crate) struct Cause(String);

impl Cause {
    pub(crate) fn of(reason: &dyn fmt::Display) -> Self {
        Self(platform::log::reason(reason))
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
