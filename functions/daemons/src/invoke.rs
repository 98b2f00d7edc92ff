//! Calls of daemons: the task with its parameters, and the answer, whole or while it is written.

use asking::shown;
use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    response::Response,
};
use daemons::{Answer, Calling, Refusal, Task, is_tool_name, usage};
use http::{HeaderMap, header};
use json_schema::Schema;
use models::{Happening, Payer, ToolSpec};
use platform::Platform;
use serde::Serialize;
use serde_json::{Map, Value, json};
use suggest::Unknown;
use web::{
    FieldProblem, Owner, Permit, Problem,
    events::{Bounds, Event, reply, telling},
};

use crate::{
    request::{Fields, LONGEST_TASK},
    response::{not_summoned, private, unknown_daemon},
    workshop::Own,
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
    pub(crate) permit: Permit,
    /// Whether the answer is wanted while it is written.
    pub(crate) streams: bool,
}

impl FromRequest<Platform> for Invoked {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let owner = Owner::from_request_parts(&mut parts, platform).await?;
        let Ok(permit) = Permit::from_request_parts(&mut parts, platform).await;
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
        Ok(Self { owner, name, task, permit, streams })
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
        match Schema::read(&given) {
            Ok(_) if given.is_object() => task.schema = Some(given),
            Ok(_) => problem("json_schema", "is not a JSON schema: an object".to_owned()),
            Err(faults) => {
                for fault in faults.into_iter().take(20) {
                    problem(&format!("json_schema{}", fault.pointer), fault.detail);
                }
            }
        }
    }
    if let Some(given) = take("tools") {
        match tools(&given) {
            Some((named, own)) => {
                // An empty list allows none; only tools of the caller's own leave the daemon those of the server.
                task.named = (own.is_empty() || !named.is_empty()).then_some(named);
                task.tools = own;
            }
            None => problem(
                "tools",
                format!(
                    "is not a list of at most {MOST_TOOLS} tools: each a name of one of the daemon's own, or one of yours with name (letters, digits, _ and -), description, and input_schema"
                ),
            ),
        }
    }
    problems
}

/// Names of the server's tools, and the caller's own tools.
fn tools(given: &Value) -> Option<(Vec<String>, Vec<ToolSpec>)> {
    let all = given.as_array().filter(|all| all.len() <= MOST_TOOLS)?;
    let (mut named, mut own) = (Vec::new(), Vec::new());
    for one in all {
        match one.as_str() {
            Some(name) => named.push(name.chars().take(80).collect()),
            None => own.push(tool(one)?),
        }
    }
    Some((named, own))
}

fn tool(value: &Value) -> Option<ToolSpec> {
    let name = value["name"].as_str().filter(|name| is_tool_name(name))?;
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
    /// Tools that the model may call: names of the server's, of those that the daemon may use (all of them if none is named); or your own with
    /// name, description, `input_schema`, of which calls are in the answer for you to run.
    tools: Option<Vec<Value>>,
    /// The JSON schema of the answer: `type`, `properties`, `required`, `items`, `enum`, bounds, `anyOf` and the like; no `$ref`, no `pattern`.
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
    /// The answer as JSON, where `json_schema` was given; null where it is not what the schema says.
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<Value>,
    /// Why the answer is not what the schema says, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    json_errors: Vec<String>,
    /// Tools that the model wants called by you: id, name, arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Value>,
    /// Tools of the server that it called: step, id, tool, arguments, what it gave (shortened), whether that is an error.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools_used: Vec<Value>,
    /// The model.
    model: String,
    /// The model's provider.
    provider: String,
    /// Tokens: `input_tokens`, `output_tokens`, `total_tokens`.
    usage: Value,
    /// Seconds that it took.
    execution_time: f64,
    /// Why it ended: `end`, `length`, `tools`, `refusal`, or the provider's own word; `steps`, `tokens`, `time` or `repetition` where the
    /// use of the server's tools was ended.
    stop_reason: String,
    /// The call's id in the record.
    id: String,
}

fn told(daemon: String, answer: Answer) -> Told {
    let Answer { id, text, json, calls, used, model, provider, tokens, milliseconds, stop } = answer;
    let (json, json_errors) = match json {
        None => (None, Vec::new()),
        Some(Ok(value)) => (Some(value), Vec::new()),
        Some(Err(why)) => (Some(Value::Null), why),
    };
    let seconds = milliseconds as f64 / 1000.0;
    Told {
        status: "invoked",
        message: format!("{daemon} answered in {seconds} s."),
        daemon,
        result: Outcome {
            text,
            json,
            json_errors,
            tools_used: used.iter().map(shown).collect(),
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
        Refusal::Tool(wanted, allowed) => {
            let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
            let detail = if allowed.is_empty() {
                format!(
                    "{name} may use no tools of this server; the operator gives it some by PUT /api/admin/daemons/{name}"
                )
            } else {
                Unknown::new(&wanted, allowed.iter().copied()).listing(&allowed)
            };
            Problem::invalid(vec![FieldProblem { pointer: "/parameters/tools".to_owned(), detail }])
        }
        Refusal::Failed(failure) => failure.into(),
    }
}

async fn begin(
    platform: &Platform,
    owner: &Owner,
    permit: Permit,
    name: &str,
    task: Task,
) -> Result<Calling, Problem> {
    let payer = Payer::of(platform, &owner.caller).await?;
    let own = Own { platform, caller: &owner.caller, permit };
    let begun = Box::pin(Calling::begin(platform, payer, &owner.owner, name, task, &own)).await;
    begun.map_err(|refusal| refused(name, refusal))
}

/// A daemon's answer, when it is whole.
pub(crate) async fn whole(
    platform: &Platform,
    owner: &Owner,
    permit: Permit,
    name: &str,
    task: Task,
) -> Result<Told, Problem> {
    let call = begin(platform, owner, permit, name, task).await?;
    Ok(told(name.to_owned(), call.answer(false, &mut |_| {}).await?))
}

pub(crate) async fn answer(platform: &Platform, invoked: Invoked) -> Result<Response, Problem> {
    let Invoked { owner, name, task, permit, streams } = invoked;
    if !streams {
        return Ok(private(&whole(platform, &owner, permit, &name, task).await?));
    }
    let call = begin(platform, &owner, permit, &name, task).await?;
    let stream = telling(|teller| async move {
        teller.tell("started", json!({"id": call.id(), "daemon": name}));
        let mut tell = |happening: Happening<'_>| match happening {
            Happening::Text(text) => teller.tell("text", json!({"text": text})),
            Happening::Call(call) => {
                teller.tell(
                    "tool_call",
                    json!({"id": call.id, "tool": call.name, "arguments": call.arguments}),
                );
            }
            Happening::Result(made) => teller.tell("tool_result", shown(made)),
            Happening::Step(_) => {}
        };
        let (event, data) = match call.answer(true, &mut tell).await {
            Ok(answer) => ("result", json!(told(name, answer))),
            Err(failure) => ("error", json!(Problem::from(failure))),
        };
        Event { id: None, event: event.into(), data }
    });
    // The call has a time-out of its own.
    let bounds = Bounds { time: std::time::Duration::from_mins(15), events: 1_000_000 };
    Ok(reply(platform, stream, bounds))
}
