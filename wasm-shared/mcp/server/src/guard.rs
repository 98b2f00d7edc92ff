//! Who may call: `Host` and `Origin`, against web pages that reach a server through a name they control.

use std::borrow::Cow;

use http::{HeaderMap, Uri, header};

use crate::{Error, error::ErrorKind};

/// Which `Host` and `Origin` values are answered.
///
/// A server on a user's own machine can be reached by any web page they open, if the page's domain resolves to
/// 127.0.0.1 (DNS rebinding). Such a request shows the page's domain in `Host` and `Origin`, so both are checked. A
/// request without `Origin` comes from no page and passes that check.
///
/// ```
/// use mcp::Guard;
/// let guard = Guard::local().host("example.com").origin("https://claude.ai");
/// assert!(guard.allows(Some("example.com"), Some("https://claude.ai")));
/// assert!(guard.allows(Some("localhost:3000"), Some("http://localhost:3000")));
/// assert!(!guard.allows(Some("evil.example"), Some("http://evil.example")));
/// ```
#[derive(Clone, Debug)]
pub struct Guard {
    hosts: Names,
    origins: Names,
    remedy: Cow<'static, str>,
}

#[derive(Clone, Debug)]
enum Names {
    Any,
    Listed(Vec<String>),
}

/// Names that can only mean this machine.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl Guard {
    /// Only this machine's own names, on any port.
    #[must_use]
    pub fn local() -> Self {
        let origins = LOCAL.iter().map(|host| format!("http://{host}:*")).collect();
        Self {
            hosts: Names::Listed(LOCAL.map(str::to_owned).to_vec()),
            origins: Names::Listed(origins),
            remedy: Cow::Borrowed(""),
        }
    }

    /// Adds a host: `example.com` (any port) or `example.com:8080`.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.hosts.add(host.into());
        self
    }

    /// Accepts every host. Right where the platform in front routes only its own names to the server, as Cloudflare
    /// does: no page can bring another name there.
    #[must_use]
    pub fn any_host(mut self) -> Self {
        self.hosts = Names::Any;
        self
    }

    /// Adds an origin: `https://example.com`, `http://localhost:3000`, `http://localhost:*`, or `null`.
    #[must_use]
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.add(origin.into());
        self
    }

    /// Accepts pages of every origin.
    #[must_use]
    pub fn any_origin(mut self) -> Self {
        self.origins = Names::Any;
        self
    }

    /// Adds a sentence to every refusal: how the operator allows more.
    #[must_use]
    pub fn remedy(mut self, sentence: impl Into<Cow<'static, str>>) -> Self {
        self.remedy = sentence.into();
        self
    }

    /// Whether a request with these headers is answered.
    #[must_use]
    pub fn allows(&self, host: Option<&str>, origin: Option<&str>) -> bool {
        self.hosts.allow_host(host) && self.origins.allow_origin(origin)
    }

    /// Whether a request is answered.
    ///
    /// # Errors
    ///
    /// Why it is not, with the [remedy](Self::remedy).
    pub fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Error> {
        let host = headers.get(header::HOST).map(|host| host.to_str().unwrap_or_default());
        // HTTP/2 has no `Host` header: the name is in the request's target.
        let host = host.or_else(|| uri.authority().map(http::uri::Authority::as_str));
        if !self.hosts.allow_host(host) {
            return Err(self.forbidden("This host name is not one of this server's."));
        }
        // A browser sends one. Where a proxy added another, both have to be allowed.
        let mut origins =
            headers.get_all(header::ORIGIN).iter().map(|origin| origin.to_str().unwrap_or_default());
        if !origins.all(|origin| self.origins.allow_origin(Some(origin))) {
            return Err(self.forbidden("Pages of this origin may not call this server."));
        }
        Ok(())
    }

    fn forbidden(&self, why: &str) -> Error {
        Error::new(ErrorKind::Forbidden, format!("{why} {}", self.remedy).trim_end().to_owned())
    }
}

impl Names {
    fn add(&mut self, name: String) {
        if let Self::Listed(names) = self {
            names.push(name);
        }
    }

    fn allow_host(&self, host: Option<&str>) -> bool {
        let Self::Listed(names) = self else { return true };
        let Some(host) = host else { return false };
        let bare = without_port(host);
        names.iter().any(|name| name.eq_ignore_ascii_case(host) || name.eq_ignore_ascii_case(bare))
    }

    fn allow_origin(&self, origin: Option<&str>) -> bool {
        let (Self::Listed(names), Some(origin)) = (self, origin) else { return true };
        names.iter().any(|name| match name.strip_suffix(":*") {
            Some(name) => name.eq_ignore_ascii_case(without_port(origin)),
            None => name.eq_ignore_ascii_case(origin),
        })
    }
}

/// `example.com:8080` without `:8080`; the colons inside `[::1]` and of `http://` are not before a port.
fn without_port(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((bare, port)) if !bare.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => bare,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_rebinds_its_name_to_this_machine_is_refused() {
        assert!(!Guard::local().allows(Some("evil.example.com"), Some("http://evil.example.com")));
        assert!(!Guard::local().allows(Some("localhost"), Some("http://evil.example.com")));
        assert!(!Guard::local().allows(Some("localhost"), Some("null")));
        assert!(!Guard::local().allows(None, None));
    }

    #[test]
    fn this_machine_is_known_by_all_its_names() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1:3000", "[::1]", "[::1]:3000"] {
            assert!(Guard::local().allows(Some(host), None), "{host}");
            assert!(
                Guard::local().allows(Some(host), Some(&format!("http://{}", host.to_lowercase()))),
                "{host}"
            );
        }
    }

    #[test]
    fn a_port_counts_where_one_is_named() {
        let guard = Guard::local().host("example.com:8080").origin("https://a.example");
        assert!(guard.allows(Some("example.com:8080"), Some("https://a.example")));
        assert!(!guard.allows(Some("example.com"), None));
        assert!(!guard.allows(Some("localhost"), Some("https://a.example:8443")));
        assert!(!guard.allows(Some("localhost"), Some("https://a.example.evil")));
    }

    #[test]
    fn everything_passes_where_everything_is_allowed() {
        assert!(Guard::local().any_host().any_origin().allows(None, Some("https://anything")));
    }
}
