use chrono::{Days, NaiveDate};
use economy::defaults::SMOOTHING_DAYS;

use super::{Finding, Findings, Refused};
use crate::{
    columns::{COLUMNS, START_VALUES, Span},
    data::{FilplusRate, NETWORK_START, SnapshotData, WINDOW_DAYS},
};

/// The shortest history, in days: the medians that forecasts start from are taken over 30.
pub const FEWEST_HISTORY_DAYS: usize = SMOOTHING_DAYS;

/// The most entries of any column: a hundred years, so that a hostile file cannot demand unbounded work.
pub const LONGEST_COLUMN: usize = 36_500;

/// The latest current date that is taken for one; whether it is of the future is asked of a clock.
pub const LATEST_CURRENT_DATE: NaiveDate =
    NaiveDate::from_ymd_opt(2100, 1, 1).expect("a date of the calendar");

/// The longest name of a source.
const LONGEST_SOURCE: usize = 64;

/// Dates in order, lengths as the dates demand, every number finite.
pub(crate) fn shape(data: &SnapshotData) -> Result<(), Refused> {
    let mut findings = Findings::default();
    if let Some(problem) = refuse_source(&data.source) {
        findings.add(problem);
    }
    // Lengths mean nothing while the dates are wrong.
    if dates(data, &mut findings) {
        lengths(data, &mut findings);
    }
    finite(data, &mut findings);
    findings.into_result()
}

/// Refuses the name of a source that could not stand in a reply, a log line or an `ETag` as it is.
pub(crate) fn refuse_source(source: &str) -> Option<Finding> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (source.is_empty() || source.len() > LONGEST_SOURCE || !source.chars().all(plain)).then(|| {
        Finding::new(
            "/source",
            "is no name of a source: use 1 to 64 letters, digits, '-', '_' and '.', such as \"spacescope\" or \"import\"",
        )
    })
}

fn dates(data: &SnapshotData, findings: &mut Findings) -> bool {
    let (start, current) = (data.start_date, data.current_date);
    let wrong = if start < NETWORK_START {
        Some((
            "/start_date",
            start,
            format!("is before the network's first day, {NETWORK_START}; start the history then or later"),
        ))
    } else if current > LATEST_CURRENT_DATE {
        Some((
            "/current_date",
            current,
            format!("is after {LATEST_CURRENT_DATE}; give the last day that has data"),
        ))
    } else if data.historical_days() < FEWEST_HISTORY_DAYS {
        Some((
            "/current_date",
            current,
            format!(
                "is less than {FEWEST_HISTORY_DAYS} days after the start date, {start}: \
                 the medians that forecasts start from need that many; start the history earlier"
            ),
        ))
    } else {
        None
    };
    let right = wrong.is_none();
    if let Some((pointer, day, detail)) = wrong {
        findings.add(Finding::on(pointer, day, detail));
    }
    right
}

fn lengths(data: &SnapshotData, findings: &mut Findings) {
    let historical_days = data.historical_days();
    let (start, current) = (data.start_date, data.current_date);
    for column in &COLUMNS {
        let Some(values) = (column.get)(data) else { continue };
        let found = values.len();
        match column.span.demanded(historical_days) {
            Some(demanded) if found != demanded => {
                let through = if column.span == Span::Before { current - Days::new(1) } else { current };
                let detail = format!(
                    "has {found} entries where the days from {start} through {through} demand {demanded}; \
                     fill in or cut the days that differ, or correct the dates"
                );
                findings.add(Finding::on(
                    column.pointer(),
                    column.span.day(data, found.min(demanded)),
                    detail,
                ));
            }
            None if found > LONGEST_COLUMN => {
                let detail = format!(
                    "has more than {LONGEST_COLUMN} entries; end it with the last day that is not zero"
                );
                findings.add(Finding::on(column.pointer(), column.span.day(data, LONGEST_COLUMN), detail));
            }
            _ => {}
        }
    }
    if let FilplusRate::Daily(rates) = &data.filplus_rate {
        let (fewest, most) = (historical_days.min(WINDOW_DAYS) + 1, historical_days + 1);
        if !(fewest..=most).contains(&rates.len()) {
            let detail = format!(
                "has {} entries where {fewest} to {most} are needed, the last of them for {current}; \
                 fill in the missing days, or leave the list out and give /smoothed_metrics/filplus_rate",
                rates.len()
            );
            findings.add(Finding::on("/historical_arrays/filplus_rate", current, detail));
        }
    }
}

fn finite(data: &SnapshotData, findings: &mut Findings) {
    let not_finite = |index: usize, values: &[f64]| {
        (!values[index].is_finite())
            .then(|| format!("is {}; give a finite number for every day", values[index]))
    };
    for column in &COLUMNS {
        if let Some(values) = (column.get)(data) {
            findings.first_wrong(&column.pointer(), values, |index| column.span.day(data, index), not_finite);
        }
    }
    match &data.filplus_rate {
        FilplusRate::Daily(rates) => {
            findings.first_wrong(
                "/historical_arrays/filplus_rate",
                rates,
                |index| day_from_end(data, rates, index),
                not_finite,
            );
        }
        FilplusRate::Median(rate) if !rate.is_finite() => {
            findings.add(Finding::new(
                "/smoothed_metrics/filplus_rate",
                format!("is {rate}; give a finite number"),
            ));
        }
        FilplusRate::Median(_) => {}
    }
    for start_value in &START_VALUES {
        let value = (start_value.get)(data);
        if !value.is_finite() {
            let detail = format!("is {value}; give the finite figure of that day");
            findings.add(Finding::on(start_value.pointer(), data.start_date, detail));
        }
    }
}

/// The day of entry `index` of a list whose last entry is the current date.
pub(super) fn day_from_end(data: &SnapshotData, values: &[f64], index: usize) -> Option<NaiveDate> {
    let back = values.len().checked_sub(index + 1)?;
    data.current_date.checked_sub_days(Days::new(back as u64))
}
