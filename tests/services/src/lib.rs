//! Every service of the platform behind a route, so that one suite (`suite.mjs`) can ask the same of every backend over HTTP.

mod json;
mod queue;
mod streams;
mod tables;
mod values;

use std::time::Duration;

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use platform::{Application, Delivery, Message, OutsideError, Platform, schedule::Job};

/// The routes of all services.
pub fn routes() -> Router<Platform> {
    values::routes().merge(tables::routes()).merge(queue::routes()).merge(streams::routes())
}

/// The function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Archive, Cache, Database, HttpClient, Queue, Quota, Sleep];
    /// Its next occurrence is in 2069, so that a suite that runs over midnight sees one.
    const JOBS: &'static [Job] = &[Job::every("count", Duration::from_hours(24 * 36_500), |platform| {
        Box::pin(tables::count_scheduled(platform))
    })];
    const TOPICS: &'static [&'static str] = queue::TOPICS;

    fn routes() -> Router<Platform> {
        routes()
    }

    async fn deliver(platform: Platform, message: Message) -> Delivery {
        queue::deliver(platform, message).await
    }
}

#[cfg(feature = "entry")]
entry::export!(Function);

/// A service that failed, with its reason: the suite is the operator here.
struct Failed(OutsideError);

impl From<OutsideError> for Failed {
    fn from(error: OutsideError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::BAD_GATEWAY, self.0.to_string()).into_response()
    }
}
