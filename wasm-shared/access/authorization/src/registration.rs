//! Dynamic client registration (RFC 7591): `POST /register`.
//!
//! The same metadata give the same client: its id is a hash of them. Hosts register anew with every connection, and the
//! table of clients must not grow with that.

use access::{Hash, Millis};
use serde_json::{Map, Value, json};

use crate::{Client, OauthError, client::MOST_REDIRECTS};

/// Most bytes of a registration that are read.
pub const LONGEST_BODY: usize = 4 * 1024;
/// How long an unused registration is kept, in milliseconds.
pub const KEPT: Millis = 90 * 86_400_000;
/// Most registrations that are kept; beyond that, those that were not used for longest go.
pub const MOST_CLIENTS: i64 = 10_000;

/// Reads a registration. Unknown members are ignored, also grants and authentication methods that are not spoken here:
/// the answer says what was registered.
///
/// # Errors
/// When it is no JSON object, or nothing remains of what it asks for.
pub fn read(body: &[u8]) -> Result<Client, OauthError> {
    let metadata = |why: &str| OauthError::new("invalid_client_metadata", why);
    if body.len() > LONGEST_BODY {
        return Err(metadata("Send at most 4 KiB of metadata."));
    }
    let Ok(Value::Object(given)) = serde_json::from_slice(body) else {
        return Err(metadata("Send the metadata as a JSON object."));
    };
    if !offers(&given, "grant_types", "authorization_code") {
        return Err(metadata("Only the grants authorization_code and refresh_token are given here."));
    }
    if !offers(&given, "response_types", "code") {
        return Err(metadata("Only the response type `code` is given here."));
    }
    let redirects = |why: &str| OauthError::new("invalid_redirect_uri", why);
    let Some(uris) = given.get("redirect_uris").and_then(Value::as_array) else {
        return Err(redirects("Give `redirect_uris`, a list."));
    };
    if uris.len() > MOST_REDIRECTS {
        return Err(redirects("Give at most 10 redirect URIs."));
    }
    let name = given.get("client_name").and_then(Value::as_str);
    let client = Client::new("", name, uris.iter().filter_map(Value::as_str));
    let client = client.ok_or_else(|| {
        redirects("Give at least one redirect URI with https, or with http on localhost, without a fragment.")
    })?;
    let canonical = json!([client.name, client.redirect_uris]).to_string();
    Ok(Client { id: format!("client_{:.22}", Hash::of(&canonical).to_string()), ..client })
}

/// Whether a list of metadata has `wanted` in it, or is not there, which means that it has.
fn offers(given: &Map<String, Value>, list: &str, wanted: &str) -> bool {
    match given.get(list) {
        None | Some(Value::Null) => true,
        Some(list) => list.as_array().is_some_and(|list| list.iter().any(|entry| entry == wanted)),
    }
}

/// The body of the 201 answer.
#[must_use]
pub fn response(client: &Client, registered: Millis) -> Value {
    json!({
        "client_id": client.id,
        "client_id_issued_at": registered / 1000,
        "client_name": client.name,
        "redirect_uris": client.redirect_uris,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    })
}
