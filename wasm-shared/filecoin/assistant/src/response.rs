//! Writing the results of tools: every digit for programs, six for models.

use std::{collections::BTreeMap, io};

use chrono::NaiveDate;
use forecast::Answer;
use mcp::Error;
use network_data::calendar::Sampling;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::metrics::Metric;

/// A value as compact JSON with six significant digits in every number: what a model can use of it.
pub(crate) fn rounded(value: &impl Serialize) -> Result<String, Error> {
    let mut text = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut text, SixDigits))
        .map_err(io::Error::from)
        .and_then(|()| String::from_utf8(text).map_err(io::Error::other))
        .map_err(|error| Error::internal(format!("The result is not JSON: {error}")))
}

/// A number in six significant digits.
pub(crate) fn six_digits(value: f64) -> f64 {
    // Up to the 22nd, powers of ten are exact, and a division by one gives the decimal number itself.
    match (5.0 - value.abs().log10().floor()) as i32 {
        decimals @ 0..=22 => (value * 10_f64.powi(decimals)).round() / 10_f64.powi(decimals),
        decimals @ -22..0 => (value / 10_f64.powi(-decimals)).round() * 10_f64.powi(-decimals),
        _ => format!("{value:.5e}").parse().unwrap_or(value),
    }
}

struct SixDigits;

impl Formatter for SixDigits {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        // Displayed, not debugged: 612346000, not 612346000.0 or 6.12346e8.
        write!(writer, "{}", six_digits(value))
    }
}

/// The days of a forecast's series, all of the same.
#[derive(Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the names are those of the contract")]
pub(crate) struct Days {
    /// Date of entry 0 of every series; null where the horizon holds no day of the resolution.
    sim_start_date: Option<NaiveDate>,
    /// Date of the last entry of every series.
    sim_end_date: Option<NaiveDate>,
    /// Days from one entry to the next: entry i is of `sim_start_date` + i * `timestep_days`. Null for monthly.
    timestep_days: Option<u32>,
    /// Entries of every series.
    n_entries: usize,
    /// For monthly, where the entries are not equally far apart: the date of each.
    #[serde(skip_serializing_if = "Option::is_none")]
    dates: Option<Vec<NaiveDate>>,
}

impl Days {
    pub(crate) fn of(sampling: &Sampling) -> Self {
        Self {
            sim_start_date: sampling.first_date(),
            sim_end_date: sampling.last_date(),
            timestep_days: sampling.timestep_days(),
            n_entries: sampling.len(),
            dates: sampling.timestep_days().is_none().then(|| sampling.dates().collect()),
        }
    }

    /// How entries and days go together, in a sentence.
    pub(crate) fn explanation(&self) -> String {
        match (self.sim_start_date, self.timestep_days) {
            (None, _) => "The horizon is too short to hold a day of this resolution.".to_owned(),
            (Some(first), Some(1)) => format!("Entry i of every series is the value on {first} + i days."),
            (Some(first), Some(step)) => format!(
                "Entry i of every series is the value on {first} + {step} * i days, that day's own and no mean of the days between."
            ),
            (Some(_), None) => {
                "Entry i of every series is the value on dates[i], the first day of a month.".to_owned()
            }
        }
    }
}

/// What a metric is.
#[derive(Serialize, JsonSchema)]
pub(crate) struct About {
    unit: &'static str,
    /// flow (an amount a day), stock (a level), cumulative stock (a running total), ratio, constant or index.
    kind: &'static str,
    meaning: String,
}

impl About {
    pub(crate) fn each(metrics: &[Metric]) -> BTreeMap<&'static str, Self> {
        let about = |metric: &Metric| {
            let about = Self { unit: metric.unit(), kind: metric.kind(), meaning: metric.meaning() };
            (metric.name(), about)
        };
        by_name(metrics.iter().map(about))
    }
}

/// As `collect`, but entry by entry: `collect` sorts, and sorting is compiled anew for every kind of value.
pub(crate) fn by_name<V>(entries: impl Iterator<Item = (&'static str, V)>) -> BTreeMap<&'static str, V> {
    let mut table = BTreeMap::new();
    table.extend(entries);
    table
}

/// The metrics' entries, on the days of the answer.
pub(crate) fn series(answer: &Answer<'_>, metrics: &[Metric]) -> BTreeMap<&'static str, Vec<Option<f64>>> {
    let entries = |(metric, (_, values)): (&Metric, (_, forecast::Values<'_>))| {
        let entries = answer.sampling().iter().map(|day| metric.at(&values, day)).collect();
        (metric.name(), entries)
    };
    // The answer has the series in the order in which the question named them.
    by_name(metrics.iter().zip(answer.series()).map(entries))
}

/// The metrics' values on the current date, which is day 0 of a forecast.
pub(crate) fn current(answer: &Answer<'_>, metrics: &[Metric]) -> BTreeMap<&'static str, Option<f64>> {
    let value =
        |(metric, (_, values)): (&Metric, (_, forecast::Values<'_>))| (metric.name(), metric.at(&values, 0));
    by_name(metrics.iter().zip(answer.series()).map(value))
}

/// What to know about the metrics that are daily rates of running totals.
pub(crate) fn derived(metrics: &[Metric]) -> String {
    let derived: Vec<_> = metrics
        .iter()
        .filter(|metric| metric.name() != metric.series().name())
        .map(|metric| format!("{} is the day's own growth of {}", metric.name(), metric.series().name()))
        .collect();
    if derived.is_empty() {
        String::new()
    } else {
        format!(" {}; do not difference it again.", derived.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn six_digits_are_the_decimal_number_they_look_like() {
        for value in
            [1.0 / 3.0, 2e9 / 7.0, 617_000_000.123, 1e-30 / 3.0, -0.000_712_345_678, 0.999_999_9, 1e300 / 3.0]
        {
            assert_eq!(
                six_digits(value).to_string(),
                format!("{value:.5e}").parse::<f64>().unwrap().to_string()
            );
        }
        assert_eq!(six_digits(0.0).to_string(), "0");
    }

    #[test]
    fn a_model_reads_six_digits_and_no_exponents() {
        let text = rounded(&json!({"a": [612_345_678.9, 0.123_456_789, 1e-9, 0.0, 540, null]})).unwrap();
        assert_eq!(text, r#"{"a":[612346000,0.123457,0.000000001,0,540,null]}"#);
    }
}
