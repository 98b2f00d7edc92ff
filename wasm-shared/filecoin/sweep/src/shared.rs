//! The assumptions that all runs share: read, and filled in from the network's present state as `/simulate` does it.

use economy::{
    Assumptions, Control, LockedSign, Series, Span, Weighting,
    constants::{MINTING_DECAY_PER_DAY, ONE_YEAR_DAYS, defaults},
    fip0081, protocol_baseline,
};
use forecast::{FIELDS, Fallback, Field, PerDay, Question, Takes};
use network_data::Snapshot;
use serde_json::{Map, Value, json};

use crate::reading::{Fields, Reading};

/// Days of a forecast where the request does not say: a year. `/simulate` has ten; a sweep is ten thousand of them.
pub(crate) const DEFAULT_DAYS: usize = 365;

pub(crate) const LENGTH: &str = "forecast_length_days";
const DURATION: &str = "sector_duration_days";
const WEIGHTING: &str = "gamma_weight_type";
const AVAILABLE: &str = "use_available_supply";
const BASELINE: &str = "baseline_eib";

/// Fields of `/simulate` that a sweep has beside its assumptions, and not in them.
pub(crate) const OUTSIDE: [&str; 4] = ["output", "resolution", "name", "label"];

/// How many assumptions are a number or one for each day.
const VARIED: usize = 8;

/// An assumption that a sweep can vary: its place in [`FIELDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Varied {
    Onboarding,
    RenewalRate,
    FilPlusRate,
    LockTarget,
    Gamma,
    FilPlusMultiplier,
    QaRenewalMultiplier,
    DailyBurnt,
}

impl Varied {
    pub(crate) const ALL: [Self; VARIED] = [
        Self::Onboarding,
        Self::RenewalRate,
        Self::FilPlusRate,
        Self::LockTarget,
        Self::Gamma,
        Self::FilPlusMultiplier,
        Self::QaRenewalMultiplier,
        Self::DailyBurnt,
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    pub(crate) fn field(self) -> &'static Field {
        &FIELDS[self as usize]
    }

    /// The smallest and the largest value.
    pub(crate) fn bounds(self) -> (f64, f64) {
        match self.field().takes {
            Takes::Number { min, max, .. } => (min, max),
            _ => unreachable!("{} is not a number", self.name()),
        }
    }

    pub(crate) fn admits(self, value: f64) -> bool {
        let (min, max) = self.bounds();
        (min..=max).contains(&value)
    }

    pub(crate) fn name(self) -> &'static str {
        self.field().name
    }

    pub(crate) fn names() -> [&'static str; VARIED] {
        Self::ALL.map(Self::name)
    }
}

/// The field `assumptions` of a request, checked.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    given: Map<String, Value>,
    /// Whether the request says how long the forecasts are.
    length_given: bool,
    /// Days to forecast, the current date included.
    pub(crate) days: usize,
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
        Self { given, length_given, days: 0 }.checked(&pointer, reading)
    }

    /// What a request of so many days has that gives no assumptions.
    pub(crate) fn nothing_given(days: usize) -> Self {
        Self { given: Map::new(), length_given: true, days }
    }

    /// Whether the request says how long the forecasts are.
    pub(crate) const fn says_its_length(&self) -> bool {
        self.length_given
    }

    /// The same with forecasts of so many days, unless the request says how long they are.
    pub(crate) fn unless_said(mut self, days: usize, reading: &mut Reading) -> Option<Self> {
        if self.length_given {
            return Some(self);
        }
        self.given.insert(LENGTH.to_owned(), json!(days));
        self.checked("/assumptions", reading)
    }

    /// The reader of POST /simulate judges every field; its values are taken in [`Self::resolve`].
    fn checked(self, pointer: &str, reading: &mut Reading) -> Option<Self> {
        if let Err(refused) = Question::parse(self.given.clone()) {
            reading.refuse_all(pointer, refused);
            return None;
        }
        let as_text = |value: &Value| {
            value.is_string() || value.as_array().is_some_and(|all| all.iter().any(Value::is_string))
        };
        for (name, value) in &self.given {
            let numbers = Field::named(name).is_some_and(|field| {
                matches!(field.takes, Takes::Number { .. } | Takes::Vector { .. } | Takes::Days { .. })
            });
            if numbers && as_text(value) {
                reading.warn(format!(
                    "{name} came as text and was taken as a number; send numbers without quotation marks."
                ));
            }
        }
        let days = self.given.get(LENGTH).and_then(number)? as usize;
        Some(Self { days, ..self })
    }

    /// Refuses assumptions that the request also varies.
    pub(crate) fn refuse_varied(&self, varied: &[Varied], by: &str, reading: &mut Reading) {
        for name in varied.iter().map(|one| one.name()).filter(|name| self.given.contains_key(*name)) {
            reading.refuse(
                &format!("/assumptions/{name}"),
                format!("is also varied by {by}: leave it out of one of the two"),
            );
        }
    }

    /// Fills in what was left open. `None` only where the reader of `/simulate` took what this one cannot read.
    pub(crate) fn resolve(
        &self,
        snapshot: &Snapshot,
        series: impl IntoIterator<Item = Series>,
    ) -> Option<Base> {
        let looks_ahead = series.into_iter().any(|series| series.span() == Span::OneYearAhead);
        // The one-year series look 364 days ahead of themselves; nothing within the horizon depends on these days.
        let beyond = if looks_ahead { ONE_YEAR_DAYS - 1 } else { 0 };
        let history_days = snapshot.historical_days();
        let mut historical_gamma = fip0081::schedule(snapshot.history().start_day, history_days + self.days);
        let gamma = historical_gamma.split_off(history_days);

        let mut controls = Varied::ALL.map(|varied| match varied.field().default {
            Fallback::Network(value) => PerDay::Same(value(snapshot)),
            Fallback::Fixed(value) => PerDay::Same(value),
            // Of the assumptions that are numbers, only gamma follows a rule of the protocol.
            Fallback::Protocol(_) | Fallback::Other => PerDay::Daily(gamma.clone()),
        });
        for varied in Varied::ALL {
            if let Some(value) = self.given.get(varied.name()) {
                controls[varied as usize] = per_day(value)?;
            }
        }
        for control in &mut controls {
            if let PerDay::Daily(values) = control {
                hold_last(values, beyond);
            }
        }
        let mut weighting = match self.given.get(WEIGHTING) {
            None => vec![Weighting::Arithmetic],
            Some(Value::Array(daily)) => daily.iter().map(weighting_of).collect::<Option<_>>()?,
            Some(one) => vec![weighting_of(one)?],
        };
        if weighting.len() > 1 {
            hold_last(&mut weighting, beyond);
        }
        let baseline_eib = match self.given.get(BASELINE) {
            None => None,
            Some(given) => {
                // The history keeps the protocol's own.
                let mut baseline: Vec<f64> =
                    protocol_baseline(snapshot.data().init_baseline_eib).take(history_days).collect();
                baseline.extend(given.as_array()?.iter().map(number).collect::<Option<Vec<_>>>()?);
                hold_last(&mut baseline, beyond);
                Some(baseline)
            }
        };
        Some(Base {
            days: self.days,
            beyond,
            sector_duration_days: self
                .given
                .get(DURATION)
                .map_or(Some(defaults::SECTOR_DURATION_DAYS as f64), number)?
                as usize,
            controls,
            weighting,
            use_available_supply: self.given.get(AVAILABLE).map_or(Some(false), Value::as_bool)?,
            historical_gamma,
            baseline_eib,
        })
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    }
}

fn per_day(value: &Value) -> Option<PerDay<f64>> {
    match value {
        Value::Array(values) => values.iter().map(number).collect::<Option<_>>().map(PerDay::Daily),
        one => number(one).map(PerDay::Same),
    }
}

fn weighting_of(value: &Value) -> Option<Weighting> {
    let known = [
        ("arithmetic", 0.0, Weighting::Arithmetic),
        ("geometric", 1.0, Weighting::Geometric),
        ("harmonic", 2.0, Weighting::Harmonic),
    ];
    let found = known.into_iter().find(|(name, place, _)| {
        value.as_str() == Some(name) || number(value).is_some_and(|given| (given - place).abs() < 0.5)
    });
    found.map(|(_, _, weighting)| weighting)
}

/// Holds the last value for `days` more.
fn hold_last<T: Copy>(values: &mut Vec<T>, days: usize) {
    values.extend(values.last().copied().into_iter().flat_map(|last| std::iter::repeat_n(last, days)));
}

/// What a forecast assumes where a run does not say otherwise.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Base {
    /// Days asked for, the current date included.
    pub(crate) days: usize,
    /// Days computed past them.
    pub(crate) beyond: usize,
    pub(crate) sector_duration_days: usize,
    controls: [PerDay<f64>; VARIED],
    /// One, or one for each day.
    weighting: Vec<Weighting>,
    use_available_supply: bool,
    historical_gamma: Vec<f64>,
    baseline_eib: Option<Vec<f64>>,
}

impl Base {
    /// Days that a run computes.
    pub(crate) fn computed_days(&self) -> usize {
        self.days + self.beyond
    }

    /// The value of an assumption that is not varied.
    pub(crate) fn value(&self, varied: Varied) -> &PerDay<f64> {
        &self.controls[varied as usize]
    }

    /// The assumptions of a run: the shared ones, and its own instead of some of them.
    pub(crate) fn with<'a>(&'a self, own: &'a [(Varied, PerDay<f64>)]) -> Assumptions<'a> {
        let control = |which: Varied| {
            let given = own.iter().find(|(varied, _)| *varied == which).map(|(_, value)| value);
            match given.unwrap_or_else(|| self.value(which)) {
                PerDay::Same(value) => Control::Constant(*value),
                PerDay::Daily(values) => Control::Daily(values),
            }
        };
        Assumptions {
            forecast_days: self.computed_days(),
            sector_duration_days: self.sector_duration_days,
            onboarding_raw_pib: control(Varied::Onboarding),
            renewal_rate: control(Varied::RenewalRate),
            fil_plus_rate: control(Varied::FilPlusRate),
            fil_plus_multiplier: control(Varied::FilPlusMultiplier),
            qa_renewal_multiplier: control(Varied::QaRenewalMultiplier),
            lock_target: control(Varied::LockTarget),
            gamma: control(Varied::Gamma),
            historical_gamma: Control::Daily(&self.historical_gamma),
            weighting: match self.weighting.as_slice() {
                [one] => Control::Constant(*one),
                daily => Control::Daily(daily),
            },
            use_available_supply: self.use_available_supply,
            locked_sign: LockedSign::Added,
            lambda: MINTING_DECAY_PER_DAY,
            baseline_eib: self.baseline_eib.as_deref(),
            daily_burnt_fil: Some(control(Varied::DailyBurnt)),
        }
    }
}

/// The days of the horizon in a series as the model gives it.
pub(crate) fn horizon(values: &[f64], series: Series, history_days: usize, days: usize) -> &[f64] {
    let first = if series.span() == Span::Forecast { 0 } else { history_days };
    let values = values.get(first..).unwrap_or_default();
    &values[..days.min(values.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assumption_stands_at_its_place_in_the_table() {
        let names = [
            "rbp",
            "rr",
            "fpr",
            "lock_target",
            "gamma",
            "fil_plus_multiplier",
            "qa_renewal_multiplier",
            "daily_burnt_fil",
        ];
        assert_eq!(Varied::names(), names);
        assert!(Varied::ALL.into_iter().all(|varied| Varied::named(varied.name()) == Some(varied)));
        assert_eq!(Varied::named("output"), None);
        for field in &FIELDS {
            let number = matches!(field.takes, Takes::Number { .. });
            assert_eq!(number, Varied::named(field.name).is_some(), "{}", field.name);
        }
    }
}
