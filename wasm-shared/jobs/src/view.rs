//! A job as its owner sees it.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use crate::{Job, Millis, Status};

/// A job without its result: what lists, events and webhooks say of it.
#[must_use]
pub fn of(job: &Job) -> Value {
    let error = job.error.as_ref().map(|error| json!({"code": error.code, "message": error.message}));
    let ready = job.output.is_some();
    let mut view = json!({
        "job_id": job.id,
        "tool": job.tool,
        "status": job.status.name(),
        "progress": job.progress(),
        "phase": phase(job),
        "attempts": job.attempts(),
        "priority": job.priority.name(),
        "created_at": time(job.created),
        "started_at": job.started.map(time),
        "finished_at": job.finished.map(time),
        "expires_at": job.expires.map(time),
        "error": error,
    });
    if let Some(approval) = &job.approval {
        view["approval_id"] = json!(approval);
    }
    if ready {
        view["output_url"] = json!(output_path(&job.id));
    }
    view
}

/// A job with its result, where that is small; as text, so that the result stays as it was written.
#[must_use]
pub fn with_output(job: &Job) -> String {
    let mut view = of(job);
    let inline = job.output.as_ref().and_then(|output| output.inline.as_deref());
    let Some(inline) = inline else { return view.to_string() };
    if let Some(view) = view.as_object_mut() {
        view.remove("output_url");
    }
    let mut text = view.to_string();
    text.pop();
    text + ",\"output\":" + inline + "}"
}

/// Where a job's result can be fetched.
#[must_use]
pub fn output_path(id: &str) -> String {
    format!("/api/jobs/{id}/output")
}

/// What it is doing, in words.
fn phase(job: &Job) -> String {
    let (done, chunks) = (job.chunks_done(), job.chunks());
    if let (Status::Processing, Some(told)) = (job.status, &job.told) {
        return told.phase.clone();
    }
    match job.status {
        Status::PendingApproval => "waiting for a reviewer".to_owned(),
        Status::Queued => "waiting".to_owned(),
        Status::Processing if done < chunks => format!("computing: {done} of {chunks} chunks are done"),
        Status::Processing => "putting the result together".to_owned(),
        ended => ended.name().to_owned(),
    }
}

/// RFC 3339 in UTC.
#[must_use]
pub fn time(millis: Millis) -> String {
    DateTime::from_timestamp_millis(millis).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}
