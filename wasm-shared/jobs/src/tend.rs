//! What the clock does for jobs.

use platform::{OutsideError, Platform};

use crate::{JobStore, Status, results, webhook, work};

/// How many of each are looked after at a time.
const PORTION: u32 = 50;

/// Sends again what was lost, and removes jobs that are due: called every minute, or every few.
///
/// # Errors
/// When a store does not answer.
pub async fn tend(platform: &Platform) -> Result<(), OutsideError> {
    let store = JobStore::open(platform).await?;
    for job in store.stalled(PORTION).await? {
        let now = store.now();
        let idle = |step: &usize| job.steps[*step].lease.as_ref().is_none_or(|(_, until)| *until <= now);
        // One message begins a job; the others follow it.
        let most = if job.status == Status::Queued { 1 } else { job.steps.len() };
        work::send(platform, &job, job.open_steps().filter(idle).take(most)).await;
    }
    webhook::resend_stalled(platform, &store, PORTION).await?;
    for job in store.expired(PORTION).await? {
        results::remove(platform, &job, true).await?;
        store.forget(&job.id).await?;
    }
    Ok(())
}
