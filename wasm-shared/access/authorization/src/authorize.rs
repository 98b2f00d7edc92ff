//! `GET /authorize`: is this a request that a person may be asked about?
//!
//! First the client and its redirect URI: while either is in doubt, the answer is a page, because a redirect would send
//! the person wherever a stranger wrote. After that every error goes to the client, with `state` and `iss`.

use access::Scopes;
use serde::{Deserialize, Serialize};

use crate::{Client, Issuer, Params, Repeated, metadata::OFFLINE_ACCESS, pkce, redirect};

/// What a client asks a person for, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// The client.
    pub client_id: String,
    /// Where it is answered, as it came.
    pub redirect_uri: String,
    /// What the client wants back.
    pub state: Option<String>,
    /// The scopes, names separated by spaces.
    scope: String,
    /// The PKCE challenge.
    pub challenge: String,
}

/// Why a person is not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Show this sentence on a page, with status 400. Nothing is redirected.
    Page(&'static str),
    /// Send the person back to the client, which learns of the error.
    Redirect(String),
}

/// The client id and redirect URI of a request, with which the client is looked up.
///
/// # Errors
/// Always a page.
pub fn who(params: &Params) -> Result<(&str, &str), Refusal> {
    let one = |name, missing| match params.one(name) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(Refusal::Page(missing)),
        Err(Repeated(_)) => Err(Refusal::Page("The client sent its id or its redirect URI twice.")),
    };
    let client_id = one("client_id", "The client did not say who it is: client_id is missing.")?;
    let redirect_uri =
        one("redirect_uri", "The client did not say where the answer goes: redirect_uri is missing.")?;
    Ok((client_id, redirect_uri))
}

/// Checks a request of a client that was looked up; `None` where there is no such client.
///
/// # Errors
/// When the person cannot be asked.
pub fn check(
    params: &Params,
    client: Option<&Client>,
    issuer: &Issuer,
) -> Result<AuthorizationRequest, Refusal> {
    let (client_id, redirect_uri) = who(params)?;
    let client = client.filter(|client| client.id == client_id).ok_or(Refusal::Page(
        "This client is not known here, or no longer. Remove the connection in the client and add it again.",
    ))?;
    if !client.may_redirect_to(redirect_uri) {
        return Err(Refusal::Page(
            "The client asks for the answer at an address that it did not register. Nothing was sent there.",
        ));
    }
    // It is unknown which of two `state`s is meant, so the error goes without one.
    let state = params.one("state").ok().flatten();
    let refuse = |error: &str, why: &str| {
        Err(Refusal::Redirect(answer(
            redirect_uri,
            issuer,
            state,
            &[("error", error), ("error_description", why)],
        )))
    };
    let repeated = |Repeated(name): Repeated| {
        let why = format!("Send {name} once.");
        let pairs = [("error", "invalid_request"), ("error_description", why.as_str())];
        Refusal::Redirect(answer(redirect_uri, issuer, state, &pairs))
    };
    for name in ["state", "request", "request_uri"] {
        params.one(name).map_err(repeated)?;
    }
    match params.one("response_type").map_err(repeated)? {
        Some("code") => {}
        Some(_) => return refuse("unsupported_response_type", "Only response_type=code is given here."),
        None => return refuse("invalid_request", "Send response_type=code."),
    }
    if params.one("response_mode").map_err(repeated)?.is_some_and(|mode| mode != "query") {
        return refuse("invalid_request", "Only response_mode=query is given here.");
    }
    if params.one("request").is_ok_and(|request| request.is_some()) {
        return refuse("request_not_supported", "Send the parameters themselves.");
    }
    if params.one("request_uri").is_ok_and(|request| request.is_some()) {
        return refuse("request_uri_not_supported", "Send the parameters themselves.");
    }
    let challenge = params.one("code_challenge").map_err(repeated)?;
    // Without a method RFC 7636 means `plain`, which is not taken.
    if params.one("code_challenge_method").map_err(repeated)? != Some("S256") {
        return refuse("invalid_request", "Send code_challenge_method=S256.");
    }
    let Some(challenge) = challenge.filter(|challenge| pkce::is_challenge(challenge)) else {
        return refuse("invalid_request", "Send code_challenge, the SHA-256 of the verifier in base64url.");
    };
    if !params.all("resource").all(|resource| issuer.is_own_resource(resource)) {
        return refuse("invalid_target", "Tokens are given for this server only.");
    }
    let Some(scopes) = scopes(params.one("scope").map_err(repeated)?) else {
        return refuse("invalid_scope", "None of these scopes can be given to a client.");
    };
    if params.one("prompt").map_err(repeated)? == Some("none") {
        return refuse("interaction_required", "Every access is consented to on the page.");
    }
    Ok(AuthorizationRequest {
        client_id: client_id.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        state: state.map(str::to_owned),
        scope: scopes.to_string(),
        challenge: challenge.to_owned(),
    })
}

/// What is asked for, of what can be given; reading where nothing is named. Unknown names are left out, as RFC 6749,
/// section 3.3 allows, because hosts send names of other servers too. `None` where nothing remains.
fn scopes(asked: Option<&str>) -> Option<Scopes> {
    let named = asked.unwrap_or_default().split_ascii_whitespace().filter(|name| *name != OFFLINE_ACCESS);
    let names: Vec<&str> = named.collect();
    if names.is_empty() {
        return Some(Scopes::of(&[access::Scope::Read]));
    }
    let scopes = Scopes::known(&names.join(" ")).and(Scopes::DELEGABLE);
    (!scopes.is_empty()).then_some(scopes)
}

impl AuthorizationRequest {
    /// The scopes that are asked for.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        Scopes::known(&self.scope)
    }

    /// Where a person goes who does not consent.
    #[must_use]
    pub fn denied(&self, issuer: &Issuer) -> String {
        let pairs = [("error", "access_denied"), ("error_description", "The person did not consent.")];
        answer(&self.redirect_uri, issuer, self.state.as_deref(), &pairs)
    }

    /// Where a person goes who consents, with the code.
    #[must_use]
    pub fn allowed(&self, issuer: &Issuer, code: &str) -> String {
        answer(&self.redirect_uri, issuer, self.state.as_deref(), &[("code", code)])
    }
}

/// An answer to the client. Every one names the issuer (RFC 9207), so that a client that uses several servers notices
/// when one pretends to be another.
fn answer(redirect_uri: &str, issuer: &Issuer, state: Option<&str>, pairs: &[(&str, &str)]) -> String {
    let state = state.map(|state| ("state", state));
    let all: Vec<_> = pairs.iter().copied().chain(state).chain([("iss", issuer.as_str())]).collect();
    redirect::with_parameters(redirect_uri, &all)
}
