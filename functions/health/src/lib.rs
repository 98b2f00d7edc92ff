//! `GET /health`: is the service well, and how old is its data. It reads what is current and starts no work.

mod response;

use axum::{Router, extract::State, http::HeaderMap, response::Response};
use platform::{Application, Platform};
use response::Health;
use web::{Operation, Routes, Validator, Verb, settings};

/// The operations of this function.
pub const OPERATIONS: &[Operation] = &[Operation::open(Verb::Get, "/health", "get_health")];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS).handle("get_health", health).into()
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

/// Whether the service is well.
#[utoipa::path(
    get, path = "/health", tag = "operation",
    responses((status = 200, description = "Always, also when degraded.", body = Health)),
)]
async fn health(State(platform): State<Platform>, headers: HeaderMap) -> Response {
    let found = snapshot_store::current(&platform).await;
    let last_refresh = snapshot_store::last_refresh(&platform).await;
    let unreadable = settings::complaints(&platform).await;
    let health = Health::of(&platform, found, last_refresh, unreadable);
    Validator::of(&["/health", &health.fingerprint()]).answer(&headers, || web::json(&health))
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(health))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
