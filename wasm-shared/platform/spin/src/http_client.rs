use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response, header::CONTENT_LENGTH};
use platform::{Answer, HttpClient, OutsideError, Provides};

use super::Component;

/// WASI HTTP, to the hosts that `spin.toml` grants.
struct WasiHttp;

impl Provides<dyn HttpClient> for Component {
    fn provide(&self) -> Option<Arc<dyn HttpClient>> {
        Some(Arc::new(WasiHttp))
    }
}

impl HttpClient for WasiHttp {
    fn open(&self, mut request: Request<Bytes>) -> Answer<'_, Response<Body>> {
        Box::pin(async move {
            let host = request.uri().host().unwrap_or_default().to_owned();
            // Without it the host sends the body in chunks, which servers refuse that ask for a length.
            if !request.body().is_empty() {
                let length = request.body().len();
                request.headers_mut().insert(CONTENT_LENGTH, length.into());
            }
            let response = spin_sdk::http::send(request.map(Body::from))
                .await
                .map_err(|error| failed(&host, &error.to_string()))?;
            Ok(response.map(Body::new))
        })
    }
}

/// Settings may name hosts that the manifest does not grant. Then the host's word alone ("denied") would not tell an operator what
/// to do.
fn failed(host: &str, error: &str) -> OutsideError {
    if error.contains("HttpRequestDenied") {
        let reason =
            format_args!("allowed_outbound_hosts of this component in spin.toml does not name {host}");
        return OutsideError::new("http client", reason);
    }
    OutsideError::new("http client", error)
}
