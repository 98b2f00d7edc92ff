//! JSON Schemas from types.

use rmcp::model::JsonObject;
use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde::Deserialize;
use serde_json::{Value, json};

/// The arguments of a tool or prompt that takes none. Anything given is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoArguments {}

/// What a caller may write. Inlined, because not every client follows references when it shows a schema to a model;
/// without the description of the type, because the tool has its own.
pub(crate) fn of_input<T: JsonSchema>() -> JsonObject {
    let mut schema = of::<T>(SchemaSettings::draft2020_12().for_deserialize(), true);
    schema.remove("description");
    schema
}

/// What a server writes.
pub(crate) fn of_output<T: JsonSchema>() -> JsonObject {
    of::<T>(SchemaSettings::draft2020_12().for_serialize(), false)
}

/// 2020-12 is the dialect that the protocol assumes, so a schema need not name it; the name of the Rust type says
/// nothing to a client.
fn of<T: JsonSchema>(settings: SchemaSettings, inline: bool) -> JsonObject {
    let settings = settings.with(|settings| {
        settings.meta_schema = None;
        settings.inline_subschemas = inline;
        settings.transforms.push(Box::new(RecursiveTransform(without_width)));
    });
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let Value::Object(mut schema) = schema.to_value() else { return JsonObject::new() };
    schema.remove("title");
    schema
}

/// Takes out the formats that schemars gives numbers (`uint32`, `double`): JSON Schema has none for them, and clients
/// complain of a format they do not know.
fn without_width(schema: &mut Schema) {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    if format.starts_with("int") || format.starts_with("uint") || matches!(format, "float" | "double") {
        schema.remove("format");
    }
}

/// Whether a schema describes an object, as every input must, and every output before 2026-07-28.
pub(crate) fn is_object(schema: &JsonObject) -> bool {
    schema.get("type") == Some(&json!("object"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_arguments_are_described_as_the_specification_recommends() {
        let schema = Value::Object(of_input::<NoArguments>());
        assert_eq!(schema, json!({ "type": "object", "additionalProperties": false }));
    }

    #[test]
    fn a_number_has_no_format_that_json_schema_does_not_know() {
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        struct Numbers {
            counted: Option<u32>,
            measured: Vec<f64>,
        }
        assert!(!Value::Object(of_input::<Numbers>()).to_string().contains("format"));
    }

    #[test]
    fn an_input_has_no_references_and_keeps_its_descriptions() {
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        struct Outer {
            /// What is inside.
            inner: Inner,
        }
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        struct Inner {
            /// PiB a day.
            #[schemars(range(min = 0, max = 1000))]
            onboarding: f64,
        }
        let schema = Value::Object(of_input::<Outer>());
        assert!(!schema.to_string().contains("$ref"));
        let onboarding = &schema["properties"]["inner"]["properties"]["onboarding"];
        assert_eq!(onboarding["description"], "PiB a day.");
        assert_eq!(onboarding["maximum"], 1000);
    }
}
