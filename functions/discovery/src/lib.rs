//! `/api/discovery`, `/api/mcp-servers`: other MCP servers, found, connected, watched and called. `/api/admin/mcp-servers`: which there
//! are. `/api/health/detailed`, `/metrics`: how they do.
//!
//! What is decided, sent and stored is in `wasm-shared/hub/discovery`; here are the routes. The tools of connected servers at `/mcp`
//! are a source of `functions/mcp`.

mod request;
mod response;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use axum::{Router, extract::State, response::Response};
use discovery::{
    candidates::Tried,
    ensure::{Ensured, Starter, ensure},
    gateway::{self, Connected, NotCalled},
    health, heartbeat, known,
    store::{Health, Heartbeat, Named, Seeker, Store},
};
use http::{HeaderMap, StatusCode};
use mcp_client::Ignore;
use outbound::PublicUrl;
use platform::{Application, OutsideError, Platform, schedule};
use request::{Announced, Arguments, Confirmed, Described, ServerName, ToolPath};
use serde_json::json;
use web::{
    Act, Admin, Operation, Owner, Problem, RawBody, Routes, Scheduled, Scope, Verb, openapi::BodyProblems,
    settings::MCP_HEARTBEAT_SECRET,
};

/// The operations of this function. What asks other servers costs more.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Put, "/api/admin/mcp-servers/{name}", "describe_mcp_server", Scope::Admin)
        .audited(Act::McpServerDescribed),
    Operation::new(Verb::Delete, "/api/admin/mcp-servers/{name}", "forget_mcp_server", Scope::Admin)
        .audited(Act::McpServerForgotten),
    Operation::new(Verb::Get, "/api/discovery/status", "discovery_status", Scope::Connect),
    Operation::new(Verb::Get, "/api/discovery/mcp-servers", "list_mcp_servers", Scope::Connect),
    Operation::new(Verb::Get, "/api/mcp-servers/connections", "list_mcp_connections", Scope::Connect),
    Operation::new(Verb::Get, "/api/mcp-servers/health", "mcp_server_health", Scope::Connect),
    Operation::new(Verb::Post, "/api/mcp-servers/{name}/check", "check_mcp_server", Scope::Connect)
        .costing(2),
    Operation::new(Verb::Post, "/api/mcp-servers/{name}/connect", "connect_mcp_server", Scope::Connect)
        .costing(5),
    Operation::new(
        Verb::Delete,
        "/api/mcp-servers/{name}/disconnect",
        "disconnect_mcp_server",
        Scope::Connect,
    ),
    Operation::new(Verb::Post, "/api/mcp-servers/{name}/confirm", "confirm_mcp_tools", Scope::Connect),
    Operation::new(Verb::Post, "/api/mcp-servers/{name}/ensure", "ensure_mcp_server", Scope::Connect)
        .costing(5),
    Operation::new(Verb::Post, "/api/mcp-servers/{name}/tools/{tool}", "call_mcp_tool", Scope::Connect)
        .costing(2)
        .reading(web::body::FORECAST),
    // The signature says who it is.
    Operation::open(Verb::Post, "/api/mcp-servers/{name}/heartbeat", "announce_mcp_server"),
    Operation::new(Verb::Get, "/api/health/detailed", "detailed_health", Scope::Connect),
    Operation::new(Verb::Get, "/metrics", "metrics", Scope::Connect).costing(0),
    Operation::new(Verb::Post, "/internal/schedule/mcp-servers", "run_mcp_servers_schedule", Scope::Admin),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS)
        .handle("describe_mcp_server", describe)
        .handle("forget_mcp_server", forget)
        .handle("discovery_status", status)
        .handle("list_mcp_servers", servers)
        .handle("list_mcp_connections", connections)
        .handle("mcp_server_health", health_of_all)
        .handle("check_mcp_server", check)
        .handle("connect_mcp_server", connect)
        .handle("disconnect_mcp_server", disconnect)
        .handle("confirm_mcp_tools", confirm)
        .handle("ensure_mcp_server", ensure_server)
        .handle("call_mcp_tool", call)
        .handle("announce_mcp_server", announce)
        .handle("detailed_health", detailed)
        .handle("metrics", metrics)
        .handle("run_mcp_servers_schedule", run_schedule)
        .into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Assets, Database, HttpClient];
    const JOBS: &'static [schedule::Job] =
        &[schedule::Job::every("mcp-servers", Duration::from_mins(5), |platform| {
            Box::pin(check_all(platform))
        })];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(guarded Function);

async fn check_all(platform: Platform) -> Result<(), String> {
    health::check_all(&platform).await.map(drop).map_err(|error| error.to_string())
}

/// Describe an MCP server: where it is, and what is sent to it.
#[utoipa::path(
    put, path = "/api/admin/mcp-servers/{name}", tag = "operation", security(("admin_key" = [])),
    params(("name" = String, Path, description = "The server's name: 1 to 32 letters, digits, `-` and single `_`.")),
    request_body(content = serde_json::Value, description = "The server, as in `.mcp.json`: `url` or `candidates`, `headers` with `${NAME}` for secrets, `oauth`, `enabled`, `priority`, `timeout`, `retry_attempts`, `tools`, `priority_order`."),
    responses((status = 200, description = "It is known under that name, as described.", content((serde_json::Value = "application/json"))),
              (status = 201, description = "A new one.", content((serde_json::Value = "application/json"))), BodyProblems),
)]
async fn describe(
    _: Admin,
    State(platform): State<Platform>,
    ServerName(name): ServerName,
    Described(definition): Described,
) -> Result<Response, Problem> {
    let store = open(&platform).await?;
    let is_new = store.describe(&name, &definition, known::now(&platform)).await.map_err(unavailable)?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(response::with_status(status, &json!({ "name": name, "server": definition })))
}

/// Forget an MCP server, and everybody's connections to it.
#[utoipa::path(
    delete, path = "/api/admin/mcp-servers/{name}", tag = "operation", security(("admin_key" = [])),
    params(("name" = String, Path, description = "The server's name.")),
    responses((status = 204, description = "Forgotten."), (status = 404, description = "No server was described under that name here.", body = Problem)),
)]
async fn forget(
    _: Admin,
    State(platform): State<Platform>,
    ServerName(name): ServerName,
) -> Result<StatusCode, Problem> {
    if open(&platform).await?.forget(&name).await.map_err(unavailable)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let detail = "No server was described under that name with PUT. Those of MCP_SERVERS are removed there.";
    Err(Problem::new(StatusCode::NOT_FOUND, "MCP_SERVER_NOT_FOUND", detail))
}

/// What is known of other MCP servers, in numbers.
#[utoipa::path(
    get, path = "/api/discovery/status", tag = "gateway", security(("key" = [])),
    responses((status = 200, description = "The numbers.", content((serde_json::Value = "application/json")))),
)]
async fn status(Owner { owner, .. }: Owner, State(platform): State<Platform>) -> Result<Response, Problem> {
    let store = open(&platform).await?;
    let described = known::described(&platform, store).await.map_err(unavailable)?;
    let announced = store.heartbeats(None, known::now(&platform)).await.map_err(unavailable)?;
    let health = store.health().await.map_err(unavailable)?;
    let connections = store.connections(&owner).await.map_err(unavailable)?;
    let tools = store.others(&owner, "").await.map_err(unavailable)?;
    let well = health.values().filter(|health| health.failures == 0).count();
    let most = web::settings::MCP_TOOLS_PER_KEY.read(&platform).await.map_err(unavailable)?;
    Ok(response::private(&json!({
        "servers": { "described": described.len(), "announced": announced.len(), "well": well, "checked": health.len() },
        "connections": connections.len(),
        "tools": { "used": tools, "limit": most },
    })))
}

/// The MCP servers that may be connected.
#[utoipa::path(
    get, path = "/api/discovery/mcp-servers", tag = "gateway", security(("key" = [])),
    responses((status = 200, description = "The servers, by priority and name.", content((serde_json::Value = "application/json")))),
)]
async fn servers(Owner { owner, .. }: Owner, State(platform): State<Platform>) -> Result<Response, Problem> {
    let store = open(&platform).await?;
    let described = known::described(&platform, store).await.map_err(unavailable)?;
    let announced = store.heartbeats(None, known::now(&platform)).await.map_err(unavailable)?;
    let health = store.health().await.map_err(unavailable)?;
    let connections = store.connections(&owner).await.map_err(unavailable)?;
    let hosted = store.hosted(None, Seeker::Owner(&owner)).await.map_err(unavailable)?;
    // An engine that does not answer leaves its servers out; connecting one says why.
    let containers =
        discovery::docker::servers(&platform, None).await.map_err(unavailable)?.unwrap_or_default();
    let known = response::Known { described, announced, hosted, containers };
    Ok(response::private(&response::servers(&known, &health, &connections)))
}

/// The MCP servers that the caller has connected, with their tools.
#[utoipa::path(
    get, path = "/api/mcp-servers/connections", tag = "gateway", security(("key" = [])),
    responses((status = 200, description = "The connections.", content((serde_json::Value = "application/json")))),
)]
async fn connections(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
) -> Result<Response, Problem> {
    let store = open(&platform).await?;
    let mut all = Vec::new();
    for connection in store.connections(&owner).await.map_err(unavailable)? {
        let tools = store.tools(&owner, &connection.server).await.map_err(unavailable)?.unwrap_or_default();
        all.push(response::connection(&connection, &tools));
    }
    Ok(response::private(&json!({ "connections": all, "count": all.len() })))
}

/// How the MCP servers have answered lately: last success, latency, failures in a row, and the checks of the clock.
#[utoipa::path(
    get, path = "/api/mcp-servers/health", tag = "gateway", security(("key" = [])),
    responses((status = 200, description = "The health of each.", content((serde_json::Value = "application/json")))),
)]
async fn health_of_all(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
) -> Result<Response, Problem> {
    let store = open(&platform).await?;
    let health = health_for(&platform, store, &owner).await.map_err(unavailable)?;
    let mut all = serde_json::Map::new();
    for (name, health) in health {
        let checks = store.checks(&name, 20).await.map_err(unavailable)?;
        all.insert(name, response::health(&health, &checks, known::now(&platform)));
    }
    Ok(response::private(&json!({ "servers": all })))
}

/// Check now whether an MCP server answers.
#[utoipa::path(
    post, path = "/api/mcp-servers/{name}/check", tag = "gateway", security(("key" = [])),
    params(("name" = String, Path, description = "The server's name.")),
    responses((status = 200, description = "Whether it answered.", content((serde_json::Value = "application/json"))),
              (status = 404, description = "No such server.", body = Problem)),
)]
async fn check(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    ServerName(name): ServerName,
) -> Result<Response, Problem> {
    let store = open(&platform).await?;
    let seeker = Seeker::Owner(&owner);
    let definition =
        known::one(&platform, store, &name, seeker).await.map_err(unavailable)?.ok_or_else(no_such_server)?;
    let before = store.health().await.map_err(unavailable)?.remove(&name).unwrap_or_default();
    let check =
        health::check(&platform, store, &name, &definition, &before, seeker).await.map_err(unavailable)?;
    Ok(response::private(&json!({ "server": name, "check": check })))
}

/// Connect an MCP server: its tools are then the caller's tools of /mcp.
#[utoipa::path(
    post, path = "/api/mcp-servers/{name}/connect", tag = "gateway", security(("key" = [])),
    params(("name" = String, Path, description = "The server's name.")),
    responses((status = 200, description = "The connection with its tools, resources and prompts, and what was tried.", content((serde_json::Value = "application/json"))),
              (status = 404, description = "No such server.", body = Problem),
              (status = 502, description = "No place of the server answers.", content((serde_json::Value = "application/problem+json")))),
)]
async fn connect(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    ServerName(name): ServerName,
) -> Result<Response, Problem> {
    Ok(match gateway::connect(&platform, &owner, &name).await.map_err(unavailable)? {
        Connected::Unknown => return Err(no_such_server()),
        Connected::Yes { connection, tools, left_out, trace } => {
            let mut answer = response::connection(&connection, &tools);
            answer["left_out"] = json!(left_out);
            answer["trace"] = json!(trace);
            response::private(&answer)
        }
        Connected::NotFound(trace) => not_found(&name, &trace),
        Connected::Unusable(why, trace) => {
            let detail = format!("The server {name} answers, but does not list its tools: {why}.");
            response::traced(StatusCode::BAD_GATEWAY, "MCP_SERVER_UNUSABLE", &detail, &trace)
        }
    })
}

/// End the connection to an MCP server.
#[utoipa::path(
    delete, path = "/api/mcp-servers/{name}/disconnect", tag = "gateway", security(("key" = [])),
    params(("name" = String, Path, description = "The server's name.")),
    responses((status = 204, description = "Ended."), (status = 404, description = "It was not connected.", body = Problem)),
)]
async fn disconnect(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    ServerName(name): ServerName,
) -> Result<StatusCode, Problem> {
    if gateway::disconnect(&platform, &owner, &name).await.map_err(unavailable)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(not_connected())
}

/// Take what a server changed in its tools as good.
#[utoipa::path(
    post, path = "/api/mcp-servers/{name}/confirm", tag = "gateway", security(("key" = [])),
    params(("name" = String, Path, description = "The server's name.")),
    request_body(content = serde_json::Value, description = "`tools`: the server's own names of those that are confirmed; all if left out."),
    responses((status = 200, description = "How many were confirmed, and the tools as they are now.", content((serde_json::Value = "application/json"))),
              (status = 404, description = "It is not connected.", body = Problem), BodyProblems),
)]
async fn confirm(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    ServerName(name): ServerName,
    Confirmed(tools): Confirmed,
) -> Result<Response, Problem> {
    let store = open(&platform).await?;
    let connection = store.connection(&owner, &name).await.map_err(unavailable)?.ok_or_else(not_connected)?;
    let confirmed = store.confirm(&owner, &name, tools.as_deref()).await.map_err(unavailable)?;
    let tools = store.tools(&owner, &name).await.map_err(unavailable)?.unwrap_or_default();
    let mut answer = response::connection(&connection, &tools);
    answer["confirmed"] = json!(confirmed);
    Ok(response::private(&answer))
}

/// Make sure that an MCP server runs.
///
/// Where it answers nowhere, and its operator described what is deployed then, that is begun. Of all who ask at once one begins it.
#[utoipa::path(
    post, path = "/api/mcp-servers/{name}/ensure", tag = "gateway", security(("key" = [])),
    params(("name" = String, Path, description = "The server's name.")),
    responses((status = 200, description = "It runs.", content((serde_json::Value = "application/json"))),
              (status = 202, description = "It is being started. Ask again in a moment.", content((serde_json::Value = "application/json"))),
              (status = 404, description = "No such server.", body = Problem),
              (status = 502, description = "It could not be started.", body = Problem),
              (status = 503, description = "It is missing, and nothing is described that could start it.", content((serde_json::Value = "application/problem+json")))),
)]
async fn ensure_server(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    ServerName(name): ServerName,
) -> Result<Response, Problem> {
    let store = open(&platform).await?;
    let seeker = Seeker::Owner(&owner);
    let definition = known::one(&platform, store, &name, seeker).await.map_err(unavailable)?;
    let definition = definition.filter(|definition| definition.enabled).ok_or_else(no_such_server)?;
    let begun = |more: serde_json::Value| {
        let mut answer = json!({ "server": name, "status": "starting" });
        if let (Some(answer), serde_json::Value::Object(more)) = (answer.as_object_mut(), more) {
            answer.extend(more);
        }
        response::with_status(StatusCode::ACCEPTED, &answer)
    };
    let ensured = ensure(&platform, &name, &definition, seeker, STARTER).await;
    Ok(match ensured.map_err(unavailable)? {
        Ensured::Runs(trace) => {
            response::private(&json!({ "server": name, "status": "running", "trace": trace }))
        }
        Ensured::Started { fence, deployment } => begun(json!({ "deployment": deployment, "fence": fence })),
        Ensured::Starting => begun(json!({})),
        Ensured::NothingStarts(trace) => {
            let detail =
                format!("The server {name} does not answer, and nothing is described that could start it.");
            response::traced(StatusCode::SERVICE_UNAVAILABLE, "NOTHING_STARTS_SERVERS", &detail, &trace)
        }
        Ensured::Failed(why) => {
            return Err(Problem::new(StatusCode::BAD_GATEWAY, "MCP_SERVER_NOT_STARTED", why));
        }
    })
}

/// Call a tool of a connected MCP server. The body is its arguments.
#[utoipa::path(
    post, path = "/api/mcp-servers/{name}/tools/{tool}", tag = "gateway", security(("key" = [])),
    params(("name" = String, Path, description = "The server's name."),
           ("tool" = String, Path, description = "The server's own name of the tool.")),
    request_body(content = serde_json::Value, description = "The arguments."),
    responses((status = 200, description = "The tool's result, as the protocol has it.", content((serde_json::Value = "application/json"))),
              (status = 404, description = "No connected server of the caller's has the tool.", body = Problem),
              (status = 409, description = "The tool's description changed and is not confirmed.", body = Problem),
              (status = 502, description = "The server failed, or refused.", body = Problem),
              (status = 503, description = "The server is left alone for a while, or switched off.", body = Problem), BodyProblems),
)]
async fn call(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    ToolPath { server, tool }: ToolPath,
    Arguments(arguments): Arguments,
) -> Result<Response, Problem> {
    let named = Named::Of(&server, &tool);
    match gateway::call(&platform, &owner, named, arguments, false, &mut Ignore).await {
        Ok(result) => Ok(response::private(&result)),
        Err(why) => Err(not_called(&why)),
    }
}

fn not_called(why: &NotCalled) -> Problem {
    let (status, code) = match why {
        NotCalled::Unknown => (StatusCode::NOT_FOUND, "MCP_TOOL_NOT_FOUND"),
        NotCalled::Held(_) => (StatusCode::CONFLICT, "MCP_TOOL_CHANGED"),
        NotCalled::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "MCP_SERVER_UNAVAILABLE"),
        NotCalled::Resting(..) => (StatusCode::SERVICE_UNAVAILABLE, "MCP_SERVER_RESTING"),
        NotCalled::Failed(..) => (StatusCode::BAD_GATEWAY, "MCP_SERVER_FAILED"),
        NotCalled::Asks(_) => (StatusCode::BAD_GATEWAY, "MCP_SERVER_ASKS"),
        NotCalled::Outside(error) => return Problem::unavailable(error),
    };
    let problem = Problem::new(status, code, why.sentence());
    match why {
        NotCalled::Resting(_, ms) => {
            problem.with_header(http::header::RETRY_AFTER, http::HeaderValue::from(ms / 1_000 + 1))
        }
        _ => problem,
    }
}

/// Say where an MCP server is: it holds until it is not renewed. Signed as Standard Webhooks are, with the server's key, which is derived
/// from `MCP_HEARTBEAT_SECRET`.
#[utoipa::path(
    post, path = "/api/mcp-servers/{name}/heartbeat", tag = "gateway", security(()),
    params(("name" = String, Path, description = "The server's name."),
           ("webhook-id" = String, Header, description = "A name of the message."),
           ("webhook-timestamp" = String, Header, description = "Seconds of Unix time."),
           ("webhook-signature" = String, Header, description = "`v1,` and base64 of the HMAC-SHA256 of `id.timestamp.body`.")),
    request_body(content = serde_json::Value, description = "`url`, `version`, `ttl_seconds` (5 to 3600; 60 if left out)."),
    responses((status = 200, description = "Until when it holds.", content((serde_json::Value = "application/json"))),
              (status = 401, description = "The signature is missing, wrong, too old or not of this server's key.", body = Problem),
              (status = 503, description = "No MCP_HEARTBEAT_SECRET is set.", body = Problem), BodyProblems),
)]
async fn announce(
    State(platform): State<Platform>,
    ServerName(name): ServerName,
    headers: HeaderMap,
    body: RawBody,
) -> Result<Response, Problem> {
    let secrets = MCP_HEARTBEAT_SECRET.read(&platform).await.map_err(unavailable)?.ok_or_else(|| {
        let detail = "No heartbeat is taken here: the operator has not set MCP_HEARTBEAT_SECRET.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "HEARTBEATS_DISABLED", detail)
    })?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signed = heartbeat::Signed {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
    };
    let now = known::now(&platform);
    let text = String::from_utf8_lossy(&body.0);
    let Some(at) = heartbeat::verify(&secrets, &name, signed, &text, now / 1_000) else {
        let detail = "The signature is missing, wrong, older than five minutes, or not of this server's key. Sign \
                      `webhook-id.webhook-timestamp.body` with the key that is derived for the server's name.";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "HEARTBEAT_NOT_SIGNED", detail));
    };
    let Announced { url, version, ttl_seconds } = Announced::read(&body)?;
    let development = known::development(&platform).await.map_err(unavailable)?;
    let url =
        PublicUrl::from_user(&url, development).map_err(|why| request::invalid("/url", &why.to_string()))?;
    let expires = (at + ttl_seconds) * 1_000;
    let heartbeat = Heartbeat { name, url: url.as_str().to_owned(), version, expires };
    open(&platform).await?.announce(&heartbeat, at, now).await.map_err(unavailable)?;
    Ok(response::private(&json!({ "server": heartbeat.name, "expires_at": response::time(expires) })))
}

/// How this service and the MCP servers around it do.
#[utoipa::path(
    get, path = "/api/health/detailed", tag = "gateway", security(("key" = [])),
    responses((status = 200, description = "The parts, each with its state.", content((serde_json::Value = "application/json")))),
)]
async fn detailed(
    Owner { owner, caller, .. }: Owner,
    State(platform): State<Platform>,
) -> Result<Response, Problem> {
    let complaints = web::settings::complaints(&platform, web::settings::GROUPS).await;
    let now = known::now(&platform);
    let health = async {
        let store = Store::open(&platform).await?;
        if caller.scopes.has(Scope::Admin) {
            return store.health().await;
        }
        health_for(&platform, store, &owner).await
    };
    let health: Result<_, OutsideError> = health.await;
    Ok(response::private(&response::detailed(&platform, &complaints, health.as_ref().ok(), now)))
}

/// Counters in Prometheus' text form. They name the servers that you may connect; with the admin key, all.
#[utoipa::path(
    get, path = "/metrics", tag = "gateway", security(("key" = [])),
    responses((status = 200, description = "The counters.", content((String = "text/plain")))),
)]
async fn metrics(
    Owner { owner, caller, .. }: Owner,
    State(platform): State<Platform>,
) -> Result<Response, Problem> {
    let store = open(&platform).await?;
    let mut counters = store.counters().await.map_err(unavailable)?;
    let mut health = store.health().await.map_err(unavailable)?;
    if !caller.scopes.has(Scope::Admin) {
        let names = names_for(&platform, store, &owner, &health).await.map_err(unavailable)?;
        for samples in counters.values_mut() {
            samples.retain(|sample| sample.is_of_one_of(&names));
        }
        health.retain(|name, _| names.contains(name));
    }
    let totals = store.totals().await.map_err(unavailable)?;
    Ok(response::metrics(&mut counters, &health, totals))
}

/// How the servers answered whose names an owner may know. What others deployed for themselves is theirs, also after it is gone.
async fn health_for(
    platform: &Platform,
    store: Store<'_>,
    owner: &str,
) -> Result<BTreeMap<String, Health>, OutsideError> {
    let mut health = store.health().await?;
    let names = names_for(platform, store, owner, &health).await?;
    health.retain(|name, _| names.contains(name));
    Ok(health)
}

/// The names that an owner may know. The engine is asked for containers where one of these would be left out without it.
async fn names_for(
    platform: &Platform,
    store: Store<'_>,
    owner: &str,
    wanted: &BTreeMap<String, Health>,
) -> Result<BTreeSet<String>, OutsideError> {
    let mut names = known::names(platform, store, owner).await?;
    if wanted.keys().any(|name| !names.contains(name)) {
        let containers = discovery::docker::servers(platform, None).await?.unwrap_or_default();
        names.extend(containers.into_iter().map(|container| container.name));
    }
    Ok(names)
}

/// Check the MCP servers, where that is due.
#[utoipa::path(
    post, path = "/internal/schedule/mcp-servers", tag = "operation", security(("admin_key" = [])),
    responses((status = 200, description = "The schedule was run.", body = Scheduled),
              (status = 502, description = "Servers could not be checked.", body = Problem)),
)]
async fn run_schedule(_: Admin, State(platform): State<Platform>) -> Result<Response, Problem> {
    web::run_schedule::<Function>(&platform).await.map(|ran| web::json(&ran))
}

/// What starts servers, where the group of it is deployed too.
#[cfg(feature = "deployments")]
const STARTER: Option<&'static dyn Starter> = Some(&hosting::starting::Deployer);
#[cfg(not(feature = "deployments"))]
const STARTER: Option<&'static dyn Starter> = None;

async fn open(platform: &Platform) -> Result<Store<'_>, Problem> {
    Store::open(platform).await.map_err(unavailable)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: OutsideError) -> Problem {
    Problem::unavailable(&error)
}

fn no_such_server() -> Problem {
    let detail = "No MCP server of that name is known, or it is switched off. GET /api/discovery/mcp-servers lists them.";
    Problem::new(StatusCode::NOT_FOUND, "MCP_SERVER_NOT_FOUND", detail)
}

fn not_connected() -> Problem {
    let detail = "You have not connected that server. GET /api/mcp-servers/connections lists yours.";
    Problem::new(StatusCode::NOT_FOUND, "MCP_SERVER_NOT_CONNECTED", detail)
}

fn not_found(name: &str, trace: &[Tried]) -> Response {
    let detail =
        format!("The server {name} answers at no place where it may be; `trace` says what was tried.");
    response::traced(StatusCode::BAD_GATEWAY, "MCP_SERVER_UNREACHABLE", &detail, trace)
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(
        describe,
        forget,
        status,
        servers,
        connections,
        health_of_all,
        check,
        connect,
        disconnect,
        confirm,
        ensure_server,
        call,
        announce,
        detailed,
        metrics,
        run_schedule
    ))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
