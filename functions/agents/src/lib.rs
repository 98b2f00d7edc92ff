//! `/api/agents`, `/api/discovery/agents`: agents, defined in layers, loaded within limits, and run by a language model with their tools.
//! `/api/discovery/{standards,commands,scripts}`, `/api/commands/search`: catalogues of documents, which nothing executes.
//!
//! Definitions, layers and limits are in `wasm-shared/hub/agents`; here are the routes, and what runs an agent.

mod request;
mod response;
mod run;

use std::collections::BTreeMap;

use agents::{
    definition::{Agent, Family},
    document::{Kind, heading},
    library::{Layer, Library, Put, heading_of},
    loads::{Limits, Load, Loading, Loads},
};
use axum::{Router, extract::State, response::Response};
use http::StatusCode;
use models::Models;
use platform::{Application, OutsideError, Platform};
use request::{Category, Defined, Id, Input, Kinded, KindedId, OfLayer, OfOperator, Searched, Text};
use serde_json::json;
use web::{
    Act, Admin, NoQuery, Operation, Owner, Permit, Problem, Routes, Scope, Scopes, Verb,
    openapi::BodyProblems,
};

/// The operations of this function. Running an agent costs as much as a question; its tools are counted besides.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Get, "/api/discovery/agents", "list_agents", Scope::Connect),
    Operation::new(Verb::Get, "/api/agents/available", "list_available_agents", Scope::Connect),
    Operation::new(Verb::Get, "/api/agents/{id}/definition", "get_agent_definition", Scope::Connect),
    Operation::new(Verb::Put, "/api/agents/{id}/definition", "define_agent", Scope::Connect)
        .audited(Act::AgentDefined),
    Operation::new(Verb::Delete, "/api/agents/{id}/definition", "remove_agent_definition", Scope::Connect)
        .audited(Act::AgentRemoved),
    Operation::new(Verb::Post, "/api/agents/{id}/load", "load_agent", Scope::Connect),
    Operation::new(Verb::Delete, "/api/agents/{id}/unload", "unload_agent", Scope::Connect),
    Operation::new(Verb::Post, "/api/agents/{id}/run", "run_agent", Scope::Connect)
        .costing_by_size(run::COST),
    Operation::new(Verb::Get, "/api/discovery/{kind}", "list_documents", Scope::Connect),
    Operation::new(Verb::Get, "/api/discovery/{kind}/{id}", "read_document", Scope::Connect),
    Operation::new(
        Verb::Get,
        "/api/discovery/{kind}/category/{category}",
        "list_documents_of_category",
        Scope::Connect,
    ),
    Operation::new(Verb::Get, "/api/commands/search", "search_commands", Scope::Connect),
    Operation::new(Verb::Put, "/api/admin/catalogues/{kind}/{id}", "put_document", Scope::Admin)
        .audited(Act::DocumentStored),
    Operation::new(Verb::Delete, "/api/admin/catalogues/{kind}/{id}", "remove_document", Scope::Admin)
        .audited(Act::DocumentRemoved),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS)
        .handle("list_agents", list)
        .handle("list_available_agents", list_available)
        .handle("get_agent_definition", definition)
        .handle("define_agent", define)
        .handle("remove_agent_definition", remove_definition)
        .handle("load_agent", load)
        .handle("unload_agent", unload)
        .handle("run_agent", run)
        .handle("list_documents", documents)
        .handle("read_document", document)
        .handle("list_documents_of_category", documents_of_category)
        .handle("search_commands", search)
        .handle("put_document", put_document)
        .handle("remove_document", remove_document)
        .into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    #[cfg(not(feature = "jobs"))]
    type Services = platform::services![Archive, Assets, Cache, Database, HttpClient];
    #[cfg(feature = "jobs")]
    type Services = platform::services![Archive, Assets, Cache, Database, HttpClient, Queue];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(guarded Function);

/// The agents that may be loaded, those that are, and what is used of the limits.
#[utoipa::path(
    get, path = "/api/discovery/agents", tag = "gateway", security(("key" = [])),
    responses((status = 200, description = "The agents, by id.", content((serde_json::Value = "application/json")))),
)]
async fn list(Owner { owner, .. }: Owner, State(platform): State<Platform>) -> Result<Response, Problem> {
    listed(&platform, &owner).await
}

/// The same as `GET /api/discovery/agents`.
#[utoipa::path(
    get, path = "/api/agents/available", tag = "gateway", security(("key" = [])),
    responses((status = 200, description = "The agents, by id.", content((serde_json::Value = "application/json")))),
)]
async fn list_available(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
) -> Result<Response, Problem> {
    listed(&platform, &owner).await
}

async fn listed(platform: &Platform, owner: &str) -> Result<Response, Problem> {
    let all = open(platform).await?.list(owner, Kind::Agents).await.map_err(unavailable)?;
    let (loads, limits) = held(platform, owner).await?;
    Ok(response::private(&response::agents(&all, &loads, &limits)))
}

async fn held(platform: &Platform, owner: &str) -> Result<(BTreeMap<String, Load>, Limits), Problem> {
    let loads = Loads::open(platform).await.map_err(unavailable)?.of(owner).await.map_err(unavailable)?;
    Ok((loads, Limits::read(platform).await.map_err(unavailable)?))
}

/// An agent's definition, as it counts for the caller, or in one layer.
#[utoipa::path(
    get, path = "/api/agents/{id}/definition", tag = "gateway", security(("key" = [])),
    params(("id" = String, Path, description = "The agent's id."),
           ("layer" = Option<String>, Query, description = "`user`, `project`, `default` or `registry`; the one that counts if left out.")),
    responses((status = 200, description = "The definition, and how it was read.", content((serde_json::Value = "application/json"))),
              (status = 404, description = "There is none.", body = Problem)),
)]
async fn definition(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    Id(id): Id,
    OfLayer(layer): OfLayer,
) -> Result<Response, Problem> {
    let library = open(&platform).await?;
    let found = match layer {
        None => library
            .find(&owner, Kind::Agents, &id)
            .await
            .map_err(unavailable)?
            .map(|found| (found.layer, found.text)),
        Some(Layer::Default) => {
            agents::library::bundled(Kind::Agents, &id).map(|text| (Layer::Default, text.to_owned()))
        }
        Some(layer) => {
            let text = library.of_layer(layer, &owner, Kind::Agents, &id).await.map_err(unavailable)?;
            text.map(|text| (layer, text))
        }
    };
    let (layer, text) = found.ok_or_else(|| no_such_agent(&id))?;
    Ok(response::private(&response::definition(&id, layer, &text)))
}

/// Define an agent for yourself, or as the operator for everybody.
#[utoipa::path(
    put, path = "/api/agents/{id}/definition", tag = "gateway", security(("key" = [])),
    params(("id" = String, Path, description = "The agent's id: 1 to 64 lower-case letters, digits, `-` and `_`."),
           ("layer" = Option<String>, Query, description = "`user` (the caller's own; the default) or `project` (everybody's; needs the scope `admin`).")),
    request_body(content = serde_json::Value, description = "`definition`: Markdown with front matter, or YAML."),
    responses((status = 200, description = "It took the place of one.", content((serde_json::Value = "application/json"))),
              (status = 201, description = "A new one.", content((serde_json::Value = "application/json"))),
              (status = 409, description = "There are as many as there may be.", body = Problem), BodyProblems),
)]
async fn define(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    permit: Permit,
    Id(id): Id,
    OfLayer(layer): OfLayer,
    Defined(text): Defined,
) -> Result<Response, Problem> {
    let layer = writable(layer, &permit).await?;
    let agent = Agent::read(&id, &text).map_err(request::wrong_definition)?;
    let heading = heading_of(Kind::Agents, &id, &text);
    let put = open(&platform).await?.put(layer, &owner, Kind::Agents, &id, &text, heading).await;
    let status = stored(put.map_err(unavailable)?)?;
    Ok(response::with_status(status, &json!({ "id": id, "layer": layer, "agent": agent })))
}

/// Take a definition away. Agents that are loaded stay as they are.
#[utoipa::path(
    delete, path = "/api/agents/{id}/definition", tag = "gateway", security(("key" = [])),
    params(("id" = String, Path, description = "The agent's id."),
           ("layer" = Option<String>, Query, description = "`user` (the default) or `project` (needs the scope `admin`).")),
    responses((status = 204, description = "Taken away."), (status = 404, description = "There is none in that layer.", body = Problem)),
)]
async fn remove_definition(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    permit: Permit,
    Id(id): Id,
    OfLayer(layer): OfLayer,
) -> Result<StatusCode, Problem> {
    let layer = writable(layer, &permit).await?;
    if open(&platform).await?.delete(layer, &owner, Kind::Agents, &id).await.map_err(unavailable)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(no_such_agent(&id))
}

/// The layer that a caller may write: its own, and as an operator everybody's.
async fn writable(layer: Option<Layer>, permit: &Permit) -> Result<Layer, Problem> {
    match layer {
        None | Some(Layer::User) => Ok(Layer::User),
        Some(Layer::Project) => {
            permit.take(Scopes::of(&[Scope::Admin]), 0).await?;
            Ok(Layer::Project)
        }
        Some(_) => Err(request::invalid("/layer", "Definitions are written to `user` or `project`.")),
    }
}

/// Load an agent, and the agents that it depends on: all of them, or none.
#[utoipa::path(
    post, path = "/api/agents/{id}/load", tag = "gateway", security(("key" = [])),
    params(("id" = String, Path, description = "The agent's id.")),
    responses((status = 200, description = "It is loaded.", content((serde_json::Value = "application/json"))),
              (status = 404, description = "No such agent.", body = Problem),
              (status = 409, description = "A limit stands against it, which `limit` names, or a dependency is missing.", content((serde_json::Value = "application/problem+json")))),
)]
async fn load(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    NoQuery: NoQuery,
    Id(id): Id,
) -> Result<Response, Problem> {
    let wanted = closure(&platform, &owner, &id).await?;
    let limits = Limits::read(&platform).await.map_err(unavailable)?;
    let store = Loads::open(&platform).await.map_err(unavailable)?;
    match store.load(&owner, &wanted, &limits).await.map_err(unavailable)? {
        Loading::Over(used) => Ok(response::over(&id, &used)),
        Loading::Done(new) => {
            let loads = store.of(&owner).await.map_err(unavailable)?;
            Ok(response::private(&response::loaded(&id, new, &wanted, &loads, &limits)))
        }
    }
}

/// The most agents that come with one.
const MOST_DEPENDENCIES: usize = 20;

/// An agent with all that it depends on.
async fn closure(platform: &Platform, owner: &str, id: &str) -> Result<Vec<Load>, Problem> {
    let library = open(platform).await?;
    // Without a provider an agent is of the family that its own definition says.
    let models = Models::open(platform).await.ok();
    let mut found: Vec<Load> = Vec::new();
    let mut wanted = vec![id.to_owned()];
    while let Some(next) = wanted.pop() {
        if found.iter().any(|load| load.id == next) {
            continue;
        }
        if found.len() > MOST_DEPENDENCIES {
            return Err(missing(id, "it depends on more than 20 agents"));
        }
        let Some(text) = library.find(owner, Kind::Agents, &next).await.map_err(unavailable)? else {
            return Err(if next == id {
                no_such_agent(id)
            } else {
                missing(id, &format!("there is no agents/{next}"))
            });
        };
        let agent = Agent::read(&next, &text.text).map_err(|wrong| {
            let (field, why) = wrong.into_iter().next().unwrap_or_default();
            missing(id, &format!("the definition of agents/{next} cannot be read: {field} {why}"))
        })?;
        for one in &agent.dependencies {
            if one.kind == Kind::Agents {
                wanted.push(one.id.clone());
            } else if library.find(owner, one.kind, &one.id).await.map_err(unavailable)?.is_none() {
                return Err(missing(id, &format!("there is no {one}, on which agents/{next} depends")));
            }
        }
        let family = family(models.as_ref(), &agent);
        found.push(Load { id: next, layer: text.layer, family, agent, loaded: 0 });
    }
    Ok(found)
}

fn family(models: Option<&Models>, agent: &Agent) -> Family {
    let model = models.and_then(|models| run::model_of(models, agent).ok());
    let said = agent.model.as_deref().unwrap_or_default();
    Family::of(model.as_ref().map_or(said, |model| model.name()))
}

/// Unload an agent: its place is free at once.
#[utoipa::path(
    delete, path = "/api/agents/{id}/unload", tag = "gateway", security(("key" = [])),
    params(("id" = String, Path, description = "The agent's id.")),
    responses((status = 204, description = "Unloaded."), (status = 404, description = "It is not loaded.", body = Problem)),
)]
async fn unload(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    NoQuery: NoQuery,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    let store = Loads::open(&platform).await.map_err(unavailable)?;
    if store.unload(&owner, &id).await.map_err(unavailable)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::new(StatusCode::NOT_FOUND, "AGENT_NOT_LOADED", format!("The agent {id} is not loaded.")))
}

/// Run a loaded agent: its model answers the input, with the agent's tools. Needs the scope `models` besides.
#[utoipa::path(
    post, path = "/api/agents/{id}/run", tag = "gateway", security(("key" = [])),
    params(("id" = String, Path, description = "The agent's id.")),
    request_body(content = serde_json::Value, description = "`input`: what the agent is given, 1 to 10,000 characters."),
    responses((status = 200, description = "The answer, the calls of tools, and tokens.", content((serde_json::Value = "application/json"))),
              (status = 403, description = "The key has not the scope `models`.", body = Problem),
              (status = 409, description = "The agent is not loaded.", body = Problem),
              (status = 502, description = "The provider of the model does not answer, or not as it should.", body = Problem),
              (status = 503, description = "No model is set (`NO_MODEL`).", body = Problem), BodyProblems),
)]
async fn run(
    Owner { owner, caller, .. }: Owner,
    State(platform): State<Platform>,
    permit: Permit,
    Id(id): Id,
    Input(input): Input,
) -> Result<Response, Problem> {
    let (loads, _) = held(&platform, &owner).await?;
    let Some(load) = loads.get(&id) else {
        let detail = format!("The agent {id} is not loaded: POST /api/agents/{id}/load.");
        return Err(Problem::new(StatusCode::CONFLICT, "AGENT_NOT_LOADED", detail));
    };
    permit.take(Scopes::of(&[Scope::Models]), run::COST).await?;
    let bench = run::Bench::of(&platform, caller, owner, permit, &loads).await?;
    let ran = bench.run(load, &input).await?;
    Ok(response::private(&ran))
}

/// The documents of a catalogue: `standards`, `commands` or `scripts`.
#[utoipa::path(
    get, path = "/api/discovery/{kind}", tag = "gateway", security(("key" = [])),
    params(("kind" = String, Path, description = "`standards`, `commands` or `scripts`.")),
    responses((status = 200, description = "The documents, by id.", content((serde_json::Value = "application/json"))),
              (status = 404, description = "There is no such catalogue.", body = Problem)),
)]
async fn documents(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    NoQuery: NoQuery,
    Kinded(kind): Kinded,
) -> Result<Response, Problem> {
    let all = open(&platform).await?.list(&owner, kind).await.map_err(unavailable)?;
    Ok(response::private(&response::documents(kind, &all)))
}

/// A document of a catalogue. It is text: nothing here executes it.
#[utoipa::path(
    get, path = "/api/discovery/{kind}/{id}", tag = "gateway", security(("key" = [])),
    params(("kind" = String, Path, description = "`standards`, `commands` or `scripts`."),
           ("id" = String, Path, description = "The document's id.")),
    responses((status = 200, description = "The document.", content((serde_json::Value = "application/json"))),
              (status = 404, description = "There is no such document.", body = Problem)),
)]
async fn document(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    NoQuery: NoQuery,
    KindedId(kind, id): KindedId,
) -> Result<Response, Problem> {
    let found = open(&platform).await?.find(&owner, kind, &id).await.map_err(unavailable)?;
    let found = found.ok_or_else(|| no_such_document(kind, &id))?;
    let said = heading_of(kind, &id, &found.text);
    Ok(response::private(&json!({
        "id": id, "kind": kind, "layer": found.layer, "name": said.name, "description": said.description,
        "category": said.category, "text": found.text,
    })))
}

/// The documents of a category of a catalogue.
#[utoipa::path(
    get, path = "/api/discovery/{kind}/category/{category}", tag = "gateway", security(("key" = [])),
    params(("kind" = String, Path, description = "`standards`, `commands` or `scripts`."),
           ("category" = String, Path, description = "The category, as the documents say it.")),
    responses((status = 200, description = "The documents, by id; none where no document names the category.", content((serde_json::Value = "application/json"))),
              (status = 404, description = "There is no such catalogue.", body = Problem)),
)]
async fn documents_of_category(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    NoQuery: NoQuery,
    Category(kind, category): Category,
) -> Result<Response, Problem> {
    let mut all = open(&platform).await?.list(&owner, kind).await.map_err(unavailable)?;
    all.retain(|listed| listed.heading.category == category);
    Ok(response::private(&response::documents(kind, &all)))
}

/// Search the commands: those that have all words, in the name, the description or the text.
#[utoipa::path(
    get, path = "/api/commands/search", tag = "gateway", security(("key" = [])),
    params(("q" = String, Query, description = "One to eight words.")),
    responses((status = 200, description = "The commands, those first that have more of the words in their heading.", content((serde_json::Value = "application/json"))),
              (status = 422, description = "No word was given.", body = Problem)),
)]
async fn search(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    Searched(query): Searched,
) -> Result<Response, Problem> {
    let found = open(&platform).await?.search(&owner, Kind::Commands, &query).await.map_err(unavailable)?;
    Ok(response::private(&response::documents(Kind::Commands, &found)))
}

/// Store a document for everybody.
#[utoipa::path(
    put, path = "/api/admin/catalogues/{kind}/{id}", tag = "operation", security(("admin_key" = [])),
    params(("kind" = String, Path, description = "`standards`, `commands`, `scripts` or `agents`."),
           ("id" = String, Path, description = "The document's id: 1 to 64 lower-case letters, digits, `-` and `_`."),
           ("layer" = Option<String>, Query, description = "`project` (in the place of a bundled one; the default) or `registry` (behind the bundled ones, in the archive).")),
    request_body(content = serde_json::Value, description = "`text`: the document. Front matter may say `name`, `description` and `category`."),
    responses((status = 200, description = "It took the place of one.", content((serde_json::Value = "application/json"))),
              (status = 201, description = "A new one.", content((serde_json::Value = "application/json"))),
              (status = 409, description = "There are as many as there may be.", body = Problem), BodyProblems),
)]
async fn put_document(
    _: Admin,
    State(platform): State<Platform>,
    KindedId(kind, id): KindedId<true>,
    OfOperator(layer): OfOperator,
    Text(text): Text,
) -> Result<Response, Problem> {
    if kind == Kind::Agents {
        Agent::read(&id, &text).map_err(request::wrong_text)?;
    } else {
        heading(&id, &text)
            .map_err(|why| request::invalid("/text", &format!("It cannot be read: {why}.")))?;
    }
    let said = heading_of(kind, &id, &text);
    let put = open(&platform).await?.put(layer, "", kind, &id, &text, said.clone()).await;
    let status = stored(put.map_err(unavailable)?)?;
    Ok(response::with_status(
        status,
        &json!({
            "id": id, "kind": kind, "layer": layer, "name": said.name, "description": said.description, "category": said.category,
        }),
    ))
}

/// Take a document away.
#[utoipa::path(
    delete, path = "/api/admin/catalogues/{kind}/{id}", tag = "operation", security(("admin_key" = [])),
    params(("kind" = String, Path, description = "`standards`, `commands`, `scripts` or `agents`."),
           ("id" = String, Path, description = "The document's id."),
           ("layer" = Option<String>, Query, description = "`project` (the default) or `registry`.")),
    responses((status = 204, description = "Taken away."), (status = 404, description = "There is none in that layer.", body = Problem)),
)]
async fn remove_document(
    _: Admin,
    State(platform): State<Platform>,
    KindedId(kind, id): KindedId<true>,
    OfOperator(layer): OfOperator,
) -> Result<StatusCode, Problem> {
    if open(&platform).await?.delete(layer, "", kind, &id).await.map_err(unavailable)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(no_such_document(kind, &id))
}

fn stored(put: Put) -> Result<StatusCode, Problem> {
    match put {
        Put::Created => Ok(StatusCode::CREATED),
        Put::Replaced => Ok(StatusCode::OK),
        Put::Full(most) => {
            let detail =
                format!("There are {most} in this layer already, which is the most: take one away first.");
            Err(Problem::new(StatusCode::CONFLICT, "CATALOGUE_FULL", detail))
        }
    }
}

async fn open(platform: &Platform) -> Result<Library<'_>, Problem> {
    Library::open(platform).await.map_err(unavailable)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: OutsideError) -> Problem {
    Problem::unavailable(&error)
}

fn no_such_agent(id: &str) -> Problem {
    let detail = format!("There is no agent {id}. GET /api/discovery/agents lists them.");
    Problem::new(StatusCode::NOT_FOUND, "AGENT_NOT_FOUND", detail)
}

fn missing(id: &str, why: &str) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "AGENT_DEPENDENCY_MISSING",
        format!("The agent {id} was not loaded: {why}."),
    )
}

fn no_such_document(kind: Kind, id: &str) -> Problem {
    let detail =
        format!("There is no {}/{id}. GET /api/discovery/{} lists what there is.", kind.name(), kind.name());
    Problem::new(StatusCode::NOT_FOUND, "DOCUMENT_NOT_FOUND", detail)
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(
        list,
        list_available,
        definition,
        define,
        remove_definition,
        load,
        unload,
        run,
        documents,
        document,
        documents_of_category,
        search,
        put_document,
        remove_document
    ))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
