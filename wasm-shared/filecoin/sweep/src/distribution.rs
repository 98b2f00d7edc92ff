//! The distributions that an assumption can be drawn from.

use forecast::NumberField;
use serde_json::Value;

use crate::{
    random::Draws,
    reading::{Fields, Reading},
};

/// Least share of a distribution that has to lie within the assumption's range. What lies outside is drawn again, and
/// below this nearly everything would be.
const LEAST_INSIDE: f64 = 0.1;

/// Draws after which a value outside the range is set to its nearer end. With a tenth inside, this never happens: the
/// chance is 0.9^1000, below 10^-45.
const MOST_DRAWS: u32 = 1_000;

/// What an assumption is drawn from. All parameters are in the assumption's own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Distribution {
    /// The normal distribution.
    Normal { mean: f64, sd: f64 },
    /// The distribution whose logarithm is normal. `mean` and `sd` are those of the value itself, as one reads them off
    /// a history, not those of its logarithm.
    Lognormal { mean: f64, sd: f64 },
    /// Every value between the two alike.
    Uniform { low: f64, high: f64 },
    /// Rising from `low` to `mode` and falling to `high`.
    Triangular { low: f64, mode: f64, high: f64 },
}

pub(crate) const KINDS: [&str; 4] = ["normal", "lognormal", "uniform", "triangular"];

impl Distribution {
    /// Reads `{"normal": {"mean", "sd"}}` and its like, for an assumption.
    pub(crate) fn read(
        value: Value,
        pointer: &str,
        varied: NumberField,
        reading: &mut Reading,
    ) -> Option<Self> {
        const FORM: &str = "one distribution by name, such as {\"normal\": {\"mean\": 0.8, \"sd\": 0.05}}";
        let mut named = Fields::of(value, pointer, FORM, reading)?;
        let mut given = KINDS.into_iter().filter_map(|kind| Some((kind, named.take(kind)?)));
        let parameters = given.next();
        let others: Vec<_> = given.map(|(kind, _)| kind).collect();
        for kind in others {
            reading.refuse(&named.at(kind), "is one too many: give one distribution");
        }
        named.nothing_else(&KINDS, "a distribution", reading);
        let Some((kind, parameters)) = parameters else {
            if reading.nothing_refused_below(pointer) {
                reading.refuse(pointer, format!("must name {FORM}; there are {}", KINDS.join(", ")));
            }
            return None;
        };
        let pointer = format!("{pointer}/{kind}");
        let names: &'static [&'static str] = match kind {
            "normal" | "lognormal" => &["mean", "sd"],
            "uniform" => &["low", "high"],
            _ => &["low", "mode", "high"],
        };
        let mut fields =
            Fields::of(parameters, &pointer, &format!("an object with {}", names.join(", ")), reading)?;
        if kind == "lognormal" && (fields.has("mu") || fields.has("sigma")) {
            reading.refuse(
                &pointer,
                "is given by mean and sd of the value itself, not by mu and sigma of its logarithm: \
                 mean = exp(mu + sigma^2 / 2), sd = mean * sqrt(exp(sigma^2) - 1)",
            );
            return None;
        }
        let read: Vec<Option<f64>> =
            names.iter().map(|name| fields.required_number(name, varied.field().unit, reading)).collect();
        fields.nothing_else(names, "a parameter", reading);
        let given: Vec<f64> = read.into_iter().collect::<Option<_>>()?;
        let distribution = match (kind, given.as_slice()) {
            ("normal", &[mean, sd]) => Self::Normal { mean, sd },
            ("lognormal", &[mean, sd]) => Self::Lognormal { mean, sd },
            ("uniform", &[low, high]) => Self::Uniform { low, high },
            (_, &[low, mode, high]) => Self::Triangular { low, mode, high },
            _ => return None,
        };
        match distribution.check(varied) {
            Ok(()) => Some(distribution),
            Err(detail) => {
                reading.refuse(&pointer, detail);
                None
            }
        }
    }

    fn check(self, varied: NumberField) -> Result<(), String> {
        match self {
            Self::Normal { mean, sd } | Self::Lognormal { mean, sd } => {
                if sd <= 0.0 {
                    return Err(
                        "sd must be above 0; for the same value in every run put it into assumptions"
                            .to_owned(),
                    );
                }
                if matches!(self, Self::Lognormal { .. }) && mean <= 0.0 {
                    return Err("mean must be above 0: a lognormal value always is".to_owned());
                }
                if self.inside(varied) < LEAST_INSIDE {
                    return Err(format!(
                        "lies almost wholly outside what {} can be, {}: move mean or narrow sd",
                        varied.name(),
                        varied.field().range()
                    ));
                }
            }
            Self::Uniform { low, high } | Self::Triangular { low, high, .. } => {
                if [low, high].iter().any(|end| !varied.admits(*end)) {
                    return Err(format!(
                        "low and high must be {}, but are {low} and {high}",
                        varied.field().range()
                    ));
                }
                if low >= high {
                    return Err(format!("low must be below high, but they are {low} and {high}"));
                }
                if let Self::Triangular { mode, .. } = self
                    && !(low..=high).contains(&mode)
                {
                    return Err(format!(
                        "mode must lie between low and high, {low} to {high}, but is {mode}"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Share of the distribution that lies within the assumption's range.
    pub(crate) fn inside(self, varied: NumberField) -> f64 {
        let (min, max) = varied.bounds();
        match self {
            Self::Normal { mean, sd } => {
                standard_normal_below((max - mean) / sd) - standard_normal_below((min - mean) / sd)
            }
            Self::Lognormal { mean, sd } => {
                let (mu, sigma) = logarithmic(mean, sd);
                let below = |value: f64| {
                    if value > 0.0 { standard_normal_below((libm::log(value) - mu) / sigma) } else { 0.0 }
                };
                below(max) - below(min)
            }
            Self::Uniform { .. } | Self::Triangular { .. } => 1.0,
        }
    }

    /// One value within the assumption's range.
    pub(crate) fn draw(self, varied: NumberField, draws: &mut Draws) -> f64 {
        let (min, max) = varied.bounds();
        let mut value = f64::NAN;
        for _ in 0..MOST_DRAWS {
            value = self.draw_any(draws);
            if varied.admits(value) {
                return value;
            }
        }
        value.clamp(min, max)
    }

    fn draw_any(self, draws: &mut Draws) -> f64 {
        match self {
            Self::Normal { mean, sd } => mean + sd * draws.normal(),
            Self::Lognormal { mean, sd } => {
                let (mu, sigma) = logarithmic(mean, sd);
                libm::exp(mu + sigma * draws.normal())
            }
            Self::Uniform { low, high } => low + (high - low) * draws.uniform(),
            Self::Triangular { low, mode, high } => {
                // The inverse of the distribution function, on either side of the mode.
                let (uniform, width) = (draws.uniform(), high - low);
                if uniform * width < mode - low {
                    low + libm::sqrt(uniform * width * (mode - low))
                } else {
                    high - libm::sqrt((1.0 - uniform) * width * (high - mode))
                }
            }
        }
    }
}

/// Mean and standard deviation of the logarithm of a lognormal value, from those of the value.
fn logarithmic(mean: f64, sd: f64) -> (f64, f64) {
    let ratio = sd / mean;
    let variance = libm::log1p(ratio * ratio);
    (libm::log(mean) - variance / 2.0, libm::sqrt(variance))
}

/// The share of a standard normal distribution below a value.
fn standard_normal_below(value: f64) -> f64 {
    0.5 * libm::erfc(-value * core::f64::consts::FRAC_1_SQRT_2)
}
