use std::fmt::Write as _;

use chrono::NaiveDate;
use economy::{Forecast, Series};
use network_data::calendar::{Resolution, Sampling};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use crate::{
    CONTROLS, Resolved, Scope, WeightingChoice,
    control::{Summary, summarise},
    resolve::start_of,
    warnings,
};

/// The answer to a question: what was assumed, the series, and what to be careful of.
///
/// It serialises to the reply of `/simulate`; the series go from the model's arrays to the writer without a copy.
pub struct Answer<'a> {
    pub(crate) asked: Resolved<'a>,
    pub(crate) forecast: Forecast,
    scope: Scope,
    days: usize,
    pub(crate) sampling: Sampling,
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
        let mut answer = Self { asked, forecast, scope, days, sampling, warnings: Vec::new() };
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

    fn values(&self, series: Series) -> Values<'_> {
        let (skipped, missing) = start_of(series, self.scope, self.asked.snapshot.historical_days());
        let all = self.forecast.series(series);
        Values {
            days: all.get(skipped..).unwrap_or_default(),
            before: skipped.checked_sub(1).and_then(|before| all.get(before)).copied(),
            missing,
            sampling: &self.sampling,
            whole: series.is_integer(),
        }
    }

    /// The answer as a table: `date`, then a column a series; an empty cell where there is no value.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let columns: Vec<_> = self.series().collect();
        // About twenty characters a number.
        let mut table = String::with_capacity((columns.len() + 1) * (self.sampling.len() + 1) * 20);
        table.push_str("date");
        for (series, _) in &columns {
            table.push(',');
            table.push_str(series.name());
        }
        table.push_str("\r\n");
        for (date, index) in self.sampling.dates().zip(&self.sampling) {
            // Writing to a String does not fail.
            let _ = write!(table, "{date}");
            for (_, values) in &columns {
                table.push(',');
                if let Some(value) = values.at(index) {
                    let _ = write!(table, "{value}");
                }
            }
            table.push_str("\r\n");
        }
        table
    }
}

/// One series of an answer.
pub struct Values<'a> {
    days: &'a [f64],
    /// The value of the day before the first, where the model has one.
    before: Option<f64>,
    /// Days at the start of the reply that the series does not cover.
    missing: usize,
    sampling: &'a Sampling,
    whole: bool,
}

impl Values<'_> {
    /// The value on the answer's day `index` (sampled or not), where there is one that is a finite number.
    #[must_use]
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
        self.sampling.iter().any(|index| index >= self.missing && self.at(index).is_none())
    }

    /// The values, day by day as sampled.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<f64>> {
        self.sampling.iter().map(|index| self.at(index))
    }
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.sampling.len()))?;
        for value in self.iter() {
            match value {
                Some(value) if self.whole => list.serialize_element(&(value as i64))?,
                value => list.serialize_element(&value)?,
            }
        }
        list.end()
    }
}

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reply = serializer.serialize_struct("Answer", 3)?;
        reply.serialize_field("input", &Input(self))?;
        reply.serialize_field("simulation_output", &Output(self))?;
        reply.serialize_field("warnings", &self.warnings)?;
        reply.end()
    }
}

/// The values that were used.
struct Input<'a, 'b>(&'b Answer<'a>);

impl Serialize for Input<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Answer { asked, sampling, .. } = self.0;
        let question = &asked.question;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("current date", &asked.snapshot.current_date())?;
        map.serialize_entry("data_source", asked.snapshot.source())?;
        map.serialize_entry("forecast_length_days", &question.forecast_days)?;
        map.serialize_entry("sector_duration_days", &question.sector_duration_days)?;
        for (info, value) in CONTROLS.iter().zip(&asked.controls) {
            map.serialize_entry(info.reply_name, &Summary { value, days: question.forecast_days })?;
        }
        map.serialize_entry("gamma_weight_type", &WeightingNames(asked))?;
        map.serialize_entry("use_available_supply", &question.use_available_supply)?;
        match &question.baseline_eib {
            Some(given) => map.serialize_entry("baseline_eib", &VectorSummary(given))?,
            None => map.serialize_entry("baseline_eib", "protocol")?,
        }
        map.serialize_entry("resolution", sampling.resolution().name())?;
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

struct WeightingNames<'a, 'b>(&'b Resolved<'a>);

impl Serialize for WeightingNames<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = self.0.weighting_names();
        match (&self.0.question.weighting, names.first()) {
            (WeightingChoice::Same(_), Some(name)) => serializer.serialize_str(name),
            _ => summarise(&names, serializer),
        }
    }
}

struct VectorSummary<'a>(&'a [f64]);

impl Serialize for VectorSummary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        summarise(self.0, serializer)
    }
}

/// The series, by name.
struct Output<'a, 'b>(&'b Answer<'a>);

impl Serialize for Output<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.asked.question.output.len()))?;
        for (series, values) in self.0.series() {
            map.serialize_entry(series.name(), &values)?;
        }
        map.end()
    }
}
