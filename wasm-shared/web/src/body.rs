//! Reading bodies: their size, type and content are checked before anything is built of them.

use std::fmt::Display;

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
};
use bounded_json::{Limits, Quantity, Refused};
use http::{HeaderMap, StatusCode, header};
use http_body_util::LengthLimitError;
use serde_json::{Map, Value};

use crate::{FieldProblem, Operation, Problem, media};

/// The largest body of any operation: 1 MiB, about eleven years of daily snapshot.
pub const LARGEST_BODY: usize = 1 << 20;

/// The limits of a body whose operation names no others.
pub const SMALL: Limits =
    Limits { bytes: 64 << 10, depth: 8, containers: 100, members: 500, values: 5_000, text_bytes: 64 << 10 };

/// The limits of the body of a forecast: each of its 13 vectors has up to 7,300 numbers.
pub const FORECAST: Limits = Limits {
    bytes: LARGEST_BODY,
    depth: 8,
    containers: 100,
    members: 500,
    values: 100_000,
    text_bytes: 512 << 10,
};

/// The limits of a snapshot in its JSON form.
pub const SNAPSHOT: Limits = Limits {
    bytes: LARGEST_BODY,
    depth: 8,
    containers: 200,
    members: 500,
    values: 200_000,
    text_bytes: 64 << 10,
};

/// A JSON body as it came, checked for its type and for what it holds but not yet read.
pub struct RawBody(pub Vec<u8>);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let limits = limits_of(&request);
        let bytes = collect(request, &limits).await?;
        bounded_json::check(&bytes, &limits).map_err(refusal)?;
        Ok(Self(bytes))
    }
}

/// A body that is one JSON object; no body at all is the empty object.
pub struct JsonObject(pub Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let limits = limits_of(&request);
        let bytes = collect(request, &limits).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Map::new()));
        }
        let document = bounded_json::read(&bytes, &limits).map_err(|error| match error {
            Refused::TooMuch(excess) => refusal(excess),
            Refused::Malformed(error) => malformed(format_args!(
                "The body is not valid JSON ({error}). NaN and Infinity are not JSON numbers."
            )),
        })?;
        match document.value {
            Value::Object(object) if document.repeated.is_empty() => Ok(Self(object)),
            Value::Object(_) => Err(Problem::invalid(document.repeated.into_iter().map(repeated).collect())),
            _ => Err(Problem::invalid(vec![FieldProblem {
                pointer: String::new(),
                detail: "The body must be a JSON object, such as {} or {\"rbp\": 4.0}.".to_owned(),
            }])),
        }
    }
}

/// The limits of the body of the request's operation.
fn limits_of(request: &Request) -> Limits {
    request.extensions().get::<&'static Operation>().map_or(SMALL, |operation| operation.body)
}

/// The bytes of a body that is declared as JSON and not compressed.
async fn collect(request: Request, limits: &Limits) -> Result<Vec<u8>, Problem> {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let declared = length.and_then(|value| value.to_str().ok()).and_then(|value| value.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limits.bytes as u64) {
        return Err(too_large(limits.bytes));
    }
    let encoded = is_encoded(request.headers());
    let typed = request.headers().get(header::CONTENT_TYPE).is_none_or(media::is_json);
    let bytes =
        to_bytes(request.into_body(), limits.bytes).await.map_err(|error| unread(error, limits.bytes))?;
    // Without a body there is nothing whose type could be wrong.
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    if encoded {
        return Err(unsupported(
            "CONTENT_ENCODING_UNSUPPORTED",
            "A compressed body is not read: send it without the header `Content-Encoding`.",
        ));
    }
    if !typed {
        return Err(unsupported(
            "UNSUPPORTED_MEDIA_TYPE",
            "The body must be JSON: send it with the header `Content-Type: application/json`.",
        ));
    }
    Ok(bytes.into())
}

/// `identity` is the name of no encoding at all (RFC 9110, 8.4.1).
fn is_encoded(headers: &HeaderMap) -> bool {
    let is_identity = |value: &str| value.split(',').all(|name| name.trim().eq_ignore_ascii_case("identity"));
    headers.get_all(header::CONTENT_ENCODING).iter().any(|value| !value.to_str().is_ok_and(is_identity))
}

fn repeated(pointer: String) -> FieldProblem {
    FieldProblem { pointer, detail: "is given twice; give it once".to_owned() }
}

/// A body that is too long, or one that its sender broke off.
fn unread(error: axum::Error, limit: usize) -> Problem {
    if error.into_inner().is::<LengthLimitError>() {
        return too_large(limit);
    }
    Problem::new(
        StatusCode::BAD_REQUEST,
        "BODY_UNREADABLE",
        "The body ended before it was complete; send it again.",
    )
}

/// A body that holds more than its operation reads.
fn refusal(excess: bounded_json::Excess) -> Problem {
    match excess.quantity {
        Quantity::Bytes => too_large(excess.limit),
        Quantity::Depth => malformed(format_args!(
            "The body {excess}, and no JSON that is read here does. Take the inner ones out."
        )),
        _ => Problem::invalid(vec![FieldProblem {
            pointer: String::new(),
            detail: format!(
                "The body {excess}, which is more than this path reads. Send numbers in place of constant vectors, and no \
                 fields but the documented ones."
            ),
        }]),
    }
}

fn malformed(detail: impl Display) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "MALFORMED_JSON", detail.to_string())
}

fn too_large(limit: usize) -> Problem {
    let excess = bounded_json::Excess { quantity: Quantity::Bytes, limit };
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "BODY_TOO_LARGE",
        format!("The body {excess}. Send numbers in place of constant vectors, or fewer digits."),
    )
}

fn unsupported(code: &'static str, detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, detail)
}
