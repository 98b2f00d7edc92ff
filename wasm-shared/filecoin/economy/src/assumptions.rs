//! What a forecast assumes about the future: the model's controls.

use crate::ModelError;
use crate::constants::{HISTORICAL_LOCK_TARGET, MINTING_DECAY_PER_DAY, defaults};
use crate::error::check_length;

/// An assumption that is either the same every day or given for each day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Control<'a, T = f64> {
    /// The same value every day.
    Constant(T),
    /// One value for each day. The length is exact: a vector of one entry is not a constant.
    Daily(&'a [T]),
}

impl<T: Copy> Control<'_, T> {
    /// The value on the given day, counted from the control's first.
    #[inline]
    pub(crate) fn at(&self, day: usize) -> T {
        match self {
            Self::Constant(value) => *value,
            Self::Daily(values) => values[day],
        }
    }

    fn check(&self, input: &'static str, days: usize, reason: &'static str) -> Result<(), ModelError> {
        match self {
            Self::Constant(_) => Ok(()),
            Self::Daily(values) => check_length(input, values.len(), days, reason),
        }
    }
}

impl<T> From<T> for Control<'_, T> {
    fn from(value: T) -> Self {
        Self::Constant(value)
    }
}

/// How the simple and the baseline part of the consensus pledge are averaged, with weights `1 - gamma` and `gamma`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weighting {
    /// `(1 - gamma) simple + gamma base`, the protocol's own since FIP-0081.
    #[default]
    Arithmetic,
    /// `simple^(1 - gamma) base^gamma`.
    Geometric,
    /// `1 / ((1 - gamma) / simple + gamma / base)`. Where no power is added and gamma is exactly 0 or 1 this is NaN,
    /// and so is everything that follows from it.
    Harmonic,
}

/// What becomes of the locked FIL on the way from the circulating to the available supply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LockedSign {
    /// `available = circulating + locked`: all FIL that exist and were not burnt. The right one.
    #[default]
    Added,
    /// `available = circulating - locked`, the locked FIL a second time subtracted: mechaFIL at commit 7c83961, which
    /// some reference scenarios were computed with.
    Subtracted,
}

impl LockedSign {
    /// The factor of the locked FIL: 1 or -1.
    pub(crate) fn factor(self) -> f64 {
        match self {
            Self::Added => 1.0,
            Self::Subtracted => -1.0,
        }
    }
}

/// What decides the consensus pledge on a day.
#[derive(Clone, Copy)]
pub(crate) struct Consensus {
    /// Share of the supply to lock.
    pub(crate) lock_target: f64,
    /// Weight of the baseline part.
    pub(crate) gamma: f64,
    /// How the parts are averaged.
    pub(crate) weighting: Weighting,
}

/// Everything a forecast assumes.
///
/// `F` is the forecast's length, `H` the history's. A daily control has exactly `F` entries, for the days from the
/// current date on. Two conventions of the model meet here: entry `t` of the controls of **power** (onboarding, FIL+
/// rate and multipliers, and the renewal rate as far as power is concerned) and of the gas burn acts on the day after,
/// `current date + 1 + t`, because the history already tells the current date's; entry `t` of the controls of **pledge**
/// (lock target, gamma, weighting, and the renewal rate as far as pledge is concerned) acts on `current date + t`.
#[derive(Clone, Copy, Debug)]
pub struct Assumptions<'a> {
    /// `F`: days to forecast, the current date included; at least 1. With 1, nothing of the power controls enters.
    pub forecast_days: usize,
    /// Lifetime of a new or renewed sector in days; at least 1.
    pub sector_duration_days: usize,

    /// Raw byte power onboarded, PiB/day (32 GiB sectors: 1 PiB is 32,768 of them).
    pub onboarding_raw_pib: Control<'a>,
    /// Share of expiring power, and of pledge about to be released, that is renewed: 0 to 1.
    pub renewal_rate: Control<'a>,
    /// Share of onboarded raw byte power that carries verified deals: 0 to 1.
    pub fil_plus_rate: Control<'a>,
    /// Quality of verified power, as a multiple of raw byte power; it also bounds the network's average quality.
    pub fil_plus_multiplier: Control<'a>,
    /// Share of its quality-adjusted power that a renewed sector keeps; 1 keeps all.
    pub qa_renewal_multiplier: Control<'a>,

    /// Share of the supply that the consensus pledge aims to lock.
    pub lock_target: Control<'a>,
    /// Weight of the baseline in the consensus pledge, 0 to 1; see [`fip0081`](crate::fip0081) for the protocol's own.
    pub gamma: Control<'a>,
    /// The same over the history; a daily one has `H` entries from the start date on.
    pub historical_gamma: Control<'a>,
    /// How gamma weights the two parts of the consensus pledge. Over the history it is arithmetic.
    pub weighting: Control<'a, Weighting>,
    /// Whether pledge is measured against the available supply instead of the circulating one.
    pub use_available_supply: bool,
    /// Which available supply.
    pub locked_sign: LockedSign,

    /// Decay of minting a day; [`MINTING_DECAY_PER_DAY`] is the protocol's.
    pub lambda: f64,
    /// The baseline in EiB for every day from the start date to the forecast's last, `H + F` entries; `None` is the
    /// protocol's, which grows from the history's initial value and doubles every 365 days.
    pub baseline_eib: Option<&'a [f64]>,
    /// FIL burnt a day; `None` is the history's mean.
    pub daily_burnt_fil: Option<Control<'a>>,
}

impl<'a> Assumptions<'a> {
    /// The three assumptions that have no default, and the protocol's own values and the product's defaults
    /// ([`defaults`]) for all others.
    ///
    /// `gamma` holds the weight of the baseline for every day from the start date on, `history_days + forecast_days`
    /// entries, as [`fip0081::schedule`](crate::fip0081::schedule) makes them.
    #[must_use]
    pub fn protocol(
        history_days: usize,
        forecast_days: usize,
        onboarding_raw_pib: Control<'a>,
        renewal_rate: Control<'a>,
        fil_plus_rate: Control<'a>,
        gamma: &'a [f64],
    ) -> Self {
        let (historical_gamma, gamma) = gamma.split_at(history_days.min(gamma.len()));
        Self {
            forecast_days,
            sector_duration_days: defaults::SECTOR_DURATION_DAYS,
            onboarding_raw_pib,
            renewal_rate,
            fil_plus_rate,
            fil_plus_multiplier: Control::Constant(defaults::FIL_PLUS_MULTIPLIER),
            qa_renewal_multiplier: Control::Constant(defaults::QA_RENEWAL_MULTIPLIER),
            lock_target: Control::Constant(defaults::LOCK_TARGET),
            gamma: Control::Daily(gamma),
            historical_gamma: Control::Daily(historical_gamma),
            weighting: Control::Constant(Weighting::Arithmetic),
            use_available_supply: false,
            locked_sign: LockedSign::Added,
            lambda: MINTING_DECAY_PER_DAY,
            baseline_eib: None,
            daily_burnt_fil: None,
        }
    }

    /// What decides the consensus pledge on a day, counted from the start date.
    #[inline]
    pub(crate) fn consensus(&self, history_days: usize, day: usize) -> Consensus {
        match day.checked_sub(history_days) {
            None => Consensus {
                lock_target: HISTORICAL_LOCK_TARGET,
                gamma: self.historical_gamma.at(day),
                weighting: Weighting::Arithmetic,
            },
            Some(step) => Consensus {
                lock_target: self.lock_target.at(step),
                gamma: self.gamma.at(step),
                weighting: self.weighting.at(step),
            },
        }
    }

    /// Refuses controls that do not have a value for every day of the forecast.
    ///
    /// # Errors
    ///
    /// [`ModelError`] naming the control.
    pub fn check(&self, history_days: usize) -> Result<(), ModelError> {
        const FORECAST: &str = "one for each day of the forecast, from the current date on";
        const HISTORY: &str = "one for each day from the start date to the day before the current date";
        const BOTH: &str = "one for each day from the start date to the forecast's last";

        for (input, days) in
            [("forecast_days", self.forecast_days), ("sector_duration_days", self.sector_duration_days)]
        {
            if days == 0 {
                return Err(ModelError::NoDays { input });
            }
        }
        let days = self.forecast_days;
        self.onboarding_raw_pib.check("onboarding_raw_pib", days, FORECAST)?;
        self.renewal_rate.check("renewal_rate", days, FORECAST)?;
        self.fil_plus_rate.check("fil_plus_rate", days, FORECAST)?;
        self.fil_plus_multiplier.check("fil_plus_multiplier", days, FORECAST)?;
        self.qa_renewal_multiplier.check("qa_renewal_multiplier", days, FORECAST)?;
        self.lock_target.check("lock_target", days, FORECAST)?;
        self.gamma.check("gamma", days, FORECAST)?;
        self.historical_gamma.check("historical_gamma", history_days, HISTORY)?;
        self.weighting.check("weighting", days, FORECAST)?;
        if let Some(burnt) = &self.daily_burnt_fil {
            burnt.check("daily_burnt_fil", days, FORECAST)?;
        }
        if let Some(baseline) = self.baseline_eib {
            check_length("baseline_eib", baseline.len(), history_days + days, BOTH)?;
        }
        Ok(())
    }
}
