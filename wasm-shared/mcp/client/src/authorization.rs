//! Tokens by OAuth client credentials (RFC 6749, 4.4), where a server asks for one: its metadata (RFC 9728) name the authorization
//! server, whose own metadata (RFC 8414) name the address that gives tokens.
//!
//! The server alone does not decide who gets the secret: that would be its choice of a thief (a mix-up). The secret goes to the
//! address or to the issuer that the operator names, or else to the server's own host.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use outbound::PublicUrl;
use platform::whole;
use serde::Deserialize;

use crate::{Client, Error};

/// What is read of a document or of a token's answer.
const LONGEST: usize = 64 << 10;
/// A token is renewed when it has less than this left.
const MARGIN_MS: i64 = 30_000;
/// How long a token is taken to be good that does not say so.
const USUAL_SECONDS: i64 = 3_600;

/// This client's account at an authorization server.
#[derive(Clone)]
pub struct Credentials {
    /// Its name there.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// What to ask for, unless the server says what it wants.
    pub scope: Option<String>,
    /// The authorization server that has the account: only to its token endpoint the secret is sent. `None`: one on the
    /// server's own host.
    pub issuer: Option<PublicUrl>,
    /// Where tokens are given, where the server's metadata are not to be asked.
    pub token_url: Option<PublicUrl>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// The tokens that this instance has. They are stored nowhere.
#[derive(Clone, Default)]
struct Tokens(Arc<Mutex<HashMap<String, Token>>>);

struct Token {
    header: HeaderValue,
    good_until: i64,
}

#[derive(Deserialize)]
struct ProtectedResource {
    resource: String,
    authorization_servers: Vec<String>,
    #[serde(default)]
    scopes_supported: Vec<String>,
}

#[derive(Deserialize)]
struct AuthorizationServer {
    issuer: String,
    token_endpoint: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    token_type: String,
    expires_in: Option<i64>,
}

fn tokens(client: &Client<'_>) -> Tokens {
    let memory = client.platform.instance();
    memory.get::<Tokens>().unwrap_or_else(|| {
        let tokens = Tokens::default();
        memory.set(tokens.clone());
        tokens
    })
}

fn name(client: &Client<'_>, credentials: &Credentials) -> String {
    format!("{} {}", credentials.client_id, client.endpoint.url.as_str())
}

/// The `Authorization` of the token that this instance has for the server.
pub(crate) fn token(client: &Client<'_>) -> Option<HeaderValue> {
    let credentials = client.endpoint.credentials.as_ref()?;
    let now = client.platform.clock().now().timestamp_millis();
    let tokens = tokens(client);
    let tokens = tokens.0.lock().unwrap_or_else(PoisonError::into_inner);
    let token = tokens.get(&name(client, credentials)).filter(|token| token.good_until > now)?;
    Some(token.header.clone())
}

/// Gets a new token, because the server refused the one before, or none.
pub(crate) async fn renew(
    client: &Client<'_>,
    credentials: &Credentials,
    challenge: Option<&str>,
) -> Result<(), Error> {
    let wanted = challenge.and_then(|challenge| parameter(challenge, "scope"));
    let (url, method, offered) = match &credentials.token_url {
        Some(url) => (url.clone(), None, None),
        None => find(client, credentials, challenge).await?,
    };
    let scope = wanted.or_else(|| credentials.scope.clone()).or(offered);
    let resource = client.endpoint.url.as_str().trim_end_matches('/');
    let request = token_request(&url, credentials, method.as_deref(), scope.as_deref(), resource)?;
    let reply = client.platform.http().open(request).await?;
    let status = reply.status();
    if status != StatusCode::OK {
        return Err(no_token(format!("{} answered with HTTP status {status}", url.host())));
    }
    let body = whole(reply.into_body(), LONGEST).await?;
    let granted: Granted =
        serde_json::from_slice(&body).map_err(|_| no_token("its answer holds no access token"))?;
    if !granted.token_type.is_empty() && !granted.token_type.eq_ignore_ascii_case("bearer") {
        return Err(no_token("it gives tokens of another type than Bearer"));
    }
    let mut header = HeaderValue::try_from(format!("Bearer {}", granted.access_token))
        .map_err(|_| no_token("its token is none that a header can hold"))?;
    header.set_sensitive(true);
    let seconds = granted.expires_in.unwrap_or(USUAL_SECONDS).clamp(1, 30 * 24 * 3_600);
    let now = client.platform.clock().now().timestamp_millis();
    let good_until = now + (seconds * 1_000 - MARGIN_MS).max(1_000);
    let tokens = tokens(client);
    tokens
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(name(client, credentials), Token { header, good_until });
    Ok(())
}

/// A request for a token, which says who asks in the way that the authorization server wants.
fn token_request(
    url: &PublicUrl,
    credentials: &Credentials,
    method: Option<&str>,
    scope: Option<&str>,
    resource: &str,
) -> Result<Request<Bytes>, Error> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    form.append_pair("resource", resource);
    if let Some(scope) = scope {
        form.append_pair("scope", scope);
    }
    let mut request = url
        .request(Method::POST)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json");
    if method == Some("client_secret_post") {
        form.append_pair("client_id", &credentials.client_id);
        form.append_pair("client_secret", &credentials.client_secret);
    } else {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encoded(&credentials.client_id), encoded(&credentials.client_secret));
        request = request.header(AUTHORIZATION, format!("Basic {}", BASE64_STANDARD.encode(pair)));
    }
    request.body(Bytes::from(form.finish())).map_err(|why| no_token(why.to_string()))
}

type Found = (PublicUrl, Option<String>, Option<String>);

/// Where tokens for the server are given, how this client says who it is there, and which scopes there are.
async fn find(
    client: &Client<'_>,
    credentials: &Credentials,
    challenge: Option<&str>,
) -> Result<Found, Error> {
    let endpoint = &client.endpoint.url;
    let named = challenge.and_then(|challenge| parameter(challenge, "resource_metadata"));
    let places =
        named.map_or_else(|| well_known(endpoint.as_str(), "oauth-protected-resource"), |one| vec![one]);
    let resource: ProtectedResource = document(client, endpoint, &places).await?;
    if !is_resource_of(&resource.resource, endpoint.as_str()) {
        return Err(no_token("the server's metadata are those of another resource"));
    }
    let (issuer, issuer_url) = trusted(endpoint, credentials, &resource.authorization_servers)?;
    let mut places = well_known(issuer, "oauth-authorization-server");
    places.extend(well_known(issuer, "openid-configuration"));
    places.push(format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')));
    let server: AuthorizationServer = document(client, &issuer_url, &places).await?;
    if !is_same(&server.issuer, issuer) {
        return Err(no_token("the metadata of the authorization server are those of another one"));
    }
    let url = issuer_url.redirected(&server.token_endpoint)?;
    // An issuer that the operator names may give tokens elsewhere; on the server's host anybody may have written the metadata.
    if credentials.issuer.is_none() && url.host() != endpoint.host() {
        return Err(elsewhere(url.host()));
    }
    let methods = &server.token_endpoint_auth_methods_supported;
    let basic = methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic");
    let method = (!basic).then(|| "client_secret_post".to_owned());
    let scopes = (!resource.scopes_supported.is_empty()).then(|| resource.scopes_supported.join(" "));
    Ok((url, method, scopes))
}

/// Of the authorization servers that a server names, the one that may have the secret: as the server writes it, and judged.
fn trusted<'a>(
    endpoint: &PublicUrl,
    credentials: &Credentials,
    named: &'a [String],
) -> Result<(&'a str, PublicUrl), Error> {
    if let Some(issuer) = &credentials.issuer {
        let found = named.iter().find(|named| is_same(named, issuer.as_str()));
        return found.map(|found| (found.as_str(), issuer.clone())).ok_or_else(|| {
            no_token("the server does not name the authorization server that its operator names")
        });
    }
    let own = named.iter().find_map(|named| {
        let url = endpoint.redirected(named).ok()?;
        (url.host() == endpoint.host()).then_some((named.as_str(), url))
    });
    own.ok_or_else(|| {
        named.first().map_or_else(|| no_token("it names nobody who gives any"), |one| elsewhere(one))
    })
}

/// Whether two issuers are one: by their text (RFC 8414, 3.3), but for the `/` that an address without a path may end with.
fn is_same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

fn elsewhere(place: &str) -> Error {
    let place: String = place.chars().filter(|char| !char.is_control()).take(200).collect();
    no_token(format!(
        "the server wants the secret to be sent to {place}, which is not on its own host: its operator has to name that `issuer`, or \
         a `token_url`"
    ))
}

/// The addresses at which a document about another address lies: with its path behind, and without.
fn well_known(url: &str, document: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return Vec::new() };
    let (authority, path) = rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let root = format!("{scheme}://{authority}/.well-known/{document}");
    if path.is_empty() { vec![root] } else { vec![format!("{root}/{path}"), root] }
}

/// Whether metadata of `resource` are about a server at `url`: the same address, or one above it.
fn is_resource_of(resource: &str, url: &str) -> bool {
    let (resource, url) = (resource.trim_end_matches('/'), url.trim_end_matches('/'));
    url.strip_prefix(resource).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

/// The first of these documents that is there, asked for by whoever may be asked from `base`.
async fn document<T: for<'de> Deserialize<'de>>(
    client: &Client<'_>,
    base: &PublicUrl,
    places: &[String],
) -> Result<T, Error> {
    for place in places {
        let url = base.redirected(place)?;
        let request = url.request(Method::GET).header(ACCEPT, "application/json").body(Bytes::new());
        let request = request.map_err(|why| no_token(why.to_string()))?;
        let reply = client.platform.http().open(request).await?;
        if reply.status() == StatusCode::OK {
            let body = whole(reply.into_body(), LONGEST).await?;
            return serde_json::from_slice(&body).map_err(|_| no_token("the metadata cannot be read"));
        }
    }
    Err(no_token("there are no metadata that say where tokens are given"))
}

/// A quoted parameter of a challenge.
fn parameter(challenge: &str, name: &str) -> Option<String> {
    let begin = format!("{name}=\"");
    let at = challenge.match_indices(&begin).map(|(at, _)| at).find(|at| {
        // `x_scope=` is not `scope=`.
        challenge[..*at].chars().next_back().is_none_or(|char| matches!(char, ' ' | ',' | '\t'))
    })?;
    let rest = &challenge[at + begin.len()..];
    rest.find('"').map(|end| rest[..end].to_owned())
}

fn no_token(why: impl Into<String>) -> Error {
    Error::NoToken(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_says_where_the_metadata_are_and_what_is_wanted() {
        let challenge =
            r#"Bearer x_scope="no", scope="a b", resource_metadata="https://s.example/.well-known/x""#;
        assert_eq!(parameter(challenge, "scope").as_deref(), Some("a b"));
        assert_eq!(
            parameter(challenge, "resource_metadata").as_deref(),
            Some("https://s.example/.well-known/x")
        );
        assert_eq!(parameter("Bearer", "scope"), None);
        assert_eq!(parameter("Bearer scope=\"open", "scope"), None);
    }

    #[test]
    fn documents_lie_behind_the_host_with_the_path_and_without_it() {
        assert_eq!(
            well_known("https://s.example/a/mcp?x=1", "oauth-protected-resource"),
            [
                "https://s.example/.well-known/oauth-protected-resource/a/mcp",
                "https://s.example/.well-known/oauth-protected-resource"
            ]
        );
        assert_eq!(well_known("https://s.example", "x"), ["https://s.example/.well-known/x"]);
    }

    #[test]
    fn metadata_of_another_resource_are_not_believed() {
        assert!(is_resource_of("https://s.example/", "https://s.example/mcp"));
        assert!(is_resource_of("https://s.example/mcp", "https://s.example/mcp"));
        assert!(!is_resource_of("https://s.example/mc", "https://s.example/mcp"));
        assert!(!is_resource_of("https://s.example.evil", "https://s.example/mcp"));
        assert!(!is_resource_of("https://evil.example", "https://s.example/mcp"));
    }
}
