use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use platform::Platform;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{Problem, QueryPairs};

/// The query parameter that may carry the key where `ALLOW_ADMIN_KEY_IN_QUERY` says so. Routes with parameters of their own
/// leave it to [`Admin`].
pub const ADMIN_KEY: &str = "admin_key";

/// Proof that the caller knows `ADMIN_API_KEY`. A handler that takes it runs for the operator only.
pub struct Admin(());

impl FromRequestParts<Platform> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let unavailable = |error| Problem::unavailable(&error);
        let expected = platform.config().get("ADMIN_API_KEY").await.map_err(unavailable)?;
        // A key that comes from a file often has the file's last line break.
        let Some(expected) = expected.as_deref().map(str::trim).filter(|key| !key.is_empty()) else {
            return Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "ADMIN_DISABLED",
                "Administration is closed because no ADMIN_API_KEY is set. Set it as a secret and deploy again.",
            ));
        };
        let QueryPairs(query) = QueryPairs::from_request_parts(parts, platform).await?;
        let in_query = query.into_iter().find(|(name, _)| name == ADMIN_KEY).map(|(_, value)| value);
        let may_be_in_query =
            platform.config().is_on("ALLOW_ADMIN_KEY_IN_QUERY", false).await.map_err(unavailable)?;
        if in_query.is_some() && !may_be_in_query {
            return Err(unauthorized(
                "ADMIN_KEY_IN_QUERY",
                "A key in the URL ends up in logs and histories, so it is refused there. Send it as `Authorization: Bearer <key>`.",
            ));
        }
        let in_query = in_query.filter(|key| !key.is_empty());
        let Some(given) = key_of(&parts.headers).map(str::to_owned).or(in_query) else {
            return Err(unauthorized(
                "ADMIN_KEY_MISSING",
                "Send the admin key as `Authorization: Bearer <key>`.",
            ));
        };
        if is_same(&given, expected) {
            Ok(Self(()))
        } else {
            Err(unauthorized("ADMIN_KEY_WRONG", "This is not the admin key of this deployment."))
        }
    }
}

fn unauthorized(code: &'static str, detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, detail)
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"admin\""))
}

fn key_of(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text("authorization").and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    bearer.or_else(|| text("x-admin-key").map(str::trim)).filter(|key| !key.is_empty())
}

/// Compares digests in constant time: neither the length nor a common beginning of the key can be measured.
fn is_same(given: &str, expected: &str) -> bool {
    Sha256::digest(given).ct_eq(&Sha256::digest(expected)).into()
}
