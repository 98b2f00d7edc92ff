use std::cell::OnceCell;

use axum::{Router, body::Body};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tower_service::Service as _;
use worker::{js_sys::Uint8Array, wasm_bindgen::JsValue, worker_sys::web_sys};

use crate::Platform;

thread_local! {
    // Bindings stay valid as long as the isolate, so the router is built once and cloned for each request.
    static ROUTER: OnceCell<Router> = const { OnceCell::new() };
}

/// Answers a request that the Workers runtime hands over.
///
/// # Errors
/// Only when the runtime refuses the request or the response object itself; everything else is a response.
pub async fn answer(
    app: fn(Platform) -> Router,
    request: web_sys::Request,
    env: worker::Env,
) -> Result<JsValue, JsValue> {
    let mut router = ROUTER.with(|router| router.get_or_init(|| app(super::platform(&env))).clone());
    let request = worker::request_from_wasm(request).map_err(JsValue::from)?.map(Body::new);
    let response = match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    into_web(response).await.map(JsValue::from)
}

/// Does what the cron triggers ask for; `work` logs what came of it.
pub async fn scheduled<F: Future<Output = ()>>(work: fn(Platform) -> F, env: worker::Env) {
    work(super::platform(&env)).await;
}

/// A body whose length is known goes over in one piece; the rest is streamed as it comes.
async fn into_web(response: http::Response<Body>) -> Result<web_sys::Response, JsValue> {
    if response.body().size_hint().exact().is_none_or(|length| length == 0) {
        return worker::response_to_wasm(response).map_err(JsValue::from);
    }
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.map_err(|error| JsValue::from(error.to_string()))?.to_bytes();
    let head =
        worker::response_to_wasm(http::Response::from_parts(parts, Body::empty())).map_err(JsValue::from)?;
    let init = web_sys::ResponseInit::new();
    init.set_status(head.status());
    init.set_headers(&head.headers());
    web_sys::Response::new_with_opt_js_u8_array_and_init(Some(&Uint8Array::from(&bytes[..])), &init)
}
