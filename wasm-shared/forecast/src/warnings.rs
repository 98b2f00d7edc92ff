//! What a careful analyst would say about a forecast before using it.

use chrono::{Days, NaiveDate};
use economy::{Forecast, Series};
use network_data::calendar::Sampling;

use crate::{Resolved, Scope, resolve::start_of};

/// Data of this age or less is as fresh as a daily refresh with a few days of trouble leaves it.
const FRESH_DAYS: i64 = 7;

/// What the protocol allows a sector to commit to, days (builtin-actors: 180 days to 3.5 years).
const PROTOCOL_DURATION_DAYS: std::ops::RangeInclusive<usize> = 180..=1278;

/// The source name of the demonstration network that is bundled with the functions.
const BUNDLED: &str = "bundled-demo";

pub(crate) fn of(
    asked: &Resolved<'_>,
    forecast: &Forecast,
    sampling: &Sampling,
    today: NaiveDate,
) -> Vec<String> {
    let all = [
        bundled_data(asked),
        old_data(asked, today),
        beyond_known_expirations(asked),
        unusual_duration(asked),
        negative_power(asked, forecast, Series::RbTotalPowerEib, "Raw byte power"),
        negative_power(asked, forecast, Series::QaTotalPowerEib, "Quality-adjusted power"),
        without_value(asked, forecast),
        no_day(sampling),
    ];
    all.into_iter().flatten().collect()
}

fn bundled_data(asked: &Resolved<'_>) -> Option<String> {
    (asked.snapshot.source() == BUNDLED).then(|| {
        "The data is the bundled demonstration network (source: bundled-demo), made from rounded monthly figures. \
         Load real data before relying on the numbers."
            .to_owned()
    })
}

fn old_data(asked: &Resolved<'_>, today: NaiveDate) -> Option<String> {
    let age = asked.snapshot.age_days(today);
    (age > FRESH_DAYS).then(|| {
        let date = asked.snapshot.current_date();
        format!("The data is {age} days old: the forecast starts on {date}, not today.")
    })
}

fn beyond_known_expirations(asked: &Resolved<'_>) -> Option<String> {
    let data = asked.snapshot.data();
    let known = data.rb_known_scheduled_expire_vec.len().min(data.qa_known_scheduled_expire_vec.len());
    (asked.question.forecast_days > known).then(|| {
        let last_known = asked.snapshot.current_date() + Days::new(known as u64);
        format!(
            "The horizon goes past the known expirations, which end before {last_known}: from then on only sectors \
             onboarded or renewed in the forecast expire."
        )
    })
}

fn unusual_duration(asked: &Resolved<'_>) -> Option<String> {
    let days = asked.question.sector_duration_days;
    (!PROTOCOL_DURATION_DAYS.contains(&days)).then(|| {
        format!(
            "A sector duration of {days} days is computed, but the protocol allows {} to {} days.",
            PROTOCOL_DURATION_DAYS.start(),
            PROTOCOL_DURATION_DAYS.end()
        )
    })
}

fn negative_power(asked: &Resolved<'_>, forecast: &Forecast, series: Series, what: &str) -> Option<String> {
    let history_days = asked.snapshot.historical_days();
    let horizon = forecast.series(series).iter().skip(history_days).take(asked.question.forecast_days);
    horizon.enumerate().find(|(_, power)| **power < 0.0).map(|(day, _)| {
        let date = asked.snapshot.current_date() + Days::new(day as u64);
        format!(
            "{what} becomes negative on {date}: more power expires than there is, because the model has no floor. \
             Numbers from then on have no meaning; raise rr or rbp."
        )
    })
}

/// Values that are no number within the horizon, where a value would be expected.
fn without_value(asked: &Resolved<'_>, forecast: &Forecast) -> Option<String> {
    let history_days = asked.snapshot.historical_days();
    let names = asked.question.output.iter().filter(|series| {
        let (start, _) = start_of(**series, Scope::Forecast, history_days);
        let horizon = forecast.series(**series).iter().skip(start).take(asked.question.forecast_days);
        horizon.clone().any(|value| !value.is_finite())
    });
    let names: Vec<_> = names.map(|series| series.name()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "Some days have no value (null) in {}: the model divides by what is zero there, such as power that \
             nobody onboards.",
            names.join(", ")
        )
    })
}

fn no_day(sampling: &Sampling) -> Option<String> {
    sampling.is_empty().then(|| {
        format!(
            "The horizon holds no day of the {} resolution, so the series are empty; ask for resolution daily.",
            sampling.resolution()
        )
    })
}
