//! What is answered.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use jobs::{
    Job, Page,
    view::{self, time},
    webhook::{Attempt, DeliveryRecord, OwnSecret},
};
use serde::Serialize;
use serde_json::{Value, json};
use web::Problem;

/// How often a client may ask for a job's state, in milliseconds.
const POLLING_INTERVAL: u32 = 1_000;

/// Jobs are their owner's: no cache keeps them.
const PRIVATE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));

/// A job that was accepted.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = JobAccepted)]
pub(crate) struct Accepted {
    /// The job's id.
    job_id: String,
    /// Where it stands: `queued`, if it is new.
    status: &'static str,
    /// Where its state and its result can be asked for.
    status_url: String,
    /// Where its events can be followed.
    events_url: String,
    /// How long to wait between two questions, in milliseconds.
    polling_interval_ms: u32,
}

pub(crate) fn accepted(job: &Job) -> Response {
    let path = format!("/api/jobs/{}", job.id);
    let location = HeaderValue::from_str(&path).ok().map(|path| [(header::LOCATION, path)]);
    let body = web::json(&Accepted {
        job_id: job.id.clone(),
        status: job.status.name(),
        events_url: format!("{path}/events"),
        status_url: path,
        polling_interval_ms: POLLING_INTERVAL,
    });
    (StatusCode::ACCEPTED, [PRIVATE], location, body).into_response()
}

/// A job with its result, where that is small.
pub(crate) fn job(job: &Job) -> Response {
    json_text(view::with_output(job).into_bytes())
}

fn json_text(text: Vec<u8>) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    ([kind, PRIVATE], text).into_response()
}

pub(crate) fn list(page: &Page) -> Response {
    let jobs: Vec<Value> = page.jobs.iter().map(view::of).collect();
    let next = page.next.map(|next| next.to_string());
    ([PRIVATE], web::json(&json!({"jobs": jobs, "next_cursor": next}))).into_response()
}

/// A result.
pub(crate) fn output(bytes: Vec<u8>, as_csv: bool) -> Response {
    if !as_csv {
        return json_text(bytes);
    }
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    ([kind, PRIVATE], bytes).into_response()
}

/// A webhook of a job.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct Told {
    /// Its number, by which it is sent again.
    delivery: i64,
    /// The header `webhook-id`: the same in every attempt.
    webhook_id: String,
    /// The event's type, such as `job.completed`.
    r#type: String,
    /// Where it goes.
    url: String,
    /// `pending`, `delivered` or `failed`.
    status: String,
    /// When it is tried again.
    next_attempt_at: Option<String>,
    /// What was tried.
    attempts: Vec<Tried>,
}

/// An attempt to send a webhook.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = WebhookAttempt)]
pub(crate) struct Tried {
    /// When.
    at: String,
    /// How long it took, in milliseconds.
    milliseconds: i64,
    /// The status of the receiver's answer, if it gave one.
    status: Option<u16>,
    /// Why it counts as failed; null where it was received.
    error: Option<String>,
}

impl From<Attempt> for Tried {
    fn from(Attempt { at, milliseconds, status, error }: Attempt) -> Self {
        Self { at: time(at), milliseconds, status, error }
    }
}

/// The webhooks of a job.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = WebhookDeliveries)]
pub(crate) struct AllTold {
    /// In the order of what they tell.
    deliveries: Vec<Told>,
}

pub(crate) fn deliveries(records: Vec<DeliveryRecord>) -> Response {
    let told = |record: DeliveryRecord| Told {
        delivery: record.event,
        webhook_id: record.message,
        r#type: record.kind,
        url: record.url,
        status: record.status,
        next_attempt_at: record.due.map(time),
        attempts: record.attempts.into_iter().map(Tried::from).collect(),
    };
    let all = AllTold { deliveries: records.into_iter().map(told).collect() };
    ([PRIVATE], web::json(&all)).into_response()
}

/// A test event that was sent.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = WebhookTest)]
pub(crate) struct TestSent {
    /// Whether the receiver took it.
    delivered: bool,
    /// The header `webhook-id`.
    webhook_id: String,
    /// What happened.
    attempt: Tried,
}

pub(crate) fn tested(id: String, attempt: Attempt) -> Response {
    let sent = TestSent { delivered: attempt.error.is_none(), webhook_id: id, attempt: attempt.into() };
    ([PRIVATE], web::json(&sent)).into_response()
}

/// The webhook secret of a key, without the secret.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = WebhookSecretState)]
pub(crate) struct SecretState {
    /// Whether the key has one of its own; else the deployment's signs, if there is one.
    has_own: bool,
    /// When it was made.
    created_at: Option<String>,
    /// Until when the former one signs too.
    former_good_until: Option<String>,
}

pub(crate) fn secret(own: Option<&OwnSecret>) -> Response {
    let state = SecretState {
        has_own: own.is_some(),
        created_at: own.map(|own| time(own.created)),
        former_good_until: own.and_then(|own| own.former_until).map(time),
    };
    ([PRIVATE], web::json(&state)).into_response()
}

/// A webhook secret, shown once.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = WebhookSecret)]
pub(crate) struct SecretMade {
    /// The secret, `whsec_` and base64: what the libraries of Standard Webhooks take.
    secret: String,
    /// When it was made.
    created_at: String,
    /// Until when the former one signs too.
    former_good_until: Option<String>,
}

pub(crate) fn secret_made(secret: String, own: &OwnSecret) -> Response {
    let former_good_until = own.former_until.map(time);
    let made = SecretMade { secret, created_at: time(own.created), former_good_until };
    (StatusCode::CREATED, [PRIVATE], web::json(&made)).into_response()
}

pub(crate) fn no_secret() -> Problem {
    let detail = "Your key has no webhook secret of its own. POST /api/webhooks/secret makes one.";
    Problem::new(StatusCode::NOT_FOUND, "WEBHOOK_SECRET_NOT_FOUND", detail)
}

/// How many messages were worked off.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = JobsDrained)]
pub(crate) struct Drained {
    /// Messages: steps of jobs, and webhooks. Zero: nothing is due.
    pub(crate) delivered: usize,
}

pub(crate) fn not_found() -> Problem {
    let detail = "No such job is yours. GET /api/jobs lists your jobs; completed ones are kept for an hour, unless the operator says \
                  otherwise.";
    Problem::new(StatusCode::NOT_FOUND, "JOB_NOT_FOUND", detail)
}

pub(crate) fn no_delivery() -> Problem {
    let detail = "The job has no such webhook. GET /api/jobs/{id}/deliveries lists them.";
    Problem::new(StatusCode::NOT_FOUND, "DELIVERY_NOT_FOUND", detail)
}

pub(crate) fn no_output(job: &Job) -> Problem {
    let detail = format!("The job is {} and has no result in this form.", job.status.name());
    Problem::new(StatusCode::NOT_FOUND, "NO_OUTPUT", detail)
}

pub(crate) fn has_ended(job: &Job) -> Problem {
    let detail = format!("The job is {} already, so it cannot be cancelled.", job.status.name());
    Problem::new(StatusCode::CONFLICT, "JOB_ENDED", detail)
}

pub(crate) fn other_request() -> Problem {
    let detail = "This Idempotency-Key came with another request within the last 24 hours. Use a new one.";
    Problem::new(StatusCode::CONFLICT, "IDEMPOTENCY_KEY_REUSED", detail)
}

pub(crate) fn not_approved(reason: &str) -> Problem {
    let detail =
        format!("The approval does not allow this job: {reason}. Submit without approval_id to ask for one.");
    Problem::new(StatusCode::FORBIDDEN, "APPROVAL_REFUSED", detail)
}

pub(crate) fn queue_full(queued: u32) -> Problem {
    let detail = format!(
        "{queued} jobs of your key wait already, which is as many as may. Submit again when some have ended."
    );
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "QUEUE_FULL", detail)
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("30"))
}

pub(crate) use documented::{JobList, JobRequest, JobState, Output};

mod documented {
    use std::borrow::Cow;

    use serde_json::{Value, json};
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{RefOr, Schema},
    };

    use crate::tools::{all, names};

    macro_rules! schemas {
        ($($(#[$doc:meta])* $type:ident, $name:literal, $schema:expr;)*) => {$(
            $(#[$doc])*
            pub(crate) struct $type;

            impl PartialSchema for $type {
                fn schema() -> RefOr<Schema> {
                    web::openapi::schema($schema)
                }
            }

            impl ToSchema for $type {
                fn name() -> Cow<'static, str> {
                    $name.into()
                }
            }
        )*};
    }

    schemas! {
        /// A new job.
        JobRequest, "JobRequest", request();
        /// A job.
        JobState, "Job", job();
        /// A page of jobs.
        JobList, "Jobs", json!({
            "type": "object",
            "required": ["jobs", "next_cursor"],
            "properties": {
                "jobs": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}, "description": "Newest first."},
                "next_cursor": {"type": ["string", "null"], "description": "`cursor` of the next page; null on the last."},
            },
        });
        /// A result.
        Output, "JobOutput", json!({"type": "object", "description": "What the tool's direct path answers."});
    }

    fn request() -> Value {
        let tools: Vec<String> =
            all().into_iter().map(|tool| format!("`{}`: {}", tool.name, tool.meaning)).collect();
        json!({
            "type": "object",
            "required": ["tool"],
            "additionalProperties": false,
            "properties": {
                "tool": {"type": "string", "enum": names(), "description": tools.join("; ")},
                "input": {"type": "object", "description": "The body of the tool's direct path."},
                "webhook_url": {"type": ["string", "null"], "description": "Who is told when the job begins and ends; https, on the public internet."},
                "priority": {"type": "string", "enum": ["low", "normal", "high"], "description": "Which of your waiting jobs begins first; normal if left out."},
                "approval_id": {"type": ["string", "null"], "description": "An approval that a reviewer has given for exactly this tool and input, where the operator demands one."},
            },
        })
    }

    fn job() -> Value {
        let time =
            |what: &str| json!({"type": ["string", "null"], "format": "date-time", "description": what});
        json!({
            "type": "object",
            "required": ["job_id", "tool", "status", "progress", "phase", "attempts", "priority", "created_at"],
            "properties": {
                "job_id": {"type": "string"},
                "tool": {"type": "string"},
                "status": {"type": "string", "enum": ["pending_approval", "queued", "processing", "completed", "failed", "cancelled"]},
                "progress": {"type": "integer", "minimum": 0, "maximum": 100},
                "phase": {"type": "string", "description": "What it is doing, in words."},
                "attempts": {"type": "integer", "description": "The most attempts that a step of it took; four at most."},
                "priority": {"type": "string", "enum": ["low", "normal", "high"]},
                "created_at": time("When it was asked for."),
                "started_at": time("When it began."),
                "finished_at": time("When it ended."),
                "expires_at": time("When it is forgotten."),
                "approval_id": {"type": ["string", "null"], "description": "The approval that it waits for, or was allowed by."},
                "output": {"type": ["object", "null"], "description": "The result, where it is small: what the tool's direct path answers."},
                "output_url": {"type": ["string", "null"], "description": "Where the result can be fetched."},
                "error": {
                    "type": ["object", "null"],
                    "required": ["code", "message"],
                    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
                    "description": "Why there is no result.",
                },
            },
        })
    }
}
