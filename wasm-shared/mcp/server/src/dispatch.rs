//! From a method to its answer.

use std::sync::Arc;

use rmcp::model::{
    CallToolResult, CompleteResult, CompletionInfo, InputRequiredResult, JsonObject, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, LoggingLevel, RequestId,
};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    Answers, Ask, CacheHint, Context, Error, ErrorKind, Host, Reply, Revision,
    completion::Asked,
    context::Call,
    finish::{self, Finish},
    handshake,
    headers::check_param,
    pages, prompts, resources,
    rpc::{Request, ResultText, text_of},
    seal::Belonging,
    server::Offer,
    tasks::{Method, takes_too_long},
    tools,
    wait::Wait,
};

/// A page of one of the lists, which differ in their types only.
macro_rules! list {
    ($self:ident, $params:ident, $name:literal, $entries:ident, $result:ident) => {{
        let all: Vec<_> = $self.offer.$entries.iter().map(|entry| entry.listed.clone()).collect();
        let (items, next) = pages::page($name, all, cursor(&$params)?, $self.offer.page_size)?;
        let mut result = $result::with_all_items(items);
        result.next_cursor = next;
        $self.finish_cached(result, $self.offer.lists)
    }};
}

/// One request on its way through a server.
pub(crate) struct Dispatch<S> {
    pub(crate) offer: Arc<Offer<S>>,
    pub(crate) host: S,
    pub(crate) call: Arc<Call>,
}

impl<S: Host> Dispatch<S> {
    /// Answers a request. A method that the revision does not have, or that the server offers nothing for, is not found.
    pub(crate) async fn answer(self, request: Request) -> (RequestId, Result<ResultText, Error>) {
        let Request { id, method, params, ambiguity } = request;
        let outcome = match ambiguity {
            None => {
                let tool = params.get("name").and_then(Value::as_str).filter(|_| method == "tools/call");
                match self.host.admit(&method, tool).await {
                    Ok(()) => self.result(&method, params).await,
                    Err(why) => Err(why),
                }
            }
            Some(why) if method == "tools/call" => self.finish(tools::refused(&Error::refused(why))),
            Some(why) => Err(Error::new(ErrorKind::InvalidRequest, why)),
        };
        (id, outcome)
    }

    async fn result(self, method: &str, params: JsonObject) -> Result<ResultText, Error> {
        let offer = &self.offer;
        let older = !self.revision().is_stateless();
        match method {
            "server/discover" if !older => {
                self.finish(handshake::discover(offer, self.revision(), self.makes_tasks()))
            }
            "initialize" if older => {
                finish::text(&handshake::initialize(offer, handshake::negotiate(&params)?))
            }
            "ping" if older => Ok(empty()),
            "logging/setLevel" if older && offer.logging => set_level(&params),
            "resources/subscribe" | "resources/unsubscribe" if older && offer.accepts_subscriptions => {
                let uri = text_of(&params, "uri")?;
                resources::find(&offer.resources, &offer.templates, uri).map(|_| empty())
            }
            "tools/list" if offer.has_tools() => match &offer.sources {
                None => list!(self, params, "tools", tools, ListToolsResult),
                Some(sources) => (sources.list)(&self, params).await,
            },
            "prompts/list" if offer.has_prompts() => match &offer.offers {
                None => list!(self, params, "prompts", prompts, ListPromptsResult),
                Some(offers) => (offers.prompts)(&self, params).await,
            },
            "resources/list" if offer.has_resources() => match &offer.offers {
                None => list!(self, params, "resources", resources, ListResourcesResult),
                Some(offers) => (offers.resources)(&self, params).await,
            },
            "resources/templates/list" if offer.has_resources() => match &offer.offers {
                None => list!(self, params, "templates", templates, ListResourceTemplatesResult),
                Some(offers) => (offers.templates)(&self, params).await,
            },
            "tools/call" if offer.has_tools() => self.call_tool(params).await,
            "tasks/get" if !older => self.task(Method::Get, method, params).await,
            "tasks/update" if !older => self.task(Method::Update, method, params).await,
            "tasks/cancel" if !older => self.task(Method::Cancel, method, params).await,
            "prompts/get" if offer.has_prompts() => self.get_prompt(params).await,
            "resources/read" if offer.has_resources() => self.read_resource(params).await,
            "completion/complete" if !offer.completions.is_empty() => self.complete(params).await,
            _ => Err(not_found(method)),
        }
    }

    async fn task(self, which: Method, method: &str, params: JsonObject) -> Result<ResultText, Error> {
        let answer = self.offer.tasks.as_ref().ok_or_else(|| not_found(method))?.answer;
        answer(self, which, params).await
    }

    pub(crate) fn revision(&self) -> Revision {
        self.call.exchange.revision
    }

    pub(crate) fn finish(&self, result: impl Finish) -> Result<ResultText, Error> {
        self.finish_cached(result, CacheHint::NONE)
    }

    pub(crate) fn finish_cached(&self, result: impl Finish, hint: CacheHint) -> Result<ResultText, Error> {
        finish::write(result, self.revision(), &self.offer.implementation, hint)
    }

    async fn call_tool(self, mut params: JsonObject) -> Result<ResultText, Error> {
        let name = text_of(&params, "name")?.to_owned();
        let given = arguments(&mut params)?;
        let ready = match tools::find(&self.offer.tools, &name) {
            Ok(tool) => self.prepare(tool, &given),
            Err(unknown) if self.offer.sources.is_none() => return Err(unknown),
            // A source may have it.
            Err(_) => Ok(()),
        };
        let carried = Carried::take(params)?;
        let answers = self.answers("tools/call", &name, &given, carried)?;
        let outcome = match ready {
            Ok(()) => self.call_until_settled(&name, given, answers).await,
            Err(why) => Err(why),
        };
        match outcome {
            Err(why) if why.kind() == ErrorKind::Refused => self.finish(tools::refused(&why)),
            outcome => outcome,
        }
    }

    /// What a call of this server's own tool has to fulfil before it begins.
    fn prepare(&self, tool: &tools::Entry<S>, given: &JsonObject) -> Result<(), Error> {
        if self.revision().is_stateless() {
            for header in &tool.headers {
                check_param(header, &self.call.parts.headers, given)?;
            }
        }
        if tool.only_as_task {
            self.require_tasks()?;
            self.store()?;
        }
        Ok(())
    }

    /// Calls a tool, and again for as long as it is not done, unless the client takes a task instead.
    async fn call_until_settled(
        &self,
        name: &str,
        given: JsonObject,
        mut answers: Answers,
    ) -> Result<ResultText, Error> {
        let mut wait = Wait::new(&self.host, self.offer.longest_wait_ms);
        loop {
            let later = match self.call(name, &given, answers).await? {
                Reply::Done(result) => return self.finish(result),
                Reply::Ask(ask) => return self.ask(ask, "tools/call", name, &given),
                Reply::Later(later) => later,
            };
            if let Some(tasks) =
                self.offer.tasks.as_ref().filter(|_| self.takes_tasks() && self.makes_tasks())
            {
                return (tasks.begin)(self, name, given, later).await;
            }
            wait.pause(later.after_ms).ok_or_else(takes_too_long)?.await;
            answers = Answers::new(JsonObject::new(), later.state);
        }
    }

    /// Calls a tool once: this server's own, or else a source's.
    pub(crate) async fn call(
        &self,
        name: &str,
        given: &JsonObject,
        answers: Answers,
    ) -> Result<Reply<CallToolResult>, Error> {
        let unknown = match tools::find(&self.offer.tools, name) {
            Ok(tool) => return tool.call(self.context(answers), tool.unwrapped(given.clone())).await,
            Err(unknown) => unknown,
        };
        let Some(sources) = &self.offer.sources else { return Err(unknown) };
        (sources.call)(self, name, given, answers).await?.ok_or(unknown)
    }

    async fn get_prompt(self, mut params: JsonObject) -> Result<ResultText, Error> {
        let name = text_of(&params, "name")?.to_owned();
        let given = arguments(&mut params)?;
        let prompt = match (prompts::find(&self.offer.prompts, &name), &self.offer.offers) {
            (Err(unknown), Some(offers)) => {
                let result = (offers.get)(&self, &name, &given).await?.ok_or(unknown)?;
                return self.finish(result);
            }
            (found, _) => found?,
        };
        let carried = Carried::take(params)?;
        let answers = self.answers("prompts/get", &name, &given, carried)?;
        match prompt.get(self.context(answers), given.clone()).await? {
            Reply::Done(mut result) => {
                result.description = result.description.or_else(|| prompt.listed.description.clone());
                self.finish(result)
            }
            Reply::Ask(ask) => self.ask(ask, "prompts/get", &name, &given),
            Reply::Later(_) => Err(only_tools_may_wait()),
        }
    }

    async fn read_resource(self, params: JsonObject) -> Result<ResultText, Error> {
        let uri = text_of(&params, "uri")?.to_owned();
        let found =
            match (resources::find(&self.offer.resources, &self.offer.templates, &uri), &self.offer.offers) {
                (Err(unknown), Some(offers)) => {
                    let result = (offers.read)(&self, &uri).await?.ok_or(unknown)?;
                    return self.finish_cached(result, CacheHint::NONE);
                }
                (found, _) => found?,
            };
        let nothing = JsonObject::new();
        let carried = Carried::take(params)?;
        let answers = self.answers("resources/read", &uri, &nothing, carried)?;
        match found.read(self.context(answers)).await? {
            // A result without contents would say that the resource exists and is empty.
            Reply::Done(result) if result.contents.is_empty() => Err(Error::resource_not_found(&uri)),
            Reply::Done(result) => self.finish_cached(result, self.offer.reads),
            Reply::Ask(ask) => self.ask(ask, "resources/read", &uri, &nothing),
            Reply::Later(_) => Err(only_tools_may_wait()),
        }
    }

    async fn complete(self, params: JsonObject) -> Result<ResultText, Error> {
        let Asked { of, argument, typed } = Asked::from_params(&params)?;
        if !self.offer.has(&of) {
            return Err(Error::invalid_params("Invalid params: `ref` names no prompt or resource template"));
        }
        let mut entries = self.offer.completions.iter();
        let entry = entries.find(|entry| entry.completion.of == of && entry.completion.argument == argument);
        let Some(entry) = entry else {
            return self.finish(CompleteResult::new(CompletionInfo::default()));
        };
        let completion = entry.complete(self.context(Answers::default()), typed).await?;
        self.finish(CompleteResult::new(completion))
    }

    pub(crate) fn context(&self, answers: Answers) -> Context<S> {
        Context::new(self.host.clone(), Arc::clone(&self.call), answers)
    }

    /// Reads what the client brought, and opens the state if it is this server's for this request.
    fn answers(
        &self,
        method: &str,
        name: &str,
        arguments: &JsonObject,
        carried: Carried,
    ) -> Result<Answers, Error> {
        // Older revisions have neither, so what is there has no meaning.
        if !self.revision().is_stateless() {
            return Ok(Answers::default());
        }
        let Some(sealed) = carried.state else { return Ok(Answers::new(carried.responses, None)) };
        let key = self.host.sealing_key();
        let key =
            key.ok_or_else(|| Error::invalid_params("Invalid params: this server gave no `requestState`"))?;
        let caller = self.host.caller(&self.call.parts);
        let belonging = Belonging { method, name, arguments, caller: caller.as_deref() };
        let state = key.open(&sealed, &belonging, self.host.now_ms())?;
        Ok(Answers::new(carried.responses, Some(state)))
    }

    /// Asks the client for more, if it can be asked.
    fn ask(&self, ask: Ask, method: &str, name: &str, arguments: &JsonObject) -> Result<ResultText, Error> {
        if !self.revision().is_stateless() {
            return Err(Error::refused(
                "This needs more input from you than your client can be asked for: use a client of protocol revision \
                 2026-07-28 or newer.",
            ));
        }
        let ask = ask.require_something()?;
        if let Some(missing) = ask.missing(&self.call.exchange.capabilities) {
            return Err(Error::missing_capability(&missing));
        }
        let sealed = ask.state.map(|state| {
            let key = self.host.sealing_key();
            let key =
                key.ok_or_else(|| Error::internal("The server has no key to seal request state with"))?;
            let caller = self.host.caller(&self.call.parts);
            let belonging = Belonging { method, name, arguments, caller: caller.as_deref() };
            let expires = self.host.now_ms().map(|now| now.saturating_add(self.offer.state_ttl_ms));
            key.seal(&state, &belonging, expires)
        });
        let requests = Some(ask.requests).filter(|requests| !requests.is_empty());
        self.finish(InputRequiredResult::new(requests, sealed.transpose()?))
    }
}

/// What a client carries from an earlier answer to a request that it sends again.
pub(crate) struct Carried {
    pub(crate) responses: JsonObject,
    state: Option<String>,
}

impl Carried {
    pub(crate) fn take(mut params: JsonObject) -> Result<Self, Error> {
        let responses = match params.remove("inputResponses") {
            None => JsonObject::new(),
            Some(Value::Object(responses)) if responses.values().all(Value::is_object) => responses,
            Some(_) => {
                return Err(Error::invalid_params(
                    "Invalid params: `inputResponses` must be an object of objects",
                ));
            }
        };
        let state = match params.remove("requestState") {
            None => None,
            Some(Value::String(state)) => Some(state),
            Some(_) => return Err(Error::invalid_params("Invalid params: `requestState` must be a string")),
        };
        Ok(Self { responses, state })
    }
}

impl<S> Offer<S> {
    pub(crate) fn has_tools(&self) -> bool {
        !self.tools.is_empty() || self.sources.is_some()
    }

    pub(crate) fn has_prompts(&self) -> bool {
        !self.prompts.is_empty() || self.offers.is_some()
    }

    pub(crate) fn has_resources(&self) -> bool {
        !self.resources.is_empty() || !self.templates.is_empty() || self.offers.is_some()
    }
}

fn not_found(method: &str) -> Error {
    Error::new(ErrorKind::MethodNotFound, format!("Method not found: {method}"))
}

fn only_tools_may_wait() -> Error {
    Error::internal("Only a tool may answer later")
}

fn empty() -> ResultText {
    "{}".to_owned()
}

/// The level is not kept; see [`Builder::logging`](crate::Builder::logging). An unknown level is refused.
fn set_level(params: &JsonObject) -> Result<ResultText, Error> {
    let level = params.get("level").map(LoggingLevel::deserialize);
    match level {
        Some(Ok(_)) => Ok(empty()),
        _ => Err(Error::invalid_params(
            "Invalid params: `level` must be a log level from `debug` to `emergency`",
        )),
    }
}

pub(crate) fn cursor(params: &JsonObject) -> Result<Option<&str>, Error> {
    match params.get("cursor") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(cursor)) => Ok(Some(cursor)),
        Some(_) => Err(Error::invalid_params("Invalid params: `cursor` must be a string")),
    }
}

fn arguments(params: &mut JsonObject) -> Result<JsonObject, Error> {
    match params.remove("arguments") {
        None | Some(Value::Null) => Ok(JsonObject::new()),
        Some(Value::Object(arguments)) => Ok(arguments),
        Some(_) => Err(Error::invalid_params("Invalid params: `arguments` must be an object")),
    }
}
