//! Arguments of a tool that are repeated in headers.

use rmcp::model::JsonObject;
use serde_json::Value;

use crate::header::{PARAM, encode};

/// An argument of a tool that its callers repeat in a header, from `x-mcp-header` in the tool's schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamHeader {
    /// Where the argument is: the names of properties from the root of the arguments.
    path: Vec<String>,
    /// The whole name of the header, in lower case.
    header: String,
    /// Whether it is an integer, so that `42.0` equals `42`.
    integer: bool,
}

impl ParamHeader {
    /// The arguments of a schema that are repeated in headers, or what is wrong with one of them.
    ///
    /// # Errors
    /// A sentence for whoever wrote the schema.
    pub fn of_schema(schema: &JsonObject) -> Result<Vec<Self>, String> {
        let mut found = Vec::new();
        collect(schema, &mut Vec::new(), &mut found)?;
        let annotations = count_annotations(&Value::Object(schema.clone()));
        if annotations != found.len() {
            return Err(
                "x-mcp-header must be on a property that is reached from the root through `properties` only"
                    .into(),
            );
        }
        for (index, param) in found.iter().enumerate() {
            if found[..index].iter().any(|other| other.header == param.header) {
                return Err(format!("x-mcp-header gives the header {} twice", param.header));
            }
        }
        Ok(found)
    }

    /// The whole name of the header, in lower case.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.header
    }

    /// The argument that it repeats, if it is given.
    #[must_use]
    pub fn argument<'a>(&self, arguments: &'a JsonObject) -> Option<&'a Value> {
        let mut steps = self.path.iter();
        let argument = steps.next().and_then(|first| arguments.get(first));
        steps.fold(argument, |value, step| value?.get(step)).filter(|value| !value.is_null())
    }

    /// The value of the header for these arguments, if it is one that a header repeats.
    #[must_use]
    pub fn value(&self, arguments: &JsonObject) -> Option<String> {
        match self.argument(arguments)? {
            Value::String(text) => Some(encode(text)),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Whether a header says what the argument says.
    #[must_use]
    pub fn agrees(&self, header: &str, argument: &Value) -> bool {
        match argument {
            Value::String(text) => text == header,
            Value::Bool(truth) => header == if *truth { "true" } else { "false" },
            // The specification has integers compared as numbers.
            Value::Number(number) if self.integer => {
                header.parse::<f64>().is_ok_and(|header| number.as_f64() == Some(header))
            }
            Value::Number(number) => number.to_string() == header,
            // Anything else is no value a header can repeat; the tool's own types refuse it.
            _ => true,
        }
    }
}

fn collect(schema: &JsonObject, path: &mut Vec<String>, found: &mut Vec<ParamHeader>) -> Result<(), String> {
    let Some(Value::Object(properties)) = schema.get("properties") else { return Ok(()) };
    for (name, property) in properties {
        let Value::Object(property) = property else { continue };
        path.push(name.clone());
        if let Some(header) = property.get(ANNOTATION) {
            let header = header.as_str().unwrap_or_default();
            if header.is_empty() || http::HeaderName::from_bytes(header.as_bytes()).is_err() {
                return Err(format!("x-mcp-header of `{}` is not the name of a header", path.join(".")));
            }
            let kind = property.get("type").and_then(Value::as_str);
            if !matches!(kind, Some("string" | "integer" | "boolean")) {
                return Err(format!(
                    "x-mcp-header of `{}` needs a string, an integer or a boolean",
                    path.join(".")
                ));
            }
            found.push(ParamHeader {
                path: path.clone(),
                header: format!("{PARAM}{}", header.to_ascii_lowercase()),
                integer: kind == Some("integer"),
            });
        }
        collect(property, path, found)?;
        path.pop();
    }
    Ok(())
}

const ANNOTATION: &str = "x-mcp-header";

fn count_annotations(schema: &Value) -> usize {
    match schema {
        Value::Object(fields) => {
            let inner: usize = fields.values().map(count_annotations).sum();
            inner + usize::from(fields.contains_key(ANNOTATION))
        }
        Value::Array(items) => items.iter().map(count_annotations).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema(value: Value) -> JsonObject {
        rmcp::model::object(value)
    }

    #[test]
    fn what_a_client_sends_agrees_with_what_a_server_reads() {
        let params = ParamHeader::of_schema(&schema(json!({ "properties": {
            "region": { "type": "string", "x-mcp-header": "Region" },
            "page": { "type": "integer", "x-mcp-header": "Page" },
            "dry": { "type": "boolean", "x-mcp-header": "Dry" },
        } })))
        .unwrap();
        let given = schema(json!({ "region": " ünï", "page": 42, "dry": false }));
        for param in &params {
            let value = param.value(&given).unwrap();
            let read = crate::header::decode(&value).unwrap();
            assert!(param.agrees(&read, param.argument(&given).unwrap()), "{}: {value}", param.name());
        }
        assert_eq!(params[0].value(&schema(json!({ "region": null }))), None);
    }

    #[test]
    fn annotations_that_clients_would_reject_are_rejected_here_first() {
        for (wrong, why) in [
            (json!({ "properties": { "a": { "type": "number", "x-mcp-header": "A" } } }), "integer"),
            (
                json!({ "properties": { "a": { "type": "string", "x-mcp-header": "a b" } } }),
                "name of a header",
            ),
            (
                json!({ "properties": { "a": { "type": "array", "items": { "type": "string", "x-mcp-header": "A" } } } }),
                "root",
            ),
            (
                json!({ "properties": {
                    "a": { "type": "string", "x-mcp-header": "A" }, "b": { "type": "string", "x-mcp-header": "a" }
                } }),
                "twice",
            ),
        ] {
            let said = ParamHeader::of_schema(&schema(wrong)).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }
}
