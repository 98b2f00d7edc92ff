//! Goal seek: the answer put back into the forecast reaches the value, and one step less does not.

#![allow(
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "json!(..) is handed over as it is written; a test fails by panicking; what is exact is compared exactly"
)]

mod common;

use common::{NETWORK, object};
use forecast::{Question, Scope};
use network_data::calendar::Resolution;
use proptest::prelude::*;
use serde_json::{Value, json};
use sweep::{Goal, GoalRequest};

fn seek(goal: &Value) -> Goal {
    let request = GoalRequest::parse(object(goal.clone())).unwrap_or_else(|refused| panic!("{refused:#?}"));
    request.seek(&NETWORK).unwrap_or_else(|refused| panic!("{refused:#?}"))
}

/// Whether `/simulate` reaches the target with this value of the assumption, as the goal has it.
fn reaches(goal: &Value, found: &Goal, value: f64) -> bool {
    let mut assumptions = goal.get("assumptions").cloned().unwrap_or_else(|| json!({}));
    assumptions[found.find] = json!(value);
    assumptions["output"] = json!([found.series]);
    let days = (found.date - NETWORK.current_date()).num_days() + 1;
    if assumptions.get("forecast_length_days").is_none() {
        assumptions["forecast_length_days"] = json!(days);
    }
    let question = Question::parse(object(assumptions)).unwrap();
    let answer = question
        .resolve(&NETWORK)
        .answer(Scope::Forecast, Resolution::Daily, NETWORK.current_date())
        .unwrap();
    let (_, values) = answer.series().next().unwrap();
    let first = if found.date_is == "on" { days as usize - 1 } else { 0 };
    values.iter().take(days as usize).skip(first).flatten().any(|value| match found.target_is {
        "at_least" => value >= found.target,
        _ => value <= found.target,
    })
}

/// The answer, checked against the forecast itself.
#[track_caller]
fn assert_least(goal: &Value) -> Goal {
    let found = seek(goal);
    let value = found.value.unwrap_or_else(|| panic!("{}", found.answer));
    assert!(reaches(goal, &found, value), "{value} does not reach it: {}", found.answer);
    let less = found.one_step_less.unwrap_or_else(|| panic!("nothing is left to find: {}", found.answer));
    assert!(
        (value - less.at - found.step).abs() < 1e-9 * found.step + 1e-12,
        "{} is not one step less",
        less.at
    );
    assert!(!reaches(goal, &found, less.at), "{} reaches it too: {}", less.at, found.answer);
    assert!(found.forecasts < 100, "{}", found.forecasts);
    found
}

#[test]
fn ten_goals_are_reached_by_the_answer_and_not_by_one_step_less() {
    let two_years = json!({"forecast_length_days": 730});
    let goals = [
        json!({"find": "rbp", "series": "network_RBP_EIB", "at_least": 4, "by": "2026-08-31"}),
        json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 3.3, "by": "2026-08-31",
               "assumptions": {"rbp": 8}}),
        json!({"find": "fpr", "series": "network_QAP_EIB", "at_least": 23, "on": "2026-02-28", "assumptions": {"rbp": 5}}),
        json!({"find": "rbp", "series": "network_locked", "at_least": 2e8, "assumptions": two_years}),
        json!({"find": "rr", "series": "network_locked", "at_least": 1.6e8, "on": "2026-08-31", "assumptions": {"rbp": 10}}),
        json!({"find": "rbp", "series": "circ_supply", "at_most": 7.2e8, "decimals": 4}),
        json!({"find": "rr", "series": "1y_sector_roi", "at_most": 0.225, "on": "2026-06-01"}),
        json!({"find": "rbp", "series": "day_rewards_per_sector", "at_most": 4e-5, "decimals": 0}),
        json!({"find": "fpr", "series": "day_locked_pledge", "at_least": 2.85e5, "decimals": 6, "on": "2026-03-01"}),
        json!({"find": "rbp", "series": "cum_network_reward", "at_least": 4.33e8, "decimals": 3,
               "assumptions": {"rr": 0.5, "fpr": 0.1}}),
    ];
    let mut missed = Vec::new();
    for goal in &goals {
        let found = seek(goal);
        if found.value.is_none() || found.one_step_less.is_none() {
            missed.push(format!("{goal}: {}", found.answer));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    for goal in &goals {
        assert_least(goal);
    }
}

#[test]
fn an_impossible_goal_is_said_to_be_one_with_the_nearest_that_there_is() {
    let goal = json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 1000, "by": "2026-08-31"});
    let found = seek(&goal);
    assert_eq!((found.value, found.reached, found.one_step_less), (None, None, None));
    let nearest = found.nearest.unwrap();
    assert!(nearest.value.unwrap() < 1000.0 && nearest.value.unwrap() > 0.0);
    assert!(
        found.answer.starts_with("No rr from 0 to 1 brings network_RBP_EIB to 1000 EiB by 2026-08-31"),
        "{}",
        found.answer
    );
    for value in [0.0, 0.5, 1.0] {
        assert!(!reaches(&goal, &found, value));
    }
}

#[test]
fn a_goal_that_is_reached_already_needs_nothing() {
    let found = seek(&json!({"find": "rbp", "series": "network_RBP_EIB", "at_least": 0.1}));
    assert_eq!((found.value, found.one_step_less), (Some(0.0), None));
    let reached = found.reached.unwrap();
    assert_eq!(reached.date, Some(NETWORK.current_date()));
    assert!(found.answer.contains("today already"), "{}", found.answer);
}

#[test]
fn the_answer_prints_as_the_decimal_it_is_a_multiple_of() {
    let goal =
        json!({"find": "rbp", "series": "network_RBP_EIB", "at_least": 4, "by": "2026-08-31", "decimals": 3});
    let text = serde_json::to_value(assert_least(&goal)).unwrap()["value"].to_string();
    assert!(text.split('.').nth(1).is_none_or(|decimals| decimals.len() <= 3), "{text}");
}

#[test]
fn a_series_that_rises_and_falls_is_said_to_do_so() {
    // Supply locked a year on falls with onboarding where none of it is FIL+ and rises elsewhere; whichever it does, the
    // answer has to say it: what is compared is the claim with the forecasts themselves.
    for series in ["day_pledge_per_QAP", "1y_sector_roi", "network_locked", "circ_supply", "network_RBP_EIB"]
    {
        for find in ["rbp", "rr", "fpr"] {
            let goal = json!({"find": find, "series": series, "at_least": 1e300});
            let found = seek(&goal);
            let forecast::Takes::Number { max, .. } = forecast::Field::named(find).unwrap().takes else {
                panic!("no number")
            };
            let best = |part: f64| {
                let part = if find == "rbp" { part * part } else { part };
                // On the grid of the answer's resolution.
                let value = ((max * part) / found.step).round() * found.step;
                let mut assumptions = json!({"forecast_length_days": 365, "output": [series]});
                assumptions[find] = json!(value);
                let question = Question::parse(object(assumptions)).unwrap();
                let answer = question
                    .resolve(&NETWORK)
                    .answer(Scope::Forecast, Resolution::Daily, NETWORK.current_date())
                    .unwrap();
                let (_, values) = answer.series().next().unwrap();
                values.iter().flatten().fold(f64::NEG_INFINITY, f64::max)
            };
            let all: Vec<f64> = (0..=64).map(|place| best(f64::from(place) / 64.0)).collect();
            let rises = all.windows(2).all(|pair| pair[1] >= pair[0] - 1e-9 * pair[0].abs());
            assert_eq!(found.monotone, rises, "{series} with {find}: {all:?}");
            assert_eq!(found.answer.contains("does not always come nearer"), !rises);
        }
    }
}

#[test]
fn without_a_length_the_forecast_goes_through_the_date() {
    let found = seek(&json!({"find": "rbp", "series": "network_RBP_EIB", "at_least": 5, "by": "2028-01-01"}));
    assert_eq!(found.date.to_string(), "2028-01-01");
    assert!(found.value.is_some());
    let found = seek(&json!({"find": "rbp", "series": "network_RBP_EIB", "at_least": 5}));
    assert_eq!(found.date.to_string(), "2026-08-31", "a year where no date is given");
}

#[test]
fn a_series_without_a_value_reaches_nothing() {
    let found = seek(
        &json!({"find": "rr", "series": "day_pledge_per_QAP", "at_least": 1e9, "assumptions": {"rbp": 0}}),
    );
    assert_eq!(found.value, None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_found_reaches_the_target_and_one_step_less_does_not(
        find in prop::sample::select(vec!["rbp", "rr", "fpr"]),
        series in prop::sample::select(vec!["network_RBP_EIB", "network_QAP_EIB", "circ_supply", "network_locked", "1y_sector_roi"]),
        least in any::<bool>(),
        between in 0.02..0.98_f64,
        decimals in 1..6_usize,
        days in 20..300_usize,
    ) {
        let bound = if least { "at_least" } else { "at_most" };
        let goal = |target: f64| json!({"find": find, "series": series, bound: target, "decimals": decimals,
                                        "assumptions": {"forecast_length_days": days}});
        // Between what the smallest and the largest value reach.
        let impossible = if least { 1e300 } else { -1e300 };
        let far = seek(&goal(impossible)).nearest.unwrap().value.unwrap();
        let near = list_of(find, series, days, least);
        let target = near + between * (far - near);
        let request = goal(target);
        let found = seek(&request);
        if let Some(value) = found.value {
            prop_assert!(reaches(&request, &found, value), "{}", found.answer);
        }
        if let Some(less) = found.one_step_less {
            prop_assert!(!reaches(&request, &found, less.at), "{}", found.answer);
        }
        prop_assert!(found.value.is_some() || !found.monotone, "{}", found.answer);
    }
}

/// How near the series comes with the smallest value of the assumption.
fn list_of(find: &str, series: &str, days: usize, least: bool) -> f64 {
    let mut assumptions = json!({"forecast_length_days": days, "output": [series]});
    assumptions[find] = json!(0);
    let question = Question::parse(object(assumptions)).unwrap();
    let answer = question
        .resolve(&NETWORK)
        .answer(Scope::Forecast, Resolution::Daily, NETWORK.current_date())
        .unwrap();
    let (_, values) = answer.series().next().unwrap();
    let finite = values.iter().flatten();
    if least { finite.fold(f64::NEG_INFINITY, f64::max) } else { finite.fold(f64::INFINITY, f64::min) }
}
