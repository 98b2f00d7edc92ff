//! `GET /historical-data` and `/historical-data/full`.

use contract::{
    calendar::{Day, Every},
    cases,
    network::{FORWARD, HISTORIES, Network, SUPPLIES},
    scene::{Scene, Service},
    suite::Case,
};
use serde_json::{Value, json};

use crate::support::{assert_close, assert_same_bits, numbers, pick};

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::Imported =>
            every_figure_of_the_import_comes_back_to_the_bit,
            the_windows_are_the_last_180_days,
            the_medians_of_the_last_30_days_are_those_of_the_import,
            aliases_hold_the_same_values,
            the_scalars_are_those_of_the_import,
            lock_ratio_is_todays_or_null_with_the_reason,
            daily_dates_are_the_first_days_of_each_kind_of_series,
            weekly_dates_are_mondays_of_each_kind_of_series,
            weekly_is_the_default_and_full_is_daily,
            weekly_and_monthly_values_are_those_of_their_days,
            monthly_lists_its_dates_and_has_no_time_step,
            every_field_says_unit_kind_meaning_and_anchor,
            the_units_are_those_of_the_model,
            fields_returns_what_was_asked_for_with_its_dates,
            fields_may_be_spaced_and_repeated,
            a_series_the_source_lacks_is_left_out_and_empty_when_asked_for,
            dates_cut_the_series_to_the_days_between_them,
            history_comes_as_a_table_to_who_prefers_it,
        ],
        cases![Scene::Operated => the_chains_own_supply_is_returned_where_the_source_has_it],
        cases![Scene::AnyNetwork => an_unknown_field_is_refused_with_the_nearest_name],
    ]
    .into_iter()
    .flatten()
    .collect()
}

const DAILY: &str = "/historical-data/full";

/// What the contract names, besides what only some sources have.
const SERIES_AND_SCALARS: [&str; 32] = [
    "raw_byte_power_averaged_over_previous_30days",
    "renewal_rate_averaged_over_previous_30days",
    "filplus_rate_averaged_over_previous_30days",
    "raw_byte_power",
    "renewal_rate",
    "filplus_rate",
    "raw_byte_power_onboarded_pib_per_day",
    "historical_raw_power_eib",
    "historical_qa_power_eib",
    "network_raw_power_eib",
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
    "field_meta",
    "timestep_days",
];

const SUPPLY_FIELDS: [&str; 4] = ["circ_supply", "locked_fil", "mined_fil", "vested_fil"];

/// The name under which a column of the import is returned.
fn field_of(column: &str) -> &str {
    if column == "burnt_fil_vec" { "burnt_fil" } else { column }
}

fn every_figure_of_the_import_comes_back_to_the_bit(service: &Service) {
    let (network, data) = (service.network(), service.history(DAILY));
    for name in SERIES_AND_SCALARS {
        assert!(data.get(name).is_some(), "{name} is missing");
    }
    for column in HISTORIES.into_iter().chain(FORWARD).chain(["historical_renewal_rate"]) {
        let name = field_of(column);
        assert_same_bits(name, &numbers(&data[name]), &network.column(column));
    }
}

fn the_windows_are_the_last_180_days(service: &Service) {
    let (network, data) = (service.network(), service.history(DAILY));
    let last = |values: Vec<f64>, count: usize| values[values.len() - count..].to_vec();
    let onboarded = last(network.column("historical_onboarded_rb_power_pib"), 181);
    assert_same_bits("raw_byte_power", &numbers(&data["raw_byte_power"]), &onboarded);
    // The renewal rate of the current date is not known yet.
    let renewal_rate = last(network.column("historical_renewal_rate"), 180);
    assert_same_bits("renewal_rate", &numbers(&data["renewal_rate"]), &renewal_rate);
    assert_same_bits("filplus_rate", &numbers(&data["filplus_rate"]), &last(network.filplus_rate(), 181));
}

fn the_medians_of_the_last_30_days_are_those_of_the_import(service: &Service) {
    let data = service.history("/historical-data");
    let names = ["raw_byte_power", "renewal_rate", "filplus_rate"];
    for (name, expected) in names.into_iter().zip(service.network().medians()) {
        let found = data[format!("{name}_averaged_over_previous_30days")].as_f64();
        assert_eq!(found, Some(expected), "{name}");
        if let Some(given) = service.network().document["smoothed_metrics"][name].as_f64() {
            assert_close(name, &[found], &[given]);
        }
    }
}

fn aliases_hold_the_same_values(service: &Service) {
    for path in ["/historical-data", DAILY] {
        let data = service.history(path);
        for (alias, name) in [
            ("raw_byte_power_onboarded_pib_per_day", "raw_byte_power"),
            ("network_raw_power_eib", "historical_raw_power_eib"),
            ("network_qa_power_eib", "historical_qa_power_eib"),
            ("burnt_fil_vec", "burnt_fil"),
        ] {
            assert_eq!(data[alias], data[name], "{alias}");
            assert!(!numbers(&data[alias]).is_empty(), "{alias}");
        }
    }
}

fn the_scalars_are_those_of_the_import(service: &Service) {
    let (network, data) = (service.network(), service.history("/historical-data"));
    for name in [
        "start_vested_amt",
        "zero_cum_capped_power_eib",
        "init_baseline_eib",
        "circ_supply_zero",
        "locked_fil_zero",
    ] {
        assert_eq!(data[name].as_f64(), Some(network.number(name)), "{name}");
    }
    let newest = |column: &str| *network.column(column).last().expect("a day");
    assert_eq!(data["rb_power_zero"].as_f64(), Some(1024.0 * newest("historical_raw_power_eib")));
    assert_eq!(data["qa_power_zero"].as_f64(), Some(1024.0 * newest("historical_qa_power_eib")));
    let burnt = network.column("burnt_fil_vec");
    let mean = (newest("burnt_fil_vec") - burnt[0]) / network.days() as f64;
    assert_close("daily_burnt_fil", &[data["daily_burnt_fil"].as_f64()], &[mean]);
}

fn lock_ratio_is_todays_or_null_with_the_reason(service: &Service) {
    let network = service.network();
    let data = service.history("/historical-data?fields=lock_ratio");
    let meta = &data["field_meta"]["lock_ratio"];
    let newest = |column: &str| network.has(column).map(|values| values[values.len() - 1]);
    match (newest("locked_fil_vec"), newest("circ_supply_vec")) {
        (Some(locked), Some(circulating)) => {
            assert_close("lock_ratio", &[data["lock_ratio"].as_f64()], &[locked / circulating]);
            assert_eq!(meta["as_of"], json!(network.current().to_string()));
        }
        _ => assert!(data["lock_ratio"].is_null() && meta["missing"].is_string(), "{data}"),
    }
}

fn dates_cut_the_series_to_the_days_between_them(service: &Service) {
    let (network, all) = (service.network(), service.history(DAILY));
    let (first, last) = (network.current() + -20, network.current() + 5);
    let cut = service.history(&format!("{DAILY}?start_date={first}&end_date={last}"));
    for name in ["burnt_fil", "raw_byte_power"] {
        let values = numbers(&all[name]);
        assert_same_bits(name, &numbers(&cut[name]), &values[values.len() - 21..]);
    }
    let ahead = numbers(&all["rb_known_scheduled_expire_vec"]);
    assert_same_bits("ahead", &numbers(&cut["rb_known_scheduled_expire_vec"]), &ahead[..6]);
    for date in ["data_start_date", "hist_window_start_date"] {
        assert_eq!(cut[date], json!(first.to_string()), "{date}");
    }
    assert_eq!(
        (&cut["n_entries"], &cut["data_end_date"]),
        (&json!(21), &json!(network.current().to_string()))
    );
    assert_eq!(cut["forecast_start_date"], json!(network.current().to_string()));
    assert_eq!(cut["rb_power_zero"], all["rb_power_zero"]);
}

fn history_comes_as_a_table_to_who_prefers_it(service: &Service) {
    let path = "/historical-data/full?fields=burnt_fil,renewal_rate,rb_power_zero";
    let reply = service.get(path).header("accept", "text/csv").send().expect(200);
    assert_eq!(reply.media_type(), "text/csv");
    assert!(reply.must_have("vary").to_lowercase().contains("accept"));
    let plain = service.get(path).send().expect(200);
    assert_ne!(reply.must_have("etag"), plain.must_have("etag"));
    let (network, data) = (service.network(), service.history(path));
    let text = reply.text();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["date", "burnt_fil", "renewal_rate", "rb_power_zero"]);
    let burnt = numbers(&data["burnt_fil"]);
    assert_eq!(rows.len(), 1 + burnt.len());
    let dates: Vec<_> = rows[1..].iter().map(|row| row[0].to_owned()).collect();
    assert_eq!(dates, Every::Day.dates(network.start(), burnt.len()));
    let cells: Vec<f64> = rows[1..].iter().map(|row| row[1].parse().expect("a number")).collect();
    assert_same_bits("burnt_fil", &cells, &burnt);
    let last = rows[rows.len() - 1].clone();
    assert_eq!((last[2], last[3].parse().ok()), ("", data["rb_power_zero"].as_f64()), "{last:?}");
}

/// First and last days and entries of the series, as the answer should have them.
fn assert_dates(data: &Value, network: &Network, every: Every) {
    let (start, current) = (network.start(), network.current());
    let history = every.dates(start, network.days() + 1);
    let window = every.dates(current + -180, 181);
    let forecast = every.dates(current, 40);
    assert_eq!(data["data_start_date"], json!(history.first()));
    assert_eq!(data["data_end_date"], json!(history.last()));
    assert_eq!(data["n_entries"], history.len());
    assert_eq!(data["hist_window_start_date"], json!(window.first()));
    assert_eq!(data["hist_window_end_date"], json!(window.last()));
    assert_eq!(data["hist_window_n_entries"], window.len());
    assert_eq!(data["hist_window_days"], 180);
    assert_eq!(data["forecast_start_date"], json!(forecast.first()));
    assert_eq!(data["timestep_days"], every.timestep());
    for column in HISTORIES {
        assert_eq!(numbers(&data[field_of(column)]).len(), history.len(), "{column}");
    }
    for name in ["raw_byte_power", "filplus_rate"] {
        assert_eq!(numbers(&data[name]).len(), window.len(), "{name}");
    }
}

fn daily_dates_are_the_first_days_of_each_kind_of_series(service: &Service) {
    assert_dates(&service.history(DAILY), service.network(), Every::Day);
}

fn weekly_dates_are_mondays_of_each_kind_of_series(service: &Service) {
    let data = service.history("/historical-data");
    assert_dates(&data, service.network(), Every::Monday);
    for name in ["data_start_date", "data_end_date", "hist_window_start_date", "forecast_start_date"] {
        assert!(Day::named(data[name].as_str().expect("a date")).is_monday(), "{name}");
    }
}

fn weekly_is_the_default_and_full_is_daily(service: &Service) {
    let ask = |path: &str| service.history(path);
    assert_eq!(ask("/historical-data"), ask("/historical-data?resolution=weekly"));
    assert_eq!(ask(DAILY), ask("/historical-data?resolution=daily"));
}

/// Where the entries of a series begin, daily.
fn anchor_of(network: &Network, name: &str) -> Day {
    match name {
        "rb_known_scheduled_expire_vec" | "qa_known_scheduled_expire_vec" => network.current(),
        "raw_byte_power" | "renewal_rate" | "filplus_rate" | "raw_byte_power_onboarded_pib_per_day" => {
            network.current() + -180
        }
        _ => network.start(),
    }
}

fn weekly_and_monthly_values_are_those_of_their_days(service: &Service) {
    let (network, daily) = (service.network(), service.history(DAILY));
    for every in [Every::Monday, Every::Month] {
        let sparse = service.history(&format!("/historical-data?resolution={}", every.name()));
        let mut compared = 0;
        for (name, values) in
            daily.as_object().expect("an object").iter().filter(|(_, value)| value.is_array())
        {
            let values = numbers(values);
            let kept = every.of(anchor_of(network, name), values.len());
            assert_same_bits(name, &numbers(&sparse[name]), &pick(&values, &kept));
            compared += 1;
        }
        assert!(compared >= 16, "{compared} series");
    }
}

fn monthly_lists_its_dates_and_has_no_time_step(service: &Service) {
    let (network, data) = (service.network(), service.history("/historical-data?resolution=monthly"));
    assert_dates(&data, network, Every::Month);
    let release = network.column("known_scheduled_pledge_release_full_vec").len();
    let expirations = network.column("rb_known_scheduled_expire_vec").len();
    for (anchor, first, len) in [
        ("data_start_date", network.start(), release.max(network.days() + 1)),
        ("hist_window_start_date", network.current() + -180, 181),
        ("forecast_start_date", network.current(), expirations),
    ] {
        assert_eq!(data["dates"][anchor], json!(Every::Month.dates(first, len)), "{anchor}");
    }
}

/// What is in every answer and is no field.
const FRAME: [&str; 14] = [
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
    "dates",
    "field_meta",
];

fn every_field_says_unit_kind_meaning_and_anchor(service: &Service) {
    let network = service.network();
    for (path, every) in [("/historical-data", Every::Monday), (DAILY, Every::Day)] {
        let data = service.history(path);
        let fields =
            data.as_object().expect("an object").keys().filter(|name| !FRAME.contains(&name.as_str()));
        let described = data["field_meta"].as_object().expect("an object");
        assert_eq!(fields.clone().collect::<Vec<_>>(), described.keys().collect::<Vec<_>>());
        for name in fields {
            let meta = &described[name];
            let text = |part: &str| meta[part].as_str().unwrap_or_else(|| panic!("{name} has no {part}"));
            assert!(!text("unit").is_empty() && text("meaning").len() > 15, "{name}: {meta}");
            assert!(["flow", "stock", "cumulative stock", "ratio"].contains(&text("kind")), "{name}: {meta}");
            if data[name].is_array() {
                let anchor = text("anchor");
                let first = every.dates(anchor_of(network, name), 40);
                assert_eq!(data[anchor], json!(first.first()), "{name} begins on its anchor");
            } else {
                assert!(meta["anchor"].is_null(), "{name}: {meta}");
                match meta["as_of"].as_str() {
                    Some(day) => assert!(Day::named(day) <= network.current(), "{name}: {meta}"),
                    None => assert!(data[name].is_null() && meta["missing"].is_string(), "{name}: {meta}"),
                }
            }
        }
    }
}

fn the_units_are_those_of_the_model(service: &Service) {
    let data = service.history("/historical-data");
    for (names, unit) in [
        (&["historical_raw_power_eib", "historical_qa_power_eib", "init_baseline_eib"][..], "EiB"),
        (
            &["raw_byte_power", "historical_onboarded_rb_power_pib", "rb_known_scheduled_expire_vec"],
            "PiB/day",
        ),
        (&["raw_byte_power_averaged_over_previous_30days", "historical_renewed_qa_power_pib"], "PiB/day"),
        (&["rb_power_zero", "qa_power_zero"], "PiB"),
        (&["burnt_fil", "circ_supply_zero", "locked_fil_zero", "start_vested_amt"], "FIL"),
        (&["known_scheduled_pledge_release_full_vec", "daily_burnt_fil"], "FIL/day"),
        (&["zero_cum_capped_power_eib"], "EiB-days"),
        (&["renewal_rate", "filplus_rate", "historical_renewal_rate", "lock_ratio"], "fraction"),
    ] {
        for name in names {
            assert_eq!(data["field_meta"][name]["unit"], unit, "{name}");
        }
    }
}

fn fields_returns_what_was_asked_for_with_its_dates(service: &Service) {
    let all = service.history(DAILY);
    for name in all["field_meta"].as_object().expect("an object").keys() {
        let one = service.history(&format!("{DAILY}?fields={name}"));
        let found: Vec<_> = one
            .as_object()
            .expect("an object")
            .keys()
            .filter(|name| !FRAME.contains(&name.as_str()))
            .collect();
        assert_eq!(found, [name]);
        assert_eq!((&one[name], &one["field_meta"][name]), (&all[name], &all["field_meta"][name]));
        assert_eq!(one["field_meta"].as_object().expect("an object").len(), 1);
        assert_eq!(one["data_start_date"], all["data_start_date"]);
    }
    let two = service.history("/historical-data?fields=burnt_fil,renewal_rate&resolution=monthly");
    assert!(two["burnt_fil"].is_array() && two["renewal_rate"].is_array() && two["lock_ratio"].is_null());
    assert_eq!(two["resolution"], "monthly");
}

fn fields_may_be_spaced_and_repeated(service: &Service) {
    let expected = service.history("/historical-data?fields=burnt_fil,lock_ratio");
    for query in [
        "burnt_fil,+lock_ratio",
        "burnt_fil,burnt_fil,lock_ratio",
        "burnt_fil%2Clock_ratio",
        "burnt_fil,,lock_ratio",
    ] {
        assert_eq!(service.history(&format!("/historical-data?fields={query}")), expected, "{query}");
    }
}

fn a_series_the_source_lacks_is_left_out_and_empty_when_asked_for(service: &Service) {
    for (field, column) in SUPPLY_FIELDS.into_iter().zip(SUPPLIES) {
        if service.network().has(column).is_some() {
            continue;
        }
        assert!(service.history("/historical-data").get(field).is_none(), "{field}");
        let asked = service.history(&format!("/historical-data?fields={field}"));
        assert_eq!(asked[field], json!([]));
        assert!(asked["field_meta"][field]["missing"].is_string(), "{asked}");
    }
}

fn the_chains_own_supply_is_returned_where_the_source_has_it(service: &Service) {
    let network = Network::made_up(Day::named("2026-03-04"), 300, 5).with_supply();
    let _ = service.import(&network).ok();
    let data = service.history(DAILY);
    for (field, column) in SUPPLY_FIELDS.into_iter().zip(SUPPLIES) {
        assert_same_bits(field, &numbers(&data[field]), &network.column(column));
        assert_eq!(data["field_meta"][field]["anchor"], "data_start_date");
        assert_eq!(data["field_meta"][field]["unit"], "FIL");
    }
    assert_dates(&data, &network, Every::Day);
    let newest = |column: &str| *network.column(column).last().expect("a day");
    let expected = newest("locked_fil_vec") / newest("circ_supply_vec");
    assert_close("lock_ratio", &[data["lock_ratio"].as_f64()], &[expected]);
}

fn an_unknown_field_is_refused_with_the_nearest_name(service: &Service) {
    for (given, nearest) in [
        ("burned_fil", "burnt_fil"),
        ("historical_raw_power", "historical_raw_power_eib"),
        ("Lock_Ratio", "lock_ratio"),
        ("circ_suply", "circ_supply"),
    ] {
        let problem = service.get(&format!("/historical-data?fields={given}")).send().refused(422);
        assert!(problem.of("?fields").contains(nearest), "{problem:?}");
    }
    let several =
        service.get("/historical-data?fields=nonsense,lock_ratio,burned_fil&resolution=hourly").send();
    let problem = several.refused(422);
    assert_eq!(problem.pointers(), ["?fields", "?fields", "?resolution"]);
}
