use economy::{Series, Weighting};
use network_data::calendar::Resolution;
use serde_json::{Map, Value};
use suggest::Unknown;

use crate::{
    CONTROLS, NumberOrVector, Refusal,
    control::{check_length, kind_of},
};

/// The longest forecast: twenty years.
pub const MAX_FORECAST_DAYS: usize = 7300;
/// The longest sector duration that is computed; the protocol allows 180 to 1278 days.
pub const MAX_SECTOR_DURATION_DAYS: usize = 3650;
/// The largest baseline that is taken, EiB. The protocol's own passes it after 2049.
pub(crate) const MAX_BASELINE_EIB: f64 = 1e9;

/// The longest list of series. Naming one twice is no mistake; a longer list is no question.
pub(crate) const MOST_NAMES: usize = 2 * Series::COUNT;

/// The fields that are not in [`CONTROLS`].
pub(crate) mod field {
    pub(crate) const LENGTH: &str = "forecast_length_days";
    pub(crate) const DURATION: &str = "sector_duration_days";
    pub(crate) const WEIGHTING: &str = "gamma_weight_type";
    pub(crate) const AVAILABLE: &str = "use_available_supply";
    pub(crate) const BASELINE: &str = "baseline_eib";
    pub(crate) const OUTPUT: &str = "output";
    pub(crate) const RESOLUTION: &str = "resolution";
    pub(crate) const ALL: [&str; 7] = [LENGTH, DURATION, WEIGHTING, AVAILABLE, BASELINE, OUTPUT, RESOLUTION];
}

/// How gamma weights the two parts of the consensus pledge: one way, or one for each day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeightingChoice {
    /// The same every day.
    Same(Weighting),
    /// One for each day of the forecast.
    Daily(Vec<Weighting>),
}

/// What a caller wants to know, checked, with everything that was left out still open.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The assumptions that were given, in the order of [`CONTROLS`].
    pub(crate) controls: [Option<NumberOrVector>; CONTROLS.len()],
    /// Days to forecast, the current date included.
    pub(crate) forecast_days: usize,
    /// Lifetime of a sector, days.
    pub(crate) sector_duration_days: usize,
    pub(crate) weighting: WeightingChoice,
    pub(crate) use_available_supply: bool,
    /// The baseline of each day of the forecast, EiB.
    pub(crate) baseline_eib: Option<Vec<f64>>,
    /// The series to return, in the order asked for.
    pub(crate) output: Vec<Series>,
    /// How densely, where the caller says so.
    pub(crate) resolution: Option<Resolution>,
}

impl Question {
    /// Reads a request.
    ///
    /// # Errors
    /// Every field that is unknown, of a wrong type, out of range or of a wrong length: all of them, not the first.
    pub fn parse(mut request: Map<String, Value>) -> Result<Self, Vec<Refusal>> {
        let mut refused = Refused(Vec::new());
        let length =
            request.remove(field::LENGTH).map(|value| days(field::LENGTH, &value, MAX_FORECAST_DAYS));
        let forecast_days = refused.keep(length);
        // Where the length is not valid, vectors cannot be measured against it.
        let expected = match forecast_days {
            Kept::Absent => Some(economy::constants::defaults::FORECAST_DAYS),
            Kept::Value(days) => Some(days),
            Kept::Bad => None,
        };
        let controls = CONTROLS.map(|info| {
            let read = request.remove(info.name).map(|value| info.read(value, expected));
            refused.keep(read).value()
        });
        let mut take = |name| request.remove(name);
        let duration =
            take(field::DURATION).map(|value| days(field::DURATION, &value, MAX_SECTOR_DURATION_DAYS));
        let weighting = take(field::WEIGHTING).map(|value| read_weighting(&value, expected));
        let available = take(field::AVAILABLE).map(|value| read_switch(field::AVAILABLE, &value));
        let baseline = take(field::BASELINE).map(|value| read_baseline(value, expected));
        let output = take(field::OUTPUT).map(|value| read_output(&value));
        let resolution = take(field::RESOLUTION).map(|value| read_resolution(&value));
        let question = Self {
            controls,
            forecast_days: forecast_days.value().unwrap_or(economy::constants::defaults::FORECAST_DAYS),
            sector_duration_days: refused
                .keep(duration)
                .value()
                .unwrap_or(economy::constants::defaults::SECTOR_DURATION_DAYS),
            weighting: refused
                .keep(weighting)
                .value()
                .unwrap_or(WeightingChoice::Same(Weighting::Arithmetic)),
            use_available_supply: refused.keep(available).value().unwrap_or(false),
            baseline_eib: refused.keep(baseline).value(),
            output: match output.unwrap_or_else(|| Ok(Series::ALL.to_vec())) {
                Ok(output) => output,
                Err(several) => {
                    refused.0.extend(several);
                    Vec::new()
                }
            },
            resolution: refused.keep(resolution).value(),
        };
        // A body can hold thousands of unknown names; the first few say enough.
        refused.0.extend(request.keys().take(20).map(|name| {
            let known = CONTROLS.iter().map(|info| info.name).chain(field::ALL);
            Refusal::new(name, format!("unknown field: {}", Unknown::new(name, known)))
        }));
        if refused.0.is_empty() { Ok(question) } else { Err(refused.0) }
    }
}

/// Collects refusals while reading goes on.
struct Refused(Vec<Refusal>);

/// A field that was left out, read, or refused.
#[derive(Clone, Copy)]
enum Kept<T> {
    Absent,
    Value(T),
    Bad,
}

impl<T> Kept<T> {
    fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Bad => None,
        }
    }
}

impl Refused {
    fn keep<T>(&mut self, read: Option<Result<T, Refusal>>) -> Kept<T> {
        match read {
            None => Kept::Absent,
            Some(Ok(value)) => Kept::Value(value),
            Some(Err(refusal)) => {
                self.0.push(refusal);
                Kept::Bad
            }
        }
    }
}

fn days(field: &str, value: &Value, max: usize) -> Result<usize, Refusal> {
    // 365.0 is as whole a number as 365.
    let whole = value.as_f64().filter(|days| days.fract() == 0.0);
    whole.filter(|days| (1.0..=max as f64).contains(days)).map(|days| days as usize).ok_or_else(|| {
        let found = if value.is_number() { value.to_string() } else { kind_of(value).to_owned() };
        Refusal::new(field, format!("must be a whole number of days from 1 to {max}, not {found}"))
    })
}

fn read_switch(field: &str, value: &Value) -> Result<bool, Refusal> {
    value
        .as_bool()
        .ok_or_else(|| Refusal::new(field, format!("must be true or false, not {}", kind_of(value))))
}

/// Every weighting; its place is its number in the original model.
pub(crate) const WEIGHTINGS: [Weighting; 3] =
    [Weighting::Arithmetic, Weighting::Geometric, Weighting::Harmonic];

/// The name of a weighting in requests and replies.
pub(crate) const fn weighting_name(weighting: Weighting) -> &'static str {
    match weighting {
        Weighting::Arithmetic => "arithmetic",
        Weighting::Geometric => "geometric",
        Weighting::Harmonic => "harmonic",
    }
}

fn weighting(value: &Value) -> Option<Weighting> {
    let place = match value {
        Value::String(name) => WEIGHTINGS.iter().position(|known| weighting_name(*known) == name)?,
        Value::Number(number) => {
            (0..WEIGHTINGS.len()).find(|place| number.as_f64() == Some(*place as f64))?
        }
        _ => return None,
    };
    Some(WEIGHTINGS[place])
}

fn read_weighting(value: &Value, days: Option<usize>) -> Result<WeightingChoice, Refusal> {
    const EXPECTED: &str = "must be arithmetic, geometric or harmonic (or 0, 1, 2), or a vector of them";
    if let Value::Array(values) = value {
        check_length(field::WEIGHTING, values.len(), days)?;
        let daily = values.iter().enumerate().map(|(index, value)| {
            weighting(value).ok_or_else(|| Refusal::at(field::WEIGHTING, index, EXPECTED))
        });
        return daily.collect::<Result<_, _>>().map(WeightingChoice::Daily);
    }
    weighting(value).map(WeightingChoice::Same).ok_or_else(|| Refusal::new(field::WEIGHTING, EXPECTED))
}

fn read_baseline(value: Value, days: Option<usize>) -> Result<Vec<f64>, Refusal> {
    let Value::Array(values) = value else {
        return Err(Refusal::new(
            field::BASELINE,
            format!("must be a vector of EiB, one for each day of the forecast, not {}", kind_of(&value)),
        ));
    };
    check_length(field::BASELINE, values.len(), days)?;
    let checked = values.iter().enumerate().map(|(index, value)| {
        value.as_f64().filter(|eib| (0.0..=MAX_BASELINE_EIB).contains(eib)).ok_or_else(|| {
            Refusal::at(field::BASELINE, index, format!("must be a number from 0 to {MAX_BASELINE_EIB} EiB"))
        })
    });
    checked.collect()
}

fn read_resolution(value: &Value) -> Result<Resolution, Refusal> {
    let refuse = |detail: String| Refusal::new(field::RESOLUTION, detail);
    let Value::String(name) = value else {
        return Err(refuse(format!("must be daily, weekly or monthly, not {}", kind_of(value))));
    };
    name.parse().map_err(|unknown| refuse(format!("must be daily, weekly or monthly: {unknown}")))
}

fn read_output(value: &Value) -> Result<Vec<Series>, Vec<Refusal>> {
    let series = |name: &str| {
        Series::from_name(name).ok_or_else(|| {
            let known = Series::ALL.iter().map(|series| series.name());
            format!("unknown series: {}", Unknown::new(name, known))
        })
    };
    match value {
        Value::String(name) => match series(name) {
            Ok(series) => Ok(vec![series]),
            Err(detail) => Err(vec![Refusal::new(field::OUTPUT, detail)]),
        },
        Value::Array(names) if names.len() > MOST_NAMES => Err(vec![Refusal::new(
            field::OUTPUT,
            format!("names {} series, but there are only {}", names.len(), Series::COUNT),
        )]),
        Value::Array(names) if !names.is_empty() => {
            let mut output = Vec::new();
            let mut refused = Vec::new();
            for (index, name) in names.iter().enumerate() {
                let read = name
                    .as_str()
                    .ok_or_else(|| format!("must be the name of a series, not {}", kind_of(name)));
                match read.and_then(series) {
                    Ok(series) if output.contains(&series) => {}
                    Ok(series) => output.push(series),
                    Err(detail) => refused.push(Refusal::at(field::OUTPUT, index, detail)),
                }
            }
            if refused.is_empty() { Ok(output) } else { Err(refused) }
        }
        Value::Array(_) => Err(vec![Refusal::new(
            field::OUTPUT,
            "is an empty list: name at least one series, or leave it out for all of them",
        )]),
        other => Err(vec![Refusal::new(
            field::OUTPUT,
            format!("must be the name of a series or a list of names, not {}", kind_of(other)),
        )]),
    }
}
