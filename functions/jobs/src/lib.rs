//! `/api/jobs`: forecasts, sweeps and goals in the background. `/api/webhooks/test`: a test event to a receiver.
//! `/internal/jobs/drain`: what a schedule calls where nothing else works messages off.
//!
//! Records, states, attempts and webhooks are in `wasm-shared/jobs`, what a tool is in `wasm-shared/job-tools`; here are the routes, and the
//! table of the tools.

mod drain;
mod request;
mod response;
mod stream;
mod tools;

use std::time::Duration;

use axum::{Router, extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use job_tools::{Driven, webhooks};
use jobs::{Job, JobStore, Status, Submitted, webhook};
use platform::{Application, Delivery, Message, OutsideError, Platform, schedule};
use request::{Asked, DeliveryPath, Listed, Rotation, Tested};
use response::{
    Accepted, AllTold, Drained, JobList, JobRequest, JobState, Output, SecretMade, SecretState, TestSent,
    not_found,
};
use web::{
    Act, Admin, Format, KeyHolder, Operation, Owner, PathParameter, Problem, Routes, Scope, Verb,
    body::FORECAST,
};

/// The operations of this function. Submitting costs what a large request does; the work itself is limited by the number of jobs.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Post, "/api/jobs", "submit_job", Scope::Jobs).costing(10).reading(FORECAST),
    Operation::new(Verb::Get, "/api/jobs", "list_jobs", Scope::Jobs),
    Operation::new(Verb::Get, "/api/jobs/{id}", "get_job", Scope::Jobs),
    Operation::new(Verb::Delete, "/api/jobs/{id}", "cancel_job", Scope::Jobs),
    Operation::new(Verb::Get, "/api/jobs/{id}/output", "get_job_output", Scope::Jobs),
    Operation::new(Verb::Get, "/api/jobs/{id}/events", "follow_job", Scope::Jobs),
    Operation::new(Verb::Get, "/api/jobs/{id}/stream", "stream_job", Scope::Jobs),
    Operation::new(Verb::Get, "/api/jobs/{id}/deliveries", "list_deliveries", Scope::Jobs),
    Operation::new(Verb::Post, "/api/jobs/{id}/deliveries/{n}/retry", "retry_delivery", Scope::Jobs),
    Operation::new(Verb::Post, "/api/webhooks/test", "test_webhook", Scope::Jobs).costing(5),
    Operation::new(Verb::Get, "/api/webhooks/secret", "get_webhook_secret", Scope::Jobs),
    Operation::new(Verb::Post, "/api/webhooks/secret", "rotate_webhook_secret", Scope::Jobs)
        .audited(Act::WebhookSecretRotated),
    Operation::new(Verb::Delete, "/api/webhooks/secret", "remove_webhook_secret", Scope::Jobs)
        .audited(Act::WebhookSecretRemoved),
    Operation::new(Verb::Post, "/internal/jobs/drain", "drain_jobs", Scope::Admin),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS)
        .handle("submit_job", submit)
        .handle("list_jobs", list)
        .handle("get_job", show)
        .handle("cancel_job", cancel)
        .handle("get_job_output", output)
        .handle("follow_job", follow)
        .handle("stream_job", follow)
        .handle("list_deliveries", deliveries)
        .handle("retry_delivery", retry)
        .handle("test_webhook", test)
        .handle("get_webhook_secret", secret)
        .handle("rotate_webhook_secret", rotate_secret)
        .handle("remove_webhook_secret", remove_secret)
        .handle("drain_jobs", drain_now)
        .into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Archive, Assets, Cache, Database, HttpClient, Queue];
    const JOBS: &'static [schedule::Job] =
        &[schedule::Job::every("jobs", Duration::from_mins(1), |platform| {
            Box::pin(drain::scheduled(platform))
        })];
    const TOPICS: &'static [&'static str] = &[jobs::TOPIC, jobs::SLOW_TOPIC, webhook::TOPIC];

    fn routes() -> Router<Platform> {
        routes()
    }

    async fn deliver(platform: Platform, message: Message) -> Delivery {
        let delivered = if message.topic == webhook::TOPIC {
            deliver_webhook(&platform, &message).await
        } else {
            job_tools::deliver(&platform, &tools::all(), &message).await
        };
        // Settings that cannot be read.
        delivered.unwrap_or_else(|error| {
            web::log::error(&platform, "a message could not be delivered", &error);
            Delivery::Retry { after: job_tools::SETTINGS_FAILED }
        })
    }
}

async fn deliver_webhook(platform: &Platform, message: &Message) -> Result<Delivery, OutsideError> {
    Ok(webhook::deliver(platform, &webhooks::settings(platform).await?, message).await)
}

#[cfg(feature = "entry")]
entry::export!(guarded Function);

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: OutsideError) -> Problem {
    Problem::unavailable(&error)
}

async fn open(platform: &Platform) -> Result<JobStore<'_>, Problem> {
    JobStore::open(platform).await.map_err(unavailable)
}

async fn find(platform: &Platform, owner: &str, id: &str) -> Result<Job, Problem> {
    open(platform).await?.find(id, owner).await.map_err(unavailable)?.ok_or_else(not_found)
}

/// Submit a job: a forecast, a sweep of up to 10,000 runs, or a goal.
///
/// The answer comes at once, and the work goes on. The same `Idempotency-Key` gives the same job for 24 hours.
#[utoipa::path(
    post, path = "/api/jobs", operation_id = "submit_job", tag = "jobs", security(("key" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Of your own making: the same one gives the same job for 24 hours.")),
    request_body(content = JobRequest),
    responses((status = 202, description = "Accepted.", body = Accepted),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 403, description = "The key has not the scope `jobs`, or the approval does not allow this.", body = Problem),
              (status = 409, description = "The idempotency key came with another request.", body = Problem),
              (status = 429, description = "As many jobs of the key wait as may.", body = Problem),
              (status = 503, description = "No network data yet, no secret for webhooks, or a store did not answer.", body = Problem),
              web::openapi::BodyProblems),
)]
async fn submit(State(platform): State<Platform>, Asked(submission): Asked) -> Result<Response, Problem> {
    let limits = job_tools::limits(&platform).await.map_err(unavailable)?;
    match jobs::submit(&platform, &submission, &limits).await.map_err(unavailable)? {
        Submitted::New(job) => Ok(response::accepted(&job)),
        Submitted::Same(id) => Ok(response::accepted(&find(&platform, &submission.job.owner, &id).await?)),
        Submitted::OtherRequest => Err(response::other_request()),
        Submitted::NotApproved(reason) => Err(response::not_approved(reason)),
        Submitted::Full => Err(response::queue_full(limits.queued)),
    }
}

/// Your jobs, newest first.
#[utoipa::path(
    get, path = "/api/jobs", operation_id = "list_jobs", tag = "jobs", security(("key" = [])),
    params(("status" = Option<String>, Query, description = "Of this status only."),
           ("tool" = Option<String>, Query, description = "Of this tool only."),
           ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
           ("limit" = Option<u32>, Query, description = "Entries of a page, 1 to 100; 50 if left out.")),
    responses((status = 200, description = "A page of jobs.", body = JobList),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 422, description = "A parameter is not possible.", body = Problem)),
)]
async fn list(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    Listed(cursor): Listed,
) -> Result<Response, Problem> {
    let page = open(&platform).await?.list(&owner, &cursor).await.map_err(unavailable)?;
    Ok(response::list(&page))
}

/// A job's state, and its result where that is small.
#[utoipa::path(
    get, path = "/api/jobs/{id}", operation_id = "get_job", tag = "jobs", security(("key" = [])),
    params(("id" = String, Path, description = "The job's id.")),
    responses((status = 200, description = "The job.", body = JobState),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such job of this owner, or it is forgotten.", body = Problem)),
)]
async fn show(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
) -> Result<Response, Problem> {
    let mut job = find(&platform, &owner, &id).await?;
    if !job.status.is_final() {
        drain::drive(&platform, Driven::Quick).await;
        job = find(&platform, &owner, &id).await?;
    }
    Ok(response::job(&job))
}

/// Cancel a job: between two chunks at the latest.
#[utoipa::path(
    delete, path = "/api/jobs/{id}", operation_id = "cancel_job", tag = "jobs", security(("key" = [])),
    params(("id" = String, Path, description = "The job's id.")),
    responses((status = 200, description = "The cancelled job.", body = JobState),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such job of this owner, or it is forgotten.", body = Problem),
              (status = 409, description = "It has ended already.", body = Problem)),
)]
async fn cancel(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
) -> Result<Response, Problem> {
    find(&platform, &owner, &id).await?;
    let limits = job_tools::limits(&platform).await.map_err(unavailable)?;
    let (job, _) = jobs::cancel(&platform, &id, &limits).await.map_err(unavailable)?.ok_or_else(not_found)?;
    if job.status == Status::Cancelled { Ok(response::job(&job)) } else { Err(response::has_ended(&job)) }
}

/// A job's result: JSON, or a table with `Accept: text/csv`.
#[utoipa::path(
    get, path = "/api/jobs/{id}/output", operation_id = "get_job_output", tag = "jobs", security(("key" = [])),
    params(("id" = String, Path, description = "The job's id.")),
    responses((status = 200, description = "The result, as the tool's direct path answers it.", content((Output = "application/json"), (String = "text/csv"))),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such job of this owner, or it has no result in this form.", body = Problem),
              (status = 406, description = "Neither JSON nor CSV is accepted.", body = Problem)),
)]
async fn output(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
    format: Format,
) -> Result<Response, Problem> {
    let job = find(&platform, &owner, &id).await?;
    let as_csv = format == Format::Csv;
    let found = jobs::output(&platform, &job, as_csv).await.map_err(unavailable)?;
    found.map(|bytes| response::output(bytes, as_csv)).ok_or_else(|| response::no_output(&job))
}

/// A job's events while they happen, as server-sent events. `Last-Event-ID` goes on after that one; the stream ends after the
/// last.
#[utoipa::path(
    get, path = "/api/jobs/{id}/events", operation_id = "follow_job", tag = "jobs", security(("key" = [])),
    params(("id" = String, Path, description = "The job's id."),
           ("Last-Event-ID" = Option<u64>, Header, description = "The last event that you have seen.")),
    responses((status = 200, description = "Events: `pending_approval`, `queued`, `processing`, `progress`, `retrying`, and last `completed`, `failed` or `cancelled`.",
               content_type = "text/event-stream", body = String),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such job of this owner, or it is forgotten.", body = Problem),
              (status = 503, description = "Too many streams are open.", body = Problem)),
)]
async fn follow(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let job = find(&platform, &owner, &id).await?;
    stream::events(&platform, &job, web::events::last_event_id(&headers).unwrap_or(0))
}

/// The same as `/api/jobs/{id}/events`.
#[utoipa::path(
    get, path = "/api/jobs/{id}/stream", operation_id = "stream_job", tag = "jobs", security(("key" = [])),
    params(("id" = String, Path, description = "The job's id."),
           ("Last-Event-ID" = Option<u64>, Header, description = "The last event that you have seen.")),
    responses((status = 200, description = "Events.", content_type = "text/event-stream", body = String),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such job of this owner, or it is forgotten.", body = Problem)),
)]
#[allow(dead_code, reason = "only its description is used")]
fn stream_job() {}

/// The webhooks of a job, with every attempt to send them.
#[utoipa::path(
    get, path = "/api/jobs/{id}/deliveries", operation_id = "list_deliveries", tag = "jobs", security(("key" = [])),
    params(("id" = String, Path, description = "The job's id.")),
    responses((status = 200, description = "The webhooks.", body = AllTold),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such job of this owner, or it is forgotten.", body = Problem)),
)]
async fn deliveries(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
) -> Result<Response, Problem> {
    let job = find(&platform, &owner, &id).await?;
    drain::drive(&platform, Driven::Quick).await;
    let records = webhook::list(&open(&platform).await?, &job.id).await.map_err(unavailable)?;
    Ok(response::deliveries(records))
}

/// Send a webhook of a job once more, at once.
#[utoipa::path(
    post, path = "/api/jobs/{id}/deliveries/{n}/retry", operation_id = "retry_delivery", tag = "jobs", security(("key" = [])),
    params(("id" = String, Path, description = "The job's id."),
           ("n" = i64, Path, description = "The webhook's number, `delivery`.")),
    responses((status = 202, description = "It will be sent."),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such job of this owner, or no such webhook of it.", body = Problem),
              (status = 503, description = "No secret for webhooks is set.", body = Problem)),
)]
async fn retry(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    DeliveryPath { id, number }: DeliveryPath,
) -> Result<StatusCode, Problem> {
    let job = find(&platform, &owner, &id).await?;
    webhooks::required(&platform, &job.account).await?;
    let number = number.ok_or_else(response::no_delivery)?;
    let store = open(&platform).await?;
    if webhook::retry(&platform, &store, &job.id, number).await.map_err(unavailable)? {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(response::no_delivery())
    }
}

/// Send a signed test event to your receiver, and see what happens.
#[utoipa::path(
    post, path = "/api/webhooks/test", operation_id = "test_webhook", tag = "jobs", security(("key" = [])),
    request_body(content = TestRequest),
    responses((status = 200, description = "What happened.", body = TestSent),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 503, description = "No secret for webhooks is set.", body = Problem),
              web::openapi::BodyProblems),
)]
async fn test(
    Owner { caller, .. }: Owner,
    State(platform): State<Platform>,
    Tested(url): Tested,
) -> Result<Response, Problem> {
    let account = job_tools::account(&caller);
    let settings = webhooks::required(&platform, &account).await?;
    let url = webhooks::address(&settings, &url, "/url")?;
    let (id, attempt) = webhook::test(&platform, &settings, &account, &url).await.map_err(unavailable)?;
    Ok(response::tested(id, attempt))
}

/// A receiver to be tested.
#[derive(utoipa::ToSchema)]
#[schema(as = WebhookTestRequest)]
#[expect(dead_code, reason = "for the document only")]
struct TestRequest {
    /// The address of your receiver; https, on the public internet.
    url: String,
}

/// Whether your key has a webhook secret of its own, and since when.
#[utoipa::path(
    get, path = "/api/webhooks/secret", operation_id = "get_webhook_secret", tag = "jobs", security(("key" = [])),
    responses((status = 200, description = "What is known of it; not the secret.", body = SecretState),
              (status = 401, description = "No key, or one that is not good.", body = Problem)),
)]
async fn secret(
    KeyHolder(Owner { caller, .. }): KeyHolder,
    State(platform): State<Platform>,
) -> Result<Response, Problem> {
    let own = webhook::describe(&platform, &job_tools::account(&caller)).await.map_err(unavailable)?;
    Ok(response::secret(own.as_ref()))
}

/// Give your key a webhook secret of its own, or another one in its place. The answer has the secret, once and never again.
///
/// It signs what the key's jobs tell, in place of the deployment's. The former one signs too for `grace_seconds`.
#[utoipa::path(
    post, path = "/api/webhooks/secret", operation_id = "rotate_webhook_secret", tag = "jobs", security(("key" = [])),
    request_body(content = RotationRequest),
    responses((status = 201, description = "The secret.", body = SecretMade),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 403, description = "A token instead of a key.", body = Problem),
              web::openapi::BodyProblems),
)]
async fn rotate_secret(
    KeyHolder(Owner { caller, .. }): KeyHolder,
    State(platform): State<Platform>,
    Rotation(grace): Rotation,
) -> Result<Response, Problem> {
    let account = job_tools::account(&caller);
    let (secret, own) = webhook::rotate(&platform, &account, grace).await.map_err(unavailable)?;
    Ok(response::secret_made(secret, &own))
}

/// Take your key's own webhook secret away: the deployment's signs again.
#[utoipa::path(
    delete, path = "/api/webhooks/secret", operation_id = "remove_webhook_secret", tag = "jobs", security(("key" = [])),
    responses((status = 204, description = "It signs no more."),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 403, description = "A token instead of a key.", body = Problem),
              (status = 404, description = "The key has none of its own.", body = Problem)),
)]
async fn remove_secret(
    KeyHolder(Owner { caller, .. }): KeyHolder,
    State(platform): State<Platform>,
) -> Result<StatusCode, Problem> {
    let had = webhook::remove(&platform, &job_tools::account(&caller)).await.map_err(unavailable)?;
    if had { Ok(StatusCode::NO_CONTENT) } else { Err(response::no_secret()) }
}

/// A rotation.
#[derive(utoipa::ToSchema)]
#[schema(as = WebhookSecretRotation)]
#[expect(dead_code, reason = "for the document only")]
struct RotationRequest {
    /// How long the former secret signs too, 0 to 2,592,000 seconds; a day if left out.
    grace_seconds: Option<u32>,
}

/// Work off a bounded portion of what is due: for a schedule, where neither the platform nor a worker does it.
#[utoipa::path(
    post, path = "/internal/jobs/drain", operation_id = "drain_jobs", tag = "operation",
    responses((status = 200, description = "How much was worked off.", body = Drained)),
)]
async fn drain_now(_: Admin, State(platform): State<Platform>) -> Result<Response, Problem> {
    let delivered = drain::portion(&platform).await.map_err(unavailable)?;
    Ok(web::json(&Drained { delivered }))
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    use utoipa::OpenApi as _;

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(
        submit,
        list,
        show,
        cancel,
        output,
        follow,
        stream_job,
        deliveries,
        retry,
        test,
        secret,
        rotate_secret,
        remove_secret,
        drain_now
    ))]
    struct Part;

    web::openapi::described(Part::openapi(), OPERATIONS)
}
