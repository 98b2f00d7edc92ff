//! `forecast_accuracy`: how right forecasts of the past were, and bands that held.

use std::{borrow::Cow, fmt::Write as _};

use economy::Series;
use mcp::{Context, Error, Structured, Tool, model::JsonObject};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};
use suggest::Unknown;

use crate::{
    desk::Desk,
    request::{self, Wrong},
    response,
};

/// The table of `GET /accuracy`.
const TABLE: &str = include_str!("../../../../../data/accuracy.json");

/// The series that are told where none is named: what people decide by.
const DEFAULT: [&str; 8] = [
    "rb_total_power_eib",
    "qa_total_power_eib",
    "day_network_reward",
    "network_locked",
    "circ_supply",
    "day_pledge_per_QAP",
    "day_rewards_per_sector",
    "1y_sector_roi",
];

const DRIVES: [&str; 3] = ["defaults", "controls", "events"];

/// A part of the table.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Accuracy(Value);

impl JsonSchema for Accuracy {
    fn schema_name() -> Cow<'static, str> {
        "Accuracy".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "about": {"type": "string"},
                "data": {"type": "object", "additionalProperties": true, "description": "The history that forecasts were judged on."},
                "drive": {"type": "string", "description": "What they were given to assume."},
                "evidence": {"type": "object", "additionalProperties": {"type": "string"}},
                "series": {
                    "type": "object", "additionalProperties": {"type": "object", "additionalProperties": true},
                    "description": "For each: unit, evidence, ahead (errors by horizon_days, as shares of what came), bands (low and high as \
                        multiples of the default forecast, only where claim is kept).",
                },
                "claims": {"type": "object", "additionalProperties": {"type": "string"}},
            },
            "required": ["about", "data", "drive", "series", "claims"],
        })
    }
}

pub(crate) fn tool() -> Tool {
    let schema = json!({
        "type": "object",
        "properties": {
            "series": {
                "type": "array", "items": {"type": "string"},
                "description": "Series of simulate; left out, the eight that people decide by. Not all were judged.",
            },
            "drive": {
                "type": "string", "enum": DRIVES, "default": DRIVES[0],
                "description": "What they assumed: that day's defaults; the controls that really came (error of structure); all that came (of \
                    bookkeeping).",
            },
        },
        "additionalProperties": false,
    });
    Tool::new(
        "forecast_accuracy",
        "How wrong forecasts of this model were: started on past days of Filecoin's history and held against what came, 30 to 730 days ahead, \
         with bands that held nine of ten outcomes, or why there is none. Call it before you say how sure a forecast is; say the horizon \
         and the number of independent forecasts with the error.",
    )
    .title("How right forecasts were")
    .input_schema(mcp::model::object(schema))
    .also_wrapped(super::WRAPPERS)
    .read_only()
}

pub(crate) async fn call(_: Context<Desk>, arguments: JsonObject) -> Result<Structured<Accuracy>, Error> {
    let mut arguments = request::chosen(arguments);
    let table = table()?;
    let mut wrong = Wrong::new();
    let drive = match request::text(&mut arguments, "drive", &mut wrong) {
        None => DRIVES[0].to_owned(),
        Some(drive) => {
            if !DRIVES.contains(&drive.as_str()) {
                wrong.push(format!("drive: {}", Unknown::new(&drive, DRIVES.into_iter()).listing(&DRIVES)));
            }
            drive
        }
    };
    let names = names(&mut arguments, &table, &mut wrong);
    request::nothing_else(&arguments, &["series", "drive"], &mut wrong);
    if !wrong.is_empty() {
        return Err(request::refused(&wrong));
    }
    let part = part(&table, &names, &drive);
    let text = text(&part)?;
    Ok(Structured::new(Accuracy(part)).with_text(text))
}

fn table() -> Result<Value, Error> {
    serde_json::from_str(TABLE).map_err(|error| Error::internal(format!("The table is not JSON: {error}")))
}

/// The rows of a list of the table that are about a series.
fn rows<'t>(list: &'t Value, name: &'t str) -> impl Iterator<Item = &'t Map<String, Value>> {
    let original =
        Series::from_name(name).and_then(Series::alias_of).map_or(name, |original| original.name());
    let rows = list.as_array().into_iter().flatten().filter_map(Value::as_object);
    rows.filter(move |row| row.get("series").and_then(Value::as_str) == Some(original))
}

/// The names of the series, each of which was judged.
fn names(arguments: &mut JsonObject, table: &Value, wrong: &mut Wrong) -> Vec<String> {
    let given = match arguments.remove("series") {
        None => return DEFAULT.map(str::to_owned).to_vec(),
        Some(Value::String(name)) => vec![Value::String(name)],
        Some(Value::Array(names)) if names.is_empty() => return DEFAULT.map(str::to_owned).to_vec(),
        Some(Value::Array(names)) if names.len() <= Series::COUNT => names,
        Some(_) => {
            wrong.push(format!("series: must be a list of at most {} names, or be left out", Series::COUNT));
            return Vec::new();
        }
    };
    let judged = || table["errors"].as_array().into_iter().flatten().filter_map(|row| row["series"].as_str());
    let mut names: Vec<String> = Vec::new();
    for name in &given {
        match name.as_str() {
            Some(name) if rows(&table["errors"], name).next().is_some() => {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
            Some(name) if Series::from_name(name).is_some() => {
                let judged: Vec<_> = judged().collect();
                wrong.push(format!("series: {name} was not judged; judged are {}", judged.join(", ")));
            }
            Some(name) => {
                let known: Vec<_> = judged().collect();
                wrong.push(format!("series: {}", Unknown::new(name, known.iter().copied()).listing(&known)));
            }
            None => wrong.push("series: every entry must be a name".to_owned()),
        }
    }
    names
}

/// The table's part about some series.
fn part(table: &Value, names: &[String], drive: &str) -> Value {
    let without = |row: &Map<String, Value>| {
        let mut row = row.clone();
        row.remove("series");
        row.remove("also_called");
        Value::Object(row)
    };
    let mut series = Map::new();
    for name in names {
        let Some(errors) = rows(&table["errors"], name).next() else { continue };
        let bands: Vec<_> = rows(&table["ranges"]["bands"], name).map(without).collect();
        let ahead = errors["drives"].get(drive).cloned().unwrap_or_else(|| json!([]));
        let told =
            json!({"unit": errors["unit"], "evidence": errors["evidence"], "ahead": ahead, "bands": bands});
        series.insert(name.clone(), told);
    }
    json!({
        "about": table["about"], "data": table["data"], "drive": table["drives"][drive], "evidence": table["evidence"],
        "series": series, "claims": table["ranges"]["claims"],
    })
}

/// The same as lines, which take a model a fifth of the tokens.
fn text(part: &Value) -> Result<String, Error> {
    let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut text = format!(
        "{} {} Judged on {} to {}.\n",
        said(&part["about"]),
        said(&part["drive"]),
        said(&part["data"]["start_date"]),
        said(&part["data"]["end_date"])
    );
    let percent = |share: &Value| format!("{:.1} %", 100.0 * share.as_f64().unwrap_or(f64::NAN));
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for (name, told) in part["series"].as_object().into_iter().flatten() {
        // Writing to a String does not fail.
        let _ = writeln!(text, "\n{name} (what came: {})", said(&told["evidence"]));
        for one in list(&told["ahead"]) {
            let _ = writeln!(
                text,
                "- {} days: off by {} on average, bias {}; nine of ten errors from {} to {} ({} forecasts, {} independent)",
                one["horizon_days"],
                percent(&one["mape"]),
                percent(&one["bias"]),
                percent(&one["p5"]),
                percent(&one["p95"]),
                one["forecasts"],
                one["independent"]
            );
        }
        if list(&told["ahead"]).is_empty() {
            text.push_str("- given, not forecast\n");
        }
        for band in list(&told["bands"]) {
            let days = &band["horizon_days"];
            let _ = match (&band["low"], &band["high"]) {
                (Value::Number(low), Value::Number(high)) => writeln!(
                    text,
                    "- band at {days} days: {low} to {high} times the default forecast; such bands held {}",
                    percent(&band["coverage"])
                ),
                _ => writeln!(text, "- no band at {days} days: {}", said(&band["claim"])),
            };
        }
    }
    let _ = write!(text, "\nClaims: {}", response::rounded(&part["claims"])?);
    Ok(text)
}
