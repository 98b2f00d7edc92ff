//! The one table of what a request may say: name, form, range, unit, default, meaning and advice of every field.
//!
//! The reader of JSON bodies and of queries, the JSON Schema of the `OpenAPI` document, the schemas and explanations of
//! the MCP tools, and the reply's `input` are all made from it.

use economy::{Series, constants::defaults};
use network_data::Snapshot;
use serde_json::{Number, Value};

/// The longest forecast: twenty years.
pub const MAX_FORECAST_DAYS: usize = 7300;
/// The longest sector duration that is computed; the protocol allows 180 to 1278 days.
pub const MAX_SECTOR_DURATION_DAYS: usize = 3650;
/// The longest `name` or `label`, in characters.
pub const LONGEST_TEXT: usize = 200;
/// The largest baseline that is taken, EiB. The protocol's own passes it after 2049.
const MAX_BASELINE_EIB: f64 = 1e9;
/// Filecoin will never have more FIL than this in all (simple and baseline minting, and the genesis allocations).
const MAX_FIL: f64 = 2e9;

/// The value of `output` that asks for every series, as leaving it out does.
pub const ALL_SERIES: &str = "all";
/// The longest list of series. Naming one twice is no mistake; a longer list is no question.
pub(crate) const MOST_NAMES: usize = 2 * Series::COUNT;

/// One field of a request.
#[derive(Debug)]
pub struct Field {
    /// Its name in a request.
    pub name: &'static str,
    /// Its name in the reply's `input`.
    pub reply_name: &'static str,
    /// What it is called in a sentence.
    pub label: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// The unit, in words; empty where there is none.
    pub unit: &'static str,
    /// What it means, in a sentence or two.
    pub meaning: &'static str,
    /// What it is when left out.
    pub default: Fallback,
    /// The same in words.
    pub default_in_words: &'static str,
    /// Typical values, and mistakes to avoid.
    pub advice: &'static str,
    /// Whether a short explanation of a forecast names it even where it was not given.
    pub leading: bool,
    /// What it was on each day of the history, where that is a guide to plausible values.
    pub history: Option<fn(&Snapshot) -> &[f64]>,
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Takes {
    /// A number, or one for each day of the forecast.
    Number {
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
        /// A plausible one.
        example: f64,
    },
    /// One number for each day of the forecast, from 0 to `max`.
    Vector {
        /// The largest.
        max: f64,
    },
    /// A whole number of days, from 1 to `max`.
    Days {
        /// The largest.
        max: usize,
    },
    /// The name of a weighting, or one for each day of the forecast.
    Weighting,
    /// True or false.
    Switch,
    /// Names of series.
    Series,
    /// How densely series are returned.
    Resolution,
    /// A text for the caller's own use.
    Text,
}

/// What a field is when it is left out.
#[derive(Clone, Copy, Debug)]
pub enum Fallback {
    /// It follows from the network's present state.
    Network(fn(&Snapshot) -> f64),
    /// Always the same number.
    Fixed(f64),
    /// A rule of the protocol that changes over time; its value today where it has a plain one.
    Protocol(Option<fn(&Snapshot) -> f64>),
    /// Not a number.
    Other,
}

impl Fallback {
    /// The default as it is today, where it comes from the network's data.
    #[must_use]
    pub fn today(self, snapshot: &Snapshot) -> Option<f64> {
        match self {
            Self::Network(value) | Self::Protocol(Some(value)) => Some(value(snapshot)),
            Self::Fixed(_) | Self::Protocol(None) | Self::Other => None,
        }
    }
}

/// A field that takes a number or one for each day: the first of [`FIELDS`], in that order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum NumberField {
    /// Raw byte power onboarded each day.
    Onboarding,
    /// Share of the expiring power that is renewed.
    RenewalRate,
    /// Share of the onboarded power that carries verified deals.
    FilPlusRate,
    /// Share of the supply that the consensus pledge aims to lock.
    LockTarget,
    /// Weight of the baseline in the consensus pledge.
    Gamma,
    /// Power of a verified byte, as a multiple of a raw one.
    FilPlusMultiplier,
    /// Share of its quality-adjusted power that a renewed sector keeps.
    QaRenewalMultiplier,
    /// FIL burnt each day.
    DailyBurnt,
}

/// How many fields take a number or one for each day.
pub(crate) const NUMBERS: usize = 8;

impl NumberField {
    /// All of them, in the order of [`FIELDS`].
    pub const ALL: [Self; NUMBERS] = [
        Self::Onboarding,
        Self::RenewalRate,
        Self::FilPlusRate,
        Self::LockTarget,
        Self::Gamma,
        Self::FilPlusMultiplier,
        Self::QaRenewalMultiplier,
        Self::DailyBurnt,
    ];

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Its row of the table.
    #[must_use]
    pub fn field(self) -> &'static Field {
        &FIELDS[self as usize]
    }

    /// Its name in a request.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.field().name
    }

    /// The names of all.
    #[must_use]
    pub fn names() -> [&'static str; NUMBERS] {
        Self::ALL.map(Self::name)
    }

    /// The smallest and the largest value.
    #[must_use]
    pub fn bounds(self) -> (f64, f64) {
        match self.field().takes {
            Takes::Number { min, max, .. } => (min, max),
            _ => unreachable!("{} is not a number", self.name()),
        }
    }

    /// Whether a value is within the range.
    #[must_use]
    pub fn admits(self, value: f64) -> bool {
        self.field().admits(value)
    }
}

/// Names of fields that the readers treat one by one.
pub mod name {
    /// Days to forecast.
    pub const LENGTH: &str = "forecast_length_days";
    pub(crate) const DURATION: &str = "sector_duration_days";
    pub(crate) const WEIGHTING: &str = "gamma_weight_type";
    pub(crate) const AVAILABLE: &str = "use_available_supply";
    pub(crate) const BASELINE: &str = "baseline_eib";
    pub(crate) const OUTPUT: &str = "output";
    pub(crate) const RESOLUTION: &str = "resolution";
    pub(crate) const NAME: &str = "name";
    pub(crate) const LABEL: &str = "label";
}

/// What a row has unless it says otherwise.
const ROW: Field = Field {
    name: "",
    reply_name: "",
    label: "",
    takes: Takes::Text,
    unit: "",
    meaning: "",
    default: Fallback::Other,
    default_in_words: "",
    advice: "",
    leading: false,
    history: None,
};

/// Every field of a request.
pub static FIELDS: [Field; 17] = [
    Field {
        name: "rbp",
        reply_name: "raw_byte_power",
        label: "raw byte power onboarded (rbp)",
        takes: Takes::Number { min: 0.0, max: 1000.0, example: 4.0 },
        unit: "PiB/day",
        meaning: "Raw byte power onboarded each day. PiB a day, not EiB: the network onboards a few PiB a day.",
        default: Fallback::Network(|snapshot| snapshot.smoothed().raw_byte_power),
        default_in_words: "the median of the last 30 days",
        advice: "2.0 is cautious, 6.0 is strong growth. Not the network's total power.",
        leading: true,
        history: Some(|snapshot| &snapshot.data().historical_onboarded_rb_power_pib),
    },
    Field {
        name: "rr",
        reply_name: "renewal_rate",
        label: "renewal rate (rr)",
        takes: Takes::Number { min: 0.0, max: 1.0, example: 0.85 },
        unit: "fraction",
        meaning: "Share of the expiring power that is renewed.",
        default: Fallback::Network(|snapshot| snapshot.smoothed().renewal_rate),
        default_in_words: "the median of the last 30 days",
        advice: "0.7 is high churn, 0.9 high retention. Give 0.85 for 85 %.",
        leading: true,
        history: Some(|snapshot| &snapshot.data().historical_renewal_rate),
    },
    Field {
        name: "fpr",
        reply_name: "filplus_rate",
        label: "FIL+ rate (fpr)",
        takes: Takes::Number { min: 0.0, max: 1.0, example: 0.9 },
        unit: "fraction",
        meaning: "Share of the onboarded raw byte power that carries verified (FIL+) deals.",
        default: Fallback::Network(|snapshot| snapshot.smoothed().filplus_rate),
        default_in_words: "the median of the last 30 days",
        advice: "0.5 is mixed, 0.95 nearly all verified. Give 0.9 for 90 %. It applies to newly onboarded power only.",
        leading: true,
        ..ROW
    },
    Field {
        name: "lock_target",
        reply_name: "lock_target",
        label: "lock_target",
        takes: Takes::Number { min: 0.0, max: 1.0, example: 0.3 },
        unit: "fraction",
        meaning: "Share of the supply that the consensus part of the initial pledge aims to lock.",
        default: Fallback::Fixed(defaults::LOCK_TARGET),
        default_in_words: "0.3, the protocol's",
        advice: "0.2 to 0.4 are usual what-ifs. It is a protocol parameter, not the share that is locked today.",
        leading: true,
        ..ROW
    },
    Field {
        name: "gamma",
        reply_name: "gamma",
        label: "gamma",
        takes: Takes::Number { min: 0.0, max: 1.0, example: 0.7 },
        unit: "fraction",
        meaning: "Weight of the baseline in the consensus pledge (FIP-0081): 1 is baseline only, 0 is the simple share only.",
        default: Fallback::Protocol(None),
        default_in_words: "the protocol's own: 1 until 2024-11-21, then falling to 0.7 over 365 days",
        advice: "1 is the rule before FIP-0081. Leave it out unless the question is about that.",
        ..ROW
    },
    Field {
        name: "fil_plus_multiplier",
        reply_name: "fil_plus_multiplier",
        label: "fil_plus_multiplier",
        takes: Takes::Number { min: 1.0, max: 100.0, example: 10.0 },
        unit: "ratio",
        meaning: "Quality-adjusted power of a verified byte, as a multiple of a raw byte.",
        default: Fallback::Fixed(defaults::FIL_PLUS_MULTIPLIER),
        default_in_words: "10, the protocol's",
        advice: "1 removes the advantage of verified deals.",
        ..ROW
    },
    Field {
        name: "qa_renewal_multiplier",
        reply_name: "qa_renewal_multiplier",
        label: "qa_renewal_multiplier",
        takes: Takes::Number { min: 0.0, max: 10.0, example: 1.0 },
        unit: "ratio",
        meaning: "Share of its quality-adjusted power that a renewed sector keeps; 1 keeps all of it.",
        default: Fallback::Fixed(defaults::QA_RENEWAL_MULTIPLIER),
        default_in_words: "1",
        advice: "0.5 halves it. Leave it out unless the question is about what renewed sectors keep.",
        ..ROW
    },
    Field {
        name: "daily_burnt_fil",
        reply_name: "daily_burnt_fil",
        label: "daily_burnt_fil",
        takes: Takes::Number { min: 0.0, max: MAX_FIL, example: 2500.0 },
        unit: "FIL/day",
        meaning: "FIL burnt each day, by gas fees and penalties.",
        default: Fallback::Network(Snapshot::daily_burnt_fil),
        default_in_words: "the mean over the history",
        advice: "0 is no burning. Leave it out unless the question is about burning.",
        ..ROW
    },
    Field {
        name: name::DURATION,
        reply_name: name::DURATION,
        label: name::DURATION,
        takes: Takes::Days { max: MAX_SECTOR_DURATION_DAYS },
        unit: "days",
        meaning: "Lifetime of a new or renewed sector in days; the protocol allows 180 to 1278.",
        default: Fallback::Fixed(defaults::SECTOR_DURATION_DAYS as f64),
        default_in_words: "540",
        advice: "180, 360 and 540 are usual.",
        leading: true,
        ..ROW
    },
    Field {
        name: name::WEIGHTING,
        reply_name: name::WEIGHTING,
        label: name::WEIGHTING,
        takes: Takes::Weighting,
        meaning: "How gamma weights the simple and the baseline part of the consensus pledge. The numbers 0, 1 and 2 are taken for arithmetic, geometric and harmonic too.",
        default_in_words: "arithmetic",
        advice: "The protocol's is arithmetic, which gives the largest pledge; harmonic gives the smallest. Leave it out unless the question is about FIP-0081.",
        ..ROW
    },
    Field {
        name: name::AVAILABLE,
        reply_name: name::AVAILABLE,
        label: name::AVAILABLE,
        takes: Takes::Switch,
        meaning: "Measure the pledge against the available supply instead of the circulating supply.",
        default_in_words: "false",
        advice: "Available supply has the locked FIL too, so true makes the pledge larger. The protocol's is false.",
        ..ROW
    },
    Field {
        name: name::BASELINE,
        reply_name: name::BASELINE,
        label: name::BASELINE,
        takes: Takes::Vector { max: MAX_BASELINE_EIB },
        unit: "EiB",
        meaning: "The network baseline in EiB for each day of the forecast; the protocol's when left out.",
        default: Fallback::Protocol(Some(Snapshot::baseline_eib)),
        default_in_words: "the protocol's, which doubles every year",
        advice: "The protocol's doubles every year; a usual what-if is one that stays at today's.",
        ..ROW
    },
    Field {
        name: name::LENGTH,
        reply_name: name::LENGTH,
        label: name::LENGTH,
        takes: Takes::Days { max: MAX_FORECAST_DAYS },
        unit: "days",
        meaning: "Days to forecast, the current date included. Vectors have exactly this many entries.",
        default: Fallback::Fixed(defaults::FORECAST_DAYS as f64),
        default_in_words: "3650",
        ..ROW
    },
    Field {
        name: name::OUTPUT,
        takes: Takes::Series,
        meaning: "The series to return: a name or a list of names. All of them when left out, empty or `all`.",
        ..ROW
    },
    Field {
        name: name::RESOLUTION,
        reply_name: name::RESOLUTION,
        takes: Takes::Resolution,
        meaning: "Every day, every Monday, or the first day of every month. When left out: by the path, and every day where the forecast has fewer than 28 days.",
        ..ROW
    },
    Field {
        name: name::NAME,
        reply_name: name::NAME,
        meaning: "A text for your own use; given back in `input`.",
        ..ROW
    },
    Field {
        name: name::LABEL,
        reply_name: name::LABEL,
        meaning: "Another text for your own use; given back in `input`.",
        ..ROW
    },
];

impl Field {
    /// The field of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }

    /// Whether it changes the numbers of a forecast, and not only which of them are shown.
    #[must_use]
    pub fn is_assumption(&self) -> bool {
        self.name != name::LENGTH && !matches!(self.takes, Takes::Series | Takes::Resolution | Takes::Text)
    }

    /// The unit behind a number; empty for fractions and ratios, which have none.
    #[must_use]
    pub fn shown_unit(&self) -> &'static str {
        match self.unit {
            "fraction" | "ratio" => "",
            unit => unit,
        }
    }

    /// The range in words: `0 to 1000 PiB/day`; empty where there is none.
    #[must_use]
    pub fn range(&self) -> String {
        let range = match self.takes {
            Takes::Number { min, max, .. } => format!("{min} to {max} {}", self.shown_unit()),
            Takes::Vector { max } => format!("0 to {max} {}", self.unit),
            Takes::Days { max } => format!("1 to {max}"),
            _ => String::new(),
        };
        range.trim_end().to_owned()
    }

    /// Whether a number is within the range.
    pub(crate) fn admits(&self, value: f64) -> bool {
        match self.takes {
            Takes::Number { min, max, .. } => (min..=max).contains(&value),
            Takes::Vector { max } => (0.0..=max).contains(&value),
            Takes::Days { max } => (1.0..=max as f64).contains(&value) && value.fract() == 0.0,
            _ => false,
        }
    }

    /// The JSON value that a text in a query stands for. What does not read stays a text, so that the reader refuses it
    /// with the right words.
    pub(crate) fn value_of(&self, text: &str) -> Value {
        let as_text = || Value::from(text);
        match self.takes {
            Takes::Number { .. } | Takes::Days { .. } | Takes::Weighting => {
                number_of(text).and_then(Number::from_f64).map_or_else(as_text, Value::Number)
            }
            Takes::Switch => text.parse().map_or_else(|_| as_text(), Value::Bool),
            Takes::Series if text.contains(',') => {
                text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(Value::from).collect()
            }
            Takes::Series | Takes::Vector { .. } | Takes::Resolution | Takes::Text => as_text(),
        }
    }
}

/// The longest text that is read as a number: `-1.7976931348623157e+308` has 24 characters.
const LONGEST_NUMBER: usize = 40;

/// The finite number that a text spells.
pub(crate) fn number_of(text: &str) -> Option<f64> {
    if text.len() > LONGEST_NUMBER {
        return None;
    }
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_is_a_number_stands_at_its_place_in_the_table() {
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
        assert_eq!(NumberField::names(), names);
        assert!(NumberField::ALL.into_iter().all(|one| NumberField::named(one.name()) == Some(one)));
        assert_eq!(NumberField::named("output"), None);
        for field in &FIELDS {
            let is_number = matches!(field.takes, Takes::Number { .. });
            assert_eq!(is_number, NumberField::named(field.name).is_some(), "{}", field.name);
        }
    }
}
