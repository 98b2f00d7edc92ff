//! The assumptions of a forecast in words, read from the `input` of its reply.

use forecast::{FIELDS, Field};
use serde_json::{Map, Value};

use crate::response::six_digits;

fn all() -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(|field| field.is_assumption())
}

/// The most important assumptions and every other that is among the `given` arguments, each with where it is from.
pub(crate) fn used(input: &Map<String, Value>, given: &[String]) -> String {
    let told = all().filter_map(|assumption| {
        let from = if is_among(assumption, given) {
            "given"
        } else if assumption.leading {
            "default"
        } else {
            return None;
        };
        Some(format!("{} ({from})", told(assumption, input)))
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Those among the `given` arguments.
pub(crate) fn given(input: &Map<String, Value>, given: &[String]) -> String {
    let told =
        all().filter(|assumption| is_among(assumption, given)).map(|assumption| told(assumption, input));
    let told: Vec<_> = told.collect();
    if told.is_empty() { "all defaults".to_owned() } else { told.join(", ") }
}

fn is_among(assumption: &Field, given: &[String]) -> bool {
    given.iter().any(|name| name == assumption.name)
}

fn told(assumption: &Field, input: &Map<String, Value>) -> String {
    let value = input.get(assumption.reply_name).map_or_else(|| "unknown".to_owned(), in_words);
    format!("{} {value} {}", assumption.label, assumption.shown_unit()).trim_end().to_owned()
}

/// A value of `input`: a number, a name, a switch, or what is said there of a vector.
fn in_words(value: &Value) -> String {
    match value {
        Value::Number(number) => {
            number.as_f64().map_or_else(|| number.to_string(), |value| six_digits(value).to_string())
        }
        Value::String(name) => name.clone(),
        Value::Object(vector) => {
            let part = |name: &str| vector.get(name).map(in_words).unwrap_or_default();
            format!("{} daily values, first {}, last {}", part("length"), part("first"), part("last"))
        }
        other => other.to_string(),
    }
}
