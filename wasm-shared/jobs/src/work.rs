//! From a message of the queue to a step that was run.

use std::time::Duration;

use platform::{Delivery, Message, Outgoing, OutsideError, Platform, log};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Claim, Done, Failed, Failure, FindTool, Job, JobStore, Limits, MOST_TURNS, Product, Status, Submission,
    Submitted, Told, Work, Write, random::token, results,
};

/// After what time a delivery is tried again whose store did not answer.
const STORE_FAILED: Duration = Duration::from_secs(2);

#[derive(Serialize, Deserialize)]
struct Ticket {
    job: String,
    step: usize,
}

/// Sends a message for each of these steps. One that is lost is sent again by [`tend`](crate::tend), so a queue that does not
/// answer is only logged.
pub(crate) async fn send(platform: &Platform, job: &Job, steps: impl IntoIterator<Item = usize>) {
    send_after(platform, job, steps, Duration::ZERO).await;
}

async fn send_after(platform: &Platform, job: &Job, steps: impl IntoIterator<Item = usize>, after: Duration) {
    let ticket = |step| json!(Ticket { job: job.id.clone(), step }).to_string();
    let messages = steps.into_iter().map(|step| Outgoing::new(&*job.topic, ticket(step)).after(after));
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
        send(platform, job, [0]).await;
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

/// Runs the step that a message of a job's topic names, if it is there to be run.
pub async fn deliver(
    platform: &Platform,
    limits: &Limits,
    find: FindTool<'_>,
    message: &Message,
) -> Delivery {
    let Ok(ticket) = serde_json::from_str::<Ticket>(&message.body) else {
        return Delivery::Dead { reason: "the message names no step of a job".to_owned() };
    };
    match run(platform, limits, find, &ticket).await {
        Ok(delivery) => delivery,
        Err(error) => {
            log::error(platform, "a step of a job could not be run", &error);
            Delivery::Retry { after: STORE_FAILED }
        }
    }
}

async fn run(
    platform: &Platform,
    limits: &Limits,
    find: FindTool<'_>,
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
                send(platform, &job, (0..job.chunks()).filter(|other| other != step)).await;
            }
        }
    }
    let attempt = Attempt { platform, store, limits, job: &job, step: *step, token: &token };
    let failure = match attempt.run(find).await {
        Ok(()) => return Ok(Delivery::Done),
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

/// A step under a claim.
struct Attempt<'a> {
    platform: &'a Platform,
    store: JobStore<'a>,
    limits: &'a Limits,
    job: &'a Job,
    step: usize,
    token: &'a str,
}

impl Attempt<'_> {
    /// Runs the step, and hands in what came of it.
    async fn run(&self, find: FindTool<'_>) -> Result<(), Failure> {
        let Self { platform, job, step, .. } = *self;
        let Some(input) = self.store.input(&job.id).await? else { return Ok(()) };
        // A job that a release with more tools accepted.
        let run = find(&job.tool).ok_or_else(|| {
            Failure::lasting("UNKNOWN_TOOL", format!("This release has no tool {}.", job.tool))
        })?;
        let kept = results::kept(platform, job, step).await?;
        let work = Work { platform, job, input: &input, step, kept: kept.as_deref() };
        match (run(work).await?, step < job.chunks()) {
            (Done::Chunk(parts), true) => self.chunk(&parts).await,
            (Done::Product(product), false) => self.product(product).await,
            (Done::Later { told, after, keep }, _) => self.later(told, after, keep).await,
            (Done::Chunk(_), false) | (Done::Product(_), true) => {
                Err(Failure::lasting("INTERNAL_ERROR", "The tool gave what this step does not make."))
            }
        }
    }

    async fn chunk(&self, parts: &[Vec<u8>]) -> Result<(), Failure> {
        results::store_parts(self.platform, &self.job.id, self.step, self.token, parts).await?;
        let applied = self
            .store
            .change(&self.job.id, self.limits.running, |job| {
                let event = job.apply(self.step, self.token);
                (event.is_some(), event)
            })
            .await?;
        if let Write::Done { decided: true, job } = applied
            && job.chunks_done() == job.chunks()
        {
            send(self.platform, &job, [job.chunks()]).await;
        }
        Ok(())
    }

    async fn product(&self, product: Product) -> Result<(), Failure> {
        let (id, limits) = (&self.job.id, self.limits);
        let output =
            results::store_output(self.platform, id, self.token, product, limits.result_bytes).await?;
        let now = self.store.now();
        let completed = self
            .store
            .change(id, limits.running, |job| {
                let event = job.complete(self.token, output.clone(), now, limits.keep_completed);
                (event.is_some(), event)
            })
            .await?;
        if let Write::Done { decided: true, job } = completed {
            ended(self.platform, &self.store, &job, limits).await;
        }
        Ok(())
    }

    async fn later(&self, told: Told, after: Duration, keep: Option<Vec<u8>>) -> Result<(), Failure> {
        let Self { platform, step, token, .. } = *self;
        let id = &self.job.id;
        if let Some(kept) = &keep {
            results::store_kept(platform, id, step, token, kept).await?;
        }
        let now = self.store.now();
        let gone_on = self
            .store
            .change(id, self.limits.running, |job| {
                job.go_on(step, token, (told.clone(), keep.is_some()), after, now)
            })
            .await?;
        match gone_on {
            Write::Done { decided: Some(true), job } => {
                let former = self.job.steps.get(step).and_then(|step| step.kept.as_deref());
                if let Some(former) = former.filter(|_| keep.is_some()) {
                    results::forget_kept(platform, id, step, former).await;
                }
                send_after(platform, &job, [step], after).await;
                Ok(())
            }
            Write::Done { decided: Some(false), .. } => {
                let detail = format!("It did not come to an end in {MOST_TURNS} runs.");
                Err(Failure::lasting("ENDLESS", detail))
            }
            // Another worker has it, or it has ended.
            Write::Done { decided: None, .. } | Write::Missing | Write::Full => Ok(()),
        }
    }
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
            for job in next {
                send(platform, &job, [0]).await;
            }
        }
        Err(error) => log::error(platform, "the next job was not begun; the schedule begins it", &error),
    }
}

fn dead(job: &Job) -> Delivery {
    let reason = job.error.as_ref().map(|error| format!("{}: {}", error.code, error.message));
    Delivery::Dead { reason: format!("{} failed. {}", job.id, reason.unwrap_or_default()) }
}
