//! Reading the arguments of tools: everything that is wrong is said at once, in words that a model can act on.

use forecast::{Question, Refusal};
use mcp::{Error, model::JsonObject};
use serde_json::Value;

use crate::metrics::Metric;

/// What is wrong with the arguments so far, each with the argument's name first.
pub(crate) type Wrong = Vec<String>;

/// Leaves out what was sent as null: clients whose types have every argument send those that were not chosen so.
pub(crate) fn chosen(arguments: JsonObject) -> JsonObject {
    arguments.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

/// The tool result that says what is wrong.
pub(crate) fn refused(wrong: &[String]) -> Error {
    let told = wrong.join("\n- ");
    Error::refused(format!(
        "Nothing was computed, because the arguments cannot be used:\n- {told}\nCorrect this and call again."
    ))
}

/// Reads the assumptions of a forecast of `metrics`, those of `POST /simulate`.
pub(crate) fn question(mut arguments: JsonObject, metrics: &[Metric], wrong: &mut Wrong) -> Option<Question> {
    if !metrics.is_empty() {
        let names = metrics.iter().map(|metric| Value::from(metric.series().name())).collect();
        arguments.insert("output".to_owned(), Value::Array(names));
    }
    match Question::parse(arguments) {
        Ok(question) => Some(question),
        Err(refusals) => {
            wrong.extend(refusals.into_iter().map(|Refusal { pointer, detail }| {
                format!("{}: {detail}", pointer.trim_start_matches('/').replace('/', ", entry "))
            }));
            None
        }
    }
}

/// Takes a text out of the arguments.
pub(crate) fn text(arguments: &mut JsonObject, name: &str, wrong: &mut Wrong) -> Option<String> {
    if let Value::String(text) = arguments.remove(name)? {
        return Some(text);
    }
    wrong.push(format!("{name}: must be a text"));
    None
}

/// Says of whatever is left in the arguments that nobody knows it, with the nearest of the `known`.
pub(crate) fn nothing_else(arguments: &JsonObject, known: &'static [&'static str], wrong: &mut Wrong) {
    wrong.extend(arguments.keys().take(20).map(|name| {
        let unknown = network_data::names::Unknown::new(name, known.iter().copied());
        format!("{unknown} The arguments are {}", known.join(", "))
    }));
}
