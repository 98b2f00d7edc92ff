//! An OpenID Connect provider: the authorization code flow with PKCE, `state` and `nonce`.

use std::sync::Arc;

use authorization::login::{Expected, subject};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use platform::Platform;
use serde_json::Value;
use web::Problem;

use super::{Visit, form, json, unusable, with_parameters};
use crate::now;

/// How long the provider's metadata are kept, in milliseconds.
const FRESH: i64 = 3_600_000;

#[derive(Clone)]
pub(crate) struct Oidc {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) secret: Option<String>,
}

/// What is used of a provider's metadata.
#[derive(Clone)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    /// Whether the secret goes into the body, because the provider takes it there only.
    secret_in_body: bool,
    fetched: i64,
}

impl Oidc {
    /// Whether an issuer is this one. Some write theirs with a slash at the end.
    pub(crate) fn is(&self, issuer: &str) -> bool {
        issuer.trim_end_matches('/') == self.issuer.trim_end_matches('/')
    }

    /// Where a person signs in.
    pub(super) async fn begin(&self, visit: &Visit<'_>) -> Result<String, Problem> {
        let metadata = self.metadata(visit.platform).await?;
        Ok(with_parameters(
            &metadata.authorization_endpoint,
            &[
                ("response_type", "code"),
                ("client_id", &self.client_id),
                ("redirect_uri", &visit.back),
                ("scope", "openid"),
                ("state", visit.state.reveal()),
                ("nonce", &visit.nonce),
                ("code_challenge", &visit.challenge),
                ("code_challenge_method", "S256"),
            ],
        ))
    }

    /// Who a person is, for a code.
    pub(super) async fn subject(&self, visit: &Visit<'_>, code: &str) -> Result<String, Problem> {
        let metadata = self.metadata(visit.platform).await?;
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", visit.back.as_str()),
            ("code_verifier", visit.verifier.as_str()),
        ];
        let basic = self.secret.as_deref().filter(|_| !metadata.secret_in_body);
        if basic.is_none() {
            pairs.push(("client_id", &self.client_id));
            pairs.extend(self.secret.as_deref().map(|secret| ("client_secret", secret)));
        }
        let mut request = form(&metadata.token_endpoint, &pairs)?;
        if let Some(secret) = basic {
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            // Both halves are form-encoded (RFC 6749, section 2.3.1).
            let pair = format!("{}:{}", encoded(&self.client_id), encoded(secret));
            let mut value = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(pair)))
                .map_err(unusable)?;
            value.set_sensitive(true);
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        let tokens = json(visit.platform, request).await?;
        let id_token = tokens.get("id_token").and_then(Value::as_str);
        let id_token = id_token.ok_or_else(|| unusable("it gave no identity token"))?;
        let expected = Expected { issuer: &metadata.issuer, client_id: &self.client_id, nonce: &visit.nonce };
        subject(id_token, expected, now(visit.platform)).map_err(unusable)
    }

    /// The provider's metadata, which an instance fetches once an hour.
    async fn metadata(&self, platform: &Platform) -> Result<Arc<Metadata>, Problem> {
        let kept: Option<Arc<Metadata>> = platform.instance().get();
        if let Some(kept) = kept.filter(|kept| self.is(&kept.issuer) && now(platform) < kept.fetched + FRESH)
        {
            return Ok(kept);
        }
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let document = json(platform, Request::get(url).body(Bytes::new()).map_err(unusable)?).await?;
        let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if !self.is(&text("issuer")) {
            return Err(unusable("its metadata name another issuer"));
        }
        // Without TLS a token would not be proof of anything; only a provider on this machine may do without.
        let (authorization_endpoint, token_endpoint) =
            (text("authorization_endpoint"), text("token_endpoint"));
        let secure = |url: &str| url.starts_with("https://") || (is_local(&self.issuer) && is_local(url));
        if !secure(&authorization_endpoint) || !secure(&token_endpoint) {
            return Err(unusable("its endpoints are not at https"));
        }
        let methods = document.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
        let secret_in_body =
            methods.is_some_and(|methods| !methods.iter().any(|method| method == "client_secret_basic"));
        let metadata = Arc::new(Metadata {
            issuer: text("issuer"),
            authorization_endpoint,
            token_endpoint,
            secret_in_body,
            fetched: now(platform),
        });
        platform.instance().set(Arc::clone(&metadata));
        Ok(metadata)
    }
}

/// Whether an address is on this machine.
fn is_local(url: &str) -> bool {
    ["http://localhost", "http://127.0.0.1", "http://[::1]"].into_iter().any(|local| {
        url.strip_prefix(local).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    })
}
