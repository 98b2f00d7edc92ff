//! The same assumptions said otherwise: for fewer days, or with every day written out.

use crate::plan::{Given, Plan};

impl<T: Copy> Given<T> {
    /// The same for a shorter forecast.
    fn cut(&self, days: usize) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(*value),
            Self::Daily(values) => Self::Daily(values[..days].to_vec()),
        }
    }

    /// The same for a shorter or longer forecast, the last value held.
    fn resized(&self, days: usize) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(*value),
            Self::Daily(values) => {
                Self::Daily((0..days).map(|day| values[day.min(values.len() - 1)]).collect())
            }
        }
    }

    /// The same with every day written out.
    pub(crate) fn spread(&self, days: usize) -> Self {
        match self {
            Self::Constant(value) => Self::Daily(vec![*value; days]),
            Self::Daily(values) => Self::Daily(values.clone()),
        }
    }
}

impl Plan {
    /// The same assumptions for a shorter forecast.
    pub(crate) fn cut(&self, history_days: usize, forecast_days: usize) -> Self {
        let baseline = self.baseline_eib.as_ref();
        Self {
            forecast_days,
            onboarding_raw_pib: self.onboarding_raw_pib.cut(forecast_days),
            renewal_rate: self.renewal_rate.cut(forecast_days),
            fil_plus_rate: self.fil_plus_rate.cut(forecast_days),
            fil_plus_multiplier: self.fil_plus_multiplier.cut(forecast_days),
            qa_renewal_multiplier: self.qa_renewal_multiplier.cut(forecast_days),
            lock_target: self.lock_target.cut(forecast_days),
            gamma: self.gamma.cut(forecast_days),
            weighting: self.weighting.cut(forecast_days),
            baseline_eib: baseline.map(|baseline| baseline[..history_days + forecast_days].to_vec()),
            daily_burnt_fil: self.daily_burnt_fil.as_ref().map(|burnt| burnt.cut(forecast_days)),
            ..self.clone()
        }
    }

    /// The same assumptions for as many days as another plan's, with its assumptions of the past.
    pub(crate) fn with_the_past_of(&self, other: &Self) -> Self {
        let days = other.forecast_days;
        Self {
            forecast_days: days,
            onboarding_raw_pib: self.onboarding_raw_pib.resized(days),
            renewal_rate: self.renewal_rate.resized(days),
            fil_plus_rate: self.fil_plus_rate.resized(days),
            fil_plus_multiplier: self.fil_plus_multiplier.resized(days),
            qa_renewal_multiplier: self.qa_renewal_multiplier.resized(days),
            lock_target: self.lock_target.resized(days),
            gamma: self.gamma.resized(days),
            weighting: self.weighting.resized(days),
            historical_gamma: other.historical_gamma.clone(),
            use_available_supply: other.use_available_supply,
            locked_sign: other.locked_sign,
            baseline_eib: other.baseline_eib.clone(),
            daily_burnt_fil: self.daily_burnt_fil.as_ref().map(|burnt| burnt.resized(days)),
            ..self.clone()
        }
    }

    /// The same assumptions with every constant written out for every day.
    pub(crate) fn spread(&self, history_days: usize) -> Self {
        let days = self.forecast_days;
        Self {
            onboarding_raw_pib: self.onboarding_raw_pib.spread(days),
            renewal_rate: self.renewal_rate.spread(days),
            fil_plus_rate: self.fil_plus_rate.spread(days),
            fil_plus_multiplier: self.fil_plus_multiplier.spread(days),
            qa_renewal_multiplier: self.qa_renewal_multiplier.spread(days),
            lock_target: self.lock_target.spread(days),
            gamma: self.gamma.spread(days),
            historical_gamma: self.historical_gamma.spread(history_days),
            weighting: self.weighting.spread(days),
            daily_burnt_fil: self.daily_burnt_fil.as_ref().map(|burnt| burnt.spread(days)),
            ..self.clone()
        }
    }
}
