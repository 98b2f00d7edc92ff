//! Calls of daemons: the task with its parameters, and the answer, whole or while it is written.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    response::Response,
};
use daemons::{Answer, Calling, Piece, Refusal, Task, Writing, usage};
use futures_util::stream::unfold;
use http::{HeaderMap, header};
use models::{Payer, ToolSpec};
use platform::Platform;
use serde::Serialize;
use serde_json::{Map, Value, json};
use suggest::Unknown;
use web::{
    Caller, FieldProblem, Owner, Problem,
    events::{Bounds, Event, reply},
};

use crate::{
    request::{Fields, LONGEST_TASK},
    response::{not_summoned, private, unknown_daemon},
};

/// What a call may bring along.
const PARAMETERS: [&str; 5] = ["temperature", "max_tokens", "system", "tools", "json_schema"];
/// Tools of a call at most.
const MOST_TOOLS: usize = 64;

/// A call: which daemon, and what it is asked.
pub(crate) struct Invoked {
    pub(crate) owner: Owner,
    pub(crate) name: String,
    pub(crate) task: Task,
    /// Whether the answer is wanted while it is written.
    pub(crate) streams: bool,
}

impl FromRequest<Platform> for Invoked {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let owner = Owner::from_request_parts(&mut parts, platform).await?;
        let streams = wants_events(&parts.headers);
        let request = Request::from_parts(parts, body);
        let mut fields = Fields::of(request, platform, &["daemon_name", "task", "parameters"]).await?;
        let name = fields.required("daemon_name", daemons::LONGEST_NAME);
        let text = fields.required("task", LONGEST_TASK);
        let mut task = Task { text, ..Task::default() };
        match fields.take("parameters") {
            None => {}
            Some(Value::Object(parameters)) => {
                let problems = read(parameters, &mut task);
                fields.problems.extend(problems);
            }
            Some(_) => fields.problem("parameters", "is not an object"),
        }
        fields.finish()?;
        Ok(Self { owner, name, task, streams })
    }
}

/// Whether `Accept` names events, and not JSON before them.
fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = accepted
        .flat_map(|value| value.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim());
    ranges.find(|range| ["text/event-stream", "application/json", "*/*"].contains(range))
        == Some("text/event-stream")
}

fn read(mut parameters: Map<String, Value>, task: &mut Task) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut problem = |name: &str, detail: String| {
        problems.push(FieldProblem { pointer: format!("/parameters/{name}"), detail });
    };
    for name in parameters.keys().filter(|name| !PARAMETERS.contains(&name.as_str())).take(20) {
        let shown: String = name.chars().take(80).collect();
        problem(
            &shown.replace('~', "~0").replace('/', "~1"),
            Unknown::new(name, PARAMETERS).listing(&PARAMETERS),
        );
    }
    let mut take = |name: &str| parameters.remove(name).filter(|value| !value.is_null());
    if let Some(given) = take("temperature") {
        task.temperature = given.as_f64().filter(|value| (0.0..=2.0).contains(value));
        if task.temperature.is_none() {
            problem("temperature", "is not a number from 0 to 2".to_owned());
        }
    }
    if let Some(given) = take("max_tokens") {
        task.max_tokens = given
            .as_u64()
            .and_then(|most| most.try_into().ok())
            .filter(|most| (1..=1_000_000).contains(most));
        if task.max_tokens.is_none() {
            problem("max_tokens", "is not a whole number from 1 to 1000000".to_owned());
        }
    }
    if let Some(given) = take("system") {
        task.system = given.as_str().filter(|text| text.chars().count() <= LONGEST_TASK).map(str::to_owned);
        if task.system.is_none() {
            problem("system", format!("is not a text of at most {LONGEST_TASK} characters"));
        }
    }
    if let Some(given) = take("json_schema") {
        task.schema = Some(given).filter(Value::is_object);
        if task.schema.is_none() {
            problem("json_schema", "is not a JSON schema: an object".to_owned());
        }
    }
    if let Some(given) = take("tools") {
        let tools: Option<Vec<ToolSpec>> = given.as_array().and_then(|all| all.iter().map(tool).collect());
        match tools.filter(|tools| tools.len() <= MOST_TOOLS) {
            Some(tools) => task.tools = tools,
            None => problem(
                "tools",
                format!(
                    "is not a list of at most {MOST_TOOLS} tools, each with name (letters, digits, _ and -), description, and input_schema"
                ),
            ),
        }
    }
    problems
}

fn tool(value: &Value) -> Option<ToolSpec> {
    let name = value["name"].as_str()?;
    let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'_' | b'-');
    if !(1..=64).contains(&name.len()) || !name.bytes().all(is_letter) {
        return None;
    }
    let schema = value.get("input_schema").or_else(|| value.get("parameters"))?;
    Some(ToolSpec {
        name: name.to_owned(),
        description: value["description"].as_str().unwrap_or_default().to_owned(),
        schema: schema.is_object().then(|| schema.clone())?,
    })
}

#[derive(utoipa::ToSchema)]
#[schema(as = DaemonInvocation)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct InvokedSchema {
    /// The daemon's name, such as `claude`.
    daemon_name: String,
    /// What it is to do, 1 to 10,000 characters.
    task: String,
    /// How.
    parameters: Option<ParametersSchema>,
}

#[derive(utoipa::ToSchema)]
#[schema(as = DaemonParameters)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct ParametersSchema {
    /// How much the answer varies, 0 to 2. Models that take none are not sent it.
    temperature: Option<f64>,
    /// The most tokens of the answer; the operator's limit holds besides.
    max_tokens: Option<u32>,
    /// What the model is told besides the daemon's own prompt.
    system: Option<String>,
    /// Tools that the model may call: name, description, `input_schema`. Calls are in the answer; you run them.
    tools: Option<Vec<Value>>,
    /// The JSON schema of the answer.
    json_schema: Option<Value>,
}

/// A daemon's answer.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DaemonInvoked)]
pub(crate) struct Told {
    /// `invoked`.
    status: &'static str,
    /// The daemon's name.
    daemon: String,
    /// The same in words.
    message: String,
    /// The answer.
    result: Outcome,
}

/// What a call gave.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DaemonResult)]
pub(crate) struct Outcome {
    /// The answer.
    text: String,
    /// The answer as JSON, where `json_schema` was given; null where it is no JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<Value>,
    /// Tools that the model wants called: id, name, arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Value>,
    /// The model.
    model: String,
    /// The model's provider.
    provider: String,
    /// Tokens: `input_tokens`, `output_tokens`, `total_tokens`.
    usage: Value,
    /// Seconds that it took.
    execution_time: f64,
    /// Why it ended: `end`, `length`, `tools`, `refusal`, or the provider's own word.
    stop_reason: String,
    /// The call's id in the record.
    id: String,
}

fn told(daemon: String, answer: Answer) -> Told {
    let Answer { id, text, json, calls, model, provider, tokens, milliseconds, stop } = answer;
    let seconds = milliseconds as f64 / 1000.0;
    Told {
        status: "invoked",
        message: format!("{daemon} answered in {seconds} s."),
        daemon,
        result: Outcome {
            text,
            json,
            tool_calls: calls
                .into_iter()
                .map(|call| json!({"id": call.id, "name": call.name, "arguments": call.arguments}))
                .collect(),
            model,
            provider,
            usage: usage(tokens),
            execution_time: seconds,
            stop_reason: stop,
            id,
        },
    }
}

fn refused(name: &str, refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Unknown(known) => unknown_daemon(name, known.iter().map(String::as_str)),
        Refusal::NotSummoned => not_summoned(name),
        Refusal::Failed(failure) => failure.into(),
    }
}

async fn begin(
    platform: &Platform,
    owner: &str,
    caller: &Caller,
    name: &str,
    task: Task,
) -> Result<Calling, Problem> {
    let payer = Payer::of(platform, caller).await?;
    Calling::begin(platform, payer, owner, name, task).await.map_err(|refusal| refused(name, refusal))
}

/// A daemon's answer, when it is whole.
pub(crate) async fn whole(
    platform: &Platform,
    owner: &Owner,
    name: &str,
    task: Task,
) -> Result<Told, Problem> {
    let call = begin(platform, &owner.owner, &owner.caller, name, task).await?;
    Ok(told(name.to_owned(), call.complete().await?))
}

pub(crate) async fn answer(platform: &Platform, invoked: Invoked) -> Result<Response, Problem> {
    let Invoked { owner, name, task, streams } = invoked;
    if !streams {
        return Ok(private(&whole(platform, &owner, &name, task).await?));
    }
    let call = begin(platform, &owner.owner, &owner.caller, &name, task).await?;
    let started = Event { id: None, event: "started".into(), data: json!({"id": call.id(), "daemon": name}) };
    let writing = call.stream().await?;
    // The call has a time-out of its own.
    let bounds = Bounds { time: std::time::Duration::from_mins(15), events: 1_000_000 };
    Ok(reply(platform, unfold((Some(started), name, writing), next), bounds))
}

type State = (Option<Event>, String, Writing);

async fn next((first, name, mut writing): State) -> Option<(Event, State)> {
    if let Some(started) = first {
        return Some((started, (None, name, writing)));
    }
    let (event, data) = match writing.next().await? {
        Ok(Piece::Text(text)) => ("text", json!({"text": text})),
        Ok(Piece::Done(answer)) => ("result", json!(told(name.clone(), *answer))),
        Err(failure) => ("error", json!(Problem::from(failure))),
    };
    Some((Event { id: None, event: event.into(), data }, (None, name, writing)))
}
