//! A plain HTTP client, and what it demands of every answer.
//!
//! One connection a request: what is tested is the service, not a pool of connections. The client follows nothing, retries
//! nothing and decodes nothing.

use std::{
    convert::Infallible,
    io::{Read, Write},
    net::TcpStream,
    pin::Pin,
    sync::LazyLock,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use http_body_util::BodyExt as _;
use hyper_util::rt::TokioIo;
use serde_json::Value;

use crate::{answers, patient::Patient};

/// Far longer than any answer takes, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(2);

/// What drives the connections, and the servers that run in this process.
pub static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads to run on")
});

/// Speaks to one service.
#[derive(Clone, Debug)]
pub struct Client {
    /// `host:port`.
    authority: String,
    /// What stands before every path; empty, or `/something`.
    prefix: String,
    /// What may appear in no answer.
    secrets: Vec<String>,
    /// What is sent with a request that says nothing of who sends it and needs no administrator.
    key: Option<String>,
}

impl Client {
    /// A client of the service at `base_url`, `http://host:port[/prefix]`.
    ///
    /// # Errors
    /// When the URL is not of this form. TLS is not spoken: the suite runs against loopback, or through what strips it.
    pub fn new(base_url: &str, secrets: Vec<String>) -> Result<Self, String> {
        let rest = base_url
            .strip_prefix("http://")
            .ok_or_else(|| format!("{base_url}: give an http:// URL (TLS is not spoken here)"))?;
        let (authority, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let port = if authority.contains(':') { "" } else { ":80" };
        let prefix = prefix.trim_end_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        Ok(Self {
            authority: format!("{authority}{port}"),
            prefix: format!("{slash}{prefix}"),
            secrets,
            key: None,
        })
    }

    /// The same, which reads with a key where a case sends none: for a service that asks everybody for one.
    #[must_use]
    pub fn reading_with(self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self }
    }

    /// A request of any method.
    pub fn request(&self, method: Method, path: &str) -> Request<'_> {
        Request {
            client: self,
            method,
            path: format!("{}{path}", self.prefix),
            headers: HeaderMap::new(),
            body: None,
            measured: true,
        }
    }

    /// `GET path`.
    pub fn get(&self, path: &str) -> Request<'_> {
        self.request(Method::GET, path)
    }

    /// `POST path`.
    pub fn post(&self, path: &str) -> Request<'_> {
        self.request(Method::POST, path)
    }

    /// `PUT path`.
    pub fn put(&self, path: &str) -> Request<'_> {
        self.request(Method::PUT, path)
    }

    /// Writes bytes to a connection as they are and returns what comes back until it is closed or falls silent: for
    /// requests that no decent client sends.
    #[must_use]
    pub fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.authority).expect("the service listens");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a socket that can wait");
        stream.write_all(request).expect("the service takes the request");
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            answer.extend_from_slice(&buffer[..count]);
            if answer.ends_with(b"}") {
                break;
            }
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The header line of the key that this client reads with, for a request that is written by hand; empty without one.
    #[must_use]
    pub fn key_line(&self) -> String {
        self.key.as_ref().map_or_else(String::new, |key| format!("Authorization: Bearer {key}\r\n"))
    }

    /// The service's `host:port`.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

/// A request on its way.
#[must_use]
pub struct Request<'a> {
    client: &'a Client,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Option<Bytes>,
    measured: bool,
}

impl Request<'_> {
    /// With a header more.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header value");
        self.headers.append(HeaderName::from_static(name), value);
        self
    }

    /// With a key, as a bearer.
    pub fn bearer(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    /// With a body of any kind; its media type is a header of its own.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    /// Without `Content-Length`: the body goes out in chunks, and the service learns its size at the end.
    pub fn in_chunks(mut self) -> Self {
        self.measured = false;
        self
    }

    /// Sends it and returns the answer, which meets what the contract says of every answer.
    pub fn send(self) -> Reply {
        let client = self.client.clone();
        let reply = self.send_unchecked().unwrap_or_else(|error| panic!("{error}"));
        answers::check(&reply, &client.secrets);
        reply
    }

    /// Sends it and returns whatever comes back.
    ///
    /// # Errors
    /// When nothing does.
    pub fn send_unchecked(self) -> Result<Reply, String> {
        let described = format!("{} {}", self.method, self.path);
        let head = self.method == Method::HEAD;
        let answer = RUNTIME.block_on(async {
            tokio::time::timeout(PATIENCE, self.exchange()).await.unwrap_or_else(|_| Err("no answer".into()))
        });
        let (parts, body) = answer.map_err(|error| format!("{described}: {error}"))?;
        Ok(Reply { described, head, status: parts.status.as_u16(), headers: parts.headers, body })
    }

    /// The key of a client that reads with one, where the case sends none and no administrator is asked for, nor a sign-in, which has
    /// credentials of its own.
    fn key(&self) -> Option<HeaderValue> {
        let names_one = ["authorization", "x-admin-key"].iter().any(|name| self.headers.contains_key(*name));
        let operates = ["/admin", "/api", "/authorize", "/token", "/register", "/revoke"]
            .iter()
            .any(|path| self.path.starts_with(path));
        let key =
            self.client.key.as_ref().filter(|_| !names_one && !operates && self.method != Method::OPTIONS);
        key.and_then(|key| HeaderValue::from_str(&format!("Bearer {key}")).ok())
    }

    async fn exchange(
        self,
    ) -> Result<(http::response::Parts, Vec<u8>), Box<dyn std::error::Error + Send + Sync>> {
        let key = self.key();
        let stream = tokio::net::TcpStream::connect(&self.client.authority).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(Patient(TokioIo::new(stream))).await?;
        let driver = tokio::spawn(connection);
        let mut request = http::Request::builder()
            .method(self.method)
            .uri(&self.path)
            .header("host", &self.client.authority)
            .body(Chunks { rest: self.body.unwrap_or_default(), measured: self.measured })?;
        request.headers_mut().extend(self.headers);
        request.headers_mut().extend(key.map(|key| (header::AUTHORIZATION, key)));
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes().to_vec();
        drop(sender);
        driver.abort();
        Ok((parts, body))
    }
}

/// A body that may keep its length to itself.
struct Chunks {
    rest: Bytes,
    measured: bool,
}

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        const CHUNK: usize = 64 << 10;
        let size = self.rest.len().min(CHUNK);
        let chunk = self.rest.split_to(size);
        Poll::Ready((size > 0).then(|| Ok(http_body::Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        if self.measured {
            http_body::SizeHint::with_exact(self.rest.len() as u64)
        } else {
            http_body::SizeHint::default()
        }
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// `METHOD path` of the request, for messages.
    pub described: String,
    /// Whether the request was a `HEAD`.
    pub head: bool,
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// Demands this status.
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.described, self.shown());
        self
    }

    /// The answer of a request that succeeded, as JSON.
    #[must_use]
    pub fn ok(self) -> Value {
        self.expect(200).json()
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error} in {}", self.described, self.shown()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_else(|error| panic!("{}: {error}", self.described))
    }

    /// A header, if it is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header of plain text"))
    }

    /// A header that must be there.
    #[must_use]
    pub fn must_have(&self, name: &str) -> &str {
        self.header(name)
            .unwrap_or_else(|| panic!("{} answers without {name}: {:?}", self.described, self.headers))
    }

    /// The media type without its parameters.
    #[must_use]
    pub fn media_type(&self) -> &str {
        self.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim()
    }

    /// The body's beginning, for messages.
    #[must_use]
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(600).collect()
    }
}
