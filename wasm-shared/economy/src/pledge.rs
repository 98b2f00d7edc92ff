//! Pledge: what new or renewed power has to lock.
//!
//! The storage pledge is twenty days of expected reward. The consensus pledge aims to lock a share of the supply; it
//! has a simple part, by the share of the network's quality-adjusted power, and a baseline part, by the share of that
//! or of the baseline, whichever is larger.

use crate::assumptions::Weighting;
use crate::constants::{PLEDGE_CAP_FIL_PER_PIB, STORAGE_PLEDGE_DAYS};
use crate::extrema::{max, min};

/// What a day's pledge depends on, besides the power added and the supply.
pub(crate) struct PledgeTerms {
    /// The day's block reward, FIL.
    pub(crate) reward_fil: f64,
    /// The network's quality-adjusted power, PiB.
    pub(crate) network_qa_pib: f64,
    /// The baseline, PiB.
    pub(crate) baseline_pib: f64,
    /// Share of the supply that the consensus pledge aims to lock.
    pub(crate) lock_target: f64,
    /// Weight of the baseline part.
    pub(crate) gamma: f64,
    /// How the parts are averaged.
    pub(crate) weighting: Weighting,
}

impl PledgeTerms {
    /// Initial pledge in FIL for an amount of quality-adjusted power, given the supply it is measured against.
    #[inline]
    pub(crate) fn initial_pledge(&self, added_qa_pib: f64, supply_fil: f64) -> f64 {
        let share_of_network = added_qa_pib / self.network_qa_pib;
        let share_of_larger = added_qa_pib / max(self.network_qa_pib, self.baseline_pib);

        let storage = STORAGE_PLEDGE_DAYS * self.reward_fil * share_of_network;
        let target = self.lock_target * supply_fil;
        let simple = max(target * share_of_network, 0.0);
        let base = max(target * share_of_larger, 0.0);

        min(PLEDGE_CAP_FIL_PER_PIB * added_qa_pib, storage + self.consensus(simple, base))
    }

    /// The consensus pledge from its simple and its baseline part.
    #[inline]
    fn consensus(&self, simple: f64, base: f64) -> f64 {
        let gamma = self.gamma;
        match self.weighting {
            Weighting::Arithmetic => (1.0 - gamma) * simple + gamma * base,
            Weighting::Geometric => libm::pow(simple, 1.0 - gamma) * libm::pow(base, gamma),
            Weighting::Harmonic => 1.0 / ((1.0 - gamma) / simple + gamma / base),
        }
    }
}
