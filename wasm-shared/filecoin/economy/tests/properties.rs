//! What must hold for any network and any assumptions.

#![allow(
    clippy::float_cmp,
    clippy::unwrap_used,
    reason = "a test fails by panicking; what is exact is compared exactly"
)]

#[path = "properties/arbitrary.rs"]
mod arbitrary;
#[path = "../testing/network.rs"]
mod network;
#[path = "../testing/plan.rs"]
mod plan;
#[path = "properties/variants.rs"]
mod variants;

use arbitrary::{any_case, any_network, any_plan};
use economy::constants::{DISBURSED_RESERVE_FIL, ONE_YEAR_DAYS};
use economy::{
    Assumptions, Control, Forecast, Kind, LockedSign, Series, Span, Weighting, Workspace, forecast,
};
use network::Network;
use plan::{Given, Plan};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn same_to_the_bit(a: &Forecast, b: &Forecast) -> TestCaseResult {
    for series in Series::ALL {
        prop_assert_eq!(bits(a.series(series)), bits(b.series(series)), "{}", series.name());
    }
    Ok(())
}

/// Equal up to rounding in sums of numbers as large as `scale`.
fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-11 * scale
}

/// Entries before the day that is found, or all.
fn days_before(found: Option<usize>, forecast: &Forecast) -> usize {
    found.unwrap_or_else(|| forecast.days())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_shorter_forecast_is_the_beginning_of_a_longer_one((network, plan) in any_case(), part in 0.0..1.0) {
        let history_days = network.history().days();
        let shorter = plan.cut(history_days, 1 + (part * (plan.forecast_days - 1) as f64) as usize);
        let (long, short) = (plan.forecast(&network), shorter.forecast(&network));
        for series in Series::ALL {
            let short = short.series(series);
            prop_assert_eq!(bits(short), bits(&long.series(series)[..short.len()]), "{}", series.name());
        }
    }

    #[test]
    fn a_constant_and_a_vector_of_it_agree_to_the_bit((network, plan) in any_case()) {
        let spread = plan.spread(network.history().days());
        same_to_the_bit(&plan.forecast(&network), &spread.forecast(&network))?;
    }

    #[test]
    fn what_the_model_takes_by_itself_can_be_given_with_the_same_result((network, mut plan) in any_case()) {
        (plan.baseline_eib, plan.daily_burnt_fil) = (None, None);
        let taken = plan.forecast(&network);
        plan.baseline_eib = Some(taken.series(Series::NetworkBaselineEib).to_vec());
        plan.daily_burnt_fil = Some(Given::Constant(network.daily_burnt_fil));
        same_to_the_bit(&taken, &plan.forecast(&network))?;
    }

    #[test]
    fn nothing_known_of_a_day_is_the_same_as_knowing_of_nothing((mut network, plan) in any_case()) {
        let unsaid = plan.forecast(&network);
        let days = unsaid.days();
        let said = &mut network;
        for known in [
            &mut said.raw_known_expirations_pib,
            &mut said.qa_known_expirations_pib,
            &mut said.known_pledge_release_fil,
        ] {
            known.resize(known.len().max(days), 0.0);
        }
        same_to_the_bit(&unsaid, &plan.forecast(&network))?;
    }

    #[test]
    fn assumptions_do_not_change_the_past(
        (network, plan, other) in any_network().prop_flat_map(|network| {
            let days = network.history().days();
            (Just(network), any_plan(days), any_plan(days))
        })
    ) {
        // These are about the past as well.
        let plan = Plan { baseline_eib: None, ..plan };
        let other = Plan {
            historical_gamma: plan.historical_gamma.clone(),
            use_available_supply: plan.use_available_supply,
            locked_sign: plan.locked_sign,
            baseline_eib: None,
            ..other
        };
        let (one, other) = (plan.forecast(&network), other.forecast(&network));
        for series in Series::ALL.into_iter().filter(|series| series.span() == Span::HistoryAndForecast) {
            let past = ..network.history().days();
            prop_assert_eq!(bits(&one.series(series)[past]), bits(&other.series(series)[past]), "{}", series.name());
        }
    }

    #[test]
    fn a_forecast_in_used_memory_is_that_in_fresh_memory(
        (network, plans) in any_network().prop_flat_map(|network| {
            let days = network.history().days();
            (Just(network), prop::collection::vec(any_plan(days), 2..4))
        }),
        same_past in any::<bool>(),
    ) {
        let mut workspace = Workspace::new(network.history());
        let first = &plans[0];
        for plan in &plans {
            let plan = if same_past { plan.with_the_past_of(first) } else { plan.clone() };
            // Twice, so that the past is kept from one to the next whatever the plans have in common.
            for _ in 0..2 {
                same_to_the_bit(workspace.forecast(&plan.assumptions()).unwrap(), &plan.forecast(&network))?;
            }
        }
    }

    #[test]
    fn whatever_decides_the_past_is_seen_in_used_memory((network, plan) in any_case()) {
        let history = network.history();
        let days = history.days();
        let first = plan.assumptions();
        let baseline: Vec<f64> = (0..days + plan.forecast_days).map(|day| 3.0 + day as f64).collect();
        let mut other_past = baseline.clone();
        other_past[days - 1] += 1.0;
        let gamma = vec![0.5; days];
        let others = [
            Assumptions { use_available_supply: !first.use_available_supply, ..first },
            Assumptions {
                locked_sign: match first.locked_sign {
                    LockedSign::Added => LockedSign::Subtracted,
                    LockedSign::Subtracted => LockedSign::Added,
                },
                ..first
            },
            Assumptions { lambda: 2.0 * first.lambda, ..first },
            Assumptions { historical_gamma: Control::Daily(&gamma), ..first },
            Assumptions { historical_gamma: Control::Constant(0.25), ..first },
            Assumptions { baseline_eib: None, ..first },
            Assumptions { baseline_eib: Some(&baseline), ..first },
            Assumptions { baseline_eib: Some(&other_past), ..first },
        ];
        let mut workspace = Workspace::new(history);
        for other in others {
            for assumptions in [first, other] {
                same_to_the_bit(workspace.forecast(&assumptions).unwrap(), &forecast(&history, &assumptions).unwrap())?;
            }
        }
    }

    #[test]
    fn locked_fil_are_pledge_and_rewards_until_the_floor_is_touched((network, plan) in any_case()) {
        let forecast = plan.forecast(&network);
        let locked = forecast.series(Series::NetworkLocked);
        let pledge = forecast.series(Series::NetworkLockedPledge);
        let reward = forecast.series(Series::NetworkLockedReward);
        let floored = locked.iter().position(|locked| *locked == 0.0);
        for day in 0..days_before(floored, &forecast) {
            prop_assert!(close(locked[day], pledge[day] + reward[day], 2e9), "day {day}");
        }
        prop_assert!(locked.iter().all(|locked| *locked >= 0.0));
    }

    #[test]
    fn every_fil_that_exists_is_locked_burnt_or_circulating((network, plan) in any_case()) {
        let forecast = plan.forecast(&network);
        let value = |series, day: usize| forecast.series(series)[day];
        for day in 1..forecast.days() {
            let exist = DISBURSED_RESERVE_FIL
                + value(Series::CumNetworkReward, day)
                + value(Series::TotalVest, day);
            let not_locked = exist - value(Series::NetworkLocked, day) - value(Series::NetworkGasBurn, day);
            prop_assert!(close(value(Series::CircSupply, day), not_locked.max(0.0), exist), "day {day}");
            let sign = if plan.locked_sign == LockedSign::Added { 1.0 } else { -1.0 };
            let available = (not_locked + sign * value(Series::NetworkLocked, day)).max(0.0);
            prop_assert!(close(value(Series::AvailableSupply, day), available, exist), "day {day}");
        }
    }

    #[test]
    fn cumulative_series_never_fall_while_power_is_positive((network, plan) in any_case()) {
        let forecast = plan.forecast(&network);
        let end = days_before(forecast.first_negative_power(), &forecast);
        for series in Series::ALL.into_iter().filter(|series| series.kind() == Kind::CumulativeStock) {
            for (day, pair) in forecast.series(series)[..end].windows(2).enumerate() {
                // A logarithm may fall by its last digit where its argument hardly grows.
                prop_assert!(pair[1] >= pair[0] * (1.0 - 1e-14), "{} on day {day}: {pair:?}", series.name());
            }
        }
    }

    #[test]
    fn a_days_reward_is_what_the_minted_total_grew_by((network, plan) in any_case()) {
        let forecast = plan.forecast(&network);
        let reward = forecast.series(Series::DayNetworkReward);
        let minted = forecast.series(Series::CumNetworkReward);
        prop_assert_eq!(reward[0], reward[1]);
        for day in 1..days_before(forecast.first_negative_power(), &forecast) {
            prop_assert_eq!(reward[day], minted[day] - minted[day - 1]);
            prop_assert!(minted[day] < 1.1e9, "more is minted than was ever set aside");
        }
    }

    #[test]
    fn no_power_appears_or_disappears((network, plan) in any_case()) {
        let forecast = plan.forecast(&network);
        let history_days = network.history().days();
        let [onboarded, renewed, expiring, total] = [
            Series::RbDayOnboardedPowerPib,
            Series::RbDayRenewedPowerPib,
            Series::RbSchedExpirePowerPib,
            Series::RbTotalPowerEib,
        ]
        .map(|series| forecast.series(series));
        for day in history_days + 1..forecast.days() {
            let change = onboarded[day] + renewed[day] - expiring[day - history_days - 1];
            prop_assert!(close(1024.0 * (total[day] - total[day - 1]), change, 1e6), "day {day}");
        }
    }

    #[test]
    fn quality_stays_below_the_fil_plus_multiplier((network, plan) in any_case()) {
        let forecast = plan.forecast(&network);
        let multiplier = plan.fil_plus_multiplier.spread(plan.forecast_days);
        let Given::Daily(multiplier) = multiplier else { unreachable!() };
        let (raw, qa) = (forecast.series(Series::NetworkRbpEib), forecast.series(Series::NetworkQapEib));
        for day in network.history().days() + 1..forecast.days() {
            let most = multiplier[day - network.history().days() - 1] * raw[day];
            prop_assert!(qa[day] <= most + 1e-12 * most.abs(), "day {day}: {} > {most}", qa[day]);
        }
    }

    #[test]
    fn a_years_return_is_the_sum_of_its_days((network, plan) in any_case()) {
        let forecast = plan.forecast(&network);
        let daily = forecast.series(Series::DayRewardsPerSector);
        let pledge = forecast.series(Series::DayPledgePerQap);
        let yearly = forecast.series(Series::OneYearReturnPerSector);
        let roi = forecast.series(Series::OneYearSectorRoi);
        prop_assert_eq!(yearly.len(), daily.windows(ONE_YEAR_DAYS).len());
        prop_assert_eq!(roi.len(), yearly.len());
        for (day, year) in daily.windows(ONE_YEAR_DAYS).enumerate() {
            let scale: f64 = year.iter().map(|reward| reward.abs()).sum();
            prop_assert!(close(yearly[day], year.iter().sum(), scale), "day {day}");
            prop_assert_eq!(roi[day].to_bits(), (yearly[day] / pledge[day]).to_bits());
        }
    }

    #[test]
    fn of_the_weightings_arithmetic_asks_most_and_harmonic_least((network, plan) in any_case()) {
        let pledged = |weighting| {
            let plan = Plan { weighting: Given::Constant(weighting), ..plan.clone() };
            plan.forecast(&network).series(Series::DayLockedPledge)[network.history().days()]
        };
        let harmonic = pledged(Weighting::Harmonic);
        let geometric = pledged(Weighting::Geometric);
        let arithmetic = pledged(Weighting::Arithmetic);
        prop_assert!(geometric <= arithmetic * (1.0 + 1e-12));
        // Of nothing to lock, a lock target or a supply of zero, there is no harmonic mean.
        prop_assert!(harmonic.is_nan() || harmonic <= geometric * (1.0 + 1e-12));
    }

    #[test]
    fn a_value_that_is_no_number_reaches_no_day_before_its_own(
        (network, plan) in any_case(),
        part in 0.0..1.0,
    ) {
        let clean = plan.forecast(&network);
        let step = (part * plan.forecast_days as f64) as usize;
        let Given::Daily(mut onboarding) = plan.onboarding_raw_pib.spread(plan.forecast_days) else { unreachable!() };
        onboarding[step] = f64::NAN;
        let plan = Plan { onboarding_raw_pib: Given::Daily(onboarding), ..plan };
        let spoilt = plan.forecast(&network);

        let day = network.history().days() + 1 + step;
        for series in Series::ALL.into_iter().filter(|series| series.span() == Span::HistoryAndForecast) {
            let (clean, spoilt) = (&clean.series(series)[..day], &spoilt.series(series)[..day]);
            prop_assert_eq!(bits(clean), bits(spoilt), "{}", series.name());
        }
        for series in [Series::NetworkRbpEib, Series::CumNetworkReward, Series::CircSupply, Series::DayPledgePerQap] {
            prop_assert!(spoilt.series(series)[day..].iter().all(|value| value.is_nan()), "{}", series.name());
        }
    }

    #[test]
    fn negative_power_is_told_and_nothing_else_is((network, plan) in any_case()) {
        let forecast = plan.forecast(&network);
        let raw = forecast.series(Series::RbTotalPowerEib);
        let qa = forecast.series(Series::QaTotalPowerEib);
        let negative = (0..forecast.days()).find(|&day| raw[day] < 0.0 || qa[day] < 0.0);
        prop_assert_eq!(forecast.first_negative_power(), negative);
    }
}

#[test]
fn properties_are_tried_on_the_cases_they_are_about() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut cases = [0; 4];
    for _ in 0..200 {
        let (network, plan): (Network, Plan) = any_case().new_tree(&mut runner).unwrap().current();
        let forecast = plan.forecast(&network);
        let seen = [
            forecast.first_negative_power().is_some(),
            forecast.first_floored_supply().is_some(),
            !forecast.series(Series::OneYearSectorRoi).is_empty(),
            forecast.first_negative_power().is_none() && plan.forecast_days > 100,
        ];
        for (count, seen) in cases.iter_mut().zip(seen) {
            *count += usize::from(seen);
        }
    }
    assert!(
        cases.iter().all(|count| *count >= 10),
        "negative power, floors, one-year series, plain: {cases:?}"
    );
}
