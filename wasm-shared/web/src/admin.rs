//! The operator, who proves to be one by `ADMIN_API_KEY`.

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use platform::{OutsideError, Platform};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{
    Problem, QueryPairs,
    settings::{ADMIN_API_KEY, ALLOW_ADMIN_KEY_IN_QUERY, Setting as _},
};

/// The code of the refusal of a key in the URL.
pub const IN_QUERY: &str = "ADMIN_KEY_IN_QUERY";

/// The query parameter that may carry the key where `ALLOW_ADMIN_KEY_IN_QUERY` says so. Routes with parameters of their own
/// leave it to [`Admin`].
pub const ADMIN_KEY: &str = "admin_key";

/// Proof that the caller knows `ADMIN_API_KEY`. A handler that takes it runs for the operator only.
pub struct Admin(());

/// The key that the operator has set, as everything that needs it reads it.
#[derive(Clone, PartialEq, Eq)]
pub enum OperatorsKey {
    /// None: administration is closed.
    Unset,
    /// One that could be guessed, or that no header can carry: administration is closed.
    Weak,
    /// The key, without white space around it.
    Set(String),
}

/// Reads the operator's key: for callers to be compared with, and for the service's own calls to itself.
///
/// # Errors
/// When the platform's variables cannot be read.
pub async fn operators_key(platform: &Platform) -> Result<OperatorsKey, OutsideError> {
    Ok(match ADMIN_API_KEY.read(platform).await? {
        None => OperatorsKey::Unset,
        Some(key) if ADMIN_API_KEY.is_readable(&key) => OperatorsKey::Set(key),
        Some(_) => OperatorsKey::Weak,
    })
}

impl FromRequestParts<Platform> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let unavailable = |error| Problem::unavailable(&error);
        let expected = match operators_key(platform).await.map_err(unavailable)? {
            OperatorsKey::Set(key) => key,
            OperatorsKey::Unset => {
                return Err(closed(
                    "Administration is closed because no ADMIN_API_KEY is set. Set it as a secret and deploy again.".to_owned(),
                ));
            }
            OperatorsKey::Weak => {
                return Err(closed(format!(
                    "Administration is closed because ADMIN_API_KEY could be guessed. Set {}, such as the output of `openssl \
                     rand -hex 32`, and deploy again.",
                    ADMIN_API_KEY.accepted()
                )));
            }
        };
        let QueryPairs(query) = QueryPairs::from_request_parts(parts, platform).await?;
        let in_query = query.into_iter().find(|(name, _)| name == ADMIN_KEY).map(|(_, value)| value);
        if in_query.is_some() && !ALLOW_ADMIN_KEY_IN_QUERY.read(platform).await.map_err(unavailable)? {
            return Err(unauthorized(
                IN_QUERY,
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
        if is_same(&given, &expected) {
            Ok(Self(()))
        } else {
            Err(unauthorized("ADMIN_KEY_WRONG", "This is not the admin key of this deployment."))
        }
    }
}

fn closed(detail: String) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "ADMIN_DISABLED", detail)
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
