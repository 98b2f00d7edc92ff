//! The model under judgement.

use std::borrow::Cow;

use economy::{Assumptions, History, ModelError, Series, forecast};
use network_data::validation::Refused;

/// Something that forecasts: the engine, or one that differs from it in what falls due, what is assumed or what comes out.
pub trait Model {
    /// What this model takes for the power that falls due on each day from the current date on, of what is on the books.
    fn expirations<'a>(&self, on_the_books: &'a [f64]) -> Cow<'a, [f64]> {
        Cow::Borrowed(on_the_books)
    }

    /// What this model assumes where it is given these assumptions.
    fn assumptions<'a>(&self, given: &Assumptions<'a>) -> Assumptions<'a> {
        *given
    }

    /// Changes the engine's values of a series to this model's.
    fn change(&self, _series: Series, _values: &mut [f64]) {}

    /// The daily values of the series asked for, over history and forecast, in the order asked for.
    ///
    /// # Errors
    ///
    /// Inputs that do not fit together.
    fn forecast(
        &self,
        history: &History,
        assumptions: &Assumptions,
        series: &[Series],
    ) -> Result<Vec<Vec<f64>>, ModelError> {
        let raw = self.expirations(history.raw_known_expirations_pib);
        let qa = self.expirations(history.qa_known_expirations_pib);
        let history = History { raw_known_expirations_pib: &raw, qa_known_expirations_pib: &qa, ..*history };
        let forecast = forecast(&history, &self.assumptions(assumptions))?;
        let values = series.iter().map(|one| {
            let mut values = forecast.series(*one).to_vec();
            self.change(*one, &mut values);
            values
        });
        Ok(values.collect())
    }
}

/// The engine.
#[derive(Clone, Copy, Debug)]
pub struct Engine;

impl Model for Engine {}

/// Why there is no hindcast.
#[derive(Debug, thiserror::Error)]
pub enum HindcastError {
    /// The history does not have the day.
    #[error("day {day} is none of a history of {days} days")]
    NoSuchDay {
        /// The day asked for.
        day: usize,
        /// Days of the history.
        days: usize,
    },
    /// What was known on a day is no network.
    #[error("as of day {day}: {refused}")]
    Past {
        /// The day.
        day: usize,
        /// What is wrong with it.
        refused: Refused,
    },
    /// Inputs of the model that do not fit together.
    #[error(transparent)]
    Model(#[from] ModelError),
}
