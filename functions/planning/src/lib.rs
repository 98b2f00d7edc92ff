//! What the planning agents made: `/api/jobs/{id}/artifacts` for the job's owner, `/api/artifacts` for whoever has a signed link.
//!
//! The agents are tools of jobs (`wasm-shared/planning`); `functions/jobs` runs them, and `functions/mcp` offers them to assistants.

mod request;
mod response;

use std::time::Duration;

use axum::{Router, extract::State, response::Response};
use jobs::{Job, JobStore};
use planning::{
    artifact::{Kind, Results},
    link::Link,
    phase::PHASES,
    store::{PhaseStore, tidy},
    tool,
};
use platform::{Application, OutsideError, Platform, schedule};
use request::{Shown, Signed, Wanted};
use response::ArtifactList;
use web::{Operation, Owner, PathParameter, Problem, Routes, Scope, Verb};

/// The operations of this function. A signed link is its own credential.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Get, "/api/jobs/{id}/artifacts", "list_artifacts", Scope::Jobs),
    Operation::new(Verb::Get, "/api/jobs/{id}/artifacts/{type}", "get_artifact", Scope::Jobs),
    Operation::open(Verb::Get, "/api/artifacts/{id}/{type}", "open_artifact"),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS)
        .handle("list_artifacts", list)
        .handle("get_artifact", show)
        .handle("open_artifact", open)
        .into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Archive, Cache, Database, Inference];
    const JOBS: &'static [schedule::Job] =
        &[schedule::Job::every("planning", Duration::from_mins(5), |platform| {
            Box::pin(async move { tidy(&platform).await.map_err(|error| error.to_string()) })
        })];

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

/// A planning job that is still kept: of this owner, or of whoever owns it.
async fn find(platform: &Platform, owner: Option<&str>, id: &str) -> Result<Job, Problem> {
    let store = JobStore::open(platform).await.map_err(unavailable)?;
    let found = if let Some(owner) = owner {
        store.find(id, owner).await
    } else {
        let now = store.now();
        let kept = |job: &Job| job.expires.is_none_or(|expires| now < expires);
        store.get(id).await.map(|job| job.filter(kept))
    };
    let job = found.map_err(unavailable)?.ok_or_else(response::job_not_found)?;
    if tool::named(&job.tool).is_some() { Ok(job) } else { Err(response::other_tool(&job)) }
}

/// What the job's phases made so far.
async fn results(platform: &Platform, job: &Job, kind: Option<&Kind>) -> Result<Results, Problem> {
    let store = PhaseStore::open(platform).await.map_err(unavailable)?;
    let mut results = Results::new();
    for phase in PHASES {
        if kind.and_then(|kind| kind.phase).is_some_and(|wanted| wanted != phase.name) {
            continue;
        }
        if let Some(output) = store.output(&job.id, phase.name).await.map_err(unavailable)? {
            results.push((phase.name.to_owned(), output));
        }
    }
    Ok(results)
}

/// What a planning job has made so far, with links that work without a key for ten minutes.
#[utoipa::path(
    get, path = "/api/jobs/{id}/artifacts", operation_id = "list_artifacts", tag = "planning", security(("key" = [])),
    params(("id" = String, Path, description = "The job's id.")),
    responses((status = 200, description = "The artifacts; fewer while the job runs, and where a phase failed.", body = ArtifactList),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such job of this owner, it is forgotten, or it is no planning job.", body = Problem)),
)]
async fn list(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
) -> Result<Response, Problem> {
    let job = find(&platform, Some(&owner), &id).await?;
    let results = results(&platform, &job, None).await?;
    let key =
        PhaseStore::open(&platform).await.map_err(unavailable)?.signing_key().await.map_err(unavailable)?;
    Ok(response::list(&job, &results, &key, platform.clock().now().timestamp()))
}

/// An artifact of a planning job.
#[utoipa::path(
    get, path = "/api/jobs/{id}/artifacts/{type}", operation_id = "get_artifact", tag = "planning", security(("key" = [])),
    params(("id" = String, Path, description = "The job's id."),
           ("type" = String, Path, description = "`prd`, `strategy`, `design_system`, `wireframes`, `architecture`, `code_files` or `all`."),
           ("format" = Option<String>, Query, description = "`json`, `markdown`, `html` or `zip`; `json` if left out.")),
    responses((status = 200, description = "The artifact.",
               content((serde_json::Value = "application/json"), (String = "text/markdown"), (String = "text/html"), (Vec<u8> = "application/zip"))),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such job of this owner, or it has not made this.", body = Problem),
              (status = 422, description = "There is no such format.", body = Problem)),
)]
async fn show(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    Shown { id, wanted }: Shown,
) -> Result<Response, Problem> {
    let job = find(&platform, Some(&owner), &id).await?;
    answer(&platform, &job, wanted).await
}

/// An artifact by a signed link, without a key.
#[utoipa::path(
    get, path = "/api/artifacts/{id}/{type}", operation_id = "open_artifact", tag = "planning",
    params(("id" = String, Path, description = "The job's id."),
           ("type" = String, Path, description = "The type of the artifact."),
           ("format" = Option<String>, Query, description = "The format."),
           ("expires" = Option<i64>, Query, description = "Until when the link works, in seconds since 1970."),
           ("signature" = Option<String>, Query, description = "What makes the link good.")),
    responses((status = 200, description = "The artifact.",
               content((serde_json::Value = "application/json"), (String = "text/markdown"), (String = "text/html"), (Vec<u8> = "application/zip"))),
              (status = 403, description = "The link is not good, or not any more.", body = Problem),
              (status = 404, description = "The job is forgotten, or there is no such artifact.", body = Problem),
              (status = 422, description = "There is no such format.", body = Problem)),
)]
async fn open(State(platform): State<Platform>, signed: Signed) -> Result<Response, Problem> {
    let Signed { id, wanted, expires, signature } = signed;
    let key =
        PhaseStore::open(&platform).await.map_err(unavailable)?.signing_key().await.map_err(unavailable)?;
    let link = Link { job: &id, artifact: wanted.kind.name, format: wanted.format.name(), expires };
    if !link.is_good(&key, &signature, platform.clock().now().timestamp()) {
        return Err(response::link_refused());
    }
    let job = find(&platform, None, &id).await?;
    answer(&platform, &job, wanted).await
}

async fn answer(platform: &Platform, job: &Job, wanted: Wanted) -> Result<Response, Problem> {
    let Wanted { kind, format } = wanted;
    let results = results(platform, job, Some(kind)).await?;
    let bytes = kind.render(&results, format).ok_or_else(|| response::not_made(job, kind))?;
    Ok(response::artifact(job, kind, format, bytes))
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(list, show, open))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
