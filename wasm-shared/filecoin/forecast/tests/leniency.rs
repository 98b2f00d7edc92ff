//! What is understood although it is not written as documented: null, numbers as text, everything by several names.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{ask_daily, parse, snapshot, usual, warnings};
use economy::Series;
use forecast::{FIELDS, Question};
use serde_json::{Map, Value, json};

/// A request in which every field is null says as little as the empty one.
#[test]
fn null_is_as_good_as_left_out_in_every_field() {
    let nothing = parse(&json!({})).unwrap();
    let nulls: Map<String, Value> = FIELDS.iter().map(|field| (field.name.to_owned(), Value::Null)).collect();
    assert_eq!(Question::parse(nulls).unwrap(), nothing);
    for field in &FIELDS {
        assert_eq!(parse(&json!({field.name: null})).unwrap(), nothing, "{}", field.name);
    }
}

#[test]
fn no_output_an_empty_list_and_all_are_every_series() {
    let every = parse(&json!({})).unwrap();
    for output in [json!([]), json!("all"), json!(["all"]), json!(["circ_supply", "all"])] {
        assert_eq!(parse(&json!({"output": output})).unwrap(), every, "{output}");
    }
}

#[test]
fn a_number_that_comes_as_text_is_taken_and_each_such_field_is_warned_of_once() {
    let snapshot = snapshot(usual());
    let numbers = json!({"forecast_length_days": 2, "rbp": 4, "rr": [0.5, 0.25], "baseline_eib": [9, 9.5],
                         "sector_duration_days": 200, "gamma_weight_type": 2, "output": "circ_supply"});
    let texts = json!({"forecast_length_days": "2", "rbp": " 4 ", "rr": ["0.5", "0.25"], "baseline_eib": ["9", 9.5],
                       "sector_duration_days": "2e2", "gamma_weight_type": "2", "output": "circ_supply"});
    let (numbers, texts) = (ask_daily(&snapshot, &numbers), ask_daily(&snapshot, &texts));
    for part in ["input", "simulation_output"] {
        assert_eq!(texts[part], numbers[part]);
    }
    let told: Vec<_> = warnings(&texts).into_iter().filter(|text| text.contains("as text")).collect();
    assert_eq!(told.len(), 6, "{told:?}");
    assert!(told.iter().any(|text| text.starts_with("rbp came as text")), "{told:?}");
    assert!(told.iter().any(|text| text.starts_with("2 of the 2 values of rr")), "{told:?}");
    assert!(told.iter().any(|text| text.starts_with("1 of the 2 values of baseline_eib")), "{told:?}");
    assert!(warnings(&numbers).iter().all(|text| !text.contains("as text")));
}

#[test]
fn a_callers_own_name_and_label_are_given_back() {
    let snapshot = snapshot(usual());
    let input = |request| ask_daily(&snapshot, &request)["input"].clone();
    let named = input(json!({"forecast_length_days": 1, "name": "as \"today\"", "label": "é".repeat(200)}));
    assert_eq!(named["name"], "as \"today\"");
    assert_eq!(named["label"], "é".repeat(200));
    let unnamed = input(json!({"forecast_length_days": 1}));
    assert!(unnamed.get("name").is_none() && unnamed.get("label").is_none());
}

fn query(pairs: &[(&str, &str)]) -> Result<Question, Vec<forecast::Refusal>> {
    Question::from_query(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

#[test]
fn a_query_says_what_a_body_says() {
    let body = json!({"rr": 0.8, "forecast_length_days": 365, "gamma_weight_type": "harmonic", "use_available_supply": true,
                      "output": ["circ_supply", "1y_sector_roi"], "resolution": "monthly", "name": "7"});
    let pairs = [
        ("rr", "0.8"),
        ("forecast_length_days", "365"),
        ("gamma_weight_type", "harmonic"),
        ("use_available_supply", "true"),
        ("output", "circ_supply, 1y_sector_roi"),
        ("resolution", "monthly"),
        ("name", "7"),
        ("rbp", ""),
    ];
    assert_eq!(query(&pairs), parse(&body), "and without a warning of text");
    assert_eq!(query(&[("output", "all")]), parse(&json!({})));
}

#[test]
fn a_query_is_refused_as_a_body_is() {
    let told = |pairs: &[(&str, &str)]| {
        let refused = query(pairs).unwrap_err();
        assert_eq!(refused.len(), 1, "{refused:?}");
        format!("{} {}", refused[0].pointer, refused[0].detail)
    };
    assert!(told(&[("rpb", "4")]).contains("did you mean \"rbp\"?"));
    assert!(told(&[("rr", "5")]).contains("/rr must be 0 to 1, but is 5"));
    assert!(told(&[("rr", "0.8,0.9")]).contains("/rr must be a number"));
    assert!(told(&[("rr", "0.8"), ("rr", "0.9")]).contains("/rr is given twice"));
    assert!(told(&[("baseline_eib", "50")]).contains("must be a vector"));
    assert!(told(&[("use_available_supply", "yes")]).contains("true or false"));
}

#[test]
fn the_reply_says_of_every_series_what_it_is() {
    let reply = ask_daily(&snapshot(usual()), &json!({"forecast_length_days": 1}));
    let about = reply["series_meta"].as_object().unwrap();
    assert_eq!(about.len(), Series::COUNT);
    for series in Series::ALL {
        let about = &about[series.name()];
        assert_eq!((&about["unit"], &about["meaning"]), (&json!(series.unit()), &json!(series.meaning())));
        assert_eq!(about["kind"], series.kind().as_str());
        assert_eq!(about.get("alias_of"), series.alias_of().map(|one| json!(one.name())).as_ref());
    }
}
