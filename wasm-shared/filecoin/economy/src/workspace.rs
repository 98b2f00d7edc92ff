//! Many forecasts of one history, in the memory of one.

use crate::assumptions::{Assumptions, Control, LockedSign};
use crate::forecast::Forecast;
use crate::history::History;
use crate::{ModelError, forecast};

/// Computes one forecast after another from the same history, without taking memory again and without computing the past
/// again.
///
/// What the model says of the days before the current date does not depend on what is assumed of the days after it, so
/// it is kept for as long as the forecasts have the same length and agree in what does decide it. Where they do not,
/// the whole is computed. Either way the result is that of [`forecast()`], to the bit.
///
/// ```
/// # use economy::{Assumptions, Control, History, ModelError, Series, Workspace};
/// # fn of(history: History, assumptions: Assumptions) -> Result<(), ModelError> {
/// let mut workspace = Workspace::new(history);
/// for rate in [0.7, 0.8, 0.9] {
///     let forecast = workspace.forecast(&Assumptions { renewal_rate: Control::Constant(rate), ..assumptions })?;
///     assert!(forecast.series(Series::CircSupply).iter().all(|fil| *fil >= 0.0));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Workspace<'a> {
    history: History<'a>,
    last: Option<(Past, Forecast)>,
}

impl<'a> Workspace<'a> {
    /// A workspace for forecasts of this history.
    #[must_use]
    pub fn new(history: History<'a>) -> Self {
        Self { history, last: None }
    }

    /// Computes a forecast; the one before it is overwritten.
    ///
    /// # Errors
    ///
    /// Those of [`forecast()`].
    pub fn forecast(&mut self, assumptions: &Assumptions) -> Result<&Forecast, ModelError> {
        let last = match self.last.take() {
            Some((past, mut last)) if past.is_of(&self.history, assumptions) => {
                assumptions.check(self.history.days())?;
                last.again(&self.history, assumptions);
                (past, last)
            }
            _ => (Past::of(&self.history, assumptions), forecast(&self.history, assumptions)?),
        };
        Ok(&self.last.insert(last).1)
    }
}

/// The assumptions that decide the days before the current date, and the size of the columns.
#[derive(Clone, Debug)]
struct Past {
    forecast_days: usize,
    gamma: Vec<f64>,
    use_available_supply: bool,
    locked_sign: LockedSign,
    lambda: f64,
    baseline_eib: Option<Vec<f64>>,
}

impl Past {
    fn of(history: &History, assumptions: &Assumptions) -> Self {
        Self {
            forecast_days: assumptions.forecast_days,
            gamma: match assumptions.historical_gamma {
                Control::Constant(gamma) => vec![gamma],
                Control::Daily(gamma) => gamma.to_vec(),
            },
            use_available_supply: assumptions.use_available_supply,
            locked_sign: assumptions.locked_sign,
            lambda: assumptions.lambda,
            baseline_eib: assumptions.baseline_eib.map(|given| past(given, history).to_vec()),
        }
    }

    /// NaN equals nothing, so what holds one is computed as a whole.
    #[expect(clippy::float_cmp, reason = "what is not the very same is computed anew")]
    fn is_of(&self, history: &History, assumptions: &Assumptions) -> bool {
        self.forecast_days == assumptions.forecast_days
            && self.use_available_supply == assumptions.use_available_supply
            && self.locked_sign == assumptions.locked_sign
            && self.lambda == assumptions.lambda
            && self.gamma
                == match &assumptions.historical_gamma {
                    Control::Constant(gamma) => std::slice::from_ref(gamma),
                    Control::Daily(gamma) => gamma,
                }
            && self.baseline_eib.as_deref() == assumptions.baseline_eib.map(|given| past(given, history))
    }
}

/// The days before the current date. The stage that uses the baseline refuses one of a wrong length.
fn past<'a>(baseline: &'a [f64], history: &History) -> &'a [f64] {
    &baseline[..history.days().min(baseline.len())]
}
