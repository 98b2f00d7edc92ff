//! Reading the values of a request: each checked, every problem noted, none repeated at length.

use economy::{Series, Weighting};
use network_data::calendar::Resolution;
use serde_json::{Map, Value};
use suggest::Unknown;

use crate::{
    PerDay, Refusal,
    fields::{ALL_SERIES, Field, LONGEST_TEXT, MOST_NAMES, name, number_of},
    refusal::Refusals,
};

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

/// Takes the fields out of a request one by one; what is left at the end is unknown.
pub(crate) struct Reader {
    pub(crate) request: Map<String, Value>,
    pub(crate) refusals: Refusals,
    /// What was understood otherwise than it was written, one warning a field.
    pub(crate) warnings: Vec<String>,
}

/// A field whose value was refused; the reason is noted.
pub(crate) struct Refused;

impl Reader {
    pub(crate) const fn new(request: Map<String, Value>, refusals: Refusals) -> Self {
        Self { request, refusals, warnings: Vec::new() }
    }

    /// The value of a field; null is as good as none.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.request.remove(name).filter(|value| !value.is_null())
    }

    fn keep<T>(&mut self, read: Result<T, Refusal>) -> Option<T> {
        read.map_err(|refusal| self.refusals.add(|| refusal)).ok()
    }

    /// Warns of `count` numbers of a field that came as text.
    fn note_texts(&mut self, field: &str, count: usize, of: usize) {
        let what = match (count, of) {
            (0, _) => return,
            (_, 1) => format!("{field} came as text and was taken as a number"),
            _ => format!("{count} of the {of} values of {field} came as text and were taken as numbers"),
        };
        self.warnings.push(format!("{what}; send numbers without quotation marks."));
    }

    /// A number of days; `Ok(None)` where it was left out.
    pub(crate) fn days(&mut self, name: &'static str) -> Result<Option<usize>, Refused> {
        let (Some(value), Some(field)) = (self.take(name), Field::named(name)) else { return Ok(None) };
        // 365.0 is as whole a number as 365.
        let Some((days, as_text)) = as_number(&value).filter(|(days, _)| field.admits(*days)) else {
            let found = if value.is_number() { value.to_string() } else { kind_of(&value).to_owned() };
            let detail = format!("must be a whole number of days from {}, not {found}", field.range());
            self.refusals.add(|| Refusal::new(name, detail));
            return Err(Refused);
        };
        self.note_texts(name, as_text.into(), 1);
        Ok(Some(days as usize))
    }

    /// A number, or a vector of `days` numbers.
    pub(crate) fn number(&mut self, field: &Field, days: Option<usize>) -> Option<PerDay<f64>> {
        match self.take(field.name)? {
            Value::Array(values) => self.vector(field, &values, days, SAME_EVERY_DAY).map(PerDay::Daily),
            value => {
                let read = check(field, &value).map_err(|detail| Refusal::new(field.name, detail));
                let (number, as_text) = self.keep(read)?;
                self.note_texts(field.name, as_text.into(), 1);
                Some(PerDay::Same(number))
            }
        }
    }

    /// The baseline: one number for each day, and nothing else.
    pub(crate) fn baseline(&mut self, days: Option<usize>) -> Option<Vec<f64>> {
        let (value, field) = (self.take(name::BASELINE)?, Field::named(name::BASELINE)?);
        let Value::Array(values) = value else {
            let detail = format!(
                "must be a vector of {}, one number for each day of forecast_length_days, not {}; repeat the number for a \
                 baseline that stays the same",
                field.unit,
                kind_of(&value)
            );
            self.refusals.add(|| Refusal::new(field.name, detail));
            return None;
        };
        self.vector(field, &values, days, "for a baseline that stays the same repeat the number")
    }

    fn vector(
        &mut self,
        field: &Field,
        values: &[Value],
        days: Option<usize>,
        for_constant: &str,
    ) -> Option<Vec<f64>> {
        self.keep(check_length(field.name, values.len(), days, for_constant))?;
        let mut texts = 0;
        let checked = values.iter().enumerate().map(|(index, value)| match check(field, value) {
            Ok((number, as_text)) => {
                texts += usize::from(as_text);
                Ok(number)
            }
            Err(detail) => Err(Refusal::at(field.name, index, detail)),
        });
        let read = checked.collect();
        let numbers = self.keep(read)?;
        self.note_texts(field.name, texts, values.len());
        Some(numbers)
    }

    pub(crate) fn weighting(&mut self, days: Option<usize>) -> Option<PerDay<Weighting>> {
        const EXPECTED: &str = "must be arithmetic, geometric or harmonic (or 0, 1, 2), or a vector of them";
        let value = self.take(name::WEIGHTING)?;
        let values = match &value {
            Value::Array(values) => {
                let for_constant = "for the same every day give one name";
                self.keep(check_length(name::WEIGHTING, values.len(), days, for_constant))?;
                values.as_slice()
            }
            one => std::slice::from_ref(one),
        };
        let mut texts = 0;
        let read = values.iter().enumerate().map(|(index, value)| {
            let (weighting, as_text) = weighting(value).ok_or_else(|| match values.len() {
                1 if !value.is_array() => Refusal::new(name::WEIGHTING, EXPECTED),
                _ => Refusal::at(name::WEIGHTING, index, EXPECTED),
            })?;
            texts += usize::from(as_text);
            Ok(weighting)
        });
        let read: Result<Vec<_>, _> = read.collect();
        let daily = self.keep(read)?;
        self.note_texts(name::WEIGHTING, texts, daily.len());
        match daily.as_slice() {
            [same] if !value.is_array() => Some(PerDay::Same(*same)),
            _ => Some(PerDay::Daily(daily)),
        }
    }

    pub(crate) fn switch(&mut self, name: &'static str) -> Option<bool> {
        let value = self.take(name)?;
        let read = value
            .as_bool()
            .ok_or_else(|| Refusal::new(name, format!("must be true or false, not {}", kind_of(&value))));
        self.keep(read)
    }

    pub(crate) fn resolution(&mut self) -> Option<Resolution> {
        let value = self.take(name::RESOLUTION)?;
        let read = match &value {
            Value::String(name) => name.parse().map_err(|unknown| format!(": {unknown}")),
            _ => Err(format!(", not {}", kind_of(&value))),
        };
        let read = read
            .map_err(|why| Refusal::new(name::RESOLUTION, format!("must be daily, weekly or monthly{why}")));
        self.keep(read)
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        let read = match self.take(name)? {
            Value::String(text) if text.chars().take(LONGEST_TEXT + 1).count() <= LONGEST_TEXT => Ok(text),
            Value::String(_) => Err(format!("must not have more than {LONGEST_TEXT} characters")),
            other => Err(format!("must be a text, not {}", kind_of(&other))),
        };
        self.keep(read.map_err(|detail| Refusal::new(name, detail)))
    }

    /// The series asked for; none where that is all of them.
    pub(crate) fn output(&mut self) -> Option<Vec<Series>> {
        let value = self.take(name::OUTPUT)?;
        let names = match &value {
            Value::Array(names) if names.len() <= MOST_NAMES => names.as_slice(),
            Value::Array(names) => {
                let detail = format!("names {} series, but there are only {}", names.len(), Series::COUNT);
                self.refusals.add(|| Refusal::new(name::OUTPUT, detail));
                return None;
            }
            one => std::slice::from_ref(one),
        };
        let mut output = Vec::new();
        let mut all = names.is_empty();
        for (index, name) in names.iter().enumerate() {
            let read = match name {
                Value::String(name) if name == ALL_SERIES => {
                    all = true;
                    continue;
                }
                Value::String(name) => Series::from_name(name).ok_or_else(|| unknown_series(name)),
                other => Err(format!("must be the name of a series, not {}", kind_of(other))),
            };
            match read {
                Ok(series) if output.contains(&series) => {}
                Ok(series) => output.push(series),
                Err(detail) if value.is_array() => {
                    self.refusals.add(|| Refusal::at(name::OUTPUT, index, detail));
                }
                Err(detail) => self.refusals.add(|| Refusal::new(name::OUTPUT, detail)),
            }
        }
        (!all).then_some(output)
    }
}

fn unknown_series(name: &str) -> String {
    let known = Series::ALL.iter().map(|series| series.name());
    format!("unknown series: {}", Unknown::new(name, known))
}

/// A number, and whether it came as text. Agents and spreadsheets send `"4"` for 4.
fn as_number(value: &Value) -> Option<(f64, bool)> {
    match value {
        Value::String(text) => number_of(text).map(|number| (number, true)),
        other => other.as_f64().map(|number| (number, false)),
    }
}

/// A number within the field's range, and whether it came as text.
fn check(field: &Field, value: &Value) -> Result<(f64, bool), String> {
    match as_number(value) {
        Some((number, as_text)) if field.admits(number) => Ok((number, as_text)),
        // As JSON writes it: 1e308 and not its 309 digits.
        Some((number, _)) if value.is_string() => {
            Err(format!("must be {}, but is {}", field.range(), Value::from(number)))
        }
        Some(_) => Err(format!("must be {}, but is {value}", field.range())),
        None => Err(format!("must be a number ({}), not {}", field.range(), kind_of(value))),
    }
}

fn weighting(value: &Value) -> Option<(Weighting, bool)> {
    let named = |name: &str| WEIGHTINGS.into_iter().find(|known| weighting_name(*known) == name);
    if let Some(weighting) = value.as_str().and_then(named) {
        return Some((weighting, false));
    }
    let (number, as_text) = as_number(value)?;
    let place = (0..WEIGHTINGS.len()).find(|place| number.to_bits() == (*place as f64).to_bits())?;
    Some((WEIGHTINGS[place], as_text))
}

const SAME_EVERY_DAY: &str = "for the same value every day give a number";

/// Refuses a vector that does not have one entry for each day of the forecast.
fn check_length(field: &str, found: usize, days: Option<usize>, for_constant: &str) -> Result<(), Refusal> {
    match days {
        Some(days) if found != days => Err(Refusal::new(
            field,
            format!(
                "a vector needs exactly {days} entries, one for each day of forecast_length_days, but has {found}; \
                 {for_constant}"
            ),
        )),
        // Where the length itself is not valid, that is what the caller is told.
        _ => Ok(()),
    }
}

/// What a JSON value is, as a sentence would name it.
#[must_use]
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
