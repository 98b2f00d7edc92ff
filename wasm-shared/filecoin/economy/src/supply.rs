//! Supply: what is locked as pledge and as vesting rewards, what is burnt, and what circulates.
//!
//! A recursion over days, because pledge depends on the supply of the day before, and supply on pledge. It starts on the
//! start date and runs through the history by the same formulas as through the forecast: only power, rewards, renewal
//! rates and burn are the network's own there, the rest is a hindcast.

use crate::assumptions::{Assumptions, Control};
use crate::columns::Columns;
use crate::constants::{DISBURSED_RESERVE_FIL, LOCKED_SHARE_OF_REWARD, PIB_PER_EIB, REWARD_VESTING_DAYS};
use crate::extrema::max;
use crate::forecast::Part;
use crate::history::History;
use crate::pledge::PledgeTerms;
use crate::series::Series;

pub(crate) fn forecast(history: &History, assumptions: &Assumptions, part: Part, columns: &mut Columns) {
    let [
        qa_power,
        qa_onboarded,
        qa_renewed,
        renewal_rate,
        total_vest,
        baseline,
        cum_network,
        reward,
        disbursed,
        gas_burn,
        day_locked_pledge,
        day_renewed_pledge,
        locked_pledge,
        locked_reward,
        locked,
        circ_supply,
        available_supply,
    ] = columns.get_mut([
        Series::QaTotalPowerEib,
        Series::QaDayOnboardedPowerPib,
        Series::QaDayRenewedPowerPib,
        Series::FullRenewalRate,
        Series::TotalVest,
        Series::NetworkBaselineEib,
        Series::CumNetworkReward,
        Series::DayNetworkReward,
        Series::DisbursedReserve,
        Series::NetworkGasBurn,
        Series::DayLockedPledge,
        Series::DayRenewedPledge,
        Series::NetworkLockedPledge,
        Series::NetworkLockedReward,
        Series::NetworkLocked,
        Series::CircSupply,
        Series::AvailableSupply,
    ]);

    let history_days = history.days();
    let daily_burnt = assumptions.daily_burnt_fil.unwrap_or(Control::Constant(history.daily_burnt_fil));
    let locked_sign = assumptions.locked_sign.factor();

    if part == Part::Whole {
        disbursed.fill(DISBURSED_RESERVE_FIL);
        gas_burn[..=history_days].copy_from_slice(history.burnt_fil);
        // How the locked FIL divide into pledge and rewards on the start date is not known.
        locked_pledge[0] = history.locked_zero_fil / 2.0;
        locked_reward[0] = history.locked_zero_fil / 2.0;
        locked[0] = history.locked_zero_fil;
        circ_supply[0] = history.circ_supply_zero_fil;
        available_supply[0] = history.circ_supply_zero_fil;
    }

    let first = part.first_day(history).max(1);
    // Carried from day to day. The available supply does not start from the value told for the start date.
    let (mut circulating, mut available) = match first - 1 {
        0 => (history.circ_supply_zero_fil, history.circ_supply_zero_fil - history.locked_zero_fil),
        before => (circ_supply[before], available_supply[before]),
    };

    for day in first..qa_power.len() {
        let supply = if assumptions.use_available_supply { available } else { circulating };
        let terms = PledgeTerms {
            reward_fil: reward[day],
            network_qa_pib: PIB_PER_EIB * qa_power[day],
            baseline_pib: PIB_PER_EIB * baseline[day],
            consensus: assumptions.consensus(history_days, day),
        };
        let for_onboarded = terms.initial_pledge(qa_onboarded[day], supply);
        let for_renewed = terms.initial_pledge(qa_renewed[day], supply);

        let known_release = history.known_pledge_release_fil.get(day).copied().unwrap_or(0.0);
        let modelled_release = day
            .checked_sub(assumptions.sector_duration_days)
            .filter(|&begun| begun >= history_days)
            .map_or(0.0, |begun| day_locked_pledge[begun]);
        let released = known_release + modelled_release;
        let pledged_before = renewal_rate[day] * released;

        // A renewed sector keeps its pledge, and tops it up if the requirement has risen.
        let renewed_pledge = max(pledged_before, for_renewed);
        let top_up = max(0.0, for_renewed - pledged_before);
        let pledge_change = for_onboarded + (-(1.0 - renewal_rate[day]) * released + top_up);
        let reward_change =
            LOCKED_SHARE_OF_REWARD * reward[day] - locked_reward[day - 1] / REWARD_VESTING_DAYS;

        day_renewed_pledge[day] = renewed_pledge;
        day_locked_pledge[day] = for_onboarded + renewed_pledge;
        locked_pledge[day] = locked_pledge[day - 1] + pledge_change;
        locked_reward[day] = locked_reward[day - 1] + reward_change;
        locked[day] = max(locked[day - 1] + pledge_change + reward_change, 0.0);

        if let Some(step) = day.checked_sub(history_days + 1) {
            gas_burn[day] = gas_burn[day - 1] + daily_burnt.at(step);
        }

        let unlocked =
            DISBURSED_RESERVE_FIL + cum_network[day] + total_vest[day] - locked[day] - gas_burn[day];
        available = max(unlocked + locked_sign * locked[day], 0.0);
        circulating = max(unlocked, 0.0);
        available_supply[day] = available;
        circ_supply[day] = circulating;
    }
}
