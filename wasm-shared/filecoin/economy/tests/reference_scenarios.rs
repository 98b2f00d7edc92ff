//! The model against the reference scenarios: outputs of the original implementation on real network data.
//!
//! The scenarios are not part of the project. They are read from the folder that `REFERENCE_DATA` names, by default
//! `../shared/data` from the project's root.

#![allow(
    clippy::expect_used,
    clippy::float_cmp,
    reason = "a test fails by panicking; what is exact is compared exactly"
)]

#[path = "reference_scenarios/comparison.rs"]
mod comparison;
#[path = "reference_scenarios/files.rs"]
mod files;

use std::fmt::Arguments;
use std::io::{Write, stdout};

use comparison::Comparison;
use economy::{Series, smoothed};
use files::{ReferenceData, Scenario};

/// Prints whether or not the test fails: the harness keeps back what `println` prints.
fn say(sentence: Arguments) {
    writeln!(stdout().lock(), "{sentence}").expect("standard output");
}

#[test]
fn reference_scenarios() {
    let data = ReferenceData::locate();
    let paths = data.scenario_paths();
    if paths.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "no reference scenarios in {data}, and this is CI");
        say(format_args!("reference scenarios were not run: there are none in {data}"));
        return;
    }

    let mut comparison = Comparison::default();
    for path in &paths {
        let scenario = Scenario::read(path);
        let snapshot = data.snapshot(&scenario.data);
        let forecast = scenario.forecast(&snapshot);
        for series in Series::ALL {
            comparison.compare(&scenario, series, forecast.series(series));
        }
    }
    say(format_args!("{} reference scenarios, {comparison}", paths.len()));
    comparison.assert_within_tolerance();
}

#[test]
fn smoothed_metrics_are_those_of_the_reference_data() {
    let data = ReferenceData::locate();
    // Where there are no scenarios, `reference_scenarios` says so.
    let Some(path) = data.scenario_paths().into_iter().next() else { return };
    let snapshot = data.snapshot(&Scenario::read(&path).data);
    for (name, history) in &snapshot.historical_arrays {
        assert_eq!(smoothed(history), Some(snapshot.smoothed_metrics[name]), "{name}");
    }
}
