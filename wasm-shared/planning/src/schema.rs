//! Output schemas: as a tool declares them, as a model is asked, and as an answer is checked.

use json_schema::Schema;
use serde_json::{Map, Value, json};

use crate::phase::{Phase, Writes};

/// The plan of the code's files, which is not part of the output.
const PLAN: &str = include_str!("../schemas/code_plan.json");

/// What providers do not take in the schema of an answer, or only in part. The answer is checked for it all the same.
/// Sources: platform.openai.com/docs/guides/structured-outputs, docs.claude.com structured outputs.
const LIMITS: [&str; 6] = ["minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"];

/// A schema of this crate's files. They are read at run time and tested when this is built, so what cannot be read is `{}`.
#[must_use]
pub fn of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!({}))
}

/// The schema of what a section writes, without what the code computes.
pub(crate) fn of_section(phase: &Phase, writes: Writes) -> Value {
    let mut schema = match writes {
        Writes::Plan => of(PLAN),
        Writes::Files => members(&of(phase.schema), &["files"]),
        Writes::Members(names) => members(&of(phase.schema), names),
    };
    visit(&mut schema, &mut without_computed);
    schema
}

/// The same schema as a model is asked: without limits that providers refuse. Descriptions say them.
pub(crate) fn asked(checked: &Value) -> Value {
    let mut schema = checked.clone();
    visit(&mut schema, &mut |object| {
        if object.contains_key("type") {
            object.retain(|name, _| !LIMITS.contains(&name.as_str()));
        }
    });
    schema
}

fn members(schema: &Value, names: &[&str]) -> Value {
    let mut properties = Map::new();
    properties.extend(names.iter().map(|name| ((*name).to_owned(), schema["properties"][*name].clone())));
    json!({"type": "object", "additionalProperties": false, "required": names, "properties": properties})
}

fn visit(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object.values_mut().for_each(|value| visit(value, change));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| visit(value, change)),
        _ => {}
    }
}

/// Takes members that are `readOnly` out of an object's schema.
fn without_computed(object: &mut Map<String, Value>) {
    let Some(Value::Object(properties)) = object.get_mut("properties") else { return };
    let mut computed = Vec::new();
    properties.retain(|name, schema| {
        let is_computed = schema["readOnly"] == true;
        if is_computed {
            computed.push(name.clone());
        }
        !is_computed
    });
    if let Some(Value::Array(required)) = object.get_mut("required") {
        required.retain(|name| !computed.iter().any(|computed| name == computed));
    }
}

/// What of a value a schema does not allow, a line each.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    match Schema::read(schema) {
        Ok(schema) => schema
            .check(value)
            .into_iter()
            .map(|violation| format!("{} {}", violation.pointer, violation.detail).trim().to_owned())
            .collect(),
        Err(faults) => faults.iter().map(|fault| format!("the schema itself is wrong: {fault}")).collect(),
    }
}
