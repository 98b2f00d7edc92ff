//! The model under judgement.

use economy::{Assumptions, History, ModelError, Series, forecast};
use network_data::validation::Refused;

/// Something that forecasts. The judge knows no more of it, so that a broken one can be judged as well.
pub trait Model {
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
    ) -> Result<Vec<Vec<f64>>, ModelError>;
}

/// The engine.
#[derive(Clone, Copy, Debug)]
pub struct Engine;

impl Model for Engine {
    fn forecast(
        &self,
        history: &History,
        assumptions: &Assumptions,
        series: &[Series],
    ) -> Result<Vec<Vec<f64>>, ModelError> {
        let forecast = forecast(history, assumptions)?;
        Ok(series.iter().map(|one| forecast.series(*one).to_vec()).collect())
    }
}

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
