//! Tools that depend on who calls: those of servers that the caller has connected, or of things that the caller has begun.

use std::{collections::HashSet, future::Future, pin::Pin, sync::Arc};

use rmcp::model::{CacheScope, CallToolResult, JsonObject};

use crate::{
    Answers, CacheHint, Context, Error, ErrorKind, Host, ListedTool, Reply,
    dispatch::{Dispatch, cursor},
    finish::{self, ToolPage},
    pages,
    rpc::ResultText,
    tools,
};

/// What a source of tools is asked for, at work.
pub type Sourcing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Tools that depend on who calls, beside those that a server has for everybody.
///
/// It is asked anew for each `tools/list`, and for each call of a name that the server itself does not have, so that its tools
/// come and go without a new server. A name that the server has is the server's: a source cannot shadow it.
pub trait ToolSource<S>: Send + Sync + 'static {
    /// The caller's tools; `None` where the caller can have none here. The list of a caller who can is private and not
    /// cached.
    ///
    /// An error is the answer to the whole list. A source that has a part of its tools gives these.
    fn list(&self, context: Context<S>) -> Sourcing<'_, Option<Vec<ListedTool>>>;

    /// Calls a tool; `None` where the caller has none of this name. The arguments are as the caller sent them: nothing has
    /// compared them with the schema, nor headers with `x-mcp-header` in it, which such a tool should not have.
    fn call<'a>(
        &'a self,
        context: Context<S>,
        name: &'a str,
        arguments: JsonObject,
    ) -> Sourcing<'a, Option<Reply<CallToolResult>>>;
}

/// The sources of a server, and what it does with them. Only [`Builder::source`](crate::Builder::source) makes one, so that the
/// linker leaves all of it out of a server that has no source.
pub(crate) struct Sources<S> {
    all: Vec<Box<dyn ToolSource<S>>>,
    pub(crate) list: for<'a> fn(&'a Dispatch<S>, JsonObject) -> Sourcing<'a, ResultText>,
    pub(crate) call: for<'a> fn(&'a Dispatch<S>, &'a str, &'a JsonObject, Answers) -> Called<'a>,
}

/// A call of a tool that a source may have.
type Called<'a> = Sourcing<'a, Option<Reply<CallToolResult>>>;

impl<S: Host> Sources<S> {
    pub(crate) fn new() -> Self {
        Self {
            all: Vec::new(),
            list: |dispatch, params| Box::pin(dispatch.list_with_sources(params)),
            call: |dispatch, name, given, answers| Box::pin(dispatch.call_of_source(name, given, answers)),
        }
    }

    pub(crate) fn push(&mut self, source: impl ToolSource<S>) {
        self.all.push(Box::new(source));
    }
}

impl<S: Host> Dispatch<S> {
    fn sources(&self) -> impl Iterator<Item = &dyn ToolSource<S>> {
        self.offer.sources.iter().flat_map(|sources| &sources.all).map(|source| &**source)
    }

    /// A page of the server's own tools and, behind them, the caller's.
    async fn list_with_sources(&self, params: JsonObject) -> Result<ResultText, Error> {
        let mut all: Vec<ListedTool> =
            self.offer.tools.iter().map(|entry| entry.listed.clone().into()).collect();
        // A cache must not give one caller's list to another who has more.
        let mut hint = CacheHint { scope: CacheScope::Private, ..self.offer.lists };
        let mut names: HashSet<_> = all.iter().map(|tool| tool.name.clone()).collect();
        for source in self.sources() {
            let Some(tools) = source.list(self.context(Answers::default())).await? else { continue };
            hint = CacheHint::NONE;
            all.extend(tools.into_iter().filter(|tool| names.insert(tool.name.clone())));
        }
        let (items, next) = pages::page("tools", all, cursor(&params)?, self.offer.page_size)?;
        let page = ToolPage::new(items, next);
        let length = page.length();
        finish::write_long(page, self.revision(), &self.offer.implementation, hint, length)
    }

    /// Calls the tool of the first source that has it.
    async fn call_of_source(
        &self,
        name: &str,
        given: &JsonObject,
        answers: Answers,
    ) -> Result<Option<Reply<CallToolResult>>, Error> {
        let call = Arc::clone(&self.call);
        for source in self.sources() {
            let context = Context::new(self.host.clone(), Arc::clone(&call), answers.clone());
            match source.call(context, name, given.clone()).await {
                Ok(None) => {}
                Err(why) if why.kind() == ErrorKind::Refused => {
                    return Ok(Some(Reply::Done(tools::refused(&why))));
                }
                outcome => return outcome,
            }
        }
        Ok(None)
    }
}
