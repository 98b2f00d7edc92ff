use chrono::NaiveDate;
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

    /// The fields of the reply: those asked for, or all that the snapshot has. A field that is asked for by name and
    /// that the snapshot lacks is there too, as `null` with the reason in its `field_meta`.
    fn fields(self) -> impl Iterator<Item = Answer<'a>> {
        let by_name = self.query.fields.is_some();
        self.query
            .selected()
            .map(move |field| self.answer(field))
            .filter(move |answer| by_name || !answer.is_missing())
    }

    fn answer(self, field: Field) -> Answer<'a> {
        let value = match field.values() {
            Values::Figure(figure) => {
                let (value, as_of) = figure(self.snapshot);
                Value::Figure { value, as_of }
            }
            Values::Series(anchor, series) => match series(self.snapshot) {
                Some(values) => Value::Series(self.sampling(anchor, values.len()).of(values)),
                None => Value::Missing,
            },
        };
        Answer { field, value }
    }

    fn resolution(self) -> Resolution {
        self.query.resolution
    }

    fn sampling(self, anchor: Anchor, len: usize) -> Sampling {
        Sampling::new(anchor.date(self.snapshot), len, self.resolution())
    }

    /// The date of entry 0 of every series with this anchor, as returned.
    fn first_date(self, anchor: Anchor) -> Option<NaiveDate> {
        self.sampling(anchor, ANY_MONTH).first_date()
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
struct Answer<'a> {
    field: Field,
    value: Value<'a>,
}

impl Answer<'_> {
    const fn is_missing(&self) -> bool {
        matches!(self.value, Value::Missing)
    }
}

enum Value<'a> {
    Figure { value: f64, as_of: NaiveDate },
    Series(Sampled<'a>),
    Missing,
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Figure { value, .. } => value.is_finite().then_some(value).serialize(serializer),
            Self::Series(series) => series.serialize(serializer),
            Self::Missing => serializer.serialize_none(),
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
    Figure { as_of: NaiveDate },
    Series { start_date: Option<NaiveDate>, end_date: Option<NaiveDate>, n_entries: usize },
    Missing { missing: &'static str },
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
                Value::Missing => {
                    MetaDays::Missing { missing: "the source of this snapshot does not have it" }
                }
            },
        }
    }
}
