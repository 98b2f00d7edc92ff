//! Minting: block rewards, 30 % by time alone and 70 % by how well the network keeps up with the baseline.
//!
//! Simple minting decays exponentially in time. Baseline minting decays likewise, but in *network time*: the time the
//! network would have needed to earn its cumulative power, capped by the baseline, had it always been on the baseline.

use crate::assumptions::Assumptions;
use crate::columns::Columns;
use crate::constants::{
    BASELINE_GROWTH_PER_DAY, BASELINE_MINTING_FIL, GENESIS_BASELINE_EIB, SIMPLE_MINTING_FIL,
};
use crate::exponential::DailyExponential;
use crate::extrema::min;
use crate::forecast::Part;
use crate::history::History;
use crate::series::Series;

pub(crate) fn forecast(history: &History, assumptions: &Assumptions, part: Part, columns: &mut Columns) {
    let [
        raw_power,
        baseline,
        capped,
        cum_capped,
        network_time,
        cum_simple,
        cum_baseline,
        cum_network,
        reward,
    ] = columns.get_mut([
        Series::RbTotalPowerEib,
        Series::NetworkBaselineEib,
        Series::CappedPowerEib,
        Series::CumCappedPowerEib,
        Series::NetworkTime,
        Series::CumSimpleReward,
        Series::CumBaselineReward,
        Series::CumNetworkReward,
        Series::DayNetworkReward,
    ]);

    let lambda = assumptions.lambda;
    let first = part.first_day(history);
    let mut growth = DailyExponential::from_day(BASELINE_GROWTH_PER_DAY, first as u32);
    let mut simple_decay = DailyExponential::from_day(-lambda, history.start_day + first as u32);
    let (mut cumulative, mut minted_before) = match first.checked_sub(1) {
        None => (history.zero_cum_capped_power_eib, f64::NAN),
        Some(before) => (cum_capped[before], cum_network[before]),
    };

    for day in first..raw_power.len() {
        baseline[day] =
            assumptions.baseline_eib.map_or(history.init_baseline_eib * growth.next(), |given| given[day]);
        capped[day] = min(baseline[day], raw_power[day]);
        cumulative += capped[day];
        cum_capped[day] = cumulative;
        network_time[day] = time_on_baseline(cumulative);

        cum_simple[day] = SIMPLE_MINTING_FIL * (1.0 - simple_decay.next());
        cum_baseline[day] = BASELINE_MINTING_FIL * (1.0 - libm::exp(-lambda * network_time[day]));
        cum_network[day] = cum_baseline[day] + cum_simple[day];

        reward[day] = cum_network[day] - minted_before;
        minted_before = cum_network[day];
    }
    // Nothing is known of the day before the start date: its reward is taken to be the next day's.
    reward[0] = reward[1];
}

/// The protocol's baseline in EiB, day by day from the start date on without end, given that day's: to the bit what a
/// forecast assumes where its caller gives none.
pub fn protocol_baseline(init_baseline_eib: f64) -> impl Iterator<Item = f64> {
    let mut growth = DailyExponential::from_day(BASELINE_GROWTH_PER_DAY, 0);
    std::iter::repeat_with(move || init_baseline_eib * growth.next())
}

/// Days in which a network on the baseline from network start earns a cumulative power (EiB-days): the inverse of the
/// integral of the baseline.
fn time_on_baseline(cum_power_eib: f64) -> f64 {
    const PER_GROWTH: f64 = 1.0 / BASELINE_GROWTH_PER_DAY;
    PER_GROWTH * libm::log(BASELINE_GROWTH_PER_DAY * cum_power_eib / GENESIS_BASELINE_EIB + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_always_on_the_baseline_has_network_time_pass_like_time() {
        for days in [0.0, 1.0, 365.0, 2190.0, 7300.0_f64] {
            let growth = (BASELINE_GROWTH_PER_DAY * days).exp_m1();
            let earned = GENESIS_BASELINE_EIB * growth / BASELINE_GROWTH_PER_DAY;
            assert!((time_on_baseline(earned) - days).abs() <= 1e-12 * (1.0 + days), "{days}");
        }
    }
}
