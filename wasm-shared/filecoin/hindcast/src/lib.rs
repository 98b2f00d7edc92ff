#![cfg_attr(
    test,
    allow(
        clippy::float_cmp,
        clippy::unwrap_used,
        reason = "tests compare what is exact, and fail by panicking"
    )
)]
#![doc = include_str!("../README.md")]

mod book;
mod coverage;
mod drive;
mod errors;
mod model;
mod origin;
mod paths;
mod quantile;
mod ranges;
mod truth;

pub use coverage::{Coverage, Judgement, wilson};
pub use drive::Drive;
pub use errors::{Summary, hindcast, summarise};
pub use model::{Engine, HindcastError, Model};
pub use origin::Origin;
pub use ranges::{Band, MIN_PAST_ERRORS, OF_ERRORS, RANGED, Variant, backtest, present_factors, variants};
pub use truth::{Evidence, Truth};

use economy::{Series, Span, constants::ONE_YEAR_DAYS};

/// Days ahead that forecasts are judged at.
pub const HORIZONS: [usize; 5] = [30, 90, 180, 365, 730];

/// Days between two origins.
pub const ORIGIN_STEP: usize = 7;

/// The first origin, counted from the start date: the default assumptions are medians of thirty days.
pub const FIRST_ORIGIN: usize = 30;

/// The series that are judged: those that people decide by. Vesting and the baseline follow from the calendar, and aliases
/// from their originals.
pub const JUDGED: [Series; 16] = [
    Series::RbTotalPowerEib,
    Series::QaTotalPowerEib,
    Series::RbDayOnboardedPowerPib,
    Series::QaDayOnboardedPowerPib,
    Series::RbDayRenewedPowerPib,
    Series::QaDayRenewedPowerPib,
    Series::DayNetworkReward,
    Series::CumNetworkReward,
    Series::NetworkGasBurn,
    Series::NetworkLocked,
    Series::CircSupply,
    Series::AvailableSupply,
    Series::DayPledgePerQap,
    Series::DayRewardsPerSector,
    Series::OneYearReturnPerSector,
    Series::OneYearSectorRoi,
];

/// One error of one forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Miss {
    /// The day the forecast was made on, counted from the start date.
    pub origin: usize,
    /// Days ahead.
    pub horizon: usize,
    /// The series.
    pub series: Series,
    /// What was forecast.
    pub forecast: f64,
    /// What came.
    pub actual: f64,
}

impl Miss {
    /// The error as a share of what came: 0.1 is a forecast ten per cent too high.
    #[must_use]
    pub fn relative(&self) -> f64 {
        self.forecast / self.actual - 1.0
    }

    /// Logarithm of what came over what was forecast.
    #[must_use]
    pub fn log_ratio(&self) -> f64 {
        (self.actual / self.forecast).ln()
    }
}

/// Days after which a forecast of so many days ahead can be held against what came: for the series that look a year ahead,
/// a year later.
#[must_use]
pub fn settles_after(series: Series, horizon: usize) -> usize {
    match series.span() {
        Span::OneYearAhead => horizon + ONE_YEAR_DAYS - 1,
        Span::HistoryAndForecast | Span::Forecast => horizon,
    }
}

/// The origins of a history of so many days: every seventh day from the first one that has a past.
pub fn origins(history_days: usize) -> impl Iterator<Item = usize> {
    (FIRST_ORIGIN..history_days.saturating_sub(HORIZONS[0])).step_by(ORIGIN_STEP)
}
