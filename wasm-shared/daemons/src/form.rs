//! Answers that are to be JSON of a schema: read, and checked.

use json_schema::Schema;
use serde_json::Value;

/// What is wrong that is named at most.
const MOST_NAMED: usize = 20;

/// The value that an answer is, or why it is not what the schema says. Providers promise the form in different degrees, and a refusal or an
/// answer that was cut has another one in any case.
pub(crate) fn read(answer: &str, schema: &Value) -> Result<Value, Vec<String>> {
    let value: Value = serde_json::from_str(bare(answer))
        .map_err(|error| vec![format!("The answer is no JSON: {error}.")])?;
    let schema = Schema::read(schema)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<String>>())?;
    let violations = schema.check(&value);
    if violations.is_empty() {
        return Ok(value);
    }
    let named = violations.iter().take(MOST_NAMED);
    Err(named
        .map(|one| format!("{} {}.", if one.pointer.is_empty() { "It" } else { &one.pointer }, one.detail))
        .collect())
}

/// Without the fence that some models put around JSON.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let fenced = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    fenced.map_or(text, |inner| inner.strip_prefix("json").unwrap_or(inner).trim())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({"type": "object", "required": ["n"], "additionalProperties": false, "properties": {"n": {"type": "integer", "minimum": 1}}})
    }

    #[test]
    fn an_answer_of_the_schema_is_its_value_with_a_fence_around_it_or_without() {
        for answer in ["{\"n\": 2}", " \n{\"n\":2}\n", "```json\n{\"n\": 2}\n```", "```\n{\"n\": 2}```"] {
            assert_eq!(read(answer, &schema()), Ok(json!({"n": 2})), "{answer}");
        }
    }

    #[test]
    fn an_answer_of_another_form_is_told_with_every_fault_and_its_place() {
        assert_eq!(read("{\"n\": 0, \"m\": 1}", &schema()).unwrap_err().len(), 2);
        assert!(read("{\"n\": 0}", &schema()).unwrap_err()[0].starts_with("/n "));
        for answer in ["", "I cannot help with that.", "{\"n\": 2", "{\"n\": 2} and more"] {
            assert!(read(answer, &schema()).unwrap_err()[0].starts_with("The answer is no JSON"), "{answer}");
        }
    }
}
