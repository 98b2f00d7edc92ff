//! What is refused, each time with the field, the day and what to do.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it measured"
)]

mod common;

use common::{day, network, usual, with_supply};
use network_data::{
    FilplusRate, Snapshot, SnapshotData,
    json::JsonError,
    validation::{LONGEST_COLUMN, Refused},
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A change for the worse, and what the refusal must say: field, day (if it is about one) and a part of the remedy.
type Row = (&'static str, fn(&mut SnapshotData), &'static str, Option<&'static str>, &'static str);

const SCALE_TO_BYTES: f64 = 1_152_921_504_606_846_976.0;

fn scale(values: &mut [f64], factor: f64) {
    for value in values {
        *value *= factor;
    }
}

/// Mistakes in figures of the right type. The usual network has 400 days from 2024-08-05 to 2025-09-09.
#[rustfmt::skip]
const MISTAKES: &[Row] = &[
    ("no source", |d| d.source.clear(), "/source", None, "such as"),
    ("a source that would break a log line", |d| d.source = "a\nb".into(), "/source", None, "letters, digits"),
    ("a source as long as a book", |d| d.source = "s".repeat(65), "/source", None, "1 to 64"),
    ("a history before the network", |d| d.start_date = day("2020-10-14"), "/start_date", Some("2020-10-14"), "or later"),
    ("a date of science fiction", |d| d.current_date = day("2345-01-01"), "/current_date", Some("2345-01-01"), "last day that has data"),
    ("dates the wrong way round", |d| d.current_date = day("2024-08-04"), "/current_date", Some("2024-08-04"), "start the history earlier"),
    ("a history too short for medians", |d| *d = network(day("2024-08-05"), 29, 1), "/current_date", Some("2024-09-03"), "30 days"),
    ("a day missing at the end", |d| { d.burnt_fil_vec.pop(); }, "/offline_data/burnt_fil_vec", Some("2025-09-09"), "demand 401"),
    ("a day too many", |d| d.historical_raw_power_eib.push(4.0), "/offline_data/historical_raw_power_eib", Some("2025-09-10"), "cut the days"),
    ("a renewal rate for the current date", |d| d.historical_renewal_rate.push(0.8), "/offline_data/historical_renewal_rate", Some("2025-09-09"), "through 2025-09-08 demand 400"),
    ("an empty history", |d| d.historical_renewed_rb_power_pib.clear(), "/offline_data/historical_renewed_rb_power_pib", Some("2024-08-05"), "fill in"),
    ("expirations for centuries", |d| d.rb_known_scheduled_expire_vec.resize(LONGEST_COLUMN + 1, 0.0), "/offline_data/rb_known_scheduled_expire_vec", None, "36500"),
    ("releases for centuries", |d| d.known_scheduled_pledge_release_full_vec.resize(1_000_000, 0.0), "/offline_data/known_scheduled_pledge_release_full_vec", None, "36500"),
    ("deal rates of half a year less a day", |d| d.filplus_rate = FilplusRate::Daily(vec![0.8; 180]), "/historical_arrays/filplus_rate", Some("2025-09-09"), "181 to 401"),
    ("deal rates from before the history", |d| d.filplus_rate = FilplusRate::Daily(vec![0.8; 402]), "/historical_arrays/filplus_rate", Some("2025-09-09"), "181 to 401"),
    ("supply of fewer days", |d| d.circ_supply_vec = Some(vec![4e8; 400]), "/offline_data/circ_supply_vec", Some("2025-09-09"), "demand 401"),
    ("no number", |d| d.historical_qa_power_eib[31] = f64::NAN, "/offline_data/historical_qa_power_eib/31", Some("2024-09-05"), "finite"),
    ("infinity", |d| d.qa_known_scheduled_expire_vec[2] = f64::INFINITY, "/offline_data/qa_known_scheduled_expire_vec/2", Some("2025-09-11"), "finite"),
    ("no number for deals", |d| d.filplus_rate = FilplusRate::Median(f64::NAN), "/smoothed_metrics/filplus_rate", None, "finite"),
    ("no number at the start", |d| d.init_baseline_eib = f64::NAN, "/offline_data/init_baseline_eib", Some("2024-08-05"), "finite"),
    ("a day without power", |d| d.historical_raw_power_eib[5] = 0.0, "/offline_data/historical_raw_power_eib/5", Some("2024-08-10"), "fill the day in"),
    ("negative power", |d| d.historical_raw_power_eib[5] = -4.0, "/offline_data/historical_raw_power_eib/5", Some("2024-08-10"), "below zero"),
    ("negative onboarding", |d| d.historical_onboarded_rb_power_pib[400] = -0.1, "/offline_data/historical_onboarded_rb_power_pib/400", Some("2025-09-09"), "below zero"),
    ("negative expirations", |d| d.rb_known_scheduled_expire_vec[0] = -1.0, "/offline_data/rb_known_scheduled_expire_vec/0", Some("2025-09-09"), "below zero"),
    ("power in PiB", |d| scale(&mut d.historical_raw_power_eib, 1024.0), "/offline_data/historical_raw_power_eib/0", Some("2024-08-05"), "EiB"),
    ("power in bytes", |d| scale(&mut d.historical_qa_power_eib, SCALE_TO_BYTES), "/offline_data/historical_qa_power_eib/0", Some("2024-08-05"), "EiB"),
    ("one day of power in TiB", |d| d.historical_qa_power_eib[9] = 2e7, "/offline_data/historical_qa_power_eib/9", Some("2024-08-14"), "EiB"),
    ("a day counted twice", |d| d.historical_raw_power_eib[9] *= 2.0, "/offline_data/historical_raw_power_eib/9", Some("2024-08-14"), "the day before"),
    ("raw and quality-adjusted power swapped", |d| std::mem::swap(&mut d.historical_raw_power_eib, &mut d.historical_qa_power_eib), "/offline_data/historical_qa_power_eib/0", Some("2024-08-05"), "swapped"),
    ("raw and quality-adjusted onboarding swapped", |d| { std::mem::swap(&mut d.historical_onboarded_rb_power_pib, &mut d.historical_onboarded_qa_power_pib) }, "/offline_data/historical_onboarded_qa_power_pib", None, "swapped"),
    ("raw and quality-adjusted expirations swapped", |d| std::mem::swap(&mut d.rb_known_scheduled_expire_vec, &mut d.qa_known_scheduled_expire_vec), "/offline_data/qa_known_scheduled_expire_vec", None, "swapped"),
    ("onboarding in EiB", |d| scale(&mut d.historical_onboarded_rb_power_pib, 1.0 / 1024.0), "/offline_data/historical_onboarded_rb_power_pib", None, "PiB"),
    ("onboarding in TiB", |d| scale(&mut d.historical_onboarded_rb_power_pib, 1024.0), "/offline_data/historical_onboarded_rb_power_pib/0", Some("2024-08-05"), "PiB"),
    ("renewals in EiB", |d| scale(&mut d.historical_renewed_qa_power_pib, 1.0 / 1024.0), "/offline_data/historical_renewed_qa_power_pib", None, "PiB"),
    ("expirations in EiB", |d| scale(&mut d.rb_known_scheduled_expire_vec, 1.0 / 1024.0), "/offline_data/rb_known_scheduled_expire_vec", None, "PiB"),
    ("pledge releases in attoFIL", |d| scale(&mut d.known_scheduled_pledge_release_full_vec, 1e18), "/offline_data/known_scheduled_pledge_release_full_vec/0", Some("2024-08-05"), "FIL per day"),
    ("a renewal rate in per cent", |d| scale(&mut d.historical_renewal_rate, 100.0), "/offline_data/historical_renewal_rate/0", Some("2024-08-05"), "not per cent"),
    ("a deal rate in per cent", |d| d.filplus_rate = FilplusRate::Median(82.0), "/smoothed_metrics/filplus_rate", None, "not per cent"),
    ("deal rates in per cent", |d| d.filplus_rate = FilplusRate::Daily(vec![82.0; 181]), "/historical_arrays/filplus_rate/0", Some("2025-03-13"), "not per cent"),
    ("burnt FIL that comes back", |d| d.burnt_fil_vec[17] -= 1e6, "/offline_data/burnt_fil_vec/17", Some("2024-08-22"), "never falls"),
    ("burnt FIL of one day in attoFIL", |d| d.burnt_fil_vec[400] *= 1e18, "/offline_data/burnt_fil_vec/400", Some("2025-09-09"), "FIL"),
    ("a fortune burnt in a day", |d| scale(&mut d.burnt_fil_vec[20..], 2.0), "/offline_data/burnt_fil_vec/20", Some("2024-08-25"), "in a day"),
    ("mined FIL that comes back", |d| { *d = with_supply(usual()); d.mined_fil_vec.as_mut().unwrap()[3] = 1.0; }, "/offline_data/mined_fil_vec/3", Some("2024-08-08"), "never falls"),
    ("vested FIL that comes back", |d| { *d = with_supply(usual()); d.vested_fil_vec.as_mut().unwrap()[400] = 1.0; }, "/offline_data/vested_fil_vec/400", Some("2025-09-09"), "never falls"),
    ("supply series that starts elsewhere", |d| { *d = with_supply(usual()); d.circ_supply_zero *= 1.01; }, "/offline_data/circ_supply_vec/0", Some("2024-08-05"), "make them agree"),
    ("vested FIL in millions", |d| d.start_vested_amt = 295.8, "/offline_data/start_vested_amt", Some("2024-08-05"), "millions"),
    ("supply in attoFIL", |d| d.circ_supply_zero *= 1e18, "/offline_data/circ_supply_zero", Some("2024-08-05"), "attoFIL"),
    ("negative locked FIL", |d| d.locked_fil_zero = -1.0, "/offline_data/locked_fil_zero", Some("2024-08-05"), "FIL"),
    ("baseline in PiB", |d| d.init_baseline_eib *= 1024.0, "/offline_data/init_baseline_eib", Some("2024-08-05"), "EiB"),
    ("capped power in PiB-days", |d| d.zero_cum_capped_power_eib *= 1024.0, "/offline_data/zero_cum_capped_power_eib", Some("2024-08-05"), "EiB-days"),
    ("no capped power", |d| d.zero_cum_capped_power_eib = 0.0, "/offline_data/zero_cum_capped_power_eib", Some("2024-08-05"), "EiB-days"),
];

fn assert_says(name: &str, refused: &Refused, pointer: &str, day_named: Option<&str>, remedy: &str) {
    let said = refused.problems().iter().find(|problem| problem.pointer == pointer);
    let Some(problem) = said else { panic!("{name}: nothing about {pointer} in: {refused}") };
    assert!(problem.detail.contains(remedy), "{name}: {remedy:?} is not in: {problem}");
    if let Some(named) = day_named {
        assert_eq!(problem.day, Some(day(named)), "{name}: {problem}");
    }
    assert!(refused.to_string().contains(&problem.detail), "{name}: the message as a whole says it too");
}

#[test]
fn every_mistake_is_refused_with_its_field_its_day_and_its_remedy() {
    Snapshot::new(usual()).unwrap();
    Snapshot::new(with_supply(usual())).unwrap();
    for (name, mistake, pointer, day_named, remedy) in MISTAKES {
        let mut data = usual();
        mistake(&mut data);
        let Err(refused) = Snapshot::new(data) else { panic!("{name} was accepted") };
        assert_says(name, &refused, pointer, *day_named, remedy);
    }
}

#[test]
fn a_mistake_is_not_reported_as_other_mistakes_too() {
    for name in [
        "a day missing at the end",
        "burnt FIL that comes back",
        "no number",
        "onboarding in EiB",
        "a day counted twice",
    ] {
        let (_, mistake, ..) = MISTAKES.iter().find(|row| row.0 == name).unwrap();
        let mut data = usual();
        mistake(&mut data);
        let refused = Snapshot::new(data).unwrap_err();
        assert!(refused.problems().len() <= 2, "{name}: {refused}");
    }
}

#[test]
fn all_problems_are_told_at_once_and_repeated_ones_counted() {
    let mut data = usual();
    scale(&mut data.historical_raw_power_eib, 1024.0);
    data.burnt_fil_vec[17] -= 1e6;
    data.locked_fil_zero = -1.0;
    let refused = Snapshot::new(data).unwrap_err();
    for pointer in [
        "/offline_data/historical_raw_power_eib/0",
        "/offline_data/burnt_fil_vec/17",
        "/offline_data/locked_fil_zero",
    ] {
        assert!(
            refused.problems().iter().any(|problem| problem.pointer == pointer),
            "{pointer} in {refused}"
        );
    }
    assert!(refused.to_string().contains("(and 400 more in this list)"), "{refused}");
}

#[test]
fn an_assumption_of_nothing_is_no_mistake() {
    let mut data = usual();
    data.historical_onboarded_rb_power_pib.fill(0.0);
    data.historical_onboarded_qa_power_pib.fill(0.0);
    data.historical_renewal_rate.fill(0.0);
    data.rb_known_scheduled_expire_vec.clear();
    data.qa_known_scheduled_expire_vec.clear();
    data.known_scheduled_pledge_release_full_vec.clear();
    Snapshot::new(data).unwrap();
}

#[test]
fn a_snapshot_of_tomorrow_is_refused_by_the_clock() {
    let snapshot = Snapshot::new(usual()).unwrap();
    snapshot.check_not_of_the_future(day("2025-09-09")).unwrap();
    assert_eq!(snapshot.age_days(day("2025-09-12")), 3);
    let refused = snapshot.check_not_of_the_future(day("2025-09-08")).unwrap_err();
    assert_says("tomorrow", &refused, "/current_date", Some("2025-09-09"), "after today");
}

/// A change to the JSON form for the worse, and what the refusal must say.
type JsonRow = (&'static str, fn(&mut Value), &'static str, &'static str);

#[rustfmt::skip]
const JSON_MISTAKES: &[JsonRow] = &[
    ("a list instead of an object", |v| *v = json!([1, 2]), "", "is a list where an object is needed"),
    ("null instead of an object", |v| *v = json!(null), "", "is null where an object is needed"),
    ("an empty object", |v| *v = json!({}), "/start_date", "is missing"),
    ("a misspelled name", |v| v["currentdate"] = json!("2025-09-09"), "/currentdate", "\"current_date\""),
    ("a misspelled column", |v| v["offline_data"]["burned_fil_vec"] = json!([]), "/offline_data/burned_fil_vec", "\"burnt_fil_vec\""),
    ("a misspelled window", |v| v["historical_arrays"]["fil_plus_rate"] = json!([]), "/historical_arrays/fil_plus_rate", "\"filplus_rate\""),
    ("a name of another world", |v| v["__proto__"] = json!(1), "/__proto__", "leave it out"),
    ("a name that is a pointer", |v| v["a/b~c"] = json!(1), "/a~1b~0c", "is not known here"),
    ("no start date", |v| { v.as_object_mut().unwrap().remove("start_date"); }, "/start_date", "is missing"),
    ("a date as a number", |v| v["current_date"] = json!(20_250_909), "/current_date", "is a number where text is needed"),
    ("a day that never was", |v| v["current_date"] = json!("2025-02-30"), "/current_date", "YYYY-MM-DD"),
    ("a date with a time", |v| v["start_date"] = json!("2024-08-05T00:00:00Z"), "/start_date", "YYYY-MM-DD"),
    ("a date without zeros", |v| v["start_date"] = json!("2024-8-5"), "/start_date", "YYYY-MM-DD"),
    ("a date of the year 12024", |v| v["start_date"] = json!("+12024-8-5"), "/start_date", "YYYY-MM-DD"),
    ("a source as a number", |v| v["source"] = json!(7), "/source", "is a number where text is needed"),
    ("no offline_data", |v| { v.as_object_mut().unwrap().remove("offline_data"); }, "/offline_data", "is missing"),
    ("a missing column", |v| { v["offline_data"].as_object_mut().unwrap().remove("burnt_fil_vec"); }, "/offline_data/burnt_fil_vec", "is missing"),
    ("a missing figure", |v| { v["offline_data"].as_object_mut().unwrap().remove("locked_fil_zero"); }, "/offline_data/locked_fil_zero", "is missing"),
    ("a column as a number", |v| v["offline_data"]["burnt_fil_vec"] = json!(3e7), "/offline_data/burnt_fil_vec", "a list of numbers"),
    ("a number as text", |v| v["offline_data"]["burnt_fil_vec"][3] = json!("33000000"), "/offline_data/burnt_fil_vec/3", "is text where a number is needed"),
    ("a hole in a column", |v| v["offline_data"]["burnt_fil_vec"][4] = json!(null), "/offline_data/burnt_fil_vec/4", "is null where a number is needed"),
    ("a list in a column", |v| v["offline_data"]["historical_renewal_rate"][0] = json!([0.8]), "/offline_data/historical_renewal_rate/0", "is a list where a number is needed"),
    ("a figure as a list", |v| v["offline_data"]["init_baseline_eib"] = json!([1.0]), "/offline_data/init_baseline_eib", "is a list where a number is needed"),
    ("no FIL+ rate at all", |v| { v.as_object_mut().unwrap().remove("historical_arrays"); v.as_object_mut().unwrap().remove("smoothed_metrics"); }, "/historical_arrays/filplus_rate", "30-day median"),
    ("another network's start", |v| v["network_start"] = json!("2020-10-16"), "/network_start", "2020-10-15"),
    ("another number of days", |v| v["historical_days"] = json!(401), "/historical_days", "400 follows"),
    ("another median", |v| v["smoothed_metrics"]["renewal_rate"] = json!(0.5), "/smoothed_metrics/renewal_rate", "as their median"),
    ("another FIL+ median", |v| v["smoothed_metrics"]["filplus_rate"] = json!(0.5), "/smoothed_metrics/filplus_rate", "as their median"),
    ("another power of today", |v| v["offline_data"]["rb_power_zero"] = json!(3144.66), "/offline_data/rb_power_zero", "times 1024"),
    ("another quality-adjusted power of today", |v| v["offline_data"]["qa_power_zero"] = json!(24_086), "/offline_data/qa_power_zero", "times 1024"),
    ("another burn", |v| v["offline_data"]["daily_burnt_fil"] = json!(1), "/offline_data/daily_burnt_fil", "mean increase"),
    ("another window", |v| v["historical_arrays"]["raw_byte_power"][180] = json!(1.25), "/historical_arrays/raw_byte_power/180", "is 1.25 where"),
    ("another renewal window", |v| v["historical_arrays"]["renewal_rate"][0] = json!(0.123), "/historical_arrays/renewal_rate/0", "is 0.123 where"),
];

#[test]
fn a_file_with_a_mistake_is_refused_with_the_pointer_of_the_field() {
    let exported: Value = serde_json::from_slice(&Snapshot::new(usual()).unwrap().to_json()).unwrap();
    Snapshot::from_json(exported.to_string().as_bytes()).unwrap();
    for (name, mistake, pointer, remedy) in JSON_MISTAKES {
        let mut document = exported.clone();
        mistake(&mut document);
        match Snapshot::from_json(document.to_string().as_bytes()) {
            Err(JsonError::Refused(refused)) => assert_says(name, &refused, pointer, None, remedy),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_name_given_twice_is_refused_instead_of_one_of_the_two_being_taken() {
    let json = String::from_utf8(Snapshot::new(usual()).unwrap().to_json()).unwrap();
    let twice = json.replacen("\"source\":", "\"current_date\":\"2025-09-09\",\"source\":", 1);
    let Err(JsonError::Refused(refused)) = Snapshot::from_json(twice.as_bytes()) else { panic!("accepted") };
    assert_says("twice", &refused, "/current_date", None, "given twice");
    let twice = json.replacen("\"burnt_fil_vec\":", "\"burnt_fil_vec\":[],\"burnt_fil_vec\":", 1);
    let Err(JsonError::Refused(refused)) = Snapshot::from_json(twice.as_bytes()) else { panic!("accepted") };
    assert_says("twice", &refused, "/offline_data/burnt_fil_vec", None, "given twice");
}

#[test]
fn a_window_that_goes_back_before_the_history_is_refused() {
    let snapshot = Snapshot::new(usual()).unwrap();
    let mut document: Value = serde_json::from_slice(&snapshot.to_json()).unwrap();
    let mut rates = vec![0.8; 3];
    rates.extend(&snapshot.data().historical_renewal_rate);
    document["historical_arrays"]["renewal_rate"] = json!(rates);
    let Err(JsonError::Refused(refused)) = Snapshot::from_json(document.to_string().as_bytes()) else {
        panic!("accepted")
    };
    assert_says("window", &refused, "/historical_arrays/renewal_rate", None, "has 403 entries");
}

#[test]
fn a_list_of_a_million_days_is_refused_whatever_its_name() {
    let mut document: Value = serde_json::from_slice(&Snapshot::new(usual()).unwrap().to_json()).unwrap();
    document["offline_data"]["rb_known_scheduled_expire_vec"] = json!(vec![0; 1_000_000]);
    document["historical_arrays"]["filplus_rate"] = json!(vec![0.8; 1_000_000]);
    let Err(JsonError::Refused(refused)) = Snapshot::from_json(document.to_string().as_bytes()) else {
        panic!("accepted")
    };
    assert_says(
        "expirations",
        &refused,
        "/offline_data/rb_known_scheduled_expire_vec",
        None,
        "more than 36500",
    );
    assert_says("deal rates", &refused, "/historical_arrays/filplus_rate", None, "181 to 401");
}

#[test]
fn a_hundred_thousand_unknown_names_are_counted_not_discussed() {
    let names: serde_json::Map<String, Value> =
        (0..100_000).map(|i| (format!("name_{i}"), json!(0))).collect();
    let Err(JsonError::Refused(refused)) = Snapshot::from_json(Value::Object(names).to_string().as_bytes())
    else {
        panic!("accepted")
    };
    assert_eq!(
        (refused.problems().len(), refused.unreported()),
        (50, 99_950 + 2),
        "and the two dates are missing"
    );
    assert!(refused.to_string().ends_with("and 99952 more"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(common::cases(64))]

    #[test]
    fn whatever_stands_in_a_field_is_taken_or_refused_but_never_panics(field in any::<prop::sample::Index>(), value in any_json()) {
        let mut document: Value = serde_json::from_slice(&Snapshot::new(network(day("2025-01-01"), 30, 5)).unwrap().to_json()).unwrap();
        let mut pointers: Vec<String> = document.as_object().unwrap().keys().map(|name| format!("/{name}")).collect();
        for inner in ["offline_data", "historical_arrays", "smoothed_metrics"] {
            pointers.extend(document[inner].as_object().unwrap().keys().map(|name| format!("/{inner}/{name}")));
        }
        let pointer = &pointers[field.index(pointers.len())];
        *document.pointer_mut(pointer).unwrap() = value;
        if let Err(JsonError::Refused(refused)) = Snapshot::from_json(document.to_string().as_bytes()) {
            prop_assert!(!refused.problems().is_empty());
        }
    }
}
