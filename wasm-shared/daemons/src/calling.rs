//! Calls of daemons: from a task to a model's answer, and into the record.

use std::time::Duration;

use models::{
    Event, Failure, Kind, Model, Models, Payer, Reply, Request, Streaming, Tokens, ToolCall, ToolSpec,
};
use platform::{OutsideError, Platform};
use serde_json::{Value, json};
use web::settings;

use crate::{Call, DaemonStore, Definition, Ended, Millis, Rules};

/// Characters of an answer that the record keeps.
const KEPT: usize = 10_000;

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
    /// The answer as JSON, where a schema was given and it is JSON.
    pub json: Option<Value>,
    /// Tools that the model wants called.
    pub calls: Vec<ToolCall>,
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

/// A call that has begun: it is in the table, and fails by itself if nobody ends it.
pub struct Calling {
    platform: Platform,
    id: String,
    name: String,
    model: Model,
    payer: Payer,
    request: Request,
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
        task: Task,
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
        let model = model_of(&Models::open(platform).await?, name, definition)?;
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
            request: request(&definition.system_prompt, task),
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

    /// The answer, when it is whole.
    ///
    /// # Errors
    /// When the model gives none; the call then counts as failed.
    pub async fn complete(self) -> Result<Answer, Failure> {
        let replied = self.model.complete(&self.platform, &self.payer, &self.request).await;
        self.end(replied).await
    }

    /// The answer while it is written.
    ///
    /// # Errors
    /// When the model gives none; the call then counts as failed.
    pub async fn stream(self) -> Result<Writing, Failure> {
        match self.model.stream(&self.platform, &self.payer, &self.request).await {
            Ok(streaming) => Ok(Writing { streaming: Box::new(streaming), call: Some(self) }),
            Err(failure) => Err(self.end(Err(failure)).await.err().unwrap_or_else(broken_off)),
        }
    }

    async fn end(self, replied: Result<Reply, Failure>) -> Result<Answer, Failure> {
        let took = self.platform.clock().now().timestamp_millis() - self.started;
        let milliseconds = u64::try_from(took).unwrap_or(0);
        let wants_json = self.request.schema.is_some();
        let ended = match &replied {
            Ok(reply) => completed(&self.id, reply, milliseconds),
            Err(failure) => failed(&self.id, &self.model, failure, milliseconds),
        };
        if let Err(error) = write(&self.platform, &self.id, &ended).await {
            // The answer was paid for; the call counts as failed when its time has passed.
            web::log::error(&self.platform, "the end of a daemon's call was not written down", &error);
        }
        let reply = replied?;
        Ok(Answer {
            json: wants_json.then(|| serde_json::from_str(&reply.turn.text).ok()).flatten(),
            text: reply.turn.text,
            calls: reply.turn.calls,
            model: reply.model,
            provider: reply.provider,
            tokens: reply.tokens,
            milliseconds,
            stop: reply.stop.name().to_owned(),
            id: self.id,
        })
    }
}

/// An answer while it is written. Where it is dropped before its end, the call fails when its time has passed.
pub struct Writing {
    streaming: Box<Streaming>,
    call: Option<Calling>,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// More text.
    Text(String),
    /// The whole answer: the last piece.
    Done(Box<Answer>),
}

impl Writing {
    /// The next piece; none after the last, or after a failure.
    pub async fn next(&mut self) -> Option<Result<Piece, Failure>> {
        loop {
            self.call.as_ref()?;
            let replied = match self.streaming.next().await {
                Some(Ok(Event::Text(text))) => return Some(Ok(Piece::Text(text))),
                Some(Ok(Event::Call(_))) => continue,
                Some(Ok(Event::Done(reply))) => Ok(*reply),
                Some(Err(failure)) => Err(failure),
                None => Err(broken_off()),
            };
            let call = self.call.take()?;
            return Some(call.end(replied).await.map(|answer| Piece::Done(Box::new(answer))));
        }
    }
}

fn broken_off() -> Failure {
    Failure {
        kind: Kind::Broken,
        detail: "The answer was broken off. Please try again.".to_owned(),
        retry_after: None,
        cause: None,
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

fn request(prompt: &str, task: Task) -> Request {
    let system = match &task.system {
        Some(more) if prompt.is_empty() => more.clone(),
        Some(more) => format!("{prompt}\n\n{more}"),
        None => prompt.to_owned(),
    };
    let mut request = Request::new(system).user(task.text);
    request.max_tokens = task.max_tokens;
    request.temperature = task.temperature;
    request.tools = task.tools;
    match task.schema {
        Some(schema) => request.schema("answer", schema),
        None => request,
    }
}

fn completed(id: &str, reply: &Reply, milliseconds: u64) -> Ended {
    let data = json!({
        "id": id, "status": "completed", "model": reply.model, "provider": reply.provider,
        "usage": usage(reply.tokens), "execution_time": milliseconds as f64 / 1000.0, "stop_reason": reply.stop.name(),
    });
    Ended {
        data,
        answer: Some(reply.turn.text.chars().take(KEPT).collect()),
        is_failed: false,
        milliseconds,
        input_tokens: reply.tokens.input,
        output_tokens: reply.tokens.output,
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
