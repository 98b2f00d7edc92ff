//! How right forecasts were, told to an assistant.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::Assistant;
use serde_json::{Value, json};

/// What `GET /accuracy` serves.
fn table() -> Value {
    serde_json::from_str(include_str!("../../../data/accuracy.json")).unwrap()
}

fn row<'t>(list: &'t Value, series: &str) -> Vec<&'t Value> {
    list.as_array().unwrap().iter().filter(|row| row["series"] == series).collect()
}

#[tokio::test]
async fn the_errors_and_bands_are_those_of_the_table() {
    let mut assistant = Assistant::new().await;
    let told = assistant.value("forecast_accuracy", json!({"series": ["circ_supply"]})).await;
    let table = table();
    let supply = &told["series"]["circ_supply"];
    assert_eq!(told["series"].as_object().unwrap().len(), 1);
    assert_eq!(supply["ahead"], row(&table["errors"], "circ_supply")[0]["drives"]["defaults"]);
    let bands = row(&table["ranges"]["bands"], "circ_supply");
    assert_eq!(supply["bands"].as_array().unwrap().len(), 5);
    for (found, expected) in supply["bands"].as_array().unwrap().iter().zip(bands) {
        assert_eq!((&found["low"], &found["high"]), (&expected["low"], &expected["high"]));
        assert_eq!(found["claim"], expected["claim"]);
    }
    assert_eq!(told["data"], table["data"]);
}

#[tokio::test]
async fn the_text_says_error_horizon_date_and_where_there_is_no_band() {
    let mut assistant = Assistant::new().await;
    let told = assistant.call("forecast_accuracy", json!({"series": ["rb_total_power_eib"]})).await;
    let table = table();
    let errors = &row(&table["errors"], "rb_total_power_eib")[0]["drives"]["defaults"];
    let year = errors.as_array().unwrap().iter().find(|one| one["horizon_days"] == 365).unwrap();
    let expected = format!("365 days: off by {:.1} % on average", 100.0 * year["mape"].as_f64().unwrap());
    assert!(told.text.contains(&expected), "{expected}: {}", told.text);
    assert!(told.text.contains(table["data"]["end_date"].as_str().unwrap()), "{}", told.text);
    assert!(told.text.contains("no band at 365 days: unproven"), "{}", told.text);
}

#[tokio::test]
async fn without_arguments_it_is_short_and_about_what_people_decide_by() {
    let mut assistant = Assistant::new().await;
    let told = assistant.call("forecast_accuracy", json!({})).await;
    let series = told.value["series"].as_object().unwrap();
    assert_eq!(series.len(), 8);
    for (name, one) in series {
        assert!(!one["ahead"].as_array().unwrap().is_empty(), "{name}");
    }
    assert!(told.text.len() < 9_000, "{} bytes", told.text.len());
}

#[tokio::test]
async fn another_name_of_a_series_gives_the_same_figures() {
    let mut assistant = Assistant::new().await;
    let asked = json!({"series": ["network_RBP_EIB", "rb_total_power_eib", "network_RBP_EIB"]});
    let told = assistant.value("forecast_accuracy", asked).await;
    assert_eq!(told["series"].as_object().unwrap().len(), 2);
    assert_eq!(told["series"]["network_RBP_EIB"], told["series"]["rb_total_power_eib"]);
}

#[tokio::test]
async fn the_drive_chooses_what_the_judged_forecasts_assumed() {
    let mut assistant = Assistant::new().await;
    let mut errors = Vec::new();
    for drive in ["defaults", "controls", "events"] {
        let asked = json!({"series": "qa_total_power_eib", "drive": drive});
        let told = assistant.value("forecast_accuracy", asked).await;
        assert_eq!(told["drive"], table()["drives"][drive]);
        errors.push(told["series"]["qa_total_power_eib"]["ahead"].clone());
    }
    assert!(errors[0] != errors[1] && errors[1] != errors[2]);
    // What a forecast was given cannot be wrong.
    let asked = json!({"series": ["network_gas_burn"], "drive": "controls"});
    let told = assistant.call("forecast_accuracy", asked).await;
    assert!(told.text.contains("given, not forecast"), "{}", told.text);
}

#[tokio::test]
async fn every_wrong_argument_is_named_with_what_would_be_right() {
    let mut assistant = Assistant::new().await;
    let asked = json!({"series": ["circ_suply", "network_time", 4], "drive": "default", "horizon": 30});
    let told = assistant.refusal("forecast_accuracy", asked).await;
    for expected in
        ["circ_supply", "network_time was not judged", "every entry must be a name", "defaults", "horizon"]
    {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let many = vec!["circ_supply"; 100];
    assert!(assistant.refusal("forecast_accuracy", json!({"series": many})).await.contains("at most 44"));
}
