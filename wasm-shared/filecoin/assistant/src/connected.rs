//! The tools of the MCP servers that the caller has connected, each under `server__tool`.

use discovery::{
    gateway::{self, NotCalled},
    pins::BETWEEN,
    store::Named,
};
use mcp::{
    Context, Error, Reply, Sourcing, ToolSource,
    model::{CallToolResult, JsonObject, Tool},
};
use mcp_client::Listener;
use web::{Scope, Scopes, log};

use crate::Desk;

const SCOPES: Scopes = Scopes::of(&[Scope::Connect]);
/// What a call costs, besides the 1 of every call.
const COST: u32 = 1;

/// A source of these tools. It lists nothing for a caller without the scope `connect`.
pub struct Connected;

impl ToolSource<Desk> for Connected {
    fn list(&self, context: Context<Desk>) -> Sourcing<'_, Option<Vec<Tool>>> {
        Box::pin(async move {
            let desk = context.host();
            let Some((_, owner)) = desk.member().filter(|(caller, _)| caller.scopes.contains(SCOPES)) else {
                return Ok(None);
            };
            let tools = gateway::tools(desk.platform(), owner).await.unwrap_or_else(|error| {
                // The server's own tools are there all the same.
                log::error(desk.platform(), "the tools of connected servers could not be listed", &error);
                Vec::new()
            });
            Ok(Some(tools))
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
            let Some((_, owner)) = desk.member().filter(|_| name.contains(BETWEEN)) else { return Ok(None) };
            desk.demand(SCOPES, COST).await?;
            let mut voice = Voice(&context);
            let called =
                gateway::call(desk.platform(), owner, Named::Exposed(name), arguments, true, &mut voice)
                    .await;
            match called {
                Ok(result) => Ok(Some(Reply::Done(result))),
                Err(NotCalled::Unknown) => Ok(None),
                Err(why) => {
                    if let NotCalled::Outside(error) = &why {
                        log::error(desk.platform(), "a call could not be passed on", error);
                    }
                    Err(Error::refused(why.sentence()))
                }
            }
        })
    }
}

/// Passes on the progress of a server.
struct Voice<'a>(&'a Context<Desk>);

impl Listener for Voice<'_> {
    fn told(&mut self, method: &str, params: &JsonObject) {
        let number = |name: &str| params.get(name).and_then(serde_json::Value::as_f64);
        if let (true, Some(progress)) = (method == "notifications/progress", number("progress")) {
            let message = params.get("message").and_then(|message| message.as_str());
            let message = message.map(|message| message.chars().take(200).collect::<String>());
            self.0.progress(progress, number("total"), message.as_deref());
        }
    }
}
