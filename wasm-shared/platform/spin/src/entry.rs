use std::sync::OnceLock;

use axum::{Router, body::Body};
use spin_sdk::{
    http::{FromRequest as _, Request},
    wasip3::{
        http::types::{ErrorCode, Request as WasiRequest, Response as WasiResponse},
        http_compat::http_into_wasi_response,
    },
};
use tower_service::Service as _;

use platform::{Application, Platform, ServicesOn};

use super::Component;

/// Answers a request that the Spin runtime hands over; `router` makes the whole application of its routes.
///
/// An instance serves many requests, several at a time: the router is built once and cloned for each.
///
/// # Errors
/// Only when the runtime refuses the request or the response object itself; everything else is a response.
pub async fn answer<A: Application<Services: ServicesOn<Component>>>(
    router: fn(Router<Platform>, Platform) -> Router,
    request: WasiRequest,
) -> Result<WasiResponse, ErrorCode> {
    static ROUTER: OnceLock<Router> = OnceLock::new();
    let mut router =
        ROUTER.get_or_init(|| router(A::routes(), Platform::of::<A, _>("spin", &Component))).clone();
    // The body is read as it is asked for: what is refused by its head alone is never waited for.
    let request = Request::from_request(request)?.map(Body::new);
    let response = match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    http_into_wasi_response(response)
}
