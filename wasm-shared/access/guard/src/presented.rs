//! What a request presents: a credential, and the address that it came from.

use std::net::IpAddr;

use access::{Credential, address::Source};
use http::{HeaderMap, request::Parts};
use platform::{Peer, Platform};
use web::{Operation, Problem, key_in_query};

use crate::settings::Settings;

/// The credential: `Authorization: Bearer`, else `X-Admin-Key`, else for administrators the query where the operator allows that.
///
/// # Errors
/// The answer to one who puts a key into the URL.
pub(crate) fn credential(
    settings: &Settings,
    operation: &Operation,
    parts: &Parts,
) -> Result<Credential, Problem> {
    let in_query =
        if operation.is_operators() { key_in_query(&parts.uri, settings.key_in_query)? } else { None };
    let bearer = texts(&parts.headers, "authorization");
    if !bearer.is_empty() {
        return Ok(Credential::from_authorization(bearer));
    }
    let own = texts(&parts.headers, "x-admin-key").into_iter().map(str::trim).find(|key| !key.is_empty());
    Ok(own.or(in_query.as_deref()).map_or(Credential::None, Credential::of))
}

/// The client's address, from the party that says so truthfully on this platform.
pub(crate) fn address(platform: &Platform, settings: &Settings, parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<Peer>().map(|Peer(peer)| *peer);
    let source = match &settings.address_header {
        Some(header) => Source::Proxy(header.as_str()),
        None => Source::of_platform(platform.name(), peer),
    };
    source.address(|name| texts(&parts.headers, name))
}

/// The values of a header, in their order. One that is no text is empty: it is there, and means nothing.
fn texts<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()).collect()
}
