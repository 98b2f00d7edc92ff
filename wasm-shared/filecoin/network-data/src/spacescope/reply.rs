use chrono::{Days, NaiveDate};

use super::{
    DayRange, ReplyError, Statistic,
    rows::{self, Unreadable},
    scanner::{Broken, Value},
};

/// The table of expirations ends long before this day: a later one is a mistake.
const LATEST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2100, 1, 1).expect("a date of the calendar");

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
    let whole_table = statistic == Statistic::Expirations;
    let mut found = Vec::new();
    let taken = rows::read(statistic, body, |row| {
        let day = day_of(statistic, row.day)?;
        if whole_table && day < asked.first {
            return Ok(());
        }
        if !whole_table && !asked.contains(day) || day >= LATEST_DAY {
            let detail = format!("is outside the range asked for, {asked}");
            return Err(ReplyError::new(statistic, detail).on(day).field(statistic.day_field()));
        }
        let mut figures = Vec::with_capacity(row.figures.len());
        for (field, given) in statistic.fields().iter().zip(&row.figures) {
            let figure =
                figure(*given).map_err(|wrong| ReplyError::new(statistic, wrong).on(day).field(field))?;
            figures.push(figure);
        }
        found.push(DailyRow { day, figures });
        Ok(())
    });
    taken.map_err(|unreadable| refused(statistic, body, unreadable))?;
    found.sort_by_key(|row| row.day);
    if let Some([twice, _]) = found.array_windows().find(|[row, next]| row.day == next.day) {
        return Err(ReplyError::new(statistic, "the day is there twice").on(twice.day));
    }
    if whole_table && found.is_empty() {
        return Err(ReplyError::new(statistic, "the table holds no data from this day on").on(asked.first));
    }
    let days: Vec<NaiveDate> = found.iter().map(|row| row.day).filter(|day| asked.contains(*day)).collect();
    if let Some(missing) = first_gap(asked.first, &days) {
        return Err(ReplyError::new(statistic, "the day is missing between days that are there").on(missing));
    }
    Ok(found)
}

/// The first day that is missing before another; `days` ascend.
pub(super) fn first_gap(first: NaiveDate, days: &[NaiveDate]) -> Option<NaiveDate> {
    let expected = first.iter_days().zip(days);
    expected.into_iter().find(|(expected, day)| expected != *day).map(|(expected, _)| expected)
}

fn refused(statistic: Statistic, body: &[u8], unreadable: Unreadable) -> ReplyError {
    let broken = match unreadable {
        Unreadable::Row(error) => return error,
        Unreadable::NoRows => {
            let detail = "the reply has no list `data` of objects; has the API changed?";
            return ReplyError::new(statistic, detail);
        }
        Unreadable::Json(broken) => broken,
    };
    if body.trim_ascii_start().first() == Some(&b'<') {
        return ReplyError::new(statistic, "the reply is a web page and not JSON; is the base URL right?");
    }
    let (wrong, cut) = match broken {
        Broken::Cut => (format!("it ends after {} bytes", body.len()), true),
        Broken::At(byte) => (format!("from byte {byte} on"), false),
    };
    ReplyError { cut, ..ReplyError::new(statistic, format!("the reply is not JSON ({wrong})")) }
}

fn day_of(statistic: Statistic, given: Option<Value<'_>>) -> Result<NaiveDate, ReplyError> {
    let wrong = |detail: String| ReplyError::new(statistic, detail).field(statistic.day_field());
    let text = match given {
        None => return Err(wrong("is missing from a row".to_owned())),
        Some(Value::Text(text)) => text,
        Some(_) => return Err(wrong("is not a date".to_owned())),
    };
    // Some of the API's dates come with a time of day, which is always midnight.
    let date = text.split_once(['T', ' ']).map_or(text, |(date, _)| date);
    date_of(date)
        .ok_or_else(|| wrong(format!("{:?} is not a date", text.chars().take(40).collect::<String>())))
}

/// A day as `2025-09-01`. A refresh reads thousands of them; `chrono`'s own reader took a quarter of the CPU of its largest steps.
#[must_use]
pub fn date_of(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// A figure, given as a number or as text.
fn figure(given: Option<Value<'_>>) -> Result<f64, String> {
    let value = match given {
        None => return Err("is missing; was it renamed?".to_owned()),
        Some(Value::Null) => return Err("is null".to_owned()),
        Some(Value::Number(number)) => Some(number),
        Some(Value::Text(text)) => text.trim().parse().ok(),
        Some(Value::Else) => None,
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;

    const DEALS: Statistic = Statistic::Deals;

    fn asked() -> DayRange {
        let day = |text: &str| text.parse().unwrap();
        DayRange { first: day("2025-09-01"), last: day("2025-09-02") }
    }

    fn row(day: &str, regular: &str) -> String {
        format!(
            r#"{{"stat_date":{day},"unused":{{"a":[1,{{}}]}},"daily_activated_regular_deal_size":{regular},"daily_activated_verified_deal_size":"2.5"}}"#
        )
    }

    fn read(body: &str) -> Result<Vec<Vec<f64>>, ReplyError> {
        read_reply(DEALS, asked(), body.as_bytes())
            .map(|rows| rows.into_iter().map(|row| row.figures).collect())
    }

    #[test]
    fn figures_are_read_as_numbers_or_texts_in_any_order_of_days() {
        let rows = [row(r#""2025-09-02T00:00:00Z""#, "7"), row(r#""2025-09-01""#, r#"" 1e3 ""#)].join(",");
        assert_eq!(read(&format!(r#"{{"code":0,"data":[{rows}]}}"#)).unwrap(), [[1000.0, 2.5], [7.0, 2.5]]);
        assert_eq!(read(r#"{"data":[]}"#).unwrap(), [[0.0; 2]; 0]);
    }

    #[test]
    fn what_is_wrong_with_a_reply_is_told() {
        let good = r#""2025-09-01""#;
        for (body, said) in [
            (r#"{"data":[{"stat_date":"2025-0"#.to_owned(), "is not JSON"),
            (r#"{"data":[]} trailing"#.to_owned(), "is not JSON"),
            (" <html>".to_owned(), "web page"),
            ("[]".to_owned(), "no list `data`"),
            (r#"{"rows":[]}"#.to_owned(), "no list `data`"),
            (r#"{"data":{}}"#.to_owned(), "no list `data`"),
            (r#"{"data":[[]]}"#.to_owned(), "no list `data`"),
            (r#"{"data":[{}]}"#.to_owned(), "is missing from a row"),
            (format!(r#"{{"data":[{}]}}"#, row("20250901", "1")), "is not a date"),
            (format!(r#"{{"data":[{}]}}"#, row(r#""yesterday""#, "1")), "is not a date"),
            (format!(r#"{{"data":[{}]}}"#, row(r#""2025-09-03""#, "1")), "outside the range"),
            (format!(r#"{{"data":[{}]}}"#, row(r#""2025-09-02""#, "1")), "missing between days"),
            (format!(r#"{{"data":[{}]}}"#, row(r#""9999-12-31""#, "1")), "outside the range"),
            (format!(r#"{{"data":[{0},{0}]}}"#, row(good, "1")), "there twice"),
            (format!(r#"{{"data":[{}]}}"#, row(good, "null")), "is null"),
            (format!(r#"{{"data":[{}]}}"#, row(good, "true")), "is not a number"),
            (format!(r#"{{"data":[{}]}}"#, row(good, "[1]")), "is not a number"),
            (format!(r#"{{"data":[{}]}}"#, row(good, r#"{"a":1}"#)), "is not a number"),
            (format!(r#"{{"data":[{}]}}"#, row(good, r#""NaN""#)), "is not finite"),
            (format!(r#"{{"data":[{}]}}"#, row(good, "-1")), "is negative"),
            (r#"{"data":[{"stat_date":"2025-09-01"}]}"#.to_owned(), "was it renamed"),
        ] {
            let refused = read(&body).unwrap_err();
            assert!(refused.detail.contains(said), "{body}: {}", refused.detail);
        }
    }

    #[test]
    fn a_reply_that_breaks_off_is_told_from_one_that_is_wrong() {
        let cut = |body: &str| read(body).unwrap_err().cut;
        assert!(cut(r#"{"data":[{"stat_date":"2025-0"#) && cut(r#"{"data":["#) && cut(""));
        assert!(!cut(r#"{"data":{}}"#) && !cut(r#"{"data":[}"#));
    }
}
