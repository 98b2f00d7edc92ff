//! Redirect URIs: which may be registered, and which one a registered one matches.
//!
//! They are compared as the strings they came as. A parser that normalizes would let two different strings be equal,
//! and browsers disagree with each other in such cases.

use http::Uri;

/// Longest redirect URI, in bytes.
const LONGEST: usize = 2048;

/// Whether a redirect URI may be registered: https, or http on loopback; no user and no fragment.
pub(crate) fn is_acceptable(uri: &str) -> bool {
    let Ok(parsed) = uri.parse::<Uri>() else { return false };
    let Some(authority) = parsed.authority() else { return false };
    let fine = uri.len() <= LONGEST && !uri.contains('#') && !authority.as_str().contains('@');
    match parsed.scheme_str() {
        Some("https") => fine && !authority.host().is_empty(),
        Some("http") => fine && is_loopback(uri),
        _ => false,
    }
}

/// Whether `presented` is the registered URI: the same string, or on loopback the same but for the port, which a
/// native application chooses when it starts (RFC 8252, section 7.3).
pub(crate) fn matches(registered: &str, presented: &str) -> bool {
    if registered == presented {
        return true;
    }
    match (loopback_without_port(registered), loopback_without_port(presented)) {
        (Some(registered), Some(presented)) => registered == presented,
        _ => false,
    }
}

/// Whether a URL is http on this machine.
pub(crate) fn is_loopback(url: &str) -> bool {
    loopback_without_port(url).is_some()
}

/// Host and rest of an http URL on this machine.
fn loopback_without_port(url: &str) -> Option<(&str, &str)> {
    let after = url.strip_prefix("http://")?;
    let (authority, rest) = after.split_at(after.find(['/', '?']).unwrap_or(after.len()));
    let host = ["localhost", "127.0.0.1", "[::1]"].into_iter().find(|host| {
        authority.strip_prefix(host).is_some_and(|port| {
            port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
        })
    })?;
    Some((host, rest))
}

/// The origin without `:443` or `:80` where that is the scheme's own port.
pub(crate) fn without_default_port(origin: &str) -> &str {
    let port = if origin.starts_with("https:") { ":443" } else { ":80" };
    origin.strip_suffix(port).unwrap_or(origin)
}

/// The host of a URL with its port, as it is shown to people.
pub(crate) fn host(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, after)| after);
    &after[..after.find(['/', '?', '#']).unwrap_or(after.len())]
}

/// The origin of a URL.
pub(crate) fn origin(url: &str) -> &str {
    let end = url.find("://").map_or(0, |at| at + 3);
    &url[..end + host(url).len()]
}

/// A redirect URI with parameters added to its query.
pub(crate) fn with_parameters(uri: &str, parameters: &[(&str, &str)]) -> String {
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let separator = match uri.find('?') {
        None => "?",
        Some(_) if uri.ends_with(['?', '&']) => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{encoded}")
}
