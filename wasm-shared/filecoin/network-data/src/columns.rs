//! The daily columns and start values of a snapshot, in one table: validation, the wire form and the JSON form all go
//! through it, so that a column added here is validated, stored, imported and exported.

use chrono::{Days, NaiveDate};

use crate::data::SnapshotData;

/// Which days a column covers; `H` is the number of days from the start date to the current date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// Start date to current date: `H + 1` entries.
    Through,
    /// Start date to the day before the current date: `H` entries.
    Before,
    /// From the start date on, as far as the source knows.
    FromStart,
    /// From the current date on, as far as the source knows.
    FromCurrent,
}

impl Span {
    /// The number of entries demanded by `historical_days`, if the span fixes it.
    pub(crate) const fn demanded(self, historical_days: usize) -> Option<usize> {
        match self {
            Self::Through => Some(historical_days + 1),
            Self::Before => Some(historical_days),
            Self::FromStart | Self::FromCurrent => None,
        }
    }

    /// The day of entry `index`, if dates go that far.
    pub(crate) fn day(self, data: &SnapshotData, index: usize) -> Option<NaiveDate> {
        let first = if self == Self::FromCurrent { data.current_date } else { data.start_date };
        first.checked_add_days(Days::new(index as u64))
    }
}

/// The unit of a column, its upper limit included: a figure above it is a mistake of unit, not news of the network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    /// As a person would write it.
    pub(crate) name: &'static str,
    /// The largest plausible figure.
    pub(crate) max: f64,
}

/// Raw power peaked at 17 EiB (2022-09); this leaves a factor of 12 and still refuses PiB.
const RAW_POWER: Unit = Unit { name: "EiB (2^60 bytes)", max: 200.0 };
/// Quality-adjusted power is at most ten times raw power.
const QA_POWER: Unit = Unit { name: "EiB (2^60 bytes)", max: 2_000.0 };
/// The contract's bound of the assumption `rbp`; the record of 2021 is about a tenth of it.
const RAW_ONBOARDED: Unit = Unit { name: "PiB (2^50 bytes) per day", max: 1_000.0 };
const QA_ONBOARDED: Unit = Unit { name: "PiB (2^50 bytes) per day", max: 10_000.0 };
/// The busiest day of renewals and expirations to 2025 has 593 PiB; this leaves a factor of 8.
const RAW_FLOW: Unit = Unit { name: "PiB (2^50 bytes) per day", max: 5_000.0 };
const QA_FLOW: Unit = Unit { name: "PiB (2^50 bytes) per day", max: 50_000.0 };
/// The protocol mints and allocates two thousand million FIL in all.
pub(crate) const MOST_FIL: f64 = 2e9;
const FIL: Unit = Unit { name: "FIL", max: MOST_FIL };
/// The largest release on one day to 2025 is 7.2 million FIL; this leaves a factor of 14.
const FIL_PER_DAY: Unit = Unit { name: "FIL per day", max: 1e8 };
/// Extended over (scheduled - terminated): a day of many terminations may exceed 1, but not by much.
pub(crate) const RENEWAL_RATE: Unit = Unit { name: "a fraction of 1, not per cent", max: 1.5 };
/// Deals over onboarded power, both of one day: on a day of little onboarding it may exceed 1 (1.02 was seen).
pub(crate) const FILPLUS_RATE: Unit = Unit { name: "a fraction of 1, not per cent", max: 5.0 };

/// One daily column.
pub(crate) struct Column {
    /// Its name in the JSON form, under `/offline_data`.
    pub(crate) name: &'static str,
    pub(crate) span: Span,
    pub(crate) unit: Unit,
    /// Whether a source may lack it.
    pub(crate) optional: bool,
    pub(crate) get: fn(&SnapshotData) -> Option<&Vec<f64>>,
    pub(crate) set: fn(&mut SnapshotData, Vec<f64>),
}

impl Column {
    /// The JSON pointer of the column.
    pub(crate) fn pointer(&self) -> String {
        format!("/offline_data/{}", self.name)
    }
}

macro_rules! required {
    ($field:ident, $span:ident, $unit:ident) => {
        Column {
            name: stringify!($field),
            span: Span::$span,
            unit: $unit,
            optional: false,
            get: |data| Some(&data.$field),
            set: |data, values| data.$field = values,
        }
    };
}

macro_rules! optional {
    ($field:ident) => {
        Column {
            name: stringify!($field),
            span: Span::Through,
            unit: FIL,
            optional: true,
            get: |data| data.$field.as_ref(),
            set: |data, values| data.$field = Some(values),
        }
    };
}

/// Every daily column, in the order of the wire form: appending one is a new version of it.
pub(crate) const COLUMNS: [Column; 15] = [
    required!(historical_raw_power_eib, Through, RAW_POWER),
    required!(historical_qa_power_eib, Through, QA_POWER),
    required!(historical_onboarded_rb_power_pib, Through, RAW_ONBOARDED),
    required!(historical_onboarded_qa_power_pib, Through, QA_ONBOARDED),
    required!(historical_renewed_qa_power_pib, Through, QA_FLOW),
    required!(historical_renewed_rb_power_pib, Through, RAW_FLOW),
    required!(rb_known_scheduled_expire_vec, FromCurrent, RAW_FLOW),
    required!(qa_known_scheduled_expire_vec, FromCurrent, QA_FLOW),
    required!(known_scheduled_pledge_release_full_vec, FromStart, FIL_PER_DAY),
    required!(burnt_fil_vec, Through, FIL),
    required!(historical_renewal_rate, Before, RENEWAL_RATE),
    optional!(circ_supply_vec),
    optional!(locked_fil_vec),
    optional!(mined_fil_vec),
    optional!(vested_fil_vec),
];

/// One figure at the start date.
pub(crate) struct StartValue {
    /// Its name in the JSON form, under `/offline_data`.
    pub(crate) name: &'static str,
    pub(crate) get: fn(&SnapshotData) -> f64,
    pub(crate) set: fn(&mut SnapshotData, f64),
}

impl StartValue {
    /// The JSON pointer of the figure.
    pub(crate) fn pointer(&self) -> String {
        format!("/offline_data/{}", self.name)
    }
}

macro_rules! start_value {
    ($field:ident) => {
        StartValue {
            name: stringify!($field),
            get: |data| data.$field,
            set: |data, value| data.$field = value,
        }
    };
}

/// Every figure at the start date, in the order of the wire form.
pub(crate) const START_VALUES: [StartValue; 5] = [
    start_value!(start_vested_amt),
    start_value!(zero_cum_capped_power_eib),
    start_value!(init_baseline_eib),
    start_value!(circ_supply_zero),
    start_value!(locked_fil_zero),
];

impl SnapshotData {
    /// Figures with dates and nothing else, to be filled column by column.
    pub(crate) fn empty(source: String, start_date: NaiveDate, current_date: NaiveDate) -> Self {
        Self {
            source,
            start_date,
            current_date,
            historical_raw_power_eib: Vec::new(),
            historical_qa_power_eib: Vec::new(),
            historical_onboarded_rb_power_pib: Vec::new(),
            historical_onboarded_qa_power_pib: Vec::new(),
            historical_renewed_qa_power_pib: Vec::new(),
            historical_renewed_rb_power_pib: Vec::new(),
            rb_known_scheduled_expire_vec: Vec::new(),
            qa_known_scheduled_expire_vec: Vec::new(),
            known_scheduled_pledge_release_full_vec: Vec::new(),
            burnt_fil_vec: Vec::new(),
            historical_renewal_rate: Vec::new(),
            circ_supply_vec: None,
            locked_fil_vec: None,
            mined_fil_vec: None,
            vested_fil_vec: None,
            filplus_rate: crate::FilplusRate::Median(f64::NAN),
            start_vested_amt: f64::NAN,
            zero_cum_capped_power_eib: f64::NAN,
            init_baseline_eib: f64::NAN,
            circ_supply_zero: f64::NAN,
            locked_fil_zero: f64::NAN,
        }
    }
}
