use std::ops::Range;

use chrono::{Days, NaiveDate};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{Anchor, Field, HistoricalQuery, fields::Values};
use crate::{
    calendar::{Resolution, Sampled, Sampling},
    snapshot::Snapshot,
};

/// A span of days that holds a Monday and the first of a month, whatever day it starts on.
const ANY_MONTH: usize = 31;

/// The whole reply of `GET /historical-data`: `{"data": {...}}`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct HistoricalReply<'a> {
    /// What was asked for.
    pub data: HistoricalData<'a>,
}

/// What a query asks of a snapshot, serialised straight from it.
#[derive(Clone, Copy, Debug)]
pub struct HistoricalData<'a> {
    snapshot: &'a Snapshot,
    query: &'a HistoricalQuery,
}

impl<'a> HistoricalData<'a> {
    /// The answer of `snapshot` to `query`.
    #[must_use]
    pub const fn new(snapshot: &'a Snapshot, query: &'a HistoricalQuery) -> Self {
        Self { snapshot, query }
    }

    /// Wraps it into the reply of the path.
    #[must_use]
    pub const fn into_reply(self) -> HistoricalReply<'a> {
        HistoricalReply { data: self }
    }

    /// The fields of the reply: those asked for, or all that the snapshot has. A series that the snapshot lacks and that is
    /// asked for by name is there too, as an empty list; so is a figure that it lacks, as null. Both have the reason in
    /// their `field_meta`.
    pub(super) fn fields(self) -> impl Iterator<Item = Answer<'a>> {
        let by_name = self.query.fields.is_some();
        self.query
            .selected()
            .map(move |field| self.answer(field))
            .filter(move |answer| by_name || !matches!(answer.value, Value::NoSeries))
    }

    fn answer(self, field: Field) -> Answer<'a> {
        let value = match field.values() {
            Values::Figure(figure) => match figure(self.snapshot) {
                Some((value, as_of)) => Value::Figure { value, as_of },
                None => Value::NoFigure,
            },
            Values::Series(anchor, series) => match series(self.snapshot) {
                Some(values) => {
                    let days = self.days(anchor, values.len());
                    Value::Series(self.sampling(anchor, values.len()).of(&values[days]))
                }
                None => Value::NoSeries,
            },
        };
        Answer { field, value }
    }

    /// Whether the fields were asked for by name.
    pub(super) const fn has_names(self) -> bool {
        self.query.fields.is_some()
    }

    fn resolution(self) -> Resolution {
        self.query.resolution
    }

    /// The days asked for of a daily series with `len` entries.
    fn days(self, anchor: Anchor, len: usize) -> Range<usize> {
        let first = anchor.date(self.snapshot);
        let index = |date: NaiveDate| usize::try_from((date - first).num_days());
        let start = self.query.start_date.map_or(0, |date| index(date).unwrap_or(0).min(len));
        // A date before the first day of the series leaves nothing of it.
        let end = self.query.end_date.map_or(len, |date| index(date).map_or(0, |last| len.min(last + 1)));
        start..end.max(start)
    }

    fn sampling(self, anchor: Anchor, len: usize) -> Sampling {
        let days = self.days(anchor, len);
        let start = anchor.date(self.snapshot) + Days::new(days.start as u64);
        Sampling::new(start, days.len(), self.resolution())
    }

    /// The date of entry 0 of every series with this anchor, as returned.
    fn first_date(self, anchor: Anchor) -> Option<NaiveDate> {
        let start = anchor.date(self.snapshot).max(self.query.start_date.unwrap_or(NaiveDate::MIN));
        Sampling::new(start, ANY_MONTH, self.resolution()).first_date()
    }
}

impl Serialize for HistoricalData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.snapshot;
        let history = self.sampling(Anchor::DataStart, snapshot.historical_days() + 1);
        let window = self.sampling(Anchor::WindowStart, snapshot.window_days() + 1);

        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("source", snapshot.source())?;
        map.serialize_entry("current_date", &snapshot.current_date())?;
        map.serialize_entry("resolution", &self.resolution())?;
        map.serialize_entry("timestep_days", &self.resolution().timestep_days())?;
        map.serialize_entry("data_start_date", &self.first_date(Anchor::DataStart))?;
        map.serialize_entry("data_end_date", &history.last_date())?;
        map.serialize_entry("n_entries", &history.len())?;
        map.serialize_entry("hist_window_start_date", &self.first_date(Anchor::WindowStart))?;
        map.serialize_entry("hist_window_end_date", &window.last_date())?;
        map.serialize_entry("hist_window_n_entries", &window.len())?;
        map.serialize_entry("hist_window_days", &snapshot.window_days())?;
        map.serialize_entry("forecast_start_date", &self.first_date(Anchor::ForecastStart))?;
        if self.resolution().timestep_days().is_none() {
            map.serialize_entry("dates", &Dates(*self))?;
        }
        for answer in self.fields() {
            map.serialize_entry(answer.field.name(), &answer.value)?;
        }
        map.serialize_entry("field_meta", &FieldMeta(*self))?;
        map.end()
    }
}

/// A field of the reply with what it holds.
pub(super) struct Answer<'a> {
    pub(super) field: Field,
    pub(super) value: Value<'a>,
}

pub(super) enum Value<'a> {
    Figure {
        value: f64,
        as_of: NaiveDate,
    },
    Series(Sampled<'a>),
    /// The source lacks what the figure is computed from.
    NoFigure,
    /// The source lacks the series.
    NoSeries,
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Figure { value, .. } => value.is_finite().then_some(value).serialize(serializer),
            Self::Series(series) => series.serialize(serializer),
            Self::NoFigure => serializer.serialize_none(),
            Self::NoSeries => serializer.collect_seq(std::iter::empty::<f64>()),
        }
    }
}

/// For each anchor in use, the dates of the longest series that has it.
struct Dates<'a>(HistoricalData<'a>);

impl Serialize for Dates<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for anchor in Anchor::ALL {
            let longest = self
                .0
                .fields()
                .filter_map(|answer| match answer.value {
                    Value::Series(series) if answer.field.anchor() == Some(anchor) => {
                        Some(*series.sampling())
                    }
                    _ => None,
                })
                .max_by_key(Sampling::len);
            if let Some(sampling) = longest {
                map.serialize_entry(anchor.name(), &DateList(sampling))?;
            }
        }
        map.end()
    }
}

struct DateList(Sampling);

impl Serialize for DateList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.dates())
    }
}

/// What each field of the reply is.
struct FieldMeta<'a>(HistoricalData<'a>);

impl Serialize for FieldMeta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.fields().map(|answer| (answer.field.name(), Meta::of(&answer))))
    }
}

#[derive(Serialize)]
struct Meta {
    unit: &'static str,
    kind: &'static str,
    meaning: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias_of: Option<&'static str>,
    /// The date of the reply on which the field's entry 0 falls, by its name; null for a single figure.
    anchor: Option<&'static str>,
    #[serde(flatten)]
    days: MetaDays,
}

#[derive(Serialize)]
#[serde(untagged)]
enum MetaDays {
    Figure {
        as_of: NaiveDate,
    },
    Series {
        start_date: Option<NaiveDate>,
        end_date: Option<NaiveDate>,
        n_entries: usize,
    },
    NoFigure {
        as_of: Option<NaiveDate>,
        missing: &'static str,
    },
    NoSeries {
        start_date: Option<NaiveDate>,
        end_date: Option<NaiveDate>,
        n_entries: usize,
        missing: &'static str,
    },
}

impl Meta {
    fn of(answer: &Answer<'_>) -> Self {
        let field = answer.field;
        Self {
            unit: field.unit(),
            kind: field.kind().as_str(),
            meaning: field.meaning(),
            alias_of: field.alias_of(),
            anchor: field.anchor().map(Anchor::name),
            days: match answer.value {
                Value::Figure { as_of, .. } => MetaDays::Figure { as_of },
                Value::Series(series) => MetaDays::Series {
                    start_date: series.sampling().first_date(),
                    end_date: series.sampling().last_date(),
                    n_entries: series.sampling().len(),
                },
                Value::NoFigure => MetaDays::NoFigure {
                    as_of: None,
                    missing: "the source of this snapshot does not have what it is computed from on the current date",
                },
                Value::NoSeries => MetaDays::NoSeries {
                    start_date: None,
                    end_date: None,
                    n_entries: 0,
                    missing: "the source of this snapshot does not have it",
                },
            },
        }
    }
}
