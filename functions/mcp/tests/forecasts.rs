//! `simulate` and `compare_scenarios`: the right numbers, on the right days.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]
#![allow(clippy::float_cmp, reason = "the same operations on the same numbers give the same bits")]

mod common;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use common::{Assistant, network, now, numbers};
use forecast::{Question, Scope};
use network_data::{Snapshot, calendar::Resolution};
use platform_native::memory::World;
use serde_json::{Value, json};

/// What `POST /simulate` answers.
fn posted(request: &Value) -> Value {
    let network = network();
    let question = Question::parse(request.as_object().unwrap().clone()).unwrap();
    let answer =
        question.resolve(&network).answer(Scope::Forecast, Resolution::Weekly, now().date_naive()).unwrap();
    serde_json::from_slice(&answer.to_json().unwrap()).unwrap()
}

#[tokio::test]
async fn a_forecast_has_every_digit_of_the_one_over_http() {
    let mut assistant = Assistant::new().await;
    let request = json!({"rbp": 4.0, "rr": 0.9, "forecast_length_days": 500, "output": ["circ_supply", "1y_sector_roi"]});
    let expected = posted(&request);
    let told = assistant.value("simulate", request).await;
    for metric in ["circ_supply", "1y_sector_roi"] {
        assert_eq!(told[metric], expected["simulation_output"][metric]);
    }
    assert_eq!(told["input"], expected["input"]);
    for key in ["sim_start_date", "sim_end_date", "timestep_days", "n_entries"] {
        assert_eq!(told[key], expected["input"][key], "{key}");
    }
    assert_eq!(told["warnings"], expected["warnings"]);
}

#[tokio::test]
async fn without_arguments_it_is_the_weekly_return_on_pledge_for_ten_years() {
    let told = Assistant::new().await.value("simulate", json!({})).await;
    let first: NaiveDate = told["sim_start_date"].as_str().unwrap().parse().unwrap();
    assert_eq!(first.weekday(), Weekday::Mon);
    assert_eq!(told["timestep_days"], 7);
    let roi = numbers(&told["1y_sector_roi"]);
    assert_eq!(json!(roi.len()), told["n_entries"]);
    assert!((521..=522).contains(&roi.len()), "{}", roi.len());
    assert_eq!(told["summary"]["1y_sector_roi"]["first"]["value"], json!(roi[0]));
    assert!(told["Explanation"].as_str().unwrap().contains("(default)"));
}

#[tokio::test]
async fn arguments_may_be_wrapped_and_unset_ones_null_as_existing_clients_send_them() {
    let mut assistant = Assistant::new().await;
    let plain = json!({"rbp": 5.0, "forecast_length_days": 90, "requested_metric": "circ_supply"});
    let expected = assistant.value("simulate", plain.clone()).await;
    let mut unset = plain.clone();
    unset["rr"] = Value::Null;
    for arguments in [json!({"sim": plain}), json!({"req": plain}), json!({"sim": unset})] {
        assert_eq!(assistant.value("simulate", arguments).await, expected);
    }
    let history = assistant.value("get_historical_data", json!({"req": {"fields": "burnt_fil"}})).await;
    assert!(history["data"]["burnt_fil"].is_array());
}

#[tokio::test]
async fn running_totals_come_back_as_the_days_own_growth_one_entry_for_each_of_the_others() {
    let mut assistant = Assistant::new().await;
    let totals =
        ["cum_simple_reward", "cum_baseline_reward", "cum_network_reward", "total_vest", "network_gas_burn"];
    let dailies = [
        "daily_simple_reward",
        "daily_baseline_reward",
        "daily_network_reward_cumderived",
        "daily_vest",
        "daily_gas_burn",
    ];
    let mut metrics = totals.to_vec();
    metrics.push("day_network_reward");
    metrics.push("total_day_vest");
    let asked = json!({"forecast_length_days": 60, "requested_metrics": metrics, "resolution": "daily"});
    let daily = assistant.value("simulate", asked.clone()).await;
    let plain = posted(&json!({"forecast_length_days": 60, "output": totals, "resolution": "daily"}));
    for (total, rate) in totals.iter().zip(dailies) {
        assert!(daily.get(total).is_none(), "{total} is not returned under its own name");
        let (total, rate) = (numbers(&plain["simulation_output"][total]), numbers(&daily[rate]));
        assert_eq!(rate.len(), 60);
        for day in 1..60 {
            assert_eq!(rate[day], total[day] - total[day - 1]);
        }
    }
    // The first day's growth is from the last day of the history, so it is no hole and no jump.
    let (derived, reward) =
        (numbers(&daily["daily_network_reward_cumderived"]), numbers(&daily["day_network_reward"]));
    let (vest, vested) = (numbers(&daily["daily_vest"]), numbers(&daily["total_day_vest"]));
    for day in 0..60 {
        assert!((derived[day] - reward[day]).abs() < 1e-6, "day {day}");
        assert!((vest[day] - vested[day]).abs() < 1e-6, "day {day}");
    }

    let mut weekly = asked;
    weekly["resolution"] = json!("weekly");
    let weekly = assistant.value("simulate", weekly).await;
    let monday = weekly["sim_start_date"].as_str().unwrap().parse::<NaiveDate>().unwrap();
    let first = usize::try_from((monday - network().current_date()).num_days()).unwrap();
    let rates = numbers(&weekly["daily_simple_reward"]);
    assert_eq!(json!(rates.len()), weekly["n_entries"]);
    for (week, rate) in rates.iter().enumerate() {
        assert_eq!(*rate, numbers(&daily["daily_simple_reward"])[first + 7 * week]);
    }
    assert_eq!(weekly["metrics"]["daily_simple_reward"]["unit"], "FIL/day");
}

#[tokio::test]
async fn the_text_says_the_same_in_six_digits() {
    let mut assistant = Assistant::new().await;
    let told = assistant
        .call(
            "simulate",
            json!({"forecast_length_days": 90, "requested_metrics": ["circ_supply", "1y_sector_roi"]}),
        )
        .await;
    let text: Value = serde_json::from_str(&told.text).unwrap();
    assert_eq!(text["sim_start_date"], told.value["sim_start_date"]);
    for metric in ["circ_supply", "1y_sector_roi"] {
        let (short, full) = (numbers(&text[metric]), numbers(&told.value[metric]));
        assert_eq!(short.len(), full.len());
        for (short, full) in short.iter().zip(full) {
            assert!((short - full).abs() <= 5e-6 * full.abs());
        }
    }
    assert!(told.text.len() < 8_000, "{} bytes", told.text.len());
    assert!(!told.text.contains("e+") && !told.text.contains("e-"), "no exponents");
}

#[tokio::test]
async fn months_come_with_their_dates() {
    let told = Assistant::new()
        .await
        .value("simulate", json!({"forecast_length_days": 365, "resolution": "monthly"}))
        .await;
    assert_eq!(told["timestep_days"], Value::Null);
    let dates = told["dates"].as_array().unwrap();
    assert_eq!(dates.len(), told["1y_sector_roi"].as_array().unwrap().len());
    assert!(dates.iter().all(|date| date.as_str().unwrap().ends_with("-01")));
}

#[tokio::test]
async fn the_explanation_names_every_assumption_that_was_given_and_none_that_was_not() {
    let mut assistant = Assistant::new().await;
    let others = json!({
        "gamma": 0.5, "gamma_weight_type": ["harmonic", "geometric"], "fil_plus_multiplier": 1,
        "qa_renewal_multiplier": 0.25, "daily_burnt_fil": 0, "use_available_supply": true, "baseline_eib": [4, 5.5],
    });
    let mut asked = others.clone();
    asked["forecast_length_days"] = json!(2);
    asked["rbp"] = json!([3, 4]);
    let told = assistant.value("simulate", asked).await["Explanation"].to_string();
    for expected in [
        "(rbp) 2 daily values, first 3, last 4 PiB/day (given)",
        "(rr) 0.83 (default)",
        "lock_target 0.3 (default)",
        "sector_duration_days 540 days (default)",
        "gamma 0.5 (given)",
        "gamma_weight_type 2 daily values, first harmonic, last geometric (given)",
        "fil_plus_multiplier 1 (given)",
        "qa_renewal_multiplier 0.25 (given)",
        "daily_burnt_fil 0 FIL/day (given)",
        "use_available_supply true (given)",
        "baseline_eib 2 daily values, first 4, last 5.5 EiB (given)",
    ] {
        assert!(told.contains(expected), "{expected:?} is not in {told}");
    }
    let plain =
        assistant.value("simulate", json!({"forecast_length_days": 2})).await["Explanation"].to_string();
    for name in others.as_object().unwrap().keys() {
        assert!(!plain.contains(name), "{name} is in {plain}");
    }
}

#[tokio::test]
async fn a_comparison_says_of_each_scenario_what_it_assumes() {
    let compared = Assistant::new()
        .await
        .value(
            "compare_scenarios",
            json!({"forecast_length_days": 60, "scenarios": [
                {"name": "as today"}, {"name": "other", "assumptions": {"rr": 0.5}, "daily_burnt_fil": 10},
            ]}),
        )
        .await;
    let told = compared["Explanation"].as_str().unwrap();
    let expected =
        "\"as today\": all defaults; \"other\": renewal rate (rr) 0.5, daily_burnt_fil 10 FIL/day.";
    assert!(told.contains(expected), "{told}");
}

#[tokio::test]
async fn the_first_date_is_the_first_day_of_the_resolution_from_the_datas_current_date_on() {
    // A day that is neither a Monday nor the first of a month.
    let mut data = network().into_data();
    for date in [&mut data.start_date, &mut data.current_date] {
        *date = *date + Days::new(1);
    }
    let network = Snapshot::new(data).unwrap();
    let current = network.current_date();
    let mut assistant = Assistant::in_world(World::default(), Some(network)).await;
    for resolution in ["daily", "weekly", "monthly"] {
        let fits = |date: &NaiveDate| match resolution {
            "weekly" => date.weekday() == Weekday::Mon,
            "monthly" => date.day() == 1,
            _ => true,
        };
        let asked = json!({"forecast_length_days": 60, "resolution": resolution});
        let told = assistant.value("simulate", asked).await;
        let first = current.iter_days().find(fits).unwrap();
        assert_eq!(told["sim_start_date"], json!(first), "{resolution}");
        assert_eq!(first == current, resolution == "daily");
    }
}

#[tokio::test]
async fn scenarios_stand_side_by_side_with_their_differences_on_the_very_days() {
    let mut assistant = Assistant::new().await;
    let compared = assistant
        .value(
            "compare_scenarios",
            json!({
                "forecast_length_days": 730,
                "requested_metrics": ["network_RBP_EIB", "cum_network_reward"],
                "scenarios": [
                    {"name": "as today"},
                    {"name": "double", "rbp": 8.0},
                    {"name": "churn", "assumptions": {"rr": 0.3}},
                ],
            }),
        )
        .await;
    assert_eq!(compared["reference"], "as today");
    let start = network().current_date();
    let moments: Vec<_> = [1, 3, 6, 12].map(|months| start + Months::new(months)).to_vec();
    let differences = compared["differences"].as_array().unwrap();
    assert_eq!(differences.len(), 2 * 5, "two metrics at four months and the end");
    for (scenario, assumptions) in [(0, json!({})), (1, json!({"rbp": 8.0})), (2, json!({"rr": 0.3}))] {
        let mut request = assumptions.clone();
        request["forecast_length_days"] = json!(730);
        request["resolution"] = json!("daily");
        request["requested_metrics"] = json!(["network_RBP_EIB", "cum_network_reward"]);
        let alone = assistant.value("simulate", request).await;
        for difference in differences {
            let metric = difference["metric"].as_str().unwrap();
            let date: NaiveDate = difference["date"].as_str().unwrap().parse().unwrap();
            let day = usize::try_from((date - start).num_days()).unwrap();
            assert!(moments.contains(&date) || day == 729, "{date}");
            let (told, reference) = (&difference["scenarios"][scenario], &difference["scenarios"][0]);
            assert_eq!(told["value"], alone[metric][day], "{metric} on {date}");
            let (value, reference) = (told["value"].as_f64().unwrap(), reference["value"].as_f64().unwrap());
            assert_eq!(told["difference"].as_f64().unwrap(), value - reference);
            assert_eq!(told["relative"].as_f64().unwrap(), (value - reference) / reference.abs());
        }
        let mut weekly = assumptions;
        weekly["forecast_length_days"] = json!(730);
        let weekly = assistant.value("simulate", weekly).await;
        assert_eq!(compared["scenarios"][scenario]["input"], weekly["input"]);
        let series = &compared["scenarios"][scenario]["series"]["network_RBP_EIB"];
        assert_eq!(json!(series.as_array().unwrap().len()), weekly["n_entries"]);
    }
}

#[tokio::test]
async fn a_warning_is_told_once_where_it_concerns_all_and_with_its_scenario_where_not() {
    let compared = Assistant::new()
        .await
        .value(
            "compare_scenarios",
            json!({"forecast_length_days": 700, "scenarios": [{"name": "a"}, {"name": "b", "rr": 0.0, "rbp": 0.0}]}),
        )
        .await;
    assert!(compared["warnings"].to_string().contains("demonstration network"));
    assert_eq!(compared["scenarios"][0]["warnings"], json!([]));
    let own = compared["scenarios"][1]["warnings"].to_string();
    assert!(own.contains("no value") && !own.contains("demonstration network"), "{own}");
}

#[tokio::test]
async fn a_short_comparison_has_only_the_moments_within_its_horizon() {
    let compared = Assistant::new()
        .await
        .value(
            "compare_scenarios",
            json!({"forecast_length_days": 100, "scenarios": [{"name": "a"}, {"name": "b", "rr": 0.5}]}),
        )
        .await;
    let at: Vec<_> =
        compared["differences"].as_array().unwrap().iter().map(|one| one["at"].clone()).collect();
    assert_eq!(at, ["1 month", "3 months", "end"]);
}
