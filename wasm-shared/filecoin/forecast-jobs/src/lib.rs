//! Forecasts as jobs: each tool checks its input as the direct path does, cuts the work, and does it.
//!
//! Records, states and attempts are in `wasm-shared/jobs`, what a tool is in `wasm-shared/job-tools`. `functions/jobs` submits by HTTP,
//! `functions/mcp` for assistants.

mod goal;
mod network;
mod simulate;
mod sweep;

use access::Scopes;
use axum::Router;
use forecast::Refusal;
use job_tools::{Plan, Refused, SETTINGS_FAILED, Tool};
use jobs::Failure;
use platform::{Application, Delivery, Message, Platform};
use serde_json::{Map, Value};
use snapshot_store::Current;
use web::FieldProblem;

/// `POST /simulate`.
pub static SIMULATE: Tool = Tool {
    name: "simulate",
    meaning: "the forecast of POST /simulate",
    scopes: Scopes::NONE,
    topic: jobs::TOPIC,
    read: |asked| Box::pin(async move { planned(&network(&asked).await?, simulate::check(asked.input)) }),
    step: |work| Box::pin(simulate::finish(work)),
};
/// `POST /simulate/sweep`.
pub static SWEEP: Tool = Tool {
    name: "sweep",
    meaning: "POST /simulate/sweep, with up to 10,000 runs and 20,000,000 values",
    scopes: Scopes::NONE,
    topic: jobs::TOPIC,
    read: |asked| {
        Box::pin(async move {
            let current = network(&asked).await?;
            planned(&current, sweep::check(asked.input, &current))
        })
    },
    step: |work| Box::pin(sweep::step(work)),
};
/// `POST /simulate/goal`.
pub static GOAL: Tool = Tool {
    name: "goal",
    meaning: "POST /simulate/goal",
    scopes: Scopes::NONE,
    topic: jobs::TOPIC,
    read: |asked| Box::pin(async move { planned(&network(&asked).await?, goal::check(asked.input)) }),
    step: |work| Box::pin(goal::finish(work)),
};

/// Every tool.
pub static TOOLS: [&Tool; 3] = [&SIMULATE, &SWEEP, &GOAL];

/// The network's data that the job is accepted for: it keeps them.
async fn network(asked: &job_tools::Asked<'_>) -> Result<Current, Refused> {
    Ok(snapshot_store::current(asked.platform).await.map_err(web::Problem::from)?)
}

fn planned(current: &Current, chunks: Result<usize, Vec<Refusal>>) -> Result<Plan, Refused> {
    let field = |Refusal { pointer, detail }| FieldProblem { pointer, detail };
    let chunks = chunks.map_err(|refusals| Refused::Fields(refusals.into_iter().map(field).collect()))?;
    Ok(Plan { chunks, source: current.id.to_string(), ..Plan::default() })
}

/// Takes the messages of these tools' steps and nothing else: for a function that is asked for jobs and has no outgoing requests.
pub struct Steps;

impl Application for Steps {
    type Services = platform::services![Archive, Assets, Cache, Database, Queue];
    const TOPICS: &'static [&'static str] = &[jobs::TOPIC];

    fn routes() -> Router<Platform> {
        Router::new()
    }

    async fn deliver(platform: Platform, message: Message) -> Delivery {
        job_tools::deliver(&platform, &TOOLS, &message).await.unwrap_or_else(|error| {
            web::log::error(&platform, "a message could not be delivered", &error);
            Delivery::Retry { after: SETTINGS_FAILED }
        })
    }
}

/// The input again: it was read before it was accepted.
fn object(input: &str) -> Result<Map<String, Value>, Failure> {
    serde_json::from_str(input).map_err(|error| failed("The input cannot be read", &error))
}

/// What the reader refuses. That can only be where another release accepted it.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn refused(refusals: Vec<Refusal>) -> Failure {
    let all: Vec<_> =
        refusals.iter().map(|Refusal { pointer, detail }| format!("{pointer} {detail}")).collect();
    Failure::lasting("INVALID_REQUEST", all.join("; "))
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::lasting("INTERNAL_ERROR", format!("{what} ({error})."))
}
