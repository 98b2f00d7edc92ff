//! The requests as JSON Schemas (2020-12), for the `OpenAPI` document and the MCP tools.
//!
//! Generators of clients and frameworks for agents read them, so they keep to what all of these understand: every branch
//! of an `anyOf` has one type, and what one field demands of another is said in its description.

use economy::Series;
use forecast::{LONGEST_TEXT, NumberField, name::LENGTH};
use network_data::calendar::Resolution;
use serde_json::{Map, Value, json};

use crate::{
    MAX_RUNS, MAX_THRESHOLDS,
    goal::{DEFAULT_DECIMALS, MAX_DECIMALS, SOUGHT},
    method::{DEFAULT_BLOCK_DAYS, DEFAULT_LAST_DAYS, DEFAULT_RUNS, MAX_LAST_DAYS, MAX_SEED},
    request::DEFAULT_SERIES,
    shared::{DEFAULT_DAYS, OUTSIDE},
};

/// The request of a sweep, as [`Request::parse`](crate::Request::parse) reads it.
#[must_use]
pub fn request_schema() -> Value {
    let runs = json!({"type": "integer", "minimum": 1, "maximum": MAX_RUNS, "default": DEFAULT_RUNS, "description": "Runs."});
    let seed = json!({"type": "integer", "minimum": 0, "maximum": MAX_SEED, "default": 0,
                      "description": "The same seed gives the same runs, everywhere and always."});
    let defaults = DEFAULT_SERIES.map(Series::name);
    json!({
        "type": "object",
        "additionalProperties": false,
        "description": "Give exactly one of grid, draws and bootstrap.",
        "properties": {
            "assumptions": assumptions(),
            "grid": {
                "type": "object", "additionalProperties": false, "minProperties": 1,
                "properties": each_varied(|varied| json!({
                    "type": "array", "minItems": 1, "maxItems": MAX_RUNS, "items": number(varied),
                    "description": about(varied),
                })),
                "description": format!("A run for every combination of the values listed, {MAX_RUNS} at most."),
                "examples": [{"rbp": [2, 4, 6], "rr": [0.7, 0.8]}],
            },
            "draws": {
                "type": "object", "additionalProperties": false, "required": ["distributions"],
                "properties": {
                    "n": runs,
                    "seed": seed,
                    "distributions": {
                        "type": "object", "additionalProperties": false, "minProperties": 1,
                        "properties": each_varied(|varied| {
                            let mut schema = distribution();
                            schema["description"] = about(varied).into();
                            schema
                        }),
                    },
                },
                "description": "Each run draws one value for each of some assumptions, independently, and keeps it on every day.",
                "examples": [{"n": 1000, "seed": 7, "distributions": {"rr": {"normal": {"mean": 0.83, "sd": 0.05}}}}],
            },
            "bootstrap": {
                "type": "object", "additionalProperties": false,
                "properties": {
                    "n": runs,
                    "seed": seed,
                    "last_days": {
                        "type": "integer", "minimum": 2, "maximum": MAX_LAST_DAYS, "default": DEFAULT_LAST_DAYS,
                        "description": "Days before the current date that are drawn from, as far as the data have them.",
                    },
                    "block_days": {
                        "type": "integer", "minimum": 1, "maximum": MAX_LAST_DAYS, "default": DEFAULT_BLOCK_DAYS,
                        "description": "Consecutive days that are drawn together; at most last_days.",
                    },
                },
                "description": "Each run puts blocks of the network's own last days together: rbp, rr and fpr of a day stay together.",
                "examples": [{"n": 1000, "seed": 7}],
            },
            "output": {
                "anyOf": forecast_property("output")["anyOf"],
                "default": defaults,
                "description": "The series to give percentiles and end values of: a name, a list of names, or `all`.",
            },
            "resolution": {
                "type": "string", "enum": Resolution::ALL.map(Resolution::name),
                "description": "The days that percentiles are given for: weekly when left out, daily for fewer than 28 days.",
            },
            "thresholds": {
                "type": "array", "maxItems": MAX_THRESHOLDS,
                "items": {
                    "type": "object", "additionalProperties": false, "required": ["series"],
                    "properties": {
                        "name": name(),
                        "series": series(),
                        "above": {"type": "number", "description": "Give either above or below, in the series' unit."},
                        "below": {"type": "number", "description": "Give either above or below, in the series' unit."},
                        "by": date("Every day through this one counts."),
                        "when": {
                            "type": "string", "enum": ["ever", "at_end"],
                            "description": "Instead of by: every day counts (when both are left out, too), or the last one alone.",
                        },
                    },
                },
                "description": "Lines, for each of which the share of runs that are beyond it on one of the days that count is given.",
                "examples": [[{"series": "network_RBP_EIB", "below": 3}]],
            },
            "name": name(),
            "label": name(),
        },
    })
}

/// The request of a goal, as [`GoalRequest::parse`](crate::GoalRequest::parse) reads it.
#[must_use]
pub fn goal_schema() -> Value {
    let bound = |what: &str| json!({"type": "number", "description": format!("The {what} value to reach, in the series' unit. Give either at_least or at_most.")});
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["find", "series"],
        "properties": {
            "find": {
                "type": "string", "enum": SOUGHT.map(NumberField::name),
                "description": "The assumption whose least value is sought, the same every day.",
            },
            "series": series(),
            "at_least": bound("smallest"),
            "at_most": bound("largest"),
            "by": date("The series has to reach the value on some day through this one; the forecast's last day when left out."),
            "on": date("Instead of by: it has to have reached it on this day itself."),
            "decimals": {
                "type": "integer", "minimum": 0, "maximum": MAX_DECIMALS,
                "description": format!("Decimals of the answer: 2 for rbp and {DEFAULT_DECIMALS} for rates when left out."),
            },
            "assumptions": assumptions(),
            "name": name(),
            "label": name(),
        },
        "examples": [{"find": "rr", "series": "network_RBP_EIB", "at_least": 3.3, "on": "2026-08-31"}],
    })
}

fn name() -> Value {
    json!({"type": "string", "maxLength": LONGEST_TEXT, "description": "A text for your own use; given back."})
}

fn series() -> Value {
    json!({"type": "string", "enum": Series::ALL.map(Series::name).to_vec(), "description": "A series."})
}

fn date(description: &str) -> Value {
    json!({"type": "string", "format": "date", "description": description})
}

/// The field of a request of `/simulate`.
fn forecast_property(name: &str) -> Value {
    forecast::request_schema()["properties"][name].take()
}

/// The assumptions of `/simulate`, without what a sweep has beside them, and with its own default length.
fn assumptions() -> Value {
    let mut schema = forecast::request_schema();
    schema["description"] = "What all runs share; every one is as in POST /simulate.".into();
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.retain(|name, _| !OUTSIDE.contains(&name.as_str()));
    }
    schema["properties"][LENGTH]["default"] = DEFAULT_DAYS.into();
    schema
}

fn each_varied(schema: impl Fn(NumberField) -> Value) -> Map<String, Value> {
    NumberField::ALL.into_iter().map(|varied| (varied.name().to_owned(), schema(varied))).collect()
}

fn about(varied: NumberField) -> String {
    format!("{} Unit: {}.", varied.field().meaning, varied.field().unit)
}

fn number(varied: NumberField) -> Value {
    let (min, max) = varied.bounds();
    json!({"type": "number", "minimum": min, "maximum": max})
}

fn distribution() -> Value {
    let of = |parameters: &[&str], description: &str| {
        let numbers: Map<String, Value> =
            parameters.iter().map(|name| ((*name).to_owned(), json!({"type": "number"}))).collect();
        json!({"type": "object", "additionalProperties": false, "required": parameters, "properties": numbers,
               "description": description})
    };
    json!({
        "type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
        "properties": {
            "normal": of(&["mean", "sd"], "The normal distribution."),
            "lognormal": of(&["mean", "sd"], "The lognormal distribution with this mean and standard deviation of the value itself, not of its logarithm."),
            "uniform": of(&["low", "high"], "Every value between the two is as likely."),
            "triangular": of(&["low", "mode", "high"], "Likeliest at mode, impossible below low and above high."),
        },
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::{GoalRequest, Request, distribution, goal, method, request};

    fn names(schema: &Value) -> Vec<&str> {
        schema["properties"].as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[track_caller]
    fn assert_same(schema: &Value, read: &[&str]) {
        let mut read = read.to_vec();
        read.sort_unstable();
        assert_eq!(names(schema), read);
    }

    #[test]
    fn every_documented_field_is_one_that_is_read() {
        let sweep = request_schema();
        assert_same(&sweep, &request::FIELDS);
        let properties = &sweep["properties"];
        assert_same(&properties["grid"], &NumberField::names());
        assert_same(&properties["draws"], &method::DRAWS_FIELDS);
        assert_same(&properties["draws"]["properties"]["distributions"], &NumberField::names());
        assert_same(
            &properties["draws"]["properties"]["distributions"]["properties"]["rr"],
            &distribution::KINDS,
        );
        assert_same(&properties["bootstrap"], &method::BOOTSTRAP_FIELDS);
        assert_same(&properties["thresholds"]["items"], &request::THRESHOLD_FIELDS);
        assert_same(&goal_schema(), &goal::FIELDS);
    }

    #[test]
    fn the_documented_examples_are_accepted() {
        let sweep = request_schema();
        for method in method::NAMES {
            let mut request =
                Map::from_iter([(method.to_owned(), sweep["properties"][method]["examples"][0].clone())]);
            request.insert("thresholds".to_owned(), sweep["properties"]["thresholds"]["examples"][0].clone());
            assert!(Request::parse(request).is_ok(), "{method}");
        }
        let Value::Object(goal) = goal_schema()["examples"][0].take() else { panic!("no example") };
        assert!(GoalRequest::parse(goal).is_ok());
    }

    #[test]
    fn every_documented_parameter_of_a_distribution_is_one_that_is_read() {
        for (kind, schema) in distribution()["properties"].as_object().unwrap() {
            // In the order low, mode, high every distribution is possible.
            let value = |name: &str| {
                ["sd", "low", "mean", "mode", "high"].iter().position(|known| *known == name).unwrap() + 1
            };
            let parameters: Map<String, Value> =
                names(schema).into_iter().map(|name| (name.to_owned(), json!(value(name)))).collect();
            let request = json!({"draws": {"distributions": {"rbp": {kind: parameters}}}});
            let Value::Object(request) = request else { unreachable!() };
            assert!(Request::parse(request).is_ok(), "{kind}");
        }
    }
}
