//! Possible futures of onboarding, renewal rate and FIL+ rate, made from a network's past.

use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::origin::fil_plus_rates;
use crate::quantile::sorted;
use network_data::Snapshot;

/// The controls of one run, a value a day.
#[derive(Clone, Default)]
pub(crate) struct Controls {
    /// Raw byte power onboarded, renewal rate, FIL+ rate.
    pub(crate) daily: [Vec<f64>; 3],
}

/// The last days of a past, all three controls of the same days, up to the day before the current date.
pub(crate) struct Past {
    columns: [Vec<f64>; 3],
}

impl Past {
    /// The last days of a network's past; `None` where it does not have so many.
    pub(crate) fn of(known: &Snapshot, last_days: usize) -> Option<Self> {
        let data = known.data();
        let days = known.historical_days();
        let first = days.checked_sub(last_days)?;
        let onboarded = &data.historical_onboarded_rb_power_pib[first..days];
        let rates = fil_plus_rates(onboarded, &data.historical_onboarded_qa_power_pib[first..days]);
        Some(Self { columns: [onboarded.to_vec(), data.historical_renewal_rate[first..].to_vec(), rates] })
    }

    fn days(&self) -> usize {
        self.columns[0].len()
    }

    /// Blocks of consecutive days, one after the other: what the sweep's bootstrap does.
    pub(crate) fn bootstrap(&self, draws: &mut Draws, block_days: usize, days: usize, into: &mut Controls) {
        into.daily.iter_mut().for_each(Vec::clear);
        let mut made = 0;
        while made < days {
            let first = draws.below(self.days() - block_days + 1);
            let taken = block_days.min(days - made);
            for (path, past) in into.daily.iter_mut().zip(&self.columns) {
                path.extend_from_slice(&past[first..first + taken]);
            }
            made += taken;
        }
    }
}

/// Autoregressions of order one around a mean: onboarding in logarithms, rates in log-odds. The days' shocks are drawn from
/// those of the past, the three of a day together.
pub(crate) struct MeanReverting {
    mean: [f64; 3],
    memory: [f64; 3],
    last: [f64; 3],
    shocks: Vec<[f64; 3]>,
}

/// Keeps logarithms and log-odds finite where a day onboarded nothing or renewed all.
const EDGE: f64 = 0.005;

fn log_odds(rate: f64) -> f64 {
    let rate = rate.clamp(EDGE, 1.0 - EDGE);
    (rate / (1.0 - rate)).ln()
}

impl MeanReverting {
    pub(crate) fn fit(past: &Past) -> Self {
        let logs: [Vec<f64>; 3] = [
            past.columns[0].iter().map(|amount| amount.max(EDGE).ln()).collect(),
            past.columns[1].iter().map(|rate| log_odds(*rate)).collect(),
            past.columns[2].iter().map(|rate| log_odds(*rate)).collect(),
        ];
        let mean = [0, 1, 2].map(|of| logs[of].iter().sum::<f64>() / logs[of].len() as f64);
        let memory = [0, 1, 2].map(|of| {
            let centred = |value: &f64| value - mean[of];
            let products: f64 = logs[of].windows(2).map(|pair| centred(&pair[0]) * centred(&pair[1])).sum();
            let squares: f64 = logs[of].iter().map(|value| centred(value).powi(2)).sum();
            if squares > 0.0 { (products / squares).clamp(0.0, 0.999) } else { 0.0 }
        });
        let shocks = (1..past.days())
            .map(|day| {
                [0, 1, 2].map(|of| logs[of][day] - mean[of] - memory[of] * (logs[of][day - 1] - mean[of]))
            })
            .collect();
        let last = [0, 1, 2].map(|of| logs[of][past.days() - 1]);
        Self { mean, memory, last, shocks }
    }

    pub(crate) fn path(&self, draws: &mut Draws, days: usize, into: &mut Controls) {
        into.daily.iter_mut().for_each(Vec::clear);
        let mut now = self.last;
        for _ in 0..days {
            let shock = self.shocks[draws.below(self.shocks.len())];
            for of in 0..3 {
                now[of] = self.mean[of] + self.memory[of] * (now[of] - self.mean[of]) + shock[of];
            }
            push(&now, into);
        }
    }
}

/// Past errors of thirty-day means as predictors of what comes: a random walk of the month's level, in logarithms and
/// log-odds, with the monthly steps of the past, centred, so that nothing is said about where it goes.
pub(crate) struct LevelWalk {
    level: [f64; 3],
    steps: Vec<[f64; 3]>,
}

/// Days of a step of the walk.
const STEP: usize = 30;

impl LevelWalk {
    pub(crate) fn fit(past: &Past) -> Option<Self> {
        let months = past.days() / STEP;
        if months < 4 {
            return None;
        }
        let skip = past.days() - months * STEP;
        let levels: Vec<[f64; 3]> = (0..months)
            .map(|month| {
                [0, 1, 2].map(|of| {
                    let from = skip + month * STEP;
                    let days = sorted(past.columns[of][from..from + STEP].iter().copied());
                    let middle = f64::midpoint(days[STEP / 2 - 1], days[STEP / 2]);
                    if of == 0 { middle.max(EDGE).ln() } else { log_odds(middle) }
                })
            })
            .collect();
        let mut steps: Vec<[f64; 3]> =
            levels.windows(2).map(|pair| [0, 1, 2].map(|of| pair[1][of] - pair[0][of])).collect();
        for of in 0..3 {
            let mean = steps.iter().map(|step| step[of]).sum::<f64>() / steps.len() as f64;
            for step in &mut steps {
                step[of] -= mean;
            }
        }
        Some(Self { level: levels[months - 1], steps })
    }

    pub(crate) fn path(&self, draws: &mut Draws, days: usize, into: &mut Controls) {
        into.daily.iter_mut().for_each(Vec::clear);
        let mut now = self.level;
        for day in 0..days {
            if day % STEP == STEP / 2 {
                let step = self.steps[draws.below(self.steps.len())];
                for (now, step) in now.iter_mut().zip(step) {
                    *now += step;
                }
            }
            push(&now, into);
        }
    }
}

/// The day's controls from logarithms and log-odds.
fn push(now: &[f64; 3], into: &mut Controls) {
    let [onboarding, renewal, fil_plus] = now;
    let rate = |log_odds: &f64| 1.0 / (1.0 + (-log_odds).exp());
    for (path, value) in into.daily.iter_mut().zip([onboarding.exp(), rate(renewal), rate(fil_plus)]) {
        path.push(value);
    }
}

/// Random numbers of one run: the same for the same origin and run, on every machine.
pub(crate) struct Draws(ChaCha8Rng);

impl Draws {
    pub(crate) fn new(origin: usize, run: usize) -> Self {
        let mut generator = ChaCha8Rng::from_seed(*b"mechafil-edge: hindcasts, part 1");
        generator.set_stream((origin as u64) << 32 | run as u64);
        Self(generator)
    }

    /// Uniform among `0..count`.
    fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.0.next_u64()) * count as u128) >> 64) as usize
    }
}
