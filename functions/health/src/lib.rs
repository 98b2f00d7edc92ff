//! `GET /health`: is the service well, and how old is its data. It reads what is current and starts no work.

mod response;

use axum::{Router, extract::State, http::HeaderMap, response::Response};
use platform::{Application, Platform};
use response::Health;
use web::{Operation, Routes, Validator, Verb, settings};

/// The operations of this function.
pub const OPERATIONS: &[Operation] = &[Operation::open(Verb::Get, "/health", "get_health")];

/// The settings of the groups of functions that are deployed with this one.
const READ: &[settings::Group] = &[
    settings::FORECASTS,
    #[cfg(feature = "guard")]
    settings::ACCESS,
    #[cfg(feature = "jobs")]
    settings::JOBS,
    #[cfg(feature = "models")]
    settings::MODELS,
    #[cfg(feature = "daemons")]
    settings::DAEMONS,
    #[cfg(feature = "gateway")]
    settings::GATEWAY,
    #[cfg(feature = "deployments")]
    settings::DEPLOYMENTS,
];

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
    let mut faults = complaints(&platform).await;
    faults.extend(uncounted(&platform).await);
    let health = Health::of(&platform, found, last_refresh, faults);
    Validator::of(&["/health", &health.fingerprint()]).answer(&headers, || web::json(&health))
}

/// What is wrong with the settings.
#[cfg(not(feature = "model-settings"))]
async fn complaints(platform: &Platform) -> Vec<String> {
    settings::complaints(platform, READ).await
}

/// What is wrong with the settings, and with the providers of models that one of them names. Asked at once, so that variables that
/// hang are waited for once.
#[cfg(feature = "model-settings")]
async fn complaints(platform: &Platform) -> Vec<String> {
    let asked = futures_util::future::join(settings::complaints(platform, READ), models::faults(platform));
    let (mut complaints, faults) = asked.await;
    complaints.extend(faults);
    complaints
}

/// Why the other functions are closed, where they are behind the guard and have no database.
async fn uncounted(platform: &Platform) -> Option<String> {
    let closed = cfg!(feature = "guard")
        && settings::PUBLISH_WITHOUT_DATABASE.read(platform).await.unwrap_or_default();
    closed.then(|| {
        "There is no database (PUBLISH_WITHOUT_DATABASE), so keys cannot be looked up and requests not counted: everything but \
         the documentation is closed to all but the operator. Build without keys (--only forecasts) to open the forecasts."
            .to_owned()
    })
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(health))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
