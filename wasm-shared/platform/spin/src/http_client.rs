use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
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
    fn open(&self, request: Request<Bytes>) -> Answer<'_, Response<Body>> {
        Box::pin(async move {
            let response = spin_sdk::http::send(request.map(Body::from))
                .await
                .map_err(|error| OutsideError::new("http client", error))?;
            Ok(response.map(Body::new))
        })
    }
}
