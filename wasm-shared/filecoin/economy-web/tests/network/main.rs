//! The engine of web pages, without a browser.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use economy_web::Engine;
use forecast::{Question, Scope};
use network_data::{Snapshot, calendar::Resolution, demo};
use serde_json::{Value, json};

const TODAY: &str = "2025-09-12";

fn network() -> (Snapshot, Engine) {
    let wire = demo::snapshot().unwrap().to_wire();
    (Snapshot::from_wire(&wire).unwrap(), Engine::new(&wire).unwrap())
}

#[test]
fn a_page_gets_the_text_of_simulate() {
    let (snapshot, engine) = network();
    let request = json!({"rbp": 3.25, "rr": 0.7, "output": ["1y_sector_roi", "circ_supply"]});
    let question = Question::parse(request.as_object().unwrap().clone()).unwrap();
    let today = TODAY.parse().unwrap();
    let answer = question.resolve(&snapshot).answer(Scope::Forecast, Resolution::Weekly, today).unwrap();
    assert_eq!(engine.json(&request.to_string(), TODAY).unwrap().into_bytes(), answer.to_json().unwrap());
    assert_eq!(engine.csv(&request.to_string(), TODAY).unwrap(), answer.to_csv());
}

#[test]
fn a_chart_has_a_value_a_day_from_the_first_of_the_history_to_the_horizon() {
    let (snapshot, engine) = network();
    let columns = engine
        .columns(r#"{"output":["1y_sector_roi","circ_supply"],"forecast_length_days":400}"#, TODAY)
        .unwrap();
    let days = snapshot.historical_days() + 400;
    assert_eq!(columns.values.len(), 2 * days);
    assert!(columns.values.iter().all(|value| value.is_finite()));
    let head: Value = serde_json::from_str(&columns.head).unwrap();
    assert_eq!(head["input"]["n_entries"], days);
    assert_eq!(head["input"]["sim_start_date"], snapshot.start_date().to_string());
    let warnings = head["warnings"].as_array().unwrap();
    let about_data = head["about_data"].as_array().unwrap();
    assert!(!about_data.is_empty() && about_data.iter().all(|told| warnings.contains(told)));
}

#[test]
fn a_refused_request_names_its_fields() {
    let (_, engine) = network();
    let refused = engine.csv(r#"{"rr": 2, "rpb": 1}"#, TODAY).unwrap_err();
    let refused: Value = serde_json::from_str(&refused.to_json()).unwrap();
    assert_eq!(refused[0]["pointer"], "/rr");
    assert_eq!(refused[1]["pointer"], "/rpb");
    assert!(engine.csv("{", TODAY).is_err() && engine.csv("{}", "today").is_err());
    assert!(Engine::new(b"no snapshot").is_err());
}

#[test]
fn every_assumption_says_its_default_and_its_range() {
    let (snapshot, engine) = network();
    let about: Value = serde_json::from_str(&engine.about()).unwrap();
    assert_eq!(about["current_date"], snapshot.current_date().to_string());
    let fields = about["fields"].as_array().unwrap();
    let onboarding = fields.iter().find(|field| field["name"] == "rbp").unwrap();
    assert_eq!(onboarding["default"], snapshot.smoothed().raw_byte_power);
    assert_eq!((&onboarding["min"], &onboarding["max"]), (&json!(0.0), &json!(1000.0)));
    assert!(fields.iter().all(|field| !field["default_in_words"].as_str().unwrap().is_empty()));
    let roi =
        about["series"].as_array().unwrap().iter().find(|series| series["name"] == "1y_sector_roi").unwrap();
    assert_eq!(roi["looks_a_year_ahead"], true);
}
