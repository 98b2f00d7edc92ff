//! The ticks of a chart's axes, and how their numbers are written.

use chrono::{Datelike as _, NaiveDate};

/// An axis of values: from where to where, and the values that have a label.
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<f64>,
}

impl Axis {
    /// The axis that holds all values, with about so many ticks at round numbers (1, 2 or 5 times a power of ten).
    pub(super) fn holding(values: impl Iterator<Item = f64>, about: u32) -> Self {
        let (mut low, mut high) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        // What never comes near to zero is not shown from zero on, else all of it would be a flat line.
        if low > 0.0 && low < high * 0.6 {
            low = 0.0;
        }
        if high - low < 1e-12 * high.abs().max(1e-12) {
            let around = if high == 0.0 { 1.0 } else { high.abs() * 0.1 };
            (low, high) = (low - around, high + around);
        }
        let step = round_step((high - low) / f64::from(about.max(1)));
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let ticks = (0..=(last - first) as u32).map(|nth| (first + f64::from(nth)) * step);
        Self { low: first * step, high: last * step, ticks: ticks.collect() }
    }
}

/// The smallest of 1, 2, 5 and 10 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|times| times * power)
        .find(|step| *step >= least * 0.999)
        .unwrap_or(10.0 * power)
}

/// The first days of years that lie between two dates, as few as fit.
pub(super) fn years(first: NaiveDate, last: NaiveDate, most: usize) -> Vec<NaiveDate> {
    let all: Vec<NaiveDate> =
        (first.year() + 1..=last.year()).filter_map(|year| NaiveDate::from_ymd_opt(year, 1, 1)).collect();
    let step = [1, 2, 5, 10].into_iter().find(|step| all.len() / *step as usize <= most.max(1)).unwrap_or(10);
    all.into_iter().filter(|date| date.year() % step == 0).collect()
}

/// The first days of months between two dates, for a short chart.
pub(super) fn months(first: NaiveDate, last: NaiveDate, most: usize) -> Vec<NaiveDate> {
    let all: Vec<NaiveDate> =
        first.iter_days().take_while(|day| *day <= last).filter(|day| day.day() == 1).collect();
    let step = [1, 2, 3, 6].into_iter().find(|step| all.len() / *step as usize <= most.max(1)).unwrap_or(12);
    all.into_iter().filter(|date| date.month0().is_multiple_of(step)).collect()
}

/// A tick's number: a share as per cent, a large one with M or k.
pub(super) fn number(value: f64, unit: &str, step: f64) -> String {
    if unit == "fraction" {
        return format!("{}%", plain(value * 100.0, step * 100.0));
    }
    for (size, letter) in [(1e9, "B"), (1e6, "M"), (1e4, "k")] {
        if step.abs() * 20.0 >= size && value != 0.0 {
            let (size, letter) = if letter == "k" { (1e3, "k") } else { (size, letter) };
            return format!("{}{letter}", plain(value / size, step / size));
        }
    }
    plain(value, step)
}

/// With as many decimals as the step has.
fn plain(value: f64, step: f64) -> String {
    let decimals = (-step.abs().log10()).ceil().clamp(0.0, 9.0) as usize;
    format!("{:.decimals$}", if value == 0.0 { 0.0 } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_around_the_values() {
        let axis = Axis::holding([0.13, 0.29].into_iter(), 5);
        assert_eq!((axis.low, axis.ticks.len()), (0.0, 4));
        assert!(axis.high >= 0.29);
        let flat = Axis::holding([5.0, 5.0].into_iter(), 4);
        assert!(flat.low < 5.0 && flat.high > 5.0);
        let none = Axis::holding(std::iter::empty(), 4);
        assert_eq!((none.low, none.high), (0.0, 1.0));
        let negative = Axis::holding([-3.0, 8.0].into_iter(), 4);
        assert!(negative.low <= -3.0 && negative.ticks.contains(&0.0));
    }

    #[test]
    fn numbers_have_the_decimals_of_their_step() {
        assert_eq!(number(0.15, "fraction", 0.05), "15%");
        assert_eq!(number(750e6, "FIL", 50e6), "0.75B");
        assert_eq!(number(120e6, "FIL", 20e6), "120M");
        assert_eq!(number(2.5, "EiB", 0.5), "2.5");
        assert_eq!(number(0.0, "FIL", 50e6), "0");
        assert_eq!(number(120_000.0, "FIL/day", 20_000.0), "120k");
    }
}
