//! The client as the official conformance suite drives it: it is given a server's address, and the scenario's name in
//! `MCP_CONFORMANCE_SCENARIO`. `tests/mcp-clients/client-suite` runs the suite.

use std::{collections::BTreeMap, error::Error, time::Duration};

use axum::Router;
use mcp_client::{
    Bounds, Call, Called, Client, Credentials, Endpoint, Listener, Profile, Revision, Session,
    model::{JsonObject, Tool, object},
};
use outbound::{Development, PublicUrl};
use platform::{Application, Platform, services};
use platform_native::{Machine, Storage};
use serde_json::{Value, json};

struct Nothing;

impl Application for Nothing {
    type Services = services![HttpClient];

    fn routes() -> Router<Platform> {
        Router::new()
    }
}

/// A user who accepts every form as it is filled in.
struct User;

impl Listener for User {
    fn asked(&mut self, method: &str, params: &JsonObject) -> Option<Value> {
        (method == "elicitation/create").then(|| {
            let properties =
                params.get("requestedSchema").and_then(|schema| schema["properties"].as_object());
            let given = properties.into_iter().flatten();
            let given = given.filter_map(|(name, field)| Some((name.clone(), field.get("default")?.clone())));
            json!({ "action": "accept", "content": given.collect::<JsonObject>() })
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().next_back().ok_or("the address of a server")?;
    let scenario = std::env::var("MCP_CONFORMANCE_SCENARIO").unwrap_or_default();
    let context = std::env::var("MCP_CONFORMANCE_CONTEXT").unwrap_or_else(|_| "{}".to_owned());
    let context: Value = serde_json::from_str(&context)?;
    let revision = std::env::var("MCP_CONFORMANCE_PROTOCOL_VERSION").ok();
    let platform =
        Machine::new(&Storage::Memory, BTreeMap::new(), None, BTreeMap::new())?.platform::<Nothing>();
    let mut endpoint = Endpoint::new(PublicUrl::from_user(&url, Development::Loopback)?);
    // Where the suite gives no account, there is one all the same, so that what the client does with it is seen.
    let account = |name: &str| scenario.starts_with("auth/").then(|| format!("conformance-{name}"));
    let text = |name: &str| context[name].as_str().map(str::to_owned).or_else(|| account(name));
    endpoint.credentials = text("client_id").zip(text("client_secret")).map(|(client_id, client_secret)| {
        Credentials { client_id, client_secret, scope: None, issuer: None, token_url: None }
    });
    let profile = Profile {
        name: "mechafil-edge-conformance",
        version: "1.0.0",
        capabilities: object(json!({ "elicitation": { "form": { "applyDefaults": true } } })),
        only: revision.and_then(|revision| Revision::parse(&revision)),
    };
    let bounds = Bounds { time: Duration::from_secs(20), ..Bounds::default() };
    let client = Client::new(&platform, &endpoint, &profile, bounds);
    let session = client.connect().await?;
    if scenario == "elicitation-sep1034-client-defaults" {
        // The server asks on the stream beside the requests.
        let beside = client.listen(&session).await?;
        let mut user = User;
        tokio::select! {
            done = call_all(&client, &session, &scenario, &context) => done?,
            ended = client.hear(&session, beside, &mut user) => ended?,
        }
    } else {
        call_all(&client, &session, &scenario, &context).await?;
    }
    if scenario == "http-standard-headers" {
        read_some(&client, &session).await?;
    }
    client.close(&session).await?;
    Ok(())
}

/// Reads the first resource, and gets the first prompt.
async fn read_some(client: &Client<'_>, session: &Session) -> Result<(), Box<dyn Error>> {
    for (list, member, get, key) in [
        ("resources/list", "resources", "resources/read", "uri"),
        ("prompts/list", "prompts", "prompts/get", "name"),
    ] {
        let listed = client.request(session, list, JsonObject::new(), &mut User).await?;
        if let Some(first) = listed.get(member).and_then(|listed| listed[0].as_object()) {
            let params = first.iter().filter(|(name, _)| *name == key);
            let params = params.map(|(name, value)| (name.clone(), value.clone())).collect();
            client.request(session, get, params, &mut User).await?;
        }
    }
    Ok(())
}

/// Calls every tool, or those that the suite wants.
async fn call_all(
    client: &Client<'_>,
    session: &Session,
    scenario: &str,
    context: &Value,
) -> Result<(), Box<dyn Error>> {
    let tools = if scenario == "initialize" { Vec::new() } else { client.tools(session).await?.entries };
    let wanted: Vec<(String, JsonObject)> = match context["toolCalls"].as_array() {
        Some(calls) => calls
            .iter()
            .map(|call| {
                let name = call["name"].as_str().unwrap_or_default().to_owned();
                (name, call["arguments"].as_object().cloned().unwrap_or_default())
            })
            .collect(),
        None => tools.iter().map(|tool| (tool.name.to_string(), arguments(tool, &tools))).collect(),
    };
    // A tool that waits for its second round is not confused with the one that is called meanwhile.
    let mut waiting = Vec::new();
    for (name, arguments) in &wanted {
        let called = call(client, session, &tools, name, arguments.clone(), None).await;
        if let Ok(Called::Asks { requests, state }) = called {
            waiting.push((name, arguments, requests, state));
        }
    }
    for (name, arguments, requests, state) in waiting {
        let mut user = User;
        let answer = |request: &Value| {
            let params = request["params"].as_object().cloned().unwrap_or_default();
            user.asked(request["method"].as_str().unwrap_or_default(), &params).unwrap_or_else(|| json!({}))
        };
        let mut answer = answer;
        let responses = requests.iter().map(|(name, request)| (name.clone(), answer(request))).collect();
        let _ = call(client, session, &tools, name, arguments.clone(), Some((responses, state))).await;
    }
    Ok(())
}

async fn call(
    client: &Client<'_>,
    session: &Session,
    tools: &[Tool],
    name: &str,
    arguments: JsonObject,
    answers: Option<(JsonObject, Option<String>)>,
) -> Result<Called, mcp_client::Error> {
    let schema = tools.iter().find(|tool| tool.name == name).map(|tool| tool.input_schema.as_ref());
    let (responses, state) = answers.map_or((None, None), |(responses, state)| (Some(responses), state));
    let call = Call { name, arguments, schema, responses, state, with_progress: false };
    client.call(session, call, &mut User).await
}

/// Values for every argument that a tool wants: one that echoes a schema gets that of another tool, as the client has it.
fn arguments(tool: &Tool, all: &[Tool]) -> JsonObject {
    if tool.name == "json_schema_echo" {
        let other = all.iter().find(|other| other.name != tool.name);
        return object(json!({ "schema": other.map(|other| other.input_schema.as_ref()) }));
    }
    let properties = tool.input_schema.get("properties").and_then(Value::as_object);
    let value = |field: &Value| match field["type"].as_str() {
        Some("number" | "integer") => json!(5),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!("text"),
    };
    properties.into_iter().flatten().map(|(name, field)| (name.clone(), value(field))).collect()
}
