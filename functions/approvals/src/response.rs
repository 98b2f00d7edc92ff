//! What is answered.

use std::collections::BTreeMap;

use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use jobs::{approval::Request, view::time};
use serde::Serialize;
use serde_json::Value;
use web::Problem;

const PRIVATE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));

/// A job for which somebody asked an approval.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ApprovalRequest {
    /// Its id: `approval_id` of the job.
    approval_id: String,
    /// `pending`; `approved`: given, and not used yet; `used`; `rejected`; `expired`.
    status: String,
    /// The tool.
    tool: String,
    /// What the tool is asked; null where the job is forgotten, and where one request is answered.
    input: Option<Value>,
    /// The job; null where it is forgotten.
    job_id: Option<String>,
    /// Whose job it is.
    owner: String,
    /// The key that asked.
    requested_by: String,
    /// Whether it is yours, so that another has to decide.
    is_own: bool,
    /// When it was asked for.
    created_at: String,
    /// When it lapses: 24 hours after it was asked for, or given.
    expires_at: String,
    /// The key that decided.
    decided_by: Option<String>,
    /// When.
    decided_at: Option<String>,
    /// Why not.
    reason: Option<String>,
}

fn shown(request: Request, owner: &str) -> ApprovalRequest {
    ApprovalRequest {
        approval_id: request.id,
        status: request.status,
        tool: request.tool,
        input: request.input.and_then(|input| serde_json::from_str(&input).ok()),
        job_id: request.job,
        is_own: request.owner == owner,
        owner: request.owner,
        requested_by: request.account,
        created_at: time(request.created),
        expires_at: time(request.expires),
        decided_by: request.reviewer,
        decided_at: request.decided.map(time),
        reason: request.reason,
    }
}

/// What waits for a reviewer.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = PendingApprovals)]
pub(crate) struct Pending {
    /// Newest first.
    approvals: Vec<ApprovalRequest>,
    /// `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

/// What was asked and decided.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ApprovalReport)]
pub(crate) struct Report {
    /// How many there are of each status.
    counts: BTreeMap<String, i64>,
    /// Newest first.
    approvals: Vec<ApprovalRequest>,
    /// `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

fn next_cursor(found: &[Request], limit: u32) -> Option<String> {
    found.last().filter(|_| found.len() == limit as usize).map(|last| last.number.to_string())
}

fn private<T: Serialize>(value: &T) -> Response {
    ([PRIVATE], web::json(value)).into_response()
}

pub(crate) fn pending(found: Vec<Request>, limit: u32, owner: &str) -> Response {
    let next_cursor = next_cursor(&found, limit);
    private(&Pending { approvals: found.into_iter().map(|one| shown(one, owner)).collect(), next_cursor })
}

pub(crate) fn report(found: Vec<Request>, limit: u32, owner: &str, counts: Vec<(String, i64)>) -> Response {
    let next_cursor = next_cursor(&found, limit);
    let mut all = BTreeMap::new();
    all.extend(counts);
    private(&Report {
        counts: all,
        approvals: found.into_iter().map(|one| shown(one, owner)).collect(),
        next_cursor,
    })
}

pub(crate) fn decided(request: Request, owner: &str) -> Response {
    private(&shown(request, owner))
}

pub(crate) fn not_found() -> Problem {
    let detail = "There is no such request. GET /api/approval/pending lists what waits.";
    Problem::new(StatusCode::NOT_FOUND, "APPROVAL_NOT_FOUND", detail)
}

pub(crate) fn own_request() -> Problem {
    let detail =
        "You asked for this yourself, or a key of the same owner did. Another reviewer has to decide.";
    Problem::new(StatusCode::FORBIDDEN, "OWN_REQUEST", detail)
}

pub(crate) fn already(status: &str) -> Problem {
    let detail = format!("The request is {status} already, so there is nothing to decide.");
    Problem::new(StatusCode::CONFLICT, "APPROVAL_DECIDED", detail)
}
