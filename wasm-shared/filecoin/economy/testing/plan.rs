//! Assumptions that own their vectors.

use economy::{Assumptions, Control, Forecast, LockedSign, Weighting, constants, forecast};

use super::network::Network;

/// The fields of [`Assumptions`], owned.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) forecast_days: usize,
    pub(crate) sector_duration_days: usize,
    pub(crate) onboarding_raw_pib: Given,
    pub(crate) renewal_rate: Given,
    pub(crate) fil_plus_rate: Given,
    pub(crate) fil_plus_multiplier: Given,
    pub(crate) qa_renewal_multiplier: Given,
    pub(crate) lock_target: Given,
    pub(crate) gamma: Given,
    pub(crate) historical_gamma: Given,
    pub(crate) weighting: Given<Weighting>,
    pub(crate) use_available_supply: bool,
    pub(crate) locked_sign: LockedSign,
    pub(crate) baseline_eib: Option<Vec<f64>>,
    pub(crate) daily_burnt_fil: Option<Given>,
}

/// The owned form of a [`Control`].
#[derive(Clone, Debug)]
pub(crate) enum Given<T = f64> {
    Constant(T),
    Daily(Vec<T>),
}

impl<T: Copy> Given<T> {
    pub(crate) fn control(&self) -> Control<'_, T> {
        match self {
            Self::Constant(value) => Control::Constant(*value),
            Self::Daily(values) => Control::Daily(values),
        }
    }
}

impl Plan {
    pub(crate) fn assumptions(&self) -> Assumptions<'_> {
        Assumptions {
            forecast_days: self.forecast_days,
            sector_duration_days: self.sector_duration_days,
            onboarding_raw_pib: self.onboarding_raw_pib.control(),
            renewal_rate: self.renewal_rate.control(),
            fil_plus_rate: self.fil_plus_rate.control(),
            fil_plus_multiplier: self.fil_plus_multiplier.control(),
            qa_renewal_multiplier: self.qa_renewal_multiplier.control(),
            lock_target: self.lock_target.control(),
            gamma: self.gamma.control(),
            historical_gamma: self.historical_gamma.control(),
            weighting: self.weighting.control(),
            use_available_supply: self.use_available_supply,
            locked_sign: self.locked_sign,
            lambda: constants::MINTING_DECAY_PER_DAY,
            baseline_eib: self.baseline_eib.as_deref(),
            daily_burnt_fil: self.daily_burnt_fil.as_ref().map(Given::control),
        }
    }

    pub(crate) fn forecast(&self, network: &Network) -> Forecast {
        forecast(&network.history(), &self.assumptions()).unwrap()
    }
}
