use chrono::NaiveDate;

use super::HISTORY_START;
use crate::data::NETWORK_START;

/// A table that Spacescope keeps, with one row a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Statistic {
    /// Raw and quality-adjusted power of the network, and its baseline.
    Power,
    /// Power onboarded, by sector size.
    Onboarding,
    /// Circulating supply and what it is made of.
    Supply,
    /// Size of the deals activated.
    Deals,
    /// What sectors were or are to expire, and what became of them. One reply holds the whole table, past and future.
    Expirations,
}

impl Statistic {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Power, Self::Onboarding, Self::Supply, Self::Deals, Self::Expirations];

    /// Those that are asked for by ranges of days.
    pub const DAILY: [Self; 4] = [Self::Power, Self::Onboarding, Self::Supply, Self::Deals];

    /// Its name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Onboarding => "onboarding",
            Self::Supply => "supply",
            Self::Deals => "deals",
            Self::Expirations => "expirations",
        }
    }

    /// The statistic of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|statistic| statistic.name() == name)
    }

    /// Its path, below the base URL.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Power => "/v2/power/network_storage_capacity",
            Self::Onboarding => "/v2/power/daily_power_onboarding_by_sector_size",
            Self::Supply => "/v2/circulating_supply/circulating_supply",
            Self::Deals => "/v2/deals/deal_size",
            Self::Expirations => "/v2/power/sectors_schedule_expiration",
        }
    }

    /// The field that holds a row's day.
    #[must_use]
    pub const fn day_field(self) -> &'static str {
        match self {
            Self::Expirations => "interest_date",
            _ => "stat_date",
        }
    }

    /// The fields that are used, in the order in which rows hold them. Power, sizes: bytes; pledge, supply: FIL.
    #[must_use]
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Power => &["total_raw_bytes_power", "total_qa_bytes_power", "baseline_power"],
            Self::Onboarding => {
                &["commit_rbp_32gib", "commit_rbp_64gib", "commit_qap_32gib", "commit_qap_64gib"]
            }
            Self::Supply => &[
                "circulating_fil",
                "mined_fil",
                "vested_fil",
                "locked_fil",
                "burnt_fil",
                "reserve_disbursed_fil",
            ],
            Self::Deals => &["daily_activated_regular_deal_size", "daily_activated_verified_deal_size"],
            Self::Expirations => &[
                "extended_bytes",
                "extended_bytes_qap",
                "terminated_bytes",
                "terminated_bytes_qap",
                "terminated_pledge",
                "schedule_expire_bytes",
                "schedule_expire_bytes_qap",
                "schedule_expire_pledge",
            ],
        }
    }

    /// The first day that is needed: power from genesis on, for the cumulative capped power.
    #[must_use]
    pub const fn first_day(self) -> NaiveDate {
        match self {
            Self::Power => NETWORK_START,
            _ => HISTORY_START,
        }
    }
}
