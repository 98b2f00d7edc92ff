//! What a forecast assumes where the caller says nothing.
#![allow(
    clippy::float_cmp,
    clippy::unwrap_used,
    reason = "what is exact is compared exactly; a test fails by panicking"
)]

mod common;

use chrono::{Days, NaiveDate};
use common::{ask_daily, assert_same, day, model, network, series, snapshot, snapshots};
use economy::{Control, Series};
use forecast::Scope;
use network_data::{FilplusRate, calendar::Resolution};
use serde_json::{Value, json};

/// The middle of the last 30, or the mean of the two in the middle.
fn median_of_last_30(values: &[f64]) -> f64 {
    let mut last = values[values.len() - 30..].to_vec();
    last.sort_by(f64::total_cmp);
    f64::midpoint(last[14], last[15])
}

#[test]
fn power_goes_on_as_the_medians_of_the_last_thirty_days() {
    for snapshot in snapshots() {
        let data = snapshot.data();
        let reply = ask_daily(&snapshot, &json!({"forecast_length_days": 30, "output": "days"}));
        let input = &reply["input"];
        assert_eq!(input["raw_byte_power"], median_of_last_30(&data.historical_onboarded_rb_power_pib));
        assert_eq!(input["renewal_rate"], median_of_last_30(&data.historical_renewal_rate));
        let FilplusRate::Daily(rates) = &data.filplus_rate else {
            panic!("{} has daily rates", snapshot.source())
        };
        assert_eq!(input["filplus_rate"], median_of_last_30(rates));
        let burnt = &data.burnt_fil_vec;
        let mean = (burnt[burnt.len() - 1] - burnt[0]) / (burnt.len() - 1) as f64;
        assert_eq!(input["daily_burnt_fil"], mean);
    }
}

#[test]
fn the_rest_is_the_protocols_and_the_products() {
    let snapshot = &snapshots()[0];
    let reply = ask_daily(snapshot, &json!({}));
    let expected = json!({
        "forecast_length_days": 3650, "sector_duration_days": 540, "lock_target": 0.3, "fil_plus_multiplier": 10.0,
        "qa_renewal_multiplier": 1.0, "gamma_weight_type": "arithmetic", "use_available_supply": false,
        "baseline_eib": "protocol", "resolution": "daily",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&reply["input"][name], value, "{name}");
    }
    assert_eq!(common::output(&reply).len(), Series::COUNT);
}

#[test]
fn a_forecast_of_nothing_said_is_the_models_own() {
    for snapshot in snapshots() {
        let history_days = snapshot.historical_days();
        let reply = ask_daily(&snapshot, &json!({"forecast_length_days": 400}));
        // The one-year series look 364 days ahead.
        let forecast = model(&snapshot, 400 + 364, |_| {});
        for one in Series::ALL {
            let own = forecast.series(one);
            let from = if one.span() == economy::Span::Forecast { 0 } else { history_days };
            assert_same(&series(&reply, one), &own[from..from + 400], one.name());
        }
    }
}

/// FIP-0081 on a calendar: 1 through its activation, then 0.3 less over 365 days.
fn gamma(date: NaiveDate) -> f64 {
    let into_ramp = (date - day("2024-11-21")).num_days().clamp(0, 365);
    1.0 - 0.3 * into_ramp as f64 / 365.0
}

#[test]
fn gamma_falls_on_the_days_of_the_calendar_wherever_the_data_ends() {
    // Before the ramp, up to its eve, within it, and after it.
    for current_date in ["2023-06-01", "2024-11-20", "2024-11-21", "2025-09-09", "2025-11-21", "2026-06-01"] {
        let current_date = day(current_date);
        let snapshot = snapshot(network(current_date - Days::new(400), 400, 3));
        let dated = |first: NaiveDate, days: u64| -> Vec<f64> {
            (0..days).map(|index| gamma(first + Days::new(index))).collect()
        };
        let (history, future) = (dated(snapshot.start_date(), 400), dated(current_date, 900));
        let forecast = model(&snapshot, 900, |assumptions| {
            assumptions.historical_gamma = Control::Daily(&history);
            assumptions.gamma = Control::Daily(&future);
        });
        let request = json!({"forecast_length_days": 900, "output": ["day_locked_pledge", "circ_supply"]});
        let reply = common::ask(&snapshot, &request, Scope::WithHistory, Resolution::Daily);
        for one in [Series::DayLockedPledge, Series::CircSupply] {
            assert_same(
                &series(&reply, one),
                forecast.series(one),
                &format!("{} from {current_date}", one.name()),
            );
        }
        let expected = json!({"type": "array", "length": 900, "first": future[0], "last": future[899]});
        assert_eq!(reply["input"]["gamma"], expected, "{current_date}");
    }
}

#[test]
fn the_gamma_that_is_given_holds_from_the_current_date_on_and_leaves_the_history_alone() {
    let snapshot = snapshot(network(day("2024-08-05"), 400, 3));
    let request =
        |gamma: Value| json!({"forecast_length_days": 60, "gamma": gamma, "output": "day_locked_pledge"});
    let ask = |request: &Value| {
        series(
            &common::ask(&snapshot, request, Scope::WithHistory, Resolution::Daily),
            Series::DayLockedPledge,
        )
    };
    let (left_out, simple) =
        (ask(&json!({"forecast_length_days": 60, "output": "day_locked_pledge"})), ask(&request(json!(0))));
    assert_same(&left_out[..400], &simple[..400], "history");
    assert!(left_out[400..].iter().zip(&simple[400..]).all(|(before, after)| before != after));
}

#[test]
fn a_reply_says_every_assumption_under_its_documented_name() {
    let reply = ask_daily(&snapshots()[1], &json!({"forecast_length_days": 3, "output": "days"}));
    let input = reply["input"].as_object().unwrap();
    let mut expected: Vec<_> = common::numbers().iter().map(|(field, ..)| field.reply_name).collect();
    expected.extend([
        "current date",
        "data_source",
        "forecast_length_days",
        "sector_duration_days",
        "gamma_weight_type",
        "use_available_supply",
        "baseline_eib",
        "resolution",
        "sim_start_date",
        "sim_end_date",
        "timestep_days",
        "n_entries",
    ]);
    expected.sort_unstable();
    let mut names: Vec<_> = input.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!(
        reply.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["current", "input", "series_meta", "simulation_output", "warnings"]
    );
}

#[test]
fn a_reply_says_every_assumption_that_was_given() {
    let given = json!({
        "forecast_length_days": 3, "sector_duration_days": 200, "rbp": 1.5, "rr": 0.25, "fpr": 0.75,
        "lock_target": 0.5, "gamma": 0.875, "fil_plus_multiplier": 5.0, "qa_renewal_multiplier": 0.5,
        "daily_burnt_fil": 1000.0, "gamma_weight_type": 2, "use_available_supply": true,
        "baseline_eib": [7.0, 8.0, 9.5], "output": ["days"], "resolution": "daily",
    });
    let input = ask_daily(&snapshots()[1], &given)["input"].clone();
    for (field, ..) in common::numbers() {
        assert_eq!(input[field.reply_name], given[field.name], "{}", field.name);
    }
    for name in ["forecast_length_days", "sector_duration_days", "use_available_supply", "resolution"] {
        assert_eq!(input[name], given[name], "{name}");
    }
    assert_eq!(input["gamma_weight_type"], "harmonic");
    assert_eq!(input["baseline_eib"], json!({"type": "array", "length": 3, "first": 7.0, "last": 9.5}));
}

#[test]
fn a_vector_is_repeated_as_its_length_and_ends_also_where_the_model_looks_further() {
    let request = json!({
        "forecast_length_days": 3, "rbp": [1.0, 2.0, 3.0], "gamma_weight_type": [0, 1, "harmonic"],
        "output": "1y_sector_roi",
    });
    let input = ask_daily(&snapshots()[1], &request)["input"].clone();
    assert_eq!(input["raw_byte_power"], json!({"type": "array", "length": 3, "first": 1.0, "last": 3.0}));
    let names = json!({"type": "array", "length": 3, "first": "arithmetic", "last": "harmonic"});
    assert_eq!(input["gamma_weight_type"], names);
    assert_eq!(input["gamma"]["length"], 3);
}
