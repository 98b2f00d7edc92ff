//! Reading what a caller gives a tool: every bad field is named at once, and an unknown one with the nearest known name.

use serde_json::{Map, Value};
use suggest::Unknown;

use crate::{
    Tool, files,
    phase::PHASES,
    tool::{Field, LARGEST_OBJECT, LONGEST_ENTRY, MOST_ENTRIES, Takes},
};

/// A field that is not possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A JSON pointer into the input.
    pub pointer: String,
    /// What would be right.
    pub detail: String,
}

/// Unknown names that are told one by one.
const MOST_UNKNOWN: usize = 20;
/// Characters of an address.
const LONGEST_ADDRESS: usize = 2_000;

/// The input of a tool, checked: without what is null, and the phases in their order.
///
/// # Errors
/// Every field that is not possible.
pub fn read(tool: &Tool, mut given: Map<String, Value>) -> Result<Map<String, Value>, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut input = Map::new();
    for field in tool.fields {
        match given.remove(field.name).filter(|value| !value.is_null()) {
            Some(value) => {
                if let Some(value) = checked(field, value, &mut refusals) {
                    input.insert(field.name.to_owned(), value);
                }
            }
            None if field.required => refuse(&mut refusals, format!("/{}", field.name), "is missing"),
            None => {}
        }
    }
    let known: Vec<&str> = tool.fields.iter().map(|field| field.name).collect();
    for name in given.keys().take(MOST_UNKNOWN) {
        let shown: String = name.chars().take(80).collect();
        let pointer = format!("/{}", shown.replace('~', "~0").replace('/', "~1"));
        refuse(&mut refusals, pointer, Unknown::new(name, known.iter().copied()).listing(&known));
    }
    if refusals.is_empty() { Ok(input) } else { Err(refusals) }
}

fn refuse(refusals: &mut Vec<Refusal>, pointer: String, detail: impl Into<String>) {
    refusals.push(Refusal { pointer, detail: detail.into() });
}

fn checked(field: &Field, value: Value, refusals: &mut Vec<Refusal>) -> Option<Value> {
    let pointer = format!("/{}", field.name);
    let before = refusals.len();
    let value = match (field.takes, value) {
        (Takes::Text(longest), Value::String(text)) => text_of(&text, longest, pointer, refusals),
        (Takes::Address, Value::String(text)) => text_of(&text, LONGEST_ADDRESS, pointer, refusals),
        (Takes::OneOf(names), Value::String(text)) => {
            if !names.contains(&text.as_str()) {
                refuse(refusals, pointer, Unknown::new(&text, names.iter().copied()).listing(names));
            }
            Value::String(text)
        }
        (Takes::Texts | Takes::Paths | Takes::Phases, Value::Array(entries)) => {
            list(field.takes, entries, &pointer, refusals)
        }
        (Takes::Object, Value::Object(object)) => {
            let value = Value::Object(object);
            if value.to_string().len() > LARGEST_OBJECT {
                refuse(refusals, pointer, format!("has more than {LARGEST_OBJECT} bytes of JSON"));
            }
            value
        }
        (takes, _) => {
            refuse(refusals, pointer, format!("must be {}", in_words(takes)));
            Value::Null
        }
    };
    (refusals.len() == before).then_some(value)
}

fn in_words(takes: Takes) -> &'static str {
    match takes {
        Takes::Text(_) | Takes::OneOf(_) | Takes::Address => "a text",
        Takes::Texts | Takes::Paths | Takes::Phases => "a list of texts",
        Takes::Object => "an object",
    }
}

fn text_of(text: &str, longest: usize, pointer: String, refusals: &mut Vec<Refusal>) -> Value {
    let text = text.trim();
    if !(1..=longest).contains(&text.chars().count()) {
        refuse(refusals, pointer, format!("must have 1 to {longest} characters"));
    }
    text.into()
}

fn list(takes: Takes, entries: Vec<Value>, pointer: &str, refusals: &mut Vec<Refusal>) -> Value {
    if entries.len() > MOST_ENTRIES {
        refuse(refusals, pointer.to_owned(), format!("must have at most {MOST_ENTRIES} entries"));
        return Value::Null;
    }
    let mut texts: Vec<String> = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let place = format!("{pointer}/{index}");
        let Value::String(text) = entry else {
            refuse(refusals, place, "must be a text");
            continue;
        };
        let text = match takes {
            Takes::Paths => {
                if let Some(fault) = files::path_fault(&text) {
                    refuse(refusals, place, fault);
                }
                text
            }
            Takes::Phases => {
                let names = PHASES.map(|phase| phase.name);
                if !names.contains(&text.as_str()) {
                    refuse(refusals, place, Unknown::new(&text, names).listing(&names));
                }
                text
            }
            _ => match text_of(&text, LONGEST_ENTRY, place, refusals) {
                Value::String(text) => text,
                _ => continue,
            },
        };
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    if matches!(takes, Takes::Phases) {
        if texts.is_empty() {
            refuse(refusals, pointer.to_owned(), "must name a phase; left out, it is all of them");
        }
        // Each is given what those before it made, whatever the order in which they were named.
        texts.sort_by_key(|name| PHASES.iter().position(|phase| phase.name == name));
    }
    texts.into()
}
