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
use std::process::ExitCode;

use comparison::Comparison;
use economy::{Series, smoothed};
use files::{ReferenceData, Scenario};
use libtest_mimic::Trial;

/// Prints whether or not the test fails: the harness keeps back what `println` prints.
fn say(sentence: Arguments) {
    writeln!(stdout().lock(), "{sentence}").expect("standard output");
}

/// The harness of libtest cannot say while it runs that a test was not run; this one lists it as ignored where the data are
/// missing, and as failed in CI, where they have to be.
fn main() -> ExitCode {
    let data = ReferenceData::locate();
    let missing = data.scenario_paths().is_empty();
    let in_ci = std::env::var_os("CI").is_some();
    let tests: [(&str, fn()); 2] = [
        ("reference_scenarios", reference_scenarios),
        ("smoothed_metrics_are_those_of_the_reference_data", smoothed_metrics),
    ];
    let trials = tests.map(|(name, test)| {
        let trial = Trial::test(name, move || {
            test();
            Ok(())
        });
        let trial = if missing { trial.with_kind("no reference data") } else { trial };
        trial.with_ignored_flag(missing && !in_ci)
    });
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials.into()).exit_code()
}

fn reference_scenarios() {
    let data = ReferenceData::locate();
    let paths = data.scenario_paths();
    assert!(!paths.is_empty(), "there are no reference scenarios in {data}");
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

fn smoothed_metrics() {
    let data = ReferenceData::locate();
    let path = data.scenario_paths().into_iter().next().expect("a reference scenario");
    let snapshot = data.snapshot(&Scenario::read(&path).data);
    for (name, history) in &snapshot.historical_arrays {
        assert_eq!(smoothed(history), Some(snapshot.smoothed_metrics[name]), "{name}");
    }
}
