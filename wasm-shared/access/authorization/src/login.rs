//! Signing in at a provider, where the operator prefers that to pasted keys: an OpenID Connect provider, or GitHub.
//!
//! The person consents first, then proves at the provider who that is, and comes back to `/authorize/callback`. The login
//! waits in the database under the hash of its `state`, for the browser that began it, and is taken from there once. What
//! the provider has to repeat (`nonce`) or to check (PKCE) is derived from the `state`, so that nothing of it is stored.

use access::{Hash, Millis, Scopes};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Client, Issuer, SealingKey,
    authorize::AuthorizationRequest,
    consent::{Allowed, Browser},
};

/// How long a person has for signing in at the provider, in milliseconds.
pub const LIFETIME: Millis = 600_000;
/// The path that the provider sends the person back to.
pub const CALLBACK: &str = "/authorize/callback";
/// How far a provider's clock may be behind.
const LEEWAY: Millis = 60_000;

/// What a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// OpenID Connect.
    Oidc,
    /// OAuth as GitHub does it.
    Github,
}

impl Kind {
    /// Its name in forms and in `LOGIN_ALLOW`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Github => "github",
        }
    }
}

/// A provider, as the consent page offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// What it speaks.
    pub kind: Kind,
    /// What people call it.
    pub label: String,
    /// Its address.
    pub address: String,
}

/// A login's secrets. All come from its `state`, which the provider gives back.
#[derive(Clone)]
pub struct State(String);

impl State {
    /// A new one.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(random))
    }

    /// One that came back. What has another form is none of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Hash::parse(text).map(|_| Self(text.to_owned()))
    }

    /// The text itself, for the provider.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The hash under which the login waits.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.0)
    }

    /// What the provider repeats in its identity token.
    #[must_use]
    pub fn nonce(&self, seal: &SealingKey) -> String {
        self.derived(seal, "nonce")
    }

    /// The PKCE verifier.
    #[must_use]
    pub fn verifier(&self, seal: &SealingKey) -> String {
        self.derived(seal, "verifier")
    }

    /// The PKCE challenge, method S256.
    #[must_use]
    pub fn challenge(&self, seal: &SealingKey) -> String {
        Hash::of(&self.verifier(seal)).to_string()
    }

    fn derived(&self, seal: &SealingKey, what: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(seal.derive(&format!("login {what} {}", self.0)))
    }
}

/// A consent that waits for the person to come back from the provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Login {
    kind: Kind,
    request: AuthorizationRequest,
    client: Client,
    /// The scopes that were left ticked.
    scopes: String,
    /// The hash of the browser's cookie.
    browser: String,
    /// Until when it waits.
    pub expires: Millis,
}

impl Login {
    /// The provider that the person was sent to.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Where the person goes who does not sign in at the provider.
    #[must_use]
    pub fn denied(&self, issuer: &Issuer) -> String {
        self.request.denied(issuer)
    }

    /// The consent again, if it is the same browser that comes back in time. Somebody else's `state` in this browser would
    /// sign the person in as somebody else.
    #[must_use]
    pub fn resume(self, cookies: Option<&str>, issuer: &Issuer, now: Millis) -> Option<Allowed> {
        let browser = Browser::known(cookies, issuer)?;
        let same = Hash::parse(&self.browser)? == browser.hash();
        (same && now < self.expires).then(|| Allowed {
            request: self.request,
            client: self.client,
            scopes: Scopes::known(&self.scopes),
            by: Some(self.kind),
            credential: access::Credential::None,
            browser,
        })
    }
}

impl Allowed {
    /// The consent as it waits for the person to come back from a provider.
    #[must_use]
    pub fn wait(&self, kind: Kind, now: Millis) -> Login {
        Login {
            kind,
            request: self.request.clone(),
            client: self.client.clone(),
            scopes: self.scopes.to_string(),
            browser: self.browser.hash().to_string(),
            expires: now + LIFETIME,
        }
    }
}

/// What an identity token has to say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// This server's client id there.
    pub client_id: &'a str,
    /// The login's nonce.
    pub nonce: &'a str,
}

/// Whom an identity token is about. It has to come from the provider's token endpoint over TLS, which stands for its
/// signature (OpenID Connect Core 1.0, section 3.1.3.7, item 6).
///
/// # Errors
/// A sentence for the operator's log.
pub fn subject(id_token: &str, expected: Expected<'_>, now: Millis) -> Result<String, &'static str> {
    let mut parts = id_token.split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("the identity token is no JWT");
    };
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('='));
    let claims: Option<Value> = claims.ok().and_then(|claims| serde_json::from_slice(&claims).ok());
    let claims = claims.ok_or("the identity token's claims cannot be read")?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss").map(|issuer| issuer.trim_end_matches('/')) != Some(expected.issuer.trim_end_matches('/')) {
        return Err("the identity token is another provider's");
    }
    let audience = match claims.get("aud") {
        Some(Value::String(one)) => one == expected.client_id,
        Some(Value::Array(several)) => {
            let ours = several.iter().any(|one| one == expected.client_id);
            ours && (several.len() == 1 || text("azp") == Some(expected.client_id))
        }
        _ => false,
    };
    if !audience || text("azp").is_some_and(|party| party != expected.client_id) {
        return Err("the identity token is for another client");
    }
    let expires = claims.get("exp").and_then(Value::as_f64).unwrap_or(0.0);
    if (expires * 1000.0) + (LEEWAY as f64) <= now as f64 {
        return Err("the identity token has expired");
    }
    if text("nonce") != Some(expected.nonce) {
        return Err("the identity token is of another sign-in");
    }
    text("sub").filter(|sub| !sub.is_empty()).map(str::to_owned).ok_or("the identity token names nobody")
}
