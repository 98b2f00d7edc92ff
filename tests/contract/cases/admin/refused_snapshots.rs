//! Documents that are no plausible snapshot: each is refused with the field and the day, and changes nothing.

use contract::{
    calendar::{Day, NETWORK_START},
    network::Network,
    scene::{Scene, Service},
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

/// A made-up network with one thing wrong.
struct Wrong {
    name: &'static str,
    change: fn(&mut Value),
    /// The field that the refusal names.
    pointer: &'static str,
    /// What it says of it, the day included where it is about one.
    says: &'static [&'static str],
}

const fn wrong(
    name: &'static str,
    change: fn(&mut Value),
    pointer: &'static str,
    says: &'static [&'static str],
) -> Wrong {
    Wrong { name, change, pointer, says }
}

/// The network that the rows change: 100 days up to 2026-03-31, so that entry 50 is 2026-02-09.
fn sound() -> Network {
    Network::made_up(Day::named("2026-03-31"), 100, 99)
}

fn column<'a>(document: &'a mut Value, name: &str) -> &'a mut Vec<Value> {
    document["offline_data"][name].as_array_mut().expect("a column")
}

fn scale(document: &mut Value, name: &str, factor: f64) {
    for value in column(document, name) {
        *value = json!(value.as_f64().expect("a number") * factor);
    }
}

const WRONG: [Wrong; 44] = [
    wrong(
        "a_history_one_day_short",
        |d| drop(column(d, "historical_raw_power_eib").pop()),
        "/offline_data/historical_raw_power_eib",
        &["100", "101", "2026-03-31"],
    ),
    wrong(
        "a_history_one_day_long",
        |d| column(d, "burnt_fil_vec").push(json!(4e7)),
        "/offline_data/burnt_fil_vec",
        &["102", "101"],
    ),
    wrong(
        "a_renewal_rate_for_the_current_date",
        |d| column(d, "historical_renewal_rate").push(json!(0.8)),
        "/offline_data/historical_renewal_rate",
        &["101", "100", "2026-03-30"],
    ),
    wrong(
        "an_empty_history",
        |d| column(d, "historical_qa_power_eib").clear(),
        "/offline_data/historical_qa_power_eib",
        &["101"],
    ),
    wrong(
        "a_null_in_a_history",
        |d| column(d, "historical_qa_power_eib")[50] = Value::Null,
        "/offline_data/historical_qa_power_eib/50",
        &["null"],
    ),
    wrong(
        "a_text_in_a_history",
        |d| column(d, "burnt_fil_vec")[50] = json!("3e7"),
        "/offline_data/burnt_fil_vec/50",
        &["number"],
    ),
    wrong(
        "a_list_in_a_history",
        |d| column(d, "burnt_fil_vec")[50] = json!([3e7]),
        "/offline_data/burnt_fil_vec/50",
        &["number"],
    ),
    wrong(
        "a_history_that_is_an_object",
        |d| d["offline_data"]["burnt_fil_vec"] = json!({"0": 1}),
        "/offline_data/burnt_fil_vec",
        &["list"],
    ),
    wrong(
        "a_missing_history",
        |d| drop(d["offline_data"].as_object_mut().unwrap().remove("burnt_fil_vec")),
        "/offline_data/burnt_fil_vec",
        &["missing"],
    ),
    wrong(
        "a_missing_start_value",
        |d| drop(d["offline_data"].as_object_mut().unwrap().remove("circ_supply_zero")),
        "/offline_data/circ_supply_zero",
        &["missing"],
    ),
    wrong(
        "no_daily_columns_at_all",
        |d| drop(d.as_object_mut().unwrap().remove("offline_data")),
        "/offline_data",
        &["missing"],
    ),
    wrong(
        "no_filplus_rate",
        |d| drop(d.as_object_mut().unwrap().remove("historical_arrays")),
        "/historical_arrays/filplus_rate",
        &["missing"],
    ),
    wrong(
        "burnt_fil_that_falls",
        |d| column(d, "burnt_fil_vec")[50] = json!(1e6),
        "/offline_data/burnt_fil_vec/50",
        &["2026-02-09", "falls"],
    ),
    wrong(
        "burnt_fil_that_leaps",
        |d| column(d, "burnt_fil_vec")[100] = json!(9e8),
        "/offline_data/burnt_fil_vec/100",
        &["2026-03-31"],
    ),
    wrong(
        "negative_power",
        |d| column(d, "historical_raw_power_eib")[50] = json!(-1.0),
        "/offline_data/historical_raw_power_eib/50",
        &["2026-02-09", "below zero"],
    ),
    wrong(
        "a_day_without_power",
        |d| column(d, "historical_raw_power_eib")[50] = json!(0),
        "/offline_data/historical_raw_power_eib/50",
        &["2026-02-09"],
    ),
    wrong(
        "power_that_doubles_in_a_day",
        |d| column(d, "historical_raw_power_eib")[50] = json!(8.9),
        "/offline_data/historical_raw_power_eib/50",
        &["2026-02-09"],
    ),
    wrong(
        "power_in_pib",
        |d| scale(d, "historical_raw_power_eib", 1024.0),
        "/offline_data/historical_raw_power_eib/0",
        &["EiB"],
    ),
    wrong(
        "power_beyond_all_numbers",
        |d| column(d, "historical_qa_power_eib")[50] = json!(1e308),
        "/offline_data/historical_qa_power_eib/50",
        &["2026-02-09", "EiB"],
    ),
    wrong(
        "raw_and_quality_adjusted_power_swapped",
        |d| {
            let raw = d["offline_data"]["historical_raw_power_eib"].take();
            let qa = std::mem::replace(&mut d["offline_data"]["historical_qa_power_eib"], raw);
            d["offline_data"]["historical_raw_power_eib"] = qa;
        },
        "/offline_data/historical_qa_power_eib/0",
        &["swapped"],
    ),
    wrong(
        "onboarding_in_eib",
        |d| scale(d, "historical_onboarded_rb_power_pib", 1.0 / 1024.0),
        "/offline_data/historical_onboarded_rb_power_pib",
        &["PiB"],
    ),
    wrong(
        "a_negative_renewal",
        |d| column(d, "historical_renewed_rb_power_pib")[50] = json!(-0.1),
        "/offline_data/historical_renewed_rb_power_pib/50",
        &["2026-02-09"],
    ),
    wrong(
        "a_renewal_rate_in_per_cent",
        |d| scale(d, "historical_renewal_rate", 100.0),
        "/offline_data/historical_renewal_rate/0",
        &["fraction", "2025-12-21"],
    ),
    wrong(
        "a_negative_expiration",
        |d| column(d, "rb_known_scheduled_expire_vec")[5] = json!(-3),
        "/offline_data/rb_known_scheduled_expire_vec/5",
        &["2026-04-05"],
    ),
    wrong(
        "a_negative_pledge_release",
        |d| column(d, "known_scheduled_pledge_release_full_vec")[5] = json!(-3),
        "/offline_data/known_scheduled_pledge_release_full_vec/5",
        &["2025-12-26"],
    ),
    wrong(
        "a_supply_in_millions",
        |d| d["offline_data"]["circ_supply_zero"] = json!(370.15),
        "/offline_data/circ_supply_zero",
        &["FIL"],
    ),
    wrong(
        "a_baseline_in_pib",
        |d| scale_number(d, "init_baseline_eib", 1024.0),
        "/offline_data/init_baseline_eib",
        &["EiB"],
    ),
    wrong(
        "more_capped_power_than_the_baseline_allows",
        |d| scale_number(d, "zero_cum_capped_power_eib", 100.0),
        "/offline_data/zero_cum_capped_power_eib",
        &["EiB-days"],
    ),
    wrong(
        "a_start_value_as_text",
        |d| d["offline_data"]["locked_fil_zero"] = json!("137000000"),
        "/offline_data/locked_fil_zero",
        &["number"],
    ),
    wrong(
        "a_circulating_supply_that_contradicts_itself",
        |d| d["offline_data"]["circ_supply_vec"] = json!(vec![5e8; 101]),
        "/offline_data/circ_supply_vec/0",
        &["circ_supply_zero"],
    ),
    wrong("a_start_after_the_end", |d| d["start_date"] = json!("2026-04-01"), "/current_date", &["start"]),
    wrong(
        "a_start_before_the_network",
        |d| d["start_date"] = json!("2020-10-14"),
        "/start_date",
        &[NETWORK_START],
    ),
    wrong(
        "a_history_of_less_than_30_days",
        |d| d["start_date"] = json!("2026-03-10"),
        "/current_date",
        &["30"],
    ),
    wrong(
        "a_date_that_is_none",
        |d| d["current_date"] = json!("2026-02-30"),
        "/current_date",
        &["YYYY-MM-DD"],
    ),
    wrong(
        "a_date_as_a_number",
        |d| d["current_date"] = json!(20_260_331),
        "/current_date",
        &["number", "text"],
    ),
    wrong(
        "no_start_date",
        |d| drop(d.as_object_mut().unwrap().remove("start_date")),
        "/start_date",
        &["missing"],
    ),
    wrong(
        "a_misspelled_field",
        |d| d["curent_date"] = json!("2026-03-31"),
        "/curent_date",
        &["current_date"],
    ),
    wrong(
        "a_misspelled_column",
        |d| d["offline_data"]["burned_fil_vec"] = json!([1]),
        "/offline_data/burned_fil_vec",
        &["burnt_fil_vec"],
    ),
    wrong("a_source_that_could_harm_a_log", |d| d["source"] = json!("a\nb"), "/source", &["letters"]),
    wrong("a_source_without_end", |d| d["source"] = json!("x".repeat(1000)), "/source", &["64"]),
    wrong(
        "a_number_of_days_that_is_wrong",
        |d| d["historical_days"] = json!(99),
        "/historical_days",
        &["100"],
    ),
    wrong(
        "a_power_at_the_end_that_is_wrong",
        |d| d["offline_data"]["rb_power_zero"] = json!(1.0),
        "/offline_data/rb_power_zero",
        &["2026-03-31"],
    ),
    wrong(
        "a_median_that_is_wrong",
        |d| d["smoothed_metrics"] = json!({"raw_byte_power": 1.0}),
        "/smoothed_metrics/raw_byte_power",
        &["median"],
    ),
    wrong(
        "a_window_that_is_wrong",
        |d| d["historical_arrays"]["raw_byte_power"] = json!([1.0, 1.0]),
        "/historical_arrays/raw_byte_power/1",
        &["2026-03-31"],
    ),
];

fn scale_number(document: &mut Value, name: &str, factor: f64) {
    let number = &mut document["offline_data"][name];
    *number = json!(number.as_f64().expect("a number") * factor);
}

pub(crate) fn cases() -> Vec<Case> {
    let rows = WRONG.iter().map(|row| {
        let name = format!("{}::{}_is_refused", module_path!(), row.name);
        Case::new(name, Scene::Operated, move |service: &Service| row.ask(service))
    });
    let others = contract::cases![Scene::Operated =>
        a_snapshot_of_the_future_is_refused,
        every_bad_field_of_a_document_is_named_at_once,
        a_field_given_twice_is_refused,
        what_is_no_json_object_is_refused,
        a_document_larger_than_1_mib_is_413,
    ];
    rows.chain(others).collect()
}

impl Wrong {
    fn ask(&self, service: &Service) {
        let mut network = sound();
        (self.change)(&mut network.document);
        refused(service, &network, self.pointer, self.says);
    }
}

/// Tries to import it; what was current stays so, and the archive does not have it.
fn refused(service: &Service, network: &Network, pointer: &str, says: &[&str]) {
    let current = Network::made_up(Day::named("2025-05-05"), 40, 7);
    let before = service.import(&current).ok()["id"].clone();
    let problem = service.import(network).refused(422);
    assert_eq!(problem.code, "INVALID_REQUEST");
    let detail = problem.of(pointer);
    for words in says {
        assert!(detail.contains(words), "{detail:?} does not say {words:?}");
    }
    assert_unchanged(service, &before);
}

fn assert_unchanged(service: &Service, id: &Value) {
    assert_eq!(service.get("/health").send().ok()["snapshot"]["current_date"], "2025-05-05");
    // Restoring what is current publishes the same again: its name is the check of all figures.
    let restored = service.admin(Method::POST, "/admin/snapshots/2025-05-05/restore").send().ok();
    assert_eq!(restored["id"], *id);
    let archive = service.admin(Method::GET, "/admin/snapshots").send().ok();
    assert!(!archive["snapshots"].as_array().expect("a list").contains(&"2026-03-31".into()), "{archive}");
}

fn a_snapshot_of_the_future_is_refused(service: &Service) {
    let future = Day::today() + 2;
    let network = Network::made_up(future, 100, 3);
    refused(service, &network, "/current_date", &[&future.to_string(), "after today"]);
}

fn every_bad_field_of_a_document_is_named_at_once(service: &Service) {
    let mut network = sound();
    column(&mut network.document, "historical_raw_power_eib")[50] = json!(-1);
    column(&mut network.document, "burnt_fil_vec")[60] = json!(1);
    network.document["offline_data"]["circ_supply_zero"] = json!(1.0);
    let problem = service.import(&network).refused(422);
    for pointer in [
        "/offline_data/historical_raw_power_eib/50",
        "/offline_data/burnt_fil_vec/60",
        "/offline_data/circ_supply_zero",
    ] {
        problem.of(pointer);
    }
}

fn a_field_given_twice_is_refused(service: &Service) {
    let text = String::from_utf8(sound().bytes()).expect("text");
    let doubled = text.replacen('{', r#"{"current_date":"2026-03-30","#, 1);
    let reply = service.admin(Method::PUT, "/admin/snapshot").body(doubled).send();
    let problem = reply.refused(422);
    assert!(problem.of("/current_date").contains("twice"), "{problem:?}");
}

fn what_is_no_json_object_is_refused(service: &Service) {
    let ask = |body: &str| {
        let put = service.admin(Method::PUT, "/admin/snapshot").header("content-type", "application/json");
        put.body(body.to_owned()).send()
    };
    for body in ["", "{", "[1, 2", "nonsense", "{\"source\": NaN}", "\u{feff}{}"] {
        assert_eq!(ask(body).refused(400).code, "MALFORMED_JSON", "{body:?}");
    }
    for body in ["[]", "null", "1", "\"2026-03-31\"", "true"] {
        ask(body).refused(422);
    }
    assert!(ask("{}").refused(422).pointers().contains(&"/start_date"));
}

fn a_document_larger_than_1_mib_is_413(service: &Service) {
    let mut document = sound().bytes();
    document.resize((1 << 20) + 1, b' ');
    let put = service.admin(Method::PUT, "/admin/snapshot").header("content-type", "application/json");
    assert_eq!(put.body(document).in_chunks().send().refused(413).code, "BODY_TOO_LARGE");
}
