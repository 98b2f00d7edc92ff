//! The model's conventions, one by one: which day a value belongs to, where series begin, where floors and caps are.
//! They are part of what people compare forecasts by, so a change of any of them has to be seen.

#![allow(
    clippy::expect_used,
    clippy::float_cmp,
    clippy::unwrap_used,
    reason = "a test fails by panicking; what is exact is compared exactly"
)]

#[path = "../testing/network.rs"]
mod network;
#[path = "../testing/plan.rs"]
mod plan;
#[path = "../testing/synthetic.rs"]
mod synthetic;

use economy::constants::{DISBURSED_RESERVE_FIL, PLEDGE_CAP_FIL_PER_PIB};
use economy::{Assumptions, Control, Forecast, LockedSign, Series, Weighting, fip0081, forecast};
use network::Network;
use plan::{Given, Plan};

const HISTORY_DAYS: usize = 40;
const FORECAST_DAYS: usize = 60;

/// A network below its baseline, as Filecoin is: above it the parts of the consensus pledge are the same.
fn network() -> Network {
    Network { init_baseline_eib: 40.0, ..Network::synthetic(HISTORY_DAYS) }
}

impl Plan {
    /// An ordinary request.
    pub(crate) fn ordinary(forecast_days: usize) -> Self {
        Self {
            forecast_days,
            sector_duration_days: 540,
            onboarding_raw_pib: Given::Constant(2.6),
            renewal_rate: Given::Constant(0.83),
            fil_plus_rate: Given::Constant(0.82),
            fil_plus_multiplier: Given::Constant(10.0),
            qa_renewal_multiplier: Given::Constant(1.0),
            lock_target: Given::Constant(0.3),
            gamma: Given::Constant(0.7),
            historical_gamma: Given::Constant(1.0),
            weighting: Given::Constant(Weighting::Arithmetic),
            use_available_supply: false,
            locked_sign: LockedSign::Added,
            baseline_eib: None,
            daily_burnt_fil: None,
        }
    }
}

/// The same value every day but one.
fn but_on(step: usize, usual: f64, on_step: f64) -> Given {
    let mut daily = vec![usual; FORECAST_DAYS];
    daily[step] = on_step;
    Given::Daily(daily)
}

/// The first index at which a series is not the same in two forecasts.
fn parted(series: Series, one: &Forecast, other: &Forecast) -> Option<usize> {
    let pairs = one.series(series).iter().zip(other.series(series));
    pairs.map(|(one, other)| one.to_bits() == other.to_bits()).position(|same| !same)
}

/// The first index of each series at which a change of the ordinary plan shows.
fn shows<const COUNT: usize>(
    change: impl FnOnce(&mut Plan),
    series: [Series; COUNT],
) -> [Option<usize>; COUNT] {
    shows_in(&Plan::ordinary(FORECAST_DAYS), change, series)
}

/// The first index of each series at which a change of a plan shows.
fn shows_in<const COUNT: usize>(
    usual: &Plan,
    change: impl FnOnce(&mut Plan),
    series: [Series; COUNT],
) -> [Option<usize>; COUNT] {
    let mut changed = usual.clone();
    change(&mut changed);
    let (usual, changed) = (usual.forecast(&network()), changed.forecast(&network()));
    series.map(|series| parted(series, &usual, &changed))
}

#[test]
fn what_is_onboarded_in_a_step_shows_on_the_day_after() {
    const STEP: usize = 7;
    let day = Some(HISTORY_DAYS + 1 + STEP);
    let power = [
        Series::RbDayOnboardedPowerPib,
        Series::QaDayOnboardedPowerPib,
        Series::NetworkRbpEib,
        Series::NetworkQapEib,
        Series::CumCappedPowerEib,
        Series::CircSupply,
    ];
    let onboarding = |plan: &mut Plan| plan.onboarding_raw_pib = but_on(STEP, 2.6, 5.0);
    assert_eq!(shows(onboarding, power), [day; 6]);

    let quality = |plan: &mut Plan| plan.fil_plus_rate = but_on(STEP, 0.82, 0.1);
    assert_eq!(shows(quality, power), [None, day, None, day, None, day]);

    let renewed_quality = |plan: &mut Plan| plan.qa_renewal_multiplier = but_on(STEP, 1.0, 0.5);
    let series = [Series::QaDayRenewedPowerPib, Series::NetworkQapEib, Series::RbDayRenewedPowerPib];
    assert_eq!(shows(renewed_quality, series), [day, day, None]);
}

#[test]
fn a_renewal_rate_acts_on_pledge_a_day_before_it_acts_on_power() {
    const STEP: usize = 7;
    let change = |plan: &mut Plan| plan.renewal_rate = but_on(STEP, 0.83, 0.2);
    let series = [
        Series::FullRenewalRate,
        Series::DayRenewedPledge,
        Series::RbDayRenewedPowerPib,
        Series::NetworkRbpEib,
    ];
    let day = HISTORY_DAYS + STEP;
    // Without a consensus pledge renewed sectors keep what they had pledged, which is where the rate shows at once.
    let no_consensus = Plan { lock_target: Given::Constant(0.0), ..Plan::ordinary(FORECAST_DAYS) };
    assert_eq!(shows_in(&no_consensus, change, series), [Some(day), Some(day), Some(day + 1), Some(day + 1)]);
}

#[test]
fn lock_target_gamma_and_weighting_act_on_their_own_day() {
    const STEP: usize = 7;
    let day = [Some(HISTORY_DAYS + STEP)];
    let pledge = [Series::DayLockedPledge];
    assert_eq!(shows(|plan| plan.lock_target = but_on(STEP, 0.3, 0.9), pledge), day);
    assert_eq!(shows(|plan| plan.gamma = but_on(STEP, 0.7, 0.1), pledge), day);
    let mut weighting = vec![Weighting::Arithmetic; FORECAST_DAYS];
    weighting[STEP] = Weighting::Harmonic;
    assert_eq!(shows(|plan| plan.weighting = Given::Daily(weighting), pledge), day);
}

#[test]
fn what_is_burnt_in_a_step_shows_on_the_day_after() {
    const STEP: usize = 7;
    let usual = network().daily_burnt_fil;
    let change = |plan: &mut Plan| plan.daily_burnt_fil = Some(but_on(STEP, usual, 1e6));
    let day = Some(HISTORY_DAYS + 1 + STEP);
    assert_eq!(shows(change, [Series::NetworkGasBurn, Series::CircSupply]), [day; 2]);
}

#[test]
fn the_last_step_shows_only_in_what_expires() {
    let last = FORECAST_DAYS - 1;
    let everywhere = Series::ALL;
    let change = |plan: &mut Plan| plan.onboarding_raw_pib = but_on(last, 2.6, 1000.0);
    assert_eq!(shows(change, everywhere), [None; Series::COUNT]);

    let mut network = network();
    let usual = Plan::ordinary(FORECAST_DAYS).forecast(&network);
    network.raw_known_expirations_pib[last] += 1.0;
    let changed = Plan::ordinary(FORECAST_DAYS).forecast(&network);
    for series in Series::ALL {
        let shown = if series == Series::RbSchedExpirePowerPib { Some(last) } else { None };
        assert_eq!(parted(series, &usual, &changed), shown, "{}", series.name());
    }
}

#[test]
fn sectors_expire_and_release_their_pledge_one_duration_after_they_came() {
    const STEP: usize = 7;
    const DURATION: usize = 20;
    let mut plan = Plan { sector_duration_days: DURATION, ..Plan::ordinary(FORECAST_DAYS) };
    plan.renewal_rate = Given::Constant(0.0);
    let usual = plan.forecast(&network());
    plan.onboarding_raw_pib = but_on(STEP, 2.6, 3.6);
    let more = plan.forecast(&network());

    let expiring = |forecast: &Forecast| forecast.series(Series::RbSchedExpirePowerPib).to_vec();
    assert_eq!(parted(Series::RbSchedExpirePowerPib, &usual, &more), Some(STEP + DURATION));
    let difference = expiring(&more)[STEP + DURATION] - expiring(&usual)[STEP + DURATION];
    assert!((difference - 1.0).abs() < 1e-12);
    assert_eq!(expiring(&more)[STEP + DURATION + 1], expiring(&usual)[STEP + DURATION + 1]);

    // Pledge that is locked from the current date on comes back, all of it as nothing is renewed.
    let known = network().known_pledge_release_fil;
    let [locked, locked_pledge] =
        [Series::DayLockedPledge, Series::NetworkLockedPledge].map(|it| more.series(it));
    for day in [HISTORY_DAYS + DURATION - 1, HISTORY_DAYS + DURATION, HISTORY_DAYS + 2 * DURATION] {
        let returned = if day < HISTORY_DAYS + DURATION { 0.0 } else { locked[day - DURATION] };
        let change = locked_pledge[day] - locked_pledge[day - 1];
        assert!((change - (locked[day] - known[day] - returned)).abs() < 1e-6, "day {day}");
    }
}

#[test]
fn a_forecast_of_one_day_has_only_the_current_date_and_no_assumed_power() {
    let network = network();
    let forecast = Plan::ordinary(1).forecast(&network);
    assert_eq!(
        (forecast.history_days(), forecast.forecast_days(), forecast.days()),
        (HISTORY_DAYS, 1, HISTORY_DAYS + 1)
    );
    assert_eq!(forecast.series(Series::NetworkRbpEib), network.raw_power_eib);
    assert_eq!(forecast.series(Series::NetworkQapEib), network.qa_power_eib);
    assert_eq!(forecast.series(Series::NetworkGasBurn), network.burnt_fil);
    assert_eq!(forecast.series(Series::RbSchedExpirePowerPib), &network.raw_known_expirations_pib[..1]);
    assert_eq!(forecast.series(Series::OneYearSectorRoi), &[] as &[f64]);
}

#[test]
fn the_start_date_has_values_of_its_own() {
    let network = network();
    let forecast = Plan::ordinary(FORECAST_DAYS).forecast(&network);
    let first = |series| forecast.series(series)[0];
    let second = |series| forecast.series(series)[1];

    assert_eq!(first(Series::DayNetworkReward), second(Series::DayNetworkReward));
    assert_eq!(first(Series::DayPledgePerQap), second(Series::DayPledgePerQap));
    assert_eq!((first(Series::DayLockedPledge), first(Series::DayRenewedPledge)), (0.0, 0.0));
    assert_eq!(first(Series::NetworkLocked), network.locked_zero_fil);
    assert_eq!(first(Series::NetworkLockedPledge), network.locked_zero_fil / 2.0);
    assert_eq!(first(Series::NetworkLockedReward), network.locked_zero_fil / 2.0);
    assert_eq!(first(Series::CircSupply), network.circ_supply_zero_fil);
    // The circulating supply, although the available supply of all later days has the locked FIL in it.
    assert_eq!(first(Series::AvailableSupply), network.circ_supply_zero_fil);
    assert!(second(Series::AvailableSupply) - first(Series::AvailableSupply) > 0.9 * network.locked_zero_fil);

    // Totals that already have the start date in them, with the start date added.
    assert_eq!(first(Series::TotalVest), network.start_vested_fil + first(Series::TotalDayVest));
    let capped = network.zero_cum_capped_power_eib + first(Series::CappedPowerEib);
    assert_eq!(first(Series::CumCappedPowerEib), capped);
}

#[test]
fn pledge_by_available_supply_starts_without_the_locked_fil() {
    // On the first day after the start date the supply is circulating less locked, whatever the sign later.
    let plan = Plan { use_available_supply: true, ..Plan::ordinary(FORECAST_DAYS) };
    let added = plan.forecast(&network());
    let subtracted = Plan { locked_sign: LockedSign::Subtracted, ..plan }.forecast(&network());
    assert_eq!(parted(Series::AvailableSupply, &added, &subtracted), Some(1));
    assert_eq!(parted(Series::DayLockedPledge, &added, &subtracted), Some(2));
}

#[test]
fn days_are_counted_from_network_start() {
    let forecast = Plan::ordinary(FORECAST_DAYS).forecast(&network());
    let expected: Vec<f64> = (725..).take(HISTORY_DAYS + FORECAST_DAYS).map(f64::from).collect();
    assert_eq!(forecast.series(Series::Days), expected);
}

#[test]
fn each_tranche_vests_in_equal_parts_and_ends_on_its_day() {
    let mut network = network();
    network.start_day = 0;
    let forecast = Plan::ordinary(2500).forecast(&network);
    let mut total = 0.0;
    for (series, days, amount) in [
        (Series::SixMonthVestSaft, 183, 51_803_587.0),
        (Series::OneYearVestSaft, 365, 31_821_712.0),
        (Series::TwoYearVestSaft, 730, 7_223_364.0),
        (Series::ThreeYearVestSaft, 1095, 88_536_841.0),
        (Series::SixYearVestSaft, 2190, 9_805_053.0),
        (Series::SixYearVestPl, 2190, 300_000_000.0),
        (Series::SixYearVestFoundation, 2190, 100_000_000.0),
    ] {
        let paid = forecast.series(series);
        assert!(paid[..days].iter().all(|daily| *daily == paid[0]), "{}", series.name());
        assert!(paid[days..].iter().all(|daily| *daily == 0.0), "{}", series.name());
        assert!((paid.iter().sum::<f64>() - amount).abs() < 1e-3, "{}", series.name());
        total += amount;
    }
    // Day 2189 is 2026-10-13.
    let day_vest = forecast.series(Series::TotalDayVest);
    assert!(day_vest[2189] > 0.0 && day_vest[2190] == 0.0);
    let vested = forecast.series(Series::TotalVest)[2499] - network.start_vested_fil;
    assert!((vested - total).abs() < 1e-3);
}

#[test]
fn half_of_simple_minting_is_minted_in_six_years() {
    let mut network = network();
    network.start_day = 0;
    let forecast = Plan::ordinary(2500).forecast(&network);
    let minted = forecast.series(Series::CumSimpleReward);
    assert_eq!(minted[0], 0.0);
    assert!((minted[2190] - 1.65e8).abs() < 1e-6);
}

#[test]
fn power_above_the_baseline_counts_no_more_than_the_baseline() {
    let network = network();
    let plan =
        Plan { baseline_eib: Some(vec![5.0; HISTORY_DAYS + FORECAST_DAYS]), ..Plan::ordinary(FORECAST_DAYS) };
    let forecast = plan.forecast(&network);
    let (power, capped) = (forecast.series(Series::NetworkRbpEib), forecast.series(Series::CappedPowerEib));
    assert!(power[0] > 5.0 && power[HISTORY_DAYS] < 5.0, "the network crosses this baseline");
    for (power, capped) in power.iter().zip(capped) {
        assert_eq!(*capped, power.min(5.0));
    }
}

#[test]
fn pledge_is_capped_at_one_fil_per_gib() {
    let plan = Plan { lock_target: Given::Constant(1e6), ..Plan::ordinary(FORECAST_DAYS) };
    let forecast = plan.forecast(&network());
    let day = HISTORY_DAYS + 5;
    let onboarded = forecast.series(Series::QaDayOnboardedPowerPib)[day];
    let pledge =
        forecast.series(Series::DayLockedPledge)[day] - forecast.series(Series::DayRenewedPledge)[day];
    assert!((pledge / (PLEDGE_CAP_FIL_PER_PIB * onboarded) - 1.0).abs() < 1e-12);
    assert!((forecast.series(Series::DayPledgePerQap)[day] - 32.0).abs() < 1e-9, "32 GiB, 32 FIL");
}

#[test]
fn locked_fil_stop_at_zero_where_locked_pledge_does_not() {
    let mut network = network();
    network.known_pledge_release_fil = vec![1e7; HISTORY_DAYS + FORECAST_DAYS];
    let mut plan = Plan::ordinary(FORECAST_DAYS);
    plan.renewal_rate = Given::Constant(0.0);
    let forecast = plan.forecast(&network);
    let floored = forecast.first_floored_supply().expect("everything is released");
    assert_eq!(forecast.series(Series::NetworkLocked)[floored], 0.0);
    assert!(forecast.series(Series::NetworkLocked)[..floored].iter().all(|locked| *locked > 0.0));
    assert!(forecast.series(Series::NetworkLockedPledge)[forecast.days() - 1] < 0.0);
}

#[test]
fn a_network_without_onboarding_and_renewal_is_said_to_reach_negative_power() {
    let mut network = network();
    network.raw_known_expirations_pib = vec![200.0; FORECAST_DAYS];
    let mut plan = Plan::ordinary(FORECAST_DAYS);
    (plan.onboarding_raw_pib, plan.renewal_rate) = (Given::Constant(0.0), Given::Constant(0.0));
    let forecast = plan.forecast(&network);
    let steps = (network.raw_power_zero_pib / 200.0).floor() as usize;
    assert_eq!(forecast.first_negative_power(), Some(HISTORY_DAYS + 1 + steps));
    assert!(forecast.series(Series::CumNetworkReward).iter().all(|minted| minted.is_finite()));
    assert_eq!(Plan::ordinary(FORECAST_DAYS).forecast(&self::network()).first_negative_power(), None);
}

#[test]
fn without_onboarding_there_is_no_pledge_per_sector_and_nothing_else_is_lost() {
    let plan = Plan { onboarding_raw_pib: Given::Constant(0.0), ..Plan::ordinary(400) };
    let forecast = plan.forecast(&network());
    let forecast_power = HISTORY_DAYS + 1;
    for series in Series::ALL {
        let values = forecast.series(series);
        let lost = match series {
            Series::DayPledgePerQap | Series::OneYearSectorRoi => forecast_power,
            _ => values.len(),
        };
        for (day, value) in values.iter().enumerate() {
            assert_eq!(value.is_nan(), day >= lost, "{}[{day}]", series.name());
        }
    }
}

#[test]
fn a_harmonic_mean_over_no_onboarding_is_no_number_if_one_part_weighs_nothing() {
    for (gamma, lost) in [(1.0, true), (0.0, true), (0.7, false)] {
        let plan = Plan {
            onboarding_raw_pib: Given::Constant(0.0),
            weighting: Given::Constant(Weighting::Harmonic),
            gamma: Given::Constant(gamma),
            ..Plan::ordinary(FORECAST_DAYS)
        };
        let forecast = plan.forecast(&network());
        let supply = forecast.series(Series::CircSupply);
        assert!(supply[..=HISTORY_DAYS].iter().all(|supply| supply.is_finite()));
        assert!(supply[HISTORY_DAYS + 1..].iter().all(|supply| supply.is_nan() == lost), "gamma {gamma}");
    }
}

#[test]
fn weightings_agree_where_one_part_has_all_the_weight() {
    for gamma in [0.0, 1.0] {
        let pledged = [Weighting::Arithmetic, Weighting::Geometric, Weighting::Harmonic].map(|weighting| {
            let plan = Plan {
                gamma: Given::Constant(gamma),
                weighting: Given::Constant(weighting),
                ..Plan::ordinary(FORECAST_DAYS)
            };
            plan.forecast(&network()).series(Series::NetworkLockedPledge)[HISTORY_DAYS + FORECAST_DAYS - 1]
        });
        for other in &pledged[1..] {
            assert!((other / pledged[0] - 1.0).abs() < 1e-12, "gamma {gamma}: {pledged:?}");
        }
    }
}

#[test]
fn the_protocols_assumptions_follow_fip_0081_through_history_and_forecast() {
    let mut network = network();
    // Three weeks of history and all of the forecast are after activation.
    network.start_day = fip0081::ACTIVATION_DAY - 19;
    let gamma = fip0081::schedule(network.start_day, HISTORY_DAYS + FORECAST_DAYS);
    let constant = Control::Constant;
    let protocol = Assumptions::protocol(
        HISTORY_DAYS,
        FORECAST_DAYS,
        constant(2.6),
        constant(0.83),
        constant(0.82),
        &gamma,
    );
    assert_eq!(protocol.historical_gamma, Control::Daily(&gamma[..HISTORY_DAYS]));
    assert_eq!(protocol.gamma, Control::Daily(&gamma[HISTORY_DAYS..]));

    let without = Assumptions { historical_gamma: constant(1.0), gamma: constant(1.0), ..protocol };
    let protocol = forecast(&network.history(), &protocol).unwrap();
    let without = forecast(&network.history(), &without).unwrap();
    // The ramp starts at 1 on activation, index 19; the first day on which it asks for more is the next.
    assert_eq!(parted(Series::DayLockedPledge, &protocol, &without), Some(20));
    let last = HISTORY_DAYS + FORECAST_DAYS - 1;
    let locked = |forecast: &Forecast| forecast.series(Series::NetworkLockedPledge)[last];
    assert!(locked(&protocol) > locked(&without));
}

#[test]
fn aliases_are_the_same_memory_and_every_span_has_its_length() {
    let forecast = Plan::ordinary(500).forecast(&network());
    for series in Series::ALL {
        let values = forecast.series(series);
        assert_eq!(values.len(), series.span().len(HISTORY_DAYS, 500), "{}", series.name());
        if let Some(original) = series.alias_of() {
            assert!(std::ptr::eq(values, forecast.series(original)), "{}", series.name());
        }
    }
    assert_eq!(forecast.series(Series::OneYearSectorRoi).len(), HISTORY_DAYS + 500 - 364);
    assert!(forecast.series(Series::DisbursedReserve).iter().all(|fil| *fil == DISBURSED_RESERVE_FIL));
}

#[test]
fn whole_numbers_are_said_to_be_whole() {
    let forecast = Plan::ordinary(FORECAST_DAYS).forecast(&network());
    for series in Series::ALL.into_iter().filter(|series| series.is_integer()) {
        assert_eq!(series, Series::Days);
        assert!(forecast.series(series).iter().all(|value| value.fract() == 0.0));
    }
}
