//! The assumptions of a forecast in words, read from the `input` of its reply.

use forecast::CONTROLS;
use serde_json::{Map, Value};

use crate::response::six_digits;

/// What every forecast hangs on, and is told whether it was given or not.
const ALWAYS_TOLD: [&str; 5] = ["rbp", "rr", "fpr", "lock_target", "sector_duration_days"];

/// An assumption.
struct Assumption {
    /// Its name among the arguments.
    argument: &'static str,
    /// Its name in `input`.
    reply_name: &'static str,
    unit: &'static str,
}

fn all() -> impl Iterator<Item = Assumption> {
    let controls = CONTROLS.iter().map(|info| Assumption {
        argument: info.name,
        reply_name: info.reply_name,
        unit: match info.unit {
            "fraction" | "ratio" => "",
            unit => unit,
        },
    });
    let others = [
        ("sector_duration_days", ""),
        ("gamma_weight_type", ""),
        ("use_available_supply", ""),
        ("baseline_eib", "EiB"),
    ];
    controls.chain(others.map(|(name, unit)| Assumption { argument: name, reply_name: name, unit }))
}

/// The most important assumptions and every other that is among the `given` arguments, each with where it is from.
pub(crate) fn used(input: &Map<String, Value>, given: &[String]) -> String {
    let told = all().filter_map(|assumption| {
        let from = if assumption.is_among(given) {
            "given"
        } else if ALWAYS_TOLD.contains(&assumption.argument) {
            "default"
        } else {
            return None;
        };
        Some(format!("{} ({from})", assumption.told(input)))
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Those among the `given` arguments.
pub(crate) fn given(input: &Map<String, Value>, given: &[String]) -> String {
    let told = all().filter(|assumption| assumption.is_among(given)).map(|assumption| assumption.told(input));
    let told: Vec<_> = told.collect();
    if told.is_empty() { "all defaults".to_owned() } else { told.join(", ") }
}

impl Assumption {
    fn is_among(&self, given: &[String]) -> bool {
        given.iter().any(|name| name == self.argument)
    }

    fn told(&self, input: &Map<String, Value>) -> String {
        let label = match self.argument {
            "rbp" => "raw byte power onboarded (rbp)",
            "rr" => "renewal rate (rr)",
            "fpr" => "FIL+ rate (fpr)",
            other => other,
        };
        let value = input.get(self.reply_name).map_or_else(|| "unknown".to_owned(), told);
        format!("{label} {value} {}", self.unit).trim_end().to_owned()
    }
}

/// A value of `input`: a number, a name, a switch, or what is said there of a vector.
fn told(value: &Value) -> String {
    match value {
        Value::Number(number) => {
            number.as_f64().map_or_else(|| number.to_string(), |value| six_digits(value).to_string())
        }
        Value::String(name) => name.clone(),
        Value::Object(vector) => {
            let part = |name: &str| vector.get(name).map(told).unwrap_or_default();
            format!("{} daily values, first {}, last {}", part("length"), part("first"), part("last"))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assumption_of_a_request_can_be_told() {
        let schema = forecast::request_schema();
        let properties = schema["properties"].as_object().unwrap();
        let what_is_shown = ["forecast_length_days", "resolution", "output"];
        let assumptions = properties.keys().filter(|name| !what_is_shown.contains(&name.as_str()));
        let mut known: Vec<_> = all().map(|assumption| assumption.argument).collect();
        known.sort_unstable();
        assert_eq!(assumptions.collect::<Vec<_>>(), known);
    }
}
