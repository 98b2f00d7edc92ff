use axum::extract::{FromRequestParts, Path};
use http::{StatusCode, request::Parts};

use crate::Problem;

/// The one parameter of a route's path (`/admin/snapshots/{date}`), decoded.
pub struct PathParameter(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathParameter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Path::from_request_parts(parts, state).await.map(|Path(value)| Self(value)).map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "MALFORMED_PATH",
                "The path cannot be read: what stands behind % in it must spell UTF-8.",
            )
        })
    }
}
