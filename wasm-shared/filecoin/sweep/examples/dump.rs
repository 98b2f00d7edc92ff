//! Prints sweeps with every value behind their percentiles, for `tests/numpy/check.py` to compute the answers again.

use std::io::{Write, stdout};

use chrono::NaiveDate;
use network_data::demo;
use serde_json::{Map, Value, json};
use sweep::{ChunkResult, Plan, Request, finish};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let network = demo::snapshot()?;
    let mut dumped = Vec::new();
    for sweep in sweeps() {
        let request = Request::parse(sweep.clone()).map_err(|refused| format!("{refused:?}"))?;
        let plan = Plan::new(&request, &network).map_err(|refused| format!("{refused:?}"))?;
        let chunks: Vec<ChunkResult> =
            plan.chunks(1 << 18).map(|runs| plan.run_chunk(runs)).collect::<Result<_, _>>()?;
        let columns: Vec<Vec<Option<f64>>> = (0..plan.columns())
            .map(|column| chunks.iter().flat_map(|chunk| values(&plan, chunk, column)).collect())
            .collect();
        let dates: Vec<NaiveDate> = plan.sampling().dates().collect();
        let findings = finish(&plan, &chunks)?;
        dumped.push(json!({"request": sweep, "dates": dates, "columns": columns, "findings": findings}));
    }
    serde_json::to_writer(stdout().lock(), &dumped)?;
    stdout().flush()?;
    Ok(())
}

/// The values of a chunk's runs in one column.
fn values(plan: &Plan<'_>, chunk: &ChunkResult, column: usize) -> Vec<Option<f64>> {
    let bytes = &chunk.as_bytes()[plan.column_bytes(chunk.runs().len(), &(column..column + 1))];
    let numbers = bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
    numbers.map(|value| value.is_finite().then_some(value)).collect()
}

/// Daily, so that crossings can be counted again from the values; some of them without a value in some runs.
fn sweeps() -> Vec<Map<String, Value>> {
    let series = ["network_RBP_EIB", "network_QAP_EIB", "circ_supply", "network_locked", "1y_sector_roi"];
    let thresholds = json!([
        {"series": "network_RBP_EIB", "below": 2.9, "when": "at_end"},
        {"series": "network_RBP_EIB", "below": 3.0, "by": "2025-10-20"},
        {"series": "circ_supply", "above": 7.8e8},
        {"series": "network_locked", "above": 1.2e8, "by": "2025-12-24"},
        {"series": "1y_sector_roi", "above": 0.25, "when": "at_end"},
    ]);
    let draws = json!({
        "rbp": {"lognormal": {"mean": 3, "sd": 2}},
        "rr": {"normal": {"mean": 0.85, "sd": 0.15}},
        "fpr": {"triangular": {"low": 0.2, "mode": 0.9, "high": 1}},
        "lock_target": {"uniform": {"low": 0.2, "high": 0.4}},
    });
    let methods = [
        ("grid", json!({"rbp": [0, 0, 2, 4, 8], "rr": [0.1, 0.5, 0.5, 0.9], "fpr": [0, 0.8, 1]})),
        ("draws", json!({"n": 500, "seed": 20_260_121, "distributions": draws})),
        ("bootstrap", json!({"n": 300, "seed": 7, "last_days": 120, "block_days": 10})),
    ];
    let sweeps = methods.into_iter().map(|(method, how)| {
        let output: Vec<&str> = match method {
            "grid" => series.into_iter().chain(["day_pledge_per_QAP"]).collect(),
            _ => series.to_vec(),
        };
        json!({"assumptions": {"forecast_length_days": 120}, method: how, "resolution": "daily", "output": output,
               "thresholds": thresholds})
    });
    sweeps.filter_map(|sweep| if let Value::Object(sweep) = sweep { Some(sweep) } else { None }).collect()
}
