use chrono::NaiveDate;
use economy::{Assumptions, Forecast, ModelError, Series, constants, defaults, fip0081, protocol_baseline};
use network_data::{
    Snapshot,
    calendar::{Resolution, Sampling},
};

use crate::{
    Answer, CONTROLS, NumberOrVector, Question, WeightingChoice,
    control::{Control, hold_last},
    question::weighting_name,
};

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
    /// The first day of the answer, and how many days it covers.
    pub(crate) fn span(&self, snapshot: &Snapshot, scope: Scope) -> (NaiveDate, usize) {
        match scope {
            Scope::Forecast => (snapshot.current_date(), self.forecast_days),
            Scope::WithHistory => (snapshot.start_date(), snapshot.historical_days() + self.forecast_days),
        }
    }

    /// The days that the answer's series are given for, before anything is computed; `by_path` where the question does not
    /// say how densely.
    #[must_use]
    pub fn sampling(&self, snapshot: &Snapshot, scope: Scope, by_path: Resolution) -> Sampling {
        let (first, days) = self.span(snapshot, scope);
        Sampling::new(first, days, self.resolution.unwrap_or(by_path))
    }

    /// Fills in what was left open from the network's present state.
    #[must_use]
    pub fn resolve(mut self, snapshot: &Snapshot) -> Resolved<'_> {
        let looks_ahead =
            self.output.iter().any(|series| matches!(series.span(), economy::Span::OneYearAhead));
        // Within the horizon nothing depends on the days past it, so they are computed only for who asks.
        let beyond = if looks_ahead { LOOK_AHEAD_DAYS } else { 0 };
        let history_days = snapshot.historical_days();
        let schedule = fip0081::schedule(snapshot.history().start_day, history_days + self.forecast_days);
        let (historical_gamma, gamma) = schedule.split_at(history_days);
        let controls = Control::ALL.map(|which| {
            let given = self.controls[which as usize].take();
            given.unwrap_or_else(|| default(which, snapshot, gamma)).extended(beyond)
        });
        let weighting = match self.weighting.clone() {
            WeightingChoice::Daily(mut daily) => {
                hold_last(&mut daily, beyond);
                WeightingChoice::Daily(daily)
            }
            same @ WeightingChoice::Same(_) => same,
        };
        let baseline_eib = self.baseline_eib.as_ref().map(|given| {
            // The history keeps the protocol's own.
            let initial = snapshot.data().init_baseline_eib;
            let mut baseline: Vec<f64> = protocol_baseline(initial).take(history_days).collect();
            baseline.extend(given);
            hold_last(&mut baseline, beyond);
            baseline
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
fn default(control: Control, snapshot: &Snapshot, gamma: &[f64]) -> NumberOrVector {
    let smoothed = snapshot.smoothed();
    NumberOrVector::Number(match control {
        Control::Onboarding => smoothed.raw_byte_power,
        Control::RenewalRate => smoothed.renewal_rate,
        Control::FilPlusRate => smoothed.filplus_rate,
        Control::LockTarget => defaults::LOCK_TARGET,
        Control::Gamma => return NumberOrVector::Vector(gamma.to_vec()),
        Control::FilPlusMultiplier => defaults::FIL_PLUS_MULTIPLIER,
        Control::QaRenewalMultiplier => defaults::QA_RENEWAL_MULTIPLIER,
        Control::DailyBurnt => snapshot.daily_burnt_fil(),
    })
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
        match &self.question.weighting {
            WeightingChoice::Same(weighting) => vec![weighting_name(*weighting)],
            WeightingChoice::Daily(daily) => daily.iter().copied().map(weighting_name).collect(),
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
