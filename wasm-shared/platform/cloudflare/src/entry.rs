use std::cell::OnceCell;

use axum::{Router, body::Body};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tower_service::Service as _;
use worker::{js_sys::Uint8Array, wasm_bindgen::JsValue, worker_sys::web_sys};

use platform::{Application, Platform, ServicesOn};

use crate::Bindings;

thread_local! {
    // Bindings stay valid as long as the isolate, so the router is built once and cloned for each request.
    static ROUTER: OnceCell<Router> = const { OnceCell::new() };
}

/// Answers a request that the Workers runtime hands over; `router` makes the whole application of its routes.
///
/// # Errors
/// Only when the runtime refuses the request or the response object itself; everything else is a response.
pub async fn answer<A: Application<Services: ServicesOn<Bindings>>>(
    router: fn(Router<Platform>, Platform) -> Router,
    request: web_sys::Request,
    env: worker::Env,
) -> Result<JsValue, JsValue> {
    let mut router =
        ROUTER.with(|made| made.get_or_init(|| router(A::routes(), super::platform::<A>(&env))).clone());
    let request = worker::request_from_wasm(request).map_err(JsValue::from)?.map(Body::new);
    let response = match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    into_web(response).await.map(JsValue::from)
}

/// Does what is due when a cron trigger fires.
///
/// # Errors
/// When the work failed: the runtime then records the run as failed.
pub async fn scheduled<A: Application<Services: ServicesOn<Bindings>>>(
    env: worker::Env,
) -> Result<JsValue, JsValue> {
    match A::scheduled(super::platform::<A>(&env)).await {
        Ok(()) => Ok(JsValue::UNDEFINED),
        Err(reason) => Err(worker::js_sys::Error::new(&reason).into()),
    }
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
