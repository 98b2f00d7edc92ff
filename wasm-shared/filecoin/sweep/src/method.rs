//! Where the runs' own assumptions come from: a grid, distributions, or the network's own past.

use forecast::{NumberField, PerDay};
use network_data::{FilplusRate, Snapshot};
use serde_json::Value;

use crate::{
    distribution::Distribution,
    random::Draws,
    reading::{Fields, Reading, unknown},
};

/// The most runs of a sweep.
pub const MAX_RUNS: usize = 10_000;

/// Runs where a request with `draws` or `bootstrap` does not say.
pub(crate) const DEFAULT_RUNS: u64 = 200;
/// Days of the past that a bootstrap draws from where the request does not say: the window that the network's statistics
/// are published for.
pub(crate) const DEFAULT_LAST_DAYS: u64 = network_data::WINDOW_DAYS as u64;
/// Days of a block where the request does not say: two weeks keep what belongs to a weekday and to the day before.
pub(crate) const DEFAULT_BLOCK_DAYS: u64 = 14;
/// The largest seed: every program that reads JSON holds it exactly.
pub(crate) const MAX_SEED: u64 = 9_007_199_254_740_991;

/// The most days of the past that can be asked for: a hundred years.
pub(crate) const MAX_LAST_DAYS: u64 = 36_500;

/// The assumptions that the network's history has day by day.
const OF_HISTORY: [NumberField; 3] =
    [NumberField::Onboarding, NumberField::RenewalRate, NumberField::FilPlusRate];

/// What hindcasts found of bands made by the default bootstrap (docs/accuracy.md).
const NO_RANGE: &str = "A bootstrap shows what the network's last days would do if they went on, not the range of what will \
                        happen: of past outcomes, bands from its 5th to its 95th percentile held about half a month ahead \
                        and a fifth a quarter ahead (docs/accuracy.md).";

/// How the runs differ.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Method {
    /// Every combination of the values listed.
    Grid(Vec<(NumberField, Vec<f64>)>),
    /// Values drawn independently, each the same every day of its run.
    Draws { runs: usize, seed: u64, distributions: Vec<(NumberField, Distribution)> },
    /// Daily values put together from blocks of the network's last days, all assumptions together.
    Bootstrap { runs: usize, seed: u64, last_days: usize, block_days: usize },
}

/// The methods, by their names in a request.
pub(crate) const NAMES: [&str; 3] = ["grid", "draws", "bootstrap"];
pub(crate) const DRAWS_FIELDS: [&str; 3] = ["n", "seed", "distributions"];
pub(crate) const BOOTSTRAP_FIELDS: [&str; 4] = ["n", "seed", "last_days", "block_days"];

impl Method {
    /// Reads the one of the three that is given.
    pub(crate) fn read(fields: &mut Fields, reading: &mut Reading) -> Option<Self> {
        let given: Vec<_> = NAMES.into_iter().filter_map(|name| Some((name, fields.take(name)?))).collect();
        let pointers: Vec<_> = given.iter().map(|(name, _)| fields.at(name)).collect();
        let Ok([(name, value)]) = <[_; 1]>::try_from(given) else {
            const ONE: &str = "give exactly one of grid, draws and bootstrap";
            if pointers.is_empty() {
                reading.refuse(&fields.pointer, format!("says nowhere how the runs differ: {ONE}"));
            }
            for pointer in pointers {
                reading.refuse(&pointer, format!("is one too many: {ONE}"));
            }
            return None;
        };
        let pointer = fields.at(name);
        let form = match name {
            "grid" => "an object with lists of values, such as {\"rbp\": [2, 4, 6], \"rr\": [0.7, 0.8]}",
            "draws" => "an object with n, seed and distributions",
            _ => "an object with n, seed, last_days and block_days",
        };
        let inner = Fields::of(value, &pointer, form, reading)?;
        match name {
            "grid" => Self::read_grid(inner, reading),
            "draws" => Self::read_draws(inner, reading),
            _ => Self::read_bootstrap(inner, reading),
        }
    }

    fn read_grid(fields: Fields, reading: &mut Reading) -> Option<Self> {
        let pointer = fields.pointer.clone();
        let mut axes: Vec<(NumberField, Vec<f64>)> = Vec::new();
        for (name, at, value) in fields.into_rest() {
            let Some(varied) = NumberField::named(&name) else {
                reading
                    .refuse(&at, unknown("an assumption that can be varied", &name, &NumberField::names()));
                continue;
            };
            match value {
                Value::Array(values) if values.len() > MAX_RUNS => {
                    reading.refuse(&at, format!("has {} values, but a sweep {MAX_RUNS} runs at most", values.len()));
                }
                Value::Array(values) if !values.is_empty() => {
                    let field = varied.field();
                    let read: Vec<_> = values
                        .iter()
                        .enumerate()
                        .map(|(place, value)| {
                            let at = format!("{at}/{place}");
                            let number = reading.number(value, &at, field.unit)?;
                            if varied.admits(number) {
                                return Some(number);
                            }
                            reading.refuse(&at, format!("must be {}, but is {value}", field.range()));
                            None
                        })
                        .collect();
                    if let Some(values) = read.into_iter().collect() {
                        axes.push((varied, values));
                    }
                }
                _ => reading.refuse(
                    &at,
                    "must be a list with at least one number; an assumption with one value belongs into assumptions",
                ),
            }
        }
        if !reading.nothing_refused_below(&pointer) {
            return None;
        }
        if axes.is_empty() {
            reading.refuse(
                &pointer,
                "is empty: list values of at least one assumption, such as {\"rr\": [0.7, 0.8]}",
            );
            return None;
        }
        axes.sort_by_key(|(varied, _)| *varied as u8);
        let runs = axes.iter().try_fold(1_usize, |runs, (_, values)| {
            runs.checked_mul(values.len()).filter(|runs| *runs <= MAX_RUNS)
        });
        if runs.is_none() {
            let lengths: Vec<_> = axes.iter().map(|(_, values)| values.len().to_string()).collect();
            reading.refuse(
                &pointer,
                format!(
                    "has {} combinations, but a sweep {MAX_RUNS} runs at most: list fewer values, or draw them",
                    lengths.join(" x ")
                ),
            );
            return None;
        }
        Some(Self::Grid(axes))
    }

    fn read_draws(mut fields: Fields, reading: &mut Reading) -> Option<Self> {
        const FORM: &str = "an object with a distribution for each assumption that is drawn, such as \
                            {\"rr\": {\"normal\": {\"mean\": 0.8, \"sd\": 0.05}}}";
        let (runs, seed) = read_runs(&mut fields, reading);
        let at = fields.at("distributions");
        let named = if let Some(value) = fields.take("distributions") {
            Fields::of(value, &at, FORM, reading)
        } else {
            reading.refuse(&at, format!("is missing: give {FORM}"));
            None
        };
        fields.nothing_else(&DRAWS_FIELDS, "a field of draws", reading);
        let mut distributions = Vec::new();
        for (name, at, value) in named?.into_rest() {
            match NumberField::named(&name) {
                Some(varied) => {
                    let Some(read) = Distribution::read(value, &at, varied, reading) else {
                        continue;
                    };
                    let outside = 1.0 - read.inside(varied);
                    if outside >= 0.001 {
                        reading.warn(format!(
                            "{:.1} % of the distribution of {name} lies outside {}; such draws are repeated, which \
                             changes its mean and spread.",
                            outside * 100.0,
                            varied.field().range()
                        ));
                    }
                    distributions.push((varied, read));
                }
                None => {
                    reading.refuse(
                        &at,
                        unknown("an assumption that can be drawn", &name, &NumberField::names()),
                    );
                }
            }
        }
        if distributions.is_empty() && reading.nothing_refused_below(&at) {
            reading.refuse(&at, format!("is empty: give {FORM}"));
        }
        distributions.sort_by_key(|(varied, _)| *varied as u8);
        Some(Self::Draws { runs: runs?, seed: seed?, distributions })
    }

    fn read_bootstrap(mut fields: Fields, reading: &mut Reading) -> Option<Self> {
        let (runs, seed) = read_runs(&mut fields, reading);
        let last_days = fields.whole("last_days", (2, MAX_LAST_DAYS), DEFAULT_LAST_DAYS, reading);
        let longest = last_days.unwrap_or(MAX_LAST_DAYS);
        let block_days = fields.whole("block_days", (1, longest), DEFAULT_BLOCK_DAYS.min(longest), reading);
        fields.nothing_else(&BOOTSTRAP_FIELDS, "a field of bootstrap", reading);
        reading.warn(NO_RANGE.to_owned());
        Some(Self::Bootstrap {
            runs: runs?,
            seed: seed?,
            last_days: last_days? as usize,
            block_days: block_days? as usize,
        })
    }

    /// Its name in a request.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Grid(_) => NAMES[0],
            Self::Draws { .. } => NAMES[1],
            Self::Bootstrap { .. } => NAMES[2],
        }
    }

    pub(crate) fn runs(&self) -> usize {
        match self {
            Self::Grid(axes) => axes.iter().map(|(_, values)| values.len()).product(),
            Self::Draws { runs, .. } | Self::Bootstrap { runs, .. } => *runs,
        }
    }

    /// The assumptions that differ from run to run, as far as the request decides it.
    pub(crate) fn varied(&self) -> Vec<NumberField> {
        match self {
            Self::Grid(axes) => axes.iter().map(|(varied, _)| *varied).collect(),
            Self::Draws { distributions, .. } => distributions.iter().map(|(varied, _)| *varied).collect(),
            Self::Bootstrap { .. } => OF_HISTORY.to_vec(),
        }
    }
}

fn read_runs(fields: &mut Fields, reading: &mut Reading) -> (Option<usize>, Option<u64>) {
    let runs = fields.whole("n", (1, MAX_RUNS as u64), DEFAULT_RUNS, reading);
    let seed = fields.whole("seed", (0, MAX_SEED), 0, reading);
    (runs.map(|runs| runs as usize), seed)
}

/// The days that a bootstrap draws from: for each assumption as many, all ending on the day before the current date,
/// the newest on which all of them are known.
#[derive(Clone, Debug)]
pub(crate) struct Past<'a> {
    pub(crate) columns: Vec<(NumberField, &'a [f64])>,
}

impl<'a> Past<'a> {
    /// The last days of a snapshot, or why there are not so many. Where it has no daily FIL+ rate, that is not drawn.
    pub(crate) fn of(snapshot: &'a Snapshot, last_days: usize) -> Result<Self, String> {
        let data = snapshot.data();
        let history_days = snapshot.historical_days();
        let mut columns = vec![
            (NumberField::Onboarding, &data.historical_onboarded_rb_power_pib[..history_days]),
            (NumberField::RenewalRate, &data.historical_renewal_rate[..]),
        ];
        if let FilplusRate::Daily(rates) = &data.filplus_rate {
            columns.push((NumberField::FilPlusRate, &rates[..rates.len().saturating_sub(1)]));
        }
        for (varied, values) in &mut columns {
            let Some(first) = values.len().checked_sub(last_days) else {
                return Err(format!(
                    "is {last_days}, but {} is known for {} days before the current date: ask for at most so many",
                    varied.name(),
                    values.len()
                ));
            };
            *values = &values[first..];
        }
        Ok(Self { columns })
    }
}

/// Makes the assumptions of one run after another.
pub(crate) struct Runs<'a> {
    pub(crate) method: &'a Method,
    pub(crate) past: Option<&'a Past<'a>>,
    /// Days asked for; a bootstrap's inputs are the means over them.
    pub(crate) days: usize,
    /// Days computed; a bootstrap draws so many.
    pub(crate) computed_days: usize,
}

impl Runs<'_> {
    /// Puts a run's own assumptions into `own`, whose memory is used again, and gives each one's input: the value, or a
    /// vector's mean over the days asked for.
    pub(crate) fn make(&self, run: usize, own: &mut Vec<(NumberField, PerDay<f64>)>, inputs: &mut Vec<f64>) {
        inputs.clear();
        match self.method {
            Method::Grid(axes) => {
                own.clear();
                // The last assumption changes with every run, the first one slowest.
                let mut rest = run;
                for (varied, values) in axes.iter().rev() {
                    own.push((*varied, PerDay::Same(values[rest % values.len()])));
                    rest /= values.len();
                }
                own.reverse();
                inputs.extend(own.iter().map(|(_, value)| match value {
                    PerDay::Same(value) => *value,
                    PerDay::Daily(_) => f64::NAN,
                }));
            }
            Method::Draws { seed, distributions, .. } => {
                own.clear();
                for (varied, distribution) in distributions {
                    let value = distribution.draw(*varied, &mut Draws::new(*seed, run, *varied as u8));
                    own.push((*varied, PerDay::Same(value)));
                    inputs.push(value);
                }
            }
            Method::Bootstrap { seed, last_days, block_days, .. } => {
                let columns = self.past.map(|past| past.columns.as_slice()).unwrap_or_default();
                if own.len() != columns.len() {
                    *own = columns
                        .iter()
                        .map(|(varied, _)| (*varied, PerDay::Daily(Vec::with_capacity(self.computed_days))))
                        .collect();
                }
                for (_, value) in own.iter_mut() {
                    if let PerDay::Daily(values) = value {
                        values.clear();
                    }
                }
                let mut draws = Draws::new(*seed, run, Draws::BLOCKS);
                let mut made = 0;
                while made < self.computed_days {
                    let first = draws.below(last_days - block_days + 1);
                    let taken = (*block_days).min(self.computed_days - made);
                    for ((_, value), (_, past)) in own.iter_mut().zip(columns) {
                        if let PerDay::Daily(values) = value {
                            values.extend_from_slice(&past[first..first + taken]);
                        }
                    }
                    made += taken;
                }
                inputs.extend(own.iter().map(|(_, value)| match value {
                    PerDay::Same(value) => *value,
                    PerDay::Daily(values) => values[..self.days].iter().sum::<f64>() / self.days as f64,
                }));
            }
        }
    }
}
