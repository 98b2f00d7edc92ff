use chrono::NaiveDate;
use economy::{Assumptions, Forecast, ModelError, Series, Weighting, constants, fip0081, protocol_baseline};
use network_data::{
    Snapshot,
    calendar::{Resolution, Sampling},
};
use serde::Serialize;

use crate::{
    Answer, PerDay, Question,
    fields::{FIELDS, Fallback, NUMBERS, NumberField},
    per_day::{Summary, hold_last},
};

/// Days that the one-year series look ahead of themselves (model: day `j` sums `j` to `j + 364`).
const LOOK_AHEAD_DAYS: usize = constants::ONE_YEAR_DAYS - 1;

/// Replies that cover fewer days than this come daily where no resolution is asked for: a week's or a month's worth of a
/// weekly reply says little, and a reply of some days holds no Monday.
const DAYS_OF_SHORT_REPLIES: usize = 28;

/// Which days a reply covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The forecast: from the current date on.
    Forecast,
    /// The history too: from the snapshot's start date on.
    WithHistory,
}

/// A question with everything filled in that was left open, from the network's present state.
#[derive(Clone, Debug)]
pub struct Resolved<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) question: Question,
    /// The first [`NUMBERS`] of [`FIELDS`], with [`Self::beyond`] days more than were asked for.
    pub(crate) numbers: [PerDay<f64>; NUMBERS],
    /// Days computed past the horizon, so that the one-year series reach its end.
    beyond: usize,
    historical_gamma: Vec<f64>,
    pub(crate) weighting: PerDay<Weighting>,
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

    /// The days that the answer's series are given for, before anything is computed. Where the question does not say how
    /// densely: `by_path`, but every day of a forecast that is too short to be sure of a day of each resolution.
    #[must_use]
    pub fn sampling(&self, snapshot: &Snapshot, scope: Scope, by_path: Resolution) -> Sampling {
        let (first, days) = self.span(snapshot, scope);
        let default = if days < DAYS_OF_SHORT_REPLIES { Resolution::Daily } else { by_path };
        Sampling::new(first, days, self.resolution.unwrap_or(default))
    }

    /// Fills in what was left open from the network's present state.
    #[must_use]
    pub fn resolve(mut self, snapshot: &Snapshot) -> Resolved<'_> {
        let looks_ahead =
            self.output.iter().any(|series| matches!(series.span(), economy::Span::OneYearAhead));
        // Within the horizon nothing depends on the days past it, so they are computed only where a one-year series is asked for.
        let beyond = if looks_ahead { LOOK_AHEAD_DAYS } else { 0 };
        let history_days = snapshot.historical_days();
        let schedule = fip0081::schedule(snapshot.history().start_day, history_days + self.forecast_days);
        let mut historical_gamma = schedule;
        let mut protocol_gamma = historical_gamma.split_off(history_days);
        let numbers = std::array::from_fn(|nth| {
            let given = self.numbers[nth].take().unwrap_or_else(|| match FIELDS[nth].default {
                Fallback::Network(value) => PerDay::Same(value(snapshot)),
                Fallback::Fixed(value) => PerDay::Same(value),
                // Of the fields that are numbers, only gamma follows a rule of the protocol.
                Fallback::Protocol(_) | Fallback::Other => PerDay::Daily(std::mem::take(&mut protocol_gamma)),
            });
            given.extended(beyond)
        });
        let weighting = self.weighting.clone().extended(beyond);
        let baseline_eib = self.baseline_eib.as_ref().map(|given| {
            // The history keeps the protocol's own.
            let initial = snapshot.data().init_baseline_eib;
            let mut baseline: Vec<f64> = protocol_baseline(initial).take(history_days).collect();
            baseline.extend(given);
            hold_last(&mut baseline, beyond);
            baseline
        });
        Resolved { snapshot, numbers, beyond, historical_gamma, weighting, baseline_eib, question: self }
    }
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
        economy::forecast(&self.snapshot.history(), &self.assumptions(&[]))
    }

    /// What the model is given: `own` in place of the values of these fields, as many days of each as are
    /// [computed](Self::computed_days).
    #[must_use]
    pub fn assumptions<'b>(&'b self, own: &'b [(NumberField, PerDay<f64>)]) -> Assumptions<'b> {
        let number = |which: NumberField| {
            let own = own.iter().find(|(field, _)| *field == which).map(|(_, value)| value);
            own.unwrap_or_else(|| self.number(which)).as_control()
        };
        Assumptions {
            forecast_days: self.computed_days(),
            sector_duration_days: self.question.sector_duration_days,
            onboarding_raw_pib: number(NumberField::Onboarding),
            renewal_rate: number(NumberField::RenewalRate),
            fil_plus_rate: number(NumberField::FilPlusRate),
            fil_plus_multiplier: number(NumberField::FilPlusMultiplier),
            qa_renewal_multiplier: number(NumberField::QaRenewalMultiplier),
            lock_target: number(NumberField::LockTarget),
            gamma: number(NumberField::Gamma),
            historical_gamma: economy::Control::Daily(&self.historical_gamma),
            weighting: self.weighting.as_control(),
            use_available_supply: self.question.use_available_supply,
            locked_sign: economy::LockedSign::Added,
            lambda: constants::MINTING_DECAY_PER_DAY,
            baseline_eib: self.baseline_eib.as_deref(),
            daily_burnt_fil: Some(number(NumberField::DailyBurnt)),
        }
    }

    /// Days to forecast, the current date included.
    #[must_use]
    pub const fn forecast_days(&self) -> usize {
        self.question.forecast_days
    }

    /// Days that the model computes: some more where a series looks ahead of itself.
    #[must_use]
    pub const fn computed_days(&self) -> usize {
        self.question.forecast_days + self.beyond
    }

    /// Lifetime of a sector, days.
    #[must_use]
    pub const fn sector_duration_days(&self) -> usize {
        self.question.sector_duration_days
    }

    /// The value of a field.
    #[must_use]
    pub const fn number(&self, which: NumberField) -> &PerDay<f64> {
        &self.numbers[which as usize]
    }

    /// The value of a field as the reply's `input` has it: a number, or of a vector its length and ends.
    #[must_use]
    pub fn stated(&self, which: NumberField) -> impl Serialize + '_ {
        Summary { value: self.number(which), days: self.question.forecast_days }
    }

    /// Whether the model would be given the same.
    #[must_use]
    pub fn assumes_the_same_as(&self, other: &Self) -> bool {
        let of_question =
            |one: &Question| (one.forecast_days, one.sector_duration_days, one.use_available_supply);
        of_question(&self.question) == of_question(&other.question)
            && self.numbers == other.numbers
            && self.beyond == other.beyond
            && self.historical_gamma == other.historical_gamma
            && self.weighting == other.weighting
            && self.baseline_eib == other.baseline_eib
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
