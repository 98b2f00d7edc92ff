//! The tools, resources and prompts of the MCP servers that the caller has connected: tools and prompts under `server__name`, resources
//! under `connected://server/name/address`, those of templates under `connected://template/name/address`.

use discovery::{
    gateway::{self, NotCalled},
    offers,
    pins::BETWEEN,
    store::Named,
};
use mcp::{
    Context, Error, ListedTool, OfferSource, Reply, Sourcing, ToolSource,
    model::{
        CallToolResult, GetPromptResult, JsonObject, Prompt, ReadResourceResult, Resource, ResourceTemplate,
    },
};
use mcp_client::Listener;
use serde::de::DeserializeOwned;
use serde_json::Value;
use web::{Scope, Scopes, log};

use crate::Desk;

const SCOPES: Scopes = Scopes::of(&[Scope::Connect]);
/// What a call costs, besides the 1 of every call.
const COST: u32 = 1;

/// A source of these tools. It lists nothing for a caller without the scope `connect`.
pub struct Connected;

impl ToolSource<Desk> for Connected {
    fn list(&self, context: Context<Desk>) -> Sourcing<'_, Option<Vec<ListedTool>>> {
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
            Ok(Some(tools.into_iter().map(|(name, json)| ListedTool::written(name, json)).collect()))
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
                Err(why) => Err(not_passed_on(desk, &why)),
            }
        })
    }
}

impl OfferSource<Desk> for Connected {
    fn resources(&self, context: Context<Desk>) -> Sourcing<'_, Option<Vec<Resource>>> {
        Box::pin(async move { Ok(offered(context.host(), "resources", offers::resource).await) })
    }

    fn templates(&self, context: Context<Desk>) -> Sourcing<'_, Option<Vec<ResourceTemplate>>> {
        Box::pin(async move { Ok(offered(context.host(), "templates", offers::template).await) })
    }

    fn read<'a>(&'a self, context: Context<Desk>, uri: &'a str) -> Sourcing<'a, Option<ReadResourceResult>> {
        Box::pin(async move {
            let Some((server, own)) = offers::of_address(uri) else { return Ok(None) };
            let params = JsonObject::from_iter([("uri".to_owned(), Value::String(own.clone()))]);
            let Some(mut result) = asked(context.host(), server, "resources/read", params).await? else {
                return Ok(None);
            };
            for content in result.get_mut("contents").and_then(Value::as_array_mut).into_iter().flatten() {
                // What was asked for keeps the address under which it was asked for.
                match content["uri"].as_str() {
                    Some(said) if said == own => content["uri"] = uri.into(),
                    Some(said) => content["uri"] = offers::address(server, said).into(),
                    None => {}
                }
            }
            read_as(server, result).map(Some)
        })
    }

    fn prompts(&self, context: Context<Desk>) -> Sourcing<'_, Option<Vec<Prompt>>> {
        Box::pin(async move { Ok(offered(context.host(), "prompts", offers::prompt).await) })
    }

    fn prompt<'a>(
        &'a self,
        context: Context<Desk>,
        name: &'a str,
        arguments: JsonObject,
    ) -> Sourcing<'a, Option<GetPromptResult>> {
        Box::pin(async move {
            let Some((server, own)) = offers::of_prompt_name(name) else { return Ok(None) };
            let mut params = JsonObject::from_iter([("name".to_owned(), Value::String(own.to_owned()))]);
            params.insert("arguments".to_owned(), Value::Object(arguments));
            match asked(context.host(), server, "prompts/get", params).await? {
                Some(result) => read_as(server, result).map(Some),
                None => Ok(None),
            }
        })
    }
}

/// What the caller's servers offer; `None` for a caller who can have none.
async fn offered<T: DeserializeOwned>(
    desk: &Desk,
    member: &str,
    shown: fn(&str, &Value) -> Option<Value>,
) -> Option<Vec<T>> {
    let (_, owner) = desk.member().filter(|(caller, _)| caller.scopes.contains(SCOPES))?;
    let all = gateway::offered(desk.platform(), owner).await.unwrap_or_else(|error| {
        // What the server itself offers is there all the same.
        log::error(desk.platform(), "what connected servers offer could not be listed", &error);
        Vec::new()
    });
    let each = all.iter().flat_map(|(server, offers)| {
        let told = offers[member].as_array().into_iter().flatten();
        told.filter_map(move |told| serde_json::from_value(shown(server, told)?).ok())
    });
    Some(each.collect())
}

/// Asks a connected server; `None` where the caller has not connected it.
async fn asked(
    desk: &Desk,
    server: &str,
    method: &'static str,
    params: JsonObject,
) -> Result<Option<JsonObject>, Error> {
    let Some((_, owner)) = desk.member() else { return Ok(None) };
    desk.demand(SCOPES, COST).await?;
    match gateway::read(desk.platform(), owner, server, method, params).await {
        Ok(result) => Ok(Some(result)),
        Err(NotCalled::Unknown) => Ok(None),
        Err(why) => Err(not_passed_on(desk, &why)),
    }
}

fn not_passed_on(desk: &Desk, why: &NotCalled) -> Error {
    if let NotCalled::Outside(error) = why {
        log::error(desk.platform(), "a request could not be passed on", error);
    }
    Error::refused(why.sentence())
}

fn read_as<T: DeserializeOwned>(server: &str, result: JsonObject) -> Result<T, Error> {
    let read = serde_json::from_value(Value::Object(result));
    read.map_err(|_| Error::refused(format!("The answer of the server {server} is not of the protocol.")))
}

/// Passes on the progress of a server.
struct Voice<'a>(&'a Context<Desk>);

impl Listener for Voice<'_> {
    fn told(&mut self, method: &str, params: &JsonObject) {
        let number = |name: &str| params.get(name).and_then(Value::as_f64);
        if let (true, Some(progress)) = (method == "notifications/progress", number("progress")) {
            let message = params.get("message").and_then(|message| message.as_str());
            let message = message.map(|message| message.chars().take(200).collect::<String>());
            self.0.progress(progress, number("total"), message.as_deref());
        }
    }
}
