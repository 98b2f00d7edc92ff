//! Calls that take longer than one answer: they are jobs of the caller's, and tasks of clients that take them.

use forecast::Refusal;
use forecast_jobs::Steps;
use job_tools::{Driven, Refused, Tool};
use jobs::{Job, JobStore, NewJob, Status, Submission, Submitted};
use mcp::{Error, Later, model::JsonObject};
use platform::OutsideError;
use web::{FieldProblem, Scope, Scopes, log};

use crate::{desk::Desk, request};

/// What a job costs of the caller's quota, as `POST /api/jobs` does, less what the tool's row says.
const COST: u32 = 9;

/// When the client is to look again.
const PAUSE_MS: u64 = 1_000;

/// Where a call that became a job stands.
pub(crate) enum Progress {
    /// The result, as the tool's direct path answers it.
    Done(Vec<u8>),
    /// It goes on.
    Later(Later),
}

/// The refusals of a request's reader, in words that a model can act on.
pub(crate) fn refused(refusals: Vec<Refusal>) -> Error {
    let told = refusals.into_iter().map(|Refusal { pointer, detail }| match pointer.strip_prefix('/') {
        Some(place) => format!("{}: {detail}", place.replace('/', ", entry ")),
        None => format!("the request {detail}"),
    });
    request::refused(&told.collect::<Vec<_>>())
}

fn not_accepted(why: Refused) -> Error {
    match why {
        Refused::Fields(fields) => refused(
            fields.into_iter().map(|FieldProblem { pointer, detail }| Refusal { pointer, detail }).collect(),
        ),
        Refused::Problem(problem) => Error::refused(problem.detail().to_owned()),
    }
}

/// Submits a job for the caller.
pub(crate) async fn begin(desk: &Desk, tool: &'static Tool, input: JsonObject) -> Result<Later, Error> {
    let Some((caller, owner)) = desk.member() else {
        return Err(Error::refused(
            "This takes longer than an answer may without a key: ask for fewer runs or fewer days, or sign in with a key of the scope \
             `jobs`.",
        ));
    };
    desk.demand(Scopes::of(&[Scope::Jobs]), COST).await?;
    let platform = desk.platform();
    let job =
        job_tools::new_job(platform, tool, input, owner.to_owned(), caller).await.map_err(not_accepted)?;
    let approval = job_tools::approval(platform, tool).await.map_err(|error| failed(desk, &error))?;
    let job = NewJob { approval, ..job };
    let limits = job_tools::limits(platform).await.map_err(|error| failed(desk, &error))?;
    let submission = Submission { job, idempotency: None };
    match jobs::submit(platform, &submission, &limits).await.map_err(|error| failed(desk, &error))? {
        Submitted::New(job) => later(&job),
        Submitted::Full => Err(Error::refused(format!(
            "{} jobs of your key wait already, which is as many as may; call again when some have ended.",
            limits.queued
        ))),
        // Only a request with an idempotency key is one of these.
        Submitted::Same(_) | Submitted::OtherRequest | Submitted::NotApproved(_) => {
            Err(Error::internal("The job was not submitted"))
        }
    }
}

/// Looks after a job that an earlier call submitted, and does a part of it where requests do that.
pub(crate) async fn look(desk: &Desk, id: &str) -> Result<Progress, Error> {
    let job = match find(desk, id).await? {
        job if job.status.is_final() => job,
        _ => {
            if let Err(error) = job_tools::drive::<Steps>(desk.platform(), Driven::Quick).await {
                log::error(desk.platform(), "messages could not be worked off", &error);
            }
            find(desk, id).await?
        }
    };
    match job.status {
        Status::PendingApproval | Status::Queued | Status::Processing => later(&job).map(Progress::Later),
        Status::Completed => {
            let output = jobs::output(desk.platform(), &job, false).await;
            let output = output.map_err(|error| failed(desk, &error))?;
            output.map(Progress::Done).ok_or_else(forgotten)
        }
        Status::Failed => {
            let why = job.error.map(|error| error.message).unwrap_or_default();
            Err(Error::refused(format!("The job {id} failed: {why}")))
        }
        Status::Cancelled => Err(Error::refused(format!("The job {id} was cancelled."))),
    }
}

async fn find(desk: &Desk, id: &str) -> Result<Job, Error> {
    let (_, owner) = desk.member().ok_or_else(forgotten)?;
    let found = async { JobStore::open(desk.platform()).await?.find(id, owner).await };
    found.await.map_err(|error| failed(desk, &error))?.ok_or_else(forgotten)
}

/// The task has the job's name, so that both are cancelled as one and either can be asked for.
fn later(job: &Job) -> Result<Later, Error> {
    let done = match job.status {
        Status::PendingApproval => format!("the job {} waits for a reviewer who allows it", job.id),
        _ => format!("{} % of the job {} are done", job.progress(), job.id),
    };
    Later::after_ms(PAUSE_MS).named(&*job.id).message(done).remember(&job.id)
}

fn forgotten() -> Error {
    Error::refused("The job is no longer kept; call the tool again.")
}

fn failed(desk: &Desk, error: &OutsideError) -> Error {
    log::error(desk.platform(), "a job could not be reached", error);
    Error::refused(format!("The {} did not answer; call again in a moment.", error.service))
}
