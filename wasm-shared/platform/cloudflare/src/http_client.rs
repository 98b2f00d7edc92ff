use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use platform::{Answer, HttpClient, Itself, OutsideError, Provides};
use worker::{
    AbortController, AbortSignal, Env, Fetch, Headers, js_sys::Uint8Array, send::SendWrapper,
    wasm_bindgen::JsValue, worker_sys::web_sys,
};

use super::{Bindings, exchange, on_this_thread};

fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("http client", error)
}

/// The global `fetch`.
struct GlobalFetch;

impl Provides<dyn HttpClient> for Bindings {
    fn provide(&self) -> Option<Arc<dyn HttpClient>> {
        Some(Arc::new(GlobalFetch))
    }
}

impl HttpClient for GlobalFetch {
    fn open(&self, request: Request<Bytes>) -> Answer<'_, Response<Body>> {
        on_this_thread(async move {
            let abort = Abort::default();
            let response =
                Fetch::Request(prepared(request)?).send_with_signal(&abort.signal).await.map_err(failed)?;
            exchange::reply_from_web(&response.into(), abort)
                .map_err(|error| failed(worker::Error::from(error)))
        })
    }
}

/// The request as the runtime takes it: with redirects left to the caller, and a body whose length is known. The crate `worker` makes a
/// stream of a body, which goes out in chunks; servers that ask for `Content-Length` refuse it.
fn prepared(request: Request<Bytes>) -> Result<worker::Request, OutsideError> {
    let (parts, body) = request.into_parts();
    let init = web_sys::RequestInit::new();
    init.set_method(parts.method.as_str());
    init.set_headers(&Headers::from(&parts.headers).0);
    init.set_redirect(web_sys::RequestRedirect::Manual);
    if !body.is_empty() {
        init.set_body(&Uint8Array::from(&*body));
    }
    web_sys::Request::new_with_str_and_init(&parts.uri.to_string(), &init)
        .map(worker::Request::from)
        .map_err(|error| failed(worker::Error::from(error)))
}

/// This Worker itself, called through its service binding `SELF`: a new invocation with limits of its own, which goes on
/// where the call is given up.
struct ServiceBinding(Env);

impl Provides<dyn Itself> for Bindings {
    fn provide(&self) -> Option<Arc<dyn Itself>> {
        self.0.service("SELF").is_ok().then(|| Arc::new(ServiceBinding(self.0.clone())) as Arc<dyn Itself>)
    }
}

impl HttpClient for ServiceBinding {
    fn open(&self, request: Request<Bytes>) -> Answer<'_, Response<Body>> {
        on_this_thread(async move {
            let itself = self.0.service("SELF").map_err(failed)?;
            let response = itself.fetch_request(request.map(Body::from)).await.map_err(failed)?;
            Ok(response.map(Body::new))
        })
    }
}

impl Itself for ServiceBinding {
    fn client(&self) -> &dyn HttpClient {
        self
    }
}

/// Ends a request when it is dropped: because the caller stopped waiting, or with the body. After the last byte that does
/// nothing. A request that was given up must not go on holding one of the six connections.
pub(super) struct Abort {
    signal: AbortSignal,
    controller: Option<AbortController>,
}

impl Default for Abort {
    fn default() -> Self {
        let controller = AbortController::default();
        Self { signal: controller.signal(), controller: Some(controller) }
    }
}

impl Abort {
    /// What the request has to be given.
    pub(super) fn signal(&self) -> JsValue {
        JsValue::from(&*self.signal)
    }
}

/// A reply whose body holds on to its request.
pub(super) fn until_read(response: Response<worker::Body>, abort: Abort) -> Response<Body> {
    let abort = SendWrapper::new(abort);
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _held_as_long_as_the_body = &abort;
            frame
        }))
    })
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(controller) = self.controller.take() {
            controller.abort();
        }
    }
}
