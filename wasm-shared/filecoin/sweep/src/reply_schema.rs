//! The answers as JSON Schemas (2020-12), for the `OpenAPI` document and the MCP tools. The tests of the functions compare real
//! answers with them.

use forecast::NumberField;
use serde_json::{Map, Value, json};

use crate::method;

/// The answer of a sweep, as [`Findings`](crate::Findings) writes it.
#[must_use]
pub fn reply_schema() -> Value {
    let varied = NumberField::names();
    json!({
        "type": "object",
        "required": ["method", "runs", "input", "percentiles", "calibrated_bands", "sensitivity", "warnings"],
        "properties": {
            "name": text("As the request gives it."),
            "label": text("As the request gives it."),
            "method": {"type": "string", "enum": method::NAMES, "description": "How the runs differ."},
            "runs": {"type": "integer", "minimum": 1, "description": "Runs that were computed."},
            "input": {
                "type": "object", "additionalProperties": true,
                "description": "The values that all runs share, `current date`, `data_source`, `resolution`, `sim_start_date` (the date of \
                    index 0 of every list of `percentiles`), `sim_end_date`, `timestep_days` (null for monthly, where `dates` lists the \
                    days) and `n_entries`.",
            },
            "percentiles": {
                "type": "object",
                "additionalProperties": {
                    "type": "object", "additionalProperties": false,
                    "required": ["unit", "p5", "p25", "p50", "p75", "p95", "mean"],
                    "properties": {
                        "unit": {"type": "string"},
                        "p5": numbers("A twentieth of the runs is below."),
                        "p25": numbers("A quarter of the runs is below."),
                        "p50": numbers("The median."),
                        "p75": numbers("A quarter of the runs is above."),
                        "p95": numbers("A twentieth of the runs is above."),
                        "mean": numbers("The mean of the runs."),
                        "runs_without_value": {
                            "type": "array", "items": {"type": "integer", "minimum": 0},
                            "description": "Runs that have no value on the date and are left out of the rest; only where there are any.",
                        },
                    },
                },
                "description": "For every series asked for, one entry a date: percentiles over the runs (type 7, linear interpolation) and the mean.",
            },
            "calibrated_bands": calibrated_bands(),
            "thresholds": {
                "type": "array",
                "items": {
                    "type": "object", "additionalProperties": false,
                    "required": ["series", "unit", "side", "value", "runs_across", "share"],
                    "properties": {
                        "name": text("As the request gives it."),
                        "series": {"type": "string"},
                        "unit": {"type": "string"},
                        "side": {"type": "string", "enum": ["above", "below"]},
                        "value": {"type": "number"},
                        "when": {"type": "string", "enum": ["ever", "at_end"]},
                        "by": {"type": "string", "format": "date"},
                        "runs_across": {"type": "integer", "minimum": 0, "description": "Runs that have a value beyond the threshold on one of the days that count."},
                        "share": {"type": "number", "minimum": 0, "maximum": 1, "description": "The same as a share of all runs."},
                    },
                },
                "description": "The thresholds asked for, in their order.",
            },
            "sensitivity": {
                "type": "object",
                "additionalProperties": {
                    "type": "object", "additionalProperties": false, "required": ["rank_correlation", "matters_most"],
                    "properties": {
                        "rank_correlation": {
                            "type": "object", "additionalProperties": {"type": ["number", "null"], "minimum": -1, "maximum": 1},
                            "description": "Spearman's rank correlation of each input with the end value; null where one of the two is the same in all runs.",
                        },
                        "matters_most": {
                            "type": ["string", "null"],
                            "description": "The input whose correlation is furthest from zero.",
                        },
                    },
                },
                "description": "For every series, how its end value goes with each input.",
            },
            "end_values": {
                "type": "object", "additionalProperties": false, "required": ["date", "inputs", "series"],
                "properties": {
                    "date": {"type": "string", "format": "date", "description": "The last day of the forecasts."},
                    "inputs": {
                        "type": "object", "additionalProperties": false,
                        "properties": varied.into_iter().map(|name| (name.to_owned(), numbers("One entry a run."))).collect::<Map<_, _>>(),
                        "description": "One entry a run: the value that it assumes, or the mean of its daily values.",
                    },
                    "series": {
                        "type": "object", "additionalProperties": numbers("One entry a run."),
                        "description": "One entry a run: the series' value on that day.",
                    },
                },
                "description": "The end of every run.",
            },
            "warnings": warnings(),
        },
        "additionalProperties": false,
    })
}

/// Bands that were tried on the past.
fn calibrated_bands() -> Value {
    let share = || json!({"type": "number", "minimum": 0, "maximum": 1});
    json!({
        "type": "object", "additionalProperties": false, "required": ["about", "judged_on", "series"],
        "properties": {
            "about": text("What the bands are, or why there are none."),
            "judged_on": {
                "type": "object", "additionalProperties": false, "required": ["start_date", "end_date"],
                "properties": {
                    "start_date": {"type": "string", "format": "date"},
                    "end_date": {"type": "string", "format": "date"},
                },
                "description": "The first and the last day of Filecoin's history that bands were judged on.",
            },
            "series": {
                "type": "object",
                "additionalProperties": {
                    "type": "array",
                    "items": {
                        "type": "object", "additionalProperties": false,
                        "required": ["horizon_days", "date", "claim", "forecast"],
                        "properties": {
                            "horizon_days": {"type": "integer", "minimum": 1, "description": "Days ahead of the current date."},
                            "date": {"type": "string", "format": "date"},
                            "claim": {
                                "type": "string", "enum": ["kept", "missed", "unproven", "unjudged"],
                                "description": "Whether such bands held 85 to 95 % of what came; unproven where fewer than five of the \
                                    forecasts judged do not overlap in time, unjudged where the series was not judged at all.",
                            },
                            "forecast": {
                                "type": ["number", "null"],
                                "description": "The forecast that assumes nothing, in the unit of the series.",
                            },
                            "low": {"type": "number", "description": "The band's lower end; only where the claim was kept."},
                            "high": {"type": "number", "description": "Its upper end."},
                            "why_none": text("Why there is no band."),
                            "forecasts": {"type": "integer", "minimum": 1, "description": "Forecasts of the past that were judged."},
                            "independent": {"type": "integer", "minimum": 1, "description": "How many of them do not overlap in time."},
                            "coverage": share(),
                            "coverage_interval": {
                                "type": "array", "items": share(), "minItems": 2, "maxItems": 2,
                                "description": "The 95 % confidence interval of `coverage`, the share of what came that such bands held.",
                            },
                        },
                    },
                },
                "description": "For every series asked for, an entry for each of 30, 90, 180, 365 and 730 days ahead that the forecast reaches. \
                    Empty where there are no bands at all.",
            },
        },
        "description": "Bands for nine of ten outcomes that kept that claim on the past, which percentiles of runs do not claim.",
    })
}

/// The answer of a goal, as [`Goal`](crate::Goal) writes it.
#[must_use]
pub fn goal_reply_schema() -> Value {
    let number = || json!({"type": ["number", "null"]});
    let reached = |description: &str| {
        json!({
            "type": ["object", "null"], "additionalProperties": false, "required": ["at", "value", "date"],
            "properties": {
                "at": {"type": "number", "description": "The value of the assumption."},
                "value": number(),
                "date": {"type": ["string", "null"], "format": "date"},
            },
            "description": description,
        })
    };
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": [
            "find", "unit", "value", "reached", "one_step_less", "nearest", "series", "series_unit", "target", "target_is",
            "date", "date_is", "step", "monotone", "forecasts", "answer", "warnings",
        ],
        "properties": {
            "name": text("As the request gives it."),
            "label": text("As the request gives it."),
            "find": text("The assumption that was sought."),
            "unit": text("Its unit."),
            "value": {
                "type": ["number", "null"],
                "description": "The least value, a multiple of `step`, at which the series reaches the target; null where none does.",
            },
            "reached": reached("What the series does at that value: its first value that reaches the target, and the day."),
            "one_step_less": reached("What it does one step below; null where there is none, or the least possible value suffices."),
            "nearest": reached("Where no value reaches the target: the one that comes nearest among those tried."),
            "series": text("The series."),
            "series_unit": text("Its unit."),
            "target": {"type": "number", "description": "The value to be reached."},
            "target_is": {"type": "string", "enum": ["at_least", "at_most"]},
            "date": {"type": "string", "format": "date", "description": "The last day that counts, or the only one."},
            "date_is": {"type": "string", "enum": ["by", "on"]},
            "step": {"type": "number", "description": "The answer's resolution, in the assumption's unit."},
            "monotone": {
                "type": "boolean",
                "description": "Whether the series came nearer to the target with every larger value of those spread over the range. Where \
                    it did not, a smaller value between two that were tried may reach the target too.",
            },
            "forecasts": {"type": "integer", "description": "Forecasts that were computed."},
            "answer": text("The answer in a sentence."),
            "warnings": warnings(),
        },
    })
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn numbers(description: &str) -> Value {
    json!({"type": "array", "items": {"type": ["number", "null"]}, "description": description})
}

fn warnings() -> Value {
    json!({"type": "array", "items": {"type": "string"}, "description": "What a careful analyst would add."})
}
