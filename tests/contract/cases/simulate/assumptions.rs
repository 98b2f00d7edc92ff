//! What a request assumes, what it leaves to the defaults, and how the answer repeats it.

use contract::{
    calendar::Day,
    cases,
    scene::{Scene, Service},
    suite::Case,
};
use serde_json::{Value, json};

use crate::support::{DAILY, Forecast, SERIES, WEEKLY, assert_close, numbers};

pub(crate) fn cases() -> Vec<Case> {
    cases![Scene::Imported =>
        a_post_without_a_body_forecasts_ten_years_of_all_series,
        defaults_are_the_medians_of_the_last_30_days,
        defaults_given_explicitly_change_nothing,
        gamma_follows_the_protocols_schedule_by_date,
        what_is_given_is_what_the_answer_says_was_used,
        a_vector_is_repeated_by_its_length_and_ends,
        a_constant_and_a_vector_of_it_agree_to_the_bit,
        weightings_have_names_and_numbers,
        weightings_may_change_from_day_to_day,
        a_vector_acts_day_by_day,
        a_vector_of_one_entry_is_taken_for_one_day_only,
        available_supply_in_the_pledge_changes_the_pledge,
        a_baseline_of_ones_own_is_used_from_the_current_date_on,
        burnt_fil_of_ones_own_is_burnt,
        a_shorter_sector_life_brings_expirations_sooner,
        values_at_the_bounds_are_taken,
        output_returns_what_was_asked_for_and_nothing_else,
        a_series_asked_for_twice_comes_once,
        the_same_question_has_the_same_answer,
    ]
}

/// The assumptions that are a number or a vector: name in the request, name in the answer, a value.
const CONTROLS: [(&str, &str, f64); 8] = [
    ("rbp", "raw_byte_power", 3.7),
    ("rr", "renewal_rate", 0.61),
    ("fpr", "filplus_rate", 0.77),
    ("lock_target", "lock_target", 0.27),
    ("gamma", "gamma", 0.83),
    ("fil_plus_multiplier", "fil_plus_multiplier", 9.5),
    ("qa_renewal_multiplier", "qa_renewal_multiplier", 1.1),
    ("daily_burnt_fil", "daily_burnt_fil", 2500.25),
];

fn a_post_without_a_body_forecasts_ten_years_of_all_series(service: &Service) {
    let bare = Forecast::from(service.post(WEEKLY).send().ok());
    assert_eq!(bare.input["forecast_length_days"], 3650);
    assert_eq!(bare.input["sector_duration_days"], 540);
    let mut names = bare.names();
    names.sort_unstable();
    let mut expected = SERIES.to_vec();
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!(Forecast::of(service, WEEKLY, &json!({})), bare);
    assert_eq!(Forecast::from(service.post(WEEKLY).body("{}").send().ok()), bare, "without a Content-Type");
}

fn defaults_are_the_medians_of_the_last_30_days(service: &Service) {
    let input = Forecast::of(service, WEEKLY, &json!({"output": "days"})).input;
    let [onboarding, renewal_rate, filplus_rate] = service.network().medians();
    assert_eq!(input["raw_byte_power"].as_f64(), Some(onboarding));
    assert_eq!(input["renewal_rate"].as_f64(), Some(renewal_rate));
    assert_eq!(input["filplus_rate"].as_f64(), Some(filplus_rate));
    assert_eq!(input["lock_target"].as_f64(), Some(0.3));
    assert_eq!(input["fil_plus_multiplier"].as_f64(), Some(10.0));
    assert_eq!(input["qa_renewal_multiplier"].as_f64(), Some(1.0));
    assert_eq!(input["gamma_weight_type"], "arithmetic");
    assert_eq!(input["use_available_supply"], false);
    assert_eq!(input["current date"], service.network().current().to_string());
    let burnt = service.network().column("burnt_fil_vec");
    let mean = (burnt[burnt.len() - 1] - burnt[0]) / service.network().days() as f64;
    assert_close("daily_burnt_fil", &[input["daily_burnt_fil"].as_f64()], &[mean]);
}

fn defaults_given_explicitly_change_nothing(service: &Service) {
    let days = 500;
    let implicit = Forecast::of(service, DAILY, &json!({"forecast_length_days": days}));
    let used = &implicit.input;
    let explicit = json!({
        "rbp": used["raw_byte_power"], "rr": used["renewal_rate"], "fpr": used["filplus_rate"],
        "lock_target": 0.3, "forecast_length_days": days, "sector_duration_days": 540,
        "gamma": gamma(service.network().current(), days), "gamma_weight_type": "arithmetic",
        "fil_plus_multiplier": 10, "qa_renewal_multiplier": 1, "use_available_supply": false,
        "daily_burnt_fil": used["daily_burnt_fil"], "output": SERIES.as_slice(), "resolution": "daily",
    });
    let explicit = Forecast::of(service, DAILY, &explicit);
    for name in SERIES {
        let expected: Vec<f64> =
            implicit.series(name).iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        assert_close(name, &explicit.series(name), &expected);
    }
}

/// FIP-0081: 1 until 2024-11-21, then linearly down to 0.7 over 365 days.
fn gamma(first: Day, days: usize) -> Vec<f64> {
    let into_ramp = |day: usize| (first + day as i64 - Day::named("2024-11-21")).clamp(0, 365);
    (0..days).map(|day| 1.0 - 0.3 * into_ramp(day) as f64 / 365.0).collect()
}

fn gamma_follows_the_protocols_schedule_by_date(service: &Service) {
    for days in [1, 40, 3650] {
        let input =
            Forecast::of(service, WEEKLY, &json!({"forecast_length_days": days, "output": "days"})).input;
        let expected = gamma(service.network().current(), days);
        assert_eq!(input["gamma"]["length"], days);
        let ends = [input["gamma"]["first"].as_f64(), input["gamma"]["last"].as_f64()];
        assert_close("gamma", &ends, &[expected[0], expected[days - 1]]);
    }
}

fn what_is_given_is_what_the_answer_says_was_used(service: &Service) {
    let mut request = json!({
        "forecast_length_days": 20, "sector_duration_days": 360, "gamma_weight_type": "geometric",
        "use_available_supply": true, "output": "days",
    });
    for (name, _, value) in CONTROLS {
        request[name] = value.into();
    }
    let input = Forecast::of(service, WEEKLY, &request).input;
    for (_, name, value) in CONTROLS {
        assert_eq!(input[name].as_f64(), Some(value), "{name}");
    }
    assert_eq!((&input["forecast_length_days"], &input["sector_duration_days"]), (&20.into(), &360.into()));
    assert_eq!(
        (&input["gamma_weight_type"], &input["use_available_supply"]),
        (&"geometric".into(), &true.into())
    );
}

fn a_vector_is_repeated_by_its_length_and_ends(service: &Service) {
    let days = 12;
    for (name, reply_name, value) in CONTROLS {
        let vector: Vec<f64> = (0..days).map(|day| value * (1.0 - 0.001 * f64::from(day))).collect();
        let request = json!({"forecast_length_days": days, "output": "days", name: vector});
        let input = Forecast::of(service, WEEKLY, &request).input;
        let expected = json!({"type": "array", "length": days, "first": vector[0], "last": vector[11]});
        assert_eq!(input[reply_name], expected, "{name}");
    }
    let baseline: Vec<f64> = (0..days).map(|day| 20.5 + f64::from(day)).collect();
    let request = json!({"forecast_length_days": days, "output": "days", "baseline_eib": baseline});
    let input = Forecast::of(service, WEEKLY, &request).input;
    assert_eq!(input["baseline_eib"], json!({"type": "array", "length": days, "first": 20.5, "last": 31.5}));
    let weightings: Vec<_> = (0..days).map(|day| if day < 5 { "arithmetic" } else { "harmonic" }).collect();
    let request = json!({"forecast_length_days": days, "output": "days", "gamma_weight_type": weightings});
    let input = Forecast::of(service, WEEKLY, &request).input;
    let expected = json!({"type": "array", "length": days, "first": "arithmetic", "last": "harmonic"});
    assert_eq!(input["gamma_weight_type"], expected);
}

fn a_constant_and_a_vector_of_it_agree_to_the_bit(service: &Service) {
    let days = 700;
    let ask = |name: &str, value: Value| {
        Forecast::of(service, DAILY, &json!({"forecast_length_days": days, name: value})).output
    };
    for (name, _, value) in CONTROLS {
        assert_eq!(ask(name, json!(vec![value; days])), ask(name, json!(value)), "{name}");
    }
    assert_eq!(ask("gamma_weight_type", json!(vec![1; days])), ask("gamma_weight_type", json!(1)));
}

fn weightings_have_names_and_numbers(service: &Service) {
    let ask = |weighting: Value| {
        let request = json!({"forecast_length_days": 30, "gamma": 0.7, "gamma_weight_type": weighting});
        Forecast::of(service, DAILY, &request)
    };
    let mut different = Vec::new();
    for (name, number) in [("arithmetic", 0), ("geometric", 1), ("harmonic", 2)] {
        let named = ask(name.into());
        assert_eq!(ask(number.into()), named, "{name}");
        assert_eq!(named.input["gamma_weight_type"], name);
        different.push(named.complete("day_locked_pledge")[1]);
    }
    // The arithmetic mean is the largest, the harmonic the smallest.
    assert!(different[0] > different[1] && different[1] > different[2], "{different:?}");
}

fn weightings_may_change_from_day_to_day(service: &Service) {
    let ask = |weighting: Value| {
        let request = json!({
            "forecast_length_days": 4, "gamma": 0.7, "gamma_weight_type": weighting, "output": "day_locked_pledge",
        });
        Forecast::of(service, DAILY, &request).complete("day_locked_pledge")
    };
    let (arithmetic, mixed) = (ask(0.into()), ask(json!([0, "arithmetic", 2, "geometric"])));
    assert_eq!(mixed[..2], arithmetic[..2]);
    assert!(mixed[2] < arithmetic[2], "the third day weighs harmonically");
}

fn a_vector_acts_day_by_day(service: &Service) {
    let days = 50;
    let rising: Vec<f64> = (0..days).map(|day| f64::from(day) * 0.1).collect();
    let rates: Vec<f64> = (0..days).map(|day| f64::from(day) / 50.0).collect();
    let request = json!({"forecast_length_days": days, "rbp": rising, "rr": rates});
    let forecast = Forecast::of(service, DAILY, &request);
    // Power of step t lies on the day after the current date + t, the rate on that day itself (model, Q1).
    let onboarded = forecast.complete("rb_day_onboarded_power_pib");
    assert_eq!(onboarded[1..], rising[..49]);
    assert_eq!(forecast.complete("full_renewal_rate"), rates);
}

fn a_vector_of_one_entry_is_taken_for_one_day_only(service: &Service) {
    let one_day = json!({"forecast_length_days": 1, "rbp": [4.0]});
    let constant = json!({"forecast_length_days": 1, "rbp": 4.0});
    assert_eq!(Forecast::of(service, DAILY, &one_day).output, Forecast::of(service, DAILY, &constant).output);
    let two_days =
        service.post(DAILY).json(&json!({"forecast_length_days": 2, "rbp": [4.0]})).send().refused(422);
    assert!(two_days.of("/rbp").contains("exactly 2"), "{two_days:?}");
}

fn available_supply_in_the_pledge_changes_the_pledge(service: &Service) {
    let ask = |available: bool| {
        let request = json!({"forecast_length_days": 30, "use_available_supply": available});
        Forecast::of(service, DAILY, &request).complete("day_pledge_per_QAP")
    };
    let (circulating, available) = (ask(false), ask(true));
    // More FIL are available (circulating and locked) than circulate, so the pledge is higher.
    assert!(available[29] > circulating[29], "{} {}", available[29], circulating[29]);
}

fn a_baseline_of_ones_own_is_used_from_the_current_date_on(service: &Service) {
    let baseline: Vec<f64> = (0..60).map(|day| 3.0 + 0.01 * f64::from(day)).collect();
    let request = json!({"forecast_length_days": 60, "baseline_eib": baseline});
    let forecast = Forecast::of(service, DAILY, &request);
    assert_eq!(forecast.complete("network_baseline_EIB"), baseline);
    let protocol = Forecast::of(service, DAILY, &json!({"forecast_length_days": 60}));
    assert!(protocol.complete("network_baseline_EIB").iter().all(|eib| *eib > 30.0), "it doubles every year");
}

fn burnt_fil_of_ones_own_is_burnt(service: &Service) {
    let burnt = service.network().column("burnt_fil_vec");
    let request = json!({"forecast_length_days": 5, "daily_burnt_fil": [10.0, 20.0, 30.0, 40.0, 50.0]});
    let forecast = Forecast::of(service, DAILY, &request).series("network_gas_burn");
    let last = burnt[burnt.len() - 1];
    assert_close("network_gas_burn", &forecast, &[last, last + 10.0, last + 30.0, last + 60.0, last + 100.0]);
}

fn a_shorter_sector_life_brings_expirations_sooner(service: &Service) {
    let ask = |days: usize| {
        let request = json!({"forecast_length_days": 400, "sector_duration_days": days});
        Forecast::of(service, DAILY, &request).complete("rb_sched_expire_power_pib")
    };
    let (short, long) = (ask(200), ask(540));
    assert_eq!(short[..200], long[..200]);
    assert!(short[200..].iter().zip(&long[200..]).all(|(short, long)| short > long));
}

fn values_at_the_bounds_are_taken(service: &Service) {
    let bounds = [
        ("rbp", 0.0, 1000.0),
        ("rr", 0.0, 1.0),
        ("fpr", 0.0, 1.0),
        ("lock_target", 0.0, 1.0),
        ("gamma", 0.0, 1.0),
        ("fil_plus_multiplier", 1.0, 100.0),
        ("qa_renewal_multiplier", 0.0, 10.0),
        ("sector_duration_days", 1.0, 3650.0),
        ("forecast_length_days", 1.0, 7300.0),
    ];
    for (name, least, most) in bounds {
        for value in [least, most] {
            let value = if name.ends_with("_days") { json!(value as u32) } else { json!(value) };
            let mut request = json!({"forecast_length_days": 10, "output": "circ_supply"});
            request[name] = value;
            Forecast::of(service, DAILY, &request);
        }
    }
}

fn output_returns_what_was_asked_for_and_nothing_else(service: &Service) {
    let all = Forecast::of(service, DAILY, &json!({"forecast_length_days": 20}));
    for name in SERIES {
        for output in [json!(name), json!([name])] {
            let one = Forecast::of(service, DAILY, &json!({"forecast_length_days": 20, "output": output}));
            assert_eq!(one.names(), [name]);
            assert_eq!(one.output[name], all.output[name], "{name} alone and among all");
        }
    }
}

fn a_series_asked_for_twice_comes_once(service: &Service) {
    let request = json!({"forecast_length_days": 9, "output": ["circ_supply", "days", "circ_supply"]});
    let reply = service.post(DAILY).json(&request).send().expect(200);
    assert_eq!(reply.text().matches("\"circ_supply\":[").count(), 1);
    assert_eq!(Forecast::from(reply.json()).names().len(), 2);
}

fn the_same_question_has_the_same_answer(service: &Service) {
    crate::support::not_at_midnight();
    let ask = || service.post(WEEKLY).json(&json!({"rbp": 5})).send().expect(200).body;
    let first = ask();
    assert!((0..3).all(|_| ask() == first));
    assert!(numbers(&Forecast::from(serde_json::from_slice(&first).unwrap()).output["circ_supply"])[0] > 0.0);
}
