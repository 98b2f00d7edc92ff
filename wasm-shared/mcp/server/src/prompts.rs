//! Prompts: conversations that a user may start, with arguments.

use std::future::Future;

use rmcp::model::{GetPromptResult, JsonObject, Prompt, PromptArgument};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Context, Error, PromptOutput, Reply, handling::Handling, schema};

type Get<S> = Box<dyn Fn(Context<S>, JsonObject) -> Handling<Reply<GetPromptResult>> + Send + Sync>;

/// A prompt and its function.
pub(crate) struct Entry<S> {
    pub(crate) listed: Prompt,
    get: Get<S>,
}

impl<S: Send + 'static> Entry<S> {
    /// The arguments that clients are told come from the type `A`, unless `prompt` lists its own.
    pub(crate) fn new<A, O, F, Fut>(mut prompt: Prompt, get: F) -> Self
    where
        A: DeserializeOwned + JsonSchema,
        O: PromptOutput,
        F: Fn(Context<S>, A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Error>> + Send + 'static,
    {
        let schema = schema::of_input::<A>();
        if prompt.arguments.is_none() {
            prompt.arguments = Some(arguments_of(&schema)).filter(|arguments| !arguments.is_empty());
        }
        let get: Get<S> = Box::new(move |context, arguments| match read_arguments(arguments, &schema) {
            Ok(arguments) => {
                let getting = get(context, arguments);
                Box::pin(async move { Ok(getting.await?.into_reply()) })
            }
            Err(why) => Box::pin(std::future::ready(Err(why))),
        });
        Self { listed: prompt, get }
    }

    pub(crate) async fn get(
        &self,
        context: Context<S>,
        arguments: JsonObject,
    ) -> Result<Reply<GetPromptResult>, Error> {
        (self.get)(context, arguments).await
    }
}

fn arguments_of(schema: &JsonObject) -> Vec<PromptArgument> {
    let Some(Value::Object(properties)) = schema.get("properties") else { return Vec::new() };
    let required = schema.get("required").and_then(Value::as_array);
    let text =
        |property: &Value, member: &str| property.get(member).and_then(Value::as_str).map(str::to_owned);
    properties
        .iter()
        .map(|(name, property)| {
            let mut argument = PromptArgument::new(name);
            argument.title = text(property, "title");
            argument.description = text(property, "description");
            argument.required = Some(required.is_some_and(|required| required.iter().any(|one| one == name)));
            argument
        })
        .collect()
}

/// Prompts take strings only. Where the type wants a number or a truth value, the string is read as one.
fn read_arguments<A: DeserializeOwned>(mut arguments: JsonObject, schema: &JsonObject) -> Result<A, Error> {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, value) in &mut arguments {
        let kind = properties.and_then(|properties| properties.get(name)?.get("type"));
        let Value::String(text) = &*value else {
            return Err(Error::invalid_params(format!(
                "Invalid params: the argument `{name}` must be a string"
            )));
        };
        if !accepts_string(kind)
            && let Ok(read) = serde_json::from_str(text)
        {
            *value = read;
        }
    }
    serde_path_to_error::deserialize(Value::Object(arguments))
        .map_err(|why| Error::invalid_params(format!("Invalid params: `arguments`: {why}")))
}

/// Whether the `type` of a schema, one or several, leaves a string as it is.
fn accepts_string(kind: Option<&Value>) -> bool {
    match kind {
        Some(Value::String(kind)) => kind == "string",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "string"),
        _ => true,
    }
}

/// The prompt of this name, or an error that offers the nearest ones.
pub(crate) fn find<'a, S>(prompts: &'a [Entry<S>], name: &str) -> Result<&'a Entry<S>, Error> {
    prompts.iter().find(|prompt| prompt.listed.name == name).ok_or_else(|| {
        let names = prompts.iter().map(|prompt| prompt.listed.name.as_str());
        Error::unknown("prompt", name, names)
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    struct Outlook {
        /// How many years.
        years: u8,
        /// A metric.
        metric: Option<String>,
    }

    #[test]
    fn arguments_are_described_from_the_type() {
        let arguments = serde_json::to_value(arguments_of(&schema::of_input::<Outlook>())).unwrap();
        assert_eq!(
            arguments,
            json!([
                { "name": "metric", "description": "A metric.", "required": false },
                { "name": "years", "description": "How many years.", "required": true },
            ])
        );
    }

    #[test]
    fn strings_become_the_numbers_the_type_wants() {
        let schema = schema::of_input::<Outlook>();
        let read = |arguments| read_arguments::<Outlook>(rmcp::model::object(arguments), &schema);
        let outlook = read(json!({ "years": "3", "metric": "4" })).unwrap();
        assert_eq!(outlook, Outlook { years: 3, metric: Some("4".to_owned()) });
        assert!(read(json!({ "years": "many" })).unwrap_err().message().contains("years"));
        assert!(read(json!({ "years": 3 })).unwrap_err().message().contains("string"));
        assert!(read(json!({})).unwrap_err().message().contains("years"));
    }
}
