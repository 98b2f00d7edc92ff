use serde_json::{Map, Value, json};

use super::import::{DERIVED, SMOOTHED};
use crate::columns::{COLUMNS, START_VALUES};

/// The JSON Schema of the JSON form, from the tables that read it: for the documentation.
#[must_use]
pub fn schema() -> Value {
    let date = || json!({"type": "string", "format": "date"});
    let number = || json!({"type": "number"});
    let numbers = || json!({"type": "array", "items": {"type": "number"}});
    let object = |properties: Map<String, Value>, required: Vec<&str>| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let named = |name: &str, value: Value| (name.to_owned(), value);
    let offline = COLUMNS
        .iter()
        .map(|column| named(column.name, numbers()))
        .chain(START_VALUES.iter().map(|start| named(start.name, number())))
        .chain(DERIVED.map(|name| named(name, number())));
    let needed = COLUMNS.iter().filter(|column| !column.optional).map(|column| column.name);
    let needed = needed.chain(START_VALUES.iter().map(|start| start.name)).collect();
    let top = [
        named("source", json!({"type": "string"})),
        named("start_date", date()),
        named("current_date", date()),
        named("network_start", date()),
        named("historical_days", number()),
        named("offline_data", object(offline.collect(), needed)),
        named(
            "historical_arrays",
            object(SMOOTHED.map(|name| named(name, numbers())).into_iter().collect(), vec![]),
        ),
        named(
            "smoothed_metrics",
            object(SMOOTHED.map(|name| named(name, number())).into_iter().collect(), vec![]),
        ),
        // For the reader; not read.
        named("description", json!({"type": "string"})),
        named("units", json!({"type": "object"})),
        named("index_conventions", json!({"type": "object"})),
    ];
    object(top.into_iter().collect(), vec!["start_date", "current_date", "offline_data"])
}
