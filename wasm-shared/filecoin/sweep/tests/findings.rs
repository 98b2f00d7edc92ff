//! What the answer says: bands, thresholds, which assumption matters, the table of ends, the chart.

#![allow(
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "json!(..) is handed over as it is written; a test fails by panicking; what is exact is compared exactly"
)]

mod common;

use common::{NETWORK, findings, list, reply, request};
use economy::Series;
use serde_json::{Value, json};
use sweep::{Chart, DEFAULT_SERIES, Plan};

#[test]
fn a_sweep_that_names_nothing_else_gives_a_year_of_weeks_of_the_five_usual_series() {
    let reply = reply(&NETWORK, json!({"grid": {"rr": [0.7, 0.9]}, "name": "two rates"}));
    assert_eq!(reply["name"], "two rates");
    assert_eq!((&reply["method"], &reply["runs"]), (&json!("grid"), &json!(2)));
    let input = &reply["input"];
    assert_eq!((&input["forecast_length_days"], &input["resolution"]), (&json!(365), &json!("weekly")));
    assert!(input.get("renewal_rate").is_none(), "what is varied has no one value");
    assert!(input["raw_byte_power"].is_f64() && input["gamma"]["length"] == 365);
    let entries = input["n_entries"].as_u64().unwrap() as usize;
    let bands = reply["percentiles"].as_object().unwrap();
    assert_eq!(bands.len(), 5);
    for series in DEFAULT_SERIES {
        let band = &bands[series.name()];
        assert_eq!(band["unit"], series.unit());
        for list in ["p5", "p25", "p50", "p75", "p95", "mean"] {
            assert_eq!(band[list].as_array().unwrap().len(), entries, "{list}");
        }
    }
}

#[test]
fn all_series_can_be_had_and_none_named_is_as_leaving_them_out() {
    let series = |output: Value| {
        let sweep =
            json!({"grid": {"rr": [0.5]}, "assumptions": {"forecast_length_days": 5}, "output": output});
        reply(&NETWORK, sweep)["percentiles"].as_object().unwrap().len()
    };
    assert_eq!([series(json!("all")), series(json!([])), series(json!(null))], [Series::COUNT, 5, 5]);
}

#[test]
fn percentiles_of_two_runs_lie_between_them_by_type_seven() {
    let reply = reply(&NETWORK, json!({"grid": {"rr": [0.2, 0.9]}, "output": "network_RBP_EIB"}));
    let band = &reply["percentiles"]["network_RBP_EIB"];
    let last = |name: &str| *list(&band[name]).last().unwrap();
    let (low, high) = (
        last("p5") - 0.05 / 0.9 * (last("p95") - last("p5")),
        last("p95") + 0.05 / 0.9 * (last("p95") - last("p5")),
    );
    assert!(high > low);
    for (name, share) in [("p25", 0.25), ("p50", 0.5), ("mean", 0.5), ("p75", 0.75)] {
        assert!((last(name) - (low + share * (high - low))).abs() < 1e-12, "{name}");
    }
}

#[test]
fn dates_are_those_of_the_resolution_and_a_short_forecast_is_told_daily() {
    let input = |resolution: &str, days: usize| {
        let sweep = json!({"grid": {"rr": [0.5]}, "output": "circ_supply", "resolution": resolution,
                           "assumptions": {"forecast_length_days": days}});
        reply(&NETWORK, sweep)["input"].clone()
    };
    let monthly = input("monthly", 100);
    assert_eq!(monthly["timestep_days"], Value::Null);
    assert_eq!(monthly["dates"].as_array().unwrap().len(), monthly["n_entries"].as_u64().unwrap() as usize);
    assert_eq!(input("daily", 100)["n_entries"], 100);
    // 2025-09-01 is a Monday, and the first of a month.
    assert_eq!(input("weekly", 100)["n_entries"], 15);
    let mut data = NETWORK.clone().into_data();
    data.start_date = data.start_date.succ_opt().unwrap();
    data.current_date = data.current_date.succ_opt().unwrap();
    let tuesday = network_data::Snapshot::new(data).unwrap();
    let mut short =
        json!({"grid": {"rr": [0.5]}, "assumptions": {"forecast_length_days": 3}, "output": "circ_supply"});
    assert_eq!(reply(&tuesday, short.clone())["input"]["resolution"], "daily");
    // Even where weeks are asked for, if there is no Monday.
    short["resolution"] = json!("weekly");
    assert_eq!(reply(&tuesday, short)["input"]["resolution"], "daily");
}

/// The end values of a grid of renewal rates, and the share that crosses.
fn crossing(threshold: Value) -> (Vec<f64>, Value) {
    let reply = reply(
        &NETWORK,
        json!({"grid": {"rr": [0.0, 0.25, 0.5, 0.75, 1.0]}, "output": "network_RBP_EIB", "thresholds": [threshold]}),
    );
    (list(&reply["end_values"]["series"]["network_RBP_EIB"]), reply["thresholds"][0].clone())
}

#[test]
fn the_share_that_crosses_by_the_end_is_counted_from_the_end_values() {
    let (ends, _) = crossing(json!({"series": "network_RBP_EIB", "below": 0}));
    assert!(ends.is_sorted());
    let between = f64::midpoint(ends[2], ends[3]);
    let (_, above) =
        crossing(json!({"series": "network_RBP_EIB", "above": between, "when": "at_end", "name": "held"}));
    assert_eq!(
        (&above["runs_across"], &above["share"], &above["name"]),
        (&json!(2), &json!(0.4), &json!("held"))
    );
    let (_, below) = crossing(json!({"series": "network_RBP_EIB", "below": between, "when": "at_end"}));
    assert_eq!(below["share"], 0.6);
    // On the line is on neither side.
    let (_, above) = crossing(json!({"series": "network_RBP_EIB", "above": ends[3], "when": "at_end"}));
    assert_eq!(above["runs_across"], 1);
    let (_, below) = crossing(json!({"series": "network_RBP_EIB", "below": ends[3], "when": "at_end"}));
    assert_eq!(below["runs_across"], 3);
}

#[test]
fn a_threshold_by_a_date_counts_the_days_through_it() {
    let runs = |by: Value| {
        let mut threshold = json!({"series": "network_RBP_EIB", "below": 2.0});
        threshold.as_object_mut().unwrap().extend(by.as_object().unwrap().clone());
        crossing(threshold).1["runs_across"].as_u64().unwrap()
    };
    assert_eq!(runs(json!({"by": "2025-09-01"})), 0, "on the current date nothing has changed");
    let by: Vec<u64> = ["2025-10-15", "2025-12-15", "2026-03-15", "2026-08-31"]
        .into_iter()
        .map(|date| runs(json!({"by": date})))
        .collect();
    assert!(by.is_sorted() && by[0] < by[3], "{by:?}");
    assert_eq!(runs(json!({"when": "ever"})), by[3], "the last day of the year is the last that counts");
    assert_eq!(runs(json!({})), by[3], "ever is what is meant where nothing is said");
}

#[test]
fn a_threshold_may_be_of_a_series_that_is_not_asked_for() {
    let reply = reply(
        &NETWORK,
        json!({"grid": {"rr": [0.1, 0.9]}, "output": "circ_supply", "thresholds": [
            {"series": "1y_sector_roi", "above": 0, "when": "at_end"}]}),
    );
    assert_eq!(reply["thresholds"][0]["share"], 1.0);
    assert_eq!(reply["percentiles"].as_object().unwrap().len(), 1);
}

#[test]
fn what_moves_an_end_value_most_is_named() {
    let reply = reply(
        &NETWORK,
        json!({"draws": {"n": 300, "seed": 1, "distributions": {
                   "rr": {"uniform": {"low": 0.3, "high": 1}}, "lock_target": {"uniform": {"low": 0.29, "high": 0.31}}}},
               "output": ["network_RBP_EIB", "day_pledge_per_QAP", "disbursed_reserve"]}),
    );
    let power = &reply["sensitivity"]["network_RBP_EIB"];
    assert_eq!(power["matters_most"], "rr");
    assert!(
        (power["rank_correlation"]["rr"].as_f64().unwrap() - 1.0).abs() < 1e-12,
        "more renewal, more power"
    );
    assert!(power["rank_correlation"]["lock_target"].as_f64().unwrap().abs() < 0.2);
    // The same in all runs: nothing goes with it.
    let constant = &reply["sensitivity"]["disbursed_reserve"];
    assert_eq!(
        constant,
        &json!({"rank_correlation": {"rr": null, "lock_target": null}, "matters_most": null})
    );
}

#[test]
fn runs_without_a_value_are_left_out_and_counted() {
    // Nothing is onboarded in one run, and pledge by what is onboarded has no value there.
    let reply = reply(
        &NETWORK,
        json!({"grid": {"rbp": [0, 2, 3, 4]}, "output": "day_pledge_per_QAP", "assumptions": {"forecast_length_days": 30}}),
    );
    let band = &reply["percentiles"]["day_pledge_per_QAP"];
    let without = list(&band["runs_without_value"]);
    // The current date is still the history's own.
    assert_eq!(without, [0.0, 1.0, 1.0, 1.0, 1.0]);
    assert!(list(&band["p50"]).iter().all(|value| value.is_finite()));
    assert_eq!(reply["end_values"]["series"]["day_pledge_per_QAP"][0], Value::Null);
    let correlation = &reply["sensitivity"]["day_pledge_per_QAP"]["rank_correlation"]["rbp"];
    assert_eq!(correlation.as_f64().unwrap().abs(), 1.0, "of the three runs that have one");
}

#[test]
fn runs_that_leave_what_the_model_is_made_for_are_counted_in_a_warning() {
    let reply = reply(
        &NETWORK,
        json!({"grid": {"rbp": [0], "rr": [0, 0.1, 0.9]}, "output": "network_RBP_EIB",
                                       "assumptions": {"forecast_length_days": 1500}}),
    );
    let warnings = reply["warnings"].to_string();
    let lowest = list(&reply["percentiles"]["network_RBP_EIB"]["p5"]);
    assert!(lowest.iter().any(|power| *power < 0.0), "no run has negative power, so this shows nothing");
    assert!(warnings.contains("of 3 runs power becomes negative"), "{warnings}");
}

#[test]
fn the_ends_are_a_table_with_a_line_a_run() {
    let findings = findings(
        &NETWORK,
        json!({"grid": {"rbp": [0, 2.5], "rr": [0.5]}, "output": ["day_pledge_per_QAP", "network_RBP_EIB"],
               "assumptions": {"forecast_length_days": 10}}),
    );
    let table = findings.end_values_csv().unwrap();
    let lines: Vec<&str> = table.split("\r\n").collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0], "run,rbp,rr,day_pledge_per_QAP,network_RBP_EIB");
    assert!(lines[1].starts_with("0,0,0.5,,"), "no value is an empty cell: {}", lines[1]);
    let ends = serde_json::to_value(&findings).unwrap()["end_values"]["series"].clone();
    let expected = format!("1,2.5,0.5,{},{}", ends["day_pledge_per_QAP"][1], ends["network_RBP_EIB"][1]);
    assert_eq!(lines[2], expected);

    let brief = findings.without_end_values();
    assert_eq!(brief.end_values_csv(), None);
    let brief = serde_json::to_value(brief).unwrap();
    assert!(brief.get("end_values").is_none() && brief["percentiles"].is_object());
}

#[test]
fn the_chart_names_what_the_answer_holds() {
    let request = request(json!({"grid": {"rr": [0.5, 0.6]}}));
    let plan = Plan::new(&request, &NETWORK).unwrap();
    let reply = reply(&NETWORK, json!({"grid": {"rr": [0.5, 0.6]}}));
    let chart = Chart::of(&plan, &[]);
    assert_eq!(chart.series.len(), 5);
    for line in &chart.series {
        let held = &reply["percentiles"][line.name];
        assert_eq!(held["unit"], line.unit);
        for key in line.bands.iter().flat_map(|band| [band.low, band.high]).chain([line.line]) {
            assert!(held[key].is_array(), "{}.{key}", line.name);
        }
    }
    assert!(reply["input"][chart.start_date_key].is_string());
    let one = Chart::of(&plan, &[Series::CircSupply, Series::CircSupply]);
    assert_eq!(one.series.iter().map(|line| line.name).collect::<Vec<_>>(), ["circ_supply"]);
    assert_eq!(one.title, "circ supply: range of 2 runs");
    assert!(one.description.contains("differ in rr"), "{}", one.description);
}
