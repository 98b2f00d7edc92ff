use axum::extract::{FromRequestParts, Query};
use http::{StatusCode, request::Parts};

use crate::Problem;

/// The query of a request as it came: names and values, decoded, in order.
pub struct QueryPairs(pub Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for QueryPairs {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|Query(pairs)| Self(pairs)).map_err(
            |error| {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    "MALFORMED_QUERY",
                    format!("The query cannot be read: {error}."),
                )
            },
        )
    }
}
