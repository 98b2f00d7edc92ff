//! The series that look a year ahead have a value for every day of the horizon, and looking ahead changes nothing else.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{
    ONE_YEAR, ask, ask_daily, assert_same, cases, model, output, series, snapshot, snapshots, usual,
};
use economy::Series;
use forecast::Scope;
use network_data::calendar::Resolution;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

#[test]
fn a_return_is_told_for_every_day_of_any_horizon() {
    for snapshot in snapshots() {
        for days in [1, 2, 30, 364, 365, 366, 730] {
            let request = json!({"forecast_length_days": days, "output": ONE_YEAR.map(Series::name)});
            let reply = ask_daily(&snapshot, &request);
            for one in ONE_YEAR {
                let values = series(&reply, one);
                assert_eq!(values.len(), days);
                assert!(values.iter().all(|value| value.is_finite()), "{} over {days} days", one.name());
            }
        }
    }
}

#[test]
fn with_the_history_a_return_is_told_for_every_day_from_the_start_date() {
    let snapshot = snapshot(usual());
    let request = json!({"forecast_length_days": 5, "output": ONE_YEAR.map(Series::name)});
    let reply = ask(&snapshot, &request, Scope::WithHistory, Resolution::Daily);
    for one in ONE_YEAR {
        let values = series(&reply, one);
        assert_eq!(values.len(), 405);
        assert!(values.iter().all(|value| value.is_finite()), "{}", one.name());
    }
}

#[test]
fn a_short_forecasts_returns_are_those_of_a_longer_one() {
    for snapshot in snapshots() {
        let history_days = snapshot.historical_days();
        let longer = model(&snapshot, 2000, |_| {});
        for days in [1, 90, 400] {
            let request = json!({"forecast_length_days": days, "output": ONE_YEAR.map(Series::name)});
            let reply = ask_daily(&snapshot, &request);
            for one in ONE_YEAR {
                let expected = &longer.series(one)[history_days..history_days + days];
                assert_same(&series(&reply, one), expected, &format!("{} over {days} days", one.name()));
            }
        }
    }
}

#[test]
fn past_the_horizon_the_last_value_of_a_vector_holds() {
    let snapshot = snapshot(usual());
    let ramp: Vec<f64> = (0..100).map(|day| 2.0 + f64::from(day) * 0.05).collect();
    let mut held = ramp.clone();
    held.resize(100 + 364, ramp[99]);
    let output = ONE_YEAR.map(Series::name);
    let short = ask_daily(&snapshot, &json!({"forecast_length_days": 100, "rbp": ramp, "output": output}));
    let longer = model(&snapshot, 464, |assumptions| {
        assumptions.onboarding_raw_pib = economy::Control::Daily(&held);
    });
    for one in ONE_YEAR {
        assert_same(&series(&short, one), &longer.series(one)[400..500], one.name());
    }
}

/// A few assumptions, each a number or a vector of `days`.
fn assumptions(days: usize) -> impl Strategy<Value = Map<String, Value>> {
    let control = |name: &'static str, low: f64, high: f64| {
        let number = (low..high).prop_map(Value::from);
        let vector = prop::collection::vec(low..high, days).prop_map(Value::from);
        prop_oneof![Just(Value::Null), number, vector].prop_map(move |value| (name.to_owned(), value))
    };
    let weighting = prop_oneof![
        Just(Value::Null),
        (0i32..3).prop_map(Value::from),
        prop::collection::vec(0i32..3, days).prop_map(Value::from),
    ];
    let baseline =
        prop_oneof![Just(Value::Null), prop::collection::vec(1.0f64..60.0, days).prop_map(Value::from)];
    let controls = (
        control("rbp", 0.0, 30.0),
        control("rr", 0.0, 1.0),
        control("fpr", 0.0, 1.0),
        control("lock_target", 0.0, 1.0),
        control("gamma", 0.0, 1.0),
        control("fil_plus_multiplier", 1.0, 20.0),
        control("qa_renewal_multiplier", 0.0, 2.0),
        control("daily_burnt_fil", 0.0, 1e5),
        weighting.prop_map(|value| ("gamma_weight_type".to_owned(), value)),
        baseline.prop_map(|value| ("baseline_eib".to_owned(), value)),
        any::<bool>().prop_map(|value| ("use_available_supply".to_owned(), value.into())),
    );
    controls.prop_map(move |(a, b, c, d, e, f, g, h, i, j, k)| {
        let given = [a, b, c, d, e, f, g, h, i, j, k].into_iter().filter(|(_, value)| !value.is_null());
        given.chain([("forecast_length_days".to_owned(), days.into())]).collect()
    })
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn asking_for_returns_changes_no_other_series(
        request in (1usize..80).prop_flat_map(assumptions), duration in 1usize..100,
    ) {
        let snapshot = snapshot(usual());
        let others = Series::ALL.into_iter().filter(|one| !ONE_YEAR.contains(one)).map(Series::name);
        let mut request = Value::from(request);
        request["sector_duration_days"] = duration.into();
        let with_returns = ask_daily(&snapshot, &request);
        request["output"] = others.clone().collect();
        let without = ask_daily(&snapshot, &request);
        prop_assert_eq!(output(&without).len() + 2, output(&with_returns).len());
        for name in others {
            prop_assert_eq!(output(&without)[name].to_string(), output(&with_returns)[name].to_string(), "{}", name);
        }
    }
}
