use chrono::NaiveDate;
use economy::{Assumptions, Forecast, ModelError, Series, Weighting, constants, fip0081};
use network_data::{NETWORK_START, Snapshot, calendar::Resolution};

use crate::{Answer, CONTROLS, NumberOrVector, Question, WeightingChoice, control::Control};

/// Days that the one-year series look ahead of themselves (model: day `j` sums `j` to `j + 364`).
const LOOK_AHEAD_DAYS: usize = constants::ONE_YEAR_DAYS - 1;

/// Which days a reply covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The forecast: from the current date on.
    Forecast,
    /// The history too: from the snapshot's start date on.
    WithHistory,
}

/// A question with everything filled in that was left open, from the network's present state.
pub struct Resolved<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) question: Question,
    /// Every control, in the order of [`CONTROLS`], with [`Self::beyond`] days more than were asked for.
    pub(crate) controls: [NumberOrVector; CONTROLS.len()],
    /// Days computed past the horizon, so that the one-year series reach its end.
    beyond: usize,
    historical_gamma: Vec<f64>,
    weighting: WeightingChoice,
    /// From the start date on.
    baseline_eib: Option<Vec<f64>>,
}

impl Question {
    /// Fills in what was left open from the network's present state.
    #[must_use]
    pub fn resolve(self, snapshot: &Snapshot) -> Resolved<'_> {
        let looks_ahead =
            self.output.iter().any(|series| matches!(series.span(), economy::Span::OneYearAhead));
        // Within the horizon nothing depends on the days past it, so they are computed only for who asks.
        let beyond = if looks_ahead { LOOK_AHEAD_DAYS } else { 0 };
        let history_days = snapshot.historical_days();
        let start_day = day_number(snapshot.start_date());
        let schedule = fip0081::schedule(start_day, history_days + self.forecast_days);
        let (historical_gamma, gamma) = schedule.split_at(history_days);
        let controls = std::array::from_fn(|index| {
            let given = self.controls[index].clone();
            given.unwrap_or_else(|| default(index, snapshot, gamma)).extended(beyond)
        });
        let weighting = match self.weighting.clone() {
            WeightingChoice::Daily(mut daily) => {
                let last = daily.last().copied().unwrap_or_default();
                daily.resize(self.forecast_days + beyond, last);
                WeightingChoice::Daily(daily)
            }
            same @ WeightingChoice::Same(_) => same,
        };
        let baseline_eib = self.baseline_eib.as_ref().map(|given| {
            let initial = snapshot.data().init_baseline_eib;
            let protocol = (0..history_days)
                .map(|day| initial * (constants::BASELINE_GROWTH_PER_DAY * day as f64).exp());
            let last = given.last().copied().unwrap_or_default();
            protocol.chain(given.iter().copied()).chain(std::iter::repeat_n(last, beyond)).collect()
        });
        Resolved {
            snapshot,
            controls,
            beyond,
            historical_gamma: historical_gamma.to_vec(),
            weighting,
            baseline_eib,
            question: self,
        }
    }
}

/// What an assumption is when it was left out.
fn default(control: usize, snapshot: &Snapshot, gamma: &[f64]) -> NumberOrVector {
    use constants::defaults::{FIL_PLUS_MULTIPLIER, LOCK_TARGET, QA_RENEWAL_MULTIPLIER};
    const ONBOARDING: usize = Control::Onboarding as usize;
    const RENEWAL_RATE: usize = Control::RenewalRate as usize;
    const FIL_PLUS_RATE: usize = Control::FilPlusRate as usize;
    const LOCK: usize = Control::LockTarget as usize;
    const GAMMA: usize = Control::Gamma as usize;
    const MULTIPLIER: usize = Control::FilPlusMultiplier as usize;
    const QA_RENEWAL: usize = Control::QaRenewalMultiplier as usize;
    let smoothed = snapshot.smoothed();
    NumberOrVector::Number(match control {
        ONBOARDING => smoothed.raw_byte_power,
        RENEWAL_RATE => smoothed.renewal_rate,
        FIL_PLUS_RATE => smoothed.filplus_rate,
        LOCK => LOCK_TARGET,
        GAMMA => return NumberOrVector::Vector(gamma.to_vec()),
        MULTIPLIER => FIL_PLUS_MULTIPLIER,
        QA_RENEWAL => QA_RENEWAL_MULTIPLIER,
        _ => snapshot.daily_burnt_fil(),
    })
}

/// Days since network start. A validated snapshot starts at network start or later.
fn day_number(date: NaiveDate) -> u32 {
    u32::try_from((date - NETWORK_START).num_days()).unwrap_or(0)
}

impl<'a> Resolved<'a> {
    /// Runs the model and cuts the answer to the days asked for.
    ///
    /// # Errors
    /// Only if the snapshot and the question do not fit together, which their own checks rule out.
    pub fn answer(
        self,
        scope: Scope,
        by_path: Resolution,
        today: NaiveDate,
    ) -> Result<Answer<'a>, ModelError> {
        let forecast = self.run()?;
        Ok(Answer::new(self, forecast, scope, by_path, today))
    }

    fn run(&self) -> Result<Forecast, ModelError> {
        let control = |which: Control| self.controls[which as usize].as_control();
        let history = self.snapshot.history();
        let assumptions = Assumptions {
            forecast_days: self.question.forecast_days + self.beyond,
            sector_duration_days: self.question.sector_duration_days,
            onboarding_raw_pib: control(Control::Onboarding),
            renewal_rate: control(Control::RenewalRate),
            fil_plus_rate: control(Control::FilPlusRate),
            fil_plus_multiplier: control(Control::FilPlusMultiplier),
            qa_renewal_multiplier: control(Control::QaRenewalMultiplier),
            lock_target: control(Control::LockTarget),
            gamma: control(Control::Gamma),
            historical_gamma: economy::Control::Daily(&self.historical_gamma),
            weighting: match &self.weighting {
                WeightingChoice::Same(weighting) => economy::Control::Constant(*weighting),
                WeightingChoice::Daily(daily) => economy::Control::Daily(daily),
            },
            use_available_supply: self.question.use_available_supply,
            locked_sign: economy::LockedSign::Added,
            lambda: constants::MINTING_DECAY_PER_DAY,
            baseline_eib: self.baseline_eib.as_deref(),
            daily_burnt_fil: Some(control(Control::DailyBurnt)),
        };
        economy::forecast(&history, &assumptions)
    }

    /// How gamma weights, by name; a vector by its ends.
    pub(crate) fn weighting_names(&self) -> Vec<&'static str> {
        let name = |weighting: &Weighting| {
            let known = crate::question::WEIGHTINGS.iter().find(|(_, known)| known == weighting);
            known.map_or("arithmetic", |(name, _)| name)
        };
        match &self.question.weighting {
            WeightingChoice::Same(weighting) => vec![name(weighting)],
            WeightingChoice::Daily(daily) => daily.iter().map(name).collect(),
        }
    }
}

/// Where a series' part of a reply begins in the model's own array, and how many days of it have no value there.
pub(crate) fn start_of(series: Series, scope: Scope, history_days: usize) -> (usize, usize) {
    match (scope, series.span()) {
        (Scope::Forecast, economy::Span::Forecast)
        | (Scope::WithHistory, economy::Span::HistoryAndForecast | economy::Span::OneYearAhead) => (0, 0),
        (Scope::Forecast, _) => (history_days, 0),
        (Scope::WithHistory, economy::Span::Forecast) => (0, history_days),
    }
}
