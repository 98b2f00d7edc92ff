use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::{
    DayRange, ReplyError, Statistic,
    rows::{Given, Row, parse},
};

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
    let Some(rows) = parse(statistic, body).map_err(|error| not_json(statistic, body, &error))? else {
        return Err(ReplyError::new(statistic, "the reply has no list `data`; has the API changed?"));
    };
    let whole_table = statistic == Statistic::Expirations;
    let mut found = BTreeMap::new();
    for row in rows {
        let Row { day, figures } = row;
        let day = day_of(statistic, day)?;
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
            .zip(figures)
            .map(|(field, given)| figure(&given).map_err(|wrong| (field, wrong)))
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
    if error.is_data() {
        let detail = format!("the reply has no list `data` of objects ({error}); has the API changed?");
        return ReplyError::new(statistic, detail);
    }
    let detail = format!("the reply is not JSON ({error})");
    ReplyError { cut: error.is_eof(), ..ReplyError::new(statistic, detail) }
}

fn day_of(statistic: Statistic, given: Given<'_>) -> Result<NaiveDate, ReplyError> {
    let wrong = |detail: String| ReplyError::new(statistic, detail).field(statistic.day_field());
    let text = match given {
        Given::Nothing => return Err(wrong("is missing from a row".to_owned())),
        Given::Text(text) => text,
        _ => return Err(wrong("is not a date".to_owned())),
    };
    // Some of the API's dates come with a time of day, which is always midnight.
    let date = text.split_once(['T', ' ']).map_or(&*text, |(date, _)| date);
    date.parse().map_err(|_| wrong(format!("{:?} is not a date", text.chars().take(40).collect::<String>())))
}

/// A figure, given as a number or as text.
fn figure(given: &Given<'_>) -> Result<f64, String> {
    let value = match given {
        Given::Nothing => return Err("is missing; was it renamed?".to_owned()),
        Given::Null => return Err("is null".to_owned()),
        Given::Number(number) => Some(*number),
        Given::Text(text) => text.trim().parse().ok(),
        Given::Else => None,
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
