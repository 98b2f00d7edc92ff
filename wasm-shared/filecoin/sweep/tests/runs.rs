//! A run is the forecast that `/simulate` gives for the same assumptions, and its place in a sweep is what one expects.

#![allow(
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "json!(..) is handed over as it is written; a test fails by panicking; what is exact is compared exactly"
)]

mod common;

use common::{NETWORK, NOISY, findings, list, object, reply, request};
use forecast::{PerDay, Question, Scope};
use network_data::{Snapshot, calendar::Resolution};
use serde_json::{Value, json};
use sweep::Plan;

/// Every day of a series as `/simulate` gives it.
fn simulated(network: &Snapshot, mut assumptions: Value, series: &str) -> Vec<f64> {
    assumptions["output"] = json!([series]);
    let question = Question::parse(object(assumptions)).unwrap();
    let answer =
        question.resolve(network).answer(Scope::Forecast, Resolution::Daily, network.current_date()).unwrap();
    let (_, values) = answer.series().next().unwrap();
    values.iter().map(|value| value.unwrap_or(f64::NAN)).collect()
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn a_run_is_the_forecast_of_simulate_to_the_bit() {
    let vector = |from: f64, to: f64| -> Vec<f64> {
        (0..50).map(|day| from + (to - from) * f64::from(day) / 49.0).collect()
    };
    let all = json!({
        "forecast_length_days": 50, "sector_duration_days": 30, "fpr": vector(0.9, 0.3), "lock_target": vector(0.3, 0.5),
        "gamma": vector(0.9, 0.1), "gamma_weight_type": "geometric", "fil_plus_multiplier": 7, "qa_renewal_multiplier": 0.9,
        "use_available_supply": true, "daily_burnt_fil": vector(100.0, 9000.0), "baseline_eib": vector(2.0, 90.0), "rbp": 3.25,
    });
    for assumptions in [
        json!({"forecast_length_days": 50}),
        json!({"forecast_length_days": 50, "gamma_weight_type": 2}),
        all,
    ] {
        for series in economy::Series::ALL.map(economy::Series::name) {
            let reply = reply(
                &NETWORK,
                json!({"assumptions": assumptions, "grid": {"rr": [0.77]}, "output": series, "resolution": "daily"}),
            );
            let mut same = assumptions.clone();
            same["rr"] = json!(0.77);
            let expected = simulated(&NETWORK, same, series);
            assert_eq!(bits(&list(&reply["percentiles"][series]["p50"])), bits(&expected), "{series}");
            assert_eq!(
                list(&reply["end_values"]["series"][series])[0].to_bits(),
                expected[49].to_bits(),
                "{series}"
            );
        }
    }
}

#[test]
fn every_varied_assumption_reaches_the_model() {
    for (name, value) in [
        ("rbp", 7.5),
        ("rr", 0.4),
        ("fpr", 0.1),
        ("lock_target", 0.45),
        ("gamma", 0.2),
        ("fil_plus_multiplier", 3.0),
        ("qa_renewal_multiplier", 0.5),
        ("daily_burnt_fil", 12_345.0),
    ] {
        let reply = reply(
            &NETWORK,
            json!({"grid": {name: [value]}, "output": "circ_supply", "assumptions": {"forecast_length_days": 90}}),
        );
        let expected = simulated(&NETWORK, json!({"forecast_length_days": 90, name: value}), "circ_supply");
        assert_eq!(list(&reply["end_values"]["series"]["circ_supply"]), [expected[89]], "{name}");
        let without = simulated(&NETWORK, json!({"forecast_length_days": 90}), "circ_supply");
        assert_ne!(expected[89], without[89], "{name} changes nothing, so this shows nothing");
    }
}

#[test]
fn a_grid_is_every_combination_once_and_the_last_assumption_changes_fastest() {
    let request = request(json!({"grid": {"rr": [0.7, 0.8], "rbp": [2, 4, 6], "fpr": [0.5, 0.9]}}));
    let plan = Plan::new(&request, &NETWORK).unwrap();
    assert_eq!(plan.inputs(), ["rbp", "rr", "fpr"]);
    let runs: Vec<Vec<f64>> = (0..plan.runs())
        .map(|run| {
            let assumed = plan.assumed(run).into_iter();
            assumed
                .map(|(_, value)| match value {
                    PerDay::Same(value) => value,
                    PerDay::Daily(_) => f64::NAN,
                })
                .collect()
        })
        .collect();
    let mut expected = Vec::new();
    for rbp in [2.0, 4.0, 6.0] {
        for rr in [0.7, 0.8] {
            for fpr in [0.5, 0.9] {
                expected.push(vec![rbp, rr, fpr]);
            }
        }
    }
    assert_eq!(runs, expected);
}

#[test]
fn a_bootstrapped_run_is_the_forecast_of_its_drawn_days() {
    let request =
        request(json!({"bootstrap": {"n": 3, "seed": 5}, "output": ["network_RBP_EIB", "circ_supply"],
                                 "assumptions": {"forecast_length_days": 100}}));
    let plan = Plan::new(&request, &NOISY).unwrap();
    let reply = serde_json::to_value(sweep::finish(&plan, &common::chunks(&plan, 2)).unwrap()).unwrap();
    for run in 0..3 {
        let mut assumptions = json!({"forecast_length_days": 100});
        for (name, value) in plan.assumed(run) {
            let PerDay::Daily(days) = value else { panic!("{name} is drawn day by day") };
            assert_eq!(days.len(), 100);
            assumptions[name] = json!(days);
            assert_eq!(list(&reply["end_values"]["inputs"][name])[run], common::mean(&days));
        }
        for series in ["network_RBP_EIB", "circ_supply"] {
            let expected = simulated(&NOISY, assumptions.clone(), series)[99];
            assert_eq!(list(&reply["end_values"]["series"][series])[run], expected);
        }
    }
}

#[test]
fn asking_for_a_one_year_series_does_not_change_what_is_drawn_within_the_horizon() {
    let with = |output: Value| {
        reply(
            &NOISY,
            json!({"bootstrap": {"n": 4}, "output": output, "assumptions": {"forecast_length_days": 60}}),
        )
    };
    let (one, both) = (with(json!(["circ_supply"])), with(json!(["circ_supply", "1y_sector_roi"])));
    assert_eq!(one["end_values"]["series"]["circ_supply"], both["end_values"]["series"]["circ_supply"]);
    assert_eq!(one["end_values"]["inputs"], both["end_values"]["inputs"]);
    assert!(both["end_values"]["series"]["1y_sector_roi"][0].is_f64(), "the last day has a year behind it");
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let with = |seed: u64| {
        let sweep = json!({"draws": {"n": 20, "seed": seed, "distributions": {"rr": {"normal": {"mean": 0.8, "sd": 0.1}}}},
                           "assumptions": {"forecast_length_days": 30}});
        serde_json::to_string(&findings(&NETWORK, sweep)).unwrap()
    };
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
}

#[test]
fn an_assumption_keeps_its_draws_when_another_is_added_or_the_runs_become_more() {
    let inputs = |n: usize, distributions: Value| {
        let sweep = json!({"draws": {"n": n, "seed": 9, "distributions": distributions}, "output": "circ_supply",
                           "assumptions": {"forecast_length_days": 2}});
        list(&reply(&NETWORK, sweep)["end_values"]["inputs"]["rr"])
    };
    let rr = json!({"triangular": {"low": 0.5, "mode": 0.8, "high": 1}});
    let alone = inputs(10, json!({"rr": rr}));
    assert_eq!(inputs(10, json!({"rr": rr, "rbp": {"uniform": {"low": 1, "high": 5}}})), alone);
    assert_eq!(inputs(25, json!({"rr": rr}))[..10], alone);
}
