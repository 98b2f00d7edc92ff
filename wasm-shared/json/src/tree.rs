//! Builds a value, and notices names that are given twice.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::{Document, MOST_REPEATED};

/// The longest part of a pointer that is repeated to a caller.
const LONGEST_STEP: usize = 80;

pub(crate) fn build(text: &[u8]) -> Result<Document, serde_json::Error> {
    let mut repeated = Vec::new();
    let mut parser = serde_json::Deserializer::from_slice(text);
    let value = Node { repeated: &mut repeated }.deserialize(&mut parser)?;
    parser.end()?;
    Ok(Document { value, repeated })
}

/// A value that is being read, and where names given twice are noted: pointers from this value on.
struct Node<'a> {
    repeated: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let noted = self.repeated.len();
            let Some(entry) = entries.next_element_seed(Node { repeated: self.repeated })? else {
                return Ok(Value::Array(list));
            };
            if self.repeated.len() > noted {
                prefix(&mut self.repeated[noted..], &list.len().to_string());
            }
            list.push(entry);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        // Of this object's own names, so that three of one are noted once.
        let own = self.repeated.len();
        while let Some(name) = members.next_key::<String>()? {
            let noted = self.repeated.len();
            let value = members.next_value_seed(Node { repeated: self.repeated })?;
            if self.repeated.len() > noted {
                prefix(&mut self.repeated[noted..], &step(&name));
            }
            if object.contains_key(&name) && self.repeated.len() < MOST_REPEATED {
                let pointer = format!("/{}", step(&name));
                if !self.repeated[own..].contains(&pointer) {
                    self.repeated.push(pointer);
                }
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// A name as a pointer writes it (RFC 6901, 3), cut to what a message needs.
fn step(name: &str) -> String {
    let shown: String = name.chars().take(LONGEST_STEP).collect();
    shown.replace('~', "~0").replace('/', "~1")
}

fn prefix(pointers: &mut [String], step: &str) {
    for pointer in pointers {
        *pointer = format!("/{step}{pointer}");
    }
}
