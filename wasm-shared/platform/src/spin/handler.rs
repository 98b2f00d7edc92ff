use std::sync::OnceLock;

use axum::{Router, body::Body};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use spin_sdk::{
    http::{FromRequest as _, Request},
    wasip3::{
        http::types::{ErrorCode, Request as WasiRequest, Response as WasiResponse},
        http_compat::http_into_wasi_response,
    },
};
use tower_service::Service as _;

use crate::Platform;

/// More than the contract takes (1 MiB), so that the answer to a larger body is the contract's own 413.
const LARGEST_BODY: usize = 2 << 20;

/// Answers a request that the Spin runtime hands over.
///
/// An instance serves many requests, several at a time: the router is built once and cloned for each.
///
/// # Errors
/// Only when the runtime refuses the request or the response object itself; everything else is a response.
pub async fn answer(app: fn(Platform) -> Router, request: WasiRequest) -> Result<WasiResponse, ErrorCode> {
    static ROUTER: OnceLock<Router> = OnceLock::new();
    let mut router = ROUTER.get_or_init(|| app(super::platform())).clone();
    let (parts, mut incoming) = Request::from_request(request)?.into_parts();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame?.into_data() {
            body.extend_from_slice(&data);
        }
        if body.len() > LARGEST_BODY {
            break;
        }
    }
    let request = http::Request::from_parts(parts, Body::from(Bytes::from(body)));
    let response = match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    http_into_wasi_response(response)
}
