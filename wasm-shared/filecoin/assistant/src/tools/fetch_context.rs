//! `fetch_context`: what a model has to know before it asks for numbers.

use mcp::{Context, Error, Structured, Tool, model::JsonObject};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{context, desk::Desk, request};

/// The guide.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Guide {
    /// The guide, in Markdown: the same as the text of this result.
    context: String,
}

pub(crate) fn tool() -> Tool {
    Tool::new(
        "fetch_context",
        "Call this first, once. Returns a guide of a few pages: what Filecoin's economy is and how the model computes it, what \
         each tool is for, every metric and field with its unit, how dates go with entries, the usual mistakes, and today's \
         figures with their date. Takes no arguments.",
    )
    .title("Guide to the model and the tools")
    .input_schema(mcp::model::object(serde_json::json!({"type": "object", "properties": {}, "additionalProperties": false})))
    .also_wrapped(super::WRAPPERS)
    .read_only()
}

pub(crate) async fn call(context: Context<Desk>, arguments: JsonObject) -> Result<Structured<Guide>, Error> {
    if let Some(name) = request::chosen(arguments).keys().next() {
        return Err(Error::refused(format!("fetch_context takes no arguments; leave out {name:.60}.")));
    }
    let guide = context::guide(context.host().current().map(|current| &*current.snapshot));
    Ok(Structured::new(Guide { context: guide.clone() }).with_text(guide))
}
