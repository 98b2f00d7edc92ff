//! The address a request came from: what anonymous callers are counted by.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Who says truthfully where a request came from. Any other header is a claim of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// Cloudflare's edge, which sets `CF-Connecting-IP` and refuses one that a client sends.
    Cloudflare,
    /// Spin's HTTP trigger, which appends `spin-client-addr` (address and port) behind whatever the client sent.
    Spin,
    /// The connection itself, where this server accepts connections.
    Connection(Option<SocketAddr>),
    /// A proxy of the operator, which appends to the header of this name, such as `x-forwarded-for`.
    Proxy(&'a str),
}

impl Source<'static> {
    /// Who says so on a platform, by its name. On a platform that is not known nobody does, and all callers share one
    /// limit.
    #[must_use]
    pub fn of_platform(name: &str, peer: Option<SocketAddr>) -> Self {
        match name {
            "cloudflare" => Self::Cloudflare,
            "spin" => Self::Spin,
            _ => Self::Connection(peer),
        }
    }
}

impl Source<'_> {
    /// The client's address. `header` gives all values of a header, in their order.
    #[must_use]
    pub fn address<'h, I>(self, header: impl FnOnce(&str) -> I) -> Option<IpAddr>
    where
        I: IntoIterator<Item = &'h str>,
    {
        let name = match self {
            Self::Cloudflare => "cf-connecting-ip",
            Self::Spin => "spin-client-addr",
            Self::Proxy(name) => name,
            Self::Connection(peer) => return peer.map(|peer| peer.ip()),
        };
        // The last value is the one that was appended last, by the party that is trusted; what stands before it came
        // with the request.
        parse(header(name).into_iter().last()?.rsplit(',').next()?.trim())
    }
}

/// An address with or without a port.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

/// The network that is counted as one caller: an IPv4 address, or the /64 that a provider gives to one customer.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => v6
            .to_ipv4_mapped()
            .map_or_else(|| IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))), IpAddr::V4),
    }
}

/// A network as it is kept: a salted hash, from which the address cannot be found without the deployment's salt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressHash(String);

impl AddressHash {
    /// The hash of the network of `address`. Requests whose address is not known share one, so that they stay limited.
    #[must_use]
    pub fn of(address: Option<IpAddr>, salt: &[u8]) -> Self {
        let bytes = match network(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))) {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        // HMAC takes a key of any length, so there is no error to report.
        let tag = Hmac::<Sha256>::new_from_slice(salt)
            .map(|mac| mac.chain_update(bytes).finalize().into_bytes())
            .unwrap_or_default();
        Self(BASE64_URL_SAFE_NO_PAD.encode(&tag[..16]))
    }
}

impl fmt::Display for AddressHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
