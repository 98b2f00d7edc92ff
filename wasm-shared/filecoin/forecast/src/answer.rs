use chrono::NaiveDate;
use economy::{Forecast, Series, Span};
use network_data::calendar::{Resolution, Sampling};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::{
    FIELDS, PerDay, Resolved, Scope,
    fields::name,
    per_day::{Summary, VectorSummary},
    reading::weighting_name,
    resolve::start_of,
    warnings,
};

/// The answer to a question: what was assumed, the series, and what to be careful of.
pub struct Answer<'a> {
    pub(crate) asked: Resolved<'a>,
    pub(crate) forecast: Forecast,
    scope: Scope,
    days: usize,
    pub(crate) sampling: Sampling,
    /// The days of [`Self::sampling`], counted from the first day of the answer: worked out once for all series.
    sampled: Vec<usize>,
    warnings: Vec<String>,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(
        asked: Resolved<'a>,
        forecast: Forecast,
        scope: Scope,
        by_path: Resolution,
        today: NaiveDate,
    ) -> Self {
        let (_, days) = asked.question.span(asked.snapshot, scope);
        let sampling = asked.question.sampling(asked.snapshot, scope, by_path);
        let sampled = sampling.iter().collect();
        let mut answer = Self { asked, forecast, scope, days, sampling, sampled, warnings: Vec::new() };
        answer.warnings = warnings::of(&answer, today);
        answer
    }

    /// What a careful analyst would add.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The days of the answer before sampling, from its first on: what [`Values::at`] counts.
    #[must_use]
    pub fn days(&self) -> usize {
        self.days
    }

    /// The values that were used, as the reply's `input` says them.
    #[must_use]
    pub fn input(&self) -> impl Serialize {
        Input(self)
    }

    /// The days that the series are given for.
    #[must_use]
    pub fn sampling(&self) -> &Sampling {
        &self.sampling
    }

    /// The series asked for, in that order, each with a value (or none) for every day of [`Self::sampling`].
    pub fn series(&self) -> impl Iterator<Item = (Series, Values<'_>)> {
        self.asked.question.output.iter().map(|series| (*series, self.values(*series)))
    }

    /// The value of a series on the current date, where it is a finite number. A weekly answer need not contain that day.
    #[must_use]
    pub fn current(&self, series: Series) -> Option<f64> {
        let day = if series.span() == Span::Forecast { 0 } else { self.asked.snapshot.historical_days() };
        self.forecast.series(series).get(day).copied().filter(|value| value.is_finite())
    }

    fn values(&self, series: Series) -> Values<'_> {
        let (skipped, missing) = start_of(series, self.scope, self.asked.snapshot.historical_days());
        let all = self.forecast.series(series);
        Values {
            days: all.get(skipped..).unwrap_or_default(),
            before: skipped.checked_sub(1).and_then(|before| all.get(before)).copied(),
            missing,
            sampled: &self.sampled,
        }
    }
}

/// One series of an answer.
pub struct Values<'a> {
    days: &'a [f64],
    /// The value of the day before the first, where the model has one.
    before: Option<f64>,
    /// Days at the start of the reply that the series does not cover.
    missing: usize,
    sampled: &'a [usize],
}

impl Values<'_> {
    /// The value on the answer's day `index` (sampled or not), where there is one that is a finite number.
    #[must_use]
    #[inline]
    pub fn at(&self, index: usize) -> Option<f64> {
        let value = self.days.get(index.checked_sub(self.missing)?)?;
        value.is_finite().then_some(*value)
    }

    /// What a running total grew by on the answer's day `index`: its value less that of the day before, which for the
    /// first day of a forecast is the last of the history.
    #[must_use]
    pub fn growth_at(&self, index: usize) -> Option<f64> {
        let before = match index.checked_sub(1) {
            Some(before) => self.at(before),
            None => self.before,
        };
        let growth = self.at(index)? - before?;
        growth.is_finite().then_some(growth)
    }

    /// Whether the reply shows a day that the series covers and has no value for.
    pub(crate) fn has_gaps(&self) -> bool {
        self.sampled.iter().any(|index| *index >= self.missing && self.at(*index).is_none())
    }

    /// The values, day by day as sampled.
    #[must_use]
    #[inline]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<f64>> {
        self.sampled.iter().map(|index| self.at(*index))
    }
}

/// The values that were used.
struct Input<'a, 'b>(&'b Answer<'a>);

impl Serialize for Input<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Answer { asked, sampling, .. } = self.0;
        let question = &asked.question;
        let days = question.forecast_days;
        let mut map = serializer.serialize_map(None)?;
        for (field, text) in [(name::NAME, &question.name), (name::LABEL, &question.label)] {
            if let Some(text) = text {
                map.serialize_entry(field, text)?;
            }
        }
        map.serialize_entry("current date", &asked.snapshot.current_date())?;
        map.serialize_entry("data_source", asked.snapshot.source())?;
        map.serialize_entry(name::LENGTH, &days)?;
        map.serialize_entry(name::DURATION, &question.sector_duration_days)?;
        for (field, value) in FIELDS.iter().zip(&asked.numbers) {
            map.serialize_entry(field.reply_name, &Summary { value, days })?;
        }
        let weighting = match &question.weighting {
            PerDay::Same(weighting) => PerDay::Same(weighting_name(*weighting)),
            PerDay::Daily(daily) => PerDay::Daily(daily.iter().copied().map(weighting_name).collect()),
        };
        map.serialize_entry(name::WEIGHTING, &Summary { value: &weighting, days })?;
        map.serialize_entry(name::AVAILABLE, &question.use_available_supply)?;
        match &question.baseline_eib {
            Some(given) => map.serialize_entry(name::BASELINE, &VectorSummary(given))?,
            None => map.serialize_entry(name::BASELINE, "protocol")?,
        }
        map.serialize_entry(name::RESOLUTION, sampling.resolution().name())?;
        map.serialize_entry("sim_start_date", &sampling.first_date())?;
        map.serialize_entry("sim_end_date", &sampling.last_date())?;
        map.serialize_entry("timestep_days", &sampling.timestep_days())?;
        map.serialize_entry("n_entries", &sampling.len())?;
        if sampling.resolution() == Resolution::Monthly {
            // Months are not equally long, so the days are listed.
            map.serialize_entry("dates", &sampling.dates().collect::<Vec<_>>())?;
        }
        map.end()
    }
}

impl Answer<'_> {
    /// What goes with the series: their values on the current date, and what they are.
    pub(crate) fn about(&self) -> impl Serialize {
        About {
            current: InOrder(self, |answer, series| {
                let value = answer.current(series)?;
                Some(if series.is_integer() { Value::from(value as i64) } else { Value::from(value) })
            }),
            series_meta: InOrder(self, |_, series| Meta::of(series)),
        }
    }
}

/// Members of a reply, by the name of the series and in the order asked for.
struct InOrder<'a, 'b, T>(&'b Answer<'a>, fn(&Answer<'a>, Series) -> T);

impl<T: Serialize> Serialize for InOrder<'_, '_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(answer, value) = self;
        serializer.collect_map(
            answer.asked.question.output.iter().map(|series| (series.name(), value(answer, *series))),
        )
    }
}

#[derive(serde::Serialize)]
struct About<'a, 'b> {
    current: InOrder<'a, 'b, Option<Value>>,
    series_meta: InOrder<'a, 'b, Meta>,
}

/// What a series is.
#[derive(serde::Serialize)]
struct Meta {
    unit: &'static str,
    kind: &'static str,
    meaning: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias_of: Option<&'static str>,
}

impl Meta {
    fn of(series: Series) -> Self {
        Self {
            unit: series.unit(),
            kind: series.kind().as_str(),
            meaning: series.meaning(),
            alias_of: series.alias_of().map(Series::name),
        }
    }
}
