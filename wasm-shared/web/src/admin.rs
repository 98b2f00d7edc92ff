//! The operator, who proves to be one by `ADMIN_API_KEY`. Where a guard is deployed, it has asked already.

use access::{
    Caller, Scope,
    audit::{Act, AuditRow},
};
use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts};
use platform::{OutsideError, Platform};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{
    Actor, Problem, QueryPairs,
    query::ADMIN_KEY,
    settings::{ADMIN_API_KEY, ALLOW_ADMIN_KEY_IN_QUERY, Setting as _},
};

/// Proof that the caller administers: knows `ADMIN_API_KEY`, or has a key with the scope `admin`. A handler that takes it runs
/// for administrators only.
pub struct Admin(Actor);

impl Admin {
    /// Who administers, for the audit trail.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.0
    }

    /// The audit row of an act.
    #[must_use]
    pub fn audit(&self, act: Act, target: &str, at: i64) -> AuditRow {
        self.0.audit(act, target, at)
    }
}

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

impl OperatorsKey {
    /// Why administration is closed to everybody without another key, if it is.
    #[must_use]
    pub fn closed(&self) -> Option<Problem> {
        let detail = match self {
            Self::Set(_) => return None,
            Self::Unset => {
                "Administration is closed because no ADMIN_API_KEY is set. Set it as a secret and deploy again.".to_owned()
            }
            Self::Weak => format!(
                "Administration is closed because ADMIN_API_KEY could be guessed. Set {}, such as the output of `openssl \
                 rand -hex 32`, and deploy again.",
                ADMIN_API_KEY.accepted()
            ),
        };
        Some(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "ADMIN_DISABLED", detail))
    }
}

/// The key in an administrator's query, where `allowed` (`ALLOW_ADMIN_KEY_IN_QUERY`) says that it may stand there.
///
/// # Errors
/// The answer to one who puts a key there where it may not be, and to a query that cannot be read.
pub fn key_in_query(uri: &Uri, allowed: bool) -> Result<Option<String>, Problem> {
    let mut query = QueryPairs::of(uri)?.0.into_iter();
    let key = query.find(|(name, _)| name == ADMIN_KEY).map(|(_, value)| value);
    if key.is_some() && !allowed {
        return Err(unauthorized(
            "ADMIN_KEY_IN_QUERY",
            "A key in the URL ends up in logs and histories, so it is refused there. Send it as `Authorization: Bearer <key>`.",
        ));
    }
    Ok(key.filter(|key| !key.is_empty()))
}

impl FromRequestParts<Platform> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        if let Some(caller) = parts.extensions.get::<Caller>() {
            // The guard has asked for the operation's scopes; this holds whatever they are.
            let detail = "This needs the scope \"admin\".";
            return if caller.scopes.has(Scope::Admin) {
                Ok(Self(Actor::of(caller, parts)))
            } else {
                Err(Problem::new(StatusCode::FORBIDDEN, "INSUFFICIENT_SCOPE", detail))
            };
        }
        let unavailable = |error| Problem::unavailable(&error);
        let key = operators_key(platform).await.map_err(unavailable)?;
        if let Some(closed) = key.closed() {
            return Err(closed);
        }
        let OperatorsKey::Set(expected) = key else { return Err(wrong()) };
        let allowed = ALLOW_ADMIN_KEY_IN_QUERY.read(platform).await.map_err(unavailable)?;
        let in_query = key_in_query(&parts.uri, allowed)?;
        let Some(given) = key_of(&parts.headers).map(str::to_owned).or(in_query) else {
            return Err(unauthorized(
                "ADMIN_KEY_MISSING",
                "Send the admin key as `Authorization: Bearer <key>`.",
            ));
        };
        if is_same(&given, &expected) {
            Ok(Self(Actor::of(&Caller::operator(), parts)))
        } else {
            Err(wrong())
        }
    }
}

fn wrong() -> Problem {
    unauthorized("ADMIN_KEY_WRONG", "This is not the admin key of this deployment.")
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
