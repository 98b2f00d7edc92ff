//! Rolling origins: what each past day would have forecast, and how far off it was.

use economy::{Series, constants::ONE_YEAR_DAYS};
use network_data::Snapshot;

use crate::drive::Drive;
use crate::model::{HindcastError, Model};
use crate::origin::Origin;
use crate::quantile::{quantile, sorted};
use crate::truth::Truth;
use crate::{HORIZONS, JUDGED, Miss, origins, settles_after};

/// The errors of all judged series at all horizons, from every origin whose horizon has passed.
///
/// # Errors
///
/// A past that is no network.
pub fn hindcast(
    network: &Snapshot,
    truth: &Truth,
    drive: Drive,
    model: &impl Model,
) -> Result<Vec<Miss>, HindcastError> {
    // The horizon itself, and the year that the one-year series look ahead.
    let wanted = HORIZONS[HORIZONS.len() - 1] + ONE_YEAR_DAYS + 1;
    let mut misses = Vec::new();
    for day in origins(network.historical_days()) {
        let origin = Origin::new(network, day)?;
        let forecast = drive.forecast(network, &origin, wanted, model, &JUDGED)?;
        for (series, forecast) in JUDGED.into_iter().zip(&forecast) {
            misses.extend(
                HORIZONS.into_iter().filter_map(|horizon| truth.judge(series, day, horizon, forecast)),
            );
        }
    }
    Ok(misses)
}

/// What the errors of a series at a horizon come to; shares of what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Forecasts judged.
    pub origins: usize,
    /// Forecasts whose time does not overlap: how many of them are independent, at most.
    pub independent: usize,
    /// Mean absolute error.
    pub mape: f64,
    /// Mean error: above zero where forecasts were too high.
    pub bias: f64,
    /// The 5th, 25th, 50th, 75th and 95th percentile of the error.
    pub percentiles: [f64; 5],
}

/// Summarises the errors of a series at a horizon; `None` where there are none.
#[must_use]
pub fn summarise(misses: &[Miss], series: Series, horizon: usize) -> Option<Summary> {
    let chosen: Vec<&Miss> =
        misses.iter().filter(|miss| miss.series == series && miss.horizon == horizon).collect();
    let (first, last) = (chosen.first()?, chosen.last()?);
    let errors = sorted(chosen.iter().map(|miss| miss.relative()));
    let count = errors.len() as f64;
    Some(Summary {
        origins: errors.len(),
        independent: independent(first.origin, last.origin, settles_after(series, horizon)),
        mape: errors.iter().map(|error| error.abs()).sum::<f64>() / count,
        bias: errors.iter().sum::<f64>() / count,
        percentiles: [0.05, 0.25, 0.5, 0.75, 0.95].map(|level| quantile(&errors, level)),
    })
}

/// How many forecasts that take so many days to settle fit one after the other between the first and the last origin.
pub(crate) fn independent(first: usize, last: usize, settles: usize) -> usize {
    (last - first) / settles + 1
}
