//! The one table of the model's outputs: names, units, kinds, spans and meanings.
//!
//! Everything that lists or explains series (the HTTP field list, the `OpenAPI` document, the MCP tools, the columns a
//! forecast is computed in) is made from this table.

use crate::constants::ONE_YEAR_DAYS;

/// What sort of quantity a series holds, and so what may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An amount a day: days may be added up.
    Flow,
    /// A level on a day: days may be compared, not added up.
    Stock,
    /// A running total: the difference of two days is what was added between them.
    CumulativeStock,
    /// One quantity by another, or a share: neither to be added up nor differenced into an amount.
    Ratio,
    /// The same value every day.
    Constant,
    /// A day number.
    Index,
}

impl Kind {
    /// The kind in words, as documents and replies have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Stock => "stock",
            Self::CumulativeStock => "cumulative stock",
            Self::Ratio => "ratio",
            Self::Constant => "constant",
            Self::Index => "index",
        }
    }
}

/// Which days a series covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Span {
    /// Every day from the start date to the forecast's last; index 0 is the start date.
    HistoryAndForecast,
    /// Every day of the forecast; index 0 is the current date.
    Forecast,
    /// Every day from the start date on that has a whole year (365 days, its own included) up to the forecast's last;
    /// index 0 is the start date. Empty where there is no such day.
    OneYearAhead,
}

impl Span {
    /// The span in words, as documents and replies have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HistoryAndForecast => "history and forecast",
            Self::Forecast => "forecast",
            Self::OneYearAhead => "history and forecast, short of the last 364 days",
        }
    }

    /// Entries of a series with this span.
    #[must_use]
    pub const fn len(self, history_days: usize, forecast_days: usize) -> usize {
        match self {
            Self::HistoryAndForecast => history_days + forecast_days,
            Self::Forecast => forecast_days,
            Self::OneYearAhead => (history_days + forecast_days + 1).saturating_sub(ONE_YEAR_DAYS),
        }
    }
}

/// One row of the table.
struct Row {
    name: &'static str,
    unit: &'static str,
    kind: Kind,
    span: Span,
    alias_of: Option<Series>,
    meaning: &'static str,
}

macro_rules! table {
    ($($variant:ident: $name:literal $((same as $original:ident))?, $unit:literal, $kind:ident, $span:ident, $meaning:literal;)*) => {
        /// An output of the model.
        #[allow(clippy::doc_markdown, reason = "the meanings are prose, and appear in replies as they are")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Series {
            $(#[doc = $meaning] $variant,)*
        }

        impl Series {
            /// How many series there are.
            pub const COUNT: usize = Self::ALL.len();

            /// All series, in the order in which the model computes them.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];
        }

        static TABLE: [Row; Series::COUNT] = [$(Row {
            name: $name,
            unit: $unit,
            kind: Kind::$kind,
            span: Span::$span,
            alias_of: [$(Some(Series::$original),)? None][0],
            meaning: $meaning,
        }),*];
    };
}

table! {
    Days: "days", "days", Index, HistoryAndForecast,
        "Day number: days since network start, 2020-10-15; whole numbers.";

    RbTotalPowerEib: "rb_total_power_eib", "EiB", Stock, HistoryAndForecast,
        "Raw byte power of the network: measured through the current date, then power on the current date plus onboarded minus expired plus renewed power since; what forecast step t adds shows on current date + 1 + t, and nothing keeps it above zero.";
    QaTotalPowerEib: "qa_total_power_eib", "EiB", Stock, HistoryAndForecast,
        "Quality-adjusted power of the network: measured through the current date, then carried forward like raw byte power (step t shows on current date + 1 + t) and capped at the FIL+ multiplier times raw byte power.";
    RbDayOnboardedPowerPib: "rb_day_onboarded_power_pib", "PiB/day", Flow, HistoryAndForecast,
        "Raw byte power onboarded on the day: measured through the current date, then assumed, step t on current date + 1 + t.";
    QaDayOnboardedPowerPib: "qa_day_onboarded_power_pib", "PiB/day", Flow, HistoryAndForecast,
        "Quality-adjusted power onboarded on the day: measured through the current date, then the assumed raw byte power at its FIL+ share's quality, step t on current date + 1 + t.";
    RbDayRenewedPowerPib: "rb_day_renewed_power_pib", "PiB/day", Flow, HistoryAndForecast,
        "Raw byte power renewed on the day: measured through the current date, then the renewal rate times expiring power, step t on current date + 1 + t.";
    QaDayRenewedPowerPib: "qa_day_renewed_power_pib", "PiB/day", Flow, HistoryAndForecast,
        "Quality-adjusted power renewed on the day: measured through the current date, then renewal rate and renewal multiplier times expiring quality-adjusted power, step t on current date + 1 + t.";
    RbSchedExpirePowerPib: "rb_sched_expire_power_pib", "PiB/day", Flow, Forecast,
        "Raw byte power that reaches its expiration, known for existing sectors and one sector duration after onboarding or renewal for modelled ones; entry t is forecast step t, whose effect on power shows on current date + 1 + t.";
    QaSchedExpirePowerPib: "qa_sched_expire_power_pib", "PiB/day", Flow, Forecast,
        "Quality-adjusted power that reaches its expiration, known for existing sectors and one sector duration after onboarding or renewal for modelled ones; entry t is forecast step t, whose effect on power shows on current date + 1 + t.";
    NetworkRbpEib: "network_RBP_EIB" (same as RbTotalPowerEib), "EiB", Stock, HistoryAndForecast,
        "Raw byte power of the network: the same as rb_total_power_eib.";
    NetworkQapEib: "network_QAP_EIB" (same as QaTotalPowerEib), "EiB", Stock, HistoryAndForecast,
        "Quality-adjusted power of the network: the same as qa_total_power_eib.";
    DayOnboardedPowerQapPib: "day_onboarded_power_QAP_PIB" (same as QaDayOnboardedPowerPib), "PiB/day", Flow, HistoryAndForecast,
        "Quality-adjusted power onboarded on the day: the same as qa_day_onboarded_power_pib.";
    DayRenewedPowerQapPib: "day_renewed_power_QAP_PIB" (same as QaDayRenewedPowerPib), "PiB/day", Flow, HistoryAndForecast,
        "Quality-adjusted power renewed on the day: the same as qa_day_renewed_power_pib.";
    FullRenewalRate: "full_renewal_rate", "fraction", Ratio, HistoryAndForecast,
        "Share of the day's released pledge that is pledged again: measured before the current date, then assumed, step t on current date + t, one day before the power that the same step renews.";

    SixMonthVestSaft: "six_month_vest_saft", "FIL/day", Flow, HistoryAndForecast,
        "FIL vesting on the day from the SAFT tranche of six months (183 days from network start).";
    OneYearVestSaft: "one_year_vest_saft", "FIL/day", Flow, HistoryAndForecast,
        "FIL vesting on the day from the SAFT tranche of one year (365 days from network start).";
    TwoYearVestSaft: "two_year_vest_saft", "FIL/day", Flow, HistoryAndForecast,
        "FIL vesting on the day from the SAFT tranche of two years (730 days from network start).";
    ThreeYearVestSaft: "three_year_vest_saft", "FIL/day", Flow, HistoryAndForecast,
        "FIL vesting on the day from the SAFT tranche of three years (1,095 days from network start).";
    SixYearVestSaft: "six_year_vest_saft", "FIL/day", Flow, HistoryAndForecast,
        "FIL vesting on the day from the SAFT tranche of six years (2,190 days from network start).";
    SixYearVestPl: "six_year_vest_pl", "FIL/day", Flow, HistoryAndForecast,
        "FIL vesting on the day to Protocol Labs, over six years (2,190 days from network start).";
    SixYearVestFoundation: "six_year_vest_foundation", "FIL/day", Flow, HistoryAndForecast,
        "FIL vesting on the day to the Filecoin Foundation, over six years (2,190 days from network start).";
    TotalDayVest: "total_day_vest", "FIL/day", Flow, HistoryAndForecast,
        "FIL vesting on the day from all tranches; zero after 2026-10-13.";
    TotalVest: "total_vest", "FIL", CumulativeStock, HistoryAndForecast,
        "FIL vested since network start, genesis allocations included; the start date's own vesting is added to an initial value that already has it, so the series runs one day ahead.";

    NetworkBaselineEib: "network_baseline_EIB", "EiB", Stock, HistoryAndForecast,
        "Baseline: the raw byte power at which baseline minting pays in full; it doubles every 365 days from its value on the start date, or is the caller's.";
    CappedPowerEib: "capped_power_EIB", "EiB", Stock, HistoryAndForecast,
        "Raw byte power as far as it counts for baseline minting: the smaller of it and the baseline.";
    CumCappedPowerEib: "cum_capped_power_EIB", "EiB-days", CumulativeStock, HistoryAndForecast,
        "Sum over days of capped power since network start; the start date is added to an initial value that already has it, so the series runs one day ahead.";
    NetworkTime: "network_time", "days", CumulativeStock, HistoryAndForecast,
        "Effective network time: the days the network would have needed to earn its cumulative capped power on the baseline.";
    CumSimpleReward: "cum_simple_reward", "FIL", CumulativeStock, HistoryAndForecast,
        "FIL minted since network start by simple minting, which depends on time alone.";
    CumBaselineReward: "cum_baseline_reward", "FIL", CumulativeStock, HistoryAndForecast,
        "FIL minted since network start by baseline minting, which depends on network time.";
    CumNetworkReward: "cum_network_reward", "FIL", CumulativeStock, HistoryAndForecast,
        "FIL minted since network start as block rewards, simple and baseline minting together.";
    DayNetworkReward: "day_network_reward", "FIL/day", Flow, HistoryAndForecast,
        "FIL minted on the day as block rewards: the growth of the cumulative reward since the day before; on the start date the next day's value.";

    DisbursedReserve: "disbursed_reserve", "FIL", Constant, HistoryAndForecast,
        "FIL disbursed from the mining reserve, taken as constant.";
    NetworkGasBurn: "network_gas_burn", "FIL", CumulativeStock, HistoryAndForecast,
        "FIL burnt since network start: measured through the current date, then growing by the assumed daily burn, step t on current date + 1 + t.";
    DayLockedPledge: "day_locked_pledge", "FIL/day", Flow, HistoryAndForecast,
        "Pledge locked on the day for onboarded and for renewed power; computed over the history too, and zero on the start date.";
    DayRenewedPledge: "day_renewed_pledge", "FIL/day", Flow, HistoryAndForecast,
        "The part of the day's locked pledge that is for renewed power: what the renewed sectors had pledged or the present requirement, whichever is larger; zero on the start date.";
    NetworkLockedPledge: "network_locked_pledge", "FIL", Stock, HistoryAndForecast,
        "FIL locked as pledge: a hindcast by the model from half of all locked FIL on the start date, not chain data, then the forecast; nothing keeps it above zero.";
    NetworkLockedReward: "network_locked_reward", "FIL", Stock, HistoryAndForecast,
        "FIL locked as vesting block rewards: three quarters of each day's reward come in and 1/180 of the total goes out; a hindcast by the model from half of all locked FIL on the start date, not chain data, then the forecast.";
    NetworkLocked: "network_locked", "FIL", Stock, HistoryAndForecast,
        "All locked FIL, pledge and rewards, carried forward by itself and kept at zero or above, so that it parts from the sum of the two once that floor was touched; a hindcast over the history, not chain data.";
    CircSupply: "circ_supply", "FIL", Stock, HistoryAndForecast,
        "Circulating supply: disbursed, minted and vested FIL less locked and burnt FIL, at least zero; measured on the start date only, then a hindcast over the history and the forecast.";
    AvailableSupply: "available_supply", "FIL", Stock, HistoryAndForecast,
        "Available supply: the circulating supply and the locked FIL together, at least zero; on the start date the circulating supply alone, hence a jump on the day after; a hindcast over the history.";

    DayPledgePerQap: "day_pledge_per_QAP", "FIL per 32 GiB of quality-adjusted power", Ratio, HistoryAndForecast,
        "Pledge that a new 32 GiB of quality-adjusted power locks on the day; no number where nothing is onboarded; on the start date the next day's value.";
    DayRewardsPerSector: "day_rewards_per_sector", "FIL/day per 32 GiB of quality-adjusted power", Ratio, HistoryAndForecast,
        "Block reward that 32 GiB of quality-adjusted power earns on the day, before costs.";
    OneYearReturnPerSector: "1y_return_per_sector", "FIL per 32 GiB of quality-adjusted power", Ratio, OneYearAhead,
        "Block rewards that 32 GiB of quality-adjusted power earns in the 365 days from the day on, the day included.";
    OneYearSectorRoi: "1y_sector_roi", "fraction", Ratio, OneYearAhead,
        "Return on pledge: block rewards of the 365 days from the day on by the pledge a new sector locks on the day; 0.25 is a quarter of the pledge; no number where nothing is onboarded.";
}

impl Series {
    /// The series with this name, letter by letter.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|series| series.name() == name)
    }

    /// Its name in requests and replies.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Its unit, in words.
    #[must_use]
    pub fn unit(self) -> &'static str {
        self.row().unit
    }

    /// What sort of quantity it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.row().kind
    }

    /// Which days it covers.
    #[must_use]
    pub fn span(self) -> Span {
        self.row().span
    }

    /// What it means, in one sentence that says the conventions a reader has to know.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        self.row().meaning
    }

    /// The series that this one is another name of.
    #[must_use]
    pub fn alias_of(self) -> Option<Self> {
        self.row().alias_of
    }

    /// Whether its values are whole numbers, to be printed as such.
    #[must_use]
    pub fn is_integer(self) -> bool {
        self.kind() == Kind::Index
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_series_and_no_other() {
        for series in Series::ALL {
            assert_eq!(Series::from_name(series.name()), Some(series));
        }
        assert_eq!(Series::from_name("network_rbp_eib"), None, "names are case-sensitive");
        assert_eq!(Series::from_name(""), None);
    }

    #[test]
    fn an_alias_is_described_like_its_original() {
        let aliases: Vec<_> = Series::ALL.into_iter().filter(|series| series.alias_of().is_some()).collect();
        assert_eq!(aliases.len(), 4);
        for alias in aliases {
            let original = alias.alias_of().unwrap();
            assert_eq!(original.alias_of(), None, "{} is an alias of an alias", alias.name());
            assert_eq!(
                (alias.unit(), alias.kind(), alias.span()),
                (original.unit(), original.kind(), original.span()),
                "{}",
                alias.name()
            );
            assert!(alias.meaning().contains(original.name()));
        }
    }

    #[test]
    fn every_meaning_is_one_sentence() {
        for series in Series::ALL {
            let meaning = series.meaning();
            assert!(meaning.ends_with('.') && !meaning.contains(". "), "{}: {meaning}", series.name());
        }
    }
}
