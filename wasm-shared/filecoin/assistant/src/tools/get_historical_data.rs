//! `get_historical_data`: what the network did.

use std::borrow::Cow;

use mcp::{Context, Error, Structured, Tool, model::JsonObject};
use network_data::{
    Snapshot,
    calendar::Resolution,
    historical::{ALL_FIELDS, HistoricalData, HistoricalQuery, QueryText, fields},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    desk::Desk,
    metrics,
    request::{self, Wrong},
    response,
};

/// The fields that are returned where none is named: the network's present state and the half year before it.
const DEFAULT: [&str; 11] = [
    "raw_byte_power_averaged_over_previous_30days",
    "renewal_rate_averaged_over_previous_30days",
    "filplus_rate_averaged_over_previous_30days",
    "raw_byte_power",
    "renewal_rate",
    "filplus_rate",
    "rb_power_zero",
    "qa_power_zero",
    "daily_burnt_fil",
    "lock_ratio",
    "init_baseline_eib",
];

/// The reply of `GET /historical-data`.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct History(Value);

impl JsonSchema for History {
    fn schema_name() -> Cow<'static, str> {
        "History".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let date = json!({"type": ["string", "null"], "format": "date"});
        json_schema!({
            "type": "object",
            "properties": {"data": {
                "type": "object",
                "properties": {
                    "source": {"type": "string"},
                    "current_date": {"type": "string", "format": "date", "description": "The newest day of the data."},
                    "resolution": {"type": "string", "enum": Resolution::ALL.map(Resolution::name)},
                    "timestep_days": {"type": ["integer", "null"], "description": "Days from one entry to the next; null for monthly, see dates."},
                    "data_start_date": date, "data_end_date": date,
                    "hist_window_start_date": date, "hist_window_end_date": date, "forecast_start_date": date,
                    "n_entries": {"type": "integer"}, "hist_window_n_entries": {"type": "integer"}, "hist_window_days": {"type": "integer"},
                    "dates": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string", "format": "date"}}},
                    "field_meta": {
                        "type": "object", "additionalProperties": {"type": "object", "additionalProperties": true},
                        "description": "For each field its unit, kind and meaning, the anchor date of its entry 0, and its own start_date and end_date.",
                    },
                },
                "required": ["source", "current_date", "resolution", "data_start_date", "hist_window_start_date", "forecast_start_date", "field_meta"],
                "additionalProperties": {
                    "anyOf": [{"type": "array", "items": {"type": ["number", "null"]}}, {"type": "number"}, {"type": "null"}],
                    "description": "A field: a list of numbers, or one figure; field_meta says why there is none.",
                },
            }},
            "required": ["data"],
        })
    }
}

pub(crate) fn tool(snapshot: Option<&Snapshot>) -> Tool {
    let until = snapshot.map_or_else(
        || "No network data is loaded at the moment.".to_owned(),
        |snapshot| format!("The data go from {} to {}.", snapshot.start_date(), snapshot.current_date()),
    );
    let mut names: Vec<_> = fields().map(network_data::historical::Field::name).collect();
    names.push(ALL_FIELDS);
    let schema = json!({
        "type": "object",
        "properties": {
            "fields": {
                "type": "array", "items": {"type": "string", "enum": names},
                "description": "The fields to return. Left out: today's figures and the last 180 days of onboarding, renewal and FIL+ rate. \
                    \"all\" returns everything, which is long.",
                "examples": [["historical_raw_power_eib", "historical_qa_power_eib"]],
            },
            "start_date": {"type": "string", "format": "date", "description": "The first day that series are returned for; all when left out."},
            "end_date": {"type": "string", "format": "date", "description": "The last day that series are returned for."},
            "resolution": {
                "type": "string", "enum": Resolution::ALL.map(Resolution::name), "default": "weekly",
                "description": "Every Monday (default), every day, or the first day of every month.",
            },
        },
        "additionalProperties": false,
    });
    Tool::new(
        "get_historical_data",
        format!(
            "What Filecoin's network did: power, onboarding, renewals, supply, burnt FIL, and what present sectors will give up. \
             {until} Entry 0 of a series falls on the date that its field_meta names as anchor: data_start_date for full histories, \
             hist_window_start_date for the last 180 days, forecast_start_date for what is scheduled ahead; each further entry is \
             timestep_days later. Mistakes to avoid: raw_byte_power is onboarding in PiB a day, not the network's power (that is \
             historical_raw_power_eib, EiB); burnt_fil and mined_fil are running totals; the baseline is not in the history (simulate \
             gives network_baseline_EIB)."
        ),
    )
    .title("What the network did")
    .input_schema(mcp::model::object(schema))
    .also_wrapped(super::WRAPPERS)
    .read_only()
}

pub(crate) async fn call(
    context: Context<Desk>,
    arguments: JsonObject,
) -> Result<Structured<History>, Error> {
    let mut arguments = request::chosen(arguments);
    let mut wrong = Wrong::new();
    let names = take_fields(&mut arguments, &mut wrong);
    let mut text = |name| request::text(&mut arguments, name, &mut wrong);
    let (resolution, start_date, end_date) = (text("resolution"), text("start_date"), text("end_date"));
    request::nothing_else(&arguments, &["fields", "resolution", "start_date", "end_date"], &mut wrong);
    let everything = names.iter().any(|name| name == ALL_FIELDS);
    let names = (!everything).then(|| names.join(","));
    let text = QueryText {
        fields: names.as_deref(),
        resolution: resolution.as_deref(),
        start_date: start_date.as_deref(),
        end_date: end_date.as_deref(),
    };
    let query = match HistoricalQuery::parse(text) {
        Ok(query) if wrong.is_empty() => query,
        Ok(_) => return Err(request::refused(&wrong)),
        Err(refused) => {
            // Unknown names are in the list already, with more to choose from.
            let others =
                refused.problems().iter().filter(|problem| problem.parameter != "fields" || wrong.is_empty());
            let others: Vec<_> =
                others.map(|problem| format!("{}: {}", problem.parameter, problem.detail)).collect();
            wrong.extend(others);
            return Err(request::refused(&wrong));
        }
    };
    let reply = HistoricalData::new(context.host().snapshot()?, &query).into_reply();
    let text = response::rounded(&reply)?;
    let value = serde_json::to_value(reply)
        .map_err(|error| Error::internal(format!("The history is not JSON: {error}")))?;
    Ok(Structured::new(History(value)).with_text(text))
}

/// The longest list of names. Naming a field twice is no mistake; a longer list is no question.
const MOST_NAMES: usize = 100;

/// The names of the fields, as a list, as one name, or as several with commas between them.
fn take_fields(arguments: &mut JsonObject, wrong: &mut Wrong) -> Vec<String> {
    let given = match arguments.remove("fields") {
        None => return DEFAULT.map(str::to_owned).to_vec(),
        Some(Value::String(names)) => names.split(',').map(|name| Value::from(name.trim())).collect(),
        Some(Value::Array(names)) if names.is_empty() => return DEFAULT.map(str::to_owned).to_vec(),
        Some(Value::Array(names)) => names,
        Some(_) => {
            wrong.push("fields: must be a list of at least one name, or be left out".to_owned());
            return DEFAULT.map(str::to_owned).to_vec();
        }
    };
    let known = || fields().map(network_data::historical::Field::name);
    if given.len() > MOST_NAMES {
        let (count, there_are) = (given.len(), known().count());
        wrong.push(format!(
            "fields: {count} names are too many; there are {there_are} fields, and `all` is all of them"
        ));
        return Vec::new();
    }
    let mut names = Vec::new();
    for name in &given {
        match name.as_str() {
            Some(name) if name == ALL_FIELDS || known().any(|known| known == name) => {
                names.push(name.to_owned());
            }
            Some(name) => wrong.push(format!("fields: {}", metrics::unknown(name, known()))),
            None => wrong.push("fields: every entry must be a name".to_owned()),
        }
    }
    names
}
