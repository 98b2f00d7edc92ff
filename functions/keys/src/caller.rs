//! Who calls. This module goes when a guard in front of every function does the same.

use access::{
    Caller, Configured, Credential, Lookup, Scope,
    address::Source,
    audit::{Act, AuditRow},
};
use authorization::{Issuer, recognize};
use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use platform::{OutsideError, Platform};
use web::{
    Admin, IN_QUERY, OperatorsKey, Problem, RequestId,
    settings::{API_KEYS, PUBLIC_URL},
};

/// A caller with the scope `admin`.
pub(crate) struct Administrator(Who);

/// A caller with a key or token, and the owner whose grants are meant.
pub(crate) struct Owner(pub(crate) String, pub(crate) Who);

/// Any caller; `None` for one without a credential. A bad credential is refused.
pub(crate) struct Anybody(pub(crate) Option<Caller>);

/// Who did something, and from where, for the audit trail.
pub(crate) struct Who {
    actor: String,
    address: Option<String>,
    request_id: Option<String>,
}

impl Who {
    fn of(caller: &Caller, parts: &Parts, platform: &Platform) -> Self {
        let texts = |name: &str| -> Vec<String> {
            let values = parts.headers.get_all(name).iter();
            values.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect()
        };
        let source = Source::of_platform(platform.name(), None);
        let mut values = Vec::new();
        let address = source.address(|name| {
            values = texts(name);
            values.iter().map(String::as_str)
        });
        Self {
            actor: caller.actor().to_owned(),
            address: address.map(|address| address.to_string()),
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
        }
    }

    /// The audit row of an act.
    pub(crate) fn audit(&self, act: Act, target: &str, at: i64) -> AuditRow {
        AuditRow {
            at,
            actor: self.actor.clone(),
            act,
            target: target.to_owned(),
            address: self.address.clone(),
            request_id: self.request_id.clone(),
        }
    }
}

impl Administrator {
    pub(crate) fn audit(&self, act: Act, target: &str, at: i64) -> AuditRow {
        self.0.audit(act, target, at)
    }
}

impl FromRequestParts<Platform> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        // The operator's key is known without the database, and its refusals say what to set.
        let Err(refused) = Admin::from_request_parts(parts, platform).await else {
            return Ok(Self(Who::of(&Caller::operator(), parts, platform)));
        };
        // A key in the URL is in logs by now; that another one stands in a header changes nothing.
        if refused.code() == IN_QUERY {
            return Err(refused);
        }
        match lookup(parts, platform).await? {
            Lookup::Known(caller) if caller.scopes.has(Scope::Admin) => {
                Ok(Self(Who::of(&caller, parts, platform)))
            }
            Lookup::Known(_) => {
                let detail = "This needs the scope \"admin\", which your key does not have.";
                Err(Problem::new(StatusCode::FORBIDDEN, "INSUFFICIENT_SCOPE", detail))
            }
            Lookup::Anonymous | Lookup::Refused(_) => Err(refused),
        }
    }
}

impl FromRequestParts<Platform> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        match lookup(parts, platform).await? {
            Lookup::Known(caller) => Ok(Self(Some(caller))),
            Lookup::Anonymous => Ok(Self(None)),
            Lookup::Refused(refusal) => Err(unauthorized(refusal.code(), refusal.detail())),
        }
    }
}

impl FromRequestParts<Platform> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let Anybody(caller) = Anybody::from_request_parts(parts, platform).await?;
        let owned = caller.and_then(|caller| {
            let who = Who::of(&caller, parts, platform);
            caller.owner.map(|owner| Self(owner, who))
        });
        owned.ok_or_else(|| unauthorized("KEY_MISSING", "Send your key as `Authorization: Bearer <key>`."))
    }
}

fn unauthorized(code: &'static str, detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, detail)
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"mechafil-edge\""))
}

async fn lookup(parts: &Parts, platform: &Platform) -> Result<Lookup, Problem> {
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
    let now = platform.clock().now().timestamp_millis();
    let credential = presented(&parts.headers);
    recognize(platform, &configured, &credential, &issuer, now).await.map_err(unavailable)
}

/// The credential of a request: `Authorization: Bearer`, or `X-Admin-Key` where there is none.
fn presented(headers: &HeaderMap) -> Credential {
    let values =
        |name: &str| headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()).collect();
    let bearer: Vec<&str> = values("authorization");
    let own: Vec<&str> = values("x-admin-key");
    match own.first() {
        Some(key) if bearer.is_empty() => Credential::of(key.trim()),
        _ => Credential::from_authorization(bearer),
    }
}
