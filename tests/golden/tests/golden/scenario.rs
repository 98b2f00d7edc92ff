//! A golden file: what a scenario gives, and what the model says of it.

use std::collections::BTreeMap;
use std::path::Path;

use economy::{Assumptions, Control, Forecast, History, LockedSign, Weighting, defaults, fip0081, forecast};
use network_data::Snapshot;
use serde::Deserialize;

/// Every control, by its name in a scenario.
pub(crate) const CONTROLS: [&str; 17] = [
    "forecast_days",
    "sector_duration_days",
    "rbp",
    "rr",
    "fpr",
    "fil_plus_multiplier",
    "qa_renewal_multiplier",
    "lock_target",
    "gamma",
    "historical_gamma",
    "weighting",
    "use_available_supply",
    "locked_sign",
    "lambda",
    "baseline_eib",
    "daily_burnt_fil",
    "start_day",
];

#[derive(Deserialize)]
pub(crate) struct Scenario {
    #[serde(rename = "scenario")]
    pub(crate) name: String,
    pub(crate) inputs: Inputs,
    /// Of histories, by their names in `History`.
    #[serde(default)]
    pub(crate) medians_of_last_30_days: BTreeMap<String, f64>,
    /// The days that are kept of a series with so many.
    pub(crate) days_by_length: BTreeMap<usize, Vec<usize>>,
    pub(crate) series: BTreeMap<String, Golden>,
}

#[derive(Deserialize)]
pub(crate) struct Golden {
    pub(crate) length: usize,
    pub(crate) values: Vec<Value>,
}

/// A number, or the name of what is none.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Number(f64),
    None(String),
}

/// What a scenario gives; what is left out is the product's default. Numbers are texts, exact decimals.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Inputs(BTreeMap<String, Given>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    Flag(bool),
    Days(usize),
    Text(String),
    Line { from: String, to: String },
    InTurn { until: Vec<(usize, String)> },
}

fn decimal(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

impl Golden {
    pub(crate) fn numbers(&self) -> Vec<f64> {
        let number = |value: &Value| match value {
            Value::Number(number) => *number,
            Value::None(name) => decimal(name),
        };
        self.values.iter().map(number).collect()
    }
}

impl Inputs {
    pub(crate) fn given(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn days(&self, name: &str) -> Option<usize> {
        self.0.get(name).map(|given| match given {
            Given::Days(days) => *days,
            _ => panic!("{name} is no number of days"),
        })
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Given::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// One value, or one for each of the days where a line is given; `None` where nothing is.
    fn values(&self, name: &str, days: usize) -> Option<Vec<f64>> {
        match self.0.get(name)? {
            Given::Text(text) if text == "fip0081" => None,
            Given::Text(text) => Some(vec![decimal(text)]),
            Given::Line { from, to } => {
                let (from, to) = (decimal(from), decimal(to));
                Some((0..days).map(|day| from + (to - from) * day as f64 / (days - 1) as f64).collect())
            }
            _ => panic!("{name} is neither a number nor a line"),
        }
    }

    fn weighting(&self) -> Option<Vec<Weighting>> {
        match self.0.get("weighting")? {
            Given::Text(name) => Some(vec![weighting(name)]),
            Given::InTurn { until } => {
                let mut by_day = Vec::new();
                for (day, name) in until {
                    by_day.resize(*day, weighting(name));
                }
                Some(by_day)
            }
            _ => panic!("weighting is neither a name nor names in turn"),
        }
    }
}

fn weighting(name: &str) -> Weighting {
    match name {
        "arithmetic" => Weighting::Arithmetic,
        "geometric" => Weighting::Geometric,
        "harmonic" => Weighting::Harmonic,
        other => panic!("weighting {other}"),
    }
}

/// A control of one value or one a day; `default` where nothing is given.
fn control<'a, T: Copy>(given: Option<&'a [T]>, default: Control<'a, T>) -> Control<'a, T> {
    match given {
        None => default,
        Some([one]) => Control::Constant(*one),
        Some(daily) => Control::Daily(daily),
    }
}

impl Scenario {
    /// The golden files of a folder, by name.
    pub(crate) fn all(folder: &Path) -> Vec<Self> {
        let files = folder.read_dir().expect("the folder of golden files");
        let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        paths.sort();
        let read = |path: &std::path::PathBuf| {
            let text = std::fs::read_to_string(path).expect("a golden file");
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        paths.iter().map(read).collect()
    }

    pub(crate) fn forecast(&self, network: &Snapshot) -> Forecast {
        let inputs = &self.inputs;
        for name in inputs.0.keys() {
            assert!(CONTROLS.contains(&name.as_str()), "{}: {name} is no control", self.name);
        }
        let network_history = network.history();
        let start_day = inputs.days("start_day").map_or(network_history.start_day, |day| day as u32);
        let history = History { start_day, ..network_history };
        let history_days = history.days();
        let forecast_days = inputs.days("forecast_days").unwrap_or(defaults::FORECAST_DAYS);
        let schedule = fip0081::schedule(start_day, history_days + forecast_days);
        let smoothed = network.smoothed();

        let of = |name| inputs.values(name, forecast_days);
        let (rbp, rr, fpr) = (of("rbp"), of("rr"), of("fpr"));
        let (multiplier, kept) = (of("fil_plus_multiplier"), of("qa_renewal_multiplier"));
        let (lock_target, gamma, burnt) = (of("lock_target"), of("gamma"), of("daily_burnt_fil"));
        let historical_gamma = inputs.values("historical_gamma", history_days);
        let baseline = inputs.values("baseline_eib", history_days + forecast_days);
        let weighting = inputs.weighting();

        let protocol = Assumptions::protocol(
            history_days,
            forecast_days,
            control(rbp.as_deref(), Control::Constant(smoothed.raw_byte_power)),
            control(rr.as_deref(), Control::Constant(smoothed.renewal_rate)),
            control(fpr.as_deref(), Control::Constant(smoothed.filplus_rate)),
            &schedule,
        );
        let assumptions = Assumptions {
            sector_duration_days: inputs
                .days("sector_duration_days")
                .unwrap_or(protocol.sector_duration_days),
            fil_plus_multiplier: control(multiplier.as_deref(), protocol.fil_plus_multiplier),
            qa_renewal_multiplier: control(kept.as_deref(), protocol.qa_renewal_multiplier),
            lock_target: control(lock_target.as_deref(), protocol.lock_target),
            gamma: control(gamma.as_deref(), protocol.gamma),
            historical_gamma: control(historical_gamma.as_deref(), protocol.historical_gamma),
            weighting: control(weighting.as_deref(), protocol.weighting),
            use_available_supply: matches!(inputs.0.get("use_available_supply"), Some(Given::Flag(true))),
            locked_sign: match inputs.text("locked_sign") {
                None | Some("added") => LockedSign::Added,
                Some("subtracted") => LockedSign::Subtracted,
                Some(other) => panic!("locked_sign {other}"),
            },
            lambda: inputs.text("lambda").map_or(protocol.lambda, decimal),
            baseline_eib: baseline.as_deref(),
            daily_burnt_fil: burnt.as_deref().map(|given| control(Some(given), Control::Constant(f64::NAN))),
            ..protocol
        };
        forecast(&history, &assumptions).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}
