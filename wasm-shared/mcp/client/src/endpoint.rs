//! Where a server is, and what it is told besides the messages.

use http::{HeaderMap, Uri};
use outbound::PublicUrl;

use crate::Credentials;

/// Where a server is asked, and with which credentials.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its address, which was judged.
    pub url: PublicUrl,
    /// Headers for it alone: they do not go with a redirect to another origin.
    pub headers: HeaderMap,
    /// How a token is had, if it asks for one.
    pub credentials: Option<Credentials>,
}

impl Endpoint {
    /// An address without credentials.
    #[must_use]
    pub fn new(url: PublicUrl) -> Self {
        Self { url, headers: HeaderMap::new(), credentials: None }
    }
}

/// Whether two addresses are of the same scheme, host and port.
pub(crate) fn same_origin(one: &str, other: &str) -> bool {
    let origin = |text: &str| {
        let uri: Uri = text.parse().ok()?;
        Some((uri.scheme_str()?.to_owned(), uri.authority()?.as_str().to_ascii_lowercase()))
    };
    origin(one).is_some_and(|one| Some(one) == origin(other))
}
