//! What is understood although it is written otherwise than documented.

use contract::{
    cases,
    scene::{Scene, Service},
    suite::Case,
};
use serde_json::{Value, json};

use crate::support::{Forecast, SERIES, WEEKLY};

pub(crate) fn cases() -> Vec<Case> {
    cases![Scene::Imported =>
        null_is_as_good_as_left_out,
        all_series_have_three_names,
        numbers_as_text_are_taken_with_one_warning_a_field,
        a_callers_own_name_is_given_back,
        every_series_says_its_unit,
    ]
}

/// Every field of a request.
const FIELDS: [&str; 17] = [
    "rbp",
    "rr",
    "fpr",
    "lock_target",
    "gamma",
    "fil_plus_multiplier",
    "qa_renewal_multiplier",
    "daily_burnt_fil",
    "sector_duration_days",
    "gamma_weight_type",
    "use_available_supply",
    "baseline_eib",
    "forecast_length_days",
    "output",
    "resolution",
    "name",
    "label",
];

fn null_is_as_good_as_left_out(service: &Service) {
    let nothing = Forecast::of(service, WEEKLY, &json!({}));
    let nulls = FIELDS.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
    assert_eq!(Forecast::of(service, WEEKLY, &Value::Object(nulls)), nothing);
}

fn all_series_have_three_names(service: &Service) {
    for output in [json!([]), json!("all"), json!(["all"])] {
        let request = json!({"forecast_length_days": 30, "output": output});
        assert_eq!(Forecast::of(service, WEEKLY, &request).output.len(), SERIES.len(), "{output}");
    }
}

fn numbers_as_text_are_taken_with_one_warning_a_field(service: &Service) {
    let request = |rbp: Value, rr: Value, days: Value| json!({"rbp": rbp, "rr": rr, "forecast_length_days": days, "output": "circ_supply"});
    let numbers = Forecast::of(service, WEEKLY, &request(json!(4), json!([0.5, 0.25]), json!(2)));
    let texts = Forecast::of(service, WEEKLY, &request(json!("4"), json!(["0.5", "0.25"]), json!("2")));
    assert_eq!((&texts.input, &texts.output), (&numbers.input, &numbers.output));
    let told: Vec<_> = texts.warnings.iter().filter(|text| text.contains("as text")).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(texts.warnings.len(), numbers.warnings.len() + 3);
}

fn a_callers_own_name_is_given_back(service: &Service) {
    let request =
        json!({"forecast_length_days": 2, "output": "days", "name": "half \"onboarding\"", "label": "b"});
    let input = Forecast::of(service, WEEKLY, &request).input;
    assert_eq!((&input["name"], &input["label"]), (&request["name"], &request["label"]));
}

fn every_series_says_its_unit(service: &Service) {
    let about = Forecast::of(service, WEEKLY, &json!({"forecast_length_days": 2})).series_meta;
    for (name, unit) in [("network_RBP_EIB", "EiB"), ("circ_supply", "FIL"), ("1y_sector_roi", "fraction")] {
        assert_eq!(about[name]["unit"], unit, "{name}");
    }
    for name in SERIES {
        for part in ["unit", "kind", "meaning"] {
            assert!(about[name][part].as_str().is_some_and(|text| !text.is_empty()), "{name} has no {part}");
        }
    }
}
