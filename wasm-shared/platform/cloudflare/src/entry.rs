use std::cell::OnceCell;

use axum::Router;
use tower_service::Service as _;
use worker::{wasm_bindgen::JsValue, worker_sys::web_sys};

use platform::{Application, Platform, ServicesOn};

use crate::{Bindings, exchange};

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
    let response = match router.call(exchange::from_web(request)?).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    exchange::into_web(response).await.map(JsValue::from)
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
