//! From a message of the queue to a step that was run.

use std::time::Duration;

use platform::{Delivery, Message, Outgoing, OutsideError, Platform, log};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Claim, Failed, Failure, Job, JobStore, Limits, Parts, Status, Submission, Submitted, Tools, Work, Write,
    random::token, results,
};

/// The topic of the messages that say that a step may run.
pub const TOPIC: &str = "jobs";

/// After what time a delivery is tried again whose store did not answer.
const STORE_FAILED: Duration = Duration::from_secs(2);

#[derive(Serialize, Deserialize)]
struct Ticket {
    job: String,
    step: usize,
}

/// Sends a message for each of these steps. One that is lost is sent again by [`tend`](crate::tend), so a queue that does not
/// answer is only logged.
pub(crate) async fn send(platform: &Platform, job: &str, steps: impl IntoIterator<Item = usize>) {
    let ticket = |step| json!(Ticket { job: job.to_owned(), step }).to_string();
    let messages = steps.into_iter().map(|step| Outgoing::new(TOPIC, ticket(step)));
    if let Err(error) = platform.queue().send_all(messages.collect()).await {
        log::error(platform, "a job's message was not sent; the schedule sends it again", &error);
    }
}

/// Adds a job and sends its first message.
///
/// # Errors
/// When the database does not answer.
pub async fn submit(
    platform: &Platform,
    submission: &Submission,
    limits: &Limits,
) -> Result<Submitted, OutsideError> {
    let submitted = JobStore::open(platform).await?.submit(submission, limits).await?;
    if let Submitted::New(job) = &submitted
        && job.status == Status::Queued
    {
        send(platform, &job.id, [0]).await;
    }
    Ok(submitted)
}

/// Ends a job for its owner. The job as it is then, and whether this ended it.
///
/// # Errors
/// When the database does not answer.
pub async fn cancel(
    platform: &Platform,
    id: &str,
    limits: &Limits,
) -> Result<Option<(Job, bool)>, OutsideError> {
    let store = JobStore::open(platform).await?;
    let now = store.now();
    let write = store.change(id, limits.running, |job| {
        let event = job.cancel(now, limits.keep_completed);
        (event.is_some(), event)
    });
    let Write::Done { decided, job } = write.await? else { return Ok(None) };
    if decided {
        ended(platform, &store, &job, limits).await;
    }
    Ok(Some((*job, decided)))
}

/// Runs the step that a message of [`TOPIC`] names, if it is there to be run.
pub async fn deliver<T: Tools>(platform: &Platform, limits: &Limits, message: &Message) -> Delivery {
    let Ok(ticket) = serde_json::from_str::<Ticket>(&message.body) else {
        return Delivery::Dead { reason: "the message names no step of a job".to_owned() };
    };
    match run::<T>(platform, limits, &ticket).await {
        Ok(delivery) => delivery,
        Err(error) => {
            log::error(platform, "a step of a job could not be run", &error);
            Delivery::Retry { after: STORE_FAILED }
        }
    }
}

async fn run<T: Tools>(
    platform: &Platform,
    limits: &Limits,
    ticket: &Ticket,
) -> Result<Delivery, OutsideError> {
    let store = JobStore::open(platform).await?;
    let Ticket { job: id, step } = ticket;
    let token = token()?;
    let now = store.now();
    let claimed =
        store.change(id, limits.running, |job| job.claim(*step, &token, now, limits.keep_failed)).await?;
    let (claim, job) = match claimed {
        // Whoever ends sends the next.
        Write::Missing | Write::Full => return Ok(Delivery::Done),
        Write::Done { decided, job } => (decided, job),
    };
    match claim {
        Claim::Nothing => return Ok(Delivery::Done),
        Claim::Later(after) => return Ok(Delivery::Retry { after }),
        Claim::GivenUp => {
            ended(platform, &store, &job, limits).await;
            return Ok(dead(&job));
        }
        Claim::Run { first } => {
            if first {
                send(platform, id, (0..job.chunks()).filter(|other| other != step)).await;
            }
        }
    }
    let failure = match attempt::<T>(platform, &store, limits, &job, *step, &token).await {
        Ok(delivery) => return Ok(delivery),
        Err(failure) => failure,
    };
    let now = store.now();
    let failed = store
        .change(id, limits.running, |job| job.fail(*step, &token, &failure, now, limits.keep_failed))
        .await?;
    Ok(match failed {
        Write::Done { decided: Failed::Again(after), .. } => Delivery::Retry { after },
        Write::Done { decided: Failed::Ended, job } => {
            ended(platform, &store, &job, limits).await;
            dead(&job)
        }
        Write::Done { decided: Failed::Stale, .. } | Write::Missing | Write::Full => Delivery::Done,
    })
}

/// Computes a step under a claim, and hands in what came of it.
async fn attempt<T: Tools>(
    platform: &Platform,
    store: &JobStore<'_>,
    limits: &Limits,
    job: &Job,
    step: usize,
    token: &str,
) -> Result<Delivery, Failure> {
    let id = job.id.as_str();
    let Some(input) = store.input(id).await? else { return Ok(Delivery::Done) };
    let work = Work { tool: &job.tool, input: &input, source: &job.source, chunks: job.chunks() };
    if step < job.chunks() {
        let parts = T::run_chunk(platform, work, step).await?;
        results::store_parts(platform, id, step, token, &parts).await?;
        let applied = store
            .change(id, limits.running, |job| {
                let event = job.apply(step, token);
                (event.is_some(), event)
            })
            .await?;
        if let Write::Done { decided: true, job } = applied
            && job.chunks_done() == job.chunks()
        {
            send(platform, id, [job.chunks()]).await;
        }
        return Ok(Delivery::Done);
    }
    let product = T::finish(platform, work, Parts { platform, job }).await?;
    let output = results::store_output(platform, id, token, product, limits.result_bytes).await?;
    let now = store.now();
    let completed = store
        .change(id, limits.running, |job| {
            let event = job.complete(token, output.clone(), now, limits.keep_completed);
            (event.is_some(), event)
        })
        .await?;
    if let Write::Done { decided: true, job } = completed {
        ended(platform, store, &job, limits).await;
    }
    Ok(Delivery::Done)
}

/// After a job's end: what it no longer needs is removed, and the next jobs of its key begin. What fails here is made up for by
/// [`tend`](crate::tend).
pub(crate) async fn ended(platform: &Platform, store: &JobStore<'_>, job: &Job, limits: &Limits) {
    if let Err(error) = results::remove(platform, job, job.status != Status::Completed).await {
        log::error(
            platform,
            "a job's chunks were not removed; the schedule removes them with the job",
            &error,
        );
    }
    match store.next_of(&job.account, limits.running).await {
        Ok(next) => {
            for id in next {
                send(platform, &id, [0]).await;
            }
        }
        Err(error) => log::error(platform, "the next job was not begun; the schedule begins it", &error),
    }
}

fn dead(job: &Job) -> Delivery {
    let reason = job.error.as_ref().map(|error| format!("{}: {}", error.code, error.message));
    Delivery::Dead { reason: format!("{} failed. {}", job.id, reason.unwrap_or_default()) }
}
