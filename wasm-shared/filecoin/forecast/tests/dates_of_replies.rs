//! Every value of a reply stands on its day, at every resolution, with and without the history.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use common::{ask, assert_same, cases, day, model, network, output, series, snapshot, snapshots};
use economy::{Series, Span};
use forecast::Scope;
use network_data::{Snapshot, calendar::Resolution};
use proptest::prelude::*;
use serde_json::{Value, json};

const SCOPES: [Scope; 2] = [Scope::Forecast, Scope::WithHistory];

fn keeps(resolution: Resolution, date: NaiveDate) -> bool {
    match resolution {
        Resolution::Daily => true,
        Resolution::Weekly => date.weekday() == Weekday::Mon,
        Resolution::Monthly => date.day() == 1,
    }
}

/// The days that a reply has to cover.
fn days(snapshot: &Snapshot, scope: Scope, forecast_days: usize, resolution: Resolution) -> Vec<NaiveDate> {
    let first = if scope == Scope::Forecast { snapshot.current_date() } else { snapshot.start_date() };
    let end = snapshot.current_date() + Days::new(forecast_days as u64);
    first.iter_days().take_while(|date| *date < end).filter(|date| keeps(resolution, *date)).collect()
}

/// What the model says of a series on a day; NaN where the series does not cover it.
fn on(forecast: &economy::Forecast, snapshot: &Snapshot, series: Series, date: NaiveDate) -> f64 {
    let first = if series.span() == Span::Forecast { snapshot.current_date() } else { snapshot.start_date() };
    usize::try_from((date - first).num_days()).map_or(f64::NAN, |index| forecast.series(series)[index])
}

#[track_caller]
fn assert_on_its_days(
    snapshot: &Snapshot,
    forecast: &economy::Forecast,
    forecast_days: usize,
    (scope, resolution): (Scope, Resolution),
) {
    let request = json!({"forecast_length_days": forecast_days, "resolution": resolution.name()});
    let reply = ask(snapshot, &request, scope, Resolution::Daily);
    let days = days(snapshot, scope, forecast_days, resolution);
    assert_eq!(output(&reply).len(), Series::COUNT);
    for one in Series::ALL {
        let expected: Vec<_> = days.iter().map(|date| on(forecast, snapshot, one, *date)).collect();
        assert_same(&series(&reply, one), &expected, &format!("{} {scope:?} {resolution}", one.name()));
    }
    let input = &reply["input"];
    let name = |date: Option<&NaiveDate>| date.map_or(Value::Null, |date| date.to_string().into());
    assert_eq!(input["sim_start_date"], name(days.first()), "{scope:?} {resolution}");
    assert_eq!(input["sim_end_date"], name(days.last()));
    assert_eq!(input["n_entries"], days.len());
    let step = match resolution {
        Resolution::Daily => json!(1),
        Resolution::Weekly => json!(7),
        Resolution::Monthly => Value::Null,
    };
    assert_eq!(input["timestep_days"], step);
    let listed = (resolution == Resolution::Monthly)
        .then(|| days.iter().map(|date| Value::from(date.to_string())).collect::<Vec<_>>());
    assert_eq!(input.get("dates"), listed.map(Value::from).as_ref(), "months are listed, and only they");
}

#[test]
fn every_series_is_the_models_on_the_days_of_the_calendar() {
    for snapshot in snapshots() {
        let forecast = model(&snapshot, 500 + 364, |_| {});
        for scope in SCOPES {
            for resolution in Resolution::ALL {
                assert_on_its_days(&snapshot, &forecast, 500, (scope, resolution));
            }
        }
    }
}

#[test]
fn a_forecast_that_holds_no_monday_says_so_and_has_no_dates() {
    // 2025-09-09 is a Tuesday.
    let snapshot = snapshot(common::usual());
    let request = json!({"forecast_length_days": 6, "resolution": "weekly"});
    let reply = ask(&snapshot, &request, Scope::Forecast, Resolution::Daily);
    assert_eq!(reply["input"]["sim_start_date"], Value::Null);
    assert_eq!(reply["input"]["n_entries"], 0);
    assert!(output(&reply).values().all(|values| values == &json!([])));
    assert!(common::warnings(&reply).iter().any(|text| text.contains("no day of the weekly resolution")));
}

#[test]
fn a_short_forecast_comes_daily_where_no_resolution_is_asked_for() {
    let snapshot = snapshot(common::usual());
    let asked = |request| ask(&snapshot, &request, Scope::Forecast, Resolution::Weekly)["input"].clone();
    for days in [1, 3, 27] {
        let input = asked(json!({"forecast_length_days": days}));
        assert_eq!((&input["resolution"], &input["n_entries"]), (&json!("daily"), &json!(days)));
    }
    assert_eq!(asked(json!({"forecast_length_days": 28}))["resolution"], "weekly");
    let weekly = asked(json!({"forecast_length_days": 20, "resolution": "weekly"}));
    assert_eq!((&weekly["resolution"], &weekly["n_entries"]), (&json!("weekly"), &json!(2)));
}

#[test]
fn every_reply_tells_the_values_of_the_current_date() {
    for snapshot in snapshots() {
        let daily = common::ask_daily(&snapshot, &json!({"forecast_length_days": 30}));
        for scope in SCOPES {
            let request = json!({"forecast_length_days": 30, "resolution": "monthly"});
            let current = ask(&snapshot, &request, scope, Resolution::Weekly)["current"].clone();
            assert_eq!(current.as_object().unwrap().len(), Series::COUNT);
            for (name, values) in output(&daily) {
                assert_eq!(current[name], values[0], "{name} {scope:?}");
            }
        }
        let one = json!({"forecast_length_days": 30, "output": "circ_supply"});
        let current = common::ask_daily(&snapshot, &one)["current"].clone();
        assert_eq!(current.as_object().unwrap().len(), 1, "only what was asked for");
    }
}

#[test]
fn the_path_decides_the_resolution_only_where_the_request_does_not() {
    let snapshot = snapshot(common::usual());
    for by_path in Resolution::ALL {
        let asked =
            |request| ask(&snapshot, &request, Scope::Forecast, by_path)["input"]["resolution"].clone();
        assert_eq!(asked(json!({"forecast_length_days": 31})), by_path.name());
        assert_eq!(asked(json!({"forecast_length_days": 31, "resolution": "daily"})), "daily");
        assert_eq!(asked(json!({"forecast_length_days": 31, "resolution": "monthly"})), "monthly");
    }
}

#[test]
fn with_the_history_what_only_the_forecast_has_begins_on_the_current_date() {
    let snapshot = snapshot(common::usual());
    let request = json!({"forecast_length_days": 10, "output": "rb_sched_expire_power_pib"});
    let reply = ask(&snapshot, &request, Scope::WithHistory, Resolution::Daily);
    let values = output(&reply)["rb_sched_expire_power_pib"].as_array().unwrap();
    assert_eq!(values.len(), 410);
    assert!(values[..400].iter().all(Value::is_null));
    // Known expirations begin on the current date.
    let known = &snapshot.data().rb_known_scheduled_expire_vec[..10];
    assert_eq!(values[400..], known.iter().map(|pib| Value::from(*pib)).collect::<Vec<_>>()[..]);
    assert!(common::warnings(&reply).iter().all(|text| !text.contains("null")), "the history is no gap");
}

#[test]
fn the_history_of_a_reply_is_the_networks_own() {
    for snapshot in snapshots() {
        let output = json!(["network_RBP_EIB", "network_gas_burn", "full_renewal_rate"]);
        let request = json!({"forecast_length_days": 3, "output": output});
        let reply = ask(&snapshot, &request, Scope::WithHistory, Resolution::Daily);
        let data = snapshot.data();
        let history_days = snapshot.historical_days();
        let start = |one| series(&reply, one)[..=history_days].to_vec();
        assert_same(&start(Series::NetworkRbpEib), &data.historical_raw_power_eib, "power");
        assert_same(&start(Series::NetworkGasBurn), &data.burnt_fil_vec, "burnt");
        let renewals = &start(Series::FullRenewalRate)[..history_days];
        assert_same(renewals, &data.historical_renewal_rate, "renewal rate");
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn dates_hold_for_any_history_and_any_horizon(
        offset in 0u64..2000, history_days in 30usize..300, forecast_days in 1usize..120, with_history: bool,
        resolution in prop::sample::select(Resolution::ALL.to_vec()),
    ) {
        let snapshot = snapshot(network(day("2020-10-15") + Days::new(offset), history_days, offset));
        let forecast = model(&snapshot, forecast_days + 364, |_| {});
        let scope = if with_history { Scope::WithHistory } else { Scope::Forecast };
        assert_on_its_days(&snapshot, &forecast, forecast_days, (scope, resolution));
    }
}
