use chrono::NaiveDate;
use economy::Kind;

use crate::snapshot::Snapshot;

/// The date on which entry 0 of a series falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// The start of the histories.
    DataStart,
    /// The start of the 180-day windows.
    WindowStart,
    /// The current date, where a forecast starts.
    ForecastStart,
}

impl Anchor {
    /// Every anchor, in the order of a reply.
    pub const ALL: [Self; 3] = [Self::DataStart, Self::WindowStart, Self::ForecastStart];

    /// The field of the reply that holds this date.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataStart => "data_start_date",
            Self::WindowStart => "hist_window_start_date",
            Self::ForecastStart => "forecast_start_date",
        }
    }

    /// The date itself, at daily resolution.
    #[must_use]
    pub fn date(self, snapshot: &Snapshot) -> NaiveDate {
        match self {
            Self::DataStart => snapshot.start_date(),
            Self::WindowStart => snapshot.window_start_date(),
            Self::ForecastStart => snapshot.current_date(),
        }
    }
}

/// Where the values of a field come from.
#[derive(Clone, Copy)]
pub(super) enum Values {
    /// One figure, and the day it is of; `None` where the source lacks what it is computed from.
    Figure(fn(&Snapshot) -> Option<(f64, NaiveDate)>),
    /// A daily series; `None` where the source lacks it.
    Series(Anchor, fn(&Snapshot) -> Option<&[f64]>),
}

struct Row {
    name: &'static str,
    aliases: &'static [&'static str],
    unit: &'static str,
    kind: Kind,
    values: Values,
    meaning: &'static str,
}

/// Something that `/historical-data` returns, under one of its names.
#[derive(Clone, Copy)]
pub struct Field {
    row: &'static Row,
    name: &'static str,
}

impl Field {
    /// The name it is returned under.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The principal name, if this is another one of the same values.
    #[must_use]
    pub fn alias_of(self) -> Option<&'static str> {
        (self.name != self.row.name).then_some(self.row.name)
    }

    /// The unit, in words.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        self.row.unit
    }

    /// What sort of quantity it is.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.row.kind
    }

    /// The meaning, in one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        self.row.meaning
    }

    /// The date of a series' entry 0; `None` for a single figure.
    #[must_use]
    pub const fn anchor(self) -> Option<Anchor> {
        match self.row.values {
            Values::Figure(_) => None,
            Values::Series(anchor, _) => Some(anchor),
        }
    }

    /// Finds a field by one of its names.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        fields().find(|field| field.name == name)
    }

    pub(super) const fn values(self) -> Values {
        self.row.values
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Field {}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Field").field(&self.name).finish()
    }
}

/// Every field under each of its names, in the order of a reply.
pub fn fields() -> impl Iterator<Item = Field> + Clone {
    TABLE.iter().flat_map(|row| {
        std::iter::once(row.name).chain(row.aliases.iter().copied()).map(move |name| Field { row, name })
    })
}

const PIB_PER_DAY: &str = "PiB/day";
const EIB: &str = "EiB";
const FIL: &str = "FIL";
const FRACTION: &str = "fraction";

/// A figure of the current date.
macro_rules! current {
    ($value:expr) => {
        Values::Figure(|snapshot| {
            let value: fn(&Snapshot) -> f64 = $value;
            Some((value(snapshot), snapshot.current_date()))
        })
    };
}

/// A figure of the start date, by the name of its field.
macro_rules! at_start {
    ($field:ident) => {
        Values::Figure(|snapshot| Some((snapshot.data().$field, snapshot.start_date())))
    };
}

/// A column that every source has, by the name of its field.
macro_rules! column {
    ($anchor:ident, $field:ident) => {
        Values::Series(Anchor::$anchor, |snapshot| Some(&snapshot.data().$field))
    };
}

/// A full history that a source may lack, by the name of its field.
macro_rules! optional_column {
    ($field:ident) => {
        Values::Series(Anchor::DataStart, |snapshot| snapshot.data().$field.as_deref())
    };
}

static TABLE: [Row; 30] = [
    Row {
        name: "raw_byte_power_averaged_over_previous_30days",
        aliases: &[],
        unit: PIB_PER_DAY,
        kind: Kind::Flow,
        values: current!(|snapshot| snapshot.smoothed().raw_byte_power),
        meaning: "Median of the raw byte power onboarded on each of the last 30 days; what a forecast assumes as rbp.",
    },
    Row {
        name: "renewal_rate_averaged_over_previous_30days",
        aliases: &[],
        unit: FRACTION,
        kind: Kind::Ratio,
        // The renewal history ends the day before the current date.
        values: Values::Figure(|snapshot| {
            let newest = snapshot.current_date().pred_opt().unwrap_or(snapshot.current_date());
            Some((snapshot.smoothed().renewal_rate, newest))
        }),
        meaning: "Median of the renewal rate of each of the last 30 days; what a forecast assumes as rr.",
    },
    Row {
        name: "filplus_rate_averaged_over_previous_30days",
        aliases: &[],
        unit: FRACTION,
        kind: Kind::Ratio,
        values: current!(|snapshot| snapshot.smoothed().filplus_rate),
        meaning: "Median of the FIL+ rate of each of the last 30 days; what a forecast assumes as fpr.",
    },
    Row {
        name: "raw_byte_power",
        aliases: &["raw_byte_power_onboarded_pib_per_day"],
        unit: PIB_PER_DAY,
        kind: Kind::Flow,
        values: Values::Series(Anchor::WindowStart, |snapshot| Some(snapshot.raw_byte_power_window())),
        meaning: "Raw byte power onboarded that day (not the network's total power), over the last 180 days and the current date.",
    },
    Row {
        name: "renewal_rate",
        aliases: &[],
        unit: FRACTION,
        kind: Kind::Ratio,
        values: Values::Series(Anchor::WindowStart, |snapshot| Some(snapshot.renewal_rate_window())),
        meaning: "Share of the raw byte power due to expire that day that was extended, over the last 180 days up to the day before the current date.",
    },
    Row {
        name: "filplus_rate",
        aliases: &[],
        unit: FRACTION,
        kind: Kind::Ratio,
        values: Values::Series(Anchor::WindowStart, Snapshot::filplus_rate_window),
        meaning: "Size of the deals activated that day over the raw byte power onboarded, over the last 180 days and the current date; both are measured apart, so it may pass 1.",
    },
    Row {
        name: "historical_raw_power_eib",
        aliases: &["network_raw_power_eib"],
        unit: EIB,
        kind: Kind::Stock,
        values: column!(DataStart, historical_raw_power_eib),
        meaning: "Raw byte power of the whole network.",
    },
    Row {
        name: "historical_qa_power_eib",
        aliases: &["network_qa_power_eib"],
        unit: EIB,
        kind: Kind::Stock,
        values: column!(DataStart, historical_qa_power_eib),
        meaning: "Quality-adjusted power of the whole network: raw byte power, FIL+ data counted ten times.",
    },
    Row {
        name: "historical_onboarded_rb_power_pib",
        aliases: &[],
        unit: PIB_PER_DAY,
        kind: Kind::Flow,
        values: column!(DataStart, historical_onboarded_rb_power_pib),
        meaning: "Raw byte power of the sectors committed that day.",
    },
    Row {
        name: "historical_onboarded_qa_power_pib",
        aliases: &[],
        unit: PIB_PER_DAY,
        kind: Kind::Flow,
        values: column!(DataStart, historical_onboarded_qa_power_pib),
        meaning: "Quality-adjusted power of the sectors committed that day.",
    },
    Row {
        name: "historical_renewed_rb_power_pib",
        aliases: &[],
        unit: PIB_PER_DAY,
        kind: Kind::Flow,
        values: column!(DataStart, historical_renewed_rb_power_pib),
        meaning: "Raw byte power of the sectors due to expire that day that were extended.",
    },
    Row {
        name: "historical_renewed_qa_power_pib",
        aliases: &[],
        unit: PIB_PER_DAY,
        kind: Kind::Flow,
        values: column!(DataStart, historical_renewed_qa_power_pib),
        meaning: "Quality-adjusted power of the sectors due to expire that day that were extended.",
    },
    Row {
        name: "historical_renewal_rate",
        aliases: &[],
        unit: FRACTION,
        kind: Kind::Ratio,
        values: column!(DataStart, historical_renewal_rate),
        meaning: "Share of the raw byte power due to expire that day that was extended; ends the day before the current date.",
    },
    Row {
        name: "burnt_fil",
        aliases: &["burnt_fil_vec"],
        unit: FIL,
        kind: Kind::CumulativeStock,
        values: column!(DataStart, burnt_fil_vec),
        meaning: "FIL burnt since the network's start, by gas fees and penalties.",
    },
    Row {
        name: "circ_supply",
        aliases: &[],
        unit: FIL,
        kind: Kind::Stock,
        values: optional_column!(circ_supply_vec),
        meaning: "Circulating supply as the chain reports it: mined, vested and disbursed FIL less locked and burnt FIL.",
    },
    Row {
        name: "locked_fil",
        aliases: &[],
        unit: FIL,
        kind: Kind::Stock,
        values: optional_column!(locked_fil_vec),
        meaning: "FIL locked as pledge and as vesting block rewards, as the chain reports it.",
    },
    Row {
        name: "mined_fil",
        aliases: &[],
        unit: FIL,
        kind: Kind::CumulativeStock,
        values: optional_column!(mined_fil_vec),
        meaning: "FIL paid as block rewards since the network's start.",
    },
    Row {
        name: "vested_fil",
        aliases: &[],
        unit: FIL,
        kind: Kind::CumulativeStock,
        values: optional_column!(vested_fil_vec),
        meaning: "FIL of the genesis allocations vested since the network's start.",
    },
    Row {
        name: "rb_known_scheduled_expire_vec",
        aliases: &[],
        unit: PIB_PER_DAY,
        kind: Kind::Flow,
        values: column!(ForecastStart, rb_known_scheduled_expire_vec),
        meaning: "Raw byte power of sectors that exist on the current date and are due to expire that day, unless extended.",
    },
    Row {
        name: "qa_known_scheduled_expire_vec",
        aliases: &[],
        unit: PIB_PER_DAY,
        kind: Kind::Flow,
        values: column!(ForecastStart, qa_known_scheduled_expire_vec),
        meaning: "Quality-adjusted power of sectors that exist on the current date and are due to expire that day, unless extended.",
    },
    Row {
        name: "known_scheduled_pledge_release_full_vec",
        aliases: &[],
        unit: "FIL/day",
        kind: Kind::Flow,
        values: column!(DataStart, known_scheduled_pledge_release_full_vec),
        meaning: "Pledge of the sectors due to expire that day, unless extended; from the start of the histories through the future, past data_end_date.",
    },
    Row {
        name: "rb_power_zero",
        aliases: &[],
        unit: "PiB",
        kind: Kind::Stock,
        values: current!(Snapshot::rb_power_zero),
        meaning: "Raw byte power of the network on the current date, where a forecast starts.",
    },
    Row {
        name: "qa_power_zero",
        aliases: &[],
        unit: "PiB",
        kind: Kind::Stock,
        values: current!(Snapshot::qa_power_zero),
        meaning: "Quality-adjusted power of the network on the current date, where a forecast starts.",
    },
    Row {
        name: "start_vested_amt",
        aliases: &[],
        unit: FIL,
        kind: Kind::CumulativeStock,
        values: at_start!(start_vested_amt),
        meaning: "FIL of the genesis allocations vested by the start of the histories, cut to whole FIL.",
    },
    Row {
        name: "zero_cum_capped_power_eib",
        aliases: &[],
        unit: "EiB-days",
        kind: Kind::CumulativeStock,
        values: at_start!(zero_cum_capped_power_eib),
        meaning: "Sum of the smaller of baseline and raw byte power over the days from the network's start through the start of the histories.",
    },
    Row {
        name: "init_baseline_eib",
        aliases: &[],
        unit: EIB,
        kind: Kind::Stock,
        values: at_start!(init_baseline_eib),
        meaning: "The network baseline at the start of the histories; it doubles every 365 days.",
    },
    Row {
        name: "circ_supply_zero",
        aliases: &[],
        unit: FIL,
        kind: Kind::Stock,
        values: at_start!(circ_supply_zero),
        meaning: "Circulating supply at the start of the histories.",
    },
    Row {
        name: "locked_fil_zero",
        aliases: &[],
        unit: FIL,
        kind: Kind::Stock,
        values: at_start!(locked_fil_zero),
        meaning: "Locked FIL at the start of the histories.",
    },
    Row {
        name: "daily_burnt_fil",
        aliases: &[],
        unit: "FIL/day",
        kind: Kind::Flow,
        values: current!(Snapshot::daily_burnt_fil),
        meaning: "Mean of FIL burnt a day from the start of the histories to the current date; what a forecast assumes.",
    },
    Row {
        name: "lock_ratio",
        aliases: &[],
        unit: FRACTION,
        kind: Kind::Ratio,
        values: Values::Figure(|snapshot| Some((snapshot.lock_ratio()?, snapshot.current_date()))),
        meaning: "Locked FIL over circulating supply on the current date; null where the source has no daily figures of both (those of the start of the histories are locked_fil_zero and circ_supply_zero).",
    },
];
