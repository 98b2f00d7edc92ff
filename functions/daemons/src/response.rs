//! What is answered.

use std::collections::BTreeMap;

use axum::response::{IntoResponse as _, Response};
use daemons::{Circle, Definition, Purged, Record, State, Summary, time};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};
use suggest::Unknown;
use web::Problem;

/// Daemons are their owner's: no cache keeps them.
const PRIVATE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));

/// JSON that no cache keeps.
pub(crate) fn private<T: Serialize>(value: &T) -> Response {
    ([PRIVATE], web::json(value)).into_response()
}

/// A daemon and where it stands.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Daemon)]
pub(crate) struct Daemon {
    /// Its name.
    name: String,
    /// What it is for.
    role: String,
    /// The colour in which a page shows it.
    color_code: String,
    /// Whether it is summoned.
    is_summoned: bool,
    /// Calls since it was summoned last.
    invocation_count: u64,
    /// What stands behind it.
    metadata: Metadata,
}

/// What stands behind a daemon.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DaemonMetadata)]
pub(crate) struct Metadata {
    /// The model; null where the provider's default is used.
    model: Option<String>,
    /// The model's provider; null where the deployment's first is used.
    provider: Option<String>,
    /// What it can do, in words.
    capabilities: Vec<String>,
    /// When it was summoned last.
    summoned_at: Option<String>,
    /// When it was summoned or called last.
    last_used_at: Option<String>,
    /// Calls under way.
    running: u64,
}

/// A daemon of a circle.
pub(crate) fn daemon(name: &str, definition: &Definition, state: &State) -> Daemon {
    Daemon {
        name: name.to_owned(),
        role: definition.role.clone(),
        color_code: definition.color_code.clone(),
        is_summoned: state.is_summoned,
        invocation_count: state.invocations,
        metadata: Metadata {
            model: definition.model.clone(),
            provider: definition.provider.clone(),
            capabilities: definition.capabilities.clone(),
            summoned_at: state.summoned.map(time),
            last_used_at: state.used.map(time),
            running: state.running,
        },
    }
}

/// All daemons.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Daemons)]
pub(crate) struct All {
    /// `revealed`.
    status: &'static str,
    /// The same in words.
    message: String,
    /// Every daemon by its name.
    daemons: BTreeMap<String, Daemon>,
    /// How many.
    count: usize,
}

pub(crate) fn all(circle: &Circle) -> All {
    let mut daemons = BTreeMap::new();
    daemons.extend(
        circle.catalogue.iter().map(|(name, of)| (name.clone(), daemon(name, of, &circle.state(name)))),
    );
    let count = daemons.len();
    let active = circle.active().count();
    All {
        status: "revealed",
        message: format!("{count} daemons, {active} of them summoned."),
        daemons,
        count,
    }
}

/// The daemons that are summoned.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ActiveDaemons)]
pub(crate) struct Awake {
    /// `scrying_complete`.
    status: &'static str,
    /// The same in words.
    message: String,
    /// Those that are summoned, by their names.
    active_daemons: BTreeMap<String, Daemon>,
    /// How many.
    count: usize,
}

pub(crate) fn active(circle: &Circle) -> Awake {
    let mut active_daemons = BTreeMap::new();
    active_daemons
        .extend(circle.active().map(|(name, of, state)| (name.to_owned(), daemon(name, of, state))));
    let count = active_daemons.len();
    Awake {
        status: "scrying_complete",
        message: format!("{count} daemons are summoned."),
        active_daemons,
        count,
    }
}

/// A daemon's figures.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DaemonStatistics)]
pub(crate) struct Statistics {
    /// Whether it is summoned.
    is_summoned: bool,
    /// How often it was summoned.
    summon_count: u64,
    /// Calls since it was summoned last.
    invocation_count: u64,
    /// Calls ever.
    total_invocations: u64,
    /// Of these, those that failed.
    failed_invocations: u64,
    /// Seconds that a call took on average; null without a call.
    average_execution_time: Option<f64>,
    /// Tokens that went in, over all calls.
    input_tokens: u64,
    /// Tokens that came out.
    output_tokens: u64,
    /// Calls under way.
    running: u64,
}

impl From<&State> for Statistics {
    fn from(state: &State) -> Self {
        Self {
            is_summoned: state.is_summoned,
            summon_count: state.summons,
            invocation_count: state.invocations,
            total_invocations: state.total,
            failed_invocations: state.failed,
            average_execution_time: (state.total > 0)
                .then(|| state.milliseconds as f64 / 1000.0 / state.total as f64),
            input_tokens: state.input_tokens,
            output_tokens: state.output_tokens,
            running: state.running,
        }
    }
}

/// The figures of all daemons.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = AllDaemonStatistics)]
pub(crate) struct Divined {
    /// `divination_complete`.
    status: &'static str,
    /// The figures.
    statistics: Totals,
}

/// The figures of all daemons together, and of each.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DaemonTotals)]
pub(crate) struct Totals {
    /// Daemons.
    total_daemons: usize,
    /// Those that are summoned.
    active_daemons: usize,
    /// Those that are not.
    dormant_daemons: usize,
    /// Calls ever.
    total_invocations: u64,
    /// Daemons that are tools of `/mcp` now.
    mcp_registered_daemons: usize,
    /// Each daemon's figures.
    daemon_statistics: BTreeMap<String, Statistics>,
}

pub(crate) fn divined(circle: &Circle) -> Divined {
    let mut each = BTreeMap::new();
    each.extend(circle.catalogue.keys().map(|name| (name.clone(), Statistics::from(&circle.state(name)))));
    // Also those that were called and are not there any more.
    each.extend(
        circle
            .states
            .iter()
            .filter(|(_, state)| state.total > 0)
            .map(|(name, state)| (name.clone(), state.into())),
    );
    let active = circle.active().count();
    Divined {
        status: "divination_complete",
        statistics: Totals {
            total_daemons: circle.catalogue.len(),
            active_daemons: active,
            dormant_daemons: circle.catalogue.len() - active,
            total_invocations: circle.states.values().map(|state| state.total).sum(),
            mcp_registered_daemons: active,
            daemon_statistics: each,
        },
    }
}

/// A daemon that was summoned.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DaemonSummoned)]
pub(crate) struct Summoned {
    /// `summoned`.
    status: &'static str,
    /// Its name.
    daemon: String,
    /// The same in words.
    message: String,
}

pub(crate) fn summoned(name: String) -> Summoned {
    Summoned {
        status: "summoned",
        message: format!("{name} is summoned, and a tool of /mcp as invoke_{name}."),
        daemon: name,
    }
}

/// A daemon that was banished.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DaemonBanished)]
pub(crate) struct Banished {
    /// `banished`.
    status: &'static str,
    /// Its name.
    daemon: String,
    /// The same in words.
    message: String,
    /// Its figures at the end.
    statistics: Statistics,
}

pub(crate) fn banished(name: String, state: &State) -> Banished {
    let message = match state.running {
        0 => format!("{name} is banished."),
        running => format!("{name} is banished. Calls that were under way ({running}) go on to their end."),
    };
    Banished { status: "banished", message, statistics: state.into(), daemon: name }
}

/// A row of the record.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = GrimoireRecord)]
pub(crate) struct Row {
    /// Its number, which is its event's id.
    id: u64,
    /// When.
    at: String,
    /// `summon`, `invoke`, `banish` or `purge`.
    kind: String,
    /// The daemon; null for a purge.
    daemon: Option<String>,
    /// The particulars.
    data: Value,
    /// What a call asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    /// What a call gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

impl From<Record> for Row {
    fn from(record: Record) -> Self {
        let Record { number, at, kind, daemon, data, task, answer } = record;
        Self { id: number, at: time(at), kind, daemon, data, task, answer }
    }
}

/// Where a daemon stands, with its last calls.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DaemonInspection)]
pub(crate) struct Inspected {
    /// `inspection_complete`.
    status: &'static str,
    /// Where it stands.
    daemon_state: Inspection,
}

/// A daemon, its figures and its last calls.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DaemonStateReply)]
pub(crate) struct Inspection {
    /// The daemon.
    daemon: Daemon,
    /// Its figures.
    statistics: Statistics,
    /// Its ten newest calls, newest first.
    invocation_history: Vec<Row>,
}

pub(crate) fn inspected(
    name: &str,
    definition: &Definition,
    state: &State,
    history: Vec<Record>,
) -> Inspected {
    Inspected {
        status: "inspection_complete",
        daemon_state: Inspection {
            daemon: daemon(name, definition, state),
            statistics: state.into(),
            invocation_history: history.into_iter().map(Row::from).collect(),
        },
    }
}

/// A page of the record.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = GrimoireRecords)]
pub(crate) struct Page {
    /// `recalled`.
    status: &'static str,
    /// The same in words.
    message: String,
    /// Newest first.
    records: Vec<Row>,
    /// How many.
    count: usize,
    /// `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

pub(crate) fn records(records: Vec<Record>, limit: u32) -> Page {
    let is_full = records.len() == limit as usize;
    let next_cursor = records.last().filter(|_| is_full).map(|record| record.number.to_string());
    let count = records.len();
    let message = format!("{count} rows of the record.");
    Page {
        status: "recalled",
        message,
        records: records.into_iter().map(Row::from).collect(),
        count,
        next_cursor,
    }
}

/// The newest events.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RecentDaemonEvents)]
pub(crate) struct Recent {
    /// `revealed`.
    status: &'static str,
    /// The same in words.
    message: String,
    /// Newest first.
    events: Vec<Told>,
    /// How many.
    count: usize,
}

/// An event.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DaemonEvent)]
pub(crate) struct Told {
    /// Its number: `Last-Event-ID`.
    pub(crate) id: u64,
    /// `summon`, `invoke`, `banish` or `purge`.
    pub(crate) event: String,
    /// What happened.
    pub(crate) data: Value,
}

/// An event tells the beginning of a task; the record has it whole.
const SHOWN_OF_TASK: usize = 200;

impl From<Record> for Told {
    fn from(record: Record) -> Self {
        let Record { number, at, kind, daemon, mut data, task, .. } = record;
        if let Some(object) = data.as_object_mut() {
            object.insert("at".to_owned(), time(at).into());
            object.insert("daemon".to_owned(), json!(daemon));
            if let Some(task) = task {
                object.insert("task".to_owned(), task.chars().take(SHOWN_OF_TASK).collect::<String>().into());
            }
        }
        Self { id: number, event: kind, data }
    }
}

pub(crate) fn recent(records: Vec<Record>) -> Recent {
    let count = records.len();
    let message = format!("The {count} newest events.");
    Recent { status: "revealed", message, events: records.into_iter().map(Told::from).collect(), count }
}

/// What the record says as a whole.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = GrimoireStatistics)]
pub(crate) struct Summed {
    /// `divination_complete`.
    status: &'static str,
    /// The figures.
    statistics: Sums,
}

/// Figures of the record: what was purged is not among them.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = GrimoireSums)]
pub(crate) struct Sums {
    /// Rows.
    total_records: u64,
    /// Rows of each kind.
    records_by_kind: BTreeMap<String, u64>,
    /// Rows of each kind of each daemon.
    records_by_daemon: BTreeMap<String, BTreeMap<String, u64>>,
    /// Calls that failed.
    failed_invocations: u64,
    /// Seconds that the calls took together.
    total_execution_time: f64,
    /// Tokens that went in.
    input_tokens: u64,
    /// Tokens that came out.
    output_tokens: u64,
    /// The oldest row's time.
    first_at: Option<String>,
    /// The newest row's time.
    last_at: Option<String>,
}

pub(crate) fn summed(summary: Summary) -> Summed {
    let (mut by_kind, mut by_daemon) = (BTreeMap::new(), BTreeMap::<String, BTreeMap<String, u64>>::new());
    for (kind, daemon, many) in summary.counts {
        *by_kind.entry(kind.clone()).or_default() += many;
        if let Some(daemon) = daemon {
            *by_daemon.entry(daemon).or_default().entry(kind).or_default() += many;
        }
    }
    Summed {
        status: "divination_complete",
        statistics: Sums {
            total_records: by_kind.values().sum(),
            records_by_kind: by_kind,
            records_by_daemon: by_daemon,
            failed_invocations: summary.failed,
            total_execution_time: summary.seconds,
            input_tokens: summary.input_tokens,
            output_tokens: summary.output_tokens,
            first_at: summary.first.map(time),
            last_at: summary.last.map(time),
        },
    }
}

/// What a purge did.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = GrimoirePurged)]
pub(crate) struct PurgeDone {
    /// `purged`.
    status: &'static str,
    /// The same in words.
    message: String,
    /// Rows that were archived and removed.
    purged: u64,
    /// Where they can be fetched.
    archive_urls: Vec<String>,
    /// Whether there is more to be removed: purge again.
    more: bool,
}

pub(crate) fn purged(days: u32, purged: &Purged) -> PurgeDone {
    PurgeDone {
        status: "purged",
        message: format!("{} rows of more than {days} days ago were archived and removed.", purged.records),
        purged: purged.records,
        archive_urls: purged.archives.iter().map(|name| format!("/grimoire/archives/{name}")).collect(),
        more: purged.is_rest,
    }
}

/// An archive: a JSON object on each line.
pub(crate) fn archive(bytes: Vec<u8>) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    ([kind, PRIVATE], bytes).into_response()
}

/// A definition, as the operator sees it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DaemonDefinitionReply)]
pub(crate) struct Shown {
    /// Its name.
    name: String,
    /// The model's provider; null for the deployment's first.
    provider: Option<String>,
    /// The model; null for the provider's default.
    model: Option<String>,
    /// What it is for.
    role: String,
    /// The colour in which a page shows it.
    color_code: String,
    /// What it can do, in words.
    capabilities: Vec<String>,
    /// What its model is told before every task.
    system_prompt: String,
    /// The tools of `/mcp` that its model may call.
    tools: Vec<String>,
    /// Whether it is a built-in one, as it is built in.
    is_built_in: bool,
}

pub(crate) fn shown(name: &str, definition: Definition) -> Shown {
    let is_built_in = Definition::built_in(name).as_ref() == Some(&definition);
    let Definition { provider, model, role, color_code, capabilities, system_prompt, tools } = definition;
    Shown {
        name: name.to_owned(),
        provider,
        model,
        role,
        color_code,
        capabilities,
        system_prompt,
        tools,
        is_built_in,
    }
}

/// All definitions.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DaemonDefinitions)]
pub(crate) struct AllShown {
    /// By name.
    pub(crate) daemons: Vec<Shown>,
}

pub(crate) fn unknown_daemon<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let known: Vec<&str> = known.collect();
    let detail =
        format!("There is no such daemon: {}", Unknown::new(name, known.iter().copied()).listing(&known));
    Problem::new(StatusCode::NOT_FOUND, "DAEMON_NOT_FOUND", detail)
}

pub(crate) fn already_summoned(name: &str) -> Problem {
    let detail =
        format!("{name} is summoned already. POST /invoke gives it a task, POST /banish sends it away.");
    Problem::new(StatusCode::BAD_REQUEST, "ALREADY_SUMMONED", detail)
}

pub(crate) fn too_many(most: u32, active: &[String]) -> Problem {
    let detail = format!(
        "{} are summoned, and {most} may be at the same time. Banish one first, by POST /banish.",
        active.join(", ")
    );
    Problem::new(StatusCode::CONFLICT, "TOO_MANY_DAEMONS", detail)
}

pub(crate) fn not_summoned(name: &str) -> Problem {
    let detail = format!(
        "{name} is not summoned. POST /summon {{\"daemon_name\": \"{name}\"}} first; a daemon that is idle for too long is banished."
    );
    Problem::new(StatusCode::BAD_REQUEST, "NOT_SUMMONED", detail)
}

pub(crate) fn no_archive() -> Problem {
    let detail = "No such archive is yours. DELETE /grimoire/purge names the archives that it makes, and so does its row of the record.";
    Problem::new(StatusCode::NOT_FOUND, "ARCHIVE_NOT_FOUND", detail)
}
