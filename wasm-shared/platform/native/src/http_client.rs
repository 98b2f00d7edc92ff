use std::{
    io,
    net::SocketAddr,
    sync::LazyLock,
    task::{Context, Poll},
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
    rt::TokioExecutor,
};
use outbound::PublicOnly;
use platform::OutsideError;
use tower_service::Service;

type Hyper = Client<HttpsConnector<HttpConnector<Resolver>>, Body>;

static ANYWHERE: LazyLock<Hyper> = LazyLock::new(|| client(|_| true));
static PUBLIC: LazyLock<Hyper> = LazyLock::new(|| client(|address| outbound::is_public(address.ip())));

fn client(allows: fn(&SocketAddr) -> bool) -> Hyper {
    let mut connector = HttpConnector::new_with_resolver(Resolver { machine: GaiResolver::new(), allows });
    connector.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_webpki_roots()
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    // No connection outlives its request: a runtime of its own may have made it, and may have ended since.
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
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

/// Sends a request, over TLS where the address says `https`; one that is [`PublicOnly`] to public addresses only.
pub(crate) async fn open(request: Request<Bytes>) -> Result<Response<Body>, OutsideError> {
    let client = if request.extensions().get::<PublicOnly>().is_some() { &PUBLIC } else { &ANYWHERE };
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

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    #[tokio::test]
    async fn a_name_that_resolves_to_this_machine_is_not_asked_on_behalf_of_a_user() {
        let listener = TcpListener::bind("localhost:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await.unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        });
        let request = || Request::get(&url);
        let refused = open(request().extension(PublicOnly).body(Bytes::new()).unwrap()).await.unwrap_err();
        assert!(refused.to_string().contains("no address that may be asked"), "{refused}");
        assert_eq!(open(request().body(Bytes::new()).unwrap()).await.unwrap().status(), 204);
    }
}
