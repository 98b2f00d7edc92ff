//! The assumptions that all runs share: read, and filled in from the network's present state as `/simulate` does it.

use economy::{Series, Span};
use forecast::{NumberField, Question, Resolved, name::LENGTH};
use network_data::Snapshot;
use serde_json::{Map, Value, json};

use crate::reading::{Fields, Reading};

/// Days of a forecast where the request does not say: a year. `/simulate` has ten; a sweep is ten thousand of them.
pub(crate) const DEFAULT_DAYS: usize = 365;

/// Fields of `/simulate` that a sweep has beside its assumptions, and not in them.
pub(crate) const OUTSIDE: [&str; 4] = ["output", "resolution", "name", "label"];

/// The field `assumptions` of a request, checked.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    given: Map<String, Value>,
    /// Whether the request says how long the forecasts are.
    length_given: bool,
    /// What was given, as `/simulate` reads it.
    question: Question,
}

impl Shared {
    /// Reads the field `assumptions`.
    pub(crate) fn read(fields: &mut Fields, reading: &mut Reading) -> Option<Self> {
        const FORM: &str = "an object with assumptions of POST /simulate that all runs share";
        let pointer = fields.at("assumptions");
        let value = fields.take("assumptions").unwrap_or_else(|| json!({}));
        let Value::Object(mut given) = value else {
            Fields::of(value, &pointer, FORM, reading);
            return None;
        };
        given.retain(|_, value| !value.is_null());
        for outside in OUTSIDE {
            if given.remove(outside).is_some() {
                reading.refuse(
                    &format!("{pointer}/{outside}"),
                    format!("is no assumption: give {outside} beside assumptions, at the top level"),
                );
            }
        }
        let length_given = given.contains_key(LENGTH);
        given.entry(LENGTH).or_insert_with(|| json!(DEFAULT_DAYS));
        Self::checked(given, length_given, &pointer, reading)
    }

    /// Whether the request says how long the forecasts are.
    pub(crate) const fn says_its_length(&self) -> bool {
        self.length_given
    }

    /// Days to forecast, the current date included.
    pub(crate) const fn days(&self) -> usize {
        self.question.forecast_days()
    }

    /// The same with forecasts of so many days, unless the request says how long they are.
    pub(crate) fn unless_said(mut self, days: usize, reading: &mut Reading) -> Option<Self> {
        if self.length_given {
            return Some(self);
        }
        self.given.insert(LENGTH.to_owned(), json!(days));
        Self::checked(self.given, false, "/assumptions", reading)
    }

    /// The reader of POST /simulate judges every field.
    fn checked(
        given: Map<String, Value>,
        length_given: bool,
        pointer: &str,
        reading: &mut Reading,
    ) -> Option<Self> {
        match Question::parse(given.clone()) {
            Ok(question) => {
                for warning in question.warnings() {
                    reading.warn(warning.clone());
                }
                Some(Self { given, length_given, question })
            }
            Err(refused) => {
                reading.refuse_all(pointer, refused);
                None
            }
        }
    }

    /// Refuses assumptions that the request also varies.
    pub(crate) fn refuse_varied(&self, varied: &[NumberField], by: &str, reading: &mut Reading) {
        for name in varied.iter().map(|one| one.name()).filter(|name| self.given.contains_key(*name)) {
            reading.refuse(
                &format!("/assumptions/{name}"),
                format!("is also varied by {by}: leave it out of one of the two"),
            );
        }
    }

    /// What a forecast of these series assumes where a run does not say otherwise.
    pub(crate) fn resolve<'a>(
        &self,
        snapshot: &'a Snapshot,
        series: impl IntoIterator<Item = Series>,
    ) -> Resolved<'a> {
        self.question.clone().about(series.into_iter().collect()).resolve(snapshot)
    }
}

/// The days of the horizon in a series as the model gives it.
pub(crate) fn horizon(values: &[f64], series: Series, history_days: usize, days: usize) -> &[f64] {
    let first = if series.span() == Span::Forecast { 0 } else { history_days };
    let values = values.get(first..).unwrap_or_default();
    &values[..days.min(values.len())]
}
