//! Questions, and the answers that the model itself would give.
#![allow(dead_code, unused_imports, reason = "each test file is a crate of its own and uses its part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../network-data/tests/common/mod.rs"]
mod networks;

use chrono::NaiveDate;
use economy::{Assumptions, Forecast, Series, fip0081};
use forecast::{FIELDS, Field, Question, Refusal, Scope, Takes};
use network_data::{Snapshot, SnapshotData, calendar::Resolution, demo};
pub(crate) use networks::{cases, day, network, usual};
use serde_json::{Map, Value};

pub(crate) const ONE_YEAR: [Series; 2] = [Series::OneYearReturnPerSector, Series::OneYearSectorRoi];

/// A snapshot of these figures.
pub(crate) fn snapshot(data: SnapshotData) -> Snapshot {
    Snapshot::new(data).unwrap_or_else(|refused| panic!("{refused}"))
}

/// The bundled network, a made-up noisy one, and the real one where the reference data is there.
pub(crate) fn snapshots() -> Vec<Snapshot> {
    let real = networks::reference("snapshot.json.gz").map(|json| Snapshot::from_json(&json).unwrap());
    [demo::snapshot().unwrap(), snapshot(usual())].into_iter().chain(real).collect()
}

pub(crate) fn parse(request: &Value) -> Result<Question, Vec<Refusal>> {
    Question::parse(request.as_object().unwrap().clone())
}

/// The reply to a request on the day of the snapshot, as JSON.
pub(crate) fn ask(snapshot: &Snapshot, request: &Value, scope: Scope, by_path: Resolution) -> Value {
    ask_on(snapshot.current_date(), snapshot, request, scope, by_path)
}

pub(crate) fn ask_on(
    today: NaiveDate,
    snapshot: &Snapshot,
    request: &Value,
    scope: Scope,
    by_path: Resolution,
) -> Value {
    let question = parse(request).unwrap_or_else(|refused| panic!("{request}: {refused:?}"));
    let answer = question.resolve(snapshot).answer(scope, by_path, today).unwrap();
    // Through bytes: what counts is what a caller reads.
    written(&answer)
}

/// An answer as a caller reads it.
pub(crate) fn written(answer: &forecast::Answer<'_>) -> Value {
    serde_json::from_slice(&answer.to_json().unwrap()).unwrap()
}

/// Every field that takes a number or one for each day, with its bounds.
pub(crate) fn numbers() -> Vec<(&'static Field, f64, f64)> {
    let bounds = |field: &'static Field| match field.takes {
        Takes::Number { min, max, .. } => Some((field, min, max)),
        _ => None,
    };
    let numbers: Vec<_> = FIELDS.iter().filter_map(bounds).collect();
    assert_eq!(numbers.len(), 8);
    numbers
}

/// The reply to a request for every day of the forecast.
pub(crate) fn ask_daily(snapshot: &Snapshot, request: &Value) -> Value {
    ask(snapshot, request, Scope::Forecast, Resolution::Daily)
}

pub(crate) fn output(reply: &Value) -> &Map<String, Value> {
    reply["simulation_output"].as_object().unwrap()
}

/// A series of a reply; a null is NaN.
pub(crate) fn series(reply: &Value, series: Series) -> Vec<f64> {
    let values = output(reply)[series.name()].as_array().unwrap();
    values.iter().map(|value| if value.is_null() { f64::NAN } else { value.as_f64().unwrap() }).collect()
}

pub(crate) fn warnings(reply: &Value) -> Vec<&str> {
    reply["warnings"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// What the model says to the network's own medians and the protocol's values for the rest, changed by `change`.
pub(crate) fn model<'a>(
    snapshot: &Snapshot,
    forecast_days: usize,
    change: impl FnOnce(&mut Assumptions<'a>),
) -> Forecast {
    let history = snapshot.history();
    let medians = snapshot.smoothed();
    // Leaked, so that what a caller puts in its place may live shorter.
    let gamma = fip0081::schedule(history.start_day, history.days() + forecast_days).leak();
    let mut assumptions = Assumptions::protocol(
        history.days(),
        forecast_days,
        medians.raw_byte_power.into(),
        medians.renewal_rate.into(),
        medians.filplus_rate.into(),
        gamma,
    );
    change(&mut assumptions);
    economy::forecast(&history, &assumptions).unwrap()
}

/// Equality that tells 0.0 from -0.0, where values that are no number (a reply's nulls) are all the same.
#[track_caller]
pub(crate) fn assert_same(shown: &[f64], expected: &[f64], what: &str) {
    assert_eq!(shown.len(), expected.len(), "{what}: entries");
    for (index, (shown, expected)) in shown.iter().zip(expected).enumerate() {
        let same = shown.to_bits() == expected.to_bits() || (shown.is_nan() && !expected.is_finite());
        assert!(same, "{what}, entry {index}: {shown} instead of {expected}");
    }
}
