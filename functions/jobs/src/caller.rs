//! Whose jobs are meant.

use access::{Caller, Configured, Credential, Lookup, Scope};
use authorization::{Issuer, recognize};
use axum::extract::FromRequestParts;
use http::{HeaderValue, StatusCode, header, request::Parts};
use platform::{OutsideError, Platform};
use web::{
    OperatorsKey, Problem,
    settings::{API_KEYS, PUBLIC_URL},
};

/// A caller who may have jobs.
pub(crate) struct Owner {
    /// Who sees them.
    pub(crate) owner: String,
    /// In whose limits they count: the key.
    pub(crate) account: String,
}

impl FromRequestParts<Platform> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let caller = caller(parts, platform).await?;
        if !caller.scopes.has(Scope::Jobs) {
            let detail = "This needs the scope \"jobs\", which your key does not have.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "INSUFFICIENT_SCOPE", detail));
        }
        let account = caller.quota_subject().unwrap_or_else(|| caller.name.clone());
        let missing = || unauthorized("KEY_MISSING", "Send your key as `Authorization: Bearer <key>`.");
        Ok(Self { owner: caller.owner.ok_or_else(missing)?, account })
    }
}

fn unauthorized(code: &'static str, detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, detail)
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"mechafil-edge\""))
}

/// The caller that the guard has recognized; without a guard, by the credential.
async fn caller(parts: &Parts, platform: &Platform) -> Result<Caller, Problem> {
    if let Some(caller) = parts.extensions.get::<Caller>() {
        return Ok(caller.clone());
    }
    let unavailable = |error: OutsideError| Problem::unavailable(&error);
    let operators = match web::operators_key(platform).await.map_err(unavailable)? {
        OperatorsKey::Set(key) => Some(key),
        OperatorsKey::Unset | OperatorsKey::Weak => None,
    };
    let api_keys = API_KEYS.read(platform).await.map_err(unavailable)?;
    let configured = Configured::read(operators.as_deref(), api_keys.as_deref());
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let public_url = PUBLIC_URL.read(platform).await.map_err(unavailable)?;
    let issuer = public_url.and_then(|url| Issuer::of_request(Some(&url), host.or(parts.uri.host())));
    let Some(issuer) = issuer else {
        let detail = "PUBLIC_URL is not an origin, or the request names no host. Set PUBLIC_URL, such as https://example.org.";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "PUBLIC_URL_UNREADABLE", detail));
    };
    let values = parts.headers.get_all(header::AUTHORIZATION).iter();
    let values: Vec<&str> = values.map(|value| value.to_str().unwrap_or_default()).collect();
    let credential = Credential::from_authorization(values);
    let now = platform.clock().now().timestamp_millis();
    match recognize(platform, &configured, &credential, &issuer, now).await.map_err(unavailable)? {
        Lookup::Known(caller) => Ok(caller),
        Lookup::Anonymous => Err(unauthorized(
            "KEY_MISSING",
            "Jobs belong to a key. Send yours as `Authorization: Bearer <key>`.",
        )),
        Lookup::Refused(refusal) => Err(unauthorized(refusal.code(), refusal.detail())),
    }
}
