//! The assumptions of an ordinary request.

use economy::{Assumptions, Control, fip0081};

use super::network::Network;

/// What an ordinary request assumes, under the protocol's own gamma.
pub(crate) struct Ordinary {
    history_days: usize,
    gamma: Vec<f64>,
}

impl Ordinary {
    pub(crate) fn new(network: &Network, forecast_days: usize) -> Self {
        let history_days = network.history().days();
        Self { history_days, gamma: fip0081::schedule(network.start_day, history_days + forecast_days) }
    }

    pub(crate) fn assumptions(&self) -> Assumptions<'_> {
        Assumptions::protocol(
            self.history_days,
            self.gamma.len() - self.history_days,
            Control::Constant(2.6),
            Control::Constant(0.83),
            Control::Constant(0.82),
            &self.gamma,
        )
    }
}
