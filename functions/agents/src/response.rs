//! What is answered.

use std::collections::BTreeMap;

use agents::{
    definition::Agent,
    document::Kind,
    library::{Layer, Listed},
    loads::{Limits, Load, Use, uses},
};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use web::Problem;

/// JSON that no cache keeps.
pub(crate) fn private(value: &Value) -> Response {
    let mut response = web::json(value);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

pub(crate) fn with_status(status: StatusCode, value: &Value) -> Response {
    let mut response = private(value);
    *response.status_mut() = status;
    response
}

fn time(ms: i64) -> Option<String> {
    let time = chrono::DateTime::from_timestamp_millis(ms)?;
    Some(time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

fn load(load: &Load) -> Value {
    json!({
        "layer": load.layer, "family": load.family, "model": load.agent.model, "memory_mb": load.agent.memory,
        "loaded_at": time(load.loaded),
    })
}

fn limits(loads: &BTreeMap<String, Load>, limits: &Limits) -> Vec<Use> {
    let held: Vec<&Load> = loads.values().collect();
    uses(&held, limits)
}

pub(crate) fn agents(all: &[Listed], loads: &BTreeMap<String, Load>, most: &Limits) -> Value {
    let mut told: Vec<Value> = all
        .iter()
        .map(|listed| {
            let mut told = json!(listed);
            told["loaded"] = loads.get(&listed.id).map(load).into();
            told
        })
        .collect();
    // What was loaded stays, whatever became of its definition.
    for (id, held) in loads.iter().filter(|(id, _)| all.iter().all(|listed| listed.id != **id)) {
        told.push(json!({
            "id": id, "name": held.agent.name, "description": held.agent.description, "layer": null, "overrides": [],
            "loaded": load(held),
        }));
    }
    json!({ "agents": told, "count": told.len(), "loaded": loads.len(), "limits": limits(loads, most) })
}

pub(crate) fn definition(id: &str, layer: Layer, text: &str) -> Value {
    let agent = Agent::read(id, text);
    let problems: Vec<String> =
        agent.as_ref().err().into_iter().flatten().map(|(field, what)| format!("{field} {what}")).collect();
    json!({ "id": id, "layer": layer, "definition": text, "agent": agent.ok(), "problems": problems })
}

pub(crate) fn loaded(
    id: &str,
    new: u64,
    wanted: &[Load],
    loads: &BTreeMap<String, Load>,
    most: &Limits,
) -> Value {
    let with: Vec<&str> = wanted.iter().map(|load| load.id.as_str()).filter(|other| *other != id).collect();
    json!({
        "status": if new > 0 { "loaded" } else { "already_loaded" },
        "id": id,
        "agent": loads.get(id).map(|load| &load.agent),
        "loaded": loads.get(id).map(load),
        "with": with,
        "limits": limits(loads, most),
    })
}

/// 409 with the limit that stands against it.
pub(crate) fn over(id: &str, used: &Use) -> Response {
    let detail = format!(
        "The agent {id} was not loaded: with all that it depends on you would use {} of {} ({}). Unload others first.",
        used.used, used.limit, used.limited_by
    );
    let problem = Problem::new(StatusCode::CONFLICT, "AGENT_LIMIT_REACHED", detail);
    let mut body = serde_json::to_value(&problem).unwrap_or_default();
    body["limit"] = json!(used);
    let mut response = problem.into_response();
    *response.body_mut() = body.to_string().into();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

pub(crate) fn documents(kind: Kind, all: &[Listed]) -> Value {
    let mut categories: Vec<&str> = all.iter().map(|listed| listed.heading.category.as_str()).collect();
    categories.sort_unstable();
    categories.dedup();
    json!({ "kind": kind, kind.name(): all, "count": all.len(), "categories": categories })
}
