use std::{collections::BTreeSet, fmt};

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
};
use http::{HeaderMap, StatusCode, header};
use http_body_util::LengthLimitError;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::{FieldProblem, Problem};

/// The largest body that is read: 1 MiB, about eleven years of daily snapshot.
pub const LARGEST_BODY: usize = 1 << 20;

/// A JSON body as it came, checked for its type and its size but not yet read.
pub struct RawBody(pub Vec<u8>);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let declared =
            length.and_then(|value| value.to_str().ok()).and_then(|value| value.parse::<u64>().ok());
        if declared.is_some_and(|length| length > LARGEST_BODY as u64) {
            return Err(too_large());
        }
        let typed = is_json_or_untyped(request.headers());
        let bytes = to_bytes(request.into_body(), LARGEST_BODY).await.map_err(unread)?;
        // Without a body there is nothing whose type could be wrong.
        if !typed && !bytes.is_empty() {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "The body must be JSON: send it with the header `Content-Type: application/json`.",
            ));
        }
        Ok(Self(bytes.into()))
    }
}

/// A body that is one JSON object; no body at all is the empty object.
pub struct JsonObject(pub Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let RawBody(bytes) = RawBody::from_request(request, state).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Map::new()));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Object::Of(object)) => Ok(Self(object)),
            Ok(Object::Twice(names)) => Err(Problem::invalid(names.iter().map(|name| twice(name)).collect())),
            // A list, or a number; unless it breaks off too.
            Err(error) if error.is_data() && serde_json::from_slice::<IgnoredAny>(&bytes).is_ok() => {
                Err(Problem::invalid(vec![FieldProblem {
                    pointer: String::new(),
                    detail: "The body must be a JSON object, such as {} or {\"rbp\": 4.0}.".to_owned(),
                }]))
            }
            Err(error) => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "MALFORMED_JSON",
                format!("The body is not valid JSON ({error}). NaN and Infinity are not JSON numbers."),
            )),
        }
    }
}

fn twice(name: &str) -> FieldProblem {
    // RFC 6901, 3: `~` and `/` in a name are written `~0` and `~1`.
    let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    FieldProblem { pointer, detail: "is given twice; give it once".to_owned() }
}

/// An object as it was sent. JSON lets a name stand twice, and parsers then take the last one without a word.
enum Object {
    Of(Map<String, Value>),
    Twice(BTreeSet<String>),
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Object, A::Error> {
                let mut object = Map::new();
                let mut twice = BTreeSet::new();
                while let Some((name, value)) = members.next_entry::<String, Value>()? {
                    if object.insert(name.clone(), value).is_some() {
                        twice.insert(name.chars().take(80).collect());
                    }
                }
                Ok(if twice.is_empty() { Object::Of(object) } else { Object::Twice(twice) })
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// A body that is too long, or one that its sender broke off.
fn unread(error: axum::Error) -> Problem {
    if error.into_inner().is::<LengthLimitError>() {
        return too_large();
    }
    Problem::new(
        StatusCode::BAD_REQUEST,
        "BODY_UNREADABLE",
        "The body ended before it was complete; send it again.",
    )
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "BODY_TOO_LARGE",
        "The body is larger than 1 MiB. Send numbers in place of constant vectors, or fewer digits.",
    )
}

fn is_json_or_untyped(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let Ok(value) = value.to_str() else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
