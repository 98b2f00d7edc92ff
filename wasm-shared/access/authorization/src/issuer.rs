use std::fmt;

use http::Uri;

use crate::redirect::{is_loopback, without_default_port};

/// This server's name as an authorization server: its origin, without a path or a slash at the end.
///
/// Clients compare it as a string, so it is made in this one place: from `PUBLIC_URL`, or from the request's own origin
/// where the platform vouches for that; never from `X-Forwarded-*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(String);

/// Why a text cannot be the issuer. Displayed as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnIssuer;

impl fmt::Display for NotAnIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PUBLIC_URL must be an origin such as https://example.org; http is for localhost only.")
    }
}

impl std::error::Error for NotAnIssuer {}

impl Issuer {
    /// Reads a public URL: https, or http on loopback; no path, query, fragment or user.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(url: &str) -> Result<Self, NotAnIssuer> {
        let (origin, rest) = split(url.trim()).ok_or(NotAnIssuer)?;
        let secure = origin.starts_with("https://") || is_loopback(&origin);
        if secure && matches!(rest, "" | "/") { Ok(Self(origin)) } else { Err(NotAnIssuer) }
    }

    /// This server's name for a request: `PUBLIC_URL` where it is set, and otherwise the host that the request came to,
    /// by https unless it is this machine. `None` where neither is an origin.
    ///
    /// Behind a proxy and on Spin, where the host is what the client says, `PUBLIC_URL` has to be set for tokens to be
    /// bound to one address.
    #[must_use]
    pub fn of_request(public_url: Option<&str>, host: Option<&str>) -> Option<Self> {
        if let Some(url) = public_url.map(str::trim).filter(|url| !url.is_empty()) {
            return Self::parse(url).ok();
        }
        let host = host?;
        Self::parse(&format!("http://{host}")).or_else(|_| Self::parse(&format!("https://{host}"))).ok()
    }

    /// The origin.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL of a path of this server.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The resource that tokens are for: the MCP endpoint.
    #[must_use]
    pub fn resource(&self) -> String {
        self.url("/mcp")
    }

    /// Whether a `resource` parameter (RFC 8707) means this server. Hosts write it with and without the path and the
    /// slash at the end.
    #[must_use]
    pub fn is_own_resource(&self, resource: &str) -> bool {
        split(resource)
            .is_some_and(|(origin, rest)| origin == self.0 && matches!(rest, "" | "/" | "/mcp" | "/mcp/"))
    }

    /// Whether this server is reached by https.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The origin of an http or https URL, in lower case and without the scheme's own port, and what comes after it.
fn split(url: &str) -> Option<(String, &str)> {
    // `Uri` drops a fragment without a word.
    if url.contains('#') || url.parse::<Uri>().ok()?.authority()?.as_str().contains('@') {
        return None;
    }
    let (scheme, after) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        return None;
    }
    let (authority, rest) = after.split_at(after.find(['/', '?']).unwrap_or(after.len()));
    let origin = format!("{scheme}://{}", authority.to_ascii_lowercase());
    Some((without_default_port(&origin).to_owned(), rest))
}
