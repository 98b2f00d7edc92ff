//! Media types: what a body is, and what a caller accepts.

use axum::extract::FromRequestParts;
use headers_accept::Accept;
use http::{HeaderValue, StatusCode, header, request::Parts};
use mediatype::{MediaType, ReadParams as _, names};

use crate::Problem;

const JSON: MediaType<'static> = MediaType::new(names::APPLICATION, names::JSON);
const CSV: MediaType<'static> = MediaType::new(names::TEXT, names::CSV);

/// Whether a `Content-Type` is JSON: `application/json`, or a kind of it such as `application/vnd.api+json`.
pub(crate) fn is_json(content_type: &HeaderValue) -> bool {
    let Some(kind) = content_type.to_str().ok().and_then(|value| MediaType::parse(value.trim()).ok()) else {
        return false;
    };
    kind.essence() == JSON || (kind.ty == names::APPLICATION && kind.suffix == Some(names::JSON))
}

/// The form that the caller accepts: JSON or CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/json`, the default.
    Json,
    /// `text/csv`.
    Csv,
}

impl<S: Send + Sync> FromRequestParts<S> for Format {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut accepted =
            parts.headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let Some(first) = accepted.next() else { return Ok(Self::Json) };
        let all = accepted.fold(first.to_owned(), |all, next| all + "," + next);
        let not_acceptable = || {
            Problem::new(
                StatusCode::NOT_ACCEPTABLE,
                "NOT_ACCEPTABLE",
                "This answer comes as `application/json` or `text/csv`; name one of them in `Accept`, or leave it out.",
            )
        };
        if all.trim().is_empty() {
            return Ok(Self::Json);
        }
        let accept: Accept = understood(&all).parse().map_err(|_| not_acceptable())?;
        let offers = [&JSON, &CSV];
        match accept.negotiate(offers) {
            Some(chosen) if *chosen == CSV => Ok(Self::Csv),
            Some(_) => Ok(Self::Json),
            None => Err(not_acceptable()),
        }
    }
}

/// The media ranges of an `Accept` header with their weights, without what would keep them from being compared: other
/// parameters (`charset=utf-8`, of which there is but one), and entries that are none (Java's `*; q=.2`).
fn understood(accept: &str) -> String {
    let ranges = accept.split(',').filter_map(|entry| {
        let range = MediaType::parse(entry.trim()).ok()?;
        let weight = range.get_param(names::Q).map(|weight| format!(";q={weight}")).unwrap_or_default();
        Some(format!("{}{weight}", range.essence()))
    });
    ranges.collect::<Vec<_>>().join(",")
}
