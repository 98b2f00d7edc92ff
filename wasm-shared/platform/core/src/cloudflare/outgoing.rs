use std::{future::Future, pin::Pin, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use worker::{AbortController, Env, Fetch, RequestRedirect, send::SendFuture};

use super::on_this_thread;
use crate::{
    Answer, HttpClient, OutsideError, Sleep,
    http_client::{failed, read},
};

/// The global `fetch`.
pub(super) struct GlobalFetch;

impl HttpClient for GlobalFetch {
    fn send(&self, mut request: Request<Bytes>) -> Answer<'_, Response<Bytes>> {
        request.extensions_mut().insert(RequestRedirect::Manual);
        on_this_thread(async move {
            // An abandoned request must not go on holding one of the six connections.
            let controller = AbortController::default();
            let signal = controller.signal();
            let _abandoned = AbortOnDrop(Some(controller));
            let request: worker::Request = request.map(Body::from).try_into().map_err(failed)?;
            let response = Fetch::Request(request).send_with_signal(&signal).await.map_err(failed)?;
            whole(response.try_into().map_err(failed)?).await
        })
    }
}

/// This Worker itself, called through its service binding `SELF`: a new invocation with limits of its own, which goes on
/// where the call is given up.
pub(super) struct Itself(pub(super) Env);

impl HttpClient for Itself {
    fn send(&self, request: Request<Bytes>) -> Answer<'_, Response<Bytes>> {
        on_this_thread(async move {
            let itself = self.0.service("SELF").map_err(failed)?;
            whole(itself.fetch_request(request.map(Body::from)).await.map_err(failed)?).await
        })
    }
}

async fn whole(response: Response<worker::Body>) -> Result<Response<Bytes>, OutsideError> {
    let (parts, body) = response.into_parts();
    Ok(Response::from_parts(parts, read(body).await?))
}

struct AbortOnDrop(Option<AbortController>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = self.0.take() {
            controller.abort();
        }
    }
}

/// `setTimeout`.
pub(super) struct SetTimeout;

impl Sleep for SetTimeout {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(SendFuture::new(worker::Delay::from(duration)))
    }
}
