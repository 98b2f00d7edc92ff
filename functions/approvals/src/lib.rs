//! `/api/approval`: jobs of the tools that `REQUIRE_APPROVAL` lists wait here until a reviewer allows them.
//!
//! What holds of approvals is in `wasm-shared/jobs` (`approval`); here are the routes.

mod request;
mod response;

use axum::{Router, extract::State, response::Response};
use jobs::approval::{self, Decided, Decision};
use platform::{Application, OutsideError, Platform};
use request::{Listed, Reason};
use response::{ApprovalRequest, Pending, Report};
use web::{Act, Operation, Owner, PathParameter, Problem, Routes, Scope, Verb, openapi::BodyProblems};

/// The operations of this function.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Get, "/api/approval/pending", "list_pending_approvals", Scope::Approve),
    Operation::new(Verb::Get, "/api/approval/report", "report_approvals", Scope::Approve),
    Operation::new(Verb::Post, "/api/approval/{id}/approve", "approve_job", Scope::Approve)
        .audited(Act::JobApproved),
    Operation::new(Verb::Post, "/api/approval/{id}/reject", "reject_job", Scope::Approve)
        .audited(Act::JobRejected),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS)
        .handle("list_pending_approvals", pending)
        .handle("report_approvals", report)
        .handle("approve_job", approve)
        .handle("reject_job", reject)
        .into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Archive, Cache, Database, Queue];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(guarded Function);

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: OutsideError) -> Problem {
    Problem::unavailable(&error)
}

/// What waits for a reviewer, newest first: of all owners, with what is asked. Your own are marked; another has to decide on them.
#[utoipa::path(
    get, path = "/api/approval/pending", operation_id = "list_pending_approvals", tag = "approvals", security(("key" = [])),
    params(("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
           ("limit" = Option<u32>, Query, description = "Entries of a page, 1 to 100; 50 if left out.")),
    responses((status = 200, description = "A page of requests.", body = Pending),
              (status = 422, description = "A parameter is not possible.", body = Problem)),
)]
async fn pending(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    Listed { before, limit }: Listed,
) -> Result<Response, Problem> {
    lapse(&platform).await?;
    let found = approval::list(&platform, Some("pending"), before, limit).await.map_err(unavailable)?;
    Ok(response::pending(found, limit, &owner))
}

/// What was asked and decided, newest first, and how many there are of each status.
#[utoipa::path(
    get, path = "/api/approval/report", operation_id = "report_approvals", tag = "approvals", security(("key" = [])),
    params(("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
           ("limit" = Option<u32>, Query, description = "Entries of a page, 1 to 100; 50 if left out.")),
    responses((status = 200, description = "A page of requests, and counts.", body = Report),
              (status = 422, description = "A parameter is not possible.", body = Problem)),
)]
async fn report(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    Listed { before, limit }: Listed,
) -> Result<Response, Problem> {
    lapse(&platform).await?;
    let found = approval::list(&platform, None, before, limit).await.map_err(unavailable)?;
    let counts = approval::counts(&platform).await.map_err(unavailable)?;
    Ok(response::report(found, limit, &owner, counts))
}

/// What nobody decided in time lapses, also where no schedule says so.
async fn lapse(platform: &Platform) -> Result<(), Problem> {
    let limits = job_tools::limits(platform).await.map_err(unavailable)?;
    approval::tend(platform, &limits).await.map_err(unavailable)
}

/// Allow a job: it begins. What you asked for yourself another reviewer has to allow.
#[utoipa::path(
    post, path = "/api/approval/{id}/approve", operation_id = "approve_job", tag = "approvals", security(("key" = [])),
    params(("id" = String, Path, description = "The approval's id: `approval_id` of the job.")),
    responses((status = 200, description = "The request as it is now.", body = ApprovalRequest),
              (status = 403, description = "The key lacks the scope `approve`, or it is your own request.", body = Problem),
              (status = 404, description = "No such request.", body = Problem),
              (status = 409, description = "It was decided already, or has lapsed.", body = Problem)),
)]
async fn approve(
    owner: Owner,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
) -> Result<Response, Problem> {
    decide(&platform, &owner, &id, Decision::Approve).await
}

/// Do not allow a job: it fails with your reason.
#[utoipa::path(
    post, path = "/api/approval/{id}/reject", operation_id = "reject_job", tag = "approvals", security(("key" = [])),
    params(("id" = String, Path, description = "The approval's id: `approval_id` of the job.")),
    request_body(content = request::ReasonSchema),
    responses((status = 200, description = "The request as it is now.", body = ApprovalRequest),
              (status = 403, description = "The key lacks the scope `approve`, or it is your own request.", body = Problem),
              (status = 404, description = "No such request.", body = Problem),
              (status = 409, description = "It was decided already, or has lapsed.", body = Problem),
              BodyProblems),
)]
async fn reject(
    owner: Owner,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
    Reason(reason): Reason,
) -> Result<Response, Problem> {
    decide(&platform, &owner, &id, Decision::Reject(&reason)).await
}

async fn decide(
    platform: &Platform,
    Owner { owner, caller, .. }: &Owner,
    id: &str,
    decision: Decision<'_>,
) -> Result<Response, Problem> {
    let limits = job_tools::limits(platform).await.map_err(unavailable)?;
    let reviewer = (owner.as_str(), caller.actor());
    match approval::decide(platform, &limits, id, reviewer, decision).await.map_err(unavailable)? {
        Decided::Done(request) => Ok(response::decided(*request, owner)),
        Decided::Missing => Err(response::not_found()),
        Decided::Own => Err(response::own_request()),
        Decided::Already(status) => Err(response::already(&status)),
    }
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(pending, report, approve, reject))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
