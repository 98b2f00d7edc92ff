//! What a forecast of the past is given to assume.

use economy::{Assumptions, Control, History, Series, constants::defaults::FIL_PLUS_MULTIPLIER, fip0081};
use network_data::Snapshot;

use crate::book::Book;
use crate::model::{HindcastError, Model};
use crate::origin::{Origin, fil_plus_rates};

/// What drives a forecast from a past day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drive {
    /// What really happened: onboarding, renewal rate, FIL+ rate, burn and everything that fell due. What is left is the
    /// error of the model's bookkeeping: terminations, faults, the order of days.
    Events,
    /// The onboarding, renewal rate, FIL+ rate and burn that really came, but only the expirations that were on the books;
    /// sectors onboarded or renewed later last 540 days. What is left is the error of the structure.
    Controls,
    /// What a user got who assumed nothing: medians of the thirty days before.
    Defaults,
}

impl Drive {
    /// All of them, from what knows most to what knows least.
    pub const ALL: [Self; 3] = [Self::Events, Self::Controls, Self::Defaults];

    /// Its name in replies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Controls => "controls",
            Self::Defaults => "defaults",
        }
    }

    /// What it means, in one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Events => {
                "The model was given what really happened afterwards, expirations included: the error of its bookkeeping."
            }
            Self::Controls => {
                "The model was given the onboarding, renewal rate, FIL+ rate and burn that really came, and the expirations on the books that day: the error of its structure."
            }
            Self::Defaults => {
                "The model was given nothing but that day's default assumptions: the error of a forecast as people get it."
            }
        }
    }

    /// Days that can be driven from an origin: a forecast by defaults has no end, one by events ends with them.
    fn days(self, network: &Snapshot, origin: usize, wanted: usize) -> usize {
        match self {
            Self::Defaults => wanted,
            Self::Events | Self::Controls => wanted.min(network.historical_days() - origin),
        }
    }

    /// A forecast of up to `wanted` days from a past day.
    pub(crate) fn forecast(
        self,
        network: &Snapshot,
        origin: &Origin,
        wanted: usize,
        model: &impl Model,
        series: &[Series],
    ) -> Result<Vec<Vec<f64>>, HindcastError> {
        let (from, data) = (origin.day(), network.data());
        let days = self.days(network, from, wanted);
        let history = origin.known().history();
        let gamma = fip0081::schedule(history.start_day, history.days() + days);
        if self == Self::Defaults {
            let smoothed = origin.known().smoothed();
            let assumptions = Assumptions::protocol(
                history.days(),
                days,
                Control::Constant(smoothed.raw_byte_power),
                Control::Constant(smoothed.renewal_rate),
                Control::Constant(smoothed.filplus_rate),
                &gamma,
            );
            return Ok(model.forecast(&history, &assumptions, series)?);
        }

        // Step t of onboarding acts on the day after, of the renewal rate on the day itself (docs/model.md).
        let onboarded = &data.historical_onboarded_rb_power_pib[from + 1..=from + days];
        let fil_plus =
            fil_plus_rates(onboarded, &data.historical_onboarded_qa_power_pib[from + 1..=from + days]);
        let burnt: Vec<f64> =
            data.burnt_fil_vec[from..=from + days].windows(2).map(|pair| pair[1] - pair[0]).collect();
        let protocol = Assumptions::protocol(
            history.days(),
            days,
            Control::Daily(onboarded),
            Control::Daily(&data.historical_renewal_rate[from..from + days]),
            Control::Daily(&fil_plus),
            &gamma,
        );
        let assumptions = Assumptions {
            daily_burnt_fil: Some(Control::Daily(&burnt)),
            // Quality above ten times raw power was measured on single days; the bound on the network's is not meant.
            fil_plus_multiplier: Control::Constant(FIL_PLUS_MULTIPLIER),
            ..protocol
        };
        if self == Self::Controls {
            return Ok(model.forecast(&history, &assumptions, series)?);
        }
        let [raw_due, qa_due] = Book::of_power(network);
        let history = History {
            raw_known_expirations_pib: raw_due.from(from),
            qa_known_expirations_pib: qa_due.from(from),
            known_pledge_release_fil: &data.known_scheduled_pledge_release_full_vec,
            ..history
        };
        // All that fell due is given, so nothing may fall due by the model's own reckoning.
        let assumptions = Assumptions { sector_duration_days: days + 1, ..assumptions };
        Ok(model.forecast(&history, &assumptions, series)?)
    }
}
