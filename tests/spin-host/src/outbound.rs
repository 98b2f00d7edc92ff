//! Outgoing HTTP: only to where `allowed_outbound_hosts` lets a component, by Spin's rules.

use std::{str::FromStr as _, sync::Arc};

use bytes::Bytes;
use http::Uri;
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use wasmtime::{Result, bail, ensure, error::Context as _};
use wasmtime_wasi::TrappableError;
use wasmtime_wasi_http::p3::{
    RequestOptions, WasiHttpHooks, bindings::http::types::ErrorCode, default_send_request,
};

use crate::variables::Values;

/// The places that a component may send requests to.
#[derive(Debug, Default)]
pub(crate) struct AllowedHosts(Vec<AllowedHost>);

/// One entry: `scheme://host[:port]`.
#[derive(Debug, PartialEq)]
struct AllowedHost {
    /// `None` for `*`.
    scheme: Option<String>,
    host: Host,
    port: Port,
}

#[derive(Debug, PartialEq)]
enum Host {
    Any,
    /// `*.example.org`, kept as `.example.org`.
    Subdomain(String),
    Exactly(String),
}

#[derive(Debug, PartialEq)]
enum Port {
    Any,
    /// From the first up to, not including, the second.
    Range(u16, u16),
    Exactly(u16),
}

impl AllowedHosts {
    /// Reads the entries of a manifest after filling in the variables that they name.
    ///
    /// # Errors
    ///
    /// When an entry is not `scheme://host[:port]`, or asks for what only Spin can do.
    pub(crate) fn new(entries: &[String], values: &Values) -> Result<Self> {
        let parse = |entry: &String| {
            AllowedHost::parse(&values.fill(entry)?)
                .with_context(|| format!("allowed_outbound_hosts: {entry:?}"))
        };
        entries.iter().map(parse).collect::<Result<_>>().map(Self)
    }

    fn allow(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else { return false };
        let Some(port) = uri.port_u16().or_else(|| well_known_port(scheme)) else { return false };
        self.0.iter().any(|allowed| allowed.allows(scheme, host, port))
    }
}

impl AllowedHost {
    fn parse(entry: &str) -> Result<Self> {
        let (scheme, rest) =
            entry.trim().split_once("://").context("it has no scheme: write https://host")?;
        ensure!(
            scheme == "*" || scheme.chars().all(|character| character.is_ascii_alphabetic()),
            "the scheme must be letters, or * for any"
        );
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        ensure!(!rest.contains('/'), "it has a path, and only whole hosts can be allowed");
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, Port::parse(port)?),
            None => (
                rest,
                Port::Exactly(well_known_port(scheme).context("the port must be given for this scheme")?),
            ),
        };
        Ok(Self { scheme: (scheme != "*").then(|| scheme.to_owned()), host: Host::parse(host)?, port })
    }

    fn allows(&self, scheme: &str, host: &str, port: u16) -> bool {
        let scheme_fits = self.scheme.as_deref().is_none_or(|allowed| allowed == scheme);
        let host_fits = match &self.host {
            Host::Any => true,
            Host::Subdomain(suffix) => host.ends_with(suffix),
            Host::Exactly(allowed) => allowed == host,
        };
        let port_fits = match self.port {
            Port::Any => true,
            Port::Range(from, to) => (from..to).contains(&port),
            Port::Exactly(allowed) => allowed == port,
        };
        scheme_fits && host_fits && port_fits
    }
}

impl Host {
    fn parse(host: &str) -> Result<Self> {
        if host == "*" {
            return Ok(Self::Any);
        }
        if host == "self" || host == "self.alt" || host.ends_with(".spin.internal") {
            bail!("requests to the application itself are not offered by this host");
        }
        if let Some(domain) = host.strip_prefix("*.") {
            ensure!(!domain.contains('*'), "a wildcard may only stand at the front of a host");
            return Ok(Self::Subdomain(format!(".{domain}")));
        }
        ensure!(
            !host.is_empty() && !host.contains('*'),
            "a wildcard may only stand for a whole host or its front"
        );
        Ok(Self::Exactly(host.to_owned()))
    }
}

impl Port {
    fn parse(port: &str) -> Result<Self> {
        let number = |text: &str| u16::from_str(text).with_context(|| format!("{text:?} is no port"));
        Ok(match port.split_once("..") {
            _ if port == "*" => Self::Any,
            Some((from, to)) => Self::Range(number(from)?, number(to)?),
            None => Self::Exactly(number(port)?),
        })
    }
}

fn well_known_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// Sends a component's requests, or refuses them.
pub(crate) struct Outbound(pub(crate) Arc<AllowedHosts>);

type Sent =
    (http::Response<UnsyncBoxBody<Bytes, ErrorCode>>, Box<dyn Future<Output = Result<(), ErrorCode>> + Send>);

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: http::Request<UnsyncBoxBody<Bytes, ErrorCode>>,
        options: Option<RequestOptions>,
        _processed: Box<dyn Future<Output = Result<(), ErrorCode>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, TrappableError<ErrorCode>>> + Send> {
        if !self.0.allow(request.uri()) {
            eprintln!("spin-host: refused a request to {}, which is not allowed", origin(request.uri()));
            return Box::new(async { Err(ErrorCode::HttpRequestDenied.into()) });
        }
        Box::new(async move {
            let (response, io) = default_send_request(request, options).await?;
            Ok((response.map(BodyExt::boxed_unsync), Box::new(io) as _))
        })
    }
}

/// The place without path and query, which may hold secrets.
fn origin(uri: &Uri) -> String {
    format!("{}://{}", uri.scheme_str().unwrap_or_default(), uri.host().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, uri: &str) -> bool {
        AllowedHosts(vec![AllowedHost::parse(entry).unwrap()]).allow(&uri.parse().unwrap())
    }

    #[test]
    fn a_host_is_allowed_with_its_scheme_and_port() {
        assert!(allows("https://api.spacescope.io", "https://api.spacescope.io/v2?x=1"));
        assert!(allows("https://api.spacescope.io/", "https://api.spacescope.io:443/"));
        assert!(!allows("https://api.spacescope.io", "http://api.spacescope.io/"));
        assert!(!allows("https://api.spacescope.io", "https://api.spacescope.io:8443/"));
        assert!(!allows("https://api.spacescope.io", "https://spacescope.io/"));
        assert!(!allows("https://api.spacescope.io", "https://api.spacescope.io.evil.example/"));
        assert!(allows("http://127.0.0.1:8080", "http://127.0.0.1:8080/"));
    }

    #[test]
    fn wildcards_stand_for_schemes_subdomains_and_ports() {
        assert!(allows("*://*:*", "http://anything.example:81/"));
        assert!(allows("https://*", "https://anything.example/"));
        assert!(allows("https://*.example.org", "https://a.b.example.org/"));
        assert!(!allows("https://*.example.org", "https://example.org/"));
        assert!(allows("http://localhost:3000..3010", "http://localhost:3009/"));
        assert!(!allows("http://localhost:3000..3010", "http://localhost:3010/"));
    }

    #[test]
    fn what_is_no_scheme_host_and_port_is_refused() {
        for entry in [
            "api.spacescope.io",
            "https://a.example/path",
            "ftp://a.example",
            "https://a.*.example",
            "http://self",
        ] {
            assert!(AllowedHost::parse(entry).is_err(), "{entry}");
        }
    }
}
