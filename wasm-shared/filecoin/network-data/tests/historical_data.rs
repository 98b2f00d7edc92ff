//! The reply of `/historical-data`, as an analyst reads it.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it measured"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate, Weekday};
use common::{day, networks, reference, usual, with_supply};
use network_data::{
    FilplusRate, Snapshot,
    calendar::Resolution,
    historical::{Field, HistoricalData, HistoricalQuery, QueryRefused, QueryText, fields},
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn reply(snapshot: &Snapshot, fields: Option<&str>, resolution: Option<&str>) -> Value {
    ask(snapshot, QueryText { fields, resolution, ..QueryText::default() })
}

fn ask(snapshot: &Snapshot, text: QueryText<'_>) -> Value {
    let query = HistoricalQuery::parse(text).unwrap();
    let reply = serde_json::to_value(HistoricalData::new(snapshot, &query).into_reply()).unwrap();
    reply["data"].clone()
}

fn table(snapshot: &Snapshot, text: QueryText<'_>) -> String {
    HistoricalData::new(snapshot, &HistoricalQuery::parse(text).unwrap()).to_csv()
}

fn refused(text: QueryText<'_>) -> QueryRefused {
    HistoricalQuery::parse(text).unwrap_err()
}

fn usual_snapshot() -> Snapshot {
    Snapshot::new(usual()).unwrap()
}

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

const EVERYWHERE: [&str; 13] = [
    "source",
    "current_date",
    "resolution",
    "timestep_days",
    "data_start_date",
    "data_end_date",
    "n_entries",
    "hist_window_start_date",
    "hist_window_end_date",
    "hist_window_n_entries",
    "hist_window_days",
    "forecast_start_date",
    "field_meta",
];

#[test]
fn without_a_query_everything_the_source_has_comes_weekly_under_every_name() {
    let data = reply(&usual_snapshot(), None, None);
    let mut expected = BTreeSet::from(EVERYWHERE);
    expected.extend([
        "raw_byte_power_averaged_over_previous_30days",
        "renewal_rate_averaged_over_previous_30days",
        "filplus_rate_averaged_over_previous_30days",
        "raw_byte_power",
        "raw_byte_power_onboarded_pib_per_day",
        "renewal_rate",
        "filplus_rate",
        "historical_raw_power_eib",
        "network_raw_power_eib",
        "historical_qa_power_eib",
        "network_qa_power_eib",
        "historical_onboarded_rb_power_pib",
        "historical_onboarded_qa_power_pib",
        "historical_renewed_rb_power_pib",
        "historical_renewed_qa_power_pib",
        "historical_renewal_rate",
        "burnt_fil",
        "burnt_fil_vec",
        "rb_known_scheduled_expire_vec",
        "qa_known_scheduled_expire_vec",
        "known_scheduled_pledge_release_full_vec",
        "rb_power_zero",
        "qa_power_zero",
        "start_vested_amt",
        "zero_cum_capped_power_eib",
        "init_baseline_eib",
        "circ_supply_zero",
        "locked_fil_zero",
        "daily_burnt_fil",
        "lock_ratio",
    ]);
    assert_eq!(names(&data), expected);
    assert_eq!(data["resolution"], "weekly");
    assert_eq!(data["timestep_days"], 7);

    let with_supply = reply(&Snapshot::new(with_supply(usual())).unwrap(), None, None);
    expected.extend(["circ_supply", "locked_fil", "mined_fil", "vested_fil"]);
    assert_eq!(names(&with_supply), expected);
}

#[test]
fn weekly_dates_are_mondays_and_those_of_the_entries() {
    // 2024-08-05 is a Monday, 2025-03-13 a Thursday, 2025-09-09 a Tuesday.
    let data = reply(&usual_snapshot(), None, Some("weekly"));
    assert_eq!(data["data_start_date"], "2024-08-05");
    assert_eq!(data["data_end_date"], "2025-09-08");
    assert_eq!(data["n_entries"], 58);
    assert_eq!(data["hist_window_start_date"], "2025-03-17");
    assert_eq!(data["hist_window_end_date"], "2025-09-08");
    assert_eq!(data["hist_window_n_entries"], 26);
    assert_eq!(data["hist_window_days"], 180);
    assert_eq!(data["forecast_start_date"], "2025-09-15");
    assert_eq!(data["current_date"], "2025-09-09");
    assert!(data.get("dates").is_none(), "dates follow from the time step");

    let power = &usual().historical_raw_power_eib;
    assert_eq!(data["historical_raw_power_eib"][0], json!(power[0]));
    assert_eq!(data["historical_raw_power_eib"][57], json!(power[399]));
    assert_eq!(data["rb_known_scheduled_expire_vec"][0], json!(usual().rb_known_scheduled_expire_vec[6]));
    assert_eq!(data["raw_byte_power"][0], json!(usual().historical_onboarded_rb_power_pib[400 - 176]));
}

#[test]
fn daily_series_are_the_snapshots_own() {
    let data = reply(&usual_snapshot(), None, Some("daily"));
    let own = usual();
    assert_eq!(data["historical_renewal_rate"], json!(own.historical_renewal_rate));
    assert_eq!(data["burnt_fil"], json!(own.burnt_fil_vec));
    assert_eq!(
        data["known_scheduled_pledge_release_full_vec"],
        json!(own.known_scheduled_pledge_release_full_vec)
    );
    assert_eq!(data["raw_byte_power"], json!(own.historical_onboarded_rb_power_pib[220..]));
    assert_eq!(data["renewal_rate"], json!(own.historical_renewal_rate[220..]));
    assert_eq!((&data["n_entries"], &data["hist_window_n_entries"]), (&json!(401), &json!(181)));
    assert_eq!(data["forecast_start_date"], "2025-09-09");
    assert_eq!(data["hist_window_start_date"], "2025-03-13");
}

#[test]
fn a_series_that_ends_earlier_or_later_than_its_neighbours_says_so() {
    let meta = &reply(&usual_snapshot(), None, Some("daily"))["field_meta"];
    let ends = |name: &str| {
        (meta[name]["start_date"].clone(), meta[name]["end_date"].clone(), meta[name]["n_entries"].clone())
    };
    assert_eq!(ends("burnt_fil"), (json!("2024-08-05"), json!("2025-09-09"), json!(401)));
    assert_eq!(ends("historical_renewal_rate"), (json!("2024-08-05"), json!("2025-09-08"), json!(400)));
    assert_eq!(
        ends("known_scheduled_pledge_release_full_vec"),
        (json!("2024-08-05"), json!("2026-05-16"), json!(650))
    );
    assert_eq!(meta["known_scheduled_pledge_release_full_vec"]["anchor"], "data_start_date");
    assert_eq!(ends("qa_known_scheduled_expire_vec"), (json!("2025-09-09"), json!("2026-07-05"), json!(300)));
    assert_eq!(meta["qa_known_scheduled_expire_vec"]["anchor"], "forecast_start_date");
    assert_eq!(ends("renewal_rate"), (json!("2025-03-13"), json!("2025-09-08"), json!(180)));
}

#[test]
fn a_single_figure_says_which_day_it_is_of() {
    let meta = &reply(&usual_snapshot(), None, None)["field_meta"];
    for (name, as_of) in [
        ("rb_power_zero", "2025-09-09"),
        ("circ_supply_zero", "2024-08-05"),
        ("raw_byte_power_averaged_over_previous_30days", "2025-09-09"),
        ("renewal_rate_averaged_over_previous_30days", "2025-09-08"),
    ] {
        assert_eq!(meta[name]["as_of"], as_of, "{name}");
        assert_eq!(meta[name]["anchor"], Value::Null, "{name}");
    }
}

#[test]
fn the_lock_ratio_is_todays_and_never_that_of_the_first_day_of_the_history() {
    let figures = usual();
    for fields in [Some("lock_ratio"), None] {
        let data = reply(&usual_snapshot(), fields, None);
        assert_eq!(data.get("lock_ratio"), Some(&Value::Null));
        let meta = &data["field_meta"]["lock_ratio"];
        assert_eq!(meta["as_of"], Value::Null);
        assert!(meta["missing"].as_str().unwrap().contains("current date"), "{meta}");
    }

    let data = reply(&Snapshot::new(with_supply(usual())).unwrap(), Some("lock_ratio"), None);
    let (locked, circulating) =
        (figures.locked_fil_zero - 400.0 * 10_000.5, figures.circ_supply_zero + 400.0 * 120_000.25);
    assert_eq!(data["lock_ratio"], json!(locked / circulating));
    assert_eq!(data["field_meta"]["lock_ratio"]["as_of"], "2025-09-09");
}

#[test]
fn monthly_entries_are_of_the_days_listed() {
    let data = reply(&usual_snapshot(), None, Some("monthly"));
    assert_eq!(data["timestep_days"], Value::Null);
    assert_eq!(data["data_start_date"], "2024-09-01");
    assert_eq!(data["hist_window_start_date"], "2025-04-01");
    assert_eq!(data["forecast_start_date"], "2025-10-01");
    let dates = &data["dates"];
    assert_eq!(
        names(dates),
        BTreeSet::from(["data_start_date", "hist_window_start_date", "forecast_start_date"])
    );
    assert_eq!(dates["data_start_date"][12], "2025-09-01");
    assert_eq!(
        dates["data_start_date"].as_array().unwrap().last().unwrap(),
        "2026-05-01",
        "as far as the longest series"
    );
    assert_eq!(data["n_entries"], 13);
    assert_eq!(data["burnt_fil"].as_array().unwrap().len(), 13);
    assert_eq!(
        data["burnt_fil"][1],
        json!(usual().burnt_fil_vec[57]),
        "2024-10-01 is 57 days after 2024-08-05"
    );
}

#[test]
fn chosen_fields_come_alone_with_their_own_meaning_only() {
    let data = reply(&usual_snapshot(), Some("burnt_fil, network_raw_power_eib,burnt_fil,"), None);
    let mut expected = BTreeSet::from(EVERYWHERE);
    expected.extend(["burnt_fil", "network_raw_power_eib"]);
    assert_eq!(names(&data), expected);
    assert_eq!(names(&data["field_meta"]), BTreeSet::from(["burnt_fil", "network_raw_power_eib"]));
    assert_eq!(data["field_meta"]["network_raw_power_eib"]["alias_of"], "historical_raw_power_eib");

    let monthly = reply(&usual_snapshot(), Some("lock_ratio,renewal_rate"), Some("monthly"));
    assert_eq!(names(&monthly["dates"]), BTreeSet::from(["hist_window_start_date"]));
}

#[test]
fn a_series_that_the_source_lacks_is_an_empty_list_with_the_reason_if_asked_for_by_name() {
    let mut figures = usual();
    figures.filplus_rate = FilplusRate::Median(0.5);
    let snapshot = Snapshot::new(figures).unwrap();
    let data = reply(&snapshot, Some("circ_supply,filplus_rate,burnt_fil"), Some("monthly"));
    for name in ["circ_supply", "filplus_rate"] {
        assert_eq!(data[name], json!([]));
        assert_eq!(data["field_meta"][name]["n_entries"], 0);
        assert_eq!(data["field_meta"][name]["missing"], "the source of this snapshot does not have it");
    }
    assert!(data["burnt_fil"].is_array());
    let all = reply(&snapshot, None, None);
    assert!(all.get("filplus_rate").is_none() && all["field_meta"].get("filplus_rate").is_none());
}

#[test]
fn a_misspelled_query_is_refused_with_every_bad_name_and_the_nearest_known_one() {
    let fields = Some("burned_fil,burnt_fil,renewalrate,weather,n_entries");
    let found = refused(QueryText { fields, resolution: Some("hourly"), ..QueryText::default() });
    let told: Vec<(&str, &str)> = found.problems().iter().map(|p| (p.parameter, p.detail.as_str())).collect();
    assert_eq!(
        told,
        [
            ("fields", "\"burned_fil\" is not known; did you mean \"burnt_fil\"?"),
            ("fields", "\"renewalrate\" is not known; did you mean \"renewal_rate\"?"),
            ("fields", "\"weather\" is not known"),
            ("fields", "\"n_entries\" is part of every reply; leave it out of the list"),
            ("resolution", "\"hourly\" is not known; it is daily, weekly or monthly"),
        ]
    );
    let hostile = (0..5_000).map(|i| format!("f{i}")).collect::<Vec<_>>().join(",");
    assert_eq!(refused(QueryText { fields: Some(&hostile), ..QueryText::default() }).problems().len(), 20);
    let empty = refused(QueryText { fields: Some(" , "), ..QueryText::default() });
    assert_eq!(empty.to_string(), "fields: names no field; leave the parameter out for all of them");
}

#[test]
fn all_is_every_field() {
    assert_eq!(reply(&usual_snapshot(), Some("all"), None), reply(&usual_snapshot(), None, None));
}

#[test]
fn dates_cut_every_series_and_are_those_of_what_is_left() {
    let snapshot = usual_snapshot();
    let own = usual();
    let (start_date, end_date) = (Some("2025-09-01"), Some("2025-09-12"));
    let text = QueryText { resolution: Some("daily"), start_date, end_date, ..QueryText::default() };
    let data = ask(&snapshot, text);
    // 2025-09-01 is entry 392 of the histories, which end on 2025-09-09.
    assert_eq!(data["burnt_fil"], json!(own.burnt_fil_vec[392..]));
    assert_eq!(
        (&data["data_start_date"], &data["data_end_date"]),
        (&json!("2025-09-01"), &json!("2025-09-09"))
    );
    assert_eq!(data["n_entries"], 9);
    assert_eq!(data["raw_byte_power"], json!(own.historical_onboarded_rb_power_pib[392..]));
    assert_eq!(data["hist_window_start_date"], "2025-09-01");
    assert_eq!(data["rb_known_scheduled_expire_vec"], json!(own.rb_known_scheduled_expire_vec[..4]));
    assert_eq!(data["forecast_start_date"], "2025-09-09");
    assert_eq!(data["known_scheduled_pledge_release_full_vec"].as_array().unwrap().len(), 12);
    assert_eq!(data["rb_power_zero"], json!(snapshot.rb_power_zero()), "single figures are not cut");

    let weekly = ask(&snapshot, QueryText { resolution: Some("weekly"), ..text });
    assert_eq!((&weekly["data_start_date"], &weekly["n_entries"]), (&json!("2025-09-01"), &json!(2)));
    let before = ask(&snapshot, QueryText { end_date: Some("2020-01-01"), ..QueryText::default() });
    assert_eq!((&before["burnt_fil"], &before["n_entries"]), (&json!([]), &json!(0)));
    let after = ask(&snapshot, QueryText { start_date: Some("2090-01-01"), ..QueryText::default() });
    assert_eq!(after["burnt_fil"], json!([]));
}

#[test]
fn dates_that_cannot_be_are_refused() {
    for (start_date, end_date, expected) in [
        (Some("yesterday"), None, "start_date: \"yesterday\" is no date"),
        (None, Some("2025-02-30"), "end_date: \"2025-02-30\" is no date"),
        (Some("+12025-01-01"), None, "start_date"),
        (Some(""), None, "start_date"),
        (Some("2025-02-02"), Some("2025-02-01"), "after end_date"),
    ] {
        let told = refused(QueryText { start_date, end_date, ..QueryText::default() }).to_string();
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn a_table_has_a_row_for_every_day_and_the_value_of_every_series_on_it() {
    let snapshot = usual_snapshot();
    let fields = Some("burnt_fil,rb_known_scheduled_expire_vec,circ_supply,daily_burnt_fil");
    let (start_date, end_date) = (Some("2025-09-08"), Some("2025-09-10"));
    let text = QueryText { fields, resolution: Some("daily"), start_date, end_date };
    let (own, mean) = (usual(), snapshot.daily_burnt_fil());
    let (burnt, expiring) = (&own.burnt_fil_vec, &own.rb_known_scheduled_expire_vec);
    let expected = [
        "date,burnt_fil,rb_known_scheduled_expire_vec,circ_supply,daily_burnt_fil".to_owned(),
        format!("2025-09-08,{},,,", burnt[399]),
        format!("2025-09-09,{},{},,{mean}", burnt[400], expiring[0]),
        format!("2025-09-10,,{},,", expiring[1]),
    ];
    assert_eq!(table(&snapshot, text), expected.join("\r\n") + "\r\n");

    let all = table(&snapshot, QueryText::default());
    let header = all.lines().next().unwrap();
    assert!(header.contains("burnt_fil_vec") && !header.contains("daily_burnt_fil"), "{header}");
    assert!(all.lines().nth(1).unwrap().starts_with("2024-08-05,"), "the first Monday");
}

#[test]
fn every_field_is_explained_and_no_name_is_used_twice() {
    let mut seen = BTreeSet::new();
    for field in fields() {
        assert!(seen.insert(field.name()), "{} is there twice", field.name());
        assert!(!EVERYWHERE.contains(&field.name()) && field.name() != "dates");
        assert!(field.meaning().ends_with('.') && !field.unit().is_empty(), "{}", field.name());
        assert_eq!(Field::named(field.name()), Some(field));
    }
}

#[test]
fn the_real_network_is_told_in_full_precision() {
    let Some(json) = reference("snapshot.json.gz") else { return };
    let published: Value = serde_json::from_slice(&json).unwrap();
    let data = reply(&Snapshot::from_json(&json).unwrap(), None, Some("daily"));
    for (name, value) in published["offline_data"].as_object().unwrap() {
        match value {
            Value::Array(_) => assert_eq!(&data[name], value, "{name}"),
            number => assert_eq!(data[name].as_f64(), number.as_f64(), "{name}"),
        }
    }
    for (name, value) in published["historical_arrays"].as_object().unwrap() {
        assert_eq!(&data[name], value, "{name}");
    }
    for (name, value) in published["smoothed_metrics"].as_object().unwrap() {
        assert_eq!(&data[format!("{name}_averaged_over_previous_30days")], value, "{name}");
    }
}

/// The values of a daily reply by name and date.
fn by_date(data: &Value) -> BTreeMap<(String, NaiveDate), Value> {
    let mut values = BTreeMap::new();
    for (name, meta) in data["field_meta"].as_object().unwrap() {
        let Some(start) = meta["start_date"].as_str() else { continue };
        for (index, value) in data[name].as_array().unwrap().iter().enumerate() {
            values.insert((name.clone(), day(start) + Days::new(index as u64)), value.clone());
        }
    }
    values
}

proptest! {
    #![proptest_config(common::cases(24))]

    /// Sparse replies read with their own dates say of each day what the daily reply says of it, and of no other days.
    #[test]
    fn a_sparse_reply_read_by_its_dates_agrees_with_the_daily_one(figures in networks()) {
        let snapshot = Snapshot::new(figures).unwrap();
        let daily = by_date(&reply(&snapshot, None, Some("daily")));
        for resolution in [Resolution::Weekly, Resolution::Monthly] {
            let sparse = reply(&snapshot, None, Some(resolution.name()));
            let mut found = BTreeMap::new();
            for (name, meta) in sparse["field_meta"].as_object().unwrap() {
                let Some(anchor) = meta["anchor"].as_str() else { continue };
                let entries = sparse[name].as_array().unwrap();
                prop_assert_eq!(json!(entries.len()), meta["n_entries"].clone());
                for (index, value) in entries.iter().enumerate() {
                    let date = match sparse["timestep_days"].as_u64() {
                        Some(step) => day(sparse[anchor].as_str().unwrap()) + Days::new(step * index as u64),
                        None => day(sparse["dates"][anchor][index].as_str().unwrap()),
                    };
                    found.insert((name.clone(), date), value.clone());
                    let bound = if index == 0 { "start_date" } else { "end_date" };
                    if index == 0 || index + 1 == entries.len() {
                        prop_assert_eq!(meta[bound].clone(), json!(date));
                    }
                }
            }
            let mut expected = daily.clone();
            expected.retain(|(_, date), _| match resolution {
                Resolution::Weekly => date.weekday() == Weekday::Mon,
                _ => date.day() == 1,
            });
            prop_assert_eq!(found, expected);
        }
    }
}
