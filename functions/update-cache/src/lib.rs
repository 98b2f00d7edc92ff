//! `POST /admin/update-cache`: fetch the network's newest data from Spacescope and publish them. The same by the clock, once a
//! day; where the platform has no clock that calls functions, a scheduler asks `POST /internal/schedule/update-cache`.

mod request;
mod response;

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use platform::{Application, Platform, schedule::Job};
use refresh::{Conclusion, RefreshError, Status, Wish};
use response::Refreshed;
use web::{Act, Admin, Operation, Problem, QueryPairs, Routes, Scheduled, Scope, Verb};

/// The operations of this function.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Post, refresh::PATH, "update_cache", Scope::Admin).audited(Act::DataRefreshed),
    // A scheduler may ask every few minutes; what is not due leaves no row in the audit trail.
    Operation::new(Verb::Post, "/internal/schedule/update-cache", "run_update_cache_schedule", Scope::Admin),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS)
        .handle("update_cache", update)
        .handle("run_update_cache_schedule", run_schedule)
        .into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Archive, Cache, Database, HttpClient, Itself];

    fn routes() -> Router<Platform> {
        routes()
    }

    const JOBS: &'static [Job] = &[Job::daily("refresh", REFRESH, |platform| Box::pin(scheduled(platform)))];
}

/// When the daily refresh is due, after midnight UTC: by then Spacescope has the day before.
const REFRESH: Duration = Duration::from_hours(1);

#[cfg(feature = "entry")]
entry::export!(guarded Function);

/// Fetch what is new from Spacescope, and publish it as the current snapshot.
#[utoipa::path(
    post, path = "/admin/update-cache", tag = "operation",
    params(("full" = Option<bool>, Query, description = "Fetch every day again, not only what is missing."),
           ("force" = Option<bool>, Query, description = "Publish also what cannot follow the present snapshot.")),
    responses((status = 200, description = "What was done.", body = Refreshed),
              (status = 202, description = "Not yet done; refresh again to go on.", body = Refreshed),
              (status = 409, description = "A refresh is under way.", body = Problem),
              (status = 422, description = "A parameter is not known, or is neither true nor false.", body = Problem),
              (status = 502, description = "Spacescope did not give what it should; nothing was published.", body = Problem)),
)]
async fn update(
    _: Admin,
    State(platform): State<Platform>,
    headers: HeaderMap,
    query: QueryPairs,
) -> Result<Response, Problem> {
    let wish = request::read(query, &headers)?;
    Ok(match refresh::refresh(&platform, wish).await? {
        Conclusion::Report(report) => {
            let unfinished = report.status == Status::InProgress;
            let mut response = web::json(&Refreshed::from(report));
            if unfinished {
                *response.status_mut() = StatusCode::ACCEPTED;
            }
            response
        }
        Conclusion::Elsewhere(response) => response.map(Body::from),
    })
}

/// Do what is due by the clock: the daily refresh, if it has not been done today.
///
/// For a scheduler, on platforms that have no clock which calls functions (Spin). It may ask as often as it likes.
#[utoipa::path(
    post, path = "/internal/schedule/update-cache", tag = "operation",
    responses((status = 200, description = "What was done.", body = Scheduled),
              (status = 502, description = "A job failed; it is due again a quarter of an hour later, three times in all.", body = Problem)),
)]
async fn run_schedule(
    _: Admin,
    State(platform): State<Platform>,
    query: QueryPairs,
) -> Result<Response, Problem> {
    let ([], refused) = query.without_admin_key().each_once([]);
    if !refused.is_empty() {
        return Err(Problem::invalid(refused));
    }
    web::run_schedule::<Function>(&platform).await.map(|done| web::json(&done))
}

/// Refreshes, and logs what came of it. Without a token there is nothing to refresh from, which is no failure: an operator
/// who imports snapshots need not be told so every day.
async fn scheduled(platform: Platform) -> Result<(), String> {
    match refresh::refresh(&platform, Wish::default()).await {
        Ok(Conclusion::Report(report)) => {
            web::log::info(&platform, &format!("{} Requests sent: {}.", report.message, report.requests));
            Ok(())
        }
        Ok(Conclusion::Elsewhere(response)) => Err(format!("the refresh failed with {}", response.status())),
        Err(RefreshError::NoToken) => {
            web::log::info(&platform, "no scheduled refresh: SPACESCOPE_TOKEN is not set");
            Ok(())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(update, run_schedule))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
