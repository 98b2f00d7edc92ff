//! `GET /historical-data` and `/historical-data/full`: what the network did, from the current snapshot.

mod request;
mod response;

use axum::{
    Router,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use network_data::{calendar::Resolution, historical::HistoricalData};
use platform::{Application, Platform};
use snapshot_store::CurrentSnapshot;
use web::{Format, Operation, Problem, QueryPairs, Routes, Scope, Validator, Verb};

/// The operations of this function.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Get, "/historical-data", "get_historical_data", Scope::Read),
    Operation::new(Verb::Get, "/historical-data/full", "get_historical_data_daily", Scope::Read).costing(2),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS)
        .handle("get_historical_data", weekly)
        .handle("get_historical_data_daily", daily)
        .into()
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
entry::export!(guarded Function);

/// What the network did; one entry a week unless `resolution` says otherwise.
#[utoipa::path(
    get,
    path = "/historical-data",
    operation_id = "historical_data_weekly",
    tag = "history",
    params(response::Parameters),
    responses(response::Documented)
)]
async fn weekly(
    query: QueryPairs,
    format: Format,
    headers: HeaderMap,
    current: CurrentSnapshot,
) -> Result<Response, Problem> {
    reply(query, format, &headers, &current, Resolution::Weekly)
}

/// What the network did, one entry a day unless `resolution` says otherwise.
#[utoipa::path(
    get,
    path = "/historical-data/full",
    operation_id = "historical_data_daily",
    tag = "history",
    params(response::Parameters),
    responses(response::Documented)
)]
async fn daily(
    query: QueryPairs,
    format: Format,
    headers: HeaderMap,
    current: CurrentSnapshot,
) -> Result<Response, Problem> {
    reply(query, format, &headers, &current, Resolution::Daily)
}

fn reply(
    query: QueryPairs,
    format: Format,
    headers: &HeaderMap,
    current: &CurrentSnapshot,
    by_path: Resolution,
) -> Result<Response, Problem> {
    let query = request::read(query, by_path)?;
    let validator = Validator::of(&[&*current.0.id, &format!("{format:?} {query:?}")]);
    let reply = validator.answer(headers, || {
        let data = HistoricalData::new(&current.0.snapshot, &query);
        match format {
            Format::Json => web::json(&data.into_reply()),
            Format::Csv => {
                let csv = HeaderValue::from_static("text/csv; charset=utf-8");
                ([(header::CONTENT_TYPE, csv)], data.to_csv()).into_response()
            }
        }
    });
    let vary = [(header::VARY, HeaderValue::from_static("accept"))];
    Ok((current.cache_hit(), vary, reply).into_response())
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(weekly, daily))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
