use std::{future::Future, pin::Pin, sync::LazyLock, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tower_service::Service as _;

use super::{World, lock};
use crate::{
    Answer, HttpClient, OutsideError, Sleep,
    http_client::{failed, read},
};

static CLIENT: LazyLock<Client<HttpConnector, Body>> = LazyLock::new(|| {
    // No connection outlives its request: a test's server ends when the test does.
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http()
});

/// Real requests, without TLS: to servers that a test started.
impl HttpClient for World {
    fn send(&self, request: Request<Bytes>) -> Answer<'_, Response<Bytes>> {
        Box::pin(async move {
            self.wait_for("http client").await;
            self.step("http client")?;
            let response = CLIENT.request(request.map(Body::from)).await.map_err(|error| {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                failed(cause.unwrap_or_else(|| error.to_string()))
            })?;
            let (parts, body) = response.into_parts();
            Ok(Response::from_parts(parts, read(body).await?))
        })
    }
}

/// The application over the same world, as a new instance.
pub(super) struct Itself(pub(super) World);

impl HttpClient for Itself {
    fn send(&self, request: Request<Bytes>) -> Answer<'_, Response<Bytes>> {
        Box::pin(async move {
            let app = (*lock(&self.0.0.app)).ok_or_else(|| OutsideError::new("itself", "is not there"))?;
            let Ok(response) = app(self.0.platform()).call(request.map(Body::from)).await;
            let (parts, body) = response.into_parts();
            Ok(Response::from_parts(parts, read(body).await?))
        })
    }
}

impl Sleep for World {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let hurry = *lock(&self.0.hurry);
        let world = self.clone();
        Box::pin(async move {
            // Sleeps that overlap end when the longest does: their durations do not add up.
            let end = (*lock(&world.0.now)).map(|now| now + duration);
            tokio::time::sleep(duration / hurry.unwrap_or(1)).await;
            if hurry.is_some() {
                let mut now = lock(&world.0.now);
                *now = (*now).max(end);
            }
        })
    }
}
