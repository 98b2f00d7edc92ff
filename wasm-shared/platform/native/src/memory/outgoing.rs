use std::{future::Future, pin::Pin, sync::LazyLock, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use platform::{Answer, HttpClient, Inference, Itself, OutsideError, Sleep};
use tower_service::Service as _;

use super::{World, lock};
use crate::http_client::Outgoing;

/// No connection outlives its request: each test has a runtime of its own, with which its connections end.
static ALONE: LazyLock<Outgoing> = LazyLock::new(|| Outgoing::keeping(0));

/// Real requests: to servers that a test started.
impl HttpClient for World {
    fn open(&self, request: Request<Bytes>) -> Answer<'_, Response<Body>> {
        Box::pin(async move {
            self.wait_for("http client").await;
            self.step("http client")?;
            ALONE.send(request).await
        })
    }
}

/// The application over the same world, as a new instance.
pub(super) struct SameWorld(pub(super) World);

impl HttpClient for SameWorld {
    fn open(&self, request: Request<Bytes>) -> Answer<'_, Response<Body>> {
        Box::pin(async move {
            let app = (*lock(&self.0.0.app)).ok_or_else(|| OutsideError::new("itself", "is not there"))?;
            let Ok(response) = app(self.0.platform()).call(request.map(Body::from)).await;
            Ok(response)
        })
    }
}

impl Itself for SameWorld {
    fn client(&self) -> &dyn HttpClient {
        self
    }
}

/// The platform's own models, which a server stands in for.
pub(super) struct BoundModels {
    pub(super) world: World,
    pub(super) url: String,
}

impl Inference for BoundModels {
    fn run<'a>(&'a self, model: &'a str, input: Bytes) -> Answer<'a, Response<Body>> {
        Box::pin(async move {
            let request = Request::post(format!("{}/run/{model}", self.url)).body(input);
            self.world.open(request.map_err(|error| OutsideError::new("inference", error))?).await
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
