//! Resources of fixed names, and a template.

use mcp::{
    CacheHint, Context, ResourceUri,
    model::{Resource, ResourceContents, ResourceTemplate},
};
use serde_json::json;

use crate::{Desk, fixtures::RED_PIXEL_PNG};

type Builder = mcp::Builder<Desk>;

pub(crate) fn add(builder: Builder) -> Builder {
    builder
        .resource(
            Resource::new("test://static-text", "static-text")
                .with_description("A text that never changes.")
                .with_mime_type("text/plain"),
            |_| async { Ok("This is the content of the static text resource.".to_owned()) },
        )
        .resource(
            Resource::new("test://static-binary", "static-binary")
                .with_description("A picture that never changes.")
                .with_mime_type("image/png"),
            |_| async {
                Ok(vec![
                    ResourceContents::blob(RED_PIXEL_PNG, "test://static-binary").with_mime_type("image/png"),
                ])
            },
        )
        .resource(
            Resource::new("test://watched-resource", "watched-resource")
                .with_description("A text that older clients subscribe to, and that never changes.")
                .with_mime_type("text/plain"),
            |_| async { Ok("Watched, and always the same.".to_owned()) },
        )
        .resource_template(
            ResourceTemplate::new("test://template/{id}/data", "template")
                .with_description("Data for an id.")
                .with_mime_type("application/json"),
            |_: Context<Desk>, uri: ResourceUri| async move {
                let id = uri.get("id");
                Ok(json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") })
                    .to_string())
            },
        )
        .resources_cached(CacheHint::public(60_000))
}
