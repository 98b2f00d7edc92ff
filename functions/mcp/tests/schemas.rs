//! Schemas that generators of clients and frameworks for agents understand.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::Assistant;
use serde_json::{Value, json};

/// Whether a value is a schema's list of branches.
const UNIONS: [&str; 2] = ["anyOf", "oneOf"];

/// Everything in a schema, however deep, that generators and frameworks are known to stumble over.
fn stumbling_blocks(schema: &Value, place: &str, found: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(values) = members.get("enum").and_then(Value::as_array) {
                let kind = |value: &Value| std::mem::discriminant(value);
                if values.iter().any(|value| kind(value) != kind(&values[0])) {
                    found.push(format!("{place}: values of several types in one enum"));
                }
            }
            if let Some(types) = members.get("type").and_then(Value::as_array)
                && types.iter().filter(|one| **one != "null").count() > 1
            {
                found.push(format!("{place}: several types at once"));
            }
            if members.contains_key("oneOf") {
                found.push(format!("{place}: oneOf, where anyOf says it"));
            }
            for union in UNIONS {
                for branch in members.get(union).and_then(Value::as_array).into_iter().flatten() {
                    if UNIONS.iter().any(|inner| branch.get(inner).is_some()) {
                        found.push(format!("{place}: a union inside a union"));
                    }
                    if !branch["type"].is_string() && branch.get("$ref").is_none() {
                        found.push(format!("{place}: a branch without one type"));
                    }
                }
            }
            for (name, member) in members {
                stumbling_blocks(member, &format!("{place}/{name}"), found);
            }
        }
        Value::Array(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                stumbling_blocks(entry, &format!("{place}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn found_in(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    stumbling_blocks(schema, "", &mut found);
    found
}

#[tokio::test]
async fn no_schema_has_what_generators_of_clients_stumble_over() {
    let tools = Assistant::new().await.tools().await;
    let mut schemas = vec![
        ("request".to_owned(), forecast::request_schema()),
        ("reply".to_owned(), forecast::reply_schema()),
    ];
    for tool in &tools {
        for part in ["inputSchema", "outputSchema"] {
            assert!(tool[part].is_object(), "{tool}");
            schemas.push((format!("{} {part}", tool["name"]), tool[part].clone()));
        }
    }
    assert_eq!(schemas.len(), 2 + 2 * tools.len());
    for (name, schema) in schemas {
        assert_eq!(found_in(&schema), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_walk_finds_what_the_first_release_declared() {
    for (schema, expected) in [
        (json!({"type": ["string", "integer"]}), "several types"),
        (json!({"properties": {"a": {"enum": ["arithmetic", 0]}}}), "several types in one enum"),
        (json!({"items": {"anyOf": [{"anyOf": [{"type": "string"}]}]}}), "a union inside a union"),
        (json!({"oneOf": [{"type": "string"}]}), "oneOf"),
        (json!({"anyOf": [{"enum": ["a"]}]}), "without one type"),
    ] {
        assert!(found_in(&schema).iter().any(|told| told.contains(expected)), "{schema}");
    }
    assert!(found_in(&json!({"type": ["number", "null"]})).is_empty());
}

#[tokio::test]
async fn the_series_of_a_forecast_stand_where_the_schema_says_and_under_their_names_as_ever() {
    let mut assistant = Assistant::new().await;
    let asked = json!({"forecast_length_days": 40, "requested_metrics": ["circ_supply", "total_vest"]});
    let told = assistant.call("simulate", asked).await;
    let series = told.value["series"].as_object().unwrap();
    assert_eq!(series.keys().collect::<Vec<_>>(), ["circ_supply", "daily_vest"]);
    for (name, values) in series {
        assert_eq!(&told.value[name], values);
        assert!(told.value["current"][name].is_f64(), "{name}");
    }
    let schema = assistant.tool("simulate").await["outputSchema"].clone();
    let declared = &schema["properties"]["series"]["additionalProperties"];
    assert_eq!(declared["type"], "array", "{schema}");
    assert!(schema["required"].as_array().unwrap().contains(&json!("series")), "{schema}");
    assert_eq!(schema["additionalProperties"]["type"], "array", "the older place is described too: {schema}");
    let text: Value = serde_json::from_str(&told.text).unwrap();
    assert!(text.get("series").is_none(), "a model does not read every number twice");
}
