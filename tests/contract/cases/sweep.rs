//! `/simulate/sweep` and `/simulate/goal`: many forecasts as one answer, and what it takes to reach a goal.

use std::collections::BTreeSet;

use contract::{
    calendar::Day,
    cases,
    http::Reply,
    scene::{Scene, Service},
    suite::Case,
};
use http::Method;
use serde_json::{Map, Value, json};

use crate::{
    docs::{assert_documented, document},
    support::{DAILY, Forecast, assert_same_bits, not_at_midnight, numbers},
};

const SWEEP: &str = "/simulate/sweep";
const GOAL: &str = "/simulate/goal";

pub(crate) fn cases() -> Vec<Case> {
    let refused = REFUSED.iter().map(|row| {
        let name = format!("{}::{}_is_refused", module_path!(), row.name);
        Case::new(name, Scene::AnyNetwork, move |service: &Service| row.ask(service))
    });
    let others = [
        cases![Scene::AnyNetwork =>
            the_same_seed_gives_the_same_bytes,
            another_seed_gives_other_runs,
            a_grid_is_the_product_of_its_values_and_each_run_a_forecast,
            percentiles_are_in_order_and_those_of_the_runs,
            weekly_percentiles_are_those_of_the_same_days,
            a_bootstrap_draws_from_the_networks_own_past,
            bands_that_held_are_the_default_forecast_times_what_accuracy_serves,
            where_no_band_held_the_answer_says_why,
            crossing_shares_are_those_of_the_runs,
            the_assumption_that_matters_most_is_named,
            null_is_not_given,
            a_number_as_text_is_taken_with_a_warning,
            names_are_given_back,
            a_sweep_without_output_has_five_series,
            two_hundred_runs_of_a_leap_year_are_answered,
            more_than_two_hundred_runs_are_refused,
            more_days_than_are_answered_at_once_are_refused,
            more_values_than_are_answered_at_once_are_refused,
            a_table_has_one_row_a_run,
            another_form_than_json_and_csv_is_406,
            a_goal_is_reached_by_the_forecast_and_not_one_step_below,
            a_goal_by_a_date_is_reached_on_the_day_that_it_names,
            an_impossible_goal_says_so,
            a_goal_that_is_met_already_says_so,
            every_bad_field_of_a_sweep_is_named_at_once,
            every_bad_field_of_a_goal_is_named_at_once,
            parameters_in_the_query_are_refused,
            a_trailing_slash_is_accepted_for_both,
            only_post_is_possible,
            answers_are_as_documented,
            what_the_document_allows_is_answered,
            answers_are_not_cached,
        ],
        cases![Scene::Imported => an_answer_warns_of_its_data_as_a_forecast_does],
        cases![Scene::Bundled =>
            the_demonstration_network_is_warned_of,
            the_same_seed_gives_the_same_bytes_on_every_platform,
        ],
        cases![Scene::Bare => without_data_it_is_503],
    ];
    refused.chain(others.into_iter().flatten()).collect()
}

fn ask(service: &Service, request: &Value) -> Value {
    service.post(SWEEP).json(request).send().ok()
}

fn seek(service: &Service, request: &Value) -> Value {
    service.post(GOAL).json(request).send().ok()
}

/// CRC-32 of what the demonstration network's sweeps gave when the test was written, natively.
const DRAWN: u32 = 1_519_560_464;
const BOOTSTRAPPED: u32 = 2_307_199_388;

/// 60 draws of renewal rates and onboarding over 40 days.
fn draws(seed: u64) -> Value {
    json!({
        "assumptions": {"forecast_length_days": 40},
        "draws": {"n": 60, "seed": seed, "distributions": {
            "rr": {"normal": {"mean": 0.7, "sd": 0.1}}, "rbp": {"triangular": {"low": 1, "mode": 2, "high": 6}},
        }},
        "output": ["network_RBP_EIB", "circ_supply"],
    })
}

/// The daily values of a series in the forecast of `/simulate` with these assumptions.
fn forecast(service: &Service, assumptions: Value, series: &str) -> Vec<f64> {
    let mut request = assumptions;
    request["output"] = json!(series);
    Forecast::of(service, DAILY, &request).complete(series)
}

fn inputs(answer: &Value, name: &str) -> Vec<f64> {
    numbers(&answer["end_values"]["inputs"][name])
}

fn ends(answer: &Value, series: &str) -> Vec<f64> {
    numbers(&answer["end_values"]["series"][series])
}

fn warnings(answer: &Value) -> Vec<&str> {
    answer["warnings"]
        .as_array()
        .expect("warnings")
        .iter()
        .map(|text| text.as_str().expect("a text"))
        .collect()
}

/// The first day of a forecast.
fn current(service: &Service) -> Day {
    let health = service.get("/health").send().ok();
    Day::named(health["snapshot"]["current_date"].as_str().expect("a current date"))
}

fn the_same_seed_gives_the_same_bytes(service: &Service) {
    not_at_midnight();
    let bootstrap = json!({"bootstrap": {"n": 30, "seed": 3, "last_days": 60}, "assumptions": {"forecast_length_days": 40}});
    for request in [draws(7), bootstrap] {
        let send = || service.post(SWEEP).json(&request).send().expect(200).body;
        assert!(send() == send(), "{request}");
    }
}

fn the_same_seed_gives_the_same_bytes_on_every_platform(service: &Service) {
    let bootstrap = json!({
        "bootstrap": {"n": 40, "seed": 5, "last_days": 120, "block_days": 10},
        "assumptions": {"forecast_length_days": 60},
        "output": ["network_RBP_EIB", "circ_supply", "day_pledge_per_QAP"],
    });
    for (request, expected) in [(draws(7), DRAWN), (bootstrap, BOOTSTRAPPED)] {
        let answer = ask(service, &request);
        let mut sum = flate2::Crc::new();
        // What depends on the release and not on the numbers is left out.
        for part in ["percentiles", "end_values"] {
            sum.update(answer[part].to_string().as_bytes());
        }
        assert_eq!(
            sum.sum(),
            expected,
            "another result of {request}; where the model changed, this is the new sum"
        );
    }
}

fn another_seed_gives_other_runs(service: &Service) {
    let [one, other] = [7, 8].map(|seed| inputs(&ask(service, &draws(seed)), "rr"));
    assert!(one.iter().zip(&other).all(|(one, other)| one.to_bits() != other.to_bits()), "{one:?} {other:?}");
}

fn a_grid_is_the_product_of_its_values_and_each_run_a_forecast(service: &Service) {
    let series = ["network_RBP_EIB", "circ_supply", "1y_sector_roi"];
    let shared = json!({"forecast_length_days": 50, "fpr": 0.4});
    let request =
        json!({"assumptions": shared, "grid": {"rr": [0.2, 0.9], "rbp": [1, 3.5, 7]}, "output": series});
    let answer = ask(service, &request);
    assert_eq!((&answer["method"], &answer["runs"]), (&json!("grid"), &json!(6)));
    // The last assumption of the table changes fastest.
    let product = [(1.0, 0.2), (1.0, 0.9), (3.5, 0.2), (3.5, 0.9), (7.0, 0.2), (7.0, 0.9)];
    assert_same_bits("rbp", &inputs(&answer, "rbp"), &product.map(|(rbp, _)| rbp));
    assert_same_bits("rr", &inputs(&answer, "rr"), &product.map(|(_, rr)| rr));
    for name in series {
        let expected = product.map(|(rbp, rr)| {
            let mut assumptions = shared.clone();
            (assumptions["rbp"], assumptions["rr"]) = (json!(rbp), json!(rr));
            *forecast(service, assumptions, name).last().expect("a day")
        });
        assert_same_bits(name, &ends(&answer, name), &expected);
    }
    let last = current(service) + 49;
    assert_eq!(answer["end_values"]["date"], last.to_string());
    assert_eq!(answer["input"]["filplus_rate"], 0.4);
    assert_eq!(answer["input"]["renewal_rate"], Value::Null, "what differs from run to run is not shared");
}

/// Percentile of type 7: linear interpolation between the values next to `(n - 1) p`.
fn percentile(values: &[f64], p: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() - 1) as f64 * p;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

const PERCENTILES: [(&str, f64); 5] =
    [("p5", 0.05), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p95", 0.95)];

fn percentiles_are_in_order_and_those_of_the_runs(service: &Service) {
    let mut request = draws(5);
    request["resolution"] = json!("daily");
    let answer = ask(service, &request);
    assert_eq!(answer["input"]["n_entries"], 40);
    for name in ["network_RBP_EIB", "circ_supply"] {
        let bands = &answer["percentiles"][name];
        let all = PERCENTILES.map(|(percentile, _)| numbers(&bands[percentile]));
        for (index, pair) in all.windows(2).enumerate() {
            assert_eq!((pair[0].len(), pair[1].len()), (40, 40), "a value a day of {name}");
            let ordered = pair[0].iter().zip(&pair[1]).all(|(lower, upper)| lower <= upper);
            assert!(ordered, "{name}: {} and {}", PERCENTILES[index].0, PERCENTILES[index + 1].0);
        }
        let ends = ends(&answer, name);
        let close = |what: &str, found: f64, expected: f64| {
            assert!(
                (found - expected).abs() <= 1e-9 * expected.abs(),
                "{what} of {name}: {found}, not {expected}"
            );
        };
        for (values, (what, p)) in all.iter().zip(PERCENTILES) {
            close(what, values[39], percentile(&ends, p));
        }
        close("the mean", numbers(&bands["mean"])[39], ends.iter().sum::<f64>() / ends.len() as f64);
    }
    let spread = &answer["percentiles"]["network_RBP_EIB"];
    assert!(numbers(&spread["p5"])[39] < numbers(&spread["p95"])[39], "the runs differ");
}

fn weekly_percentiles_are_those_of_the_same_days(service: &Service) {
    let daily = ask(service, &{
        let mut request = draws(5);
        request["resolution"] = json!("daily");
        request
    });
    let weekly = ask(service, &draws(5));
    assert_eq!(weekly["input"]["resolution"], "weekly");
    let days = Forecast::of(service, "/simulate", &json!({"forecast_length_days": 40, "output": "days"}));
    for name in ["sim_start_date", "sim_end_date", "n_entries", "timestep_days"] {
        assert_eq!(weekly["input"][name], days.input[name], "{name} is that of a forecast");
    }
    let first = (days.start() - current(service)) as usize;
    for (percentile, _) in PERCENTILES {
        let of = |answer: &Value| numbers(&answer["percentiles"]["circ_supply"][percentile]);
        let expected: Vec<f64> = of(&daily).into_iter().skip(first).step_by(7).collect();
        assert_same_bits(percentile, &of(&weekly), &expected);
    }
}

fn a_bootstrap_draws_from_the_networks_own_past(service: &Service) {
    let request = json!({
        "assumptions": {"forecast_length_days": 30}, "bootstrap": {"n": 50, "seed": 1, "last_days": 90, "block_days": 1},
        "output": "network_RBP_EIB",
    });
    let answer = ask(service, &request);
    assert_eq!((&answer["method"], &answer["runs"]), (&json!("bootstrap"), &json!(50)));
    let history = service.history("/historical-data/full");
    for (input, column) in [("rbp", "historical_onboarded_rb_power_pib"), ("rr", "historical_renewal_rate")] {
        let past = numbers(&history[column]);
        // The current date is left out: its renewal rate is not known.
        let end = if input == "rbp" { past.len() - 1 } else { past.len() };
        let past = &past[end - 90..end];
        let (least, most) =
            past.iter().fold((f64::MAX, f64::MIN), |(least, most), day| (least.min(*day), most.max(*day)));
        let means = inputs(&answer, input);
        assert_eq!(means.len(), 50);
        assert!(
            means.iter().all(|mean| (least..=most).contains(mean)),
            "{input}: {means:?} in {least}..{most}"
        );
        assert!(
            means.windows(2).any(|pair| pair[0].to_bits() != pair[1].to_bits()),
            "the runs differ in {input}"
        );
        // Fifty means of thirty days lie about the mean of the days: four standard errors, 1,500 days.
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let of_days = mean(past);
        let variance = past.iter().map(|day| (day - of_days).powi(2)).sum::<f64>() / past.len() as f64;
        let error = (variance / (50.0 * 30.0)).sqrt();
        let found = mean(&means);
        assert!((found - of_days).abs() <= 4.0 * error, "{input}: {found} and {of_days} +- {error}");
    }
}

/// `/simulate` and `/accuracy` know nothing of sweeps.
fn bands_that_held_are_the_default_forecast_times_what_accuracy_serves(service: &Service) {
    let series = ["network_RBP_EIB", "circ_supply", "day_pledge_per_QAP"];
    let request =
        json!({"bootstrap": {"n": 5}, "assumptions": {"forecast_length_days": 100}, "output": series});
    let answer = ask(service, &request);
    let accuracy = service.get("/accuracy").send().ok();
    let bands = &answer["calibrated_bands"]["series"];
    let mut held = 0;
    for name in series {
        let original = if name == "network_RBP_EIB" { "rb_total_power_eib" } else { name };
        let forecast = forecast(service, json!({"forecast_length_days": 100}), name);
        let bands = bands[name].as_array().expect("bands");
        assert_eq!(bands.len(), 2, "{name}: 30 and 90 days ahead: {bands:?}");
        for band in bands {
            let ahead = &band["horizon_days"];
            let served = accuracy["ranges"]["bands"].as_array().expect("bands");
            let served = served.iter().find(|row| row["series"] == original && row["horizon_days"] == *ahead);
            let served = served.expect("a row of the table");
            assert_eq!(band["claim"], served["claim"], "{name} {ahead}");
            let day = usize::try_from(ahead.as_u64().expect("days")).expect("days");
            assert_eq!(band["forecast"].as_f64(), Some(forecast[day]), "{name} {ahead}");
            for end in ["low", "high"] {
                let expected = served[end].as_f64().map(|factor| factor * forecast[day]);
                assert_eq!(band[end].as_f64(), expected, "{name} {ahead} {end}");
                held += usize::from(expected.is_some());
            }
        }
    }
    assert!(held >= 6, "{held} ends of bands");
    assert_eq!(answer["calibrated_bands"]["judged_on"]["end_date"], accuracy["data"]["end_date"]);
}

fn where_no_band_held_the_answer_says_why(service: &Service) {
    let year =
        json!({"bootstrap": {"n": 2}, "assumptions": {"forecast_length_days": 366}, "output": "circ_supply"});
    let answer = ask(service, &year);
    let bands = answer["calibrated_bands"]["series"]["circ_supply"].as_array().expect("bands");
    let far = bands.iter().filter(|band| band["horizon_days"].as_u64() > Some(90));
    for band in far {
        assert!(band["low"].is_null() && band["high"].is_null(), "{band}");
        assert!(band["why_none"].as_str().expect("a reason").starts_with("Too little history"), "{band}");
    }
    assert_eq!(bands.len(), 4);
    let answer = ask(service, &json!({"grid": {"rr": [0.5]}}));
    assert_eq!(answer["calibrated_bands"]["series"], json!({}));
    assert!(answer["calibrated_bands"]["about"].as_str().expect("why").contains("grid"));
}

fn crossing_shares_are_those_of_the_runs(service: &Service) {
    let rates = [0.1, 0.3, 0.5, 0.7, 0.9];
    let days = 120;
    let runs =
        rates.map(|rr| forecast(service, json!({"forecast_length_days": days, "rr": rr}), "network_RBP_EIB"));
    // Between the second and the third run at the end, and between two days of the first.
    let at_end = f64::midpoint(runs[1][days - 1], runs[2][days - 1]);
    let on_the_way = f64::midpoint(runs[2][30], runs[3][30]);
    let date = current(service) + 30;
    let answer = ask(
        service,
        &json!({
            "assumptions": {"forecast_length_days": days}, "grid": {"rr": rates}, "output": "network_RBP_EIB",
            "thresholds": [
                {"name": "at the end", "series": "network_RBP_EIB", "below": at_end, "when": "at_end"},
                {"series": "network_RBP_EIB", "above": at_end, "when": "at_end"},
                {"series": "network_RBP_EIB", "below": on_the_way, "by": date.to_string()},
                {"series": "network_RBP_EIB", "below": on_the_way},
                {"series": "network_RBP_EIB", "above": 1e6},
            ],
        }),
    );
    let share = |holds: &dyn Fn(&[f64]) -> bool| runs.iter().filter(|run| holds(run)).count();
    let expected = [
        share(&|run| run[days - 1] < at_end),
        share(&|run| run[days - 1] > at_end),
        share(&|run| run[..=30].iter().any(|value| *value < on_the_way)),
        share(&|run| run.iter().any(|value| *value < on_the_way)),
        0,
    ];
    assert_eq!(expected[..2], [2, 3], "the lines lie where they should");
    let thresholds = answer["thresholds"].as_array().expect("thresholds");
    assert_eq!(thresholds.len(), expected.len());
    for (told, expected) in thresholds.iter().zip(expected) {
        assert_eq!(told["runs_across"], expected, "{told}");
        assert_eq!(told["share"], expected as f64 / 5.0, "{told}");
        assert_eq!(told["unit"], "EiB");
    }
    assert_eq!((&thresholds[0]["name"], &thresholds[0]["when"]), (&json!("at the end"), &json!("at_end")));
    assert_eq!(thresholds[2]["by"], date.to_string());
}

fn the_assumption_that_matters_most_is_named(service: &Service) {
    let answer = ask(
        service,
        &json!({
            "assumptions": {"forecast_length_days": 200},
            "grid": {"rr": [0.3, 0.5, 0.7, 0.9], "lock_target": [0.2, 0.3, 0.4]},
            "output": ["network_RBP_EIB", "network_locked"],
        }),
    );
    let power = &answer["sensitivity"]["network_RBP_EIB"];
    assert_eq!(power["matters_most"], "rr");
    // Twelve runs, three of each rate: power rises with it, and knows nothing of the pledge.
    let correlation = |input: &str| power["rank_correlation"][input].as_f64().expect("a correlation");
    assert!((correlation("rr") - 1.0).abs() < 1e-12, "{power}");
    assert!(correlation("lock_target").abs() < 1e-12, "{power}");
    assert!(answer["sensitivity"]["network_locked"]["rank_correlation"]["lock_target"].as_f64() > Some(0.0));
}

fn null_is_not_given(service: &Service) {
    not_at_midnight();
    let plain = json!({"grid": {"rr": [0.5, 0.6]}});
    let nulls = json!({
        "grid": {"rr": [0.5, 0.6], "rbp": null}, "draws": null, "bootstrap": null, "assumptions": {"fpr": null},
        "output": null, "resolution": null, "thresholds": null, "name": null, "label": null,
    });
    assert_eq!(ask(service, &nulls), ask(service, &plain));
    let plain = json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 0.1});
    let mut nulls = plain.clone();
    for name in ["at_most", "by", "on", "decimals", "assumptions", "name", "label"] {
        nulls[name] = Value::Null;
    }
    assert_eq!(seek(service, &nulls), seek(service, &plain));
}

fn a_number_as_text_is_taken_with_a_warning(service: &Service) {
    let number = ask(service, &json!({"grid": {"rr": [0.5]}, "assumptions": {"forecast_length_days": 30}}));
    let text = ask(service, &json!({"grid": {"rr": ["0.5"]}, "assumptions": {"forecast_length_days": 30}}));
    assert_eq!(text["percentiles"], number["percentiles"]);
    let told = warnings(&text);
    assert!(
        told.iter().any(|warning| warning.contains("/grid/rr/0") && warning.contains("text")),
        "{told:?}"
    );
}

fn names_are_given_back(service: &Service) {
    let answer = ask(
        service,
        &json!({
            "name": "mine", "label": "and yours", "grid": {"rr": [0.5]}, "assumptions": {"forecast_length_days": 30},
        }),
    );
    assert_eq!((&answer["name"], &answer["label"]), (&json!("mine"), &json!("and yours")));
    let goal = json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 0.1, "name": "mine"});
    assert_eq!(seek(service, &goal)["name"], "mine");
}

fn a_sweep_without_output_has_five_series(service: &Service) {
    let answer = ask(service, &json!({"grid": {"rr": [0.5]}}));
    let series: BTreeSet<&str> =
        answer["percentiles"].as_object().expect("percentiles").keys().map(String::as_str).collect();
    let expected = ["1y_sector_roi", "circ_supply", "network_QAP_EIB", "network_RBP_EIB", "network_locked"];
    assert_eq!(series, BTreeSet::from(expected));
    assert_eq!(answer["input"]["forecast_length_days"], 365);
}

fn two_hundred_runs_of_a_leap_year_are_answered(service: &Service) {
    let answer = ask(
        service,
        &json!({
            "assumptions": {"forecast_length_days": 366}, "bootstrap": {"n": 200}, "output": "network_RBP_EIB",
        }),
    );
    assert_eq!(answer["runs"], 200);
    assert_eq!(ends(&answer, "network_RBP_EIB").len(), 200);
}

fn more_than_two_hundred_runs_are_refused(service: &Service) {
    let values: Vec<f64> = (0..201).map(|run| 0.5 + f64::from(run) / 1e3).collect();
    let days = json!({"forecast_length_days": 30});
    for (pointer, request) in [
        (
            "/draws/n",
            json!({"draws": {"n": 201, "distributions": {"rr": {"uniform": {"low": 0, "high": 1}}}}}),
        ),
        ("/bootstrap/n", json!({"bootstrap": {"n": 201}, "assumptions": days})),
        ("/grid", json!({"grid": {"rr": values}, "assumptions": days})),
    ] {
        let problem = service.post(SWEEP).json(&request).send().refused(422);
        let said = problem.of(pointer);
        assert!(said.contains("201 runs") && said.contains("200 at most"), "{said}");
    }
}

fn more_days_than_are_answered_at_once_are_refused(service: &Service) {
    let request = |runs: u64, days: u64| json!({"bootstrap": {"n": runs}, "assumptions": {"forecast_length_days": days}, "output": "network_RBP_EIB"});
    for (runs, days) in [(200, 367), (21, 3650), (11, 7300)] {
        let problem = service.post(SWEEP).json(&request(runs, days)).send().refused(422);
        let said = problem.of("/assumptions/forecast_length_days");
        for words in
            [&format!("{runs} runs of {days} days"), "73200 at most", &format!("{} days", 73_200 / runs)]
        {
            assert!(said.contains(words), "{said} does not say {words}");
        }
    }
    assert_eq!(ask(service, &request(10, 7300))["runs"], 10);
}

fn more_values_than_are_answered_at_once_are_refused(service: &Service) {
    let request = json!({"bootstrap": {"n": 200}, "output": "all", "resolution": "daily"});
    let problem = service.post(SWEEP).json(&request).send().refused(422);
    let said = problem.of("/output");
    assert!(
        said.contains("2000000 at most") && said.contains("44 series on 365 dates from 200 runs"),
        "{said}"
    );
}

fn a_table_has_one_row_a_run(service: &Service) {
    let request = draws(9);
    let answer = ask(service, &request);
    let reply = service.post(SWEEP).json(&request).header("accept", "text/csv").send().expect(200);
    assert_eq!(reply.header("content-type"), Some("text/csv; charset=utf-8"));
    let mut lines = reply.text().split_terminator("\r\n");
    assert_eq!(lines.next(), Some("run,rbp,rr,network_RBP_EIB,circ_supply"));
    let rows: Vec<Vec<f64>> = lines
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap_or_else(|_| panic!("{line}"))).collect())
        .collect();
    assert_eq!(rows.len(), 60);
    let column = |place: usize| -> Vec<f64> { rows.iter().map(|row| row[place]).collect() };
    assert_same_bits("run", &column(0), &(0..60).map(f64::from).collect::<Vec<_>>());
    assert_same_bits("rbp", &column(1), &inputs(&answer, "rbp"));
    assert_same_bits("rr", &column(2), &inputs(&answer, "rr"));
    assert_same_bits("network_RBP_EIB", &column(3), &ends(&answer, "network_RBP_EIB"));
    assert_same_bits("circ_supply", &column(4), &ends(&answer, "circ_supply"));
}

fn another_form_than_json_and_csv_is_406(service: &Service) {
    let refused = service.post(SWEEP).json(&draws(1)).header("accept", "application/xml").send().refused(406);
    assert!(refused.detail.contains("text/csv"), "{}", refused.detail);
}

/// What a series of `/simulate` is on a day, with an assumption that is the same every day.
fn at(service: &Service, goal: &Value, days: usize, value: &Value) -> f64 {
    let mut assumptions = json!({"forecast_length_days": days});
    assumptions[goal["find"].as_str().expect("a name")] = value.clone();
    *forecast(service, assumptions, goal["series"].as_str().expect("a name")).last().expect("a day")
}

/// For ten goals that a known value of the assumption reaches: put back into the forecast the answer reaches the value, one step
/// less does not.
fn a_goal_is_reached_by_the_forecast_and_not_one_step_below(service: &Service) {
    for (find, known, series, days) in [
        ("rr", 0.3, "network_RBP_EIB", 100),
        ("rr", 0.9, "network_RBP_EIB", 365),
        ("rr", 0.55, "network_QAP_EIB", 200),
        ("rbp", 2.0, "network_RBP_EIB", 100),
        ("rbp", 20.0, "network_RBP_EIB", 365),
        ("rbp", 5.0, "network_QAP_EIB", 30),
        ("fpr", 0.4, "network_QAP_EIB", 365),
        ("fpr", 0.95, "network_QAP_EIB", 90),
        ("rbp", 7.0, "day_network_reward", 60),
        ("rr", 0.7, "cum_network_reward", 250),
    ] {
        let last = current(service) + (days as i64 - 1);
        let mut request = json!({"find": find, "series": series, "on": last.to_string()});
        // A hair below what the known value gives, so that it is not an answer by chance.
        let target = at(service, &request, days, &json!(known)) * (1.0 - 1e-7);
        request["at_least"] = json!(target);
        let answer = seek(service, &request);
        let value = &answer["value"];
        assert!(value.as_f64() <= Some(known) && value.as_f64() > Some(0.0), "{request}: {answer}");
        let reached = at(service, &request, days, value);
        assert!(reached >= target, "{request}: {value} gives {reached}");
        assert_same_bits("reached", &[answer["reached"]["value"].as_f64().expect("a value")], &[reached]);
        let less = &answer["one_step_less"]["at"];
        let (step, one_less) =
            (answer["step"].as_f64().expect("a step"), less.as_f64().expect("a step less"));
        assert!((value.as_f64().expect("a value") - one_less - step).abs() < step / 1e3, "{answer}");
        let missed = at(service, &request, days, less);
        assert!(missed < target, "{request}: {less} gives {missed}, which reaches {target} too");
        assert_eq!(answer["nearest"], Value::Null);
        assert!(answer["answer"].as_str().is_some_and(|text| text.contains("is the least")), "{answer}");
    }
}

fn a_goal_by_a_date_is_reached_on_the_day_that_it_names(service: &Service) {
    let days = 200;
    let rising = forecast(service, json!({"forecast_length_days": days, "rbp": 30}), "network_RBP_EIB");
    let target = f64::midpoint(rising[0], rising[days - 1]);
    let request = json!({
        "find": "rbp", "series": "network_RBP_EIB", "at_least": target, "by": (current(service) + (days as i64 - 1)).to_string(),
    });
    let answer = seek(service, &request);
    let value = &answer["value"];
    let values = forecast(service, json!({"forecast_length_days": days, "rbp": value}), "network_RBP_EIB");
    let first = values.iter().position(|power| *power >= target).expect("a day on which it is reached");
    assert_eq!(answer["reached"]["date"], (current(service) + first as i64).to_string());
    assert_same_bits("reached", &[answer["reached"]["value"].as_f64().expect("a value")], &[values[first]]);
    assert_eq!((&answer["date_is"], &answer["target_is"]), (&json!("by"), &json!("at_least")));
}

fn an_impossible_goal_says_so(service: &Service) {
    let request = json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 1e6});
    let answer = seek(service, &request);
    for name in ["value", "reached", "one_step_less"] {
        assert_eq!(answer[name], Value::Null, "{name}");
    }
    let said = answer["answer"].as_str().expect("a sentence");
    assert!(said.starts_with("No rr from 0 to 1 brings network_RBP_EIB to 1000000"), "{said}");
    assert!(said.contains("comes nearest"), "{said}");
    assert_eq!(answer["nearest"]["at"], 1.0, "{answer}");
}

fn a_goal_that_is_met_already_says_so(service: &Service) {
    let request = json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 0.001});
    let answer = seek(service, &request);
    assert_eq!((&answer["value"], &answer["one_step_less"]), (&json!(0.0), &Value::Null));
    assert!(answer["answer"].as_str().is_some_and(|text| text.contains("today already")), "{answer}");
}

/// One wrong request.
struct Row {
    name: &'static str,
    path: &'static str,
    body: fn() -> Value,
    pointer: &'static str,
    says: &'static str,
}

const fn sweep(name: &'static str, body: fn() -> Value, pointer: &'static str, says: &'static str) -> Row {
    Row { name, path: SWEEP, body, pointer, says }
}

const fn goal(name: &'static str, body: fn() -> Value, pointer: &'static str, says: &'static str) -> Row {
    Row { name, path: GOAL, body, pointer, says }
}

const REFUSED: [Row; 34] = [
    sweep("a_sweep_of_nothing", || json!({}), "", "exactly one of grid, draws and bootstrap"),
    sweep(
        "a_grid_with_draws",
        || json!({"grid": {"rr": [0.5]}, "bootstrap": {}}),
        "/bootstrap",
        "one too many",
    ),
    sweep("a_misspelled_method", || json!({"gird": {"rr": [0.5]}}), "/gird", "grid"),
    sweep("a_grid_that_is_a_list", || json!({"grid": [0.5]}), "/grid", "an object"),
    sweep("an_empty_grid", || json!({"grid": {}}), "/grid", "at least one assumption"),
    sweep("an_axis_without_values", || json!({"grid": {"rr": []}}), "/grid/rr", "at least one number"),
    sweep("an_axis_that_is_a_number", || json!({"grid": {"rr": 0.5}}), "/grid/rr", "list"),
    sweep("a_value_out_of_range", || json!({"grid": {"rr": [0.5, 1.5]}}), "/grid/rr/1", "0 to 1"),
    sweep("a_value_that_is_a_word", || json!({"grid": {"rbp": ["four"]}}), "/grid/rbp/0", "must be a number"),
    sweep("an_unknown_assumption_in_a_grid", || json!({"grid": {"rpb": [1]}}), "/grid/rpb", "rbp"),
    sweep(
        "a_grid_with_too_many_combinations",
        || json!({"grid": {"rr": vec![0.5; 300], "rbp": vec![1; 300]}}),
        "/grid",
        "300 x 300",
    ),
    sweep("a_sweep_of_no_runs", || json!({"bootstrap": {"n": 0}}), "/bootstrap/n", "from 1 to"),
    sweep("half_a_run", || json!({"bootstrap": {"n": 1.5}}), "/bootstrap/n", "whole number"),
    sweep("a_negative_seed", || json!({"bootstrap": {"seed": -1}}), "/bootstrap/seed", "from 0 to"),
    sweep(
        "a_block_longer_than_the_past",
        || json!({"bootstrap": {"last_days": 10, "block_days": 11}}),
        "/bootstrap/block_days",
        "from 1 to 10",
    ),
    sweep(
        "more_of_the_past_than_there_is",
        || json!({"bootstrap": {"last_days": 36500}}),
        "/bootstrap/last_days",
        "days before the current date",
    ),
    sweep("draws_without_distributions", || json!({"draws": {"n": 5}}), "/draws/distributions", "is missing"),
    sweep(
        "an_unknown_distribution",
        || json!({"draws": {"distributions": {"rr": {"gaussian": {"mean": 1, "sd": 1}}}}}),
        "/draws/distributions/rr/gaussian",
        "normal",
    ),
    sweep(
        "a_distribution_without_spread",
        || json!({"draws": {"distributions": {"rr": {"normal": {"mean": 0.5, "sd": 0}}}}}),
        "/draws/distributions/rr/normal",
        "sd must be above 0",
    ),
    sweep(
        "a_distribution_upside_down",
        || json!({"draws": {"distributions": {"rr": {"uniform": {"low": 0.9, "high": 0.1}}}}}),
        "/draws/distributions/rr/uniform",
        "low must be below high",
    ),
    sweep(
        "an_assumption_both_shared_and_varied",
        || json!({"grid": {"rr": [0.5]}, "assumptions": {"rr": 0.8}}),
        "/assumptions/rr",
        "leave it out",
    ),
    sweep(
        "a_bad_shared_assumption",
        || json!({"grid": {"rr": [0.5]}, "assumptions": {"fpr": 2}}),
        "/assumptions/fpr",
        "0 to 1",
    ),
    sweep(
        "an_output_among_the_assumptions",
        || json!({"grid": {"rr": [0.5]}, "assumptions": {"output": "days"}}),
        "/assumptions/output",
        "beside assumptions",
    ),
    sweep(
        "an_unknown_series",
        || json!({"grid": {"rr": [0.5]}, "output": ["circ_suply"]}),
        "/output/0",
        "circ_supply",
    ),
    sweep(
        "a_threshold_without_a_side",
        || json!({"grid": {"rr": [0.5]}, "thresholds": [{"series": "days"}]}),
        "/thresholds/0",
        "either above or below",
    ),
    sweep(
        "a_threshold_past_the_end",
        || json!({"grid": {"rr": [0.5]}, "thresholds": [{"series": "days", "above": 1, "by": "2999-01-01"}]}),
        "/thresholds/0/by",
        "a day of the forecast",
    ),
    sweep(
        "an_hourly_sweep",
        || json!({"grid": {"rr": [0.5]}, "resolution": "hourly"}),
        "/resolution",
        "weekly",
    ),
    goal(
        "a_goal_that_seeks_nothing",
        || json!({"series": "circ_supply", "at_least": 1}),
        "/find",
        "one of rbp, rr, fpr",
    ),
    goal(
        "a_goal_of_gamma",
        || json!({"find": "gamma", "series": "circ_supply", "at_least": 1}),
        "/find",
        "can be found",
    ),
    goal(
        "a_goal_without_a_value",
        || json!({"find": "rr", "series": "circ_supply"}),
        "",
        "either at_least or at_most",
    ),
    goal(
        "a_goal_in_the_past",
        || json!({"find": "rr", "series": "circ_supply", "at_least": 1, "by": "2015-01-01"}),
        "/by",
        "a day of the forecast",
    ),
    goal(
        "a_goal_further_ahead_than_is_answered",
        || json!({"find": "rr", "series": "circ_supply", "at_least": 1, "on": (Day::today() + 5_000).to_string()}),
        "/on",
        "3660 at most",
    ),
    goal(
        "a_goal_with_longer_forecasts_than_are_answered",
        || json!({"find": "rr", "series": "circ_supply", "at_least": 1, "assumptions": {"forecast_length_days": 3661}}),
        "/assumptions/forecast_length_days",
        "forecasts of 3661 days",
    ),
    goal(
        "a_goal_that_is_given",
        || json!({"find": "rr", "series": "circ_supply", "at_least": 1, "assumptions": {"rr": 0.5}}),
        "/assumptions/rr",
        "leave it out",
    ),
];

impl Row {
    fn ask(&self, service: &Service) {
        let reply = service.post(self.path).json(&(self.body)()).send();
        let problem = reply.refused(422);
        let said = problem.of(self.pointer);
        assert!(said.contains(self.says), "{said:?} does not say {:?}", self.says);
        assert!(reply.body.len() < 20_000, "a refusal repeats no more of the request than it must");
    }
}

fn assert_named(reply: &Reply, expected: &[&str]) {
    let problem = reply.refused(422);
    let found: BTreeSet<&str> = problem.pointers().into_iter().collect();
    assert_eq!(found, expected.iter().copied().collect());
}

fn every_bad_field_of_a_sweep_is_named_at_once(service: &Service) {
    let reply = service.post(SWEEP).json(&json!({
        "name": 5, "assumptions": {"rr": 2, "rpb": 1}, "draws": {"n": 0, "seed": -1, "distributions": {"rr": 1, "fpr": {"normal": {}}}},
        "output": ["nights"], "resolution": "hourly", "thresholds": [{"series": "days", "above": "high"}], "runs": 5,
    }));
    assert_named(
        &reply.send(),
        &[
            "/name",
            "/assumptions/rr",
            "/assumptions/rpb",
            "/draws/n",
            "/draws/seed",
            "/draws/distributions/rr",
            "/draws/distributions/fpr/normal/mean",
            "/draws/distributions/fpr/normal/sd",
            "/output/0",
            "/resolution",
            "/thresholds/0/above",
            "/runs",
        ],
    );
}

fn every_bad_field_of_a_goal_is_named_at_once(service: &Service) {
    let reply = service.post(GOAL).json(&json!({
        "find": "rbq", "series": "nights", "at_least": "much", "by": "tomorrow", "decimals": 7, "assumptions": {"fpr": -1}, "goal": 1,
    }));
    assert_named(
        &reply.send(),
        &["/find", "/series", "/at_least", "/by", "/decimals", "/assumptions/fpr", "/goal"],
    );
}

fn parameters_in_the_query_are_refused(service: &Service) {
    for path in [SWEEP, GOAL] {
        let problem = service.post(&format!("{path}?rr=0.5&seed=1")).json(&draws(1)).send().refused(422);
        assert_eq!(problem.pointers(), ["?rr", "?seed"]);
        assert!(problem.of("?rr").contains("JSON body"), "{}", problem.of("?rr"));
    }
}

fn a_trailing_slash_is_accepted_for_both(service: &Service) {
    not_at_midnight();
    assert_eq!(service.post("/simulate/sweep/").json(&draws(2)).send().ok(), ask(service, &draws(2)));
    let goal = json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 0.1});
    assert_eq!(service.post("/simulate/goal/").json(&goal).send().ok(), seek(service, &goal));
}

fn only_post_is_possible(service: &Service) {
    for path in [SWEEP, GOAL] {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let reply = service.request(method, path).send();
            reply.refused(405);
            assert!(reply.must_have("allow").contains("POST"), "{path}");
        }
        let head = service.request(Method::HEAD, path).send();
        assert_eq!((head.status, head.body.len()), (405, 0), "{path}");
        let options = service.request(Method::OPTIONS, path).send();
        assert!([200, 204].contains(&options.status), "{path}");
    }
}

fn answers_are_as_documented(service: &Service) {
    let document = document(service);
    let mut full = draws(4);
    full["name"] = json!("mine");
    full["thresholds"] = json!([{"name": "low", "series": "network_RBP_EIB", "below": 3}, {"series": "days", "above": 1, "when": "at_end"}]);
    let monthly = json!({"grid": {"rr": [0.5]}, "resolution": "monthly", "output": "all"});
    // Where nobody onboards, some series have no value.
    let nulls = json!({"grid": {"rbp": [0], "rr": [0, 0.5]}, "output": "all", "assumptions": {"forecast_length_days": 40}});
    for request in [full, monthly, nulls, json!({"bootstrap": {"n": 3}}), json!({"grid": {"rr": [7]}})] {
        assert_documented(&document, SWEEP, "post", &service.post(SWEEP).json(&request).send());
    }
    let table = service.post(SWEEP).json(&draws(4)).header("accept", "text/csv").send();
    assert_documented(&document, SWEEP, "post", &table);
    for request in [
        json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 0.1}),
        json!({"find": "rbp", "series": "network_RBP_EIB", "at_least": 1e6, "name": "mine"}),
        json!({"find": "fpr", "series": "network_QAP_EIB", "at_most": 1e6, "by": (current(service) + 30).to_string()}),
        json!({"find": "everything"}),
    ] {
        assert_documented(&document, GOAL, "post", &service.post(GOAL).json(&request).send());
    }
}

/// What the document's schema says of a body, and what the service does with it.
fn what_the_document_allows_is_answered(service: &Service) {
    let document = document(service);
    let rr = |extra: Value| {
        let mut request = Map::from_iter([("grid".to_owned(), json!({"rr": [0.5]}))]);
        request.extend(extra.as_object().expect("an object").clone());
        Value::Object(request)
    };
    let goal = |extra: Value| {
        let mut request = json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 0.1});
        request.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        request
    };
    for (path, body, allowed) in [
        (SWEEP, rr(json!({})), true),
        (SWEEP, rr(json!({"assumptions": {"rbp": 4, "gamma": 0.5, "forecast_length_days": 30}})), true),
        (SWEEP, rr(json!({"output": "all", "resolution": "monthly"})), true),
        (SWEEP, rr(json!({"thresholds": [{"series": "days", "above": 5}]})), true),
        (SWEEP, draws(1), true),
        (SWEEP, rr(json!({"assumptions": {"output": "days"}})), false),
        (SWEEP, rr(json!({"assumptions": {"rbp": -4}})), false),
        (SWEEP, rr(json!({"output": "nights"})), false),
        (SWEEP, rr(json!({"seed": 5})), false),
        (SWEEP, json!({"grid": {"rr": [1.5]}}), false),
        (SWEEP, json!({"bootstrap": {"n": 10_001}}), false),
        (GOAL, goal(json!({})), true),
        (GOAL, goal(json!({"decimals": 2, "assumptions": {"fpr": 0.5}})), true),
        (GOAL, goal(json!({"decimals": 2.5})), false),
        (GOAL, goal(json!({"find": "gamma"})), false),
        (GOAL, goal(json!({"series": "nights"})), false),
        (GOAL, goal(json!({"at": 5})), false),
    ] {
        let content = &document["paths"][path]["post"]["requestBody"]["content"]["application/json"];
        let mut schema = content["schema"].clone();
        schema["components"] = document["components"].clone();
        let validator = jsonschema::draft202012::new(&schema).expect("a schema");
        assert_eq!(validator.is_valid(&body), allowed, "the document on {body}");
        let status = service.post(path).json(&body).send().status;
        assert_eq!(status == 200, allowed, "the service on {body}: {status}");
    }
}

fn answers_are_not_cached(service: &Service) {
    let goal = json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 0.1});
    for (path, request) in [(SWEEP, draws(2)), (GOAL, goal)] {
        let reply = service.post(path).json(&request).header("if-none-match", "*").send().expect(200);
        assert_eq!(reply.must_have("cache-control"), "no-store");
    }
}

fn an_answer_warns_of_its_data_as_a_forecast_does(service: &Service) {
    not_at_midnight();
    let known = service.network().column("rb_known_scheduled_expire_vec").len();
    for days in [30, known + 1] {
        let forecast = Forecast::of(
            service,
            DAILY,
            &json!({"forecast_length_days": days, "rr": 0.9, "rbp": 4, "output": "days"}),
        );
        assert!(!forecast.warnings.is_empty(), "the network of the tests is old");
        let sweep = ask(
            service,
            &json!({"assumptions": {"forecast_length_days": days, "rbp": 4}, "grid": {"rr": [0.9]}, "output": "days"}),
        );
        assert_eq!(warnings(&sweep), forecast.warnings, "{days} days");
        let on = (service.network().current() + (days as i64 - 1)).to_string();
        let goal =
            seek(service, &json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 0.1, "on": on}));
        assert_eq!(warnings(&goal), forecast.warnings, "{days} days");
    }
}

fn the_demonstration_network_is_warned_of(service: &Service) {
    let sweep = ask(service, &json!({"grid": {"rr": [0.9]}}));
    let goal = seek(service, &json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 0.1}));
    for answer in [sweep, goal] {
        let told = warnings(&answer);
        assert!(told.iter().any(|warning| warning.contains("bundled demonstration network")), "{told:?}");
    }
}

fn without_data_it_is_503(service: &Service) {
    for (path, request) in
        [(SWEEP, draws(1)), (GOAL, json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 1}))]
    {
        let problem = service.post(path).json(&request).send().refused(503);
        assert_eq!(problem.code, "NO_SNAPSHOT");
    }
}
