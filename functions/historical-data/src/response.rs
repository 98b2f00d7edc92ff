//! The reply as the OpenAPI document describes it; its fields come from the table that writes it.

use std::collections::BTreeMap;

use network_data::{
    calendar::Resolution,
    historical::{ALL_FIELDS, Field, fields},
};
use serde_json::{Map, Value, json};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        ContentBuilder, RefOr, Required, Response, ResponseBuilder,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};
use web::openapi::{problem, responses, schema};

use crate::request::PARAMETERS;

pub(crate) struct Parameters;

impl IntoParams for Parameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |name: &str, description: String, values: Value| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(description))
                .schema(Some(schema(values)))
                .build()
        };
        let names: Vec<_> = fields().map(Field::name).collect();
        let date = json!({"type": "string", "format": "date", "examples": ["2025-01-31"]});
        let all = [
            (
                format!(
                    "The fields to return, with commas between them; all when left out or `{ALL_FIELDS}`. {}.",
                    names.join(", ")
                ),
                // One name or more: a list of nothing is refused.
                json!({"type": "string", "pattern": "[A-Za-z0-9]", "examples": ["historical_raw_power_eib,burnt_fil"]}),
            ),
            (
                "Every day, every Monday, or the first day of every month.".to_owned(),
                json!({"type": "string", "enum": Resolution::ALL.map(Resolution::name)}),
            ),
            ("The first day that series are returned for.".to_owned(), date.clone()),
            ("The last day that series are returned for.".to_owned(), date),
        ];
        PARAMETERS
            .into_iter()
            .zip(all)
            .map(|(name, (about, values))| parameter(name, about, values))
            .collect()
    }
}

pub(crate) struct Documented;

impl IntoResponses for Documented {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let json = ContentBuilder::new().schema(Some(schema(reply()))).build();
        let csv = ContentBuilder::new().schema(Some(schema(json!({"type": "string"})))).build();
        let found = ResponseBuilder::new()
            .description(
                "The history; with `Accept: text/csv` a table of `date` and a column for each series (and for each single \
                 figure that is asked for by name).",
            )
            .content("application/json", json)
            .content("text/csv", csv)
            .build();
        responses([
            ("200", found),
            ("406", problem("Neither JSON nor CSV is accepted.")),
            ("422", problem("An unknown field, resolution, date or parameter; `errors` names each.")),
            ("503", problem("No network data yet, or a store did not answer.")),
        ])
    }
}

fn reply() -> Value {
    let mut properties: Map<String, Value> = fields()
        .map(|field| {
            let kind = if field.anchor().is_some() {
                json!({"type": "array", "items": {"type": ["number", "null"]}})
            } else {
                json!({"type": ["number", "null"]})
            };
            let mut described = kind;
            described["description"] = format!("{} Unit: {}.", field.meaning(), field.unit()).into();
            (field.name().to_owned(), described)
        })
        .collect();
    let date = |meaning: &str| json!({"type": ["string", "null"], "format": "date", "description": meaning});
    let count = |meaning: &str| json!({"type": "integer", "minimum": 0, "description": meaning});
    let frame = json!({
        "source": {"type": "string", "description": "Where the figures come from."},
        "current_date": {"type": "string", "format": "date", "description": "The newest day of the data."},
        "resolution": {"type": "string", "enum": Resolution::ALL.map(Resolution::name)},
        "timestep_days": {"type": ["integer", "null"], "description": "Days from one entry to the next; null for monthly, see `dates`."},
        "data_start_date": date("Entry 0 of the full histories."),
        "data_end_date": date("The last entry of the full histories."),
        "n_entries": count("Entries of the full histories."),
        "hist_window_start_date": date("Entry 0 of the series of the last 180 days."),
        "hist_window_end_date": date("The last entry of the series of the last 180 days."),
        "hist_window_n_entries": count("Entries of the series of the last 180 days."),
        "hist_window_days": count("Days from the first to the last of those days, before dates and resolution cut them."),
        "forecast_start_date": date("Entry 0 of what the present sectors will give up."),
        "dates": {
            "type": "object", "additionalProperties": {"type": "array", "items": {"type": "string", "format": "date"}},
            "description": "For monthly: the dates of the entries, by the name of the date of entry 0.",
        },
        "field_meta": {
            "type": "object", "additionalProperties": {"type": "object", "additionalProperties": true},
            "description": "For each field `unit`, `kind`, `meaning`, `alias_of`; for a series its `anchor`, `start_date`, `end_date` \
                and `n_entries`, for a single figure the day it is of, `as_of`; `missing` says why there is nothing.",
        },
    });
    properties.extend(frame.as_object().cloned().unwrap_or_default());
    let always = [
        "source",
        "current_date",
        "resolution",
        "timestep_days",
        "data_start_date",
        "data_end_date",
        "n_entries",
        "hist_window_start_date",
        "hist_window_end_date",
        "hist_window_n_entries",
        "hist_window_days",
        "forecast_start_date",
        "field_meta",
    ];
    json!({"type": "object", "required": ["data"],
           "properties": {"data": {"type": "object", "required": always, "properties": properties}}})
}
