use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value};

use super::{DayRange, ReplyError, Statistic};

/// One day of one statistic: its figures in the order of [`Statistic::fields`], none negative.
#[derive(Clone, Debug, PartialEq)]
pub struct DailyRow {
    /// The day.
    pub day: NaiveDate,
    /// The figures.
    pub figures: Vec<f64>,
}

/// Reads and checks a reply. `asked` is the range that was asked for; of the table of expirations, which is not asked for
/// by range, the days that have to be there.
///
/// The rows come back in order, without a gap from the first day asked: it may end before the last day asked, where the
/// source does not have it yet. Rows of the table of expirations before the range are left out, and those after it may
/// have gaps: on such a day nothing is scheduled.
///
/// # Errors
/// What is wrong, with path, day and field.
pub fn read_reply(statistic: Statistic, asked: DayRange, body: &[u8]) -> Result<Vec<DailyRow>, ReplyError> {
    let document: Value = serde_json::from_slice(body).map_err(|error| not_json(statistic, body, &error))?;
    let Some(rows) = document.get("data").and_then(Value::as_array) else {
        return Err(ReplyError::new(statistic, "the reply has no list `data`; has the API changed?"));
    };
    let whole_table = statistic == Statistic::Expirations;
    let mut found = BTreeMap::new();
    for row in rows {
        let Some(row) = row.as_object() else {
            return Err(ReplyError::new(statistic, "an entry of `data` is not an object"));
        };
        let day = day_of(statistic, row)?;
        if whole_table && day < asked.first {
            continue;
        }
        if !whole_table && !asked.contains(day) {
            let detail = format!("is outside the range asked for, {asked}");
            return Err(ReplyError::new(statistic, detail).on(day).field(statistic.day_field()));
        }
        let figures = statistic
            .fields()
            .iter()
            .map(|field| figure(row.get(*field)).map_err(|wrong| (field, wrong)))
            .collect::<Result<Vec<f64>, _>>()
            .map_err(|(field, wrong)| ReplyError::new(statistic, wrong).on(day).field(field))?;
        if found.insert(day, figures).is_some() {
            return Err(ReplyError::new(statistic, "the day is there twice").on(day));
        }
    }
    if whole_table && found.is_empty() {
        return Err(ReplyError::new(statistic, "the table holds no data from this day on").on(asked.first));
    }
    let days: Vec<NaiveDate> = found.keys().copied().filter(|day| asked.contains(*day)).collect();
    if let Some(missing) = first_gap(asked.first, &days) {
        return Err(ReplyError::new(statistic, "the day is missing between days that are there").on(missing));
    }
    Ok(found.into_iter().map(|(day, figures)| DailyRow { day, figures }).collect())
}

/// The first day that is missing before another; `days` ascend.
pub(super) fn first_gap(first: NaiveDate, days: &[NaiveDate]) -> Option<NaiveDate> {
    let expected = first.iter_days().zip(days);
    expected.into_iter().find(|(expected, day)| expected != *day).map(|(expected, _)| expected)
}

fn not_json(statistic: Statistic, body: &[u8], error: &serde_json::Error) -> ReplyError {
    if body.trim_ascii_start().first() == Some(&b'<') {
        return ReplyError::new(statistic, "the reply is a web page and not JSON; is the base URL right?");
    }
    let detail = format!("the reply is not JSON ({error})");
    ReplyError { cut: error.is_eof(), ..ReplyError::new(statistic, detail) }
}

fn day_of(statistic: Statistic, row: &Map<String, Value>) -> Result<NaiveDate, ReplyError> {
    let field = statistic.day_field();
    let wrong = |detail: String| ReplyError::new(statistic, detail).field(field);
    let given = row.get(field).ok_or_else(|| wrong("is missing from a row".to_owned()))?;
    let text = given.as_str().ok_or_else(|| wrong("is not a date".to_owned()))?;
    // Some of the API's dates come with a time of day, which is always midnight.
    let date = text.split_once(['T', ' ']).map_or(text, |(date, _)| date);
    date.parse().map_err(|_| wrong(format!("{:?} is not a date", text.chars().take(40).collect::<String>())))
}

/// A figure, given as a number or as text.
fn figure(given: Option<&Value>) -> Result<f64, String> {
    let value = match given {
        None => return Err("is missing; was it renamed?".to_owned()),
        Some(Value::Null) => return Err("is null".to_owned()),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    match value {
        Some(value) if !value.is_finite() => Err("is not finite".to_owned()),
        Some(value) if value < 0.0 => Err(format!("is negative ({value})")),
        Some(value) => Ok(value),
        None => Err("is not a number".to_owned()),
    }
}

/// The day after.
pub(super) fn next(day: NaiveDate) -> NaiveDate {
    day + Days::new(1)
}
