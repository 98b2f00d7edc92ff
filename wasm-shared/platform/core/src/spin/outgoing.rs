use std::{future::Future, pin::Pin, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use spin_sdk::wasip3::clocks::monotonic_clock;

use crate::{
    Answer, HttpClient, Sleep,
    http_client::{failed, read},
};

/// WASI HTTP, to the hosts that `spin.toml` grants.
pub(super) struct WasiHttp;

impl HttpClient for WasiHttp {
    fn send(&self, request: Request<Bytes>) -> Answer<'_, Response<Bytes>> {
        Box::pin(async move {
            let response = spin_sdk::http::send(request.map(Body::from)).await.map_err(failed)?;
            let (parts, body) = response.into_parts();
            Ok(Response::from_parts(parts, read(body).await?))
        })
    }
}

/// The monotonic clock.
pub(super) struct MonotonicClock;

impl Sleep for MonotonicClock {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Box::pin(monotonic_clock::wait_for(nanoseconds))
    }
}
