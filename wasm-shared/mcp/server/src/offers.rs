//! Resources and prompts that depend on who calls, beside those that a server has for everybody.

use std::sync::Arc;

use rmcp::model::{
    self, CacheScope, GetPromptResult, JsonObject, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ReadResourceResult,
};

use crate::{
    Answers, CacheHint, Context, Error, Host, Sourcing,
    dispatch::{Dispatch, cursor},
    pages,
    rpc::ResultText,
};

/// Resources and prompts that depend on who calls. A name or URI that the server has is the server's: a source cannot shadow it.
pub trait OfferSource<S>: Send + Sync + 'static {
    /// The caller's resources; `None` where the caller can have none here. The list of a caller who can is private and not
    /// cached.
    fn resources(&self, context: Context<S>) -> Sourcing<'_, Option<Vec<model::Resource>>>;

    /// The caller's templates of resources; `None` where the caller can have none here.
    fn templates(&self, context: Context<S>) -> Sourcing<'_, Option<Vec<model::ResourceTemplate>>>;

    /// Reads a resource, also one that a template describes; `None` where the caller has none of this URI.
    fn read<'a>(&'a self, context: Context<S>, uri: &'a str) -> Sourcing<'a, Option<ReadResourceResult>>;

    /// The caller's prompts; `None` where the caller can have none here.
    fn prompts(&self, context: Context<S>) -> Sourcing<'_, Option<Vec<model::Prompt>>>;

    /// Gets a prompt; `None` where the caller has none of this name. The arguments are as the caller sent them.
    fn prompt<'a>(
        &'a self,
        context: Context<S>,
        name: &'a str,
        arguments: JsonObject,
    ) -> Sourcing<'a, Option<GetPromptResult>>;
}

type Listing<S> = for<'a> fn(&'a Dispatch<S>, JsonObject) -> Sourcing<'a, ResultText>;
type Reading<S> = for<'a> fn(&'a Dispatch<S>, &'a str) -> Sourcing<'a, Option<ReadResourceResult>>;
type Getting<S> =
    for<'a> fn(&'a Dispatch<S>, &'a str, &'a JsonObject) -> Sourcing<'a, Option<GetPromptResult>>;

/// The sources of a server, and what it does with them. Only [`Builder::offers`](crate::Builder::offers) makes one, so that the
/// linker leaves all of it out of a server that has none.
pub(crate) struct Offers<S> {
    all: Vec<Box<dyn OfferSource<S>>>,
    pub(crate) resources: Listing<S>,
    pub(crate) templates: Listing<S>,
    pub(crate) prompts: Listing<S>,
    pub(crate) read: Reading<S>,
    pub(crate) get: Getting<S>,
}

impl<S: Host> Offers<S> {
    pub(crate) fn new() -> Self {
        Self {
            all: Vec::new(),
            resources: |dispatch, params| Box::pin(dispatch.list_offered_resources(params)),
            templates: |dispatch, params| Box::pin(dispatch.list_offered_templates(params)),
            prompts: |dispatch, params| Box::pin(dispatch.list_offered_prompts(params)),
            read: |dispatch, uri| Box::pin(dispatch.read_offered(uri)),
            get: |dispatch, name, given| Box::pin(dispatch.get_offered(name, given)),
        }
    }

    pub(crate) fn push(&mut self, source: impl OfferSource<S>) {
        self.all.push(Box::new(source));
    }
}

/// A page of the server's own entries and, behind them, the caller's.
macro_rules! list {
    ($self:ident, $params:ident, $name:literal, $entries:ident, $key:ident, $result:ident) => {{
        let mut all: Vec<_> = $self.offer.$entries.iter().map(|entry| entry.listed.clone()).collect();
        // A cache must not give one caller's list to another who has more.
        let mut hint = CacheHint { scope: CacheScope::Private, ..$self.offer.lists };
        for source in $self.offers() {
            let Some(more) = source.$entries($self.context(Answers::default())).await? else { continue };
            hint = CacheHint::NONE;
            for one in more {
                if all.iter().all(|known| known.$key != one.$key) {
                    all.push(one);
                }
            }
        }
        let (items, next) = pages::page($name, all, cursor(&$params)?, $self.offer.page_size)?;
        let mut result = $result::with_all_items(items);
        result.next_cursor = next;
        $self.finish_cached(result, hint)
    }};
}

impl<S: Host> Dispatch<S> {
    fn offers(&self) -> impl Iterator<Item = &dyn OfferSource<S>> {
        self.offer.offers.iter().flat_map(|offers| &offers.all).map(|source| &**source)
    }

    async fn list_offered_resources(&self, params: JsonObject) -> Result<ResultText, Error> {
        list!(self, params, "resources", resources, uri, ListResourcesResult)
    }

    async fn list_offered_templates(&self, params: JsonObject) -> Result<ResultText, Error> {
        list!(self, params, "templates", templates, uri_template, ListResourceTemplatesResult)
    }

    async fn list_offered_prompts(&self, params: JsonObject) -> Result<ResultText, Error> {
        list!(self, params, "prompts", prompts, name, ListPromptsResult)
    }

    async fn read_offered(&self, uri: &str) -> Result<Option<ReadResourceResult>, Error> {
        for source in self.offers() {
            let context = Context::new(self.host.clone(), Arc::clone(&self.call), Answers::default());
            if let Some(result) = source.read(context, uri).await? {
                return Ok(Some(result));
            }
        }
        Ok(None)
    }

    async fn get_offered(&self, name: &str, given: &JsonObject) -> Result<Option<GetPromptResult>, Error> {
        for source in self.offers() {
            let context = Context::new(self.host.clone(), Arc::clone(&self.call), Answers::default());
            if let Some(result) = source.prompt(context, name, given.clone()).await? {
                return Ok(Some(result));
            }
        }
        Ok(None)
    }
}
