use std::sync::LazyLock;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use platform::OutsideError;

static CLIENT: LazyLock<Client<HttpsConnector<HttpConnector>, Body>> = LazyLock::new(|| {
    let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
    // No connection outlives its request: a runtime of its own may have made it, and may have ended since.
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
});

/// Sends a request, over TLS where the address says `https`.
pub(crate) async fn open(request: Request<Bytes>) -> Result<Response<Body>, OutsideError> {
    let response = CLIENT.request(request.map(Body::from)).await.map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        OutsideError::new("http client", cause.unwrap_or_else(|| error.to_string()))
    })?;
    Ok(response.map(Body::new))
}
