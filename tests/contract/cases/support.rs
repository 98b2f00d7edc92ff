//! What several parts of the contract need to read answers.

use std::{thread, time::Duration};

use contract::{
    calendar::{Day, Every, seconds_of_today},
    scene::Service,
};
use serde_json::{Map, Value, json};

/// The 44 series, as the contract's model names them.
pub(crate) const SERIES: [&str; 44] = [
    "days",
    "rb_total_power_eib",
    "qa_total_power_eib",
    "rb_day_onboarded_power_pib",
    "qa_day_onboarded_power_pib",
    "rb_day_renewed_power_pib",
    "qa_day_renewed_power_pib",
    "rb_sched_expire_power_pib",
    "qa_sched_expire_power_pib",
    "network_RBP_EIB",
    "network_QAP_EIB",
    "day_onboarded_power_QAP_PIB",
    "day_renewed_power_QAP_PIB",
    "full_renewal_rate",
    "six_month_vest_saft",
    "one_year_vest_saft",
    "two_year_vest_saft",
    "three_year_vest_saft",
    "six_year_vest_saft",
    "six_year_vest_pl",
    "six_year_vest_foundation",
    "total_day_vest",
    "total_vest",
    "network_baseline_EIB",
    "capped_power_EIB",
    "cum_capped_power_EIB",
    "network_time",
    "cum_simple_reward",
    "cum_baseline_reward",
    "cum_network_reward",
    "day_network_reward",
    "disbursed_reserve",
    "network_gas_burn",
    "day_locked_pledge",
    "day_renewed_pledge",
    "network_locked_pledge",
    "network_locked_reward",
    "network_locked",
    "circ_supply",
    "available_supply",
    "day_pledge_per_QAP",
    "day_rewards_per_sector",
    "1y_return_per_sector",
    "1y_sector_roi",
];

pub(crate) const WEEKLY: &str = "/simulate";
pub(crate) const DAILY: &str = "/simulate/full";
pub(crate) const WITH_HISTORY: &str = "/simulate/full-with-history";

/// One series of an answer; `None` where it has no value.
pub(crate) type Values = Vec<Option<f64>>;

/// A forecast's answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Forecast {
    pub(crate) input: Map<String, Value>,
    pub(crate) output: Map<String, Value>,
    pub(crate) warnings: Vec<String>,
    /// The value of each series on the current date.
    pub(crate) current: Map<String, Value>,
    /// Unit, kind and meaning of each series.
    pub(crate) series_meta: Map<String, Value>,
}

impl Forecast {
    /// Asks for a forecast.
    pub(crate) fn of(service: &Service, path: &str, request: &Value) -> Self {
        Self::from(service.simulate(path, request))
    }

    /// Reads an answer, which has the five parts of the contract, and series that are all as long as it says.
    pub(crate) fn from(answer: Value) -> Self {
        let Value::Object(mut parts) = answer else { panic!("not an object: {answer}") };
        let names: Vec<_> = parts.keys().cloned().collect();
        assert_eq!(
            names,
            ["current", "input", "series_meta", "simulation_output", "warnings"],
            "the parts of an answer"
        );
        let mut object = |name: &str| match parts.remove(name) {
            Some(Value::Object(object)) => object,
            other => panic!("{name} is no object: {other:?}"),
        };
        let (input, output) = (object("input"), object("simulation_output"));
        let (current, series_meta) = (object("current"), object("series_meta"));
        let warnings = parts["warnings"].as_array().expect("a list of warnings");
        let warnings = warnings.iter().map(|text| text.as_str().expect("a sentence").to_owned()).collect();
        let forecast = Self { input, output, warnings, current, series_meta };
        assert!(forecast.current.keys().eq(forecast.output.keys()), "values of the current date");
        assert!(forecast.series_meta.keys().eq(forecast.output.keys()), "what the series are");
        for name in forecast.output.keys() {
            assert_eq!(forecast.series(name).len(), forecast.entries(), "entries of {name}");
        }
        forecast
    }

    pub(crate) fn entries(&self) -> usize {
        self.input["n_entries"].as_u64().expect("a number of entries") as usize
    }

    /// The date of entry 0.
    pub(crate) fn start(&self) -> Day {
        Day::named(self.input["sim_start_date"].as_str().expect("a date"))
    }

    pub(crate) fn series(&self, name: &str) -> Values {
        let values = self.output.get(name).unwrap_or_else(|| panic!("the answer has no {name}"));
        values.as_array().unwrap_or_else(|| panic!("{name} is no list")).iter().map(number_or_null).collect()
    }

    /// A series that has a value on every day.
    pub(crate) fn complete(&self, name: &str) -> Vec<f64> {
        self.series(name)
            .into_iter()
            .map(|value| value.unwrap_or_else(|| panic!("{name} has a null")))
            .collect()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.output.keys().map(String::as_str).collect()
    }
}

fn number_or_null(value: &Value) -> Option<f64> {
    match value {
        Value::Null => None,
        value => Some(value.as_f64().unwrap_or_else(|| panic!("{value} is neither a number nor null"))),
    }
}

/// The numbers of a JSON list.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap_or_else(|| panic!("{value} is no list"));
    list.iter().map(|value| value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))).collect()
}

/// Demands the same doubles, to the bit.
pub(crate) fn assert_same_bits(what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "entries of {what}");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found.to_bits(), expected.to_bits(), "{what}[{index}] is {found:?}, not {expected:?}");
    }
}

/// Demands the same numbers to the tolerance of the reference data: a relative 1e-9, and 1e-10 of the largest.
pub(crate) fn assert_close(what: &str, found: &[Option<f64>], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "entries of {what}");
    let largest =
        expected.iter().filter(|value| value.is_finite()).fold(0.0, |most: f64, value| most.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        match found {
            None => assert!(!expected.is_finite(), "{what}[{index}] is null, not {expected}"),
            Some(found) => assert!(
                (found - expected).abs() <= 1e-9 * expected.abs() + 1e-10 * largest,
                "{what}[{index}] is {found}, not {expected}"
            ),
        }
    }
}

/// The entries at these places.
pub(crate) fn pick<T: Copy>(values: &[T], indices: &[usize]) -> Vec<T> {
    indices.iter().map(|index| values[*index]).collect()
}

/// The days of an answer: of `len` days from `first` on, those that `every` keeps.
pub(crate) fn assert_dated(forecast: &Forecast, every: Every, first: Day, len: usize) {
    let dates = every.dates(first, len);
    let input = &forecast.input;
    assert_eq!(input["resolution"], every.name());
    assert_eq!(input["n_entries"], dates.len(), "entries of {len} days from {first}, {}", every.name());
    assert_eq!(input["timestep_days"], every.timestep());
    assert_eq!(input["sim_start_date"], json!(dates.first()), "{len} days from {first}, {}", every.name());
    assert_eq!(input["sim_end_date"], json!(dates.last()), "{len} days from {first}, {}", every.name());
    if every == Every::Month {
        assert_eq!(input["dates"], json!(dates));
    }
}

/// Waits until the day is not about to end, so that an age in days is the same in two answers.
pub(crate) fn not_at_midnight() {
    while seconds_of_today() > 86_400 - 20 {
        thread::sleep(Duration::from_secs(1));
    }
}

/// The key with another last character.
pub(crate) fn mistyped(key: &str) -> String {
    let other = if key.ends_with('x') { 'y' } else { 'x' };
    let mut mistyped = key.to_owned();
    mistyped.pop();
    mistyped.push(other);
    mistyped
}
