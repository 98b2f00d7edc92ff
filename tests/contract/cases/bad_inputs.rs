//! Requests that are wrong, each with the refusal that a caller deserves: the status, the field, and what to do.

use contract::{
    http::{Reply, Request},
    scene::{Scene, Service},
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

/// One wrong request.
struct Row {
    name: &'static str,
    ask: Ask,
    status: u16,
    /// The field that the refusal names; empty where it is about the whole request.
    pointer: &'static str,
    /// What the refusal says.
    says: &'static [&'static str],
}

enum Ask {
    /// `POST /simulate` with this JSON.
    Simulate(fn() -> Value),
    /// `POST /simulate` with these bytes, declared as JSON.
    Body(fn() -> Vec<u8>),
    /// `GET` of this path.
    Get(&'static str),
    /// Anything else.
    Other(fn(&Service) -> Request<'_>),
}

use Ask::{Body, Get, Other, Simulate};

const fn row(
    name: &'static str,
    ask: Ask,
    status: u16,
    pointer: &'static str,
    says: &'static [&'static str],
) -> Row {
    Row { name, ask, status, pointer, says }
}

/// Wrong types.
const TYPES: [Row; 25] = [
    row("rbp_as_a_text", Simulate(|| json!({"rbp": "four"})), 422, "/rbp", &["number", "text"]),
    row("rr_true", Simulate(|| json!({"rr": true})), 422, "/rr", &["number"]),
    row("fpr_as_an_object", Simulate(|| json!({"fpr": {"value": 0.5}})), 422, "/fpr", &["number"]),
    row(
        "gamma_nested_in_lists",
        Simulate(|| json!({"gamma": [[0.7]], "forecast_length_days": 1})),
        422,
        "/gamma/0",
        &["number"],
    ),
    row(
        "a_text_in_a_vector",
        Simulate(|| json!({"rbp": [1, 2, "three"], "forecast_length_days": 3})),
        422,
        "/rbp/2",
        &["number"],
    ),
    row(
        "a_null_in_a_vector",
        Simulate(|| json!({"rr": [0.5, null, 0.5], "forecast_length_days": 3})),
        422,
        "/rr/1",
        &["number"],
    ),
    row(
        "forecast_length_as_a_text",
        Simulate(|| json!({"forecast_length_days": "a year"})),
        422,
        "/forecast_length_days",
        &["whole number", "7300"],
    ),
    row(
        "forecast_length_as_a_vector",
        Simulate(|| json!({"forecast_length_days": [365]})),
        422,
        "/forecast_length_days",
        &["whole number"],
    ),
    row(
        "forecast_length_true",
        Simulate(|| json!({"forecast_length_days": true})),
        422,
        "/forecast_length_days",
        &["whole number"],
    ),
    row(
        "forecast_length_with_a_fraction",
        Simulate(|| json!({"forecast_length_days": 364.5})),
        422,
        "/forecast_length_days",
        &["whole number"],
    ),
    row(
        "sector_duration_with_a_fraction",
        Simulate(|| json!({"sector_duration_days": 540.25})),
        422,
        "/sector_duration_days",
        &["whole number", "3650"],
    ),
    row(
        "sector_duration_as_a_vector",
        Simulate(|| json!({"sector_duration_days": [540]})),
        422,
        "/sector_duration_days",
        &["whole number"],
    ),
    row(
        "available_supply_as_a_text",
        Simulate(|| json!({"use_available_supply": "true"})),
        422,
        "/use_available_supply",
        &["true or false"],
    ),
    row(
        "available_supply_as_a_number",
        Simulate(|| json!({"use_available_supply": 1})),
        422,
        "/use_available_supply",
        &["true or false"],
    ),
    row(
        "weighting_true",
        Simulate(|| json!({"gamma_weight_type": true})),
        422,
        "/gamma_weight_type",
        &["arithmetic", "harmonic"],
    ),
    row(
        "weighting_that_is_none",
        Simulate(|| json!({"gamma_weight_type": "quadratic"})),
        422,
        "/gamma_weight_type",
        &["geometric"],
    ),
    row(
        "weighting_of_one_and_a_half",
        Simulate(|| json!({"gamma_weight_type": 1.5})),
        422,
        "/gamma_weight_type",
        &["geometric"],
    ),
    row(
        "weighting_number_three",
        Simulate(|| json!({"gamma_weight_type": 3})),
        422,
        "/gamma_weight_type",
        &["0, 1, 2"],
    ),
    row(
        "weightings_with_an_unknown_one",
        Simulate(|| json!({"gamma_weight_type": [0, "cubic"], "forecast_length_days": 2})),
        422,
        "/gamma_weight_type/1",
        &["harmonic"],
    ),
    row(
        "baseline_as_a_number",
        Simulate(|| json!({"baseline_eib": 20})),
        422,
        "/baseline_eib",
        &["vector", "repeat"],
    ),
    row("a_name_that_is_no_text", Simulate(|| json!({"name": 7})), 422, "/name", &["text"]),
    row("a_label_without_end", Simulate(|| json!({"label": "x".repeat(201)})), 422, "/label", &["200"]),
    row("output_as_a_number", Simulate(|| json!({"output": 44})), 422, "/output", &["name"]),
    row(
        "a_number_among_the_outputs",
        Simulate(|| json!({"output": ["days", 44]})),
        422,
        "/output/1",
        &["name"],
    ),
    row("resolution_as_a_number", Simulate(|| json!({"resolution": 7})), 422, "/resolution", &["weekly"]),
];

/// Out of bounds.
const BOUNDS: [Row; 25] = [
    row("rbp_below_zero", Simulate(|| json!({"rbp": -0.001})), 422, "/rbp", &["0 to 1000"]),
    row("rbp_above_1000", Simulate(|| json!({"rbp": 1000.001})), 422, "/rbp", &["0 to 1000", "PiB/day"]),
    row("rbp_of_1e308", Simulate(|| json!({"rbp": 1e308})), 422, "/rbp", &["0 to 1000"]),
    row("rbp_of_minus_1e308", Simulate(|| json!({"rbp": -1e308})), 422, "/rbp", &["0 to 1000"]),
    row("rr_in_per_cent", Simulate(|| json!({"rr": 85})), 422, "/rr", &["0 to 1"]),
    row("rr_below_zero", Simulate(|| json!({"rr": -1e-9})), 422, "/rr", &["0 to 1"]),
    row("fpr_above_one", Simulate(|| json!({"fpr": 1.000_001})), 422, "/fpr", &["0 to 1"]),
    row("lock_target_above_one", Simulate(|| json!({"lock_target": 30})), 422, "/lock_target", &["0 to 1"]),
    row("gamma_below_zero", Simulate(|| json!({"gamma": -0.1})), 422, "/gamma", &["0 to 1"]),
    row("gamma_above_one", Simulate(|| json!({"gamma": 1.1})), 422, "/gamma", &["0 to 1"]),
    row(
        "fil_plus_multiplier_below_one",
        Simulate(|| json!({"fil_plus_multiplier": 0.5})),
        422,
        "/fil_plus_multiplier",
        &["1 to 100"],
    ),
    row(
        "fil_plus_multiplier_above_100",
        Simulate(|| json!({"fil_plus_multiplier": 101})),
        422,
        "/fil_plus_multiplier",
        &["1 to 100"],
    ),
    row(
        "qa_renewal_multiplier_above_ten",
        Simulate(|| json!({"qa_renewal_multiplier": 10.5})),
        422,
        "/qa_renewal_multiplier",
        &["0 to 10"],
    ),
    row(
        "burnt_fil_below_zero",
        Simulate(|| json!({"daily_burnt_fil": -1})),
        422,
        "/daily_burnt_fil",
        &["FIL/day"],
    ),
    row(
        "burnt_fil_of_1e308",
        Simulate(|| json!({"daily_burnt_fil": 1e308})),
        422,
        "/daily_burnt_fil",
        &["FIL/day"],
    ),
    row(
        "a_day_of_a_vector_out_of_bounds",
        Simulate(|| json!({"rr": [0.5, 1.5], "forecast_length_days": 2})),
        422,
        "/rr/1",
        &["0 to 1"],
    ),
    row(
        "a_negative_baseline",
        Simulate(|| json!({"baseline_eib": [1, -1], "forecast_length_days": 2})),
        422,
        "/baseline_eib/1",
        &["EiB"],
    ),
    row(
        "a_baseline_of_1e308",
        Simulate(|| json!({"baseline_eib": [1e308], "forecast_length_days": 1})),
        422,
        "/baseline_eib/0",
        &["EiB"],
    ),
    row(
        "no_day_to_forecast",
        Simulate(|| json!({"forecast_length_days": 0})),
        422,
        "/forecast_length_days",
        &["1 to 7300"],
    ),
    row(
        "a_negative_number_of_days",
        Simulate(|| json!({"forecast_length_days": -365})),
        422,
        "/forecast_length_days",
        &["1 to 7300"],
    ),
    row(
        "more_than_20_years",
        Simulate(|| json!({"forecast_length_days": 7301})),
        422,
        "/forecast_length_days",
        &["1 to 7300"],
    ),
    row(
        "1e308_days",
        Simulate(|| json!({"forecast_length_days": 1e308})),
        422,
        "/forecast_length_days",
        &["1 to 7300"],
    ),
    row(
        "more_days_than_a_double_can_count",
        Simulate(|| json!({"forecast_length_days": u64::MAX})),
        422,
        "/forecast_length_days",
        &["1 to 7300"],
    ),
    row(
        "sectors_of_no_day",
        Simulate(|| json!({"sector_duration_days": 0})),
        422,
        "/sector_duration_days",
        &["1 to 3650"],
    ),
    row(
        "sectors_of_more_than_ten_years",
        Simulate(|| json!({"sector_duration_days": 3651})),
        422,
        "/sector_duration_days",
        &["1 to 3650"],
    ),
];

/// Wrong lengths: a vector has one entry for each day, and one of length 1 is not spread over all.
const LENGTHS: [Row; 7] = [
    row(
        "a_vector_one_day_short",
        Simulate(|| json!({"rbp": vec![4; 364], "forecast_length_days": 365})),
        422,
        "/rbp",
        &["exactly 365", "364"],
    ),
    row(
        "a_vector_one_day_long",
        Simulate(|| json!({"fpr": vec![0.4; 366], "forecast_length_days": 365})),
        422,
        "/fpr",
        &["exactly 365", "366"],
    ),
    row(
        "a_vector_of_one_entry",
        Simulate(|| json!({"lock_target": [0.3]})),
        422,
        "/lock_target",
        &["exactly 3650", "number"],
    ),
    row(
        "an_empty_vector",
        Simulate(|| json!({"rr": [], "forecast_length_days": 30})),
        422,
        "/rr",
        &["exactly 30"],
    ),
    row(
        "too_few_weightings",
        Simulate(|| json!({"gamma_weight_type": [0], "forecast_length_days": 30})),
        422,
        "/gamma_weight_type",
        &["exactly 30"],
    ),
    row(
        "too_short_a_baseline",
        Simulate(|| json!({"baseline_eib": [20.0], "forecast_length_days": 30})),
        422,
        "/baseline_eib",
        &["exactly 30"],
    ),
    row(
        "a_vector_over_history_and_forecast",
        Simulate(|| json!({"baseline_eib": vec![20; 1430], "forecast_length_days": 365})),
        422,
        "/baseline_eib",
        &["exactly 365"],
    ),
];

/// Unknown names: never ignored, and the nearest known one is offered.
const NAMES: [Row; 17] = [
    row("a_misspelled_assumption", Simulate(|| json!({"rpb": 4})), 422, "/rpb", &["rbp"]),
    row(
        "a_shortened_name",
        Simulate(|| json!({"forecast_length": 365})),
        422,
        "/forecast_length",
        &["forecast_length_days"],
    ),
    row("an_assumption_in_capitals", Simulate(|| json!({"RBP": 4})), 422, "/RBP", &["rbp"]),
    row(
        "the_name_that_answers_use",
        Simulate(|| json!({"renewal_rates": 0.8})),
        422,
        "/renewal_rates",
        &["unknown"],
    ),
    row("an_empty_name", Simulate(|| json!({"": 1})), 422, "/", &["unknown"]),
    row("a_name_with_a_slash", Simulate(|| json!({"a/b~c": 1})), 422, "/a~1b~0c", &["unknown"]),
    row("a_name_without_end", Simulate(|| json!({"x".repeat(100_000): 1})), 422, "", &[]),
    row(
        "prototype_pollution",
        Simulate(|| json!({"__proto__": {"rbp": 1}})),
        422,
        "/__proto__",
        &["unknown"],
    ),
    row(
        "an_unknown_series",
        Simulate(|| json!({"output": "network_rbp_eib"})),
        422,
        "/output",
        &["network_RBP_EIB"],
    ),
    row(
        "an_unknown_series_in_a_list",
        Simulate(|| json!({"output": ["days", "sector_roi"]})),
        422,
        "/output/1",
        &["1y_sector_roi"],
    ),
    row("a_part_of_a_series", Simulate(|| json!({"output": "roi"})), 422, "/output", &["1y_sector_roi"]),
    row("an_empty_name_of_a_series", Simulate(|| json!({"output": ""})), 422, "/output", &["unknown"]),
    row(
        "series_with_commas",
        Simulate(|| json!({"output": "days,circ_supply"})),
        422,
        "/output",
        &["unknown"],
    ),
    row("a_thousand_series", Simulate(|| json!({"output": vec!["days"; 1000]})), 422, "/output", &["44"]),
    row(
        "an_unknown_resolution",
        Simulate(|| json!({"resolution": "hourly"})),
        422,
        "/resolution",
        &["daily", "weekly", "monthly"],
    ),
    row(
        "a_resolution_in_capitals",
        Simulate(|| json!({"resolution": "Weekly"})),
        422,
        "/resolution",
        &["weekly"],
    ),
    row("an_assumption_in_the_query", Other(|s| s.post("/simulate?rbp=4")), 422, "?rbp", &["body"]),
];

/// Bodies that are no JSON object.
const BODIES: [Row; 21] = [
    row("a_list_as_body", Body(|| b"[1]".to_vec()), 422, "", &["object"]),
    row("a_text_as_body", Body(|| b"\"rbp\"".to_vec()), 422, "", &["object"]),
    row("null_as_body", Body(|| b"null".to_vec()), 422, "", &["object"]),
    row("a_body_cut_off", Body(|| b"{\"rbp\": 4".to_vec()), 400, "", &["JSON"]),
    row("a_trailing_comma", Body(|| b"{\"rbp\": 4,}".to_vec()), 400, "", &["JSON"]),
    row("two_objects", Body(|| b"{}{}".to_vec()), 400, "", &["JSON"]),
    row("single_quotes", Body(|| b"{'rbp': 4}".to_vec()), 400, "", &["JSON"]),
    row("a_comment", Body(|| b"{/* median */}".to_vec()), 400, "", &["JSON"]),
    row("form_fields", Body(|| b"rbp=4&rr=0.8".to_vec()), 400, "", &["JSON"]),
    row("nan", Body(|| b"{\"rbp\": NaN}".to_vec()), 400, "", &["NaN"]),
    row("infinity", Body(|| b"{\"rbp\": Infinity}".to_vec()), 400, "", &["Infinity"]),
    row("minus_infinity_in_a_vector", Body(|| b"{\"rbp\": [-Infinity]}".to_vec()), 400, "", &["Infinity"]),
    row("a_number_beyond_all_doubles", Body(|| b"{\"rbp\": 1e999}".to_vec()), 400, "", &["JSON"]),
    row("a_number_with_a_leading_zero", Body(|| b"{\"rbp\": 04}".to_vec()), 400, "", &["JSON"]),
    row("a_number_in_hexadecimal", Body(|| b"{\"rbp\": 0x4}".to_vec()), 400, "", &["JSON"]),
    row("bytes_that_are_no_utf_8", Body(|| b"{\"\xff\xfe\": 4}".to_vec()), 400, "", &["JSON"]),
    row("half_a_surrogate_pair", Body(|| br#"{"\ud800": 4}"#.to_vec()), 400, "", &["JSON"]),
    row("a_thousand_nested_lists", Body(|| nested(1000)), 400, "", &["JSON"]),
    row("a_hundred_thousand_nested_lists", Body(|| nested(100_000)), 400, "", &["JSON"]),
    row("a_zero_byte", Body(|| b"\0".to_vec()), 400, "", &["JSON"]),
    row("an_assumption_given_twice", Body(|| b"{\"rbp\": 4, \"rbp\": 40}".to_vec()), 422, "/rbp", &["twice"]),
];

fn nested(depth: usize) -> Vec<u8> {
    [b"{\"rbp\": ".to_vec(), b"[".repeat(depth), b"]".repeat(depth), b"}".to_vec()].concat()
}

/// A forecast's body of more than 1 MiB that is otherwise right.
fn huge() -> Vec<u8> {
    let mut body = json!({"forecast_length_days": 7300, "rbp": vec![4.5; 7300]}).to_string().into_bytes();
    body.resize((1 << 20) + 1, b' ');
    body
}

/// A size that shows only at the end, media types, and what is accepted.
const FORMS: [Row; 12] = [
    row(
        "a_body_of_more_than_1_mib_in_chunks",
        Other(|s| json_body(s, huge()).in_chunks()),
        413,
        "",
        &["1 MiB"],
    ),
    row("a_text_for_json", Other(|s| typed(s, "text/plain")), 415, "", &["application/json"]),
    row(
        "a_form_for_json",
        Other(|s| typed(s, "application/x-www-form-urlencoded")),
        415,
        "",
        &["application/json"],
    ),
    row(
        "a_multipart_form_for_json",
        Other(|s| typed(s, "multipart/form-data; boundary=x")),
        415,
        "",
        &["application/json"],
    ),
    row("csv_for_json", Other(|s| typed(s, "text/csv")), 415, "", &["application/json"]),
    row("something_like_json", Other(|s| typed(s, "application/jsonx")), 415, "", &["application/json"]),
    row("a_media_type_that_is_none", Other(|s| typed(s, "json")), 415, "", &["application/json"]),
    row(
        "only_pictures_accepted",
        Other(|s| accepting(s, "image/png")),
        406,
        "",
        &["application/json", "text/csv"],
    ),
    row("only_html_accepted", Other(|s| accepting(s, "text/html")), 406, "", &["application/json"]),
    row("only_zipped_json_accepted", Other(|s| accepting(s, "application/zip")), 406, "", &["text/csv"]),
    row(
        "nothing_accepted",
        Other(|s| accepting(s, "application/json;q=0, text/csv;q=0")),
        406,
        "",
        &["text/csv"],
    ),
    row("an_accept_that_is_none", Other(|s| accepting(s, "///")), 406, "", &["text/csv"]),
];

fn json_body(service: &Service, body: Vec<u8>) -> Request<'_> {
    service.post("/simulate").header("content-type", "application/json").body(body)
}

fn typed<'a>(service: &'a Service, media_type: &str) -> Request<'a> {
    service.post("/simulate").header("content-type", media_type).body("{}")
}

fn accepting<'a>(service: &'a Service, accept: &str) -> Request<'a> {
    service.post("/simulate").json(&json!({"forecast_length_days": 9})).header("accept", accept)
}

/// Queries and paths.
const PATHS: [Row; 30] = [
    row("a_misspelled_assumption_in_a_link", Get("/simulate?rpb=4"), 422, "?rpb", &["\"rbp\""]),
    row("an_assumption_out_of_bounds_in_a_link", Get("/simulate?rr=85"), 422, "?rr", &["0 to 1"]),
    row("a_vector_in_a_link", Get("/simulate/full?rr=0.8,0.9"), 422, "?rr", &["number"]),
    row("a_baseline_in_a_link", Get("/simulate?baseline_eib=50"), 422, "?baseline_eib", &["vector"]),
    row("an_assumption_given_twice_in_a_link", Get("/simulate?rr=0.8&rr=0.9"), 422, "?rr", &["twice"]),
    row(
        "a_date_that_is_none",
        Get("/historical-data?start_date=yesterday"),
        422,
        "?start_date",
        &["YYYY-MM-DD"],
    ),
    row("a_day_that_is_none", Get("/historical-data?end_date=2025-02-30"), 422, "?end_date", &["YYYY-MM-DD"]),
    row(
        "dates_the_wrong_way_round",
        Get("/historical-data?start_date=2025-02-02&end_date=2025-02-01"),
        422,
        "?start_date",
        &["after end_date"],
    ),
    row(
        "a_history_in_another_form",
        Other(|s| s.get("/historical-data").header("accept", "application/xml")),
        406,
        "",
        &["text/csv"],
    ),
    row("an_unknown_parameter", Get("/historical-data?field=burnt_fil"), 422, "?field", &["fields"]),
    row(
        "another_unknown_parameter",
        Get("/historical-data?from=2025-01-01"),
        422,
        "?from",
        &["fields", "resolution"],
    ),
    row("an_unknown_field", Get("/historical-data?fields=burned_fil"), 422, "?fields", &["burnt_fil"]),
    row(
        "a_field_that_is_always_there",
        Get("/historical-data?fields=field_meta"),
        422,
        "?fields",
        &["every reply"],
    ),
    row("no_field_at_all", Get("/historical-data?fields="), 422, "?fields", &["field"]),
    row("only_commas", Get("/historical-data?fields=,,"), 422, "?fields", &["field"]),
    row(
        "fields_given_twice",
        Get("/historical-data?fields=burnt_fil&fields=lock_ratio"),
        422,
        "?fields",
        &["twice"],
    ),
    row(
        "resolution_given_twice",
        Get("/historical-data?resolution=daily&resolution=daily"),
        422,
        "?resolution",
        &["twice"],
    ),
    row(
        "an_unknown_resolution_in_the_query",
        Get("/historical-data?resolution=hourly"),
        422,
        "?resolution",
        &["weekly"],
    ),
    row("an_empty_resolution", Get("/historical-data?resolution="), 422, "?resolution", &["weekly"]),
    row(
        "a_resolution_in_capitals_in_the_query",
        Get("/historical-data/full?resolution=Daily"),
        422,
        "?resolution",
        &["daily"],
    ),
    row("a_query_that_is_no_utf_8", Get("/historical-data?fields=%FF%FE"), 422, "?fields", &[]),
    row("markup_in_the_query", Get("/historical-data?fields=%3Cscript%3E"), 422, "?fields", &[]),
    row("a_path_that_is_none", Get("/historical-data/daily"), 404, "", &["/docs"]),
    row("a_path_in_capitals", Get("/Health"), 404, "", &["/docs"]),
    row("a_documentation_file_that_is_none", Get("/docs/nothing.js"), 404, "", &[]),
    row("a_path_out_of_the_documentation", Get("/docs/%2e%2e%2fopenapi.json"), 404, "", &[]),
    row("a_hidden_file", Get("/docs/.env"), 404, "", &[]),
    row("a_backslash", Get("/docs/..%5Cnetwork"), 404, "", &[]),
    row("a_zero_byte_in_the_path", Get("/docs/page.js%00.html"), 404, "", &[]),
    row("the_bundled_networks_file", Get("/network/bundled.bin"), 404, "", &[]),
];

/// Wrong methods; that every path refuses what it does not do is asked in `conventions`.
const METHODS: [Row; 5] = [
    row("a_forecast_by_put", Other(|s| s.put("/simulate").body("{}")), 405, "", &["Allow"]),
    row("health_by_post", Other(|s| s.post("/health")), 405, "", &["Allow"]),
    row("history_by_delete", Other(|s| s.request(Method::DELETE, "/historical-data")), 405, "", &["Allow"]),
    row("a_snapshot_by_post", Other(|s| s.post("/admin/snapshot").body("{}")), 405, "", &["Allow"]),
    row(
        "a_snapshot_by_patch",
        Other(|s| s.request(Method::PATCH, "/admin/snapshots/2025-09-09")),
        405,
        "",
        &["Allow"],
    ),
];

impl Row {
    fn ask(&self, service: &Service) {
        let reply: Reply = match &self.ask {
            Simulate(body) => service.post("/simulate").json(&body()).send(),
            Body(body) => json_body(service, body()).send(),
            Get(path) => service.get(path).send(),
            Other(request) => request(service).send(),
        };
        let problem = reply.refused(self.status);
        let said = if self.pointer.is_empty() { reply.text() } else { problem.of(self.pointer) };
        for words in self.says {
            assert!(said.contains(words), "{said:?} does not say {words:?}");
        }
        assert!(reply.body.len() < 20_000, "a refusal repeats no more of the request than it must");
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let tables: [&'static [Row]; 8] = [&TYPES, &BOUNDS, &LENGTHS, &NAMES, &BODIES, &FORMS, &PATHS, &METHODS];
    let rows = tables.into_iter().flatten().map(|row| {
        let name = format!("{}::{}_is_refused", module_path!(), row.name);
        Case::new(name, Scene::AnyNetwork, move |service: &Service| row.ask(service))
    });
    let others = contract::cases![Scene::AnyNetwork =>
        every_bad_field_is_named_at_once,
        a_body_of_exactly_1_mib_is_read,
        a_body_that_is_declared_too_large_is_refused_before_it_is_sent,
        json_with_a_charset_or_a_suffix_is_json,
        thousands_of_unknown_fields_are_refused_in_few_words,
        thousands_of_unknown_parameters_are_refused_in_few_words,
        no_hostile_body_costs_an_instance_its_life,
        refusals_are_the_same_on_every_forecast_path,
    ];
    rows.chain(others).collect()
}

fn every_bad_field_is_named_at_once(service: &Service) {
    let request = json!({
        "rbp": "four", "rr": 2, "fpr": [0.5], "lock_target": [], "gamma": -1, "gamma_weight_type": 7,
        "fil_plus_multiplier": 0, "qa_renewal_multiplier": 11, "use_available_supply": "no", "daily_burnt_fil": -1,
        "baseline_eib": [1], "forecast_length_days": 30, "sector_duration_days": 0, "output": ["days", "nights"],
        "resolution": "hourly", "rpb": 4,
    });
    let problem = service.post("/simulate").json(&request).send().refused(422);
    let mut expected: Vec<String> = request
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| *name != "forecast_length_days")
        .map(|name| format!("/{name}"))
        .collect();
    expected.iter_mut().filter(|pointer| *pointer == "/output").for_each(|pointer| pointer.push_str("/1"));
    let mut found = problem.pointers();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

fn a_body_of_exactly_1_mib_is_read(service: &Service) {
    let mut body = json!({"forecast_length_days": 9, "output": "days"}).to_string().into_bytes();
    body.resize(1 << 20, b' ');
    let _ = json_body(service, body.clone()).send().ok();
    let _ = json_body(service, body).in_chunks().send().ok();
}

/// The refusal comes before the body, so a client that waits for it need not send the rest. (Where a client sends it all the same,
/// the development proxy of wrangler may break the connection before the answer is read.)
fn a_body_that_is_declared_too_large_is_refused_before_it_is_sent(service: &Service) {
    for length in [(1 << 20) + 1, 50_000_000, u64::MAX >> 1] {
        let head = format!(
            "POST /simulate HTTP/1.1\r\nHost: {}\r\n{}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{{",
            service.authority(),
            service.key_line()
        );
        let answer = service.raw(head.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 413"), "{length}: {answer}");
        assert!(answer.contains("application/problem+json") && answer.contains("BODY_TOO_LARGE"), "{answer}");
    }
}

fn json_with_a_charset_or_a_suffix_is_json(service: &Service) {
    for media_type in ["application/json; charset=utf-8", "Application/JSON", "application/vnd.forecast+json"]
    {
        let request = service.post("/simulate").header("content-type", media_type);
        let _ = request.body(r#"{"forecast_length_days": 9, "output": "days"}"#).send().ok();
    }
}

fn thousands_of_unknown_fields_are_refused_in_few_words(service: &Service) {
    let fields = (0..20_000).map(|number| (format!("field_{number}"), json!(number)));
    let reply = service.post("/simulate").json(&Value::Object(fields.collect())).send();
    reply.refused(422);
    assert!(reply.body.len() < 20_000, "{} bytes", reply.body.len());
}

fn thousands_of_unknown_parameters_are_refused_in_few_words(service: &Service) {
    let query = (0..2_000).map(|number| format!("a{number}")).collect::<Vec<_>>().join("&");
    for reply in [
        service.get(&format!("/historical-data?{query}")).send(),
        service.get(&format!("/simulate?{query}")).send(),
        service.post(&format!("/simulate?{query}")).send(),
    ] {
        let problem = reply.refused(422);
        assert_eq!(problem.pointers().len(), 21, "twenty, and how many more there are");
        assert!(reply.text().contains("1980 more"), "{}", reply.text());
        assert!(reply.body.len() < 20_000, "{} bytes", reply.body.len());
    }
}

/// Where the platform bounds the memory of an instance (the host for Spin components: 32 MiB), a body that takes more ends the
/// instance, and the answer is an empty 500.
fn no_hostile_body_costs_an_instance_its_life(service: &Service) {
    for hostile in hostile::BODIES {
        for (path, body) in [("/simulate", hostile.object()), ("/mcp", hostile.call())] {
            let reply =
                service.post(path).header("content-type", "application/json").body(body).send_unchecked();
            let reply = reply.unwrap_or_else(|error| panic!("{}: {error}", hostile.name));
            assert!(reply.status < 500, "{}: {} {}", hostile.name, reply.described, reply.status);
            assert!(reply.body.len() < 100_000, "{}: {} bytes", hostile.name, reply.body.len());
        }
    }
    let legitimate = json_body(service, hostile::largest_legitimate()).send().ok();
    assert_eq!(legitimate["input"]["forecast_length_days"], 7300);
}

fn refusals_are_the_same_on_every_forecast_path(service: &Service) {
    let ask = |path: &str| service.post(path).json(&json!({"rbp": -1, "rpb": 1})).send();
    let first = ask("/simulate");
    first.refused(422);
    for path in ["/simulate/full", "/simulate/full-with-history", "/simulate/"] {
        assert_eq!(ask(path).json(), first.json(), "{path}");
    }
}
