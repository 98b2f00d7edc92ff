//! Pledge: what new or renewed power has to lock.
//!
//! The storage pledge is twenty days of expected reward. The consensus pledge aims to lock a share of the supply; it
//! has a simple part, by the share of the network's quality-adjusted power, and a baseline part, by the share of that
//! or of the baseline, whichever is larger.

use crate::assumptions::{Consensus, Weighting};
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
    /// What decides the consensus pledge.
    pub(crate) consensus: Consensus,
}

impl PledgeTerms {
    /// Initial pledge in FIL for an amount of quality-adjusted power, given the supply it is measured against.
    #[inline]
    pub(crate) fn initial_pledge(&self, added_qa_pib: f64, supply_fil: f64) -> f64 {
        let share_of_network = added_qa_pib / self.network_qa_pib;
        let share_of_larger = added_qa_pib / max(self.network_qa_pib, self.baseline_pib);

        let storage = STORAGE_PLEDGE_DAYS * self.reward_fil * share_of_network;
        let target = self.consensus.lock_target * supply_fil;
        let simple = max(target * share_of_network, 0.0);
        let base = max(target * share_of_larger, 0.0);

        min(PLEDGE_CAP_FIL_PER_PIB * added_qa_pib, storage + self.consensus.pledge(simple, base))
    }
}

impl Consensus {
    /// The consensus pledge from its simple and its baseline part.
    #[inline]
    fn pledge(&self, simple: f64, base: f64) -> f64 {
        let gamma = self.gamma;
        match self.weighting {
            Weighting::Arithmetic => (1.0 - gamma) * simple + gamma * base,
            Weighting::Geometric => libm::pow(simple, 1.0 - gamma) * libm::pow(base, gamma),
            Weighting::Harmonic => 1.0 / ((1.0 - gamma) / simple + gamma / base),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: PledgeTerms = PledgeTerms {
        reward_fil: 100_000.0,
        network_qa_pib: 20_000.0,
        baseline_pib: 80_000.0,
        consensus: CONSENSUS,
    };
    const CONSENSUS: Consensus = Consensus { lock_target: 0.3, gamma: 0.7, weighting: Weighting::Arithmetic };
    const SUPPLY: f64 = 6e8;

    fn with(consensus: Consensus) -> PledgeTerms {
        PledgeTerms { consensus, ..TERMS }
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-13 * b.abs()
    }

    #[test]
    fn pledge_is_twenty_days_of_reward_and_a_share_of_the_lock_target() {
        // A ten-thousandth of the network's power; the baseline is four times the network.
        let (storage, simple, base) = (20.0 * 10.0, 0.3 * 6e8 * 1e-4, 0.3 * 6e8 * 2.5e-5);
        assert!(close(TERMS.initial_pledge(2.0, SUPPLY), storage + 0.3 * simple + 0.7 * base));
        let geometric = with(Consensus { weighting: Weighting::Geometric, ..CONSENSUS });
        let expected = storage + simple.powf(0.3) * base.powf(0.7);
        assert!(close(geometric.initial_pledge(2.0, SUPPLY), expected));
        let harmonic = with(Consensus { weighting: Weighting::Harmonic, ..CONSENSUS });
        assert!(close(harmonic.initial_pledge(2.0, SUPPLY), storage + 1.0 / (0.3 / simple + 0.7 / base)));
    }

    #[test]
    fn a_network_above_the_baseline_pledges_by_its_own_power() {
        let above = PledgeTerms { baseline_pib: 19_999.0, ..TERMS };
        assert!(close(above.initial_pledge(2.0, SUPPLY), 20.0 * 10.0 + 0.3 * 6e8 * 1e-4));
    }

    #[test]
    fn no_power_needs_no_pledge() {
        for weighting in [Weighting::Arithmetic, Weighting::Geometric, Weighting::Harmonic] {
            assert_eq!(with(Consensus { weighting, ..CONSENSUS }).initial_pledge(0.0, SUPPLY), 0.0);
        }
        // 0^0 is 1 in the geometric mean.
        for gamma in [0.0, 1.0] {
            let geometric = with(Consensus { weighting: Weighting::Geometric, gamma, ..CONSENSUS });
            assert_eq!(geometric.initial_pledge(0.0, SUPPLY), 0.0);
        }
    }

    #[test]
    fn what_makes_no_sense_is_computed_by_the_same_formula() {
        // The cap of negative power is below its reward, and so the smaller of the two.
        assert!(close(TERMS.initial_pledge(-2.0, SUPPLY), -2.0 * 1_048_576.0));
        let beyond = with(Consensus { gamma: 1.5, ..CONSENSUS });
        assert!(close(beyond.initial_pledge(2.0, SUPPLY), 200.0 - 0.5 * 18_000.0 + 1.5 * 4_500.0));
    }

    #[test]
    fn one_value_that_is_no_number_makes_the_pledge_none() {
        let nan = f64::NAN;
        assert!(TERMS.initial_pledge(nan, SUPPLY).is_nan());
        assert!(TERMS.initial_pledge(2.0, nan).is_nan());
        for terms in [
            PledgeTerms { reward_fil: nan, ..TERMS },
            PledgeTerms { network_qa_pib: nan, ..TERMS },
            PledgeTerms { baseline_pib: nan, ..TERMS },
            with(Consensus { lock_target: nan, ..CONSENSUS }),
            with(Consensus { gamma: nan, ..CONSENSUS }),
        ] {
            assert!(terms.initial_pledge(2.0, SUPPLY).is_nan());
        }
        // Nothing of nothing.
        assert!(PledgeTerms { network_qa_pib: 0.0, ..TERMS }.initial_pledge(0.0, SUPPLY).is_nan());
    }
}
