//! The assumptions that are a number or a vector, in one table: names, ranges, units, meanings.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::Refusal;

/// An assumption as given: the same every day, or one value for each day of the forecast.
#[derive(Debug, Clone, PartialEq)]
pub enum NumberOrVector {
    /// The same every day.
    Number(f64),
    /// One value for each day, from the current date on.
    Vector(Vec<f64>),
}

/// What is known of an assumption.
#[derive(Debug, Clone, Copy)]
pub struct ControlInfo {
    /// Its name in a request.
    pub name: &'static str,
    /// Its name in the reply's `input`.
    pub reply_name: &'static str,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    /// The unit.
    pub unit: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// What it is when left out, in words.
    pub default: &'static str,
    /// A plausible value, for examples.
    pub example: f64,
}

/// Which assumption, as an index into [`CONTROLS`] and into a question's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Control {
    Onboarding,
    RenewalRate,
    FilPlusRate,
    LockTarget,
    Gamma,
    FilPlusMultiplier,
    QaRenewalMultiplier,
    DailyBurnt,
}

impl Control {
    /// Every one, in the order of [`CONTROLS`].
    pub(crate) const ALL: [Self; CONTROLS.len()] = [
        Self::Onboarding,
        Self::RenewalRate,
        Self::FilPlusRate,
        Self::LockTarget,
        Self::Gamma,
        Self::FilPlusMultiplier,
        Self::QaRenewalMultiplier,
        Self::DailyBurnt,
    ];
}

/// Every assumption that may be a number or a vector.
pub const CONTROLS: [ControlInfo; 8] = [
    ControlInfo {
        name: "rbp",
        reply_name: "raw_byte_power",
        min: 0.0,
        max: 1000.0,
        unit: "PiB/day",
        meaning: "Raw byte power onboarded each day. PiB a day, not EiB: the network onboards a few PiB a day.",
        default: "the median of the last 30 days",
        example: 4.0,
    },
    ControlInfo {
        name: "rr",
        reply_name: "renewal_rate",
        min: 0.0,
        max: 1.0,
        unit: "fraction",
        meaning: "Share of the expiring power that is renewed.",
        default: "the median of the last 30 days",
        example: 0.85,
    },
    ControlInfo {
        name: "fpr",
        reply_name: "filplus_rate",
        min: 0.0,
        max: 1.0,
        unit: "fraction",
        meaning: "Share of the onboarded raw byte power that carries verified (FIL+) deals.",
        default: "the median of the last 30 days",
        example: 0.9,
    },
    ControlInfo {
        name: "lock_target",
        reply_name: "lock_target",
        min: 0.0,
        max: 1.0,
        unit: "fraction",
        meaning: "Share of the supply that the consensus part of the initial pledge aims to lock.",
        default: "0.3, the protocol's",
        example: 0.3,
    },
    ControlInfo {
        name: "gamma",
        reply_name: "gamma",
        min: 0.0,
        max: 1.0,
        unit: "fraction",
        meaning: "Weight of the baseline in the consensus pledge (FIP-0081): 1 is baseline only, 0 is the simple share only.",
        default: "the protocol's own: 1 until 2024-11-21, then falling to 0.7 over 365 days",
        example: 0.7,
    },
    ControlInfo {
        name: "fil_plus_multiplier",
        reply_name: "fil_plus_multiplier",
        min: 1.0,
        max: 100.0,
        unit: "ratio",
        meaning: "Quality-adjusted power of a verified byte, as a multiple of a raw byte.",
        default: "10, the protocol's",
        example: 10.0,
    },
    ControlInfo {
        name: "qa_renewal_multiplier",
        reply_name: "qa_renewal_multiplier",
        min: 0.0,
        max: 10.0,
        unit: "ratio",
        meaning: "Share of its quality-adjusted power that a renewed sector keeps; 1 keeps all of it.",
        default: "1",
        example: 1.0,
    },
    ControlInfo {
        name: "daily_burnt_fil",
        reply_name: "daily_burnt_fil",
        min: 0.0,
        // Filecoin will never have more than 2e9 FIL in all (SIMPLE_MINTING + BASELINE_MINTING + allocations).
        max: 2e9,
        unit: "FIL/day",
        meaning: "FIL burnt each day, by gas fees and penalties.",
        default: "the mean over the history",
        example: 2500.0,
    },
];

impl ControlInfo {
    /// The range in words: `0 to 1000 PiB/day`.
    #[must_use]
    pub fn range(&self) -> String {
        match self.unit {
            "fraction" | "ratio" => format!("{} to {}", self.min, self.max),
            unit => format!("{} to {} {unit}", self.min, self.max),
        }
    }

    /// Reads a number or a vector of `days` entries, each within the range.
    pub(crate) fn read(&self, value: Value, days: Option<usize>) -> Result<NumberOrVector, Refusal> {
        match value {
            Value::Number(_) => match self.check(&value) {
                Ok(number) => Ok(NumberOrVector::Number(number)),
                Err(detail) => Err(Refusal::new(self.name, detail)),
            },
            Value::Array(values) => {
                check_length(self.name, values.len(), days)?;
                let checked = values.iter().enumerate().map(|(index, value)| {
                    self.check(value).map_err(|detail| Refusal::at(self.name, index, detail))
                });
                checked.collect::<Result<_, _>>().map(NumberOrVector::Vector)
            }
            other => Err(Refusal::new(
                self.name,
                format!(
                    "must be a number ({}) or a vector of numbers, not {}",
                    self.range(),
                    kind_of(&other)
                ),
            )),
        }
    }

    fn check(&self, value: &Value) -> Result<f64, String> {
        let Some(number) = value.as_f64() else {
            return Err(format!("must be a number ({}), not {}", self.range(), kind_of(value)));
        };
        if self.admits(number) {
            Ok(number)
        } else {
            // As JSON writes it: 1e308 and not its 309 digits.
            Err(format!("must be {}, but is {value}", self.range()))
        }
    }

    /// Whether a value is within the range.
    pub(crate) fn admits(&self, value: f64) -> bool {
        (self.min..=self.max).contains(&value)
    }
}

/// Refuses a vector that does not have one entry for each day of the forecast.
pub(crate) fn check_length(field: &str, found: usize, days: Option<usize>) -> Result<(), Refusal> {
    match days {
        Some(days) if found != days => Err(Refusal::new(
            field,
            format!(
                "a vector needs exactly {days} entries, one for each day of forecast_length_days, but has {found}; \
                 for the same value every day give a number"
            ),
        )),
        // Where the length itself is not valid, that is what the caller is told.
        _ => Ok(()),
    }
}

/// What a JSON value is, as a sentence would name it.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null (leave the field out for its default)",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text (give the value without quotation marks)",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

impl NumberOrVector {
    /// The same with the last value held for `days` more, as the model wants to look past the horizon.
    pub(crate) fn extended(self, days: usize) -> Self {
        match self {
            Self::Vector(mut values) => {
                hold_last(&mut values, days);
                Self::Vector(values)
            }
            number @ Self::Number(_) => number,
        }
    }

    pub(crate) fn as_control(&self) -> economy::Control<'_> {
        match self {
            Self::Number(value) => economy::Control::Constant(*value),
            Self::Vector(values) => economy::Control::Daily(values),
        }
    }
}

/// Holds the last value for `days` more.
pub(crate) fn hold_last<T: Copy>(values: &mut Vec<T>, days: usize) {
    values.extend(values.last().copied().into_iter().flat_map(|last| std::iter::repeat_n(last, days)));
}

/// An assumption as a reply repeats it: a number, or a vector's length and ends.
pub(crate) struct Summary<'a> {
    pub value: &'a NumberOrVector,
    /// The forecast's length: what lies past it was added by us and is not repeated.
    pub days: usize,
}

impl Serialize for Summary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            NumberOrVector::Number(value) => serializer.serialize_f64(*value),
            NumberOrVector::Vector(values) => summarise(&values[..self.days.min(values.len())], serializer),
        }
    }
}

/// `{"type": "array", "length", "first", "last"}`.
pub(crate) fn summarise<S: Serializer, T: Serialize>(values: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(4))?;
    map.serialize_entry("type", "array")?;
    map.serialize_entry("length", &values.len())?;
    map.serialize_entry("first", &values.first())?;
    map.serialize_entry("last", &values.last())?;
    map.end()
}
