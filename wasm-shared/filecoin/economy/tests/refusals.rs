//! Inputs of the wrong shape are refused by name, and never computed with.

#![allow(
    clippy::expect_used,
    clippy::float_cmp,
    reason = "a test fails by panicking; what is exact is compared exactly"
)]

#[path = "../testing/network.rs"]
mod network;
#[path = "../testing/ordinary.rs"]
mod ordinary;
#[path = "../testing/synthetic.rs"]
mod synthetic;

use economy::{Assumptions, Control, History, ModelError, Weighting, forecast};
use network::Network;
use ordinary::Ordinary;

const HISTORY_DAYS: usize = 40;
const FORECAST_DAYS: usize = 30;

/// The refusal of a forecast whose history or assumptions were tampered with.
fn refusal(tamper: impl FnOnce(&mut History, &mut Assumptions)) -> ModelError {
    let network = Network::synthetic(HISTORY_DAYS);
    let ordinary = Ordinary::new(&network, FORECAST_DAYS);
    let (mut history, mut assumptions) = (network.history(), ordinary.assumptions());
    assert!(forecast(&history, &assumptions).is_ok());
    tamper(&mut history, &mut assumptions);
    forecast(&history, &assumptions).expect_err("a refusal")
}

fn assert_names(error: &ModelError, input: &str, found: usize, expected: usize) {
    let ModelError::Length { input: named, expected: needed, found: had, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!((*named, *had, *needed), (input, found, expected));
    let sentence = error.to_string();
    let beginning = format!("`{input}` has {found} entries and needs exactly {expected}: one for each day");
    assert!(sentence.starts_with(&beginning), "{sentence}");
}

#[test]
fn a_history_of_the_wrong_length_is_named() {
    type Field = for<'h, 'a> fn(&'h mut History<'a>) -> &'h mut &'a [f64];
    let histories: [(&str, Field, usize); 7] = [
        ("history.qa_power_eib", |history| &mut history.qa_power_eib, HISTORY_DAYS + 1),
        ("history.onboarded_raw_pib", |history| &mut history.onboarded_raw_pib, HISTORY_DAYS + 1),
        ("history.onboarded_qa_pib", |history| &mut history.onboarded_qa_pib, HISTORY_DAYS + 1),
        ("history.renewed_raw_pib", |history| &mut history.renewed_raw_pib, HISTORY_DAYS + 1),
        ("history.renewed_qa_pib", |history| &mut history.renewed_qa_pib, HISTORY_DAYS + 1),
        ("history.burnt_fil", |history| &mut history.burnt_fil, HISTORY_DAYS + 1),
        ("history.renewal_rate", |history| &mut history.renewal_rate, HISTORY_DAYS),
    ];
    for (name, field, length) in histories {
        for wrong in [0, 1, length - 1, length + 1] {
            let values = vec![0.5; wrong];
            // Leaked, so that the tampered history may outlive the closure.
            let values: &'static [f64] = values.leak();
            assert_names(&refusal(|history, _| *field(history) = values), name, wrong, length);
        }
    }
}

#[test]
fn a_vector_of_the_wrong_length_is_named_and_one_entry_is_not_a_constant() {
    type Field = for<'s, 'a> fn(&'s mut Assumptions<'a>) -> &'s mut Control<'a>;
    let controls: [(&str, Field, usize); 8] = [
        ("onboarding_raw_pib", |assumptions| &mut assumptions.onboarding_raw_pib, FORECAST_DAYS),
        ("renewal_rate", |assumptions| &mut assumptions.renewal_rate, FORECAST_DAYS),
        ("fil_plus_rate", |assumptions| &mut assumptions.fil_plus_rate, FORECAST_DAYS),
        ("fil_plus_multiplier", |assumptions| &mut assumptions.fil_plus_multiplier, FORECAST_DAYS),
        ("qa_renewal_multiplier", |assumptions| &mut assumptions.qa_renewal_multiplier, FORECAST_DAYS),
        ("lock_target", |assumptions| &mut assumptions.lock_target, FORECAST_DAYS),
        ("gamma", |assumptions| &mut assumptions.gamma, FORECAST_DAYS),
        ("historical_gamma", |assumptions| &mut assumptions.historical_gamma, HISTORY_DAYS),
    ];
    for (name, field, length) in controls {
        for wrong in [0, 1, length - 1, length + 1] {
            let values: &'static [f64] = vec![0.5; wrong].leak();
            let error = refusal(|_, assumptions| *field(assumptions) = Control::Daily(values));
            assert_names(&error, name, wrong, length);
        }
    }

    let error = refusal(|_, assumptions| assumptions.weighting = Control::Daily(&[Weighting::Geometric]));
    assert_names(&error, "weighting", 1, FORECAST_DAYS);
    let error = refusal(|_, assumptions| assumptions.daily_burnt_fil = Some(Control::Daily(&[1.0])));
    assert_names(&error, "daily_burnt_fil", 1, FORECAST_DAYS);
    let error = refusal(|_, assumptions| assumptions.baseline_eib = Some(&[1.0; FORECAST_DAYS]));
    assert_names(&error, "baseline_eib", FORECAST_DAYS, HISTORY_DAYS + FORECAST_DAYS);
}

#[test]
fn a_forecast_of_no_days_is_refused() {
    let error = refusal(|_, assumptions| assumptions.forecast_days = 0);
    assert_eq!(error.to_string(), "`forecast_days` is 0 and needs to be at least 1 day");
}

#[test]
fn sectors_of_no_duration_are_refused() {
    let error = refusal(|_, assumptions| assumptions.sector_duration_days = 0);
    assert_eq!(error.to_string(), "`sector_duration_days` is 0 and needs to be at least 1 day");
}

#[test]
fn a_history_without_a_day_before_the_current_one_is_refused() {
    for found in [0, 1] {
        let error = refusal(|history, _| history.raw_power_eib = &[4.0][..found]);
        assert_eq!(error, ModelError::HistoryTooShort { found });
    }
}
