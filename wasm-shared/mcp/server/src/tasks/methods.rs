//! `tasks/get`, `tasks/update` and `tasks/cancel`, and how a call becomes a task.

use std::{future::Future, pin::Pin, sync::Arc};

use rmcp::model::{
    CallToolResult, ClientCapabilities, CreateTaskResult, ExtensionCapabilities, GetTaskResult, JsonObject,
    TASKS_EXTENSION_ID, TaskAckResult,
};

use super::{Later, TaskStore, record::Record};
use crate::{
    Answers, CacheHint, Error, ErrorKind, Host, Reply,
    context::Call,
    dispatch::{Carried, Dispatch},
    finish,
    handling::Handling,
    input,
    rpc::{ResultText, text_of},
};

/// How often a change is tried again that others were faster than.
const ATTEMPTS: usize = 5;

/// A call on its way to becoming a task.
type Beginning<'a> = Pin<Box<dyn Future<Output = Result<ResultText, Error>> + Send + 'a>>;

/// What a server that makes tasks does with them. Only [`Builder::tasks`](crate::Builder::tasks) names it, so that the linker
/// leaves it out of a server that makes none.
pub(crate) struct Methods<S> {
    pub(crate) begin: for<'a> fn(&'a Dispatch<S>, &'a str, JsonObject, Later) -> Beginning<'a>,
    pub(crate) answer: fn(Dispatch<S>, Method, JsonObject) -> Handling<ResultText>,
}

#[derive(Clone, Copy)]
pub(crate) enum Method {
    Get,
    Update,
    Cancel,
}

impl<S: Host> Methods<S> {
    pub(crate) fn new() -> Self {
        Self {
            begin: |dispatch, tool, arguments, later| Box::pin(dispatch.begin_task(tool, arguments, later)),
            answer: |dispatch, method, params| {
                Box::pin(async move {
                    dispatch.require_tasks()?;
                    match method {
                        Method::Get => dispatch.get_task(params).await,
                        Method::Update => dispatch.update_task(params).await,
                        Method::Cancel => dispatch.cancel_task(params).await,
                    }
                })
            },
        }
    }
}

impl<S: Host> Dispatch<S> {
    /// Whether this client takes a task for an answer.
    pub(crate) fn takes_tasks(&self) -> bool {
        self.revision().is_stateless() && declares_tasks(&self.call.exchange.capabilities)
    }

    /// Refuses a client that takes no tasks.
    pub(crate) fn require_tasks(&self) -> Result<(), Error> {
        if self.takes_tasks() {
            return Ok(());
        }
        if !self.revision().is_stateless() {
            return Err(takes_too_long());
        }
        let mut required = ClientCapabilities::default();
        required.extensions = Some(tasks_extension());
        Err(Error::missing_capability(&required))
    }

    /// Makes a task of a call that is not done yet, and gives the client its name.
    async fn begin_task(
        &self,
        tool: &str,
        arguments: JsonObject,
        mut later: Later,
    ) -> Result<ResultText, Error> {
        let (store, now) = (self.store()?, self.now()?);
        let mut record = Record::new(tool.to_owned(), arguments, self.caller(), now, self.offer.task_ttl_ms);
        let id = later.name.take().map_or_else(|| store.new_id(), Ok)?;
        record.go_on(later, now);
        store.create(&id, record.write()?, record.expires_ms()).await?;
        self.finish(CreateTaskResult::new(record.task(&id)))
    }

    async fn get_task(&self, params: JsonObject) -> Result<ResultText, Error> {
        let (id, store, now) = (text_of(&params, "taskId")?, self.store()?, self.now()?);
        let (mut record, version) = self.read_task(store, id).await?;
        if let Some(answers) = record.claim(now) {
            // Of those who ask at the same time one does the step; the others see that it is being done.
            if store.replace(id, version, record.write()?).await? {
                let stepped = self.step(&mut record, answers).await;
                if !store.replace(id, version + 1, self.settled(&mut record)?).await? {
                    record = self.read_task(store, id).await?.0;
                }
                stepped?;
            } else {
                record = self.read_task(store, id).await?.0;
            }
        }
        let capabilities = &self.call.exchange.capabilities;
        if let Some(missing) = record.asks().and_then(|requests| input::missing(requests, capabilities)) {
            return Err(Error::missing_capability(&missing));
        }
        self.finish(GetTaskResult::new(record.detailed(id)))
    }

    async fn update_task(&self, params: JsonObject) -> Result<ResultText, Error> {
        let id = text_of(&params, "taskId")?.to_owned();
        if !params.contains_key("inputResponses") {
            return Err(Error::invalid_params("Invalid params: `inputResponses` is missing"));
        }
        let given = Carried::take(params)?.responses;
        self.change_task(&id, |record, now| record.answer(&given, now)).await?;
        self.finish(TaskAckResult::default())
    }

    async fn cancel_task(&self, params: JsonObject) -> Result<ResultText, Error> {
        let id = text_of(&params, "taskId")?;
        if self.change_task(id, Record::cancel).await? {
            self.store()?.cancelled(id).await?;
        }
        self.finish(TaskAckResult::default())
    }

    /// Calls the tool once more. An error is this client's; what befalls the task stands in the record.
    async fn step(&self, record: &mut Record, answers: Answers) -> Result<(), Error> {
        // An unknown tool is one that a newer version of the server, or the caller, no longer has.
        let outcome = self.quiet().call(&record.tool, &record.arguments, answers).await;
        // Work takes time, and the time to the next step begins when this one has ended.
        let now = self.now()?;
        let stepped = match outcome {
            Ok(Reply::Done(result)) => self.written(result).map(|result| record.complete(result, now)),
            Ok(Reply::Ask(ask)) => record.ask(ask, now),
            Ok(Reply::Later(later)) => {
                record.go_on(later, now);
                Ok(())
            }
            // Another client may be able to.
            Err(why) if why.kind() == ErrorKind::MissingCapability => {
                record.give_back(now);
                return Err(why);
            }
            Err(why) => Err(why),
        };
        if let Err(why) = stepped {
            self.fail(record, why, now);
        }
        Ok(())
    }

    /// The record as it is kept after a step. A task that has become too large for that fails.
    fn settled(&self, record: &mut Record) -> Result<String, Error> {
        record.write().or_else(|why| {
            self.fail(record, why, self.now()?);
            record.write()
        })
    }

    fn fail(&self, record: &mut Record, why: Error, now_ms: u64) {
        record.fail(&why.into_data(self.revision()), now_ms);
    }

    /// The same without a voice: the protocol has no progress and no log messages of tasks.
    fn quiet(&self) -> Self {
        let call = Call::new(self.call.exchange.clone(), Arc::clone(&self.call.parts), None);
        Self { offer: Arc::clone(&self.offer), host: self.host.clone(), call: Arc::new(call) }
    }

    /// A result as the answer to the call itself would have had it.
    fn written(&self, result: CallToolResult) -> Result<JsonObject, Error> {
        let text = finish::write(result, self.revision(), &self.offer.implementation, CacheHint::NONE)?;
        serde_json::from_str(&text).map_err(|why| Error::internal(format!("The result is no object: {why}")))
    }

    /// Changes a task, unless `change` says that there is nothing to change. Whether there was.
    async fn change_task(&self, id: &str, change: impl Fn(&mut Record, u64) -> bool) -> Result<bool, Error> {
        let (store, now) = (self.store()?, self.now()?);
        for _ in 0..ATTEMPTS {
            let (mut record, version) = self.read_task(store, id).await?;
            if !change(&mut record, now) {
                return Ok(false);
            }
            if store.replace(id, version, record.write()?).await? {
                return Ok(true);
            }
        }
        Err(Error::internal("The task is being changed by others; send this again"))
    }

    /// A task of this caller's.
    async fn read_task(&self, store: &dyn TaskStore, id: &str) -> Result<(Record, u64), Error> {
        let unknown =
            || Error::invalid_params("Invalid params: there is no task of this `taskId`, or no longer");
        let (text, version) = store.read(id).await?.ok_or_else(unknown)?;
        let record = Record::read(&text)?;
        if record.caller == self.caller() { Ok((record, version)) } else { Err(unknown()) }
    }

    fn caller(&self) -> Option<String> {
        self.host.caller(&self.call.parts)
    }

    /// Where tasks are kept, which a server that makes tasks must have.
    pub(crate) fn store(&self) -> Result<&dyn TaskStore, Error> {
        self.host.tasks().ok_or_else(|| Error::internal("The server has no place to keep tasks"))
    }

    /// Whether this server makes tasks.
    pub(crate) fn makes_tasks(&self) -> bool {
        self.offer.tasks.is_some() && self.host.tasks().is_some()
    }

    fn now(&self) -> Result<u64, Error> {
        self.host.now_ms().ok_or_else(|| Error::internal("The server has no clock to keep tasks by"))
    }
}

/// For a client that would have to take a task.
pub(crate) fn takes_too_long() -> Error {
    Error::refused(
        "This takes longer than one answer may: use a client of protocol revision 2026-07-28 that takes tasks.",
    )
}

/// What a server declares that makes tasks, and a client that takes them.
pub(crate) fn tasks_extension() -> ExtensionCapabilities {
    ExtensionCapabilities::from([(TASKS_EXTENSION_ID.to_owned(), JsonObject::new())])
}

pub(crate) fn declares_tasks(capabilities: &ClientCapabilities) -> bool {
    capabilities.extensions.as_ref().is_some_and(|extensions| extensions.contains_key(TASKS_EXTENSION_ID))
}
