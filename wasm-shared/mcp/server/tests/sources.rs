//! Tools, resources and prompts that depend on who calls: what each caller sees of them, and what nobody can do with them.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::{Answer, Desk, newest, older, read, server};
use http::Request;
use mcp::{
    CacheHint, Context, Error, ListedTool, OfferSource, Reply, Server, Sourcing, Tool, ToolSource,
    model::{
        CallToolResult, ContentBlock, GetPromptResult, JsonObject, Prompt, ReadResourceResult, Resource,
        ResourceTemplate, Tool as Listed,
    },
};
use serde_json::{Value, json};

/// Everybody who says a name has a tool of that name, and one that is called as the server's own is.
struct Named;

fn caller(context: &Context<Desk>) -> Option<String> {
    let header = context.http().headers.get("x-caller")?;
    Some(header.to_str().unwrap().to_owned())
}

impl ToolSource<Desk> for Named {
    fn list(&self, context: Context<Desk>) -> Sourcing<'_, Option<Vec<ListedTool>>> {
        Box::pin(async move {
            let tool = |name: String| Listed::new(name, "The caller's own.", JsonObject::new());
            // One is made, one is JSON, and one is none.
            Ok(caller(&context).map(|name| {
                let json = serde_json::to_string(&tool(name.clone())).unwrap();
                vec![
                    tool("speed".to_owned()).into(),
                    ListedTool::written(name, json),
                    ListedTool::written("broken".to_owned(), "{}".to_owned()),
                ]
            }))
        })
    }

    fn call<'a>(
        &'a self,
        context: Context<Desk>,
        name: &'a str,
        arguments: JsonObject,
    ) -> Sourcing<'a, Option<Reply<CallToolResult>>> {
        Box::pin(async move {
            if caller(&context).is_none_or(|caller| caller != name && name != "speed") {
                return Ok(None);
            }
            if arguments.contains_key("wrong") {
                return Err(Error::refused("`wrong` is not taken."));
            }
            context.progress(1.0, None, None);
            Ok(Some(Reply::Done(CallToolResult::success(vec![ContentBlock::text(format!("I am {name}."))]))))
        })
    }
}

/// Everybody who says a name has a resource, a template and a prompt of that name.
impl OfferSource<Desk> for Named {
    fn resources(&self, context: Context<Desk>) -> Sourcing<'_, Option<Vec<Resource>>> {
        Box::pin(async move {
            let resource = |name| {
                serde_json::from_value(json!({ "uri": format!("own://{name}"), "name": name })).unwrap()
            };
            Ok(caller(&context).map(|name| vec![resource(name)]))
        })
    }

    fn templates(&self, context: Context<Desk>) -> Sourcing<'_, Option<Vec<ResourceTemplate>>> {
        Box::pin(async move {
            let template = |name| {
                serde_json::from_value(json!({ "uriTemplate": format!("own://{name}/{{x}}"), "name": name }))
                    .unwrap()
            };
            Ok(caller(&context).map(|name| vec![template(name)]))
        })
    }

    fn read<'a>(&'a self, context: Context<Desk>, uri: &'a str) -> Sourcing<'a, Option<ReadResourceResult>> {
        Box::pin(async move {
            let is_own = caller(&context).is_some_and(|name| uri == format!("own://{name}"));
            let contents = json!({ "contents": [{ "uri": uri, "text": "Own." }] });
            Ok(is_own.then(|| serde_json::from_value(contents).unwrap()))
        })
    }

    fn prompts(&self, context: Context<Desk>) -> Sourcing<'_, Option<Vec<Prompt>>> {
        Box::pin(async move {
            Ok(caller(&context).map(|name| vec![serde_json::from_value(json!({ "name": name })).unwrap()]))
        })
    }

    fn prompt<'a>(
        &'a self,
        context: Context<Desk>,
        name: &'a str,
        arguments: JsonObject,
    ) -> Sourcing<'a, Option<GetPromptResult>> {
        Box::pin(async move {
            let said = json!({ "messages": [{ "role": "user", "content": { "type": "text", "text": arguments["x"] } }] });
            let is_own = caller(&context).is_some_and(|caller| caller == name);
            Ok(is_own.then(|| serde_json::from_value(said).unwrap()))
        })
    }
}

fn serving() -> Server<Desk> {
    Server::builder("trips", "1.0.0")
        .lists_cached(CacheHint::public(1_000))
        .tool(Tool::new("speed", "The server's own."), |_, _: mcp::NoArguments| async {
            Ok("The server's own.".to_owned())
        })
        .source(Named)
        .offers(Named)
        .build()
        .unwrap()
}

async fn ask(caller: Option<&str>, mut request: Request<Vec<u8>>) -> Answer {
    if let Some(caller) = caller {
        request.headers_mut().insert("x-caller", caller.parse().unwrap());
    }
    read(serving().handle(Desk::default(), request).await).await
}

async fn list(caller: Option<&str>) -> Value {
    ask(caller, newest("tools/list", json!({}))).await.json()["result"].clone()
}

fn names(list: &Value) -> Vec<&str> {
    list["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_caller_sees_the_servers_tools_and_then_its_own() {
    assert_eq!(names(&list(Some("ada")).await), ["speed", "ada"]);
    assert_eq!(names(&list(Some("alan")).await), ["speed", "alan"]);
    assert_eq!(names(&list(None).await), ["speed"]);
}

#[tokio::test]
async fn no_cache_keeps_a_list_that_depends_on_its_caller_or_gives_another_ones() {
    let own = list(Some("ada")).await;
    assert_eq!((&own["ttlMs"], &own["cacheScope"]), (&json!(0), &json!("private")));
    let common = list(None).await;
    assert_eq!((&common["ttlMs"], &common["cacheScope"]), (&json!(1000), &json!("private")));
    // A server without sources says the same to everybody.
    let fixed = read(server().handle(Desk::default(), newest("tools/list", json!({}))).await).await.json();
    assert_eq!(fixed["result"]["cacheScope"], "public");
}

#[tokio::test]
async fn a_callers_tool_answers_its_caller_and_is_unknown_to_others() {
    let call = || newest("tools/call", json!({ "name": "ada", "arguments": {} }));
    let own = ask(Some("ada"), call()).await.json();
    assert_eq!(own["result"]["content"][0]["text"], "I am ada.");
    for other in [Some("alan"), None] {
        let refused = ask(other, call()).await.json();
        assert_eq!(refused["error"]["message"], "Unknown tool: ada");
    }
    let by_handshake =
        ask(Some("ada"), older("2025-06-18", "tools/call", json!({ "name": "ada", "arguments": {} }))).await;
    assert_eq!(by_handshake.json()["result"]["content"][0]["text"], "I am ada.");
}

#[tokio::test]
async fn a_source_cannot_take_the_place_of_the_servers_own_tool() {
    let own = list(Some("ada")).await;
    assert_eq!(own["tools"][0]["description"], "The server's own.");
    let answer =
        ask(Some("ada"), newest("tools/call", json!({ "name": "speed", "arguments": {} }))).await.json();
    assert_eq!(answer["result"]["content"][0]["text"], "The server's own.");
}

#[tokio::test]
async fn what_a_source_refuses_is_read_by_the_model() {
    let call = newest("tools/call", json!({ "name": "ada", "arguments": { "wrong": 1 } }));
    let result = ask(Some("ada"), call).await.json()["result"].clone();
    assert_eq!(
        (&result["isError"], &result["content"][0]["text"]),
        (&json!(true), &json!("`wrong` is not taken."))
    );
}

#[tokio::test]
async fn a_source_reports_progress_as_a_tool_does() {
    let call =
        newest("tools/call", json!({ "name": "ada", "arguments": {}, "_meta": { "progressToken": "p" } }));
    let events = ask(Some("ada"), call).await.events();
    assert_eq!(events[0]["params"]["progressToken"], "p");
    assert_eq!(events[1]["result"]["content"][0]["text"], "I am ada.");
}

#[tokio::test]
async fn each_caller_sees_and_reads_its_own_resources_and_prompts_and_no_others() {
    for (method, member, key, wanted) in [
        ("resources/list", "resources", "uri", "own://ada"),
        ("resources/templates/list", "resourceTemplates", "uriTemplate", "own://ada/{x}"),
        ("prompts/list", "prompts", "name", "ada"),
    ] {
        let own = ask(Some("ada"), newest(method, json!({}))).await.json()["result"].clone();
        assert_eq!((&own[member][0][key], &own["cacheScope"]), (&json!(wanted), &json!("private")));
        let nobody = ask(None, newest(method, json!({}))).await.json()["result"].clone();
        assert_eq!(nobody[member], json!([]));
    }
    let read = || newest("resources/read", json!({ "uri": "own://ada" }));
    let own = ask(Some("ada"), read()).await.json();
    assert_eq!(own["result"]["contents"][0]["text"], "Own.");
    let get = || newest("prompts/get", json!({ "name": "ada", "arguments": { "x": "Why?" } }));
    let own = ask(Some("ada"), get()).await.json();
    assert_eq!(own["result"]["messages"][0]["content"]["text"], "Why?");
    for other in [Some("alan"), None] {
        assert!(ask(other, read()).await.json()["error"].is_object());
        assert!(ask(other, get()).await.json()["error"].is_object());
    }
}
