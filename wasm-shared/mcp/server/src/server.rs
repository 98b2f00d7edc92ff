//! Putting a server together.

use std::{borrow::Cow, collections::HashSet, future::Future, sync::Arc};

use bounded_json::Limits;
use rmcp::model::{
    ExtensionCapabilities, Icon, Implementation, JsonObject, Prompt, Resource, ResourceTemplate,
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{
    CacheHint, Completion, Context, Error, Host, PromptOutput, ResourceOutput, ResourceUri, Tool, ToolOutput,
    ToolSource, Typed, completion,
    offers::{OfferSource, Offers},
    prompts, resources,
    sources::Sources,
    tasks, tools,
};

/// What a body may hold, unless a server says otherwise: 1 MiB, and as a tree of values at most some ten times as much.
pub const LIMITS: Limits = Limits {
    bytes: 1 << 20,
    depth: 32,
    containers: 6_000,
    members: 5_000,
    values: 110_000,
    text_bytes: 1 << 20,
};

/// A server: what it offers, and how it answers. It holds no session and nothing about any client, so one of it can
/// serve all requests, and each request can go to another instance.
///
/// Cheap to clone.
pub struct Server<S>(pub(crate) Arc<Offer<S>>);

impl<S> Clone for Server<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Everything a server offers.
pub(crate) struct Offer<S> {
    pub(crate) implementation: Implementation,
    pub(crate) instructions: Option<String>,
    pub(crate) tools: Vec<tools::Entry<S>>,
    pub(crate) sources: Option<Sources<S>>,
    pub(crate) offers: Option<Offers<S>>,
    pub(crate) resources: Vec<resources::Fixed<S>>,
    pub(crate) templates: Vec<resources::Templated<S>>,
    pub(crate) prompts: Vec<prompts::Entry<S>>,
    pub(crate) completions: Vec<completion::Entry<S>>,
    pub(crate) logging: bool,
    pub(crate) extensions: ExtensionCapabilities,
    pub(crate) accepts_subscriptions: bool,
    pub(crate) lists: CacheHint,
    pub(crate) reads: CacheHint,
    pub(crate) page_size: usize,
    pub(crate) limits: Limits,
    pub(crate) state_ttl_ms: u64,
    pub(crate) tasks: Option<tasks::Methods<S>>,
    pub(crate) task_ttl_ms: u64,
    pub(crate) longest_wait_ms: u64,
}

impl<S: Host> Server<S> {
    /// Begins a server of this name and version.
    pub fn builder(name: impl Into<String>, version: impl Into<String>) -> Builder<S> {
        let offer = Offer {
            implementation: Implementation::new(name, version),
            instructions: None,
            tools: Vec::new(),
            sources: None,
            offers: None,
            resources: Vec::new(),
            templates: Vec::new(),
            prompts: Vec::new(),
            completions: Vec::new(),
            logging: false,
            extensions: ExtensionCapabilities::new(),
            accepts_subscriptions: false,
            lists: CacheHint::NONE,
            reads: CacheHint::NONE,
            page_size: 100,
            limits: LIMITS,
            state_ttl_ms: 10 * 60 * 1000,
            tasks: None,
            task_ttl_ms: 60 * 60 * 1000,
            longest_wait_ms: 30 * 1000,
        };
        Builder { offer, wrong: None }
    }

    /// The largest body that is read, in bytes. A caller that collects the body may stop one byte above it.
    #[must_use]
    pub fn max_body_bytes(&self) -> usize {
        self.0.limits.bytes
    }
}

/// A [`Server`] that is being put together.
#[must_use]
pub struct Builder<S> {
    offer: Offer<S>,
    wrong: Option<Error>,
}

impl<S: Host> Builder<S> {
    /// A name for people.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.offer.implementation.title = Some(title.into());
        self
    }

    /// What the server is, in a sentence.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.offer.implementation.description = Some(description.into());
        self
    }

    /// Where to read about it.
    pub fn website(mut self, url: impl Into<String>) -> Self {
        self.offer.implementation.website_url = Some(url.into());
        self
    }

    /// Pictures to show for it.
    pub fn icons(mut self, icons: Vec<Icon>) -> Self {
        self.offer.implementation.icons = Some(icons);
        self
    }

    /// How a model uses the server best. Clients put it before the conversation.
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.offer.instructions = Some(instructions.into());
        self
    }

    /// Adds a tool: a typed function and its description.
    pub fn tool<A, O, F, Fut>(mut self, tool: Tool, call: F) -> Self
    where
        A: DeserializeOwned + JsonSchema,
        O: ToolOutput,
        F: Fn(Context<S>, A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Error>> + Send + 'static,
    {
        match tools::Entry::new(tool, call) {
            Ok(entry) => self.offer.tools.push(entry),
            Err(why) => self.complain(why),
        }
        self
    }

    /// Adds tools that depend on who calls.
    pub fn source(mut self, source: impl ToolSource<S>) -> Self {
        self.offer.sources.get_or_insert_with(Sources::new).push(source);
        self
    }

    /// Adds resources and prompts that depend on who calls.
    pub fn offers(mut self, source: impl OfferSource<S>) -> Self {
        self.offer.offers.get_or_insert_with(Offers::new).push(source);
        self
    }

    /// Adds a resource of one URI.
    pub fn resource<O, F, Fut>(mut self, resource: Resource, read: F) -> Self
    where
        O: ResourceOutput,
        F: Fn(Context<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Error>> + Send + 'static,
    {
        self.offer.resources.push(resources::Fixed::new(resource, read));
        self
    }

    /// Adds resources of every URI that a template describes: `{name}` stands for one segment of a path, `{+name}` for
    /// the rest of it.
    pub fn resource_template<O, F, Fut>(mut self, template: ResourceTemplate, read: F) -> Self
    where
        O: ResourceOutput,
        F: Fn(Context<S>, ResourceUri) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Error>> + Send + 'static,
    {
        match resources::Templated::new(template, read) {
            Ok(entry) => self.offer.templates.push(entry),
            Err(why) => self.complain(why),
        }
        self
    }

    /// Declares an extension of the protocol that the server's tools or resources make use of, such as
    /// `io.modelcontextprotocol/ui`.
    pub fn extension(mut self, id: impl Into<String>, settings: JsonObject) -> Self {
        self.offer.extensions.insert(id.into(), settings);
        self
    }

    /// Adds a prompt. Its arguments are described from their type, unless `prompt` describes them itself.
    pub fn prompt<A, O, F, Fut>(mut self, prompt: Prompt, get: F) -> Self
    where
        A: DeserializeOwned + JsonSchema,
        O: PromptOutput,
        F: Fn(Context<S>, A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Error>> + Send + 'static,
    {
        self.offer.prompts.push(prompts::Entry::new(prompt, get));
        self
    }

    /// Completes an argument of a prompt, or a variable of a resource template, while it is typed.
    /// [`matching`](crate::matching) picks from a list.
    pub fn complete<F, Fut>(mut self, completion: Completion, complete: F) -> Self
    where
        F: Fn(Context<S>, Typed) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<String>, Error>> + Send + 'static,
    {
        self.offer.completions.push(completion::Entry::new(completion, complete));
        self
    }

    /// Lets handlers [log](Context::log) to the client.
    ///
    /// Clients of 2026-07-28 say with each request what they want to read. Older ones say it once, to a session, which
    /// does not exist here: they get everything from `info` up, as their revisions allow a server that was not told.
    pub const fn logging(mut self) -> Self {
        self.offer.logging = true;
        self
    }

    /// Says yes to `resources/subscribe` of older revisions.
    ///
    /// A server without sessions can announce nothing. Allow this only where no resource changes during a deployment,
    /// so that there is nothing to announce.
    pub const fn accept_subscriptions(mut self) -> Self {
        self.offer.accepts_subscriptions = true;
        self
    }

    /// How long clients may keep the lists of tools, resources and prompts, and the server's description.
    pub const fn lists_cached(mut self, hint: CacheHint) -> Self {
        self.offer.lists = hint;
        self
    }

    /// How long clients may keep a resource they have read, unless the resource says so itself.
    pub const fn resources_cached(mut self, hint: CacheHint) -> Self {
        self.offer.reads = hint;
        self
    }

    /// The most items in one page of a list; 100 unless said otherwise.
    pub const fn page_size(mut self, items: usize) -> Self {
        self.offer.page_size = items;
        self
    }

    /// What a body may hold; [`LIMITS`] unless said otherwise. More is refused before anything is built of it.
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.offer.limits = limits;
        self
    }

    /// How long a client may take to bring back what it was given to remember; ten minutes unless said otherwise.
    pub const fn remember_for_ms(mut self, ms: u64) -> Self {
        self.offer.state_ttl_ms = ms;
        self
    }

    /// Lets tools answer [later](crate::Later), as tasks of clients that take them, where [`Host::tasks`] keeps them.
    pub fn tasks(mut self) -> Self {
        self.offer.tasks = Some(tasks::Methods::new());
        self
    }

    /// How long a task is kept after it was begun; an hour unless said otherwise.
    pub const fn tasks_kept_for_ms(mut self, ms: u64) -> Self {
        self.offer.task_ttl_ms = ms;
        self
    }

    /// How long a client that takes no tasks is let wait, at most, for a tool that is not done; 30 seconds unless said
    /// otherwise.
    pub const fn longest_wait_ms(mut self, ms: u64) -> Self {
        self.offer.longest_wait_ms = ms;
        self
    }

    fn complain(&mut self, why: Error) {
        self.wrong.get_or_insert(why);
    }

    /// The server.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with what was added: two of the same name, a name or template that clients would
    /// not accept, a completion of something that does not exist.
    pub fn build(self) -> Result<Server<S>, Error> {
        if let Some(why) = self.wrong {
            return Err(why);
        }
        let offer = self.offer;
        unique("tool", offer.tools.iter().map(|tool| tool.listed.name.as_ref()))?;
        unique("prompt", offer.prompts.iter().map(|prompt| prompt.listed.name.as_str()))?;
        unique("resource", offer.resources.iter().map(|resource| resource.listed.uri.as_str()))?;
        unique("resource template", offer.templates.iter().map(|entry| entry.listed.uri_template.as_str()))?;
        if let Some(tool) = offer.tools.iter().find(|tool| tool.only_as_task && offer.tasks.is_none()) {
            let name = &tool.listed.name;
            return Err(Error::definition(format!(
                "Tool `{name}` works as a task only, and there are no tasks here"
            )));
        }
        for entry in &offer.completions {
            if !offer.has_argument(&entry.completion) {
                let what = format!("There is nothing to complete at {:?}", entry.completion);
                return Err(Error::definition(what));
            }
        }
        Ok(Server(Arc::new(offer)))
    }
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Error::definition(Cow::Owned(format!("There are two of the {what} `{name}`"))));
        }
    }
    Ok(())
}

impl<S> Offer<S> {
    fn has_argument(&self, completion: &Completion) -> bool {
        let argument = completion.argument.as_str();
        match &completion.of {
            completion::Of::Prompt(name) => {
                let prompt = self.prompts.iter().find(|prompt| prompt.listed.name == *name);
                prompt
                    .and_then(|prompt| prompt.listed.arguments.as_ref())
                    .is_some_and(|arguments| arguments.iter().any(|one| one.name == argument))
            }
            completion::Of::Template(uri) => {
                let entry = self.templates.iter().find(|entry| entry.listed.uri_template == *uri);
                entry.is_some_and(|entry| entry.template.variables().any(|one| one == argument))
            }
        }
    }

    /// Whether a completion may refer to this, completed or not.
    pub(crate) fn has(&self, of: &completion::Of) -> bool {
        match of {
            completion::Of::Prompt(name) => self.prompts.iter().any(|prompt| prompt.listed.name == *name),
            completion::Of::Template(uri) => {
                self.templates.iter().any(|entry| entry.listed.uri_template == *uri)
                    || self.resources.iter().any(|resource| resource.listed.uri == *uri)
            }
        }
    }
}
