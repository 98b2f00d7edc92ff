//! `POST /token`: a code or a refresh token for new tokens.
//!
//! Everything about a request is checked before anything changes: a wrong redirect URI, verifier, resource or scope
//! neither uses up the code nor rotates the refresh token.

use access::{Hash, Kind, Lookup, Millis, Scopes, Secret};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{
    AccessToken, Code, Grant, Issuer, OauthError, Params, RefreshToken,
    grant::{ACCESS_LIFETIME, REFRESH_GRACE, REFRESH_LIFETIME},
    metadata::OFFLINE_ACCESS,
    pkce,
};

/// A request for tokens, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    client_id: String,
    by: By,
    /// This server's resource; `None` where the request names another.
    resource: Option<String>,
    /// The scopes that are named; `None` where none is.
    scopes: Option<Result<Scopes, ()>>,
}

/// What the tokens are asked for with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A code from `/authorize`.
    Code {
        /// Its hash, to be looked up.
        code: Hash,
        /// The redirect URI, where it is repeated.
        redirect_uri: Option<String>,
        /// The PKCE verifier.
        verifier: String,
    },
    /// A refresh token; its hash, to be looked up.
    Refresh(Hash),
}

impl TokenRequest {
    /// Reads a form and the `Authorization` header.
    ///
    /// # Errors
    /// When something is missing, sent twice, or of another kind than this server gives.
    pub fn read(form: &Params, authorization: Option<&str>, issuer: &Issuer) -> Result<Self, OauthError> {
        let client_id = client_id(form, authorization)?;
        let needed = |name: &'static str| {
            form.one(name)?.ok_or_else(|| OauthError::invalid_request(format!("Send `{name}`.")))
        };
        let secret = |name: &'static str, kind: Kind| {
            let secret = Secret::parse(needed(name)?).ok().filter(|secret| secret.kind() == kind);
            secret.map(|secret| secret.hash()).ok_or_else(not_good)
        };
        let by = match needed("grant_type")? {
            "authorization_code" => By::Code {
                verifier: needed("code_verifier")?.to_owned(),
                redirect_uri: form.one("redirect_uri")?.map(str::to_owned),
                code: secret("code", Kind::Code)?,
            },
            "refresh_token" => By::Refresh(secret("refresh_token", Kind::RefreshToken)?),
            _ => {
                let why = "Only authorization_code and refresh_token are given here.";
                return Err(OauthError::new("unsupported_grant_type", why));
            }
        };
        let names = form.one("scope")?.map(|text| {
            Scopes::from_names(text.split_ascii_whitespace().filter(|name| *name != OFFLINE_ACCESS))
                .map_err(drop)
        });
        Ok(Self {
            client_id,
            by,
            resource: form
                .all("resource")
                .all(|resource| issuer.is_own_resource(resource))
                .then(|| issuer.resource()),
            scopes: names.filter(|names| *names != Ok(Scopes::NONE)),
        })
    }

    /// What to look up.
    #[must_use]
    pub const fn by(&self) -> &By {
        &self.by
    }
}

/// The client of a request. Clients here have no secret, so one that sends a secret is not the one it says it is.
pub(crate) fn client_id(form: &Params, authorization: Option<&str>) -> Result<String, OauthError> {
    let wrong = || {
        OauthError::new(
            "invalid_client",
            "Clients have no secret here: send client_id in the body, and no secret.",
        )
    };
    let in_body = form.one("client_id")?;
    if form.one("client_secret")?.is_some() {
        return Err(wrong());
    }
    let in_header = match authorization {
        None => None,
        Some(header) => {
            let (scheme, encoded) = header.split_once(' ').ok_or_else(wrong)?;
            let decoded =
                BASE64_STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let id = decoded.as_deref().and_then(|pair| pair.strip_suffix(':')).ok_or_else(wrong)?;
            if !scheme.eq_ignore_ascii_case("basic") {
                return Err(wrong());
            }
            // Both halves are form-encoded (RFC 6749, section 2.3.1).
            form_urlencoded::parse(format!("id={id}").as_bytes()).next().map(|(_, id)| id.into_owned())
        }
    };
    match (in_body, in_header) {
        (Some(body), Some(header)) if body != header => Err(wrong()),
        (Some(id), _) => Ok(id.to_owned()),
        (None, Some(id)) if !id.is_empty() => Ok(id),
        _ => Err(OauthError::invalid_request("Send `client_id`.")),
    }
}

/// What becomes of a code or a refresh token that was sent to `/token`.
#[derive(Clone, Debug)]
pub enum Redemption {
    /// Store this, by compare-and-set; if another request was faster, look up and decide again.
    Issue(Box<Issue>),
    /// Nothing changes.
    Refuse(OauthError),
    /// The code or token was used before: another party may have it. End the grant, and refuse.
    EndGrant(OauthError),
}

/// New tokens, and the step of the grant that gives them.
#[derive(Clone, Debug)]
pub struct Issue {
    /// The grant.
    pub grant: String,
    /// The generation that the grant must still have.
    pub from: i64,
    /// The generation that it then has.
    pub to: i64,
    /// When.
    pub now: Millis,
    /// The access token to store.
    pub access: AccessToken,
    /// The refresh token to store.
    pub refresh: RefreshToken,
    /// The answer, with the tokens in clear.
    pub body: Value,
}

/// The randomness of one issue of tokens.
#[derive(Clone, Copy)]
pub struct Randomness {
    /// For the access token.
    pub access: [u8; 32],
    /// For the refresh token.
    pub refresh: [u8; 32],
}

/// Decides on a code, given what was found for it and what became of the grant's key.
#[must_use]
pub fn exchange(
    request: &TokenRequest,
    found: Option<(&Code, &Grant)>,
    key: &Lookup,
    random: Randomness,
    now: Millis,
) -> Redemption {
    let By::Code { code: presented, redirect_uri, verifier } = &request.by else {
        return Redemption::Refuse(not_good());
    };
    let Some((code, grant)) = found.filter(|(code, grant)| {
        code.hash == *presented && code.grant == grant.id && grant.client_id == request.client_id
    }) else {
        return Redemption::Refuse(not_good());
    };
    if redirect_uri.as_ref().is_some_and(|uri| *uri != code.redirect_uri) {
        return Redemption::Refuse(OauthError::invalid_grant(
            "redirect_uri is another one than that of the authorization request.",
        ));
    }
    if !pkce::verifies(verifier, &code.challenge) {
        return Redemption::Refuse(OauthError::invalid_grant(
            "code_verifier does not fit the code_challenge.",
        ));
    }
    // Only now, so that an old code without its verifier cannot end a grant.
    if grant.generation > 0 {
        return Redemption::EndGrant(not_good());
    }
    if now >= code.expires {
        return Redemption::Refuse(OauthError::invalid_grant(
            "The code has expired; it is good for 60 seconds.",
        ));
    }
    issue(request, grant, key, 1, random, now)
}

/// Decides on a refresh token, given what was found for it and what became of the grant's key.
#[must_use]
pub fn refresh(
    request: &TokenRequest,
    found: Option<(&RefreshToken, &Grant)>,
    key: &Lookup,
    random: Randomness,
    now: Millis,
) -> Redemption {
    let By::Refresh(presented) = &request.by else { return Redemption::Refuse(not_good()) };
    let Some((token, grant)) = found.filter(|(token, grant)| {
        token.hash == *presented && token.grant == grant.id && grant.client_id == request.client_id
    }) else {
        return Redemption::Refuse(not_good());
    };
    if now >= token.expires {
        return Redemption::Refuse(OauthError::invalid_grant(
            "The refresh token has expired. Sign in again.",
        ));
    }
    let is_newest = token.generation == grant.generation;
    let is_former = token.generation == grant.generation - 1 && now < grant.rotated + REFRESH_GRACE;
    if is_newest {
        issue(request, grant, key, grant.generation + 1, random, now)
    } else if is_former {
        // The answer with the newest one was lost, or several of the client's processes refresh at once: another one of
        // the same generation.
        issue(request, grant, key, grant.generation, random, now)
    } else {
        Redemption::EndGrant(not_good())
    }
}

fn issue(
    request: &TokenRequest,
    grant: &Grant,
    key: &Lookup,
    to: i64,
    random: Randomness,
    now: Millis,
) -> Redemption {
    let Lookup::Known(key) = key else {
        return Redemption::Refuse(OauthError::invalid_grant(
            "The key behind this access is not good any more. Sign in again.",
        ));
    };
    if !grant.is_alive(now) {
        return Redemption::Refuse(not_good());
    }
    if request.resource.as_ref() != Some(&grant.resource) {
        return Redemption::Refuse(OauthError::new(
            "invalid_target",
            "Tokens are given for this server only.",
        ));
    }
    let granted = grant.scopes.and(key.scopes).and(Scopes::DELEGABLE);
    let scopes = match (&request.by, &request.scopes) {
        // RFC 6749 gives `scope` a meaning for refresh tokens only: fewer than were granted.
        (By::Code { .. }, _) | (_, None) => granted,
        (_, Some(Ok(scopes))) if grant.scopes.contains(*scopes) => scopes.and(granted),
        _ => {
            let why = format!("Ask for scopes that were granted: {}.", grant.scopes);
            return Redemption::Refuse(OauthError::new("invalid_scope", why));
        }
    };
    let access = Secret::mint(Kind::AccessToken, random.access);
    let refresh = Secret::mint(Kind::RefreshToken, random.refresh);
    let access_expires = (now + ACCESS_LIFETIME).min(grant.expires);
    Redemption::Issue(Box::new(Issue {
        grant: grant.id.clone(),
        from: grant.generation,
        to,
        now,
        access: AccessToken { hash: access.hash(), grant: grant.id.clone(), scopes, expires: access_expires },
        refresh: RefreshToken {
            hash: refresh.hash(),
            grant: grant.id.clone(),
            generation: to,
            expires: (now + REFRESH_LIFETIME).min(grant.expires),
        },
        body: json!({
            "access_token": access.reveal(),
            "token_type": "Bearer",
            "expires_in": (access_expires - now) / 1000,
            "refresh_token": refresh.reveal(),
            "scope": scopes.to_string(),
        }),
    }))
}

/// One sentence for all that must not be told apart.
fn not_good() -> OauthError {
    OauthError::invalid_grant("This code or refresh token is not good, or not any more. Sign in again.")
}
