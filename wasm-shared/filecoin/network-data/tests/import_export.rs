//! The JSON form: what is imported, what is exported, and that nothing is lost between the two.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it measured"
)]

mod common;

use common::{networks, reference, same_to_the_bit, usual, with_supply};
use network_data::{FilplusRate, Snapshot, json::JsonError};
use proptest::prelude::*;
use serde_json::{Value, json};

const REAL: &str = "snapshot.json.gz";
const SHORT: &str = "snapshot_short.json.gz";

fn parse(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap()
}

/// Every number and date of `original` is in `exported`, to the bit and written as the same decimal.
fn assert_holds(exported: &Value, original: &Value, path: &str) {
    match original {
        Value::Object(fields) => {
            for (name, value) in fields {
                if !["description", "units", "index_conventions"].contains(&name.as_str()) {
                    assert_holds(&exported[name], value, &format!("{path}/{name}"));
                }
            }
        }
        Value::Array(entries) => {
            assert_eq!(exported.as_array().map(Vec::len), Some(entries.len()), "{path}");
            for (index, value) in entries.iter().enumerate() {
                assert_holds(&exported[index], value, &format!("{path}/{index}"));
            }
        }
        value => assert_eq!(exported.to_string(), value.to_string(), "{path}"),
    }
}

#[test]
fn the_real_network_comes_back_to_the_bit() {
    for name in [REAL, SHORT] {
        let Some(json) = reference(name) else { return };
        let snapshot = Snapshot::from_json(&json).unwrap();
        assert_eq!(snapshot.source(), "import", "a file that names no source is an import");
        assert_holds(&parse(&snapshot.to_json()), &parse(&json), "");
        assert!(same_to_the_bit(&snapshot, &Snapshot::from_wire(&snapshot.to_wire()).unwrap()));
    }
}

#[test]
fn the_derived_figures_of_the_real_network_are_the_published_ones() {
    let Some(json) = reference(REAL) else { return };
    let snapshot = Snapshot::from_json(&json).unwrap();
    let published = &parse(&json);
    let equals = |ours: f64, theirs: &Value| assert_eq!(Some(ours), theirs.as_f64());
    equals(snapshot.smoothed().raw_byte_power, &published["smoothed_metrics"]["raw_byte_power"]);
    equals(snapshot.smoothed().renewal_rate, &published["smoothed_metrics"]["renewal_rate"]);
    equals(snapshot.smoothed().filplus_rate, &published["smoothed_metrics"]["filplus_rate"]);
    equals(snapshot.rb_power_zero(), &published["offline_data"]["rb_power_zero"]);
    equals(snapshot.qa_power_zero(), &published["offline_data"]["qa_power_zero"]);
    equals(snapshot.daily_burnt_fil(), &published["offline_data"]["daily_burnt_fil"]);
    equals(snapshot.historical_days() as f64, &published["historical_days"]);
}

#[test]
fn the_model_accepts_the_history_of_every_snapshot() {
    let snapshot = Snapshot::new(usual()).unwrap();
    let history = snapshot.history();
    history.check().unwrap();
    assert_eq!(history.start_day, 1390, "2024-08-05 is 1,390 days after 2020-10-15");
    assert_eq!(history.days(), snapshot.historical_days());
    for name in [REAL, SHORT] {
        let Some(json) = reference(name) else { return };
        Snapshot::from_json(&json).unwrap().history().check().unwrap();
    }
}

#[test]
fn what_follows_from_other_figures_may_be_left_out() {
    let snapshot = Snapshot::new(with_supply(usual())).unwrap();
    let mut document = parse(&snapshot.to_json());
    let top = document.as_object_mut().unwrap();
    for name in
        ["description", "units", "index_conventions", "network_start", "historical_days", "smoothed_metrics"]
    {
        top.remove(name).unwrap();
    }
    for name in ["raw_byte_power", "renewal_rate"] {
        document["historical_arrays"].as_object_mut().unwrap().remove(name).unwrap();
    }
    for name in ["rb_power_zero", "qa_power_zero", "daily_burnt_fil"] {
        document["offline_data"].as_object_mut().unwrap().remove(name).unwrap();
    }
    let again = Snapshot::from_json(document.to_string().as_bytes()).unwrap();
    assert!(same_to_the_bit(&again, &snapshot));
}

#[test]
fn a_source_without_daily_deal_rates_gives_their_median() {
    let mut data = usual();
    data.filplus_rate = FilplusRate::Median(0.82);
    let snapshot = Snapshot::new(data).unwrap();
    assert_eq!(snapshot.filplus_rate_window(), None);
    let document = parse(&snapshot.to_json());
    assert_eq!(document["smoothed_metrics"]["filplus_rate"], json!(0.82));
    assert!(document["historical_arrays"].get("filplus_rate").is_none());
    assert!(same_to_the_bit(&Snapshot::from_json(document.to_string().as_bytes()).unwrap(), &snapshot));
}

#[test]
fn a_body_that_is_not_json_is_told_where() {
    for (body, position) in [("", (1, 0)), ("{\n \"source\": nonsense}", (2, 13)), ("{\"a\":1e999}", (1, 10))]
    {
        let error = Snapshot::from_json(body.as_bytes()).unwrap_err();
        let JsonError::Malformed { line, column, .. } = error else { panic!("{body:?} gives {error:?}") };
        assert_eq!((line, column), position, "{body:?}");
        assert_eq!(error.to_string().matches("line").count(), 1, "the position stands there once: {error}");
    }
}

#[test]
fn deeply_nested_json_is_refused_instead_of_exhausting_the_stack() {
    let body = "[".repeat(1 << 20);
    assert!(matches!(Snapshot::from_json(body.as_bytes()), Err(JsonError::Malformed { .. })));
}

proptest! {
    #![proptest_config(common::cases(32))]

    #[test]
    fn any_network_that_is_exported_and_imported_is_the_same_to_the_bit(data in networks()) {
        let snapshot = Snapshot::new(data).unwrap();
        let again = Snapshot::from_json(&snapshot.to_json()).unwrap();
        prop_assert!(same_to_the_bit(&again, &snapshot));
    }
}
