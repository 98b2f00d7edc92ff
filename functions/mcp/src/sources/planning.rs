//! The planning agents: five tools that are jobs, one that says how far a job is, and one that gives its documents.

use std::sync::Arc;

use assistant::Desk;
use authorization::Issuer;
use http::header;
use job_tools::Refused;
use jobs::{Job, JobStore, NewJob, Status, Submission, Submitted};
use mcp::{
    Context, Error, Later, ListedTool, Reply, Sourcing, ToolSource,
    model::{CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations},
};
use planning::{
    artifact::{self, Format, KINDS},
    link::{Link, WORKS},
    run::{JOB_TOOLS, SCOPES},
    schema, status,
    store::PhaseStore,
    tool::{self, FULL_PIPELINE, TOOLS},
};
use platform::OutsideError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use suggest::Unknown;
use web::{FieldProblem, log, settings};

/// What a job costs of the caller's quota, as `POST /api/jobs` does, less what was counted before.
const COST: u32 = 9;
/// When the client is to look again.
const PAUSE_MS: u64 = 1_000;
/// After this long a client that takes no tasks is given the job's id. It is less than the server waits for any tool.
const WAITS_MS: i64 = 25_000;

const STATUS: &str = "aios_get_status";
const ARTIFACT: &str = "aios_get_artifact";

/// The source of these tools.
pub(super) struct Planning;

impl ToolSource<Desk> for Planning {
    fn list(&self, context: Context<Desk>) -> Sourcing<'_, Option<Vec<ListedTool>>> {
        Box::pin(async move {
            let member = context.host().member();
            Ok(member
                .filter(|(caller, _)| caller.scopes.contains(SCOPES))
                .map(|_| tools().into_iter().map(ListedTool::from).collect()))
        })
    }

    fn call<'a>(
        &'a self,
        context: Context<Desk>,
        name: &'a str,
        arguments: JsonObject,
    ) -> Sourcing<'a, Option<Reply<CallToolResult>>> {
        Box::pin(async move {
            let desk = context.host();
            let tool = tool::named(name);
            let known = tool.is_some() || [STATUS, ARTIFACT].contains(&name);
            let Some((_, owner)) = desk.member().filter(|_| known) else { return Ok(None) };
            desk.demand(SCOPES, 0).await?;
            let reply = match (tool, context.answers().remembered::<Begun>()?) {
                (Some(tool), Some(begun)) => look(&context, owner, tool, begun).await?,
                (Some(tool), None) => begin(desk, tool, arguments).await?,
                (None, _) if name == STATUS => Reply::Done(told(show_status(desk, owner, &arguments).await?)),
                (None, _) => Reply::Done(told(link(&context, owner, &arguments).await?)),
            };
            Ok(Some(reply))
        })
    }
}

/// A job that a call has submitted, and when.
#[derive(Serialize, Deserialize)]
struct Begun {
    job: String,
    at: i64,
}

fn tools() -> Vec<Tool> {
    let job = |tool: &&tool::Tool| {
        let output = if tool.name == FULL_PIPELINE.name {
            schema::of(tool.output)
        } else {
            or_job(schema::of(tool.output))
        };
        let input = Value::Object(tool.input_schema());
        one(tool.name, tool.title, tool.description, input, output, false)
    };
    let id = json!({"type": "string", "minLength": 1, "maxLength": 100, "description": "The job's id."});
    let status = json!({"type": "object", "required": ["job_id"], "additionalProperties": false, "properties": {"job_id": id}});
    let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let artifact = json!({
        "type": "object", "required": ["job_id"], "additionalProperties": false,
        "properties": {
            "job_id": id,
            "artifact_type": {"type": "string", "enum": kinds, "description": "Which one; all if left out."},
            "format": {"type": "string", "enum": Format::ALL.map(Format::name), "description": "In which form; json if left out."},
        },
    });
    let mut all: Vec<Tool> = TOOLS.iter().map(job).collect();
    all.push(one(
        STATUS,
        "Status of a planning job",
        "Says how far a planning job is: its phases with their times and tokens, what it works at, and about how long it will take.",
        status,
        schema::of(include_str!("../../../../wasm-shared/planning/schemas/aios_get_status.json")),
        true,
    ));
    all.push(one(
        ARTIFACT,
        "Documents of a planning job",
        "Gives a link to what a planning job has made: requirements, strategy, design, wireframes, architecture, code or all of it, as JSON, \
         Markdown, HTML or zip. The link works without a key for ten minutes.",
        artifact,
        schema::of(include_str!("../../../../wasm-shared/planning/schemas/aios_get_artifact.json")),
        true,
    ));
    all
}

fn one(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    input: Value,
    output: Value,
    reads: bool,
) -> Tool {
    let mut tool = Tool::new(name, description, object(input));
    tool.title = Some(title.to_owned());
    tool.output_schema = Some(object(output));
    let hints =
        ToolAnnotations::new().read_only(reads).destructive(false).idempotent(reads).open_world(!reads);
    tool.annotations = Some(hints);
    tool
}

fn object(schema: Value) -> Arc<JsonObject> {
    Arc::new(match schema {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    })
}

/// The schema of a result, or of the job that makes it where that takes too long.
fn or_job(mut schema: Value) -> Value {
    let result = schema["required"].take();
    let job = schema::of(FULL_PIPELINE.output);
    if let (Some(properties), Some(job)) =
        (schema["properties"].as_object_mut(), job["properties"].as_object())
    {
        properties.extend(job.clone());
    }
    schema["anyOf"] = json!([{"required": result}, {"required": job["required"]}]);
    if let Value::Object(schema) = &mut schema {
        schema.remove("required");
    }
    schema
}

fn told(value: Value) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(value.to_string())]);
    result.structured_content = Some(value);
    result
}

fn failed(desk: &Desk, error: &OutsideError) -> Error {
    log::error(desk.platform(), "a job could not be reached", error);
    Error::refused(format!("The {} did not answer; call again in a moment.", error.service))
}

fn refused(why: Refused) -> Error {
    match why {
        Refused::Fields(fields) => {
            let told: Vec<String> = fields
                .into_iter()
                .map(|FieldProblem { pointer, detail }| {
                    format!("`{}` {detail}", pointer.trim_start_matches('/').replace('/', ", entry "))
                })
                .collect();
            Error::refused(told.join("; "))
        }
        Refused::Problem(problem) => Error::refused(format!("{}: {}", problem.code(), problem.detail())),
    }
}

/// Submits a job for the caller.
async fn begin(
    desk: &Desk,
    tool: &'static tool::Tool,
    input: JsonObject,
) -> Result<Reply<CallToolResult>, Error> {
    let Some((caller, owner)) = desk.member() else { return Err(Error::internal("Nobody asks")) };
    let row = JOB_TOOLS.into_iter().find(|row| row.name == tool.name);
    let row = row.ok_or_else(|| Error::internal("The tool is no job"))?;
    let platform = desk.platform();
    let job = job_tools::new_job(platform, row, input, owner.to_owned(), caller).await.map_err(refused)?;
    desk.demand(SCOPES, COST).await?;
    let approval = job_tools::approval(platform, row).await.map_err(|error| failed(desk, &error))?;
    let limits = job_tools::limits(platform).await.map_err(|error| failed(desk, &error))?;
    let submission = Submission { job: NewJob { approval, ..job }, idempotency: None };
    match jobs::submit(platform, &submission, &limits).await.map_err(|error| failed(desk, &error))? {
        Submitted::New(job) if tool.name == FULL_PIPELINE.name => Ok(Reply::Done(told(accepted(&job)))),
        Submitted::New(job) => {
            let at = platform.clock().now().timestamp_millis();
            later(&job, &Begun { job: job.id.clone(), at }).map(Reply::Later)
        }
        Submitted::Full => Err(Error::refused(format!(
            "{} jobs of your key wait already, which is as many as may; call again when some have ended.",
            limits.queued
        ))),
        // Only a request with an idempotency key is one of these.
        Submitted::Same(_) | Submitted::OtherRequest | Submitted::NotApproved(_) => {
            Err(Error::internal("The job was not submitted"))
        }
    }
}

/// Looks after a job that an earlier call submitted.
async fn look(
    context: &Context<Desk>,
    owner: &str,
    tool: &tool::Tool,
    begun: Begun,
) -> Result<Reply<CallToolResult>, Error> {
    let desk = context.host();
    let job = find(desk, owner, &begun.job).await?;
    match job.status {
        Status::PendingApproval | Status::Queued | Status::Processing => {
            let waited = desk.platform().clock().now().timestamp_millis() - begun.at;
            // On Spin nobody calls the model while the assistant waits.
            let waits = if job_tools::by_requests(desk.platform()) { 0 } else { WAITS_MS };
            if !context.takes_tasks() && waited >= waits {
                return Ok(Reply::Done(told(accepted(&job))));
            }
            context.progress(job.progress() as f64, Some(100.0), Some(&doing(&job)));
            later(&job, &begun).map(Reply::Later)
        }
        Status::Completed => {
            let output =
                jobs::output(desk.platform(), &job, false).await.map_err(|error| failed(desk, &error))?;
            let value: Option<Value> = output.and_then(|output| serde_json::from_slice(&output).ok());
            let value = value.ok_or_else(|| Error::refused("The job's result is not kept any more."))?;
            Ok(Reply::Done(told(value)))
        }
        Status::Failed => {
            let why = job.error.map(|error| format!("{}: {}", error.code, error.message)).unwrap_or_default();
            Err(Error::refused(format!("{} failed. {why}", tool.name)))
        }
        Status::Cancelled => Err(Error::refused(format!("The job {} was cancelled.", job.id))),
    }
}

fn doing(job: &Job) -> String {
    jobs::view::of(job)["phase"].as_str().unwrap_or_default().to_owned()
}

/// The task has the job's name, so that both are cancelled as one and either can be asked for.
fn later(job: &Job, begun: &Begun) -> Result<Later, Error> {
    Later::after_ms(PAUSE_MS).named(&*job.id).message(format!("{} ({})", doing(job), job.id)).remember(begun)
}

fn accepted(job: &Job) -> Value {
    let message = match job.status {
        Status::PendingApproval => "A reviewer has to allow it first.",
        _ => "It goes on in the background.",
    };
    json!({
        "job_id": job.id, "status": job.status.name(), "status_url": format!("/api/jobs/{}", job.id),
        "message": format!("{message} Ask {STATUS} how far it is, and {ARTIFACT} for what it has made."),
    })
}

async fn find(desk: &Desk, owner: &str, id: &str) -> Result<Job, Error> {
    let found = async { JobStore::open(desk.platform()).await?.find(id, owner).await };
    found.await.map_err(|error| failed(desk, &error))?.ok_or_else(|| {
        Error::refused(format!(
            "No job {:?} is yours, or it is forgotten.",
            id.chars().take(80).collect::<String>()
        ))
    })
}

/// Texts of these names, and nothing else; the first one has to be there.
fn texts<'a, const N: usize>(
    arguments: &'a JsonObject,
    known: [&str; N],
) -> Result<[Option<&'a str>; N], Error> {
    if let Some(name) = arguments.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(Error::refused(Unknown::new(name, known).listing(&known)));
    }
    let mut texts = [None; N];
    for (text, name) in texts.iter_mut().zip(known) {
        *text = match arguments.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.as_str()),
            Some(_) => return Err(Error::refused(format!("`{name}` must be a text."))),
        };
    }
    match texts.first() {
        Some(None) => Err(Error::refused(format!("`{}` is missing.", known[0]))),
        _ => Ok(texts),
    }
}

async fn show_status(desk: &Desk, owner: &str, arguments: &JsonObject) -> Result<Value, Error> {
    let [id] = texts(arguments, ["job_id"])?;
    let job = find(desk, owner, id.unwrap_or_default()).await?;
    let status = status::of(desk.platform(), &job).await.map_err(|error| failed(desk, &error))?;
    status.ok_or_else(|| {
        Error::refused(format!("The job {} is no planning job but one of {}.", job.id, job.tool))
    })
}

async fn link(context: &Context<Desk>, owner: &str, arguments: &JsonObject) -> Result<Value, Error> {
    let desk = context.host();
    let [id, kind, format] = texts(arguments, ["job_id", "artifact_type", "format"])?;
    let (kind, format) = (kind.unwrap_or("all"), format.unwrap_or(Format::Json.name()));
    let kind = artifact::named(kind).ok_or_else(|| {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        Error::refused(format!(
            "`artifact_type`: {}",
            Unknown::new(kind, known.iter().copied()).listing(&known)
        ))
    })?;
    let format = Format::named(format).ok_or_else(|| {
        let known = Format::ALL.map(Format::name);
        Error::refused(format!("`format`: {}", Unknown::new(format, known).listing(&known)))
    })?;
    let job = find(desk, owner, id.unwrap_or_default()).await?;
    if tool::named(&job.tool).is_none() {
        return Err(Error::refused(format!(
            "The job {} is no planning job but one of {}.",
            job.id, job.tool
        )));
    }
    let platform = desk.platform();
    let made = async {
        let store = PhaseStore::open(platform).await?;
        let runs = store.runs(&job.id).await?;
        let is_done = |phase: &str| runs.iter().any(|run| run.phase == phase && run.finished.is_some());
        let made = kind.phase.map_or_else(|| runs.iter().any(|run| run.finished.is_some()), is_done);
        Ok((made, store.signing_key().await?, settings::PUBLIC_URL.read(platform).await?))
    };
    let (made, key, public_url) = made.await.map_err(|error| failed(desk, &error))?;
    if !made {
        return Err(Error::refused(format!(
            "The job {} is {} and has not made {}. {STATUS} says how far it is.",
            job.id,
            job.status.name(),
            kind.name
        )));
    }
    let expires = platform.clock().now().timestamp() + WORKS.as_secs().cast_signed();
    let path = Link { job: &job.id, artifact: kind.name, format: format.name(), expires }.path(&key);
    let request = context.http();
    let host = request.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri.authority().map(http::uri::Authority::as_str));
    // Where neither the setting nor the request says where this is, the path has to do.
    let origin = Issuer::of_request(public_url.as_deref(), host);
    let url = origin.map_or_else(|| path.clone(), |origin| origin.url(&path));
    Ok(json!({
        "job_id": job.id, "artifact_type": kind.name, "format": format.name(), "url": url,
        "expires_at": jobs::view::time(expires * 1000),
        "message": format!("{} as {}. The link works without a key for ten minutes.", kind.title, format.name()),
    }))
}
