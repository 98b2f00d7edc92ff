//! Reads the arguments of tools. All wrong arguments are named at once, in words that a model can act on.

use forecast::{Question, Refusal, Scope};
use mcp::{Error, model::JsonObject};
use network_data::{Snapshot, calendar::Resolution};
use serde_json::Value;

use crate::metrics::Metric;

/// How densely a forecast is returned where the caller does not say.
pub(crate) const RESOLUTION: Resolution = Resolution::Weekly;

/// Numbers that the series of one answer may have together: more than a model can read, and far less than a Worker
/// has memory for. A monthly answer always fits: 8 scenarios of 44 metrics in 240 months are 84,480.
const MOST_NUMBERS: usize = 100_000;

/// The problems of the arguments so far, each with the argument's name first.
pub(crate) type Wrong = Vec<String>;

/// Leaves out arguments that are null: clients whose types have every argument send the unset ones like that.
pub(crate) fn chosen(mut arguments: JsonObject) -> JsonObject {
    arguments.retain(|_, value| !value.is_null());
    arguments
}

/// The tool's result for wrong arguments.
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

/// Refuses an answer that would be too large, before any of it is computed. `scenarios` differ in their assumptions only, so
/// one of them speaks for all.
pub(crate) fn check_size(
    question: &Question,
    snapshot: &Snapshot,
    scenarios: usize,
    metrics: usize,
) -> Result<(), Error> {
    let sampling = question.sampling(snapshot, Scope::Forecast, RESOLUTION);
    let entries = sampling.len();
    let numbers = scenarios * metrics * entries;
    if numbers <= MOST_NUMBERS {
        return Ok(());
    }
    Err(refused(&[format!(
        "requested_metrics: metrics ({metrics}) times scenarios ({scenarios}) times {} entries ({entries}) are {numbers} \
         numbers, and one answer holds {MOST_NUMBERS}; ask for fewer metrics, a shorter forecast_length_days, or \
         resolution monthly, which always fits",
        sampling.resolution()
    )]))
}

/// Takes a text out of the arguments.
pub(crate) fn text(arguments: &mut JsonObject, name: &str, wrong: &mut Wrong) -> Option<String> {
    if let Value::String(text) = arguments.remove(name)? {
        return Some(text);
    }
    wrong.push(format!("{name}: must be a text"));
    None
}

/// Refuses the arguments that are left as unknown, each with the nearest of the `known` names.
pub(crate) fn nothing_else(arguments: &JsonObject, known: &'static [&'static str], wrong: &mut Wrong) {
    wrong.extend(arguments.keys().take(20).map(|name| {
        format!("unknown argument: {}", suggest::Unknown::new(name, known.iter().copied()).listing(known))
    }));
}
