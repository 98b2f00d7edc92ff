//! Networks and requests that the tests share.

#![allow(dead_code, clippy::unwrap_used, reason = "each test uses some of it; a test fails by panicking")]

use std::sync::LazyLock;

use network_data::{FilplusRate, Snapshot, demo};
use serde_json::{Map, Value};
use sweep::{ChunkResult, Findings, Plan, Request, finish};

/// The bundled demonstration network.
pub(crate) static NETWORK: LazyLock<Snapshot> = LazyLock::new(|| demo::snapshot().unwrap());

/// The same with last days that go up and down as real ones do: each assumption has noise that lasts from day to day,
/// and a part of it in common with the others.
pub(crate) static NOISY: LazyLock<Snapshot> = LazyLock::new(|| {
    let mut data = NETWORK.clone().into_data();
    let mut state = 1_u64;
    let mut uniform = move || {
        // Knuth's MMIX generator; good enough for noise.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / 9_007_199_254_740_992.0 - 0.5
    };
    let days = data.historical_renewal_rate.len();
    let FilplusRate::Daily(rates) = &mut data.filplus_rate else { panic!("no daily rate") };
    let mut lasting = [0.0; 3];
    for day in days - 180..days {
        let common = uniform();
        for noise in &mut lasting {
            *noise = 0.7 * *noise + common + 0.5 * uniform();
        }
        data.historical_onboarded_rb_power_pib[day] *= 1.0 + 0.15 * lasting[0];
        let renewed = &mut data.historical_renewal_rate[day];
        *renewed = (*renewed + 0.05 * lasting[1]).clamp(0.0, 1.0);
        let rate = &mut rates[day + 181 - days - 1];
        *rate = (*rate - 0.04 * lasting[2]).clamp(0.0, 1.0);
    }
    Snapshot::new(data).unwrap()
});

pub(crate) fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("no object: {value}") };
    object
}

pub(crate) fn request(value: Value) -> Request {
    Request::parse(object(value)).unwrap_or_else(|refused| panic!("{refused:#?}"))
}

/// All runs in chunks of about so many runs.
pub(crate) fn chunks(plan: &Plan<'_>, runs: usize) -> Vec<ChunkResult> {
    (0..plan.runs()).step_by(runs).map(|first| plan.run_chunk(first..first + runs).unwrap()).collect()
}

pub(crate) fn findings(network: &Snapshot, value: Value) -> Findings {
    let request = request(value);
    let plan = Plan::new(&request, network).unwrap_or_else(|refused| panic!("{refused:#?}"));
    finish(&plan, &chunks(&plan, 500)).unwrap()
}

/// The reply as JSON.
pub(crate) fn reply(network: &Snapshot, value: Value) -> Value {
    serde_json::to_value(findings(network, value)).unwrap()
}

pub(crate) fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|one| one.as_f64().unwrap_or(f64::NAN)).collect()
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub(crate) fn sd(values: &[f64]) -> f64 {
    correlation_sum(values, values).sqrt()
}

/// Pearson's correlation.
pub(crate) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    correlation_sum(a, b) / (sd(a) * sd(b))
}

fn correlation_sum(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (mean(a), mean(b));
    a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>() / a.len() as f64
}
