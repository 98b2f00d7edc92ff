//! What is drawn has the mean, the spread and the shape that were asked for.

#![allow(
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    reason = "json!(..) is handed over as it is written; a test fails by panicking"
)]

mod common;

use common::{NETWORK, findings, mean, request, sd};
use forecast::PerDay;
use serde_json::{Value, json};
use sweep::Plan;

const RUNS: usize = 10_000;

/// What ten thousand runs assume.
fn drawn(name: &str, distribution: Value, seed: u64) -> Vec<f64> {
    columns(json!({name: distribution}), seed).remove(0)
}

/// For each assumption, what ten thousand runs assume.
fn columns(distributions: Value, seed: u64) -> Vec<Vec<f64>> {
    let request = request(json!({"draws": {"n": RUNS, "seed": seed, "distributions": distributions}}));
    let plan = Plan::new(&request, &NETWORK).unwrap();
    let mut columns = vec![Vec::new(); plan.inputs().len()];
    for run in 0..RUNS {
        for (column, (_, value)) in columns.iter_mut().zip(plan.assumed(run)) {
            let PerDay::Same(value) = value else { panic!("a value a day") };
            column.push(value);
        }
    }
    columns
}

/// Mean and standard deviation within four standard errors, with the kurtosis that the error of the latter depends on.
#[track_caller]
fn assert_moments(values: &[f64], expected_mean: f64, expected_sd: f64, kurtosis: f64) {
    let root = (values.len() as f64).sqrt();
    let (found_mean, found_sd) = (mean(values), sd(values));
    assert!(
        (found_mean - expected_mean).abs() < 4.0 * expected_sd / root,
        "mean {found_mean}, not {expected_mean}"
    );
    let error = expected_sd * ((kurtosis - 1.0) / 4.0).sqrt() / root;
    assert!((found_sd - expected_sd).abs() < 4.0 * error, "sd {found_sd}, not {expected_sd}");
}

/// The share of values below each of nine points, against the distribution's own, within four standard errors.
#[track_caller]
fn assert_shares(values: &[f64], quantile: impl Fn(f64) -> f64) {
    for tenth in 1..10 {
        let share = f64::from(tenth) / 10.0;
        let below = values.iter().filter(|value| **value < quantile(share)).count() as f64 / RUNS as f64;
        let error = (share * (1.0 - share) / RUNS as f64).sqrt();
        assert!(
            (below - share).abs() < 4.0 * error,
            "{below} of the values are below the quantile of {share}"
        );
    }
}

#[test]
fn each_distribution_has_its_mean_spread_and_shape() {
    // Standard normal quantiles of 0.1 to 0.5.
    let normal = [-1.281_551_565_5, -0.841_621_233_6, -0.524_400_512_7, -0.253_347_103_1, 0.0];
    let z = |share: f64| {
        let tenth = (share * 10.0).round() as usize;
        if tenth <= 5 { normal[tenth - 1] } else { -normal[9 - tenth] }
    };

    let values = drawn("rbp", json!({"normal": {"mean": 50, "sd": 8}}), 0);
    assert_moments(&values, 50.0, 8.0, 3.0);
    assert_shares(&values, |share| 50.0 + 8.0 * z(share));

    let values = drawn("rbp", json!({"uniform": {"low": 2, "high": 6}}), 2_u64.pow(53) - 1);
    assert_moments(&values, 4.0, 4.0 / 12_f64.sqrt(), 1.8);
    assert_shares(&values, |share| 2.0 + 4.0 * share);

    let values = drawn("rbp", json!({"triangular": {"low": 1, "mode": 2, "high": 6}}), 1);
    // (1 + 4 + 36 - 2 - 6 - 12) / 18.
    assert_moments(&values, 3.0, (21.0 / 18.0_f64).sqrt(), 2.4);
    assert_shares(&values, |share| {
        if share < 0.2 { 1.0 + (share * 5.0).sqrt() } else { 6.0 - ((1.0 - share) * 20.0).sqrt() }
    });

    // mean and sd are those of the value, not of its logarithm.
    let values = drawn("rbp", json!({"lognormal": {"mean": 4, "sd": 1}}), 2);
    let ratio = 1.0 + 0.25_f64.powi(2);
    let kurtosis = ratio.powi(4) + 2.0 * ratio.powi(3) + 3.0 * ratio.powi(2) - 3.0;
    assert_moments(&values, 4.0, 1.0, kurtosis);
    let sigma = ratio.ln().sqrt();
    assert_shares(&values, |share| (4_f64.ln() - sigma * sigma / 2.0 + sigma * z(share)).exp());
}

#[test]
fn a_triangle_may_have_its_peak_at_an_end() {
    let rising = drawn("rr", json!({"triangular": {"low": 0, "mode": 1, "high": 1}}), 4);
    assert_shares(&rising, f64::sqrt);
    let falling = drawn("rr", json!({"triangular": {"low": 0, "mode": 0, "high": 1}}), 4);
    assert_shares(&falling, |share| 1.0 - (1.0 - share).sqrt());
}

#[test]
fn what_is_drawn_stays_within_the_assumptions_range_and_the_answer_says_how_much_was_drawn_again() {
    let near_the_end = json!({"normal": {"mean": 0.95, "sd": 0.1}});
    let values = drawn("rr", near_the_end.clone(), 5);
    assert!(values.iter().all(|rate| (0.0..=1.0).contains(rate)));
    // Not piled up at the end: 1 is as rare as any other value.
    assert!(values.iter().filter(|rate| **rate >= 1.0).count() < 3);
    // The mean of a normal distribution cut half a deviation above its mean: 0.95 - 0.1 * phi(0.5) / Phi(0.5).
    let expected = 0.95 - 0.1 * 0.352_065_326_8 / 0.691_462_461_3;
    assert!((mean(&values) - expected).abs() < 4.0 * sd(&values) / 100.0, "{}", mean(&values));

    let warnings = |distribution: Value| {
        let sweep = json!({"draws": {"n": 1, "distributions": {"rr": distribution}}, "output": "days"});
        findings(&NETWORK, sweep).warnings().to_vec()
    };
    // Above half a standard deviation lie 30.9 %.
    let told = warnings(near_the_end);
    assert!(told[0].starts_with("30.9 % of the distribution of rr lies outside 0 to 1"), "{told:?}");
    assert!(warnings(json!({"normal": {"mean": 0.5, "sd": 0.1}})).is_empty());
}

#[test]
fn assumptions_are_drawn_independently_of_each_other() {
    let uniform = json!({"uniform": {"low": 0, "high": 1}});
    let [rr, fpr] = <[_; 2]>::try_from(columns(json!({"rr": uniform, "fpr": uniform}), 0)).unwrap();
    assert!(common::correlation(&rr, &fpr).abs() < 4.0 / 100.0);
    assert!(common::correlation(&rr[1..], &rr[..RUNS - 1]).abs() < 4.0 / 100.0, "from run to run");
}
