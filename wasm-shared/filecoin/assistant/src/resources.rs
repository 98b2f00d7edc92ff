//! Resources: the guide, its documents, and the reference of metrics and fields.

use mcp::{
    Builder, Completion, Context, Error, ResourceUri,
    model::{Resource, ResourceTemplate},
};
use network_data::historical::{Field, fields};

use crate::{completion, context, desk::Desk, metrics::Metric};

const MARKDOWN: &str = "text/markdown";
const METRIC: &str = "filecoin://metrics/{name}";
const FIELD: &str = "filecoin://fields/{name}";

pub(crate) fn add(builder: Builder<Desk>) -> Builder<Desk> {
    let builder = builder.resource(
        resource("filecoin://context", "context", "Guide")
            .with_description("The whole guide, as fetch_context returns it, with today's figures."),
        |asked: Context<Desk>| async move {
            Ok::<_, Error>(context::guide(asked.host().current().map(|current| &*current.snapshot)))
        },
    );
    let builder = context::DOCUMENTS.iter().fold(builder, |builder, document| {
        let listed =
            resource(&format!("filecoin://context/{}", document.name), document.name, document.title)
                .with_description(document.about);
        builder.resource(listed, |_| async { Ok::<_, Error>(document.text.to_owned()) })
    });
    builder
        .resource(
            resource("filecoin://metrics", "metrics", "Metrics of a forecast")
                .with_description("Every metric of simulate: unit, kind, meaning."),
            |_| async { Ok::<_, Error>(context::metrics_table()) },
        )
        .resource(
            resource("filecoin://fields", "fields", "Fields of the history")
                .with_description("Every field of get_historical_data: unit, kind, meaning."),
            |_| async { Ok::<_, Error>(context::fields_table()) },
        )
        .resource_template(
            template(METRIC, "metric", "One metric").with_description("What a metric of simulate is."),
            |_, uri: ResourceUri| async move {
                let found = Metric::named(uri.get("name"));
                found.map(context::metric).ok_or_else(|| Error::resource_not_found(uri.as_str()))
            },
        )
        .resource_template(
            template(FIELD, "field", "One field").with_description("What a field of get_historical_data is."),
            |_, uri: ResourceUri| async move {
                let found = fields().find(|field: &Field| field.name() == uri.get("name"));
                found.map(context::field).ok_or_else(|| Error::resource_not_found(uri.as_str()))
            },
        )
        .complete(Completion::of_template(METRIC, "name"), completion::metric)
        .complete(Completion::of_template(FIELD, "name"), completion::field)
}

fn resource(uri: &str, name: &str, title: &str) -> Resource {
    Resource::new(uri, name).with_title(title).with_mime_type(MARKDOWN)
}

fn template(uri: &str, name: &str, title: &str) -> ResourceTemplate {
    ResourceTemplate::new(uri, name).with_title(title).with_mime_type(MARKDOWN)
}
