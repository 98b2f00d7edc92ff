//! Completion: what an argument of a prompt or of a resource template may become while it is typed.

use std::{collections::BTreeMap, future::Future};

use rmcp::model::{CompletionInfo, JsonObject};
use serde_json::Value;

use crate::{Context, Error, handling::Handling, rpc::text_of};

/// What has been typed so far.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// The beginning of the argument's value.
    pub value: String,
    /// The other arguments that are settled already.
    pub settled: BTreeMap<String, String>,
}

/// Which argument is completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    pub(crate) of: Of,
    pub(crate) argument: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Prompt(String),
    Template(String),
}

impl Completion {
    /// An argument of a prompt.
    pub fn of_prompt(prompt: impl Into<String>, argument: impl Into<String>) -> Self {
        Self { of: Of::Prompt(prompt.into()), argument: argument.into() }
    }

    /// A variable of a resource template.
    pub fn of_template(uri_template: impl Into<String>, variable: impl Into<String>) -> Self {
        Self { of: Of::Template(uri_template.into()), argument: variable.into() }
    }
}

/// A completion that a client asks for.
pub(crate) struct Asked {
    pub(crate) of: Of,
    pub(crate) argument: String,
    pub(crate) typed: Typed,
}

impl Asked {
    pub(crate) fn from_params(params: &JsonObject) -> Result<Self, Error> {
        let member = |name: &str| {
            let object = params.get(name).and_then(Value::as_object);
            object.ok_or_else(|| Error::invalid_params(format!("Invalid params: `{name}` must be an object")))
        };
        let reference = member("ref")?;
        let of = match text_of(reference, "type")? {
            "ref/prompt" => Of::Prompt(text_of(reference, "name")?.to_owned()),
            "ref/resource" => Of::Template(text_of(reference, "uri")?.to_owned()),
            _ => {
                return Err(Error::invalid_params(
                    "Invalid params: `ref.type` must be ref/prompt or ref/resource",
                ));
            }
        };
        let argument = member("argument")?;
        let mut typed = Typed { value: text_of(argument, "value")?.to_owned(), ..Typed::default() };
        let settled = params.get("context").and_then(|context| context.get("arguments")?.as_object());
        for (name, value) in settled.into_iter().flatten() {
            let value = value.as_str().ok_or_else(|| {
                Error::invalid_params(format!("Invalid params: `context.arguments.{name}` must be a string"))
            })?;
            typed.settled.insert(name.clone(), value.to_owned());
        }
        Ok(Self { of, argument: text_of(argument, "name")?.to_owned(), typed })
    }
}

type Complete<S> = Box<dyn Fn(Context<S>, Typed) -> Handling<Vec<String>> + Send + Sync>;

pub(crate) struct Entry<S> {
    pub(crate) completion: Completion,
    complete: Complete<S>,
}

impl<S: Send + 'static> Entry<S> {
    pub(crate) fn new<F, Fut>(completion: Completion, complete: F) -> Self
    where
        F: Fn(Context<S>, Typed) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<String>, Error>> + Send + 'static,
    {
        Self { completion, complete: Box::new(move |context, typed| Box::pin(complete(context, typed))) }
    }

    pub(crate) async fn complete(&self, context: Context<S>, typed: Typed) -> Result<CompletionInfo, Error> {
        Ok(info((self.complete)(context, typed).await?))
    }
}

/// At most as many values as an answer may have, and how many there were.
pub(crate) fn info(mut values: Vec<String>) -> CompletionInfo {
    let total = values.len();
    values.truncate(CompletionInfo::MAX_VALUES);
    let mut info = CompletionInfo::default();
    info.has_more = Some(total > values.len());
    info.total = u32::try_from(total).ok();
    info.values = values;
    info
}

/// Those of `candidates` that fit what was typed: first those that begin with it, then those that contain it.
/// Upper and lower case are the same here.
///
/// ```
/// let metrics = ["1y_sector_roi", "qa_total_power_eib", "rb_total_power_eib"];
/// assert_eq!(mcp::matching(metrics, "rb"), ["rb_total_power_eib"]);
/// assert_eq!(mcp::matching(metrics, "POWER"), ["qa_total_power_eib", "rb_total_power_eib"]);
/// ```
pub fn matching<'a>(candidates: impl IntoIterator<Item = &'a str>, typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    let (mut begin, mut contain) = (Vec::new(), Vec::new());
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        if lower.starts_with(&typed) {
            begin.push(candidate.to_owned());
        } else if lower.contains(&typed) {
            contain.push(candidate.to_owned());
        }
    }
    begin.append(&mut contain);
    begin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_a_hundred_values_are_given_and_the_rest_is_counted() {
        let info = info((0..150).map(|n| n.to_string()).collect());
        assert_eq!((info.values.len(), info.total, info.has_more), (100, Some(150), Some(true)));
    }
}
