//! The request as a JSON Schema, from the same tables that read it.

use economy::{Series, constants::defaults};
use network_data::calendar::Resolution;
use serde_json::{Map, Value, json};

use crate::{
    CONTROLS, ControlInfo, MAX_FORECAST_DAYS, MAX_SECTOR_DURATION_DAYS,
    question::{MAX_BASELINE_EIB, MOST_NAMES, WEIGHTINGS, field, weighting_name},
};

/// The request as a JSON Schema (2020-12), with every range, default and series name.
#[must_use]
pub fn request_schema() -> Value {
    let mut properties: Map<String, Value> =
        CONTROLS.iter().map(|info| (info.name.to_owned(), control(info))).collect();
    let weightings: Vec<Value> = WEIGHTINGS
        .iter()
        .map(|known| json!(weighting_name(*known)))
        .chain((0..WEIGHTINGS.len()).map(Value::from))
        .collect();
    let weighting = json!({"type": ["string", "integer"], "enum": weightings});
    let series: Vec<_> = Series::ALL.iter().map(|series| series.name()).collect();
    let series = json!({"type": "string", "enum": series});
    let others = [
        (
            field::LENGTH,
            json!({"type": "integer", "minimum": 1, "maximum": MAX_FORECAST_DAYS, "default": defaults::FORECAST_DAYS,
                   "description": "Days to forecast, the current date included. Vectors have exactly this many entries."}),
        ),
        (
            field::DURATION,
            json!({"type": "integer", "minimum": 1, "maximum": MAX_SECTOR_DURATION_DAYS,
                   "default": defaults::SECTOR_DURATION_DAYS,
                   "description": "Lifetime of a new or renewed sector in days; the protocol allows 180 to 1278."}),
        ),
        (
            field::WEIGHTING,
            json!({"oneOf": [weighting, {"type": "array", "items": weighting}],
                   "default": "arithmetic",
                   "description": "How gamma weights the simple and the baseline part of the consensus pledge."}),
        ),
        (
            field::AVAILABLE,
            json!({"type": "boolean", "default": false,
                   "description": "Measure the pledge against the available supply instead of the circulating supply."}),
        ),
        (
            field::BASELINE,
            json!({"type": "array", "items": {"type": "number", "minimum": 0, "maximum": MAX_BASELINE_EIB},
                   "description": "The network baseline in EiB for each day of the forecast; the protocol's when left out."}),
        ),
        (
            field::OUTPUT,
            json!({"oneOf": [series,
                             {"type": "array", "minItems": 1, "maxItems": MOST_NAMES, "items": series}],
                   "description": "The series to return: a name or a list of names; all of them when left out."}),
        ),
        (
            field::RESOLUTION,
            json!({"type": "string", "enum": Resolution::ALL.map(Resolution::name),
                   "description": "Every day, every Monday, or the first day of every month; by the path when left out."}),
        ),
    ];
    properties.extend(others.map(|(name, schema)| (name.to_owned(), schema)));
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn control(info: &ControlInfo) -> Value {
    let number = json!({"type": "number", "minimum": info.min, "maximum": info.max});
    json!({
        "oneOf": [number, {"type": "array", "items": number,
                           "description": "One value for each day; exactly forecast_length_days entries."}],
        "description": format!("{} Unit: {}. Default: {}.", info.meaning, info.unit, info.default),
        "examples": [info.example],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Question;

    #[test]
    fn every_documented_field_is_one_that_the_request_takes() {
        let schema = request_schema();
        let properties = schema["properties"].as_object().unwrap();
        let mut fields: Vec<_> = CONTROLS.iter().map(|info| info.name).chain(field::ALL).collect();
        fields.sort_unstable();
        assert_eq!(properties.keys().collect::<Vec<_>>(), fields);
    }

    #[test]
    fn the_documented_examples_are_accepted() {
        for info in &CONTROLS {
            let request = json!({info.name: info.example});
            assert!(Question::parse(request.as_object().unwrap().clone()).is_ok(), "{}", info.name);
        }
    }
}
