//! How far a job is, phase by phase: what `aios_get_status` answers.

use jobs::{Job, JobStore, Status, view::time};
use platform::{OutsideError, Platform};
use serde_json::{Value, json};

use crate::{Phase, run::phases_of_job, store::PhaseStore};

/// The status of a job of these tools; none where it is another tool's.
///
/// # Errors
/// When the database does not answer.
pub async fn of(platform: &Platform, job: &Job) -> Result<Option<Value>, OutsideError> {
    let input = JobStore::open(platform).await?.input(&job.id).await?.unwrap_or_default();
    let Some(phases) = phases_of_job(&job.tool, &input) else { return Ok(None) };
    let store = PhaseStore::open(platform).await?;
    let runs = store.runs(&job.id).await?;
    let mut shown = Vec::new();
    let mut current = None;
    for phase in &phases {
        let run = runs.iter().find(|run| run.phase == phase.name);
        let finished = run.and_then(|run| run.finished);
        let status = match (run, finished) {
            (_, Some(_)) => "completed",
            (Some(_), None) => match job.status {
                Status::Failed => "failed",
                Status::Cancelled => "cancelled",
                _ => "processing",
            },
            (None, None) if job.status == Status::Cancelled => "cancelled",
            (None, None) => "pending",
        };
        if finished.is_none() && !job.status.is_final() && current.is_none() {
            current = Some(phase.name);
        }
        shown.push(json!({
            "name": phase.name, "status": status, "started_at": run.map(|run| time(run.started)), "finished_at": finished.map(time),
            "tokens": run.map_or(0, |run| run.tokens),
        }));
    }
    let now = platform.clock().now().timestamp_millis();
    let open: Vec<(&Phase, i64)> = phases
        .iter()
        .filter_map(|phase| match runs.iter().find(|run| run.phase == phase.name) {
            Some(run) if run.finished.is_some() => None,
            run => Some((*phase, run.map_or(0, |run| now - run.started))),
        })
        .collect();
    let eta = if job.status.is_final() || job.status == Status::PendingApproval {
        None
    } else {
        eta(&store, &open).await?
    };
    Ok(Some(json!({
        "job_id": job.id, "tool": job.tool, "status": job.status.name(), "progress": job.progress(), "current_phase": current,
        "phases": shown, "eta_seconds": eta, "error": job.error.as_ref().map(|error| format!("{}: {}", error.code, error.message)),
    })))
}

/// Seconds until these phases are done, from what they took before; none where one of them has never come to its end.
async fn eta(store: &PhaseStore<'_>, open: &[(&Phase, i64)]) -> Result<Option<i64>, OutsideError> {
    let mut milliseconds = 0;
    for (phase, passed) in open {
        let Some(took) = store.duration(phase).await? else { return Ok(None) };
        milliseconds += (took - passed).max(0);
    }
    Ok(Some((milliseconds + 999) / 1000))
}
