use std::{
    io,
    net::SocketAddr,
    task::{Context, Poll},
    time::Duration,
    vec,
};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{
            HttpConnector,
            dns::{GaiResolver, Name},
        },
    },
    rt::{TokioExecutor, TokioTimer},
};
use outbound::PublicOnly;
use platform::OutsideError;
use tower_service::Service;

type Hyper = Client<HttpsConnector<HttpConnector<Resolver>>, Body>;

/// How long a connection is kept without a request. Node and uvicorn close theirs after five seconds, and a request that meets the
/// closing would be lost.
const KEPT_FOR: Duration = Duration::from_secs(4);

/// The requests of a machine to others. Those that may reach public addresses only have connections of their own: one that is kept
/// leads to an address that was judged when it was made.
pub(crate) struct Outgoing {
    anywhere: Hyper,
    public: Hyper,
}

impl Outgoing {
    /// Keeps so many connections to each host open for its next requests. A request on one that was closed before it was written is
    /// sent on a new one; one that was written is never repeated.
    pub(crate) fn keeping(connections: usize) -> Self {
        let client = |allows| client(allows, connections);
        Self { anywhere: client(|_| true), public: client(|address| outbound::is_public(address.ip())) }
    }
}

fn client(allows: fn(&SocketAddr) -> bool, kept: usize) -> Hyper {
    let mut connector = HttpConnector::new_with_resolver(Resolver { machine: GaiResolver::new(), allows });
    connector.enforce_http(false);
    // A message is written whole: there is nothing to wait for and send along with it.
    connector.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new()
        .with_webpki_roots()
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(kept)
        .pool_idle_timeout(KEPT_FOR)
        .pool_timer(TokioTimer::new())
        .build(connector)
}

/// The machine's resolver, without the addresses that a request may not be sent to. What is connected to is what was judged.
#[derive(Clone)]
struct Resolver {
    machine: GaiResolver,
    allows: fn(&SocketAddr) -> bool,
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.machine.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (found, allows) = (self.machine.call(name), self.allows);
        Box::pin(async move {
            let allowed: Vec<_> = found.await?.filter(allows).collect();
            if allowed.is_empty() {
                return Err(io::Error::other("the host's name resolves to no address that may be asked"));
            }
            Ok(allowed.into_iter())
        })
    }
}

impl Outgoing {
    /// Sends a request, over TLS where the address says `https`; one that is [`PublicOnly`] to public addresses only.
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, OutsideError> {
        let public = request.extensions().get::<PublicOnly>().is_some();
        let client = if public { &self.public } else { &self.anywhere };
        let response = client.request(request.map(Body::from)).await.map_err(|error| {
            // The innermost says what happened; those around it that a request failed.
            let mut cause: &dyn std::error::Error = &error;
            while let Some(inner) = cause.source() {
                cause = inner;
            }
            OutsideError::new("http client", cause)
        })?;
        Ok(response.map(Body::new))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::{Arc, Mutex};

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
        sync::Notify,
    };

    use super::*;

    /// A server that keeps connections open and does with each request what it is told: the body of the answer, or none at all. It
    /// gives its address, how many requests came on each connection, and a word when both sides have closed one.
    async fn server(
        answers: impl Fn(usize) -> Option<&'static str> + Send + Sync + 'static,
    ) -> (String, Arc<Mutex<Vec<usize>>>, Arc<Notify>) {
        let listener = TcpListener::bind("localhost:0").await.unwrap();
        let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let closed = Arc::new(Notify::new());
        let (seen, tell) = (Arc::clone(&requests), Arc::clone(&closed));
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let connection = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(0);
                    seen.len() - 1
                };
                let mut text = Vec::new();
                while stream.read_buf(&mut text).await.is_ok_and(|read| read > 0) {
                    if !text.ends_with(b"\r\n\r\n") {
                        continue;
                    }
                    text.clear();
                    let number = {
                        let mut seen = seen.lock().unwrap();
                        seen[connection] += 1;
                        seen.iter().sum()
                    };
                    // Closing without an answer, the request being read, is what a server does that dies over it.
                    let Some(body) = answers(number) else { break };
                    let length = body.len();
                    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
                    stream.write_all(answer.as_bytes()).await.unwrap();
                    if body == "the last" {
                        stream.shutdown().await.unwrap();
                        while stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
                        tell.notify_one();
                        break;
                    }
                }
            }
        });
        (url, requests, closed)
    }

    async fn ask(outgoing: &Outgoing, url: &str) -> Result<Bytes, OutsideError> {
        let response = outgoing.send(Request::get(url).body(Bytes::new()).unwrap()).await?;
        platform::whole(response.into_body(), 1 << 10).await
    }

    #[tokio::test]
    async fn requests_that_follow_each_other_share_a_connection() {
        let (url, requests, _) = server(|_| Some("here")).await;
        let outgoing = Outgoing::keeping(8);
        for _ in 0..5 {
            assert_eq!(ask(&outgoing, &url).await.unwrap(), "here");
        }
        assert_eq!(*requests.lock().unwrap(), [5]);
    }

    #[tokio::test]
    async fn no_connection_is_kept_where_none_is_to_be() {
        let (url, requests, _) = server(|_| Some("here")).await;
        let outgoing = Outgoing::keeping(0);
        for _ in 0..3 {
            assert_eq!(ask(&outgoing, &url).await.unwrap(), "here");
        }
        assert_eq!(*requests.lock().unwrap(), [1, 1, 1]);
    }

    #[tokio::test]
    async fn a_server_that_closed_the_kept_connection_is_asked_on_a_new_one() {
        let (url, requests, closed) = server(|_| Some("the last")).await;
        let outgoing = Outgoing::keeping(8);
        for _ in 0..3 {
            assert_eq!(ask(&outgoing, &url).await.unwrap(), "the last");
            closed.notified().await;
        }
        assert_eq!(*requests.lock().unwrap(), [1, 1, 1]);
    }

    #[tokio::test]
    async fn a_request_that_a_server_died_over_is_not_sent_a_second_time() {
        let (url, requests, _) = server(|number| (number == 1).then_some("here")).await;
        let outgoing = Outgoing::keeping(8);
        ask(&outgoing, &url).await.unwrap();
        ask(&outgoing, &url).await.unwrap_err();
        assert_eq!(requests.lock().unwrap().iter().sum::<usize>(), 2);
    }

    #[tokio::test]
    async fn a_connection_that_is_kept_for_the_operator_is_not_used_for_an_address_of_a_user() {
        let (url, requests, _) = server(|_| Some("here")).await;
        let outgoing = Outgoing::keeping(8);
        ask(&outgoing, &url).await.unwrap();
        let request = Request::get(&url).extension(PublicOnly).body(Bytes::new()).unwrap();
        let refused = outgoing.send(request).await.unwrap_err();
        assert!(refused.to_string().contains("no address that may be asked"), "{refused}");
        assert_eq!(*requests.lock().unwrap(), [1]);
    }
}
