//! What is answered.

use std::collections::BTreeMap;

use axum::response::{IntoResponse as _, Response};
use discovery::{
    candidates::Tried,
    definition::Definition,
    docker::Labelled,
    metrics::{Family, MEDIA_TYPE, Sample, text},
    pins::Pinned,
    store::{Check, Connection, Health, Heartbeat, Hosted},
};
use http::{HeaderValue, StatusCode, header};
use platform::Platform;
use serde_json::{Map, Value, json};

/// JSON that no cache keeps.
pub(crate) fn private(value: &impl serde::Serialize) -> Response {
    let mut response = web::json(value);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

pub(crate) fn with_status(status: StatusCode, value: &impl serde::Serialize) -> Response {
    let mut response = private(value);
    *response.status_mut() = status;
    response
}

/// A problem with what was tried.
pub(crate) fn traced(status: StatusCode, code: &'static str, detail: &str, trace: &[Tried]) -> Response {
    let problem = web::Problem::new(status, code, detail.to_owned());
    let mut body = serde_json::to_value(&problem).unwrap_or_default();
    body["trace"] = json!(trace);
    let mut response = problem.into_response();
    *response.body_mut() = body.to_string().into();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

/// A time, RFC 3339.
pub(crate) fn time(ms: i64) -> Option<String> {
    let time = chrono::DateTime::from_timestamp_millis(ms)?;
    Some(time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

pub(crate) fn connection(connection: &Connection, tools: &[Pinned]) -> Value {
    let tool = |tool: &Pinned| {
        let described = tool.tool.as_ref().or(tool.held.as_ref());
        let mut told = json!({
            "name": tool.name, "exposed_as": tool.exposed,
            "status": if tool.held.is_some() { "held" } else { "offered" },
            "description": described.map(|tool| tool["description"].clone()),
        });
        if let Some(held) = &tool.held {
            told["held"] = held.clone();
        }
        told
    };
    json!({
        "server": connection.server,
        "source": connection.candidate.source,
        "url": connection.candidate.url,
        "protocol_version": connection.session.revision.name(),
        "server_info": connection.session.server,
        "connected_at": time(connection.connected),
        "tools": tools.iter().map(tool).collect::<Vec<_>>(),
        "resources": connection.offers["resources"],
        "resource_templates": connection.offers["templates"],
        "prompts": connection.offers["prompts"],
    })
}

/// Servers, by who says that they are there.
pub(crate) struct Known {
    pub(crate) described: BTreeMap<String, Definition>,
    pub(crate) announced: Vec<Heartbeat>,
    pub(crate) hosted: Vec<Hosted>,
    pub(crate) containers: Vec<Labelled>,
}

pub(crate) fn servers(known: &Known, health: &BTreeMap<String, Health>, connections: &[Connection]) -> Value {
    let Known { described, announced, hosted, containers } = known;
    let mut servers: Vec<(u16, Value)> = Vec::new();
    let state = |name: &str| match health.get(name) {
        None => "unchecked",
        Some(health) if health.failures == 0 => "well",
        Some(_) => "failing",
    };
    let is_connected = |name: &str| connections.iter().any(|connection| connection.server == name);
    for (name, definition) in described {
        let told = json!({
            "name": name, "enabled": definition.enabled, "priority": definition.priority,
            "urls": definition.urls().collect::<Vec<_>>(), "state": state(name), "connected": is_connected(name),
            "announced": announced.iter().any(|heartbeat| heartbeat.name == *name),
            "hosted": hosted.iter().any(|hosted| hosted.server == *name),
        });
        servers.push((definition.priority, told));
    }
    for heartbeat in announced.iter().filter(|heartbeat| !described.contains_key(&heartbeat.name)) {
        let told = json!({
            "name": heartbeat.name, "enabled": true, "priority": 100, "urls": [heartbeat.url], "version": heartbeat.version,
            "state": state(&heartbeat.name), "connected": is_connected(&heartbeat.name), "announced": true,
            "expires_at": time(heartbeat.expires),
        });
        servers.push((100, told));
    }
    let is_told =
        |name: &str| described.contains_key(name) || announced.iter().any(|heartbeat| heartbeat.name == name);
    for hosted in hosted.iter().filter(|hosted| !is_told(&hosted.server)) {
        let told = json!({
            "name": hosted.server, "enabled": true, "priority": 100, "urls": [hosted.url],
            "state": state(&hosted.server), "connected": is_connected(&hosted.server), "announced": false, "hosted": true,
        });
        servers.push((100, told));
    }
    let is_hosted = |name: &str| hosted.iter().any(|hosted| hosted.server == name);
    for one in containers.iter().filter(|one| !is_told(&one.name) && !is_hosted(&one.name)) {
        let told = json!({
            "name": one.name, "enabled": true, "priority": 100, "urls": [one.url], "state": state(&one.name),
            "connected": is_connected(&one.name), "announced": false, "container": true,
        });
        servers.push((100, told));
    }
    servers.sort_by_key(|(priority, _)| *priority);
    let servers: Vec<_> = servers.into_iter().map(|(_, told)| told).collect();
    json!({ "count": servers.len(), "mcp_servers": servers })
}

pub(crate) fn health(health: &Health, checks: &[Check], now: i64) -> Value {
    let check = |check: &Check| json!({ "at": time(check.at), "ok": check.ok, "latency_ms": check.latency_ms, "detail": check.detail });
    json!({
        "state": if health.failures == 0 { "well" } else { "failing" },
        "failures_in_a_row": health.failures,
        "last_success": health.last_success.and_then(time),
        "last_error": health.last_error,
        "latency_ms": health.latency_ms,
        "checked_at": time(health.checked),
        "resting_ms": health.circuit().rests(now),
        "checks": checks.iter().map(check).collect::<Vec<_>>(),
    })
}

pub(crate) fn detailed(
    platform: &Platform,
    complaints: &[String],
    servers: Option<&BTreeMap<String, Health>>,
    now: i64,
) -> Value {
    let mut told = Map::new();
    for (name, of_server) in servers.into_iter().flatten() {
        told.insert(name.clone(), health(of_server, &[], now));
    }
    let failing = servers.into_iter().flatten().filter(|(_, health)| health.failures > 0).count();
    let well = complaints.is_empty() && servers.is_some() && failing == 0;
    json!({
        "status": if well { "healthy" } else { "degraded" },
        "version": web::VERSION,
        "build": web::BUILD,
        "platform": platform.name(),
        "components": {
            "settings": { "status": if complaints.is_empty() { "healthy" } else { "degraded" }, "complaints": complaints },
            "database": { "status": if servers.is_some() { "healthy" } else { "degraded" } },
            "mcp_servers": { "status": if failing == 0 { "healthy" } else { "degraded" }, "failing": failing, "servers": told },
        },
    })
}

/// The counters, each family also where nothing was counted yet.
pub(crate) fn metrics(
    counters: &mut BTreeMap<String, Vec<Sample>>,
    health: &BTreeMap<String, Health>,
    (connections, tools): (i64, i64),
) -> Response {
    let mut counter = |what: &str, name, help| Family {
        name,
        help,
        kind: "counter",
        samples: counters.remove(what).unwrap_or_default(),
    };
    let gauge = |name, help, samples| Family { name, help, kind: "gauge", samples };
    let one = |value| vec![Sample { labels: vec![], value }];
    let up = health.iter().map(|(name, health)| Sample {
        labels: vec![("server", name.clone())],
        value: i64::from(health.failures == 0),
    });
    let families = [
        counter(
            "calls",
            "mechafil_mcp_calls_total",
            "Calls of tools that were passed on to connected MCP servers, by outcome.",
        ),
        counter(
            "reads",
            "mechafil_mcp_reads_total",
            "Resources and prompts that were read from connected MCP servers, by outcome.",
        ),
        counter("connects", "mechafil_mcp_connects_total", "Attempts to connect an MCP server, by outcome."),
        counter("probes", "mechafil_mcp_probes_total", "Checks of MCP servers, by outcome."),
        gauge(
            "mechafil_mcp_server_up",
            "Whether the last request to the MCP server was answered.",
            up.collect(),
        ),
        gauge("mechafil_mcp_connections", "MCP servers that are connected, of all owners.", one(connections)),
        gauge("mechafil_mcp_tools", "Tools of connected MCP servers, of all owners.", one(tools)),
    ];
    ([(header::CONTENT_TYPE, MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")], text(&families))
        .into_response()
}
