//! Drawn days look like the network's own: mean, spread, memory from day to day, and what belongs together.

#![allow(
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    reason = "json!(..) is handed over as it is written; a test fails by panicking"
)]

mod common;

use common::{NETWORK, NOISY, correlation, mean, reply, request, sd};
use forecast::PerDay;
use network_data::{FilplusRate, Snapshot};
use serde_json::{Value, json};
use sweep::{Plan, Request};

const LAST_DAYS: usize = 180;

/// The days that are drawn from: rbp, rr, fpr.
fn history(network: &Snapshot) -> [Vec<f64>; 3] {
    let data = network.data();
    let days = network.historical_days();
    let FilplusRate::Daily(rates) = &data.filplus_rate else { panic!("no daily rate") };
    [
        data.historical_onboarded_rb_power_pib[days - LAST_DAYS..days].to_vec(),
        data.historical_renewal_rate[days - LAST_DAYS..days].to_vec(),
        rates[rates.len() - 1 - LAST_DAYS..rates.len() - 1].to_vec(),
    ]
}

fn bootstrap(block_days: usize) -> Request {
    request(json!({"bootstrap": {"n": 400, "seed": 11, "last_days": LAST_DAYS, "block_days": block_days},
                   "assumptions": {"forecast_length_days": LAST_DAYS}}))
}

/// The drawn days of some runs: for each run rbp, rr, fpr, cut to as many days as were drawn from.
fn drawn(request: &Request) -> Vec<[Vec<f64>; 3]> {
    let plan = Plan::new(request, &NOISY).unwrap();
    let run = |run| {
        let assumed = plan.assumed(run);
        assert_eq!(assumed.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["rbp", "rr", "fpr"]);
        let mut days = assumed.into_iter().map(|(_, value)| match value {
            PerDay::Daily(mut days) => {
                days.truncate(LAST_DAYS);
                days
            }
            PerDay::Same(_) => panic!("one value"),
        });
        std::array::from_fn(|_| days.next().unwrap())
    };
    (0..plan.runs()).map(run).collect()
}

fn lag_one(values: &[f64]) -> f64 {
    correlation(&values[1..], &values[..values.len() - 1])
}

/// The mean over all runs of a statistic of a run.
fn typical(runs: &[[Vec<f64>; 3]], statistic: impl Fn(&[Vec<f64>; 3]) -> f64) -> f64 {
    mean(&runs.iter().map(statistic).collect::<Vec<_>>())
}

#[test]
fn mean_spread_memory_and_correlation_are_the_networks_within_their_standard_errors() {
    let history = history(&NOISY);
    let runs = drawn(&bootstrap(14));
    let root = (LAST_DAYS as f64).sqrt();
    let mut most_in_common = 0.0_f64;
    for column in 0..3 {
        let past = &history[column];
        let memory = lag_one(past);
        assert!(memory > 0.4, "the history has no memory, so this shows nothing: {memory}");
        // Days that remember each other tell less: as many independent ones as their memory leaves.
        let effective = root * ((1.0 - memory) / (1.0 + memory)).sqrt();
        let drawn_mean = typical(&runs, |run| mean(&run[column]));
        assert!((drawn_mean - mean(past)).abs() < sd(past) / effective, "mean of {column}: {drawn_mean}");
        let drawn_sd = typical(&runs, |run| sd(&run[column]));
        assert!(
            (drawn_sd - sd(past)).abs() < sd(past) / (2_f64.sqrt() * effective),
            "spread of {column}: {drawn_sd}"
        );
        let drawn_memory = typical(&runs, |run| lag_one(&run[column]));
        // Bartlett: the error of an autocorrelation is at most 1 / sqrt(days); a join in fourteen days loses a little more.
        assert!(
            (drawn_memory - memory).abs() < 1.0 / root + memory / 14.0,
            "memory of {column}: {drawn_memory}"
        );
        let other = (column + 1) % 3;
        let together = correlation(past, &history[other]);
        most_in_common = together.abs().max(most_in_common);
        let drawn_together = typical(&runs, |run| correlation(&run[column], &run[other]));
        // Bartlett: the error of a correlation of two series that remember.
        let both = memory * lag_one(&history[other]);
        let error = ((1.0 + both) / (1.0 - both)).sqrt() / root;
        assert!(
            (drawn_together - together).abs() < error,
            "{column} with {other}: {drawn_together}, not {together}"
        );
    }
    assert!(most_in_common > 0.25, "the history's columns have little in common: {most_in_common}");
}

#[test]
fn the_mean_of_all_runs_is_that_of_the_blocks() {
    // Days near an end are in fewer blocks, so the mean of the blocks is not quite that of the days.
    let history = history(&NOISY);
    let runs = drawn(&bootstrap(15));
    for column in 0..3 {
        let blocks: Vec<f64> = history[column].windows(15).map(mean).collect();
        let means: Vec<f64> = runs.iter().map(|run| mean(&run[column])).collect();
        let error = sd(&means) / (means.len() as f64).sqrt();
        assert!(
            (mean(&means) - mean(&blocks)).abs() < 4.0 * error,
            "{column}: {} not {}",
            mean(&means),
            mean(&blocks)
        );
    }
}

#[test]
fn single_days_forget_what_blocks_keep() {
    let memory = |block_days| typical(&drawn(&bootstrap(block_days)), |run| lag_one(&run[0]));
    let (blocks, days) = (memory(30), memory(1));
    assert!(days.abs() < 0.05, "{days}");
    assert!(blocks > 0.4, "{blocks}");
}

#[test]
fn every_drawn_day_is_a_day_of_the_history_in_its_block() {
    let history = history(&NOISY);
    for run in drawn(&bootstrap(12)).iter().take(20) {
        for block in 0..LAST_DAYS / 12 {
            let at = 12 * block;
            let part = |column: usize| &run[column][at..at + 12];
            let found = history[0].windows(12).position(|days| days == part(0)).unwrap();
            for (column, history) in history.iter().enumerate() {
                assert_eq!(part(column), &history[found..found + 12], "the same days of every assumption");
            }
        }
    }
}

#[test]
fn every_block_of_the_past_can_be_drawn_the_first_and_the_last_too() {
    let history = &history(&NOISY)[0];
    let mut drawn_from = [false; LAST_DAYS - 60 + 1];
    for run in drawn(&bootstrap(60)) {
        for block in run[0].chunks(60) {
            drawn_from[history.windows(60).position(|days| days == block).unwrap()] = true;
        }
    }
    // 1,200 blocks of 121: one of them is missed with a chance of 121 * exp(-1200 / 121), below 1 %; the seed is fixed.
    assert_eq!(drawn_from.iter().position(|drawn| !drawn), None);
}

#[test]
fn a_block_as_long_as_the_past_repeats_it() {
    let request = request(json!({"bootstrap": {"n": 2, "last_days": 30, "block_days": 30},
                                 "assumptions": {"forecast_length_days": 45}, "output": "circ_supply"}));
    let plan = Plan::new(&request, &NOISY).unwrap();
    let PerDay::Daily(days) = &plan.assumed(1)[0].1 else { panic!("one value") };
    let past = &history(&NOISY)[0][LAST_DAYS - 30..];
    assert_eq!(days[..30], *past);
    assert_eq!(days[30..45], past[..15]);
}

#[test]
fn without_daily_fil_plus_rates_that_rate_stays_as_assumed_and_the_answer_says_so() {
    let mut data = NETWORK.clone().into_data();
    data.filplus_rate = FilplusRate::Median(0.8);
    let network = Snapshot::new(data).unwrap();
    let reply = reply(
        &network,
        json!({"bootstrap": {"n": 5, "last_days": 300}, "assumptions": {"forecast_length_days": 20}, "output": "circ_supply"}),
    );
    assert_eq!(reply["end_values"]["inputs"].as_object().unwrap().len(), 2);
    assert_eq!(reply["input"]["filplus_rate"], 0.8);
    assert!(reply["warnings"].to_string().contains("no daily FIL+ rate"), "{}", reply["warnings"]);
}

#[test]
fn the_answer_says_how_many_past_outcomes_such_bands_held() {
    let asked = |method: Value| {
        let mut request = json!({"assumptions": {"forecast_length_days": 20}, "output": "circ_supply"});
        request.as_object_mut().unwrap().extend(method.as_object().unwrap().clone());
        reply(&NETWORK, request)["warnings"].to_string()
    };
    let bootstrap = asked(json!({"bootstrap": {"n": 5, "last_days": 100}}));
    assert!(bootstrap.contains("held about half a month ahead and a fifth a quarter ahead"), "{bootstrap}");
    let grid = asked(json!({"grid": {"rr": [0.7, 0.8]}}));
    assert!(!grid.contains("held about half"), "{grid}");
}
