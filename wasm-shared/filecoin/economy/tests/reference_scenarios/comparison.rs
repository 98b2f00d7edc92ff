//! What a scenario says a series is, against what the model says.

use std::collections::BTreeMap;
use std::fmt;

use economy::Series;

use crate::files::Scenario;

/// The tolerance of the reference data: `|a - b| <= RELATIVE |b| + OF_LARGEST max|series|`.
const RELATIVE: f64 = 1e-9;
const OF_LARGEST: f64 = 1e-10;

/// Misses that are told in full.
const MISSES_TOLD: usize = 20;

#[derive(Default)]
pub(crate) struct Comparison {
    values: usize,
    worst: BTreeMap<Series, Worst>,
    misses: Vec<String>,
}

/// The worst errors of a series over all scenarios.
#[derive(Clone, Copy, Default)]
struct Worst {
    values: usize,
    /// Of the value itself.
    relative: f64,
    /// Of what the tolerance allows: above 1 is a miss.
    of_tolerance: f64,
}

impl Comparison {
    pub(crate) fn compare(&mut self, scenario: &Scenario, series: Series, found: &[f64]) {
        let name = series.name();
        let place = format!("{} {name}", scenario.name);
        // An alias is told by its original: the scenario says so, and so must the table.
        let told = match scenario.aliases.get(name) {
            Some(original) => {
                assert_eq!(series.alias_of().map(Series::name), Some(original.as_str()), "{place}");
                original.as_str()
            }
            None => name,
        };
        let length = scenario.lengths.get(name).or_else(|| scenario.lengths.get(told));
        assert_eq!(Some(&found.len()), length, "{place}: length");

        let expected = scenario.outputs.get(told).unwrap_or_else(|| panic!("{place} is not in the scenario"));
        let every_day: Vec<usize> = (0..found.len()).collect();
        let sampled = scenario.indices_by_length.as_ref().map(|sampled| &sampled[&found.len()]);
        let indices = sampled.unwrap_or(&every_day);
        assert_eq!(indices.len(), expected.len(), "{place}: sampled values");

        let nonfinite = Nonfinite::of(scenario, told);
        let largest = expected.iter().flatten().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        for (&day, &expected) in indices.iter().zip(expected) {
            match (expected, nonfinite.at(day)) {
                (Some(expected), None) => {
                    self.compare_number(&place, series, day, found[day], expected, largest);
                }
                // Compared below, with the days between.
                (None, Some(_)) => {}
                _ => panic!("{place}[{day}]: a value is a number or said to be none"),
            }
        }
        // The ranges cover every day, sampled or not.
        for (day, &found) in found.iter().enumerate() {
            if let Some(expected) = nonfinite.at(day) {
                self.compare_nonfinite(&place, series, day, found, expected);
            } else if !found.is_finite() {
                self.misses.push(format!("{place}[{day}] is {found} and should be finite"));
            }
        }
    }

    fn compare_number(
        &mut self,
        place: &str,
        series: Series,
        day: usize,
        found: f64,
        expected: f64,
        largest: f64,
    ) {
        let error = (found - expected).abs();
        let allowed = RELATIVE * expected.abs() + OF_LARGEST * largest;
        if error > allowed || error.is_nan() {
            self.misses.push(format!("{place}[{day}] is {found} and should be {expected}: off by {error:e}"));
        }
        let worst = self.count(series);
        if error > 0.0 {
            worst.of_tolerance = worst.of_tolerance.max(error / allowed);
            if expected != 0.0 {
                worst.relative = worst.relative.max(error / expected.abs());
            }
        }
    }

    fn compare_nonfinite(&mut self, place: &str, series: Series, day: usize, found: f64, expected: f64) {
        self.count(series);
        if !(found == expected || found.is_nan() && expected.is_nan()) {
            self.misses.push(format!("{place}[{day}] is {found} and should be {expected}"));
        }
    }

    fn count(&mut self, series: Series) -> &mut Worst {
        self.values += 1;
        let worst = self.worst.entry(series).or_default();
        worst.values += 1;
        worst
    }

    pub(crate) fn assert_within_tolerance(&self) {
        let told = &self.misses[..self.misses.len().min(MISSES_TOLD)];
        assert!(
            told.is_empty(),
            "{} values miss the reference, among them:\n{}",
            self.misses.len(),
            told.join("\n")
        );
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} values compared", self.values)?;
        writeln!(
            f,
            "{:28}{:>9}{:>22}{:>20}",
            "series", "values", "worst relative error", "of the tolerance"
        )?;
        for (series, worst) in &self.worst {
            let Worst { values, relative, of_tolerance } = worst;
            writeln!(f, "{:28}{values:9}{relative:22.1e}{:19.4}%", series.name(), 100.0 * of_tolerance)?;
        }
        Ok(())
    }
}

/// The days on which a series is said to be no finite number.
struct Nonfinite(Vec<(f64, [usize; 2])>);

impl Nonfinite {
    fn of(scenario: &Scenario, name: &str) -> Self {
        let ranges = scenario.nonfinite.get(name).into_iter().flatten().flat_map(|(value, ranges)| {
            let value = match value.as_str() {
                "nan" => f64::NAN,
                "inf" | "+inf" => f64::INFINITY,
                "-inf" => f64::NEG_INFINITY,
                other => panic!("{}: {name} is said to be {other}", scenario.name),
            };
            ranges.iter().map(move |range| (value, *range))
        });
        Self(ranges.collect())
    }

    fn at(&self, day: usize) -> Option<f64> {
        self.0.iter().find(|(_, [start, end])| (start..end).contains(&&day)).map(|(value, _)| *value)
    }
}
