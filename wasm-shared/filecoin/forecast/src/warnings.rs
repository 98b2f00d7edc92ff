//! What a careful analyst would say about a forecast before using it.

use chrono::{Days, NaiveDate};
use economy::Series;
use network_data::{BUNDLED_SOURCE, Snapshot};

use crate::{Answer, FIELDS, PerDay};

/// Data of this age or less is as fresh as a daily refresh with a few days of trouble leaves it.
const FRESH_DAYS: i64 = 7;

/// What the protocol allows a sector to commit to, days (builtin-actors: 180 days to 3.5 years).
const PROTOCOL_DURATION_DAYS: std::ops::RangeInclusive<usize> = 180..=1278;

pub(crate) fn of(answer: &Answer<'_>, today: NaiveDate) -> Vec<String> {
    let mut warnings = answer.asked.question.warnings.clone();
    warnings.extend(unusual_defaults(answer));
    warnings.extend(data_warnings(answer.asked.snapshot, answer.asked.question.forecast_days, today));
    let others = [
        unusual_duration(answer),
        negative_raw_power(answer),
        negative_qa_power(answer),
        floored_supply(answer),
        without_value(answer),
        no_day(answer),
    ];
    warnings.extend(others.into_iter().flatten());
    warnings
}

/// What a request gives is within the ranges; what the network's present state gives need not be.
fn unusual_defaults(answer: &Answer<'_>) -> Vec<String> {
    let defaults = FIELDS.iter().zip(&answer.asked.numbers).filter_map(|(field, value)| match value {
        PerDay::Same(value) if !field.admits(*value) => Some(format!(
            "{} was left out and is taken as {}, which is {value} and outside {}; give a value of your own.",
            field.name,
            field.default_in_words,
            field.range()
        )),
        _ => None,
    });
    defaults.collect()
}

/// What is to be said of the data behind every forecast of so many days, whatever it assumes: that they are made up or old,
/// and up to which day they know what expires and what is released.
#[must_use]
pub fn data_warnings(snapshot: &Snapshot, forecast_days: usize, today: NaiveDate) -> Vec<String> {
    let warnings = [
        bundled_data(snapshot),
        old_data(snapshot, today),
        beyond_known_expirations(snapshot, forecast_days),
        beyond_known_releases(snapshot, forecast_days),
    ];
    warnings.into_iter().flatten().collect()
}

fn bundled_data(snapshot: &Snapshot) -> Option<String> {
    (snapshot.source() == BUNDLED_SOURCE).then(|| {
        format!(
            "The data is the bundled demonstration network (source: {BUNDLED_SOURCE}), made from rounded monthly \
             figures. Load real data before relying on the numbers."
        )
    })
}

fn old_data(snapshot: &Snapshot, today: NaiveDate) -> Option<String> {
    let age = snapshot.age_days(today);
    (age > FRESH_DAYS).then(|| {
        let date = snapshot.current_date();
        format!("The data is {age} days old: the forecast starts on {date}, not today.")
    })
}

fn beyond_known_expirations(snapshot: &Snapshot, forecast_days: usize) -> Option<String> {
    let data = snapshot.data();
    let known = data.rb_known_scheduled_expire_vec.len().min(data.qa_known_scheduled_expire_vec.len());
    (forecast_days > known).then(|| {
        let last_known = forecast_date(snapshot, known);
        format!(
            "The horizon goes past the known expirations, which end before {last_known}: from then on only sectors \
             onboarded or renewed in the forecast expire."
        )
    })
}

fn beyond_known_releases(snapshot: &Snapshot, forecast_days: usize) -> Option<String> {
    let releases = snapshot.data().known_scheduled_pledge_release_full_vec.len();
    let known = releases.saturating_sub(snapshot.historical_days());
    (forecast_days > known).then(|| {
        let last_known = forecast_date(snapshot, known);
        format!(
            "The horizon goes past the known pledge releases, which end before {last_known}: from then on only \
             pledge locked in the forecast is released."
        )
    })
}

fn unusual_duration(answer: &Answer<'_>) -> Option<String> {
    let days = answer.asked.question.sector_duration_days;
    (!PROTOCOL_DURATION_DAYS.contains(&days)).then(|| {
        format!(
            "A sector duration of {days} days is computed, but the protocol allows {} to {} days.",
            PROTOCOL_DURATION_DAYS.start(),
            PROTOCOL_DURATION_DAYS.end()
        )
    })
}

fn negative_raw_power(answer: &Answer<'_>) -> Option<String> {
    first_negative(answer, Series::RbTotalPowerEib).map(|day| negative_power(answer, day, "Raw byte power"))
}

/// Quality-adjusted power is capped by raw byte power, so it need be said only where it is negative before that.
fn negative_qa_power(answer: &Answer<'_>) -> Option<String> {
    let day = first_negative(answer, Series::QaTotalPowerEib)?;
    let alone = first_negative(answer, Series::RbTotalPowerEib).is_none_or(|raw| day < raw);
    alone.then(|| negative_power(answer, day, "Quality-adjusted power"))
}

fn negative_power(answer: &Answer<'_>, day: usize, what: &str) -> String {
    let date = forecast_date(answer.asked.snapshot, day);
    format!(
        "{what} becomes negative on {date}: more power expires than there is, because the model has no floor. \
         Numbers from then on have no meaning; raise rr or rbp."
    )
}

/// The first day of the horizon on which a series is below zero, counted from the current date.
fn first_negative(answer: &Answer<'_>, series: Series) -> Option<usize> {
    let from_current = answer.forecast.series(series).iter().skip(answer.asked.snapshot.historical_days());
    from_current.take(answer.asked.question.forecast_days).position(|power| *power < 0.0)
}

fn floored_supply(answer: &Answer<'_>) -> Option<String> {
    let snapshot = answer.asked.snapshot;
    let horizon = snapshot.historical_days() + answer.asked.question.forecast_days;
    answer.forecast.first_floored_supply().filter(|day| *day < horizon).map(|day| {
        let date = snapshot.start_date() + Days::new(day as u64);
        format!(
            "Locked FIL, circulating or available supply reaches the model's floor of zero on {date}: more is locked \
             than there is, or more released than was locked. Numbers from then on have no meaning."
        )
    })
}

/// Values that are no number, where the reply shows a day that the series covers.
fn without_value(answer: &Answer<'_>) -> Option<String> {
    let incomplete = answer.series().filter(|(_, values)| values.has_gaps());
    let names: Vec<_> = incomplete.map(|(series, _)| series.name()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "Some days have no value (null) in {}: the model divides by what is zero there, such as power that \
             nobody onboards.",
            names.join(", ")
        )
    })
}

fn no_day(answer: &Answer<'_>) -> Option<String> {
    answer.sampling.is_empty().then(|| {
        format!(
            "The horizon holds no day of the {} resolution, so the series are empty; ask for resolution daily.",
            answer.sampling.resolution()
        )
    })
}

/// The date of a day of the forecast.
fn forecast_date(snapshot: &Snapshot, day: usize) -> NaiveDate {
    snapshot.current_date() + Days::new(day as u64)
}
