//! The forecast: the stages of the model, one after the other, and what they give.

use crate::assumptions::Assumptions;
use crate::columns::Columns;
use crate::history::History;
use crate::series::Series;
use crate::{ModelError, minting, power, returns, supply, vesting};

/// Every series of the model, for every day of the history and the forecast.
#[derive(Clone, Debug)]
pub struct Forecast {
    columns: Columns,
}

/// Computes all series of the model.
///
/// Power, which needs only its own assumptions, drives minting; minting, vesting, pledge and burn drive supply; and all
/// of them together a sector's return. The result depends on nothing but the inputs and is the same to the bit on every
/// target.
///
/// # Errors
///
/// [`ModelError`] if an input does not have one value for each day it is about, or a number of days is zero. Values are
/// not judged; a NaN spreads to every value that depends on it.
pub fn forecast(history: &History, assumptions: &Assumptions) -> Result<Forecast, ModelError> {
    history.check()?;
    assumptions.check(history.days())?;

    let mut columns = Columns::new(history.days(), assumptions.forecast_days);
    number_days(history, &mut columns);
    vesting::forecast(history, &mut columns);
    from_power_on(history, assumptions, Part::Whole, &mut columns);

    Ok(Forecast { columns })
}

/// Which days a stage computes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All, into columns that hold nothing yet.
    Whole,
    /// The current date and those after it, into columns that hold a forecast of the same history and length. What the
    /// days before hold does not depend on what is assumed of these.
    FromCurrentDate,
}

impl Part {
    /// The first day to compute, counted from the start date.
    pub(crate) fn first_day(self, history: &History) -> usize {
        match self {
            Self::Whole => 0,
            Self::FromCurrentDate => history.days(),
        }
    }
}

/// The stages that depend on assumptions, in their order.
fn from_power_on(history: &History, assumptions: &Assumptions, part: Part, columns: &mut Columns) {
    power::forecast(history, assumptions, part, columns);
    minting::forecast(history, assumptions, part, columns);
    supply::forecast(history, assumptions, part, columns);
    returns::forecast(history, part, columns);
}

fn number_days(history: &History, columns: &mut Columns) {
    let [days] = columns.get_mut([Series::Days]);
    for (day, number) in days.iter_mut().zip(history.start_day..) {
        *day = f64::from(number);
    }
}

impl Forecast {
    /// Computes the current date and the days after it anew, in the memory of this forecast, which has to be of the same
    /// history and length.
    pub(crate) fn again(&mut self, history: &History, assumptions: &Assumptions) {
        from_power_on(history, assumptions, Part::FromCurrentDate, &mut self.columns);
    }

    /// The values of a series, one a day; [`Series::span`] says which days.
    #[must_use]
    pub fn series(&self, series: Series) -> &[f64] {
        self.columns.get(series)
    }

    /// `H`: days from the start date to the current date, which is index `H` of a series that spans history and
    /// forecast.
    #[must_use]
    pub fn history_days(&self) -> usize {
        self.days() - self.forecast_days()
    }

    /// `F`: days of the forecast, from the current date on.
    #[must_use]
    pub fn forecast_days(&self) -> usize {
        self.series(Series::RbSchedExpirePowerPib).len()
    }

    /// `H + F`: days of a series that spans history and forecast.
    #[must_use]
    pub fn days(&self) -> usize {
        self.series(Series::Days).len()
    }

    /// The first day, counted from the start date, on which raw byte or quality-adjusted power is below zero: renewals
    /// and onboarding together fell short of the expirations, and whatever is computed from power has no meaning from
    /// there on. A caller should warn of it.
    #[must_use]
    pub fn first_negative_power(&self) -> Option<usize> {
        let below_zero = |series| self.series(series).iter().position(|power| *power < 0.0);
        match (below_zero(Series::RbTotalPowerEib), below_zero(Series::QaTotalPowerEib)) {
            (Some(raw), Some(qa)) => Some(raw.min(qa)),
            (raw, qa) => raw.or(qa),
        }
    }

    /// The first day after the start date on which the locked FIL or a supply is at the floor of zero that the model
    /// puts under it: the assumptions lock more than there is, or release more than was locked. A caller should warn of
    /// it.
    #[must_use]
    pub fn first_floored_supply(&self) -> Option<usize> {
        [Series::NetworkLocked, Series::CircSupply, Series::AvailableSupply]
            .into_iter()
            .filter_map(|series| self.series(series).iter().skip(1).position(|amount| *amount == 0.0))
            .min()
            .map(|day| day + 1)
    }
}
