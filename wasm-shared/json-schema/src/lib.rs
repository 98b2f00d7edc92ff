//! Checks JSON values against schemas that arrive at run time: the settings of a template, the answer of a model.
//!
//! It knows the part of JSON Schema 2020-12 that such schemas use ([`KEYWORDS`]), and refuses a schema with any other keyword:
//! a rule that nobody checks must not look like one. It has no regular expressions, which take time without bound in the hands
//! of a stranger, and follows no reference. A general validator adds 1.4 to 2.6 MB to a WebAssembly file; this one adds about 30 kB.
//!
//! ```
//! let schema = json_schema::Schema::read(&serde_json::json!({
//!     "type": "object", "required": ["url"], "properties": {"url": {"type": "string", "minLength": 8}},
//! })).unwrap();
//! let said = schema.check(&serde_json::json!({"url": "x"}));
//! assert_eq!(said[0].pointer, "/url");
//! assert_eq!(said[0].detail, "must have at least 8 characters");
//! ```

mod check;
mod read;

pub use check::Violation;

use serde_json::{Map, Number, Value};

/// The keywords that are checked.
pub const KEYWORDS: [&str; 26] = [
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "additionalProperties",
    "minProperties",
    "maxProperties",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
];

/// The keywords that say something to people and forbid nothing.
pub const ANNOTATIONS: [&str; 11] = [
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "format",
];

/// How deep schemas stand in one another at most.
pub const DEEPEST: usize = 16;

/// A schema that can be checked.
#[derive(Clone, Debug)]
pub struct Schema(pub(crate) Node);

/// A schema that cannot be checked: where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// A JSON Pointer into the schema.
    pub pointer: String,
    /// What is wrong there.
    pub detail: String,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", if self.pointer.is_empty() { "the schema" } else { &self.pointer }, self.detail)
    }
}

impl std::error::Error for Unreadable {}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// Everything in it that cannot be checked.
    pub fn read(schema: &Value) -> Result<Self, Vec<Unreadable>> {
        let mut faults = Vec::new();
        let node = read::node(schema, "", 0, &mut faults);
        if faults.is_empty() { Ok(Self(node)) } else { Err(faults) }
    }

    /// Everything in a value that the schema does not allow; empty for a value that is right.
    #[must_use]
    pub fn check(&self, value: &Value) -> Vec<Violation> {
        let mut found = Vec::new();
        check::check(&self.0, value, "", &mut found);
        found
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// `true` or `false`.
    Bool(bool),
    Rules(Box<Rules>),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) types: Vec<Type>,
    pub(crate) one_of_values: Option<Vec<Value>>,
    pub(crate) constant: Option<Value>,
    pub(crate) properties: Vec<(String, Node)>,
    pub(crate) required: Vec<String>,
    pub(crate) additional: Option<Node>,
    pub(crate) properties_count: Range,
    pub(crate) items: Option<Node>,
    pub(crate) items_count: Range,
    pub(crate) unique: bool,
    pub(crate) length: Range,
    pub(crate) minimum: Option<Number>,
    pub(crate) maximum: Option<Number>,
    pub(crate) above: Option<Number>,
    pub(crate) below: Option<Number>,
    pub(crate) multiple_of: Option<Number>,
    pub(crate) all_of: Vec<Node>,
    pub(crate) any_of: Vec<Node>,
    pub(crate) one_of: Vec<Node>,
    pub(crate) not: Option<Node>,
    pub(crate) condition: Option<Node>,
    pub(crate) then: Option<Node>,
    pub(crate) otherwise: Option<Node>,
}

/// From the least to the most.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Range {
    pub(crate) least: Option<u64>,
    pub(crate) most: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Type {
    pub(crate) const ALL: [(&'static str, &'static str, Self); 7] = [
        ("null", "null", Self::Null),
        ("boolean", "true or false", Self::Boolean),
        ("integer", "a whole number", Self::Integer),
        ("number", "a number", Self::Number),
        ("string", "a text", Self::String),
        ("array", "a list", Self::Array),
        ("object", "an object", Self::Object),
    ];

    pub(crate) fn in_words(self) -> &'static str {
        Self::ALL.iter().find(|(_, _, it)| *it == self).map_or("", |(_, words, _)| words)
    }

    pub(crate) fn is_of(self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Boolean => value.is_boolean(),
            // 1.0 is a whole number (JSON Schema 2020-12, 4.2.3).
            Self::Integer => value.as_number().is_some_and(is_whole),
            Self::Number => value.is_number(),
            Self::String => value.is_string(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
        }
    }
}

pub(crate) fn is_whole(number: &Number) -> bool {
    !number.is_f64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
}

/// A step of a JSON Pointer.
pub(crate) fn step(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

pub(crate) type Object = Map<String, Value>;
