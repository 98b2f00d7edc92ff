//! `POST /simulate`, `/simulate/full`, `/simulate/full-with-history`: forecasts.
//!
//! What a forecast is, its request and its reply, is in `wasm-shared/filecoin/forecast`; this is the way there and back.

mod request;
mod response;

use axum::{Router, response::Response, routing::post};
use forecast::Scope;
use network_data::calendar::Resolution;
use platform::{Application, Platform};
use request::Asked;
#[cfg(feature = "openapi")]
use request::Assumptions;
use web::Problem;

fn routes() -> Router<Platform> {
    Router::new()
        .route("/simulate", post(weekly))
        .route("/simulate/full", post(daily))
        .route("/simulate/full-with-history", post(daily_with_history))
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Archive, Assets, Cache];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(Function);

/// A forecast, one entry a week.
#[cfg_attr(feature = "openapi", utoipa::path(
    post, path = "/simulate", operation_id = "simulate_weekly", tag = "forecasts", request_body = Assumptions,
    responses(response::Documented, web::openapi::BodyProblems),
))]
async fn weekly(asked: Asked) -> Result<Response, Problem> {
    response::reply(asked, Scope::Forecast, Resolution::Weekly)
}

/// A forecast, one entry a day.
#[cfg_attr(feature = "openapi", utoipa::path(
    post, path = "/simulate/full", operation_id = "simulate_daily", tag = "forecasts", request_body = Assumptions,
    responses(response::Documented, web::openapi::BodyProblems),
))]
async fn daily(asked: Asked) -> Result<Response, Problem> {
    response::reply(asked, Scope::Forecast, Resolution::Daily)
}

/// History and forecast, one entry a day.
#[cfg_attr(feature = "openapi", utoipa::path(
    post, path = "/simulate/full-with-history", operation_id = "simulate_daily_with_history", tag = "forecasts", request_body = Assumptions,
    responses(response::Documented, web::openapi::BodyProblems),
))]
async fn daily_with_history(asked: Asked) -> Result<Response, Problem> {
    response::reply(asked, Scope::WithHistory, Resolution::Daily)
}

/// This function's part of the OpenAPI document.
#[cfg(feature = "openapi")]
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(weekly, daily, daily_with_history))]
    struct Part;
    let mut part = <Part as utoipa::OpenApi>::openapi();
    for operation in part.paths.paths.values_mut().filter_map(|path| path.post.as_mut()) {
        // Without a body every assumption is left out.
        if let Some(utoipa::openapi::RefOr::T(body)) = operation.request_body.as_mut() {
            body.required = Some(utoipa::openapi::Required::False);
        }
    }
    part
}
