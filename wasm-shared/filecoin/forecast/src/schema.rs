//! Request and reply as JSON Schemas, from the tables that read the one and write the other.
//!
//! Generators of clients and frameworks for agents read them, so they keep to what all of these understand: every
//! branch of an `anyOf` has one type, every `enum` values of one type, and nothing is nested that can be flat.

use economy::Series;
use network_data::calendar::Resolution;
use serde_json::{Map, Value, json};

use crate::{
    ALL_SERIES, FIELDS, Fallback, Field, LONGEST_TEXT, MAX_FORECAST_DAYS, Takes,
    fields::MOST_NAMES,
    reading::{WEIGHTINGS, weighting_name},
};

/// The request as a JSON Schema (2020-12), with every range and series name. Defaults stand in the descriptions.
#[must_use]
pub fn request_schema() -> Value {
    let properties: Map<String, Value> = FIELDS
        .iter()
        .map(|field| {
            let mut schema = property(field);
            schema["description"] = description(field).into();
            // Generators of typed clients demand a field that has a default. The description has it in words.
            if let Some(schema) = schema.as_object_mut() {
                schema.remove("default");
            }
            (field.name.to_owned(), schema)
        })
        .collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// The schema of a field's values, without a description.
#[must_use]
pub fn property(field: &Field) -> Value {
    let one_or_daily = |one: &Value| json!({"anyOf": [one, daily(one)]});
    let mut schema = match field.takes {
        Takes::Number { min, max, example } => {
            let mut schema = one_or_daily(&json!({"type": "number", "minimum": min, "maximum": max}));
            schema["examples"] = json!([example]);
            schema
        }
        Takes::Vector { max } => daily(&json!({"type": "number", "minimum": 0, "maximum": max})),
        Takes::Days { max } => json!({"type": "integer", "minimum": 1, "maximum": max}),
        Takes::Weighting => {
            let mut schema = one_or_daily(&json!({"type": "string", "enum": WEIGHTINGS.map(weighting_name)}));
            schema["default"] = weighting_name(WEIGHTINGS[0]).into();
            schema
        }
        Takes::Switch => json!({"type": "boolean", "default": false}),
        Takes::Series => {
            let names: Vec<_> = Series::ALL.into_iter().map(Series::name).chain([ALL_SERIES]).collect();
            let name = json!({"type": "string", "enum": names});
            json!({"anyOf": [name, {"type": "array", "maxItems": MOST_NAMES, "items": name}]})
        }
        Takes::Resolution => json!({"type": "string", "enum": Resolution::ALL.map(Resolution::name)}),
        Takes::Text => json!({"type": "string", "maxLength": LONGEST_TEXT}),
    };
    if let Fallback::Fixed(value) = field.default {
        schema["default"] =
            if matches!(field.takes, Takes::Days { .. }) { (value as u64).into() } else { value.into() };
    }
    schema
}

/// The schema of a field's value in a query, where everything is the same every day; none for what cannot stand there.
#[must_use]
pub fn query_schema(field: &Field) -> Option<Value> {
    match field.takes {
        Takes::Vector { .. } => None,
        Takes::Series => Some(json!({"type": "string", "examples": ["1y_sector_roi,circ_supply"]})),
        _ => {
            let mut schema = property(field);
            let default = schema.get("default").cloned();
            if let Some(one) = schema.pointer_mut("/anyOf/0").map(Value::take) {
                schema = one;
                if let Some(default) = default {
                    schema["default"] = default;
                }
            }
            Some(schema)
        }
    }
}

fn daily(one: &Value) -> Value {
    json!({"type": "array", "minItems": 1, "maxItems": MAX_FORECAST_DAYS, "items": one,
           "description": "One value for each day; exactly forecast_length_days entries."})
}

/// What a field is, in the words of the `OpenAPI` document.
#[must_use]
pub fn description(field: &Field) -> String {
    match field.takes {
        Takes::Number { .. } => {
            format!("{} Unit: {}. Default: {}.", field.meaning, field.unit, field.default_in_words)
        }
        Takes::Series => {
            let series = Series::ALL.map(|series| format!("{} ({})", series.name(), series.unit()));
            format!("{} Series and units: {}.", field.meaning, series.join(", "))
        }
        Takes::Days { .. } | Takes::Weighting | Takes::Switch => {
            format!("{} Default: {}.", field.meaning, field.default_in_words)
        }
        _ => field.meaning.to_owned(),
    }
}

/// The reply as a JSON Schema, with the name, unit and meaning of every series.
#[must_use]
pub fn reply_schema() -> Value {
    let each = |schema: &Value| -> Map<String, Value> {
        let described = Series::ALL.map(|series| {
            let mut schema = schema.clone();
            schema["description"] =
                format!("{} Unit: {}. Kind: {}.", series.meaning(), series.unit(), series.kind().as_str())
                    .into();
            (series.name().to_owned(), schema)
        });
        described.into_iter().collect()
    };
    let number = json!({"type": ["number", "null"]});
    json!({
        "type": "object",
        "required": ["input", "simulation_output", "warnings", "current", "series_meta"],
        "properties": {
            "input": {
                "type": "object", "additionalProperties": true,
                "description": "The values that were used: every assumption (a vector as {\"type\": \"array\", \"length\", \"first\", \
                    \"last\"}), `name` and `label` as given, `current date`, `data_source`, `resolution`, `sim_start_date` (the \
                    date of index 0 of every series), `sim_end_date`, `timestep_days` (null for monthly, where `dates` lists \
                    the days) and `n_entries`.",
            },
            "simulation_output": {
                "type": "object", "properties": each(&json!({"type": "array", "items": number})),
                "description": "The series asked for: one entry a day of the resolution, null where the model has no value.",
            },
            "warnings": {
                "type": "array", "items": {"type": "string"},
                "description": "What a careful analyst would say, and what was understood otherwise than it was written.",
            },
            "current": {
                "type": "object", "additionalProperties": number,
                "description": "The value of each of the series on the current date, which a weekly reply need not contain.",
            },
            "series_meta": {
                "type": "object",
                "description": "What each of the series is.",
                "additionalProperties": {
                    "type": "object", "required": ["unit", "kind", "meaning"],
                    "properties": {
                        "unit": {"type": "string"},
                        "kind": {"type": "string", "description": "flow (an amount a day), stock (a level), cumulative stock (a running total), ratio, constant or index."},
                        "meaning": {"type": "string"},
                        "alias_of": {"type": "string", "description": "The series that this is another name of."},
                    },
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Question;

    #[test]
    fn the_documented_examples_and_defaults_are_accepted() {
        for field in &FIELDS {
            let property = property(field);
            let values = property["examples"].as_array().into_iter().flatten().chain(property.get("default"));
            for value in values {
                let request = json!({field.name: value});
                assert!(Question::parse(request.as_object().unwrap().clone()).is_ok(), "{request}");
            }
        }
    }

    #[test]
    fn a_typed_client_need_not_give_any_field() {
        let schema = request_schema();
        assert!(schema.get("required").is_none());
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(
                property.get("default").is_none(),
                "{name}: openapi-typescript demands a field with a default"
            );
        }
    }
}
