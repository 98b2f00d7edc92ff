//! `GET /historical-data` and `/historical-data/full`: what the network did, from the current snapshot.

mod request;
#[cfg(feature = "openapi")]
mod response;

use axum::{
    Router,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
    routing::get,
};
use network_data::{
    calendar::Resolution,
    historical::{Field, HistoricalData},
};
use platform::{Application, Platform};
use snapshot_store::CurrentSnapshot;
use web::{Problem, QueryPairs, Validator};

fn routes() -> Router<Platform> {
    Router::new().route("/historical-data", get(weekly)).route("/historical-data/full", get(daily))
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

/// What the network did; one entry a week unless `resolution` says otherwise.
#[cfg_attr(
    feature = "openapi",
    utoipa::path(
        get,
        path = "/historical-data",
        tag = "history",
        params(response::Parameters),
        responses(response::Documented),
    )
)]
async fn weekly(
    query: QueryPairs,
    headers: HeaderMap,
    current: CurrentSnapshot,
) -> Result<Response, Problem> {
    reply(query, &headers, &current, Resolution::Weekly)
}

/// What the network did, one entry a day.
#[cfg_attr(
    feature = "openapi",
    utoipa::path(
        get,
        path = "/historical-data/full",
        tag = "history",
        params(response::Parameters),
        responses(response::Documented),
    )
)]
async fn daily(query: QueryPairs, headers: HeaderMap, current: CurrentSnapshot) -> Result<Response, Problem> {
    reply(query, &headers, &current, Resolution::Daily)
}

fn reply(
    query: QueryPairs,
    headers: &HeaderMap,
    current: &CurrentSnapshot,
    by_path: Resolution,
) -> Result<Response, Problem> {
    let query = request::read(query, by_path)?;
    let fields: Vec<_> = query.selected().map(Field::name).collect();
    let validator = Validator::of(&[&*current.0.id, query.resolution.name(), &fields.join(",")]);
    let reply = validator
        .answer(headers, || web::json(&HistoricalData::new(&current.0.snapshot, &query).into_reply()));
    Ok((current.cache_hit(), reply).into_response())
}

/// This function's part of the OpenAPI document.
#[cfg(feature = "openapi")]
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(weekly, daily))]
    struct Part;
    <Part as utoipa::OpenApi>::openapi()
}
