//! The schemas of the tools that forecast, described for today's network.
//!
//! Arguments are described by the table of a request's fields; here is only what models are told differently from programs.

use forecast::{FIELDS, Field, Takes};
use network_data::Snapshot;
use serde_json::{Map, Value, json};

use crate::{metrics, request::RESOLUTION, response::six_digits};

/// Scenarios in one call: as many as one can still read side by side, and as a request has time for.
pub(crate) const MOST_SCENARIOS: usize = 8;

/// What all scenarios of a comparison have in common, since they stand side by side.
pub(crate) const COMMON: [&str; 2] = ["forecast_length_days", "resolution"];

/// The arguments of `simulate`, with today's defaults.
pub(crate) fn simulate(snapshot: Option<&Snapshot>) -> Map<String, Value> {
    let mut properties = Map::new();
    for field in fields() {
        let mut property = forecast::property(field);
        property["description"] = about(field, snapshot).into();
        // Said once, with forecast_length_days.
        if let Some(daily) = property.pointer_mut("/anyOf/1").and_then(Value::as_object_mut) {
            daily.remove("description");
        }
        if field.takes == Takes::Resolution {
            property["default"] = RESOLUTION.name().into();
        }
        properties.insert(field.name.to_owned(), property);
    }
    properties.insert("requested_metrics".to_owned(), requested_metrics());
    object(properties, &[])
}

/// The arguments of `compare_scenarios`: each scenario has the assumptions, what is common stands once.
pub(crate) fn compare(snapshot: Option<&Snapshot>) -> Map<String, Value> {
    let Some(Value::Object(whole)) = simulate(snapshot).remove("properties") else { return Map::new() };
    let (mut common, mut scenario): (Map<_, _>, Map<_, _>) =
        whole.into_iter().partition(|(name, _)| COMMON.contains(&name.as_str()));
    // The names are listed once, with simulate.
    let mut requested = scenario.remove("requested_metrics").unwrap_or_default();
    requested["items"] = json!({"type": "string"});
    requested["description"] = "The series to compare, as simulate has them; the fewer the better.".into();
    common.insert("requested_metrics".to_owned(), requested);
    for field in fields() {
        // simulate explains them: the list of tools is long enough.
        let Some(property) = scenario.get_mut(field.name) else { continue };
        property["description"] = reminder(field, snapshot).into();
        if let Some(property) = property.as_object_mut() {
            property.retain(|member, _| !matches!(member.as_str(), "examples" | "default"));
        }
        if let Some(daily) = property.pointer_mut("/anyOf/1").and_then(Value::as_object_mut) {
            daily.retain(|member, _| matches!(member.as_str(), "type" | "items"));
        }
    }
    scenario["name"]["description"] = "What to call it in the answer.".into();
    common.insert(
        "scenarios".to_owned(),
        json!({
            "type": "array", "minItems": 2, "maxItems": MOST_SCENARIOS, "items": object(scenario, &["name"]),
            "description": "The first is what the others are measured against. Each is a name and the assumptions of simulate \
                in which it differs from today's defaults; a name alone is today's defaults. A list has one value a \
                day, exactly forecast_length_days of them.",
            "examples": [[{"name": "as today"}, {"name": "onboarding 6 PiB/day", "rbp": 6.0}]],
        }),
    );
    object(common, &["scenarios"])
}

/// The arguments of `forecast_range`: those of `POST /simulate/sweep`, told in fewer words.
#[cfg(feature = "jobs")]
pub(crate) fn range(snapshot: Option<&Snapshot>) -> Map<String, Value> {
    let mut schema = sweep::request_schema();
    schema["properties"]["assumptions"] = assumptions(schema["properties"]["assumptions"].take(), snapshot);
    // Every assumption is given in the same form: it is written once, and the reader refuses other names.
    for path in ["/properties/grid", "/properties/draws/properties/distributions"] {
        let Some(named) = schema.pointer_mut(path).and_then(Value::as_object_mut) else { continue };
        let Some(Value::Object(each)) = named.remove("properties") else { continue };
        let names = each.keys().cloned().collect::<Vec<_>>().join(", ");
        let Some((_, mut one)) = each.into_iter().next() else { continue };
        one["description"] = format!("For one of {names}, in its unit.").into();
        without_bounds(&mut one);
        named.insert("additionalProperties".to_owned(), one);
    }
    let metrics = json!({"type": "array", "items": {"type": "string"}, "description": "Series by name, as simulate has them (running \
        totals by their own names); power, supply, locked FIL and the one-year return when left out."});
    schema["properties"]["output"] = metrics;
    schema["properties"]["thresholds"]["items"]["properties"]["series"] = json!({"type": "string"});
    schema["properties"]["resolution"]["description"] =
        "The days of the percentiles: monthly when left out.".into();
    without(&mut schema, "label");
    mcp::model::object(schema)
}

/// The arguments of `find_assumption`: those of `POST /simulate/goal`, told in fewer words.
#[cfg(feature = "jobs")]
pub(crate) fn goal(snapshot: Option<&Snapshot>) -> Map<String, Value> {
    let mut schema = sweep::goal_schema();
    schema["properties"]["assumptions"] = assumptions(schema["properties"]["assumptions"].take(), snapshot);
    schema["properties"]["series"] = json!({"type": "string", "description": "A series by name, as simulate has them (running totals by their own names)."});
    without(&mut schema, "label");
    mcp::model::object(schema)
}

/// Shared assumptions, each with a reminder of what it is.
#[cfg(feature = "jobs")]
fn assumptions(mut schema: Value, snapshot: Option<&Snapshot>) -> Value {
    schema["description"] =
        "What all forecasts share, as in simulate; 365 days when the length is left out.".into();
    for field in &FIELDS {
        let Some(property) = schema.pointer_mut(&format!("/properties/{}", field.name)) else { continue };
        // Lists are for simulate: here a number is enough to be told of.
        *property = match field.takes {
            Takes::Number { .. } | Takes::Days { .. } => json!({"type": "number"}),
            _ => property.take(),
        };
        property["description"] = reminder(field, snapshot).into();
        if let Some(property) = property.as_object_mut() {
            property.retain(|member, _| !matches!(member.as_str(), "examples" | "default"));
        }
    }
    schema
}

/// Numbers without their bounds, which differ from assumption to assumption.
#[cfg(feature = "jobs")]
fn without_bounds(schema: &mut Value) {
    if let Some(items) = schema.get_mut("items").and_then(Value::as_object_mut) {
        items.retain(|member, _| !matches!(member.as_str(), "minimum" | "maximum"));
    }
}

/// An object's schema without one of its members.
#[cfg(feature = "jobs")]
pub(crate) fn without(schema: &mut Value, member: &str) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove(member);
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name != member);
    }
}

/// A reply's schema as tools declare it: without descriptions, because a model reads the reply itself and pays for every word.
#[cfg(feature = "jobs")]
pub(crate) fn schema(mut value: Value) -> schemars::Schema {
    without_descriptions(&mut value);
    schemars::Schema::try_from(value).unwrap_or_default()
}

#[cfg(feature = "jobs")]
fn without_descriptions(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.retain(|name, value| name != "description" || !value.is_string());
            members.values_mut().for_each(without_descriptions);
        }
        Value::Array(all) => all.iter_mut().for_each(without_descriptions),
        _ => {}
    }
}

/// The fields of `POST /simulate`, less the one that is called `requested_metrics` here.
fn fields() -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(|field| field.takes != Takes::Series)
}

/// An argument's description, in a few sentences.
pub(crate) fn about(field: &Field, snapshot: Option<&Snapshot>) -> String {
    let today = snapshot
        .and_then(|snapshot| Some((six_digits(field.default.today(snapshot)?), snapshot.current_date())));
    let told = match field.takes {
        Takes::Number { .. } => {
            let default = field.default_in_words;
            let default =
                today.map_or(default.to_owned(), |(today, date)| format!("{default} ({today} as of {date})"));
            let history = snapshot.and_then(|snapshot| history(field, snapshot)).unwrap_or_default();
            format!("{} Range: {}. Default: {default}.{history}", field.meaning, field.range())
        }
        Takes::Days { .. } if !field.is_assumption() => "The horizon in days, the data's current date included. Always set it \
            to what was asked: 90 for a quarter, 365 for a year, 730 for two; the default of ten years is long. Vectors \
            have exactly this many entries."
            .to_owned(),
        Takes::Resolution => "Every Monday (default; every day under 28 days), every day, or the first day of every month (best \
            beyond three years)."
            .to_owned(),
        _ => {
            let today = today.map_or_else(String::new, |(today, _)| format!(" Today {today}."));
            format!("{}{today}", field.meaning)
        }
    };
    format!("{told} {}", field.advice).trim_end().to_owned()
}

/// The same in a line, for a list where `simulate` has explained it before.
fn reminder(field: &Field, snapshot: Option<&Snapshot>) -> String {
    let unit = match field.takes {
        Takes::Vector { .. } => format!("{}, a list", field.unit),
        Takes::Number { .. } | Takes::Days { .. } => field.unit.to_owned(),
        _ => return field.meaning.split_inclusive('.').next().unwrap_or_default().to_owned(),
    };
    match snapshot.and_then(|snapshot| field.default.today(snapshot)) {
        Some(today) => format!("{unit}; today {}", six_digits(today)),
        None => format!("{unit}; default {}", field.default_in_words),
    }
}

/// The range of an assumption over the history, on nine days of ten.
fn history(field: &Field, snapshot: &Snapshot) -> Option<String> {
    let mut days = field.history?(snapshot).to_vec();
    days.sort_by(f64::total_cmp);
    let at = |share: f64| days.get((days.len().saturating_sub(1) as f64 * share) as usize).copied();
    Some(format!(
        " Since {} it was {:.2} to {:.2} on nine days of ten.",
        snapshot.start_date(),
        at(0.05)?,
        at(0.95)?
    ))
}

fn requested_metrics() -> Value {
    let names: Vec<_> = metrics::names().collect();
    json!({
        "type": "array", "items": {"type": "string", "enum": names}, "default": ["1y_sector_roi"],
        "description": "The series to return; few at a time keep the answer short. fetch_context explains each. Often wanted: \
            network_RBP_EIB, network_QAP_EIB, network_baseline_EIB, day_network_reward, circ_supply, network_locked, \
            day_pledge_per_QAP, 1y_return_per_sector, 1y_sector_roi.",
    })
}

fn object(properties: Map<String, Value>, required: &[&str]) -> Map<String, Value> {
    let mut object = Map::new();
    object.extend([
        ("type".to_owned(), "object".into()),
        ("properties".to_owned(), properties.into()),
        ("required".to_owned(), required.into()),
        ("additionalProperties".to_owned(), Value::from(false)),
    ]);
    object
}

/// A message of the protocol in the OpenAPI document: a JSON-RPC request or notification.
pub struct Message;

impl utoipa::PartialSchema for Message {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        web::openapi::schema(serde_json::json!({
            "type": "object",
            "properties": {
                "jsonrpc": {"type": "string", "enum": ["2.0"]},
                "id": {
                    "description": "The caller's name for the answer; left out in a notification.",
                    "anyOf": [{"type": "string"}, {"type": "integer"}],
                },
                "method": {"type": "string", "description": "Such as `tools/list` or `tools/call`."},
                "params": {"type": "object"},
            },
            "required": ["jsonrpc", "method"],
        }))
    }
}

impl utoipa::ToSchema for Message {
    fn name() -> std::borrow::Cow<'static, str> {
        "McpMessage".into()
    }
}
