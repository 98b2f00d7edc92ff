//! Reading a request: every bad field is named at once, with where it is and what would be right.

use forecast::{LONGEST_TEXT, Refusal, kind_of};
use serde_json::{Map, Value};
use suggest::Unknown;

/// Most problems told of one request. A hostile one has a hundred thousand.
const MOST_REFUSALS: usize = 100;

/// What was found while reading.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    refused: Vec<Refusal>,
    warnings: Vec<String>,
}

impl Reading {
    /// Notes what is wrong at a JSON pointer.
    pub(crate) fn refuse(&mut self, pointer: &str, detail: impl Into<String>) {
        if self.refused.len() < MOST_REFUSALS {
            self.refused.push(Refusal { pointer: pointer.to_owned(), detail: detail.into() });
        }
    }

    /// Notes what the caller should know although the request is taken.
    pub(crate) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// Takes over what another reader found, under a pointer of its own.
    pub(crate) fn refuse_all(&mut self, pointer: &str, refused: Vec<Refusal>) {
        for Refusal { pointer: below, detail } in refused {
            self.refuse(&format!("{pointer}{below}"), detail);
        }
    }

    /// Whether nothing at or below a pointer was refused.
    pub(crate) fn nothing_refused_below(&self, pointer: &str) -> bool {
        !self.refused.iter().any(|refusal| refusal.pointer.starts_with(pointer))
    }

    /// The warnings if nothing was refused.
    pub(crate) fn finish(self) -> Result<Vec<String>, Vec<Refusal>> {
        if self.refused.is_empty() { Ok(self.warnings) } else { Err(self.refused) }
    }

    /// A finite number; text that is one counts, with a warning.
    pub(crate) fn number(&mut self, value: &Value, pointer: &str, unit: &str) -> Option<f64> {
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => {
                let number = text.trim().parse().ok();
                if number.is_some() {
                    self.warn(format!("{pointer} came as text and was taken as the number {text}."));
                }
                number
            }
            _ => None,
        };
        let number = number.filter(|number: &f64| number.is_finite());
        if number.is_none() {
            self.refuse(pointer, format!("must be a number ({unit}), not {}", kind_of(value)));
        }
        number
    }

    /// A whole number within bounds.
    pub(crate) fn whole(&mut self, value: &Value, pointer: &str, least: u64, most: u64) -> Option<u64> {
        let number = self.number(value, pointer, "a whole one")?;
        if number.fract() == 0.0 && (least as f64..=most as f64).contains(&number) {
            return Some(number as u64);
        }
        self.refuse(pointer, format!("must be a whole number from {least} to {most}, but is {value}"));
        None
    }
}

/// The fields of an object that are still to be read. `null` is the same as a field that is left out.
pub(crate) struct Fields {
    pub(crate) pointer: String,
    fields: Map<String, Value>,
}

impl Fields {
    /// The fields of a value that has to be an object; `form` says of what.
    pub(crate) fn of(value: Value, pointer: &str, form: &str, reading: &mut Reading) -> Option<Self> {
        match value {
            Value::Object(fields) => Some(Self::of_map(fields, pointer)),
            other => {
                reading.refuse(pointer, format!("must be {form}, not {}", kind_of(&other)));
                None
            }
        }
    }

    pub(crate) fn of_map(mut fields: Map<String, Value>, pointer: &str) -> Self {
        fields.retain(|_, value| !value.is_null());
        Self { pointer: pointer.to_owned(), fields }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name)
    }

    /// The pointer of a field.
    pub(crate) fn at(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, escaped(name))
    }

    pub(crate) fn number(&mut self, name: &str, unit: &str, reading: &mut Reading) -> Option<f64> {
        let value = self.take(name)?;
        reading.number(&value, &self.at(name), unit)
    }

    pub(crate) fn required_number(&mut self, name: &str, unit: &str, reading: &mut Reading) -> Option<f64> {
        if !self.has(name) {
            reading.refuse(&self.at(name), format!("is missing: give a number ({unit})"));
            return None;
        }
        self.number(name, unit, reading)
    }

    /// A whole number within bounds, or the default where it is left out.
    pub(crate) fn whole(
        &mut self,
        name: &str,
        (least, most): (u64, u64),
        default: u64,
        reading: &mut Reading,
    ) -> Option<u64> {
        match self.take(name) {
            None => Some(default),
            Some(value) => reading.whole(&value, &self.at(name), least, most),
        }
    }

    pub(crate) fn text(&mut self, name: &str, reading: &mut Reading) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            other => {
                reading.refuse(&self.at(name), format!("must be a text, not {}", kind_of(&other)));
                None
            }
        }
    }

    /// A text for the caller's own use.
    pub(crate) fn own_text(&mut self, name: &str, reading: &mut Reading) -> Option<String> {
        let text = self.text(name, reading)?;
        if text.chars().take(LONGEST_TEXT + 1).count() > LONGEST_TEXT {
            reading.refuse(&self.at(name), format!("must not have more than {LONGEST_TEXT} characters"));
        }
        Some(text)
    }

    /// Each field that is left, by name, with its pointer.
    pub(crate) fn into_rest(self) -> impl Iterator<Item = (String, String, Value)> {
        let Self { pointer, fields } = self;
        fields.into_iter().map(move |(name, value)| {
            let at = format!("{pointer}/{}", escaped(&name));
            (name, at, value)
        })
    }

    /// Refuses what is left, with the nearest of the `known` names.
    pub(crate) fn nothing_else(self, known: &[&'static str], what: &str, reading: &mut Reading) {
        for (name, pointer, _) in self.into_rest() {
            reading.refuse(&pointer, unknown(what, &name, known));
        }
    }
}

/// What is said of a name that is none of the known ones.
pub(crate) fn unknown(what: &str, name: &str, known: &[&'static str]) -> String {
    let unknown = Unknown::new(name, known.iter().copied());
    // A list of all series would hide the one that was meant.
    if known.len() > 12 {
        format!("is not {what}: {unknown}")
    } else {
        format!("is not {what}: {}", unknown.listing(known))
    }
}

/// A name as a JSON pointer has it (RFC 6901, section 3), cut where it is absurdly long.
fn escaped(name: &str) -> String {
    let name: String = name.chars().take(80).collect();
    name.replace('~', "~0").replace('/', "~1")
}
