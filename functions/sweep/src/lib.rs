//! `/simulate/sweep`: up to 200 forecasts of a year as one answer. `/simulate/goal`: the least value of an assumption that
//! reaches a goal.
//!
//! Sweeps, their requests and their replies are in `wasm-shared/filecoin/sweep`; here are the routes and the limits of one
//! request.

mod limits;
mod request;
mod response;

use axum::{Router, response::Response};
use platform::{Application, Platform};
use request::{Asked, GoalAsked, SweepAsked};
use web::{Format, Operation, Permit, Problem, Routes, Scope, Scopes, Verb, body::FORECAST};

/// The operations of this function. The costs are what the largest sweep and a goal of a year take, in forecasts of ten
/// years.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Post, "/simulate/sweep", "simulate_sweep", Scope::Read)
        .costing_by_size(1)
        .reading(FORECAST),
    Operation::new(Verb::Post, "/simulate/goal", "find_goal", Scope::Read).costing(5).reading(FORECAST),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS).handle("simulate_sweep", run_sweep).handle("find_goal", find_goal).into()
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

/// Many forecasts as one answer: percentiles, the share of runs beyond a threshold, which assumption matters.
///
/// Give exactly one of `grid`, `draws` and `bootstrap`. At most 200 runs and 73,200 days to forecast in all of them (200
/// runs of 366 days) are answered at once. The same seed gives the same answer to the byte, on every platform.
#[utoipa::path(
    post, path = "/simulate/sweep", tag = "forecasts", request_body = request::Sweep,
    responses(response::SweepDocumented, web::openapi::BodyProblems),
)]
async fn run_sweep(format: Format, permit: Permit, asked: Asked<SweepAsked>) -> Result<Response, Problem> {
    permit.take(Scopes::NONE, limits::cost(&asked.question.0)).await?;
    response::sweep(&asked, format)
}

/// The least onboarding, renewal rate or FIL+ rate, the same every day, at which a series reaches a value by a date.
///
/// Where no value reaches it, `value` is null, and `answer` says so in a sentence.
#[utoipa::path(
    post, path = "/simulate/goal", tag = "forecasts", request_body = request::Goal,
    responses(response::GoalDocumented, web::openapi::BodyProblems),
)]
async fn find_goal(asked: Asked<GoalAsked>) -> Result<Response, Problem> {
    response::goal(&asked)
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    use utoipa::OpenApi as _;

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(run_sweep, find_goal), components(schemas(response::SweepReply, response::GoalReply)))]
    struct Part;

    web::openapi::described(Part::openapi(), OPERATIONS)
}
