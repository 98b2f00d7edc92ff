//! Daemons: named personas, each bound to a model. An owner summons, calls and banishes them; every summoning, call and banishing is
//! in the owner's record, and is told as an event.
//!
//! What holds of daemons is in `wasm-shared/daemons`; here are the routes.

mod invoke;
mod request;
mod response;
mod spells;
mod stream;
mod workshop;

use std::time::Duration;

use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use bounded_json::Limits;
use daemons::{Circle, DaemonStore, Filter, Kind, Rules, Summoned};
use http::{HeaderMap, StatusCode};
use platform::{Application, OutsideError, Platform, schedule};
use request::{Count, Days, Defined, Limit, Named, Recalled, Searched, Spoken};
use response::{
    All, AllShown, Awake, Banished, Divined, Inspected, Page, PurgeDone, Recent, Shown, Summed, private,
    unknown_daemon,
};
use web::{
    Act, Admin, Operation, Owner, PathParameter, Permit, Problem, Routes, Scope, Verb,
    openapi::{BodyProblems, OperatorProblems},
};

/// The limits of a call's body: a task of 10,000 characters, and schemas and tools beside it.
const CALL: Limits = Limits {
    bytes: 256 << 10,
    depth: 32,
    containers: 5_000,
    members: 10_000,
    values: 20_000,
    text_bytes: 256 << 10,
};

/// The operations of this function. A call spends tokens besides, which are counted by themselves.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Post, "/summon", "summon_daemon", Scope::Models),
    Operation::new(Verb::Post, "/invoke", "invoke_daemon", Scope::Models).costing(5).reading(CALL),
    Operation::new(Verb::Post, "/banish", "banish_daemon", Scope::Models),
    Operation::new(Verb::Get, "/daemons", "list_daemons", Scope::Models),
    Operation::new(Verb::Get, "/daemons/active", "list_active_daemons", Scope::Models),
    Operation::new(Verb::Get, "/statistics", "daemon_statistics", Scope::Models),
    Operation::new(Verb::Get, "/daemon/{name}/state", "daemon_state", Scope::Models),
    Operation::new(Verb::Get, "/events", "follow_daemons", Scope::Models),
    Operation::new(Verb::Get, "/events/recent", "recent_daemon_events", Scope::Models),
    Operation::new(Verb::Get, "/grimoire/recall", "recall_grimoire", Scope::Models),
    Operation::new(Verb::Get, "/grimoire/statistics", "grimoire_statistics", Scope::Models),
    Operation::new(Verb::Post, "/grimoire/search", "search_grimoire", Scope::Models),
    Operation::new(Verb::Delete, "/grimoire/purge", "purge_grimoire", Scope::Models),
    Operation::new(Verb::Get, "/grimoire/archives/{name}", "get_grimoire_archive", Scope::Models),
    Operation::new(Verb::Post, "/spell/parse", "parse_spell", Scope::Models),
    Operation::new(Verb::Post, "/spell/cast", "cast_spell", Scope::Models).costing(5),
    Operation::open(Verb::Get, "/grimoire", "read_grimoire"),
    Operation::open(Verb::Get, "/arcane-docs", "read_arcane_docs"),
    Operation::new(Verb::Get, "/api/admin/daemons", "list_daemon_definitions", Scope::Admin),
    Operation::new(Verb::Put, "/api/admin/daemons/{name}", "define_daemon", Scope::Admin)
        .audited(Act::DaemonDefined),
    Operation::new(Verb::Delete, "/api/admin/daemons/{name}", "remove_daemon", Scope::Admin)
        .audited(Act::DaemonRemoved),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS)
        .handle("summon_daemon", summon)
        .handle("invoke_daemon", call)
        .handle("banish_daemon", banish)
        .handle("list_daemons", list)
        .handle("list_active_daemons", list_active)
        .handle("daemon_statistics", statistics)
        .handle("daemon_state", inspect)
        .handle("follow_daemons", follow)
        .handle("recent_daemon_events", recent)
        .handle("recall_grimoire", recall)
        .handle("grimoire_statistics", summarize)
        .handle("search_grimoire", search)
        .handle("purge_grimoire", purge)
        .handle("get_grimoire_archive", archive)
        .handle("parse_spell", parse_spell)
        .handle("cast_spell", cast_spell)
        .handle("read_grimoire", documentation)
        .handle("read_arcane_docs", arcane_docs)
        .handle("list_daemon_definitions", definitions)
        .handle("define_daemon", define)
        .handle("remove_daemon", remove)
        .into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    #[cfg(not(feature = "jobs"))]
    type Services = platform::services![Archive, Assets, Cache, Database, HttpClient, Inference];
    #[cfg(feature = "jobs")]
    type Services = platform::services![Archive, Assets, Cache, Database, HttpClient, Inference, Queue];
    const JOBS: &'static [schedule::Job] =
        &[schedule::Job::every("daemons", Duration::from_mins(1), |platform| Box::pin(tend(platform)))];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(guarded Function);

async fn tend(platform: Platform) -> Result<(), String> {
    let tended = async { DaemonStore::open(&platform).await?.tend(&Rules::read(&platform).await?).await };
    tended.await.map_err(|error| error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: OutsideError) -> Problem {
    Problem::unavailable(&error)
}

async fn open(platform: &Platform) -> Result<(DaemonStore<'_>, Rules), Problem> {
    let rules = Rules::read(platform).await.map_err(unavailable)?;
    Ok((DaemonStore::open(platform).await.map_err(unavailable)?, rules))
}

async fn circle(platform: &Platform, owner: &str) -> Result<Circle, Problem> {
    let (store, rules) = open(platform).await?;
    store.circle(owner, &rules).await.map_err(unavailable)
}

/// The store, where there is a daemon of this name.
async fn known<'a>(platform: &'a Platform, name: &str) -> Result<(DaemonStore<'a>, Rules), Problem> {
    let (store, rules) = open(platform).await?;
    let catalogue = store.catalogue().await.map_err(unavailable)?;
    if catalogue.contains_key(name) {
        return Ok((store, rules));
    }
    Err(unknown_daemon(name, catalogue.keys().map(String::as_str)))
}

/// Summon a daemon: it can be called until it is banished, or idle for too long.
///
/// Its invocation count begins anew.
#[utoipa::path(
    post, path = "/summon", operation_id = "summon_daemon", tag = "daemons", security(("key" = [])),
    request_body(content = request::NamedSchema),
    responses((status = 200, description = "It is summoned.", body = response::Summoned),
              (status = 400, description = "It is summoned already, or the body is not JSON.", body = Problem),
              (status = 404, description = "There is no such daemon.", body = Problem),
              (status = 409, description = "As many are summoned as may be.", body = Problem),
              BodyProblems),
)]
async fn summon(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    Named(name): Named,
) -> Result<Response, Problem> {
    do_summon(&platform, &owner, name).await.map(|summoned| private(&summoned))
}

async fn do_summon(platform: &Platform, owner: &str, name: String) -> Result<response::Summoned, Problem> {
    let (store, rules) = known(platform, &name).await?;
    match store.summon(owner, &name, &rules).await.map_err(unavailable)? {
        Summoned::New => Ok(response::summoned(name)),
        Summoned::Already => Err(response::already_summoned(&name)),
        Summoned::Full(active) => Err(response::too_many(rules.most, &active)),
    }
}

/// Give a summoned daemon a task.
///
/// With `Accept: text/event-stream` the answer comes while it is written: `started`, then `text` piece by piece, and last `result` (as the
/// JSON answer) or `error` (a problem).
#[utoipa::path(
    post, path = "/invoke", operation_id = "invoke_daemon", tag = "daemons", security(("key" = [])),
    request_body(content = invoke::InvokedSchema),
    responses((status = 200, description = "The answer.", content((invoke::Told = "application/json"), (String = "text/event-stream"))),
              (status = 400, description = "It is not summoned, or the body is not JSON.", body = Problem),
              (status = 404, description = "There is no such daemon.", body = Problem),
              (status = 429, description = "The key's quota or its budget of tokens is spent, or the provider's.", body = Problem),
              (status = 502, description = "The provider refused, or its answer cannot be read.", body = Problem),
              (status = 503, description = "`NO_MODEL`: no provider is set for this daemon; or it has too much to do.", body = Problem),
              (status = 504, description = "The model did not answer in time.", body = Problem),
              BodyProblems),
)]
async fn call(State(platform): State<Platform>, invoked: invoke::Invoked) -> Result<Response, Problem> {
    Box::pin(invoke::answer(&platform, invoked)).await
}

/// Banish a daemon. A call that is under way goes on to its end.
#[utoipa::path(
    post, path = "/banish", operation_id = "banish_daemon", tag = "daemons", security(("key" = [])),
    request_body(content = request::NamedSchema),
    responses((status = 200, description = "It is banished; its figures at the end.", body = Banished),
              (status = 400, description = "It is not summoned, or the body is not JSON.", body = Problem),
              (status = 404, description = "There is no such daemon.", body = Problem),
              BodyProblems),
)]
async fn banish(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    Named(name): Named,
) -> Result<Response, Problem> {
    do_banish(&platform, &owner, name).await.map(|banished| private(&banished))
}

async fn do_banish(platform: &Platform, owner: &str, name: String) -> Result<Banished, Problem> {
    let (store, rules) = known(platform, &name).await?;
    let state = store.banish(owner, &name, &rules).await.map_err(unavailable)?;
    let state = state.ok_or_else(|| response::not_summoned(&name))?;
    Ok(response::banished(name, &state))
}

/// All daemons, and which of them are summoned.
#[utoipa::path(
    get, path = "/daemons", operation_id = "list_daemons", tag = "daemons", security(("key" = [])),
    responses((status = 200, description = "Every daemon by its name.", body = All)),
)]
async fn list(Owner { owner, .. }: Owner, State(platform): State<Platform>) -> Result<Response, Problem> {
    Ok(private(&response::all(&circle(&platform, &owner).await?)))
}

/// The daemons that are summoned.
#[utoipa::path(
    get, path = "/daemons/active", operation_id = "list_active_daemons", tag = "daemons", security(("key" = [])),
    responses((status = 200, description = "Those that are summoned, by their names.", body = Awake)),
)]
async fn list_active(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
) -> Result<Response, Problem> {
    Ok(private(&response::active(&circle(&platform, &owner).await?)))
}

/// The figures of all daemons: how many are summoned, how often each was called, what the calls took.
#[utoipa::path(
    get, path = "/statistics", operation_id = "daemon_statistics", tag = "daemons", security(("key" = [])),
    responses((status = 200, description = "The figures.", body = Divined)),
)]
async fn statistics(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
) -> Result<Response, Problem> {
    Ok(private(&response::divined(&circle(&platform, &owner).await?)))
}

/// Where a daemon stands, with its ten newest calls.
#[utoipa::path(
    get, path = "/daemon/{name}/state", operation_id = "daemon_state", tag = "daemons", security(("key" = [])),
    params(("name" = String, Path, description = "The daemon's name.")),
    responses((status = 200, description = "The daemon, its figures and its last calls.", body = Inspected),
              (status = 404, description = "There is no such daemon.", body = Problem)),
)]
async fn inspect(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(name): PathParameter,
) -> Result<Response, Problem> {
    do_inspect(&platform, &owner, &name).await.map(|inspected| private(&inspected))
}

async fn do_inspect(platform: &Platform, owner: &str, name: &str) -> Result<Inspected, Problem> {
    let (store, rules) = open(platform).await?;
    let circle = store.circle(owner, &rules).await.map_err(unavailable)?;
    let Some(definition) = circle.catalogue.get(name) else {
        return Err(unknown_daemon(name, circle.catalogue.keys().map(String::as_str)));
    };
    let calls =
        Filter { kind: Some(Kind::Invoke), daemon: Some(name.to_owned()), limit: 10, ..Filter::default() };
    let history = store.records(owner, &calls).await.map_err(unavailable)?;
    Ok(response::inspected(name, definition, &circle.state(name), history))
}

/// Events of your daemons while they happen, as server-sent events: `summon`, `invoke`, `banish`, `purge`.
///
/// The stream begins with what happens next; `Last-Event-ID` goes on after that one. It ends after five minutes, or after `limit`
/// events: connect again with the last id.
#[utoipa::path(
    get, path = "/events", operation_id = "follow_daemons", tag = "daemons", security(("key" = [])),
    params(("Last-Event-ID" = Option<u64>, Header, description = "The last event that you have seen; 0 begins with the oldest."),
           ("limit" = Option<u32>, Query, description = "After how many events the stream ends, 1 to 10000.")),
    responses((status = 200, description = "Events.", content_type = "text/event-stream", body = String),
              (status = 422, description = "A parameter is not possible.", body = Problem),
              (status = 503, description = "Too many streams are open, or a store did not answer.", body = Problem)),
)]
async fn follow(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    Limit(limit): Limit,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (store, rules) = open(&platform).await?;
    let seen = match web::events::last_event_id(&headers) {
        Some(seen) => seen,
        None => store.newest(&owner).await.map_err(unavailable)?,
    };
    stream::events(&platform, owner, rules, seen, limit)
}

/// The newest events of your daemons.
#[utoipa::path(
    get, path = "/events/recent", operation_id = "recent_daemon_events", tag = "daemons", security(("key" = [])),
    params(("count" = Option<u32>, Query, description = "How many, 1 to 100; 50 if left out.")),
    responses((status = 200, description = "The events, newest first.", body = Recent),
              (status = 422, description = "A parameter is not possible.", body = Problem)),
)]
async fn recent(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    Count(limit): Count,
) -> Result<Response, Problem> {
    let records = rows(&platform, &owner, &Filter { limit, ..Filter::default() }).await?;
    Ok(private(&response::recent(records)))
}

/// Rows of the record, after what is due has happened.
async fn rows(platform: &Platform, owner: &str, filter: &Filter) -> Result<Vec<daemons::Record>, Problem> {
    let (store, rules) = open(platform).await?;
    store.circle(owner, &rules).await.map_err(unavailable)?;
    store.records(owner, filter).await.map_err(unavailable)
}

/// The record of every summoning, call and banishing, newest first.
#[utoipa::path(
    get, path = "/grimoire/recall", operation_id = "recall_grimoire", tag = "daemons", security(("key" = [])),
    params(("daemon_name" = Option<String>, Query, description = "Of this daemon only."),
           ("kind" = Option<String>, Query, description = "Of this kind only: `summon`, `invoke`, `banish` or `purge`."),
           ("from" = Option<String>, Query, description = "At this time or later, such as `2027-01-31T00:00:00Z`."),
           ("to" = Option<String>, Query, description = "Before this time."),
           ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
           ("limit" = Option<u32>, Query, description = "Entries of a page, 1 to 100; 50 if left out.")),
    responses((status = 200, description = "A page of the record.", body = Page),
              (status = 422, description = "A parameter is not possible.", body = Problem)),
)]
async fn recall(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    Recalled(filter): Recalled,
) -> Result<Response, Problem> {
    let found = rows(&platform, &owner, &filter).await?;
    Ok(private(&response::records(found, filter.limit)))
}

/// What the record says as a whole: rows of each kind and daemon, time and tokens.
#[utoipa::path(
    get, path = "/grimoire/statistics", operation_id = "grimoire_statistics", tag = "daemons", security(("key" = [])),
    responses((status = 200, description = "The figures; what was purged is not among them.", body = Summed)),
)]
async fn summarize(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
) -> Result<Response, Problem> {
    let (store, rules) = open(&platform).await?;
    store.circle(&owner, &rules).await.map_err(unavailable)?;
    let summary = store.summary(&owner).await.map_err(unavailable)?;
    Ok(private(&response::summed(summary)))
}

/// Search the record: tasks, answers and particulars.
#[utoipa::path(
    post, path = "/grimoire/search", operation_id = "search_grimoire", tag = "daemons", security(("key" = [])),
    request_body(content = request::SearchedSchema),
    responses((status = 200, description = "The rows that hold the words, newest first.", body = Page), BodyProblems),
)]
async fn search(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    Searched(filter): Searched,
) -> Result<Response, Problem> {
    let found = rows(&platform, &owner, &filter).await?;
    Ok(private(&response::records(found, filter.limit)))
}

/// Archive and then remove the rows of more than `days` days ago: 1,000 at most, so ask again while `more` is true.
#[utoipa::path(
    delete, path = "/grimoire/purge", operation_id = "purge_grimoire", tag = "daemons", security(("key" = [])),
    params(("days" = Option<u32>, Query, description = "How many days stay, 0 to 36500; 30 if left out.")),
    responses((status = 200, description = "What was removed, and where it is archived.", body = PurgeDone),
              (status = 422, description = "A parameter is not possible.", body = Problem)),
)]
async fn purge(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    Days(days): Days,
) -> Result<Response, Problem> {
    let platform = platform.patient();
    let (store, _) = open(&platform).await?;
    let purged = store.purge(&owner, days).await.map_err(unavailable)?;
    Ok(private(&response::purged(days, &purged)))
}

/// An archive that a purge made: a JSON object on each line.
#[utoipa::path(
    get, path = "/grimoire/archives/{name}", operation_id = "get_grimoire_archive", tag = "daemons", security(("key" = [])),
    params(("name" = String, Path, description = "The archive's name.")),
    responses((status = 200, description = "The rows, one JSON object a line.", content_type = "text/plain", body = String),
              (status = 404, description = "No such archive of this owner.", body = Problem)),
)]
async fn archive(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(name): PathParameter,
) -> Result<Response, Problem> {
    let (store, _) = open(&platform).await?;
    let bytes = store.archived(&owner, &name).await.map_err(unavailable)?;
    bytes.map(response::archive).ok_or_else(response::no_archive)
}

/// What a command in plain words means, by what it was understood (a grammar, or a model where one is set), and how sure that is. Nothing is
/// done.
#[utoipa::path(
    post, path = "/spell/parse", operation_id = "parse_spell", tag = "daemons", security(("key" = [])),
    request_body(content = request::SpokenSchema),
    responses((status = 200, description = "The action; what is not understood has suggestions.", body = spells::Parsed), BodyProblems),
)]
async fn parse_spell(
    Owner { caller, .. }: Owner,
    State(platform): State<Platform>,
    Spoken(text): Spoken,
) -> Result<Response, Problem> {
    let (store, _) = open(&platform).await?;
    let catalogue = store.catalogue().await.map_err(unavailable)?;
    Ok(private(&spells::parsed(&platform, &caller, &text, &catalogue).await))
}

/// Do what a command in plain words means. What is not understood well enough is not done.
#[utoipa::path(
    post, path = "/spell/cast", operation_id = "cast_spell", tag = "daemons", security(("key" = [])),
    request_body(content = request::SpokenSchema),
    responses((status = 200, description = "What was understood, and the answer of the path that does it.", body = spells::Cast),
              (status = 400, description = "The daemon is summoned already, or is not; or the body is not JSON.", body = Problem),
              (status = 409, description = "As many are summoned as may be.", body = Problem),
              (status = 422, description = "`SPELL_UNCLEAR`: nothing was done; the detail has suggestions.", body = Problem),
              BodyProblems),
)]
async fn cast_spell(
    owner: Owner,
    permit: Permit,
    State(platform): State<Platform>,
    Spoken(text): Spoken,
) -> Result<Response, Problem> {
    Box::pin(spells::cast(&platform, owner, permit, &text)).await
}

/// The documentation.
#[utoipa::path(
    get, path = "/grimoire", operation_id = "read_grimoire", tag = "daemons",
    responses((status = 307, description = "The documentation is at /docs.")),
)]
async fn documentation() -> Response {
    Redirect::temporary("/docs").into_response()
}

/// The documentation, by another name.
#[utoipa::path(
    get, path = "/arcane-docs", operation_id = "read_arcane_docs", tag = "daemons",
    responses((status = 307, description = "The documentation is at /docs.")),
)]
async fn arcane_docs() -> Response {
    documentation().await
}

/// Every definition, with its system prompt.
#[utoipa::path(
    get, path = "/api/admin/daemons", operation_id = "list_daemon_definitions", tag = "operation", security(("admin_key" = [])),
    responses((status = 200, description = "The definitions.", body = AllShown), OperatorProblems),
)]
async fn definitions(_: Admin, State(platform): State<Platform>) -> Result<Response, Problem> {
    let (store, _) = open(&platform).await?;
    let catalogue = store.catalogue().await.map_err(unavailable)?;
    let daemons =
        catalogue.into_iter().map(|(name, definition)| response::shown(&name, definition)).collect();
    Ok(private(&AllShown { daemons }))
}

/// Add or change a daemon. Of a built-in one, what is left out is as it is built in. Whoever has summoned it keeps it; the next call
/// is by the new definition.
#[utoipa::path(
    put, path = "/api/admin/daemons/{name}", operation_id = "define_daemon", tag = "operation", security(("admin_key" = [])),
    params(("name" = String, Path, description = "The daemon's name: 1 to 40 lower-case letters, digits, - and _.")),
    request_body(content = request::DefinedSchema),
    responses((status = 200, description = "The definition as it is now.", body = Shown), OperatorProblems, BodyProblems),
)]
async fn define(
    _: Admin,
    State(platform): State<Platform>,
    Defined { name, definition }: Defined,
) -> Result<Response, Problem> {
    let (store, _) = open(&platform).await?;
    store.define(&name, &definition).await.map_err(unavailable)?;
    Ok(private(&response::shown(&name, definition)))
}

/// Take a daemon away, also from those who have summoned it. A built-in one comes back by `PUT` with `{}`.
#[utoipa::path(
    delete, path = "/api/admin/daemons/{name}", operation_id = "remove_daemon", tag = "operation", security(("admin_key" = [])),
    params(("name" = String, Path, description = "The daemon's name.")),
    responses((status = 204, description = "It is gone."), OperatorProblems),
)]
async fn remove(
    _: Admin,
    State(platform): State<Platform>,
    PathParameter(name): PathParameter,
) -> Result<StatusCode, Problem> {
    let (store, _) = known(&platform, &name).await?;
    store.remove(&name).await.map_err(unavailable)?;
    Ok(StatusCode::NO_CONTENT)
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(
        summon,
        call,
        banish,
        list,
        list_active,
        statistics,
        inspect,
        follow,
        recent,
        recall,
        summarize,
        search,
        purge,
        archive,
        parse_spell,
        cast_spell,
        documentation,
        arcane_docs,
        definitions,
        define,
        remove
    ))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
