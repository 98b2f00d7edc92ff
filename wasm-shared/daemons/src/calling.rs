//! Calls of daemons: from a task to a model's answer, and into the record.

use std::{future::Future, pin::Pin, time::Duration};

use models::{
    Bounds, Conversation, DATA_RULE, Ended as Why, Failure, Kind, Made, Model, Models, Outcome, Payer,
    Request, Stop, Tell, Tokens, ToolCall, ToolSpec, Toolbox, converse,
};
use platform::{OutsideError, Platform};
use serde_json::{Value, json};
use web::settings;

use crate::{Call, DaemonStore, Definition, Ended, Millis, Rules, form};

/// Characters of an answer that the record keeps.
const KEPT: usize = 10_000;
/// Turns of a call in which the server's tools may be called.
const STEPS: u32 = 8;
/// Tokens of all turns of a call.
const MOST_TOKENS: u64 = 400_000;

/// What a daemon is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Task {
    /// The task.
    pub text: String,
    /// How much the model varies its answers.
    pub temperature: Option<f64>,
    /// The most tokens that it may write.
    pub max_tokens: Option<u32>,
    /// What it is told besides the daemon's own prompt.
    pub system: Option<String>,
    /// Tools that it may call; the caller runs them.
    pub tools: Vec<ToolSpec>,
    /// Of the server's tools that the daemon may use, those that this call may; all where none is named.
    pub named: Option<Vec<String>>,
    /// The JSON schema of its answer.
    pub schema: Option<Value>,
}

/// Why a call did not begin.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// There is no such daemon; these there are.
    Unknown(Vec<String>),
    /// It is not summoned.
    NotSummoned,
    /// It may not use a tool of the server that the call names; these it may.
    Tool(String, Vec<String>),
    /// There is no model, or a store did not answer.
    Failed(Failure),
}

impl<T: Into<Failure>> From<T> for Refusal {
    fn from(failure: T) -> Self {
        Self::Failed(failure.into())
    }
}

/// What a daemon answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The call's id, as the record has it.
    pub id: String,
    /// The answer.
    pub text: String,
    /// The answer as JSON, where a schema was given; else why it is not what the schema says.
    pub json: Option<Result<Value, Vec<String>>>,
    /// Tools that the model wants called.
    pub calls: Vec<ToolCall>,
    /// Tools of the server that it called.
    pub used: Vec<Made>,
    /// The model.
    pub model: String,
    /// The model's provider.
    pub provider: String,
    /// Tokens that it took.
    pub tokens: Tokens,
    /// How long it took.
    pub milliseconds: u64,
    /// Why it ended.
    pub stop: String,
}

/// The server's own tools, for whoever calls.
pub trait Workshop: Send + Sync {
    /// Those of these names that there are.
    fn open<'a>(&'a self, names: &'a [String]) -> Opening<'a>;
}

/// Tools that are put together.
pub type Opening<'a> = Pin<Box<dyn Future<Output = Result<Box<dyn Toolbox>, OutsideError>> + Send + 'a>>;

/// The tools of a call: the server's, and those that the caller runs.
struct Tools {
    server: Option<Box<dyn Toolbox>>,
    specs: Vec<ToolSpec>,
}

impl Tools {
    fn of(server: Option<Box<dyn Toolbox>>, callers: Vec<ToolSpec>) -> Self {
        let is_taken = |name: &str| callers.iter().any(|spec| spec.name == name);
        let known = server.iter().flat_map(|tools| tools.specs());
        let own: Vec<ToolSpec> = known.filter(|spec| !is_taken(&spec.name)).cloned().collect();
        let server = server.filter(|_| !own.is_empty());
        Self { server, specs: own.into_iter().chain(callers).collect() }
    }
}

impl Toolbox for Tools {
    fn specs(&self) -> &[ToolSpec] {
        &self.specs
    }

    /// What the model makes up is told to it, where it has tools of the server; else the caller sees it.
    fn runs(&self, name: &str) -> bool {
        let Some(server) = &self.server else { return false };
        let is_known = self.specs.iter().any(|spec| spec.name == name);
        !is_known || server.specs().iter().any(|spec| spec.name == name)
    }

    fn call<'a>(&'a self, call: &'a ToolCall) -> models::Calling<'a> {
        match &self.server {
            Some(server) => server.call(call),
            None => Box::pin(std::future::ready(Outcome::default())),
        }
    }
}

/// A call that has begun: it is in the table, and fails by itself if nobody ends it.
pub struct Calling {
    platform: Platform,
    id: String,
    name: String,
    model: Model,
    payer: Payer,
    request: Request,
    tools: Tools,
    bounds: Bounds,
    started: Millis,
}

impl Calling {
    /// Begins a call of an owner's daemon.
    ///
    /// # Errors
    /// Where there is no such daemon, it is not summoned, or there is no model for it.
    pub async fn begin(
        platform: &Platform,
        payer: Payer,
        owner: &str,
        name: &str,
        mut task: Task,
        workshop: &dyn Workshop,
    ) -> Result<Self, Refusal> {
        let rules = Rules::read(platform).await?;
        let store = DaemonStore::open(platform).await?;
        let circle = store.circle(owner, &rules).await?;
        let Some(definition) = circle.catalogue.get(name) else {
            return Err(Refusal::Unknown(circle.catalogue.into_keys().collect()));
        };
        if !circle.state(name).is_summoned {
            return Err(Refusal::NotSummoned);
        }
        let allowed = &definition.tools;
        let named = task.named.take();
        if let Some(other) = named.iter().flatten().find(|name| !allowed.contains(*name)) {
            return Err(Refusal::Tool(other.clone(), allowed.clone()));
        }
        let model = model_of(&Models::open(platform).await?, name, definition)?;
        let named = named.as_ref().unwrap_or(allowed);
        let server = if named.is_empty() { None } else { Some(workshop.open(named).await?) };
        let tools = Tools::of(server, std::mem::take(&mut task.tools));
        let timeout = Duration::from_secs(settings::MODEL_TIMEOUT.read(platform).await?);
        let by = (model.name().to_owned(), model.provider().name.clone());
        let call = Call { model: &by.0, provider: &by.1, task: &task.text, timeout };
        let started = store.now();
        // It may have been banished since.
        let id = store.begin(owner, name, call, &rules).await?.ok_or(Refusal::NotSummoned)?;
        Ok(Self {
            platform: platform.clone(),
            id,
            name: name.to_owned(),
            request: request(&definition.system_prompt, task, tools.server.is_some()),
            tools,
            bounds: Bounds { steps: STEPS, tokens: MOST_TOKENS, time: timeout },
            model,
            payer,
            started,
        })
    }

    /// The call's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The daemon's name.
    #[must_use]
    pub fn daemon(&self) -> &str {
        &self.name
    }

    /// The answer. Where it streams, `tell` hears of each piece while it is written.
    ///
    /// # Errors
    /// When the model gives none; the call then counts as failed.
    pub async fn answer(self, streams: bool, tell: Tell<'_>) -> Result<Answer, Failure> {
        let Self { platform, id, model, payer, request, tools, bounds, started, .. } = self;
        let schema = request.schema.as_ref().map(|output| output.schema.clone());
        let talk = converse(&platform, &model, &payer, request, &tools, bounds, streams, tell);
        let answered = Box::pin(talk).await;
        let milliseconds = platform.clock().now().timestamp_millis() - started;
        let milliseconds = u64::try_from(milliseconds).unwrap_or(0);
        let provider = &model.provider().name;
        let ended = match &answered {
            Ok(conversation) => completed(&id, provider, conversation, milliseconds),
            Err(failure) => failed(&id, &model, failure, milliseconds),
        };
        if let Err(error) = write(&platform, &id, &ended).await {
            // The answer was paid for; the call counts as failed when its time has passed.
            web::log::error(&platform, "the end of a daemon's call was not written down", &error);
        }
        let conversation = answered?;
        Ok(Answer {
            id,
            json: schema.map(|schema| form::read(&conversation.answer, &schema)),
            stop: stop(&conversation).to_owned(),
            text: conversation.answer,
            calls: conversation.left,
            used: conversation.calls,
            model: conversation.version,
            provider: provider.clone(),
            tokens: conversation.tokens,
            milliseconds,
        })
    }
}

/// Why a call ended: the provider's reason, or the bound that ended it.
fn stop(conversation: &Conversation) -> &str {
    match conversation.ended {
        Why::Answered | Why::Length | Why::Refusal | Why::Tools => match &conversation.stop {
            Stop::End if conversation.ended == Why::Tools => Stop::Tools.name(),
            stop => stop.name(),
        },
        bound => bound.name(),
    }
}

/// The model of a daemon. One whose provider is not set has none, whatever others there are: a persona is bound to its model.
fn model_of(models: &Models, name: &str, definition: &Definition) -> Result<Model, Failure> {
    models.named(definition.provider.as_deref(), definition.model.as_deref()).map_err(|failure| {
        let Some(provider) = definition.provider.as_deref().filter(|_| failure.kind == Kind::UnknownModel) else {
            return failure;
        };
        let set: Vec<&str> = models.providers().map(|provider| provider.name.as_str()).collect();
        let detail = format!(
            "{name} is bound to the provider {provider}, which is not set; set are: {}. The operator sets it (docs/models.md), or binds \
             {name} to another by PUT /api/admin/daemons/{name}.",
            set.join(", ")
        );
        Failure { kind: Kind::NoModel, detail, ..failure }
    })
}

fn request(prompt: &str, task: Task, has_tools: bool) -> Request {
    let rule = has_tools.then_some(DATA_RULE);
    let told = [Some(prompt), task.system.as_deref(), rule];
    let told: Vec<&str> = told.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    let mut request = Request::new(told.join("\n\n")).user(task.text);
    request.max_tokens = task.max_tokens;
    request.temperature = task.temperature;
    match task.schema {
        Some(schema) => request.schema("answer", schema),
        None => request,
    }
}

fn completed(id: &str, provider: &str, conversation: &Conversation, milliseconds: u64) -> Ended {
    let mut data = json!({
        "id": id, "status": "completed", "model": conversation.version, "provider": provider,
        "usage": usage(conversation.tokens), "execution_time": milliseconds as f64 / 1000.0, "stop_reason": stop(conversation),
    });
    if !conversation.calls.is_empty() {
        data["tools_used"] = conversation.calls.iter().map(|made| Value::from(&*made.call.name)).collect();
    }
    Ended {
        data,
        answer: Some(conversation.answer.chars().take(KEPT).collect()),
        is_failed: false,
        milliseconds,
        input_tokens: conversation.tokens.input,
        output_tokens: conversation.tokens.output,
    }
}

fn failed(id: &str, model: &Model, failure: &Failure, milliseconds: u64) -> Ended {
    let (code, _) = failure.kind.code();
    let data = json!({
        "id": id, "status": "failed", "model": model.name(), "provider": model.provider().name,
        "execution_time": milliseconds as f64 / 1000.0, "error": {"code": code, "message": failure.detail},
    });
    Ended { data, is_failed: true, milliseconds, ..Ended::default() }
}

/// Tokens, as every answer tells them.
#[must_use]
pub fn usage(tokens: Tokens) -> Value {
    json!({"input_tokens": tokens.input, "output_tokens": tokens.output, "total_tokens": tokens.total()})
}

async fn write(platform: &Platform, id: &str, ended: &Ended) -> Result<(), OutsideError> {
    DaemonStore::open(platform).await?.end(id, ended).await.map(drop)
}
