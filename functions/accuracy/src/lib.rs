//! `GET /accuracy`: how right forecasts were. The table was made from a snapshot of the real network by `scripts/accuracy`;
//! docs/accuracy.md says how.

mod table;

use axum::{
    Router,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, header};
use platform::{Application, Platform};
use web::{Operation, Routes, Validator, Verb};

/// The operations of this function.
pub const OPERATIONS: &[Operation] = &[Operation::open(Verb::Get, "/accuracy", "get_accuracy")];

/// The table, as it is served.
const TABLE: &str = include_str!("../../../data/accuracy.json");

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS).handle("get_accuracy", accuracy).into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(Function);

/// How right forecasts were: errors by series and days ahead, and bands that held what came.
///
/// The model was started on past days of the real network's history with what was known then, and its forecasts were held
/// against what came. Errors are shares of what came. Where a claim of nine in ten was not kept, or too few forecasts can
/// tell, there is no band.
#[utoipa::path(
    get, path = "/accuracy", tag = "forecasts",
    responses((status = 200, description = "The table; it changes with a release only.", body = table::Table)),
)]
async fn accuracy(headers: HeaderMap) -> Response {
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Validator::of(&[TABLE]).answer(&headers, || ([json], TABLE).into_response())
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(accuracy))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
