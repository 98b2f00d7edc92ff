//! A vector says for each day what a number says for all, and stands on the day that the contract names.
#![allow(
    clippy::float_cmp,
    clippy::unwrap_used,
    reason = "what is exact is compared exactly; a test fails by panicking"
)]

mod common;

use common::{ask, ask_daily, assert_same, cases, model, series, snapshot, snapshots, usual};
use economy::{Control, Series};
use forecast::Scope;
use network_data::calendar::Resolution;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn a_vector_of_equal_values_is_the_number_in_every_digit_of_the_reply(
        days in 1usize..60,
        values in prop::collection::vec((0.0f64..=1.0, any::<bool>()), 8),
        weighting in 0usize..3,
        weighting_daily: bool,
    ) {
        let snapshot = snapshot(usual());
        let mut numbers = Map::new();
        let mut vectors = Map::new();
        for ((field, min, max), (share, as_vector)) in common::numbers().into_iter().zip(values) {
            let value = min + share * (max - min) * if field.name == "daily_burnt_fil" { 1e-5 } else { 1.0 };
            numbers.insert(field.name.to_owned(), value.into());
            let vector = if as_vector { vec![value; days].into() } else { value.into() };
            vectors.insert(field.name.to_owned(), vector);
        }
        numbers.insert("gamma_weight_type".to_owned(), weighting.into());
        let daily = if weighting_daily { vec![weighting; days].into() } else { weighting.into() };
        vectors.insert("gamma_weight_type".to_owned(), daily);
        for request in [&mut numbers, &mut vectors] {
            request.insert("forecast_length_days".to_owned(), days.into());
        }
        let (numbers, vectors) = (ask_daily(&snapshot, &numbers.into()), ask_daily(&snapshot, &vectors.into()));
        prop_assert_eq!(numbers["simulation_output"].to_string(), vectors["simulation_output"].to_string());
        prop_assert_eq!(&numbers["warnings"], &vectors["warnings"]);
    }
}

#[test]
fn a_baseline_of_the_callers_stands_on_the_days_from_the_current_date_on() {
    for snapshot in snapshots() {
        let history_days = snapshot.historical_days();
        let given: Vec<f64> = (0..40).map(|day| 7.0 + f64::from(day) * 0.5).collect();
        let request =
            json!({"forecast_length_days": 40, "baseline_eib": given, "output": "network_baseline_EIB"});
        let forecast = series(&ask_daily(&snapshot, &request), Series::NetworkBaselineEib);
        assert_same(&forecast, &given, "forecast");
        let with_history = ask(&snapshot, &request, Scope::WithHistory, Resolution::Daily);
        let with_history = series(&with_history, Series::NetworkBaselineEib);
        let protocol = model(&snapshot, 1, |_| {});
        let protocol = &protocol.series(Series::NetworkBaselineEib)[..history_days];
        assert_same(&with_history[..history_days], protocol, "the history keeps the protocol's own");
        assert_same(&with_history[history_days..], &given, "forecast after the history");
    }
}

#[test]
fn the_protocols_baseline_given_by_hand_changes_no_digit() {
    for snapshot in snapshots() {
        let days = 200;
        let own = ask_daily(&snapshot, &json!({"forecast_length_days": days}));
        let baseline = &own["simulation_output"]["network_baseline_EIB"];
        // The returns look past the horizon, where the protocol's baseline grows on and the caller's last value holds.
        let within = |reply: &Value| {
            let mut output = reply["simulation_output"].as_object().unwrap().clone();
            output.retain(|name, _| !name.starts_with("1y_"));
            Value::from(output).to_string()
        };
        let given = ask_daily(&snapshot, &json!({"forecast_length_days": days, "baseline_eib": baseline}));
        assert_eq!(within(&own), within(&given), "{}", snapshot.source());
    }
}

#[test]
fn a_change_on_one_day_of_a_vector_shows_on_the_day_the_contract_names() {
    let snapshot = snapshot(usual());
    let forecast = |request: Value, one: Series| series(&ask_daily(&snapshot, &request), one);
    // Onboarding of step t shows a day later, because the history already tells the current date's.
    let mut rbp = vec![3.0; 10];
    rbp[4] = 9.0;
    let onboarded = forecast(
        json!({"forecast_length_days": 10, "rbp": rbp, "output": "rb_day_onboarded_power_pib"}),
        Series::RbDayOnboardedPowerPib,
    );
    assert_eq!(onboarded.iter().position(|pib| *pib == 9.0), Some(5));
    // The lock target of step t acts on that very day.
    let mut lock_target = vec![0.3; 10];
    lock_target[4] = 0.6;
    let pledge = |lock_target: Value| {
        let request =
            json!({"forecast_length_days": 10, "lock_target": lock_target, "output": "day_locked_pledge"});
        forecast(request, Series::DayLockedPledge)
    };
    let (changed, same) = (pledge(json!(lock_target)), pledge(json!(0.3)));
    assert_eq!(changed.iter().zip(&same).position(|(changed, same)| changed != same), Some(4));
}

#[test]
fn burnt_fil_may_be_told_day_by_day() {
    let snapshot = snapshot(usual());
    let burnt: Vec<f64> = (0..5).map(|day| 1000.0 * f64::from(day + 1)).collect();
    let request = json!({"forecast_length_days": 5, "daily_burnt_fil": burnt, "output": "network_gas_burn"});
    let total = series(&ask_daily(&snapshot, &request), Series::NetworkGasBurn);
    let own = model(&snapshot, 5, |assumptions| assumptions.daily_burnt_fil = Some(Control::Daily(&burnt)));
    assert_same(&total, &own.series(Series::NetworkGasBurn)[400..], "burnt");
    assert_eq!(total[0].to_bits(), snapshot.data().burnt_fil_vec[400].to_bits(), "the current date is known");
    assert_eq!(total[1], total[0] + 1000.0);
}
