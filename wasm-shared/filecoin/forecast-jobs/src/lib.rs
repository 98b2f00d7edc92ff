//! What jobs can do: each tool checks its input as the direct path does, cuts the work, and does it.
//!
//! Records, states and attempts are in `wasm-shared/jobs`. `functions/jobs` submits by HTTP, `functions/mcp` for assistants.

mod goal;
mod network;
mod simulate;
mod sweep;

use std::time::Duration;

use axum::Router;
use forecast::Refusal;
use jobs::{Approval, Failure, Limits, NewJob, Parts, Priority, Product, Work};
use platform::{Answer, Application, Delivery, Message, OutsideError, Platform, queue};
use serde_json::{Map, Value};
use snapshot_store::Current;
use web::settings;

/// A tool: a row of [`TOOLS`].
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// What it does, for the documentation.
    pub meaning: &'static str,
    /// Reads the input, and says into how many chunks the work is cut.
    check: Check,
}

/// How a tool reads its input.
type Check = fn(Map<String, Value>, &Current) -> Result<usize, Vec<Refusal>>;

/// `POST /simulate`.
pub static SIMULATE: Tool =
    Tool { name: "simulate", meaning: "the forecast of POST /simulate", check: simulate::check };
/// `POST /simulate/sweep`.
pub static SWEEP: Tool = Tool {
    name: "sweep",
    meaning: "POST /simulate/sweep, with up to 10,000 runs and 20,000,000 values",
    check: sweep::check,
};
/// `POST /simulate/goal`.
pub static GOAL: Tool = Tool { name: "goal", meaning: "POST /simulate/goal", check: goal::check };

/// Every tool.
pub static TOOLS: [&Tool; 3] = [&SIMULATE, &SWEEP, &GOAL];

/// The names of all tools.
#[must_use]
pub fn names() -> [&'static str; 3] {
    TOOLS.map(|tool| tool.name)
}

/// A job of a tool, after its input was checked by the same reader as the direct path. It has the usual priority, and tells nobody.
///
/// # Errors
/// Every field that is not possible, with its JSON pointer.
pub fn new_job(
    tool: &Tool,
    input: Map<String, Value>,
    current: &Current,
    owner: String,
    account: String,
) -> Result<NewJob, Vec<Refusal>> {
    let text = Value::Object(input.clone()).to_string();
    Ok(NewJob {
        owner,
        account,
        tool: tool.name.to_owned(),
        input: text,
        source: current.id.to_string(),
        chunks: (tool.check)(input, current)?,
        priority: Priority::default(),
        webhook: None,
        approval: Approval::NotNeeded,
    })
}

/// Whether a reviewer has to allow a job of this tool, by the settings.
///
/// # Errors
/// When the settings cannot be read.
pub async fn approval(platform: &Platform, tool: &Tool) -> Result<Approval, OutsideError> {
    let needed = settings::REQUIRE_APPROVAL.names(platform, tool.name).await?;
    Ok(if needed { Approval::Needed } else { Approval::NotNeeded })
}

/// How much a key may have, and how long it is kept, by the settings.
///
/// # Errors
/// When the settings cannot be read.
pub async fn limits(platform: &Platform) -> Result<Limits, OutsideError> {
    let seconds = async |setting: &settings::Number| setting.read(platform).await.map(Duration::from_secs);
    Ok(Limits {
        running: u32::try_from(settings::JOBS_RUNNING_PER_KEY.read(platform).await?).unwrap_or(u32::MAX),
        queued: u32::try_from(settings::JOBS_QUEUED_PER_KEY.read(platform).await?).unwrap_or(u32::MAX),
        result_bytes: usize::try_from(settings::JOB_RESULT_BYTES.read(platform).await?).unwrap_or(usize::MAX),
        keep_completed: seconds(&settings::JOB_COMPLETED_SECONDS).await?,
        keep_failed: seconds(&settings::JOB_FAILED_SECONDS).await?,
    })
}

/// Runs the step that a message names.
///
/// # Errors
/// When the settings cannot be read.
pub async fn deliver(platform: &Platform, message: &Message) -> Result<Delivery, OutsideError> {
    Ok(jobs::deliver::<Tools>(platform, &limits(platform).await?, message).await)
}

/// After what time a message is delivered again whose settings could not be read.
pub const SETTINGS_FAILED: Duration = Duration::from_secs(5);

/// What a request that asks for a job's state works off besides, where nobody else does: steps, and time.
const SMALL_PORTION: (usize, Duration) = (4, Duration::from_secs(2));

/// Whether messages are worked off by requests: Cloudflare delivers them, and the native server has a worker.
#[must_use]
pub fn by_requests(platform: &Platform) -> bool {
    platform.name() == "spin"
}

/// Works off a few messages of `A`'s topics, where requests do that. Where none is due, one may have been lost: so also without a
/// schedule a job goes on while somebody asks for it.
///
/// # Errors
/// When a store does not answer. The next request tries again.
#[expect(clippy::must_use_candidate, reason = "a future has to be used anyway")]
pub fn drive<A: Application>(platform: &Platform) -> Answer<'_, ()> {
    // A delivery is a large future; on the heap it is not part of every handler's.
    Box::pin(async move {
        let (most, time) = SMALL_PORTION;
        if by_requests(platform) && queue::drain::<A>(platform, most, time).await? == 0 {
            jobs::tend(platform).await?;
        }
        Ok(())
    })
}

/// Takes the messages of jobs' steps and nothing else: for a function that is asked for jobs and has no outgoing requests.
pub struct Steps;

impl Application for Steps {
    type Services = platform::services![Archive, Assets, Cache, Database, Queue];
    const TOPICS: &'static [&'static str] = &[jobs::TOPIC];

    fn routes() -> Router<Platform> {
        Router::new()
    }

    async fn deliver(platform: Platform, message: Message) -> Delivery {
        deliver(&platform, &message).await.unwrap_or_else(|error| {
            web::log::error(&platform, "a message could not be delivered", &error);
            Delivery::Retry { after: SETTINGS_FAILED }
        })
    }
}

/// The tools, for the worker.
pub struct Tools;

impl jobs::Tools for Tools {
    async fn run_chunk(platform: &Platform, work: Work<'_>, chunk: usize) -> Result<Vec<Vec<u8>>, Failure> {
        match work.tool {
            "sweep" => sweep::run_chunk(platform, work, chunk).await,
            other => Err(unknown(other)),
        }
    }

    async fn finish(platform: &Platform, work: Work<'_>, parts: Parts<'_>) -> Result<Product, Failure> {
        match work.tool {
            "simulate" => simulate::finish(platform, work).await,
            "sweep" => sweep::finish(platform, work, parts).await,
            "goal" => goal::finish(platform, work).await,
            other => Err(unknown(other)),
        }
    }
}

/// A job that a release with more tools accepted.
fn unknown(tool: &str) -> Failure {
    Failure::lasting("UNKNOWN_TOOL", format!("This release has no tool {tool}."))
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
