//! What a caller is told of a request that is not possible.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{cases, numbers, parse};
use economy::Series;
use forecast::{Question, Refusal};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn refused(request: &Value) -> Vec<Refusal> {
    match parse(request) {
        Ok(_) => panic!("{request} was accepted"),
        Err(refused) => refused,
    }
}

fn pointers(refused: &[Refusal]) -> Vec<&str> {
    refused.iter().map(|refusal| refusal.pointer.as_str()).collect()
}

/// Requests with one thing wrong: where the caller is sent, and words of what he is told.
#[test]
fn a_bad_value_is_named_with_its_place_and_what_would_be_right() {
    let two_days = |field: &str, values: Value| json!({"forecast_length_days": 2, field: values});
    let table: Vec<(Value, &str, &[&str])> = vec![
        // Assumptions that are a number or a vector: types.
        (json!({"rbp": "four"}), "/rbp", &["0 to 1000 PiB/day", "text"]),
        (json!({"rbp": true}), "/rbp", &["number", "a boolean"]),
        (json!({"rbp": "1001"}), "/rbp", &["0 to 1000 PiB/day", "1001"]),
        (json!({"rbp": "inf"}), "/rbp", &["number", "text"]),
        (json!({"rbp": "1e999"}), "/rbp", &["number", "text"]),
        (json!({"rbp": ""}), "/rbp", &["number", "text"]),
        (json!({"rbp": "4 PiB"}), "/rbp", &["number", "text"]),
        (json!({"rbp": {"value": 4}}), "/rbp", &["an object"]),
        (json!({"rr": "80 %"}), "/rr", &["0 to 1", "text"]),
        (two_days("fpr", json!([0.5, "half"])), "/fpr/1", &["0 to 1", "text"]),
        (two_days("gamma", json!([null, 0.5])), "/gamma/0", &["null"]),
        (two_days("lock_target", json!([0.3, [0.3]])), "/lock_target/1", &["a list"]),
        // Their bounds.
        (json!({"rbp": -0.001}), "/rbp", &["0 to 1000 PiB/day", "-0.001"]),
        (json!({"rbp": 1000.001}), "/rbp", &["1000.001"]),
        (json!({"rbp": 1e308}), "/rbp", &["but is 1e+308"]),
        (json!({"rbp": u64::MAX}), "/rbp", &["18446744073709551615"]),
        (json!({"rbp": i64::MIN}), "/rbp", &["-9223372036854775808"]),
        (json!({"rr": -5e-324}), "/rr", &["5e-324"]),
        (json!({"rr": 1.000_000_1}), "/rr", &["0 to 1", "1.0000001"]),
        (json!({"rr": 95}), "/rr", &["0 to 1", "95"]),
        (json!({"fpr": 1.5}), "/fpr", &["0 to 1", "1.5"]),
        (json!({"lock_target": 30}), "/lock_target", &["0 to 1"]),
        (json!({"lock_target": -0.1}), "/lock_target", &["0 to 1"]),
        (json!({"gamma": 1.1}), "/gamma", &["0 to 1"]),
        (json!({"gamma": -1}), "/gamma", &["0 to 1"]),
        (json!({"fil_plus_multiplier": 0.99}), "/fil_plus_multiplier", &["1 to 100"]),
        (json!({"fil_plus_multiplier": 100.5}), "/fil_plus_multiplier", &["1 to 100"]),
        (json!({"qa_renewal_multiplier": -1}), "/qa_renewal_multiplier", &["0 to 10"]),
        (json!({"qa_renewal_multiplier": 10.01}), "/qa_renewal_multiplier", &["0 to 10"]),
        (json!({"daily_burnt_fil": -1}), "/daily_burnt_fil", &["0 to 2000000000 FIL/day"]),
        (json!({"daily_burnt_fil": 2.1e9}), "/daily_burnt_fil", &["FIL/day"]),
        (two_days("rr", json!([0.5, 1.5])), "/rr/1", &["0 to 1", "1.5"]),
        (two_days("rbp", json!([1e300, 1])), "/rbp/0", &["1e+300"]),
        // The lengths of vectors; one entry is no constant.
        (json!({"rbp": []}), "/rbp", &["exactly 3650 entries", "has 0", "give a number"]),
        (json!({"rbp": [4]}), "/rbp", &["exactly 3650 entries", "has 1"]),
        (two_days("rbp", json!([4, 4, 4])), "/rbp", &["exactly 2 entries", "has 3"]),
        (two_days("gamma", json!([1])), "/gamma", &["exactly 2 entries", "has 1"]),
        (two_days("gamma_weight_type", json!([0])), "/gamma_weight_type", &["exactly 2", "has 1"]),
        (two_days("baseline_eib", json!([9, 9, 9])), "/baseline_eib", &["exactly 2", "has 3"]),
        // Days.
        (json!({"forecast_length_days": 0}), "/forecast_length_days", &["1 to 7300", "not 0"]),
        (json!({"forecast_length_days": 7301}), "/forecast_length_days", &["1 to 7300", "7301"]),
        (json!({"forecast_length_days": -1}), "/forecast_length_days", &["-1"]),
        (json!({"forecast_length_days": 365.5}), "/forecast_length_days", &["whole number", "365.5"]),
        (json!({"forecast_length_days": 1e300}), "/forecast_length_days", &["1e+300"]),
        (json!({"forecast_length_days": "a year"}), "/forecast_length_days", &["text"]),
        (json!({"forecast_length_days": [365]}), "/forecast_length_days", &["a list"]),
        (json!({"sector_duration_days": 0}), "/sector_duration_days", &["1 to 3650"]),
        (json!({"sector_duration_days": 3651}), "/sector_duration_days", &["1 to 3650"]),
        (json!({"sector_duration_days": 540.5}), "/sector_duration_days", &["whole number"]),
        (json!({"sector_duration_days": true}), "/sector_duration_days", &["a boolean"]),
        // Weighting.
        (json!({"gamma_weight_type": 3}), "/gamma_weight_type", &["arithmetic, geometric or harmonic"]),
        (json!({"gamma_weight_type": 1.5}), "/gamma_weight_type", &["0, 1, 2"]),
        (json!({"gamma_weight_type": -1}), "/gamma_weight_type", &["0, 1, 2"]),
        (json!({"gamma_weight_type": "Arithmetic"}), "/gamma_weight_type", &["arithmetic"]),
        (json!({"gamma_weight_type": "3"}), "/gamma_weight_type", &["arithmetic"]),
        (two_days("gamma_weight_type", json!([0, "mean"])), "/gamma_weight_type/1", &["harmonic"]),
        // The switch.
        (json!({"use_available_supply": 1}), "/use_available_supply", &["true or false", "a number"]),
        (json!({"use_available_supply": "true"}), "/use_available_supply", &["true or false", "text"]),
        // The baseline.
        (json!({"baseline_eib": 9.5}), "/baseline_eib", &["a vector of EiB", "a number"]),
        (json!({"baseline_eib": "protocol"}), "/baseline_eib", &["a vector of EiB"]),
        (two_days("baseline_eib", json!([9, -1])), "/baseline_eib/1", &["0 to 1000000000 EiB"]),
        (two_days("baseline_eib", json!([1e10, 9])), "/baseline_eib/0", &["1000000000 EiB"]),
        (two_days("baseline_eib", json!([9, "nine"])), "/baseline_eib/1", &["a number"]),
        // Series.
        (json!({"output": "network_rbp_eib"}), "/output", &["did you mean \"network_RBP_EIB\""]),
        (json!({"output": "avalable_supply"}), "/output", &["did you mean \"available_supply\""]),
        (json!({"output": "weather"}), "/output", &["\"weather\" is not known"]),
        (json!({"output": ""}), "/output", &["not known"]),
        // Texts.
        (json!({"name": 7}), "/name", &["a text", "a number"]),
        (json!({"label": "x".repeat(201)}), "/label", &["200 characters"]),
        (json!({"output": 7}), "/output", &["name of a series", "a number"]),
        (json!({"output": {"name": "days"}}), "/output", &["an object"]),
        (json!({"output": "roi"}), "/output", &["did you mean \"1y_sector_roi\""]),
        (json!({"output": ["days", 7]}), "/output/1", &["a number"]),
        (json!({"output": ["days", ["days"]]}), "/output/1", &["a list"]),
        (json!({"output": ["circ_suply"]}), "/output/0", &["did you mean \"circ_supply\""]),
        // Resolution.
        (
            json!({"resolution": "weekley"}),
            "/resolution",
            &["daily, weekly or monthly", "did you mean \"weekly\""],
        ),
        (json!({"resolution": "yearly"}), "/resolution", &["daily, weekly or monthly"]),
        (json!({"resolution": 7}), "/resolution", &["daily, weekly or monthly", "a number"]),
        (json!({"resolution": ["daily"]}), "/resolution", &["daily, weekly or monthly", "a list"]),
        // Names.
        (json!({"rpb": 4}), "/rpb", &["unknown field", "did you mean \"rbp\""]),
        (json!({"RBP": 4}), "/RBP", &["did you mean \"rbp\""]),
        (json!({"forecast_length": 365}), "/forecast_length", &["did you mean \"forecast_length_days\""]),
        (json!({"weather": "fine"}), "/weather", &["unknown field", "\"weather\" is not known"]),
        (json!({"": 1}), "/", &["unknown field"]),
        // RFC 6901 escapes.
        (json!({"a/b~c": 1}), "/a~1b~0c", &["\"a/b~c\" is not known"]),
    ];
    for (request, pointer, words) in table {
        let refused = refused(&request);
        let [only] = &refused[..] else { panic!("{request}: {refused:?}") };
        assert_eq!(only.pointer, pointer, "{request}");
        for words in words {
            assert!(only.detail.contains(words), "{request}: {:?} lacks {words:?}", only.detail);
        }
    }
}

#[test]
fn values_at_the_very_bounds_are_accepted() {
    for (field, min, max) in numbers() {
        for bound in [min, max] {
            assert!(parse(&json!({field.name: bound})).is_ok(), "{} {bound}", field.name);
            let vector = json!({"forecast_length_days": 1, field.name: [bound]});
            assert!(parse(&vector).is_ok(), "{} [{bound}]", field.name);
        }
    }
    for request in [
        json!({}),
        json!({"forecast_length_days": 1}),
        json!({"forecast_length_days": 7300}),
        json!({"forecast_length_days": 365.0}),
        json!({"sector_duration_days": 1}),
        json!({"sector_duration_days": 3650}),
        json!({"gamma_weight_type": 2.0}),
        json!({"forecast_length_days": 2, "gamma_weight_type": ["harmonic", 0]}),
        json!({"forecast_length_days": 1, "baseline_eib": [0]}),
        json!({"forecast_length_days": 1, "baseline_eib": [1e9]}),
        json!({"output": ["days", "days"]}),
    ] {
        assert!(parse(&request).is_ok(), "{request}");
    }
}

#[test]
fn a_baseline_of_one_number_is_told_one_remedy_and_not_its_opposite() {
    for request in [json!({"baseline_eib": 50}), json!({"baseline_eib": [50]})] {
        let refused = refused(&request);
        let detail = &refused[0].detail;
        assert!(detail.contains("repeat the number") && !detail.contains("give a number"), "{detail}");
    }
}

#[test]
fn every_bad_field_is_named_at_once() {
    let refused = refused(&json!({
        "rbp": -1, "rr": "most", "fpr": 2, "lock_target": [], "gamma": [1], "fil_plus_multiplier": 0,
        "qa_renewal_multiplier": 11, "daily_burnt_fil": -1, "sector_duration_days": 0, "gamma_weight_type": "mean",
        "use_available_supply": 0, "baseline_eib": 3, "output": ["days", "dys", 3], "resolution": "hourly",
        "forecast_length_days": 30, "typo": 1, "other": 2,
    }));
    let mut named = pointers(&refused);
    named.sort_unstable();
    let mut expected = vec![
        "/baseline_eib",
        "/daily_burnt_fil",
        "/fil_plus_multiplier",
        "/fpr",
        "/gamma",
        "/gamma_weight_type",
        "/lock_target",
        "/other",
        "/output/1",
        "/output/2",
        "/qa_renewal_multiplier",
        "/rbp",
        "/resolution",
        "/rr",
        "/sector_duration_days",
        "/typo",
        "/use_available_supply",
    ];
    expected.sort_unstable();
    assert_eq!(named, expected);
}

#[test]
fn with_a_bad_length_vectors_are_judged_by_their_values_only() {
    let wrong_length = refused(&json!({"forecast_length_days": "two", "rbp": [4, 4], "rr": [0.5, 5]}));
    assert_eq!(pointers(&wrong_length), ["/forecast_length_days", "/rr/1"]);
}

#[test]
fn a_list_that_names_a_series_twice_gives_it_once_where_it_was_first() {
    let question = json!({"output": ["circ_supply", "days", "circ_supply"], "forecast_length_days": 2});
    let snapshot = common::snapshot(common::usual());
    let names = parse(&question).unwrap().resolve(&snapshot);
    let answer = names
        .answer(forecast::Scope::Forecast, network_data::calendar::Resolution::Daily, snapshot.current_date())
        .unwrap();
    let names: Vec<_> = answer.series().map(|(series, _)| series.name()).collect();
    assert_eq!(names, ["circ_supply", "days"]);
}

#[test]
fn a_hostile_list_of_names_gets_one_short_answer() {
    let many = vec!["circ_supplly"; 100_000];
    let list = refused(&json!({"output": many}));
    let [only] = &list[..] else { panic!("{} refusals", list.len()) };
    assert!(
        only.detail.contains("100000") && only.detail.contains(&Series::COUNT.to_string()),
        "{}",
        only.detail
    );
    assert!(only.detail.len() < 200);
}

#[test]
fn a_hostile_vector_gets_one_short_answer() {
    let many: Vec<f64> = vec![1e308; 500_000];
    for field in numbers().iter().map(|(field, ..)| field.name).chain(["baseline_eib", "gamma_weight_type"]) {
        for length in [json!(30), json!("bad")] {
            let refused = refused(&json!({field: many, "forecast_length_days": length}));
            let about: Vec<_> =
                refused.iter().filter(|refusal| refusal.pointer.starts_with(&format!("/{field}"))).collect();
            assert_eq!(about.len(), 1, "{field}");
            assert!(about[0].detail.len() < 300, "{}", about[0].detail);
        }
    }
}

#[test]
fn a_hostile_body_of_unknown_names_gets_a_short_answer() {
    let request: Map<String, Value> =
        (0..50_000).map(|number| (format!("{number}{}", "é/~".repeat(200)), Value::Null)).collect();
    let refused = Question::parse(request).unwrap_err();
    assert_eq!(refused.len(), 21, "the first twenty, and how many more there are");
    assert!(refused[20].detail.contains("49980 more"), "{}", refused[20].detail);
    assert!(refused.iter().all(|refusal| refusal.pointer.len() + refusal.detail.len() < 1000));
}

#[test]
fn a_deeply_nested_value_is_refused_like_any_other_of_its_kind() {
    // As deep as the JSON reader lets through.
    let nested =
        |depth: usize| -> Value { serde_json::from_str(&("[".repeat(depth) + &"]".repeat(depth))).unwrap() };
    let request = json!({"forecast_length_days": 1, "rbp": nested(120), "output": nested(120), "resolution": nested(120)});
    assert_eq!(pointers(&refused(&request)), ["/rbp/0", "/output/0", "/resolution"]);
}

/// Any JSON of modest size.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0i32..20).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(Series::ALL.map(Series::name).to_vec()).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((".{0,6}", inner), 0..3)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    let known: Vec<_> = request_fields().into_iter().collect();
    prop_oneof![9 => prop::sample::select(known), 1 => ".{0,10}"]
}

fn request_fields() -> Vec<String> {
    forecast::request_schema()["properties"].as_object().unwrap().keys().cloned().collect()
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn no_request_whatever_goes_unanswered(fields in prop::collection::vec((name(), anything()), 0..6)) {
        let request: Map<String, Value> = fields.into_iter().collect();
        if let Err(refused) = Question::parse(request.clone()) {
            prop_assert!(!refused.is_empty());
            for refusal in refused {
                prop_assert!(refusal.pointer.is_empty() || refusal.pointer.starts_with('/'), "{:?}", refusal);
                prop_assert!(!refusal.detail.is_empty());
            }
        }
    }

    #[test]
    fn a_bad_field_is_refused_whatever_stands_beside_it(field in 0usize..8, beside in anything()) {
        let (field, _, max) = numbers()[field];
        let other = if field.name == "rbp" { "rr" } else { "rbp" };
        let refused = refused(&json!({field.name: max * 2.0 + 1.0, other: beside}));
        let pointer = format!("/{}", field.name);
        prop_assert!(pointers(&refused).contains(&pointer.as_str()), "{:?}", refused);
    }
}
