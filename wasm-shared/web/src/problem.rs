use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::log::Cause;

/// An error as the caller sees it: RFC 9457 `application/problem+json`.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A name for the kind of problem: `urn:mechafil-edge:problem:` and the code in lower case, or a registered one.
    #[serde(rename = "type")]
    kind: String,
    /// The HTTP status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A sentence that says what to do.
    detail: Cow<'static, str>,
    /// A stable name for programs, in `UPPER_SNAKE`.
    code: &'static str,
    /// For a request with bad values: every one of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// For a spent quota: the limits without room, `minute` or `day`.
    #[serde(rename = "violated-policies", skip_serializing_if = "Violated::is_none")]
    #[schema(value_type = Vec<String>)]
    violated_policies: Violated,
    #[serde(skip)]
    #[schema(ignore)]
    beside: Option<Box<Beside>>,
}

/// Limits that have no room for a request.
#[derive(Debug, Clone, Copy, Default)]
struct Violated {
    minute: bool,
    day: bool,
}

impl Violated {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    const fn is_none(&self) -> bool {
        !self.minute && !self.day
    }
}

/// A list of their names.
impl Serialize for Violated {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = [("minute", self.minute), ("day", self.day)];
        serializer.collect_seq(names.into_iter().filter_map(|(name, is)| is.then_some(name)))
    }
}

/// The parts of a problem that are not in its body. In a type of their own, because few problems have any.
#[derive(Debug, Clone, Default)]
struct Beside {
    headers: HeaderMap,
    cause: Option<Cause>,
}

/// The most bad values that one answer names: a refusal must not be much larger than what it refuses.
pub const MOST_ERRORS: usize = 50;

/// One bad value of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// Where it is: a JSON Pointer into the body (`/rbp`), or `?name` for a query parameter.
    pub pointer: String,
    /// What is wrong with it, and what would be right.
    pub detail: String,
}

impl FieldProblem {
    /// What is wrong with a parameter of the query. A long name is cut.
    #[must_use]
    pub fn in_query(name: &str, detail: impl Into<String>) -> Self {
        let name: String = name.chars().take(80).collect();
        Self { pointer: format!("?{name}"), detail: detail.into() }
    }
}

impl Problem {
    /// A problem with a status, a stable code, and a sentence that says what to do.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: format!("urn:mechafil-edge:problem:{}", code.to_ascii_lowercase().replace('_', "-")),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            code,
            errors: Vec::new(),
            violated_policies: Violated::default(),
            beside: None,
        }
    }

    /// 422: the request was understood, and these values are not possible. The first [`MOST_ERRORS`] of them are named.
    #[must_use]
    pub fn invalid(mut errors: Vec<FieldProblem>) -> Self {
        let found = errors.len();
        let detail = match errors.as_slice() {
            [only] if only.pointer.is_empty() => only.detail.clone(),
            [only] => format!("{}: {}", only.pointer, only.detail),
            _ if found > MOST_ERRORS => {
                format!("{found} values of the request are not valid; `errors` has the first {MOST_ERRORS}.")
            }
            _ => format!("{found} values of the request are not valid; see `errors`."),
        };
        errors.truncate(MOST_ERRORS);
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "INVALID_REQUEST", detail) }
    }

    /// 429: the caller's quota has no room for the request in these limits (draft-ietf-httpapi-ratelimit-headers-10, 6.1).
    pub fn quota_exceeded(violated: &[&str], detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: "https://iana.org/assignments/http-problem-types#quota-exceeded".to_owned(),
            violated_policies: Violated {
                minute: violated.contains(&"minute"),
                day: violated.contains(&"day"),
            },
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "QUOTA_EXCEEDED", detail)
        }
    }

    /// 503: something that this service stands on did not answer. The reason goes to the log, not to the caller.
    pub fn unavailable(error: &platform::OutsideError) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "STORAGE_UNAVAILABLE",
            format!("The {} did not answer. Nothing was lost; please try again in a moment.", error.service),
        )
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("5"))
        .with_cause(error)
    }

    /// The stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence that says what to do, for where it is told in another form than this.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// With a header in the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.beside.get_or_insert_default().headers.insert(name, value);
        self
    }

    /// With a reason for the operator's log, which the caller does not see.
    #[must_use]
    pub fn with_cause(mut self, cause: &dyn std::fmt::Display) -> Self {
        self.beside.get_or_insert_default().cause = Some(Cause::of(cause));
        self
    }
}

/// A reason as a sentence: with a full stop, and a capital letter where it begins with a word.
#[must_use]
pub fn sentence(reason: &str) -> String {
    let mut letters = reason.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // A problem holds only strings and numbers, so this cannot fail; were it to, the status still says what is.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(beside) = self.beside {
            headers.extend(beside.headers);
            if let Some(cause) = beside.cause {
                response.extensions_mut().insert(cause);
            }
        }
        response
    }
}
