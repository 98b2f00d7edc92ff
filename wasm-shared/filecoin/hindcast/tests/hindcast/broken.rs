//! Deliberately broken models have to be seen.

use std::borrow::Cow;

use economy::Series;
use hindcast::{Drive, Engine, Model, Truth, hindcast, summarise};
use network_data::{Snapshot, demo};

/// A model whose block reward is five per cent too high.
struct RewardTooHigh;

impl Model for RewardTooHigh {
    fn change(&self, series: Series, values: &mut [f64]) {
        match series {
            Series::DayNetworkReward => values.iter_mut().for_each(|reward| *reward *= 1.05),
            Series::CumNetworkReward => {
                let first = values[0];
                for minted in values.iter_mut() {
                    *minted = first + 1.05 * (*minted - first);
                }
            }
            _ => {}
        }
    }
}

/// A model in which everything falls due a week after its day.
struct ExpirationsAWeekLate;

impl Model for ExpirationsAWeekLate {
    fn expirations<'a>(&self, on_the_books: &'a [f64]) -> Cow<'a, [f64]> {
        [0.0; 7].iter().chain(on_the_books).copied().collect()
    }
}

/// The demonstration network with what was minted as a source would report it.
fn network_with_minted() -> Snapshot {
    let network = demo::snapshot().unwrap();
    let truth = Truth::of(&network, &Engine).unwrap();
    let days = 0..=network.historical_days();
    let minted = days.map(|day| truth.on(Series::CumNetworkReward, day).unwrap()).collect();
    let mut data = network.into_data();
    data.mined_fil_vec = Some(minted);
    Snapshot::new(data).unwrap()
}

fn bias(model: &impl Model, series: Series, horizon: usize) -> f64 {
    let network = network_with_minted();
    let truth = Truth::of(&network, model).unwrap();
    let misses = hindcast(&network, &truth, Drive::Events, model).unwrap();
    summarise(&misses, series, horizon).unwrap().bias
}

#[test]
fn a_reward_five_per_cent_too_high_shows_in_what_was_minted() {
    // Against what was reported: a truth that the broken model computed itself would agree with it.
    let (right, broken) =
        (bias(&Engine, Series::CumNetworkReward, 90), bias(&RewardTooHigh, Series::CumNetworkReward, 90));
    assert!(right.abs() < 0.001, "the engine itself is off by {right}");
    assert!(broken > 0.01, "five per cent too much show as {broken}");
}

#[test]
fn expirations_a_week_late_show_in_power() {
    let (right, broken) = (
        bias(&Engine, Series::RbTotalPowerEib, 30),
        bias(&ExpirationsAWeekLate, Series::RbTotalPowerEib, 30),
    );
    assert!(right.abs() < 0.01, "the engine itself is off by {right}");
    assert!(broken > right + 0.005, "a week without expirations shows as {broken}, after {right}");
}
