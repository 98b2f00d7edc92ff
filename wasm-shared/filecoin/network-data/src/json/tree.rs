//! A JSON document read with what an error message needs to know: duplicate names, and which entry of a list of numbers is
//! none. `serde_json::Value` keeps the last of two equal names silently, and takes four times the memory for numbers.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::validation::LONGEST_COLUMN;

/// One value of the document.
#[derive(Debug)]
pub(super) enum Node {
    Number(f64),
    Text(String),
    /// A list of numbers; cut after [`LONGEST_COLUMN`] + 1 entries, which is one too many for every use.
    Numbers(Vec<f64>),
    /// A list with something else in it: the first such entry and what it is.
    BadList {
        index: usize,
        found: &'static str,
    },
    /// Names in the order of the document, each once.
    Object(Vec<(String, Node)>),
    /// An object that gives this name twice.
    Duplicate(String),
    /// Null or a boolean.
    Other(&'static str),
}

impl Node {
    /// What it is, for an error message.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::Numbers(_) | Self::BadList { .. } => "a list",
            Self::Object(_) | Self::Duplicate(_) => "an object",
            Self::Other(kind) => kind,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Number(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value as f64))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value as f64))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other("a boolean"))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Other("null"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut numbers = Vec::new();
        while let Some(entry) = list.next_element::<Self::Value>()? {
            if numbers.len() > LONGEST_COLUMN {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                break;
            }
            let Node::Number(number) = entry else {
                let bad = Node::BadList { index: numbers.len(), found: entry.kind() };
                while list.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(bad);
            };
            numbers.push(number);
        }
        Ok(Node::Numbers(numbers))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Node, A::Error> {
        let mut fields: Vec<(String, Node)> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        let mut duplicate = None;
        while let Some((name, value)) = object.next_entry::<String, Node>()? {
            if seen.insert(name.clone()) {
                fields.push((name, value));
            } else if duplicate.is_none() {
                duplicate = Some(name);
            }
        }
        Ok(duplicate.map_or(Node::Object(fields), Node::Duplicate))
    }
}
