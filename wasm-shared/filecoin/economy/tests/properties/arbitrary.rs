//! Any network and any assumptions that could be Filecoin's: wide, but of the right sign and order of magnitude.

use std::fmt::Debug;
use std::ops::Range;

use economy::{LockedSign, Weighting};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::network::Network;
use crate::plan::{Given, Plan};

/// A history of at least two days before the current one, so that no forecast day is next to the start date.
const HISTORY_DAYS: Range<usize> = 2..50;
const KNOWN_DAYS: Range<usize> = 0..200;

/// Mostly short, because that is faster, and sometimes long enough for the one-year series to have entries.
fn forecast_days() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 1..100_usize, 1 => 330..450_usize]
}

/// A network and assumptions about it.
pub(crate) fn any_case() -> impl Strategy<Value = (Network, Plan)> {
    any_network().prop_flat_map(|network| {
        let history_days = network.history().days();
        (Just(network), any_plan(history_days))
    })
}

pub(crate) fn any_network() -> impl Strategy<Value = Network> {
    (HISTORY_DAYS, KNOWN_DAYS, KNOWN_DAYS).prop_flat_map(|(days, known, known_releases)| {
        let power = (vec(3.0..20.0, days + 1), vec(10.0..30.0, days + 1));
        let inflow = (
            vec(0.5..15.0, days + 1),
            vec(1.0..50.0, days + 1),
            vec(0.0..30.0, days + 1),
            vec(0.0..60.0, days + 1),
        );
        // From nothing to more than there is.
        let known = (scaled(200.0, known), scaled(800.0, known), scaled(1e7, days + known_releases));
        let start = (0..3000_u32, 2.5e8..4.5e8, 3000.0..9000.0, 5.0..40.0, 3e8..7e8, 0.8e8..2e8);
        let rest = (vec(0.0..20_000.0, days + 1), vec(0.0..1.0, days));
        (power, inflow, known, start, rest).prop_map(
            move |(power, inflow, known, start, (burns, renewal_rate))| {
                let burnt_fil: Vec<f64> = burns
                    .iter()
                    .scan(3.3e7, |burnt, burn| {
                        *burnt += burn;
                        Some(*burnt)
                    })
                    .collect();
                Network {
                    start_day: start.0,
                    raw_power_zero_pib: power.0[days] * 1024.0,
                    qa_power_zero_pib: power.1[days] * 1024.0,
                    raw_power_eib: power.0,
                    qa_power_eib: power.1,
                    onboarded_raw_pib: inflow.0,
                    onboarded_qa_pib: inflow.1,
                    renewed_raw_pib: inflow.2,
                    renewed_qa_pib: inflow.3,
                    renewal_rate,
                    raw_known_expirations_pib: known.0,
                    qa_known_expirations_pib: known.1,
                    known_pledge_release_fil: known.2,
                    start_vested_fil: start.1,
                    zero_cum_capped_power_eib: start.2,
                    init_baseline_eib: start.3,
                    circ_supply_zero_fil: start.4,
                    locked_zero_fil: start.5,
                    daily_burnt_fil: (burnt_fil[days] - burnt_fil[0]) / days as f64,
                    burnt_fil,
                }
            },
        )
    })
}

pub(crate) fn any_plan(history_days: usize) -> impl Strategy<Value = Plan> {
    (forecast_days(), 1..600_usize).prop_flat_map(move |(days, sector_duration_days)| {
        let power = (
            given(0.01..10.0, days),
            given(0.0..1.0, days),
            given(0.0..1.0, days),
            given(1.0..20.0, days),
            given(0.0..2.0, days),
        );
        let pledge = (
            given(0.0..1.0, days),
            given(0.0..1.0, days),
            given(0.0..1.0, history_days),
            given(any_weighting(), days),
            any::<bool>(),
            prop_oneof![Just(LockedSign::Added), Just(LockedSign::Subtracted)],
        );
        let rest = (
            proptest::option::of(vec(1.0..100.0, history_days + days)),
            proptest::option::of(given(0.0..50_000.0, days)),
        );
        (power, pledge, rest).prop_map(move |(power, pledge, (baseline_eib, daily_burnt_fil))| Plan {
            forecast_days: days,
            sector_duration_days,
            onboarding_raw_pib: power.0,
            renewal_rate: power.1,
            fil_plus_rate: power.2,
            fil_plus_multiplier: power.3,
            qa_renewal_multiplier: power.4,
            lock_target: pledge.0,
            gamma: pledge.1,
            historical_gamma: pledge.2,
            weighting: pledge.3,
            use_available_supply: pledge.4,
            locked_sign: pledge.5,
            baseline_eib,
            daily_burnt_fil,
        })
    })
}

/// Values up to a common scale, which is itself any up to the largest.
fn scaled(largest: f64, days: usize) -> impl Strategy<Value = Vec<f64>> {
    (0.0..largest, vec(0.0..1.0, days))
        .prop_map(|(scale, values)| values.into_iter().map(|value| scale * value).collect())
}

fn any_weighting() -> impl Strategy<Value = Weighting> + Clone {
    prop_oneof![Just(Weighting::Arithmetic), Just(Weighting::Geometric), Just(Weighting::Harmonic)]
}

fn given<T: Clone + Debug>(
    value: impl Strategy<Value = T> + Clone,
    days: usize,
) -> impl Strategy<Value = Given<T>> {
    prop_oneof![value.clone().prop_map(Given::Constant), vec(value, days).prop_map(Given::Daily)]
}
