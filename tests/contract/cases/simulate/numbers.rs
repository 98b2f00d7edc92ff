//! The numbers themselves: the model's, the original's, and what must hold among them.

use contract::{
    calendar::Day,
    cases,
    network::{reference, reference_folder},
    scene::{Scene, Service},
    suite::Case,
};
use economy::{Assumptions, Control, LockedSign, Series, Span, Weighting};
use serde_json::{Map, Value, json};

use crate::support::{DAILY, Forecast, SERIES, WITH_HISTORY, assert_close, pick};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = cases![Scene::Imported =>
        the_answer_is_what_the_model_computes_natively,
        vectors_reach_the_model_as_they_were_sent,
        duplicates_are_equal,
        a_short_forecast_is_the_beginning_of_a_long_one,
        rewards_per_sector_are_not_rounded_to_nothing,
        numbers_leave_with_full_precision,
        the_history_is_that_of_the_import,
    ];
    let reference_is_there =
        reference("snapshot.json.gz").map(drop).ok_or("no reference data: set REFERENCE_DATA");
    cases.extend(
        cases![Scene::Imported => the_original_models_numbers_come_back]
            .into_iter()
            .map(|case| case.needing(reference_is_there)),
    );
    cases
}

/// What the engine computes natively, asked directly: nothing of the product's reading, cutting and writing takes part.
fn natively<'a>(
    service: &Service,
    days: usize,
    change: impl FnOnce(&mut Assumptions<'a>),
) -> Vec<(&'static str, Vec<f64>)> {
    const BEYOND: usize = 364;
    let network = service.network();
    let snapshot =
        network_data::Snapshot::from_json(&network.bytes()).expect("the network that was imported");
    let history = snapshot.history();
    let into_ramp = |day: usize| (network.start() + day as i64 - Day::named("2024-11-21")).clamp(0, 365);
    let history_days = network.days();
    let mut gamma: Vec<f64> =
        (0..history_days + days).map(|day| 1.0 - 0.3 * into_ramp(day) as f64 / 365.0).collect();
    // Past the horizon the last day's is held.
    gamma.resize(history_days + days + BEYOND, gamma[history_days + days - 1]);
    let gamma: &'static [f64] = gamma.leak();
    let [onboarding, renewal_rate, filplus_rate] = network.medians();
    let mut assumptions = Assumptions {
        forecast_days: days + BEYOND,
        sector_duration_days: 540,
        onboarding_raw_pib: Control::Constant(onboarding),
        renewal_rate: Control::Constant(renewal_rate),
        fil_plus_rate: Control::Constant(filplus_rate),
        fil_plus_multiplier: Control::Constant(10.0),
        qa_renewal_multiplier: Control::Constant(1.0),
        lock_target: Control::Constant(0.3),
        gamma: Control::Daily(&gamma[history_days..]),
        historical_gamma: Control::Daily(&gamma[..history_days]),
        weighting: Control::Constant(Weighting::Arithmetic),
        use_available_supply: false,
        locked_sign: LockedSign::Added,
        lambda: std::f64::consts::LN_2 / 2190.0,
        baseline_eib: None,
        daily_burnt_fil: None,
    };
    change(&mut assumptions);
    let forecast = economy::forecast(&history, &assumptions).expect("assumptions that fit");
    let of_the_horizon = |series: Series| {
        let first = if series.span() == Span::Forecast { 0 } else { history_days };
        (series.name(), forecast.series(series)[first..first + days].to_vec())
    };
    Series::ALL.into_iter().map(of_the_horizon).collect()
}

fn the_answer_is_what_the_model_computes_natively(service: &Service) {
    for days in [1, 365, 3650] {
        let answer = Forecast::of(service, DAILY, &json!({"forecast_length_days": days}));
        for (name, expected) in natively(service, days, |_| ()) {
            assert_close(name, &answer.series(name), &expected);
        }
    }
}

fn vectors_reach_the_model_as_they_were_sent(service: &Service) {
    const DAYS: usize = 200;
    let vary = |from: f64, to: f64| -> Vec<f64> {
        let wave = |day: usize| 0.5 + 0.5 * (day as f64 * 0.37).sin();
        (0..DAYS).map(|day| from + (to - from) * wave(day)).collect()
    };
    let vectors = [
        ("rbp", vary(1.0, 30.0)),
        ("rr", vary(0.1, 1.0)),
        ("fpr", vary(0.0, 1.0)),
        ("lock_target", vary(0.1, 0.6)),
        ("gamma", vary(0.0, 1.0)),
        ("fil_plus_multiplier", vary(1.0, 20.0)),
        ("qa_renewal_multiplier", vary(0.2, 2.0)),
        ("daily_burnt_fil", vary(0.0, 9000.0)),
    ];
    let mut request = Map::from_iter([
        ("forecast_length_days".to_owned(), json!(DAYS)),
        ("sector_duration_days".to_owned(), json!(90)),
        ("gamma_weight_type".to_owned(), json!("geometric")),
        ("use_available_supply".to_owned(), json!(true)),
    ]);
    request.extend(vectors.iter().map(|(name, values)| ((*name).to_owned(), json!(values))));
    let answer = Forecast::of(service, DAILY, &Value::Object(request));
    let held: Vec<Vec<f64>> = vectors
        .into_iter()
        .map(|(_, mut values)| {
            values.resize(DAYS + 364, values[DAYS - 1]);
            values
        })
        .collect();
    let natively = natively(service, DAYS, |assumptions| {
        let daily = |place: usize| Control::Daily(held[place].clone().leak());
        assumptions.onboarding_raw_pib = daily(0);
        assumptions.renewal_rate = daily(1);
        assumptions.fil_plus_rate = daily(2);
        assumptions.lock_target = daily(3);
        assumptions.gamma = daily(4);
        assumptions.fil_plus_multiplier = daily(5);
        assumptions.qa_renewal_multiplier = daily(6);
        assumptions.daily_burnt_fil = Some(daily(7));
        assumptions.sector_duration_days = 90;
        assumptions.weighting = Control::Constant(Weighting::Geometric);
        assumptions.use_available_supply = true;
    });
    for (name, expected) in natively {
        assert_close(name, &answer.series(name), &expected);
    }
}

/// Series that depend on the gamma of the history, which in the original is 1 throughout and here the protocol's own.
const DEPENDS_ON_HISTORICAL_GAMMA: [&str; 8] = [
    "day_locked_pledge",
    "day_renewed_pledge",
    "network_locked_pledge",
    "network_locked",
    "circ_supply",
    "available_supply",
    "day_pledge_per_QAP",
    "1y_sector_roi",
];

/// The reference scenarios that a request can express, asked over HTTP.
fn the_original_models_numbers_come_back(service: &Service) {
    let folder = reference_folder().join("scenarios");
    let names = std::fs::read_dir(folder).expect("the folder of the scenarios");
    let mut asked = 0;
    for name in names.map(|entry| entry.expect("a file").file_name().into_string().expect("a name")) {
        let scenario = reference(&format!("scenarios/{name}")).expect("a scenario");
        let scenario: Value = serde_json::from_slice(&scenario).expect("a scenario in JSON");
        let Some(request) = request_of(&scenario) else { continue };
        let answer = Forecast::of(service, WITH_HISTORY, &request);
        for series in SERIES {
            let (Some(expected), false) =
                (scenario["outputs"][series].as_array(), DEPENDS_ON_HISTORICAL_GAMMA.contains(&series))
            else {
                continue;
            };
            let length = scenario["lengths"][series].as_u64().expect("a length") as usize;
            let indices = scenario["indices_by_length"][&length.to_string()].as_array().expect("indices");
            let indices: Vec<usize> = indices.iter().map(|index| index.as_u64().unwrap() as usize).collect();
            let mut found = answer.series(series);
            if series.contains("sched_expire") {
                // Of the forecast only; the answer starts with the history.
                found.drain(..service.network().days());
            }
            let expected: Vec<f64> =
                expected.iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect();
            assert_close(&format!("{series} of {name}"), &pick(&found, &indices), &expected);
        }
        asked += 1;
    }
    assert!(asked >= 5, "only {asked} scenarios could be asked for");
}

/// A scenario as a request; `None` where its assumptions are outside of what the contract allows.
fn request_of(scenario: &Value) -> Option<Value> {
    let inputs = &scenario["inputs"];
    let allowed = inputs["lock_target"].as_f64().is_none_or(|target| target <= 1.0);
    let ours = scenario["data"] == "snapshot.json" && inputs["baseline_eib"].is_null() && allowed;
    // The decay of some was rounded to single precision.
    let decay = scenario["semantics"]["lambda"].as_f64()?;
    let exact = (decay - std::f64::consts::LN_2 / 2190.0).abs() < 1e-15;
    (ours && exact).then(|| {
        json!({
            "rbp": inputs["rbp"], "rr": inputs["rr"], "fpr": inputs["fpr"], "lock_target": inputs["lock_target"],
            "forecast_length_days": inputs["forecast_length"], "sector_duration_days": inputs["sector_duration"],
            "gamma": inputs["gamma"], "gamma_weight_type": inputs["gamma_weight_type"],
            "fil_plus_multiplier": inputs["fil_plus_m"],
            "qa_renewal_multiplier": inputs["qa_renew_relative_multiplier"],
            "use_available_supply": inputs["use_available_supply"],
        })
    })
}

fn duplicates_are_equal(service: &Service) {
    let forecast = Forecast::of(service, WITH_HISTORY, &json!({"forecast_length_days": 100}));
    for (name, other) in [
        ("network_RBP_EIB", "rb_total_power_eib"),
        ("network_QAP_EIB", "qa_total_power_eib"),
        ("day_onboarded_power_QAP_PIB", "qa_day_onboarded_power_pib"),
        ("day_renewed_power_QAP_PIB", "qa_day_renewed_power_pib"),
    ] {
        assert_eq!(forecast.output[name], forecast.output[other], "{name}");
    }
}

fn a_short_forecast_is_the_beginning_of_a_long_one(service: &Service) {
    // With gamma given: the schedule's own value past a horizon is the last of the horizon.
    let ask = |days: usize| {
        Forecast::of(service, DAILY, &json!({"forecast_length_days": days, "gamma": 0.7, "rbp": 4}))
    };
    let (short, long) = (ask(100), ask(600));
    for name in SERIES {
        let expected: Vec<f64> =
            long.series(name)[..100].iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        assert_close(name, &short.series(name), &expected);
    }
}

fn rewards_per_sector_are_not_rounded_to_nothing(service: &Service) {
    let request = json!({"forecast_length_days": 365, "output": "day_rewards_per_sector"});
    let rewards = Forecast::of(service, DAILY, &request).complete("day_rewards_per_sector");
    let mut different: Vec<u64> = rewards.iter().map(|value| value.to_bits()).collect();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), rewards.len(), "every day has a reward of its own");
    assert!(rewards.iter().all(|value| (1e-6..1.0).contains(value)), "{rewards:?}");
    assert!(rewards.iter().filter(|value| value.to_string().len() > 12).count() > 300, "digits are kept");
}

/// Shortest round-trip decimals: each number has just the digits that its double needs, and none less.
fn numbers_leave_with_full_precision(service: &Service) {
    let forecast = service.post(DAILY).json(&json!({"forecast_length_days": 60})).send().expect(200);
    let history = service.get("/historical-data/full").send().expect(200);
    for text in [forecast.text(), history.text()] {
        let mut long = 0;
        for token in number_tokens(text) {
            let value: f64 = token.parse().expect("a number");
            let shortest = format!("{value:e}");
            // Two shortest forms may be equally short; which of them was written does not matter, as it reads back the same.
            assert_eq!(digits(token), digits(&shortest), "{token} is not as short as {shortest}");
            long += usize::from(digits(token) >= 15);
        }
        assert!(long > 300, "only {long} numbers have all their digits");
    }
}

/// The numbers of a JSON text, as they are written.
fn number_tokens(text: &str) -> Vec<&str> {
    let outside_of_texts = text.split('"').step_by(2);
    outside_of_texts
        .flat_map(|part| part.split(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))))
        .filter(|token| token.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
        .collect()
}

/// How many significant digits: leading zeros, the point, the exponent and zeros at the end do not count.
fn digits(number: &str) -> usize {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let plain: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    plain.trim_matches('0').len()
}

fn the_history_is_that_of_the_import(service: &Service) {
    let network = service.network();
    let forecast = Forecast::of(service, WITH_HISTORY, &json!({"forecast_length_days": 1}));
    for (series, column) in [
        ("rb_total_power_eib", "historical_raw_power_eib"),
        ("qa_total_power_eib", "historical_qa_power_eib"),
        ("rb_day_onboarded_power_pib", "historical_onboarded_rb_power_pib"),
        ("qa_day_onboarded_power_pib", "historical_onboarded_qa_power_pib"),
        ("rb_day_renewed_power_pib", "historical_renewed_rb_power_pib"),
        ("qa_day_renewed_power_pib", "historical_renewed_qa_power_pib"),
        ("network_gas_burn", "burnt_fil_vec"),
    ] {
        crate::support::assert_same_bits(series, &forecast.complete(series), &network.column(column));
    }
    let expirations = forecast.series("rb_sched_expire_power_pib");
    assert!(
        expirations[..network.days()].iter().all(Option::is_none),
        "expirations are of the forecast only"
    );
}
