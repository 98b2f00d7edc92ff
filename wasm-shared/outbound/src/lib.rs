//! Addresses that users give: for webhooks, client metadata, other MCP servers.
//!
//! A server that sends requests wherever it is told can be made to reach what only it can reach: the machine's own ports, the
//! private network, a cloud's metadata service (server-side request forgery). [`PublicUrl`] is an address that was judged.
//! Whatever sends on a user's behalf takes this type and no text, and sends to exactly what was judged.
//!
//! A name is judged by what it says, not by what it resolves to: WebAssembly has no resolver, and could not pin the address
//! that its host connects to. Against a public name that resolves to a private address the host's own rule is needed:
//! `block_networks = ["private"]` in Spin's runtime configuration, `global_fetch_strictly_public` on Workers, and [`PublicOnly`]
//! natively (docs/platforms.md).
//!
//! With the crate `url` and its tables of international names this adds 233 kB to a WebAssembly file (87 kB compressed).

mod host;

use std::net::IpAddr;

use http::{Method, Uri, request};
use url::{Host, Url};

/// The longest address, in bytes.
pub const LONGEST: usize = 2_048;

/// An address that a request on a user's behalf may be sent to.
///
/// The platform's HTTP client follows no redirect. To follow one, ask [`redirected`](Self::redirected).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    url: Url,
    development: Development,
    /// Whether the host was found to be public, and not allowed for another reason.
    public: bool,
}

/// Among a request's extensions: it may be sent to public addresses only, whatever the name of its host resolves to. A client
/// that resolves names itself keeps to it.
#[derive(Clone, Copy, Debug)]
pub struct PublicOnly;

/// Whether an address is one of the public internet.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => host::is_public_v4(address),
        IpAddr::V6(address) => host::is_public_v6(address),
    }
}

/// Whether servers on this machine may be named, and without TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Development {
    /// No: as in every deployment that others use.
    #[default]
    Off,
    /// `http`, `localhost` and loopback addresses are allowed, on every port.
    Loopback,
}

/// Why an address is refused, as a sentence for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no URL, or holds characters that different programs read differently.
    #[error("The address is not a valid URL.")]
    Invalid,
    /// It is longer than [`LONGEST`].
    #[error("The address is longer than 2,048 bytes.")]
    TooLong,
    /// Its scheme is not `https`.
    #[error("The address must begin with https://.")]
    Scheme,
    /// It holds a user name or a password.
    #[error("The address must not hold a user name or password.")]
    Credentials,
    /// Its port is not 443.
    #[error("The address must use the port 443.")]
    Port,
    /// Its host is not on the public internet.
    #[error("The address must name a host on the public internet.")]
    Host,
}

impl PublicUrl {
    /// Judges an address that a user gave.
    ///
    /// # Errors
    /// Where a request must not be sent there.
    pub fn from_user(text: &str, development: Development) -> Result<Self, Refusal> {
        judge(parse(text)?, development)
    }

    /// Takes an address that the operator configured: of any host and port, also a private one, by `http` or `https`.
    ///
    /// # Errors
    /// Where it is no such URL, or holds a user name or password, which would end up in logs.
    pub fn from_operator(text: &str) -> Result<Self, Refusal> {
        let url = parse(text)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme);
        }
        Ok(Self { url, development: Development::Off, public: false })
    }

    /// Where a redirect of this address leads, judged as an address that a user gave, unless it stays on the same origin.
    ///
    /// # Errors
    /// Where a request must not be sent there.
    pub fn redirected(&self, location: &str) -> Result<Self, Refusal> {
        if has_ambiguous_characters(location) {
            return Err(Refusal::Invalid);
        }
        let url = self.url.join(location).map_err(|_| Refusal::Invalid)?;
        let url = parse(url.as_str())?;
        if url.origin() == self.url.origin() {
            return Ok(Self { url, development: self.development, public: self.public });
        }
        judge(url, self.development)
    }

    /// The address, normalised. This and nothing else is to be sent to, stored and shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The name or number of the host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// A request to the address.
    #[must_use]
    pub fn request(&self, method: Method) -> request::Builder {
        let request = http::Request::builder().method(method).uri(self.as_str());
        if self.public { request.extension(PublicOnly) } else { request }
    }
}

/// Parsers skip or move some of these, each its own way.
fn has_ambiguous_characters(text: &str) -> bool {
    text.chars().any(|char| char.is_control() || char.is_whitespace() || char == '\\')
}

/// Parses as browsers do, so that every way to write a number as a host gives that number. What every address must be.
fn parse(text: &str) -> Result<Url, Refusal> {
    if text.len() > LONGEST {
        return Err(Refusal::TooLong);
    }
    if has_ambiguous_characters(text) {
        return Err(Refusal::Invalid);
    }
    let mut url = Url::parse(text).map_err(|_| Refusal::Invalid)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::Credentials);
    }
    url.set_fragment(None);
    if url.as_str().len() > LONGEST {
        return Err(Refusal::TooLong);
    }
    // The clients read it by the rules for URIs; both readings have to agree on where it leads.
    let uri: Uri = url.as_str().parse().map_err(|_| Refusal::Invalid)?;
    let same = uri.host() == url.host_str()
        && uri.port_u16() == url.port()
        && uri.scheme_str() == Some(url.scheme());
    if same { Ok(url) } else { Err(Refusal::Invalid) }
}

fn judge(url: Url, development: Development) -> Result<PublicUrl, Refusal> {
    let host = url.host().ok_or(Refusal::Host)?;
    let on_this_machine = development == Development::Loopback && host::is_loopback(&host);
    if url.scheme() != "https" && !(on_this_machine && url.scheme() == "http") {
        return Err(Refusal::Scheme);
    }
    if !on_this_machine {
        let public = match host {
            Host::Domain(name) => host::is_public_name(name),
            Host::Ipv4(address) => is_public(address.into()),
            Host::Ipv6(address) => is_public(address.into()),
        };
        if !public {
            return Err(Refusal::Host);
        }
        // The scheme's own port is none in a parsed URL.
        if url.port().is_some() {
            return Err(Refusal::Port);
        }
    }
    Ok(PublicUrl { url, development, public: !on_this_machine })
}
