//! Which figures of an answer come from somewhere.
//!
//! A figure is supported where one of its sources has a number that rounds to it, in the precision that it is written with: 12.3 is
//! supported by 12.345. A percentage is supported by the share too, and an amount with a word (million, k, EiB) by the number in full or
//! in the neighbouring units. Numbers that are no figures are left out: those of lists, dates, durations, names, and counts up to ten.

use std::collections::BTreeSet;

/// The figures of an answer that no source gives, as they are written, each once.
#[must_use]
pub fn unsupported<'a>(answer: &str, sources: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut known: Vec<f64> = Vec::new();
    let mut dates = BTreeSet::new();
    for source in sources {
        for number in numbers(source) {
            if number.is_in_date(source) {
                dates.insert(number.value as u32);
            } else {
                known.push(number.value);
            }
        }
    }
    known.sort_unstable_by(f64::total_cmp);
    known.dedup();
    let mut found: Vec<String> = Vec::new();
    for number in numbers(answer) {
        if number.is_figure(answer, &dates) && !number.is_among(&known) {
            let text = answer[number.start..number.unit_end].trim();
            if !found.iter().any(|known| known == text) {
                found.push(text.to_owned());
            }
        }
    }
    found
}

#[derive(Debug, PartialEq)]
struct Number {
    /// Without its sign.
    value: f64,
    /// Half of the last digit's worth.
    precision: f64,
    /// What the unit multiplies with, all possibilities.
    scales: &'static [f64],
    start: usize,
    end: usize,
    /// Where its unit ends.
    unit_end: usize,
    is_whole: bool,
}

/// Words and signs behind a number, and what it may stand for in a source.
const UNITS: [(&str, &[f64]); 18] = [
    ("%", &[1.0, 0.01]),
    ("percent", &[1.0, 0.01]),
    ("per cent", &[1.0, 0.01]),
    ("thousand", &[1.0, 1e3]),
    ("million", &[1.0, 1e6, 1e3]),
    ("billion", &[1.0, 1e9, 1e6]),
    ("trillion", &[1.0, 1e12]),
    ("k", &[1.0, 1e3]),
    ("M", &[1.0, 1e6]),
    ("B", &[1.0, 1e9]),
    ("bn", &[1.0, 1e9]),
    ("T", &[1.0, 1e12]),
    ("ZiB", &[1.0, 1024.0]),
    ("EiB", &[1.0, 1024.0, 0.000_976_562_5]),
    ("PiB", &[1.0, 1024.0, 0.000_976_562_5]),
    ("TiB", &[1.0, 0.000_976_562_5]),
    ("attoFIL", &[1.0, 1e-18]),
    ("nanoFIL", &[1.0, 1e-9]),
];

fn numbers(text: &str) -> Vec<Number> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        let (value, decimals, end) = read(bytes, start);
        at = end;
        let Some(value) = value else { continue };
        let exponent_end = exponent(bytes, end);
        let (value, end, scale) = match exponent_end {
            Some((power, end)) => (value * 10_f64.powi(power), end, 10_f64.powi(power)),
            None => (value, end, 1.0),
        };
        at = end;
        let (scales, unit_end) = unit(text, end);
        found.push(Number {
            value,
            precision: 0.5 * 10_f64.powi(-decimals) * scale,
            scales,
            start,
            end,
            unit_end,
            is_whole: decimals == 0,
        });
    }
    found
}

/// Digits with commas or thin spaces between thousands, and a decimal point.
fn read(bytes: &[u8], start: usize) -> (Option<f64>, i32, usize) {
    let mut digits = String::new();
    let mut at = start;
    let three = |at: usize| {
        bytes.len() >= at + 3
            && bytes[at..at + 3].iter().all(u8::is_ascii_digit)
            && !bytes.get(at + 3).is_some_and(u8::is_ascii_digit)
    };
    while at < bytes.len() {
        match bytes[at] {
            digit if digit.is_ascii_digit() => digits.push(char::from(digit)),
            b',' if three(at + 1)
                && (1..=3)
                    .contains(&(digits.len() % 3 + if digits.len().is_multiple_of(3) { 3 } else { 0 })) => {}
            _ => break,
        }
        at += 1;
    }
    let mut decimals = 0;
    if bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
        digits.push('.');
        at += 1;
        while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
            digits.push(char::from(*digit));
            decimals += 1;
            at += 1;
        }
    }
    (digits.parse().ok(), decimals, at)
}

fn exponent(bytes: &[u8], at: usize) -> Option<(i32, usize)> {
    if !matches!(bytes.get(at), Some(b'e' | b'E')) {
        return None;
    }
    let mut end = at + 1;
    if matches!(bytes.get(end), Some(b'+' | b'-')) {
        end += 1;
    }
    let digits = end;
    while bytes.get(end).is_some_and(u8::is_ascii_digit) {
        end += 1;
    }
    let power: i32 = std::str::from_utf8(&bytes[at + 1..end]).ok()?.parse().ok()?;
    (end > digits && power.abs() < 300).then_some((power, end))
}

fn unit(text: &str, end: usize) -> (&'static [f64], usize) {
    let rest = &text[end..];
    let blank = rest.len() - rest.trim_start_matches([' ', '\u{a0}', '\u{202f}']).len();
    let word = &rest[blank.min(rest.len())..];
    if blank <= 3 {
        for (unit, scales) in UNITS {
            let ends = |after: &str| unit == "%" || !after.starts_with(|c: char| c.is_alphanumeric());
            if word.strip_prefix(unit).is_some_and(ends) {
                return (scales, end + blank + unit.len());
            }
        }
    }
    (&[1.0], end)
}

impl Number {
    fn is_figure(&self, text: &str, years: &BTreeSet<u32>) -> bool {
        let before = text[..self.start].chars().next_back();
        let after = &text[self.end..];
        // A part of a name, as in FIP-0081, 1y_sector_roi or Q4.
        let is_name = before == Some('-') && text[..self.start - 1].ends_with(char::is_alphabetic);
        if is_name || before.is_some_and(|c| c.is_alphanumeric() || c == '_') || after.starts_with('_') {
            return false;
        }
        let line = text[..self.start].rsplit('\n').next().unwrap_or_default();
        let is_list =
            line.trim().trim_matches(['#', '*', '>', '-', ' ']).is_empty() && after.starts_with(['.', ')']);
        if is_list && after[1..].starts_with([' ', '*']) {
            return false;
        }
        if self.is_whole && self.is_duration_or_date(before, text, after, years) {
            return false;
        }
        // Counts: "the 3 scenarios". A percentage is none, nor what has a unit.
        !(self.is_whole && self.value <= 10.0 && self.scales.len() == 1)
    }

    fn is_duration_or_date(
        &self,
        before: Option<char>,
        text: &str,
        after: &str,
        years: &BTreeSet<u32>,
    ) -> bool {
        let word =
            after.trim_start_matches([' ', '-', '\u{a0}', '\u{2011}', '\u{2013}']).to_ascii_lowercase();
        let is_duration = ["day", "week", "month", "year", "hour", "minute", "second"]
            .iter()
            .any(|unit| word.starts_with(unit));
        let is_month_day = self.value <= 31.0
            && MONTHS.iter().any(|month| {
                word.starts_with(month) || text[..self.start].trim_end().to_ascii_lowercase().ends_with(month)
            });
        let is_year = (1900.0..2200.0).contains(&self.value)
            && before != Some('$')
            && self.scales.len() == 1
            && years.contains(&(self.value as u32));
        is_duration || self.is_in_date(text) || is_month_day || is_year
    }

    /// Whether it is a part of a date or a time, as in 2026-11-22 or 12:30.
    fn is_in_date(&self, text: &str) -> bool {
        let joins = |neighbour: Option<u8>, beyond: Option<u8>| {
            matches!(neighbour, Some(b'-' | b'/' | b':')) && beyond.is_some_and(|c| c.is_ascii_digit())
        };
        let bytes = text.as_bytes();
        let at = |index: Option<usize>| index.and_then(|index| bytes.get(index).copied());
        self.is_whole
            && (joins(at(self.start.checked_sub(1)), at(self.start.checked_sub(2)))
                || joins(at(Some(self.end)), at(Some(self.end + 1))))
    }

    fn is_among(&self, known: &[f64]) -> bool {
        self.scales.iter().any(|scale| {
            // A little more than half of the last digit: numbers in decimals are not exact.
            let (value, precision) = (self.value * scale, self.precision * scale * 1.000_001 + f64::EPSILON);
            let from = known.partition_point(|known| *known < value - precision);
            known.get(from).is_some_and(|known| *known <= value + precision)
        })
    }
}

const MONTHS: [&str; 24] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
];
