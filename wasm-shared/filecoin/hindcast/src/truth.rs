//! What came: the figures that forecasts are held against.

use economy::{Assumptions, Control, Series, fip0081};
use network_data::Snapshot;

use crate::model::{HindcastError, Model};
use crate::{JUDGED, Miss};

/// What stands behind a figure of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The chain reported it.
    Reported,
    /// The source does not have it: the model computed it from what the chain reported of power, renewals and burn. An
    /// error of the formulas themselves does not show against it.
    Recomputed,
}

impl Evidence {
    /// The word for it in replies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Recomputed => "recomputed",
        }
    }
}

/// The past of every judged series.
pub struct Truth {
    series: Vec<(Series, Evidence, Vec<f64>)>,
}

impl Truth {
    /// The past of a network: reported where the source has it, else what the model makes of the measured past.
    ///
    /// # Errors
    ///
    /// Inputs of the model that do not fit together.
    pub fn of(network: &Snapshot, model: &impl Model) -> Result<Self, HindcastError> {
        let history = network.history();
        let gamma = fip0081::schedule(history.start_day, history.days() + 1);
        let none = Control::Constant(0.0);
        let assumptions = Assumptions::protocol(history.days(), 1, none, none, none, &gamma);
        let computed = model.forecast(&history, &assumptions, &JUDGED)?;
        let data = network.data();
        let with_evidence = |(series, computed): (Series, Vec<f64>)| {
            let reported = match series {
                Series::CircSupply => data.circ_supply_vec.as_ref(),
                Series::NetworkLocked => data.locked_fil_vec.as_ref(),
                Series::CumNetworkReward => data.mined_fil_vec.as_ref(),
                Series::RbTotalPowerEib
                | Series::QaTotalPowerEib
                | Series::RbDayOnboardedPowerPib
                | Series::QaDayOnboardedPowerPib
                | Series::RbDayRenewedPowerPib
                | Series::QaDayRenewedPowerPib
                | Series::NetworkGasBurn => Some(&computed),
                _ => None,
            };
            match reported {
                Some(reported) => (series, Evidence::Reported, reported.clone()),
                None => (series, Evidence::Recomputed, computed),
            }
        };
        Ok(Self { series: JUDGED.into_iter().zip(computed).map(with_evidence).collect() })
    }

    /// What stands behind the figures of a series.
    #[must_use]
    pub fn evidence(&self, series: Series) -> Evidence {
        self.row(series).map_or(Evidence::Recomputed, |(_, evidence, _)| *evidence)
    }

    /// The figure of a day, counted from the start date; `None` where there is none (a year has not passed yet).
    #[must_use]
    pub fn on(&self, series: Series, day: usize) -> Option<f64> {
        self.row(series)?.2.get(day).copied().filter(|value| value.is_finite() && *value > 0.0)
    }

    /// A forecast held against what came; `None` where one of the two has no number.
    pub(crate) fn judge(
        &self,
        series: Series,
        origin: usize,
        horizon: usize,
        forecast: &[f64],
    ) -> Option<Miss> {
        let actual = self.on(series, origin + horizon)?;
        let forecast =
            forecast.get(origin + horizon).copied().filter(|value| value.is_finite() && *value > 0.0)?;
        Some(Miss { origin, horizon, series, forecast, actual })
    }

    fn row(&self, series: Series) -> Option<&(Series, Evidence, Vec<f64>)> {
        self.series.iter().find(|(one, _, _)| *one == series)
    }
}
