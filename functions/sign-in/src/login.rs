//! Signing in at a provider: the way there, the way back, and which key the account stands for.

mod github;
mod oidc;

use access::{Lookup, Refusal, store::KeyStore};
use authorization::{
    Page, Params,
    consent::Allowed,
    login::{CALLBACK, Kind, Provider, State},
    notice, refusal,
};
use bytes::Bytes;
use github::Github;
use http::{HeaderValue, Request, StatusCode, header};
use oidc::Oidc;
use platform::{OutsideError, Platform};
use serde_json::Value;
use web::{
    Problem,
    settings::{
        LOGIN_ALLOW, LOGIN_GITHUB_CLIENT_ID, LOGIN_GITHUB_CLIENT_SECRET, LOGIN_GITHUB_URL,
        LOGIN_OIDC_CLIENT_ID, LOGIN_OIDC_CLIENT_SECRET, LOGIN_OIDC_ISSUER,
    },
};

use crate::{
    deployment::{Deployment, grants, random},
    now, outgoing,
    request::Asker,
    response::{Ended, PageAnswer, see_other},
};

/// How long a provider may take to answer, in milliseconds.
const DEADLINE: i64 = 8_000;
/// Most bytes of a provider's answer.
const LARGEST_REPLY: usize = 64 << 10;

/// The providers that the settings name.
#[derive(Clone, Default)]
pub(crate) struct Logins {
    oidc: Option<Oidc>,
    github: Option<Github>,
    providers: Vec<Provider>,
}

impl Logins {
    /// Reads the settings. The inner error is a provider that was set by half: nobody gets in by the other way then.
    pub(crate) async fn read(platform: &Platform) -> Result<Result<Self, Problem>, OutsideError> {
        let mut logins = Self::default();
        let issuer = LOGIN_OIDC_ISSUER.read(platform).await?;
        let oidc =
            (LOGIN_OIDC_CLIENT_ID.read(platform).await?, LOGIN_OIDC_CLIENT_SECRET.read(platform).await?);
        match (issuer, oidc) {
            (Some(issuer), (None, None)) if issuer.is_empty() => {}
            (Some(issuer), (Some(client_id), secret)) if !issuer.is_empty() => {
                logins.providers.push(provider(Kind::Oidc, &issuer));
                logins.oidc = Some(Oidc { issuer, client_id, secret });
            }
            _ => return Ok(Err(incomplete("LOGIN_OIDC_ISSUER and LOGIN_OIDC_CLIENT_ID"))),
        }
        let url = LOGIN_GITHUB_URL.read(platform).await?;
        let github =
            (LOGIN_GITHUB_CLIENT_ID.read(platform).await?, LOGIN_GITHUB_CLIENT_SECRET.read(platform).await?);
        match (url, github) {
            (_, (None, None)) => {}
            (Some(url), (Some(client_id), Some(secret))) => {
                logins.providers.push(provider(Kind::Github, &url));
                logins.github = Some(Github { url, client_id, secret });
            }
            _ => return Ok(Err(incomplete("LOGIN_GITHUB_CLIENT_ID and LOGIN_GITHUB_CLIENT_SECRET"))),
        }
        Ok(Ok(logins))
    }

    pub(crate) fn providers(&self) -> &[Provider] {
        &self.providers
    }
}

fn provider(kind: Kind, address: &str) -> Provider {
    let host = address.split("://").nth(1).unwrap_or(address).split('/').next().unwrap_or_default();
    let label = if kind == Kind::Github && host == "github.com" { "GitHub" } else { host };
    Provider { kind, label: label.to_owned(), address: address.to_owned() }
}

fn incomplete(names: &str) -> Problem {
    let detail =
        format!("Signing in at a provider is not set up completely. The operator has to set {names}.");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "LOGIN_INCOMPLETE", detail)
}

/// A person's way to a provider and back.
struct Visit<'a> {
    platform: &'a Platform,
    state: &'a State,
    /// Where the provider sends the person back to.
    back: String,
    /// The PKCE verifier; its challenge goes ahead.
    verifier: String,
    challenge: String,
    /// What an identity token has to repeat.
    nonce: String,
}

impl<'a> Visit<'a> {
    fn new(platform: &'a Platform, deployment: &Deployment, state: &'a State) -> Self {
        let seal = &deployment.seal;
        Self {
            platform,
            state,
            back: deployment.server.issuer.url(CALLBACK),
            verifier: state.verifier(seal),
            challenge: state.challenge(seal),
            nonce: state.nonce(seal),
        }
    }
}

/// Sends a person to the provider.
pub(crate) async fn begin(
    platform: &Platform,
    deployment: &Deployment,
    allowed: &Allowed,
    kind: Kind,
) -> PageAnswer {
    let state = State::new(random()?);
    let visit = Visit::new(platform, deployment, &state);
    let location = match kind {
        Kind::Oidc => oidc_of(deployment)?.begin(&visit).await?,
        Kind::Github => github_of(deployment)?.begin(&visit),
    };
    grants(platform).await?.save_login(&state, &allowed.wait(kind, now(platform)), now(platform)).await?;
    Ok(see_other(&location))
}

/// How a login ends.
pub(crate) enum End {
    /// The person is known, by this key.
    Signed(Box<Allowed>, Lookup),
    /// The person did not sign in: on to the client.
    Denied(String),
    /// A page says why not.
    Page(Page),
}

/// A person comes back from the provider.
pub(crate) async fn end(
    platform: &Platform,
    deployment: &Deployment,
    asker: &Asker,
    params: &Params,
) -> Result<End, Ended> {
    const NOT_OURS: &str = "This sign-in is too old, was used already, or was begun in another browser. Start again from the \
         application.";
    let stale = || Ok(End::Page(refusal(NOT_OURS)));
    let Some(state) = params.one("state").ok().flatten().and_then(State::parse) else { return stale() };
    let Some(login) = grants(platform).await?.take_login(&state).await? else { return stale() };
    let (kind, denied) = (login.kind(), login.denied(&deployment.server.issuer));
    let Some(allowed) = login.resume(asker.cookies(), &deployment.server.issuer, now(platform)) else {
        return stale();
    };
    let Some(code) = params.one("code").ok().flatten() else { return Ok(End::Denied(denied)) };
    let visit = Visit::new(platform, deployment, &state);
    let subject = match kind {
        Kind::Oidc => {
            let provider = oidc_of(deployment)?;
            // A provider that names itself in the answer has to be the one that was asked (RFC 9207).
            if params.one("iss").ok().flatten().is_some_and(|issuer| !provider.is(issuer)) {
                return stale();
            }
            provider.subject(&visit, code).await?
        }
        Kind::Github => github_of(deployment)?.subject(&visit, code).await?,
    };
    if let Some(key) = key(platform, deployment, kind, &subject).await? {
        return Ok(End::Signed(Box::new(allowed), key));
    }
    let why = format!(
        "Your account is not one that may sign in here. The operator can add {}:{subject} to LOGIN_ALLOW.",
        kind.name()
    );
    Ok(End::Page(notice(403, &why)))
}

/// The key that an account stands for.
async fn key(
    platform: &Platform,
    deployment: &Deployment,
    kind: Kind,
    subject: &str,
) -> Result<Option<Lookup>, Ended> {
    let logins = LOGIN_ALLOW.read(platform).await?;
    let Some(name) = logins.key(kind.name(), subject) else { return Ok(None) };
    let configured = &deployment.server.configured;
    if let Some(key) = configured.keys().iter().find(|key| key.name == name) {
        return Ok(configured.lookup_by_id(&key.id));
    }
    let found = KeyStore::open(platform).await?.named(name).await?;
    match found.as_slice() {
        [one] => Ok(Some(one.lookup_by_id(now(platform)))),
        [first, _] if first.id == name => Ok(Some(first.lookup_by_id(now(platform)))),
        [] => Ok(Some(Lookup::Refused(Refusal::Unknown))),
        _ => {
            let detail = "Several keys have the name that LOGIN_ALLOW gives for your account. The operator has to write the key's id.";
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "LOGIN_AMBIGUOUS", detail).into())
        }
    }
}

fn oidc_of(deployment: &Deployment) -> Result<&Oidc, Problem> {
    deployment.logins.oidc.as_ref().ok_or_else(|| incomplete("LOGIN_OIDC_ISSUER"))
}

fn github_of(deployment: &Deployment) -> Result<&Github, Problem> {
    deployment.logins.github.as_ref().ok_or_else(|| incomplete("LOGIN_GITHUB_CLIENT_ID"))
}

/// A provider that gave no usable answer. The reason is for the log.
fn unusable(reason: impl std::fmt::Display) -> Problem {
    let detail =
        "The login provider gave no usable answer. Nothing was allowed; start again from the application.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "LOGIN_FAILED", detail).with_cause(&reason)
}

/// A JSON object from a provider.
async fn json(platform: &Platform, mut request: Request<Bytes>) -> Result<Value, Problem> {
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let reply = outgoing::send(platform, request, DEADLINE, LARGEST_REPLY).await.map_err(unusable)?;
    if reply.status() != StatusCode::OK {
        return Err(unusable(format_args!("it answered {}", reply.status())));
    }
    let value = serde_json::from_slice(reply.body()).ok().filter(Value::is_object);
    value.ok_or_else(|| unusable("it answered with something else than a JSON object"))
}

/// A form for a provider.
fn form(url: &str, pairs: &[(&str, &str)]) -> Result<Request<Bytes>, Problem> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let request = Request::post(url)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(body));
    request.map_err(unusable)
}

/// An address with parameters.
fn with_parameters(url: &str, pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{url}{}{query}", if url.contains('?') { '&' } else { '?' })
}
