//! The engine against golden files: all 44 series of scenarios on the bundled demonstration network, computed by an independent
//! model in plain Python (`tests/golden/model.py`). README.md beside it says how they are made.

#![allow(
    clippy::expect_used,
    clippy::float_cmp,
    reason = "a test fails by panicking; infinities are compared exactly"
)]

mod scenario;

use std::path::Path;
use std::process::Command;

use economy::Series;
use network_data::demo;
use scenario::Scenario;

/// What may separate a double's rounding from the exact value: of the value itself, and of the series' largest.
const RELATIVE: f64 = 1e-9;
const OF_LARGEST: f64 = 1e-10;

/// Misses that are told in full.
const MISSES_TOLD: usize = 20;

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_series_of_every_scenario_is_that_of_the_independent_model() {
    let network = demo::snapshot().expect("the demonstration network");
    let scenarios = Scenario::all(&folder().join("scenarios"));
    assert!(scenarios.len() >= 8, "only {} golden files", scenarios.len());

    let mut misses = Vec::new();
    for scenario in &scenarios {
        let forecast = scenario.forecast(&network);
        assert_eq!(scenario.series.len(), Series::COUNT, "{}", scenario.name);
        for (name, golden) in &scenario.series {
            let series = Series::from_name(name).unwrap_or_else(|| panic!("{name} is no series"));
            let found = forecast.series(series);
            assert_eq!(found.len(), golden.length, "{} {name}", scenario.name);
            let days = &scenario.days_by_length[&golden.length];
            assert_eq!(days.len(), golden.values.len(), "{} {name}", scenario.name);

            let expected = golden.numbers();
            let finite = expected.iter().filter(|value| value.is_finite());
            let largest = finite.fold(0.0_f64, |largest, value| largest.max(value.abs()));
            for (&day, expected) in days.iter().zip(expected) {
                if !agree(found[day], expected, largest) {
                    misses.push(format!(
                        "{} {name}[{day}] is {} and should be {expected}",
                        scenario.name, found[day]
                    ));
                }
            }
        }
    }
    assert!(
        misses.is_empty(),
        "{} values miss the golden files, among them:\n{}",
        misses.len(),
        misses[..misses.len().min(MISSES_TOLD)].join("\n")
    );
}

/// Whether a value is the expected one; what is no finite number has to be the very same.
fn agree(found: f64, expected: f64, largest: f64) -> bool {
    if expected.is_finite() {
        (found - expected).abs() <= RELATIVE * expected.abs() + OF_LARGEST * largest
    } else {
        found.is_nan() && expected.is_nan() || found == expected
    }
}

#[test]
fn the_median_of_a_month_is_that_of_the_independent_model() {
    let network = demo::snapshot().expect("the demonstration network");
    let history = network.history();
    let mut compared = 0;
    for scenario in Scenario::all(&folder().join("scenarios")) {
        for (name, expected) in scenario.medians_of_last_30_days {
            let values = match name.as_str() {
                "raw_power_eib" => history.raw_power_eib,
                "qa_power_eib" => history.qa_power_eib,
                "burnt_fil" => history.burnt_fil,
                other => panic!("{other} is no history"),
            };
            let found = economy::smoothed(values).expect("a history");
            assert!(agree(found, expected, 0.0), "{name}: {found} and not {expected}");
            compared += 1;
        }
    }
    assert_eq!(compared, 3);
}

#[test]
fn the_scenarios_use_every_control_that_the_engine_has() {
    let used: Vec<String> = Scenario::all(&folder().join("scenarios"))
        .into_iter()
        .flat_map(|scenario| scenario.inputs.given())
        .collect();
    for control in scenario::CONTROLS {
        assert!(used.iter().any(|name| name == control), "no golden scenario gives {control}");
    }
}

#[test]
fn the_golden_files_regenerate_to_the_byte() {
    let made = Command::new("python3")
        .arg(folder().join("make"))
        .arg("--check")
        .output()
        .expect("python3, 3.10 or newer, on the path");
    assert!(
        made.status.success(),
        "tests/golden/make writes other files than those committed:\n{}{}",
        String::from_utf8_lossy(&made.stdout),
        String::from_utf8_lossy(&made.stderr)
    );
}
