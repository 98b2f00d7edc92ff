//! Bands that were tried on the past: where they are, and where the answer says why there is none.

#![allow(
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "json!(..) is handed over as it is written; a test fails by panicking; what is exact is compared exactly"
)]

mod common;

use common::{NETWORK, NOISY, reply};
use economy::{Assumptions, Control, Series, fip0081, forecast};
use network_data::Snapshot;
use serde_json::{Value, json};

const BANDS: &str = include_str!("../../../../data/bands.csv");

fn bootstrap(days: usize, output: Value) -> Value {
    json!({"bootstrap": {"n": 20}, "assumptions": {"forecast_length_days": days}, "output": output})
}

fn calibrated(network: &Snapshot, request: Value) -> Value {
    reply(network, request)["calibrated_bands"].clone()
}

/// Forecasts by nothing but the day's medians, made here without the sweep.
fn default_forecast(network: &Snapshot, series: Series, day: usize) -> f64 {
    let history = network.history();
    let days = 400;
    let gamma = fip0081::schedule(history.start_day, history.days() + days);
    let smoothed = network.smoothed();
    let assumptions = Assumptions::protocol(
        history.days(),
        days,
        Control::Constant(smoothed.raw_byte_power),
        Control::Constant(smoothed.renewal_rate),
        Control::Constant(smoothed.filplus_rate),
        &gamma,
    );
    forecast(&history, &assumptions).unwrap().series(series)[history.days() + day]
}

#[test]
fn a_band_is_the_default_forecast_times_what_the_hindcast_found() {
    for network in [&*NETWORK, &*NOISY] {
        let mut given = 0;
        for series in
            [Series::QaTotalPowerEib, Series::CircSupply, Series::NetworkLocked, Series::DayNetworkReward]
        {
            let found = calibrated(network, bootstrap(200, json!([series.name()])));
            let bands = found["series"][series.name()].as_array().unwrap();
            let horizons: Vec<_> = bands.iter().map(|band| band["horizon_days"].as_u64().unwrap()).collect();
            assert_eq!(horizons, [30, 90, 180]);
            for band in bands {
                let horizon = band["horizon_days"].as_u64().unwrap() as usize;
                let date = network.current_date() + chrono::Days::new(horizon as u64);
                assert_eq!(band["date"], date.to_string());
                let forecast = default_forecast(network, series, horizon);
                assert_eq!(band["forecast"], forecast, "{} {horizon}", series.name());
                let start = format!("{},{horizon},", series.name());
                let line = BANDS.lines().find(|line| line.starts_with(&start)).unwrap();
                let cells: Vec<&str> = line.split(',').collect();
                assert_eq!(band["claim"], cells[2]);
                for (end, cell) in [("low", cells[8]), ("high", cells[9])] {
                    let factor = cell.parse::<f64>().ok();
                    assert_eq!(band[end].as_f64(), factor.map(|factor| factor * forecast), "{line}");
                }
                assert_eq!(band["why_none"].is_string(), cells[8].is_empty(), "{band}");
                given += usize::from(!cells[8].is_empty());
            }
        }
        assert!(given >= 6, "{given} bands");
    }
}

#[test]
fn a_series_of_another_name_has_the_bands_of_its_original() {
    let found = calibrated(&NETWORK, bootstrap(100, json!(["qa_total_power_eib", "network_QAP_EIB"])));
    assert_eq!(found["series"]["network_QAP_EIB"], found["series"]["qa_total_power_eib"]);
    assert!(found["series"]["network_QAP_EIB"][0]["low"].is_f64());
}

#[test]
fn more_than_a_quarter_ahead_the_answer_says_that_the_history_is_too_short() {
    let found = calibrated(&NETWORK, bootstrap(366, json!(["circ_supply"])));
    let bands = found["series"]["circ_supply"].as_array().unwrap();
    assert_eq!(bands.len(), 4);
    for band in &bands[2..] {
        assert_eq!(band["claim"], "unproven", "{band}");
        assert!(band.get("low").is_none() && band.get("high").is_none(), "{band}");
        assert!(band["why_none"].as_str().unwrap().starts_with("Too little history"), "{band}");
    }
}

#[test]
fn a_series_that_was_not_judged_says_so() {
    let found = calibrated(&NETWORK, bootstrap(40, json!(["network_baseline_EIB"])));
    let band = &found["series"]["network_baseline_EIB"][0];
    assert_eq!((&band["claim"], band.get("low")), (&json!("unjudged"), None));
    assert!(band["why_none"].is_string());
}

#[test]
fn a_forecast_that_assumes_something_has_no_bands_and_says_why() {
    let about = |request: Value| {
        let found = calibrated(&NETWORK, request);
        assert_eq!(found["series"], json!({}), "{found}");
        found["about"].as_str().unwrap().to_owned()
    };
    assert!(about(json!({"grid": {"rr": [0.7, 0.9]}})).contains("grid"));
    let draws = json!({"n": 5, "distributions": {"rr": {"uniform": {"low": 0.5, "high": 0.9}}}});
    assert!(about(json!({"draws": draws})).contains("draws"));
    let longer_lived = json!({"sector_duration_days": 360});
    assert!(
        about(json!({"bootstrap": {"n": 5}, "assumptions": longer_lived})).contains("Leave out assumptions")
    );
}

#[test]
fn an_assumption_that_is_given_as_it_is_by_default_changes_nothing() {
    let days = json!({"forecast_length_days": 40});
    let same = json!({"forecast_length_days": 40, "sector_duration_days": 540, "lock_target": 0.3});
    let of = |assumptions: Value| {
        calibrated(
            &NETWORK,
            json!({"bootstrap": {"n": 5}, "assumptions": assumptions, "output": "circ_supply"}),
        )
    };
    assert_eq!(of(days.clone()), of(same));
    assert!(of(days)["series"]["circ_supply"][0]["low"].is_f64());
}

#[test]
fn bands_do_not_depend_on_seed_or_runs() {
    let of = |n: usize, seed: u64| {
        let request = json!({"bootstrap": {"n": n, "seed": seed, "last_days": 90, "block_days": 7}});
        calibrated(&NETWORK, request)
    };
    assert_eq!(of(5, 1), of(9, 2));
}

#[test]
fn a_forecast_that_ends_too_early_says_so() {
    let found = calibrated(&NETWORK, bootstrap(30, json!(["circ_supply"])));
    assert_eq!(found["series"]["circ_supply"], json!([]));
    assert!(found["about"].as_str().unwrap().contains("ends before"));
}

#[test]
fn the_demonstration_network_is_not_taken_for_filecoin() {
    let about = |network: &Snapshot| {
        calibrated(network, bootstrap(40, json!(["circ_supply"])))["about"].as_str().unwrap().to_owned()
    };
    assert!(about(&NETWORK).contains("demonstration"));
    let mut data = NETWORK.clone().into_data();
    data.source = "import".to_owned();
    assert!(!about(&Snapshot::new(data).unwrap()).contains("demonstration"));
}
