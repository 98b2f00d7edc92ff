//! The schedule, run by a request: for platforms without a clock that calls functions.

use http::StatusCode;
use platform::{Application, Platform, schedule::run_due};
use serde::Serialize;

use crate::Problem;

/// What a request to run the schedule did.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Scheduled {
    /// The jobs that were due and were done. Empty where none was due: each occurrence is done once, whoever asks, and one that
    /// failed is due again a quarter of an hour later, three times in all.
    #[schema(value_type = Vec<String>)]
    ran: Vec<&'static str>,
}

/// Runs the jobs of a function that are due, as a cron trigger or the native server's timer does.
///
/// # Errors
/// 502 `JOB_FAILED` with what went wrong, also where other jobs were done.
pub async fn run_schedule<A: Application>(platform: &Platform) -> Result<Scheduled, Problem> {
    match run_due(platform, &A::jobs()).await {
        Ok(ran) => Ok(Scheduled { ran }),
        Err(failures) => Err(Problem::new(StatusCode::BAD_GATEWAY, "JOB_FAILED", failures)),
    }
}
