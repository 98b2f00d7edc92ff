//! One JSON line a request: id, method, route, status, duration, cache hit. Never a header, a query or a body, so
//! never a secret.

use http::{HeaderName, Method, Response, header};
use platform::Platform;
use serde_json::json;

/// Set in a response's extensions by a handler that needed the snapshot: whether the instance still had it in memory.
#[derive(Debug, Clone, Copy)]
pub struct CacheHit(pub bool);

/// Carries the reason of a failure from a problem to the log; it is taken off before the answer leaves.
pub(crate) const CAUSE: HeaderName = HeaderName::from_static("x-internal-cause");

pub(crate) struct Line<'a> {
    pub id: &'a str,
    pub method: &'a Method,
    pub route: Option<&'a str>,
    pub milliseconds: i64,
}

impl Line<'_> {
    pub(crate) fn write<B>(self, platform: &Platform, response: &mut Response<B>) {
        let cause = response.headers_mut().remove(CAUSE);
        let mut line = json!({
            "id": self.id,
            "method": self.method.as_str(),
            "route": self.route.unwrap_or("unknown"),
            "status": response.status().as_u16(),
            "duration_ms": self.milliseconds,
            "cache_hit": response.extensions().get::<CacheHit>().map(|hit| hit.0),
        });
        if let Some(length) = response.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()) {
            line["bytes"] = length.parse::<u64>().unwrap_or_default().into();
        }
        if let Some(cause) = cause.as_ref().and_then(|value| value.to_str().ok()) {
            line["error"] = cause.into();
        }
        platform.log.line(&line);
    }
}
