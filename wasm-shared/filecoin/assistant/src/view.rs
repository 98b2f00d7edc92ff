//! The view of a forecast inside an assistant (MCP Apps): one self-contained page that draws what a tool returned.
//!
//! `scripts/build-page` makes it, from the sources of the page at `/`. Hosts without the extension skip what is said here.

use mcp::{
    Builder, Context, Error,
    model::{JsonObject, MetaObject, Resource, ResourceContents, object},
};
use serde_json::json;

use crate::desk::Desk;

/// Hosts keep a view by its address, so a view that is another one needs another number.
const URI: &str = "ui://mechafil/chart-1.html";
/// The extension: <https://github.com/modelcontextprotocol/ext-apps>, specification of 2026-01-26.
const EXTENSION: &str = "io.modelcontextprotocol/ui";
const MEDIA_TYPE: &str = "text/html;profile=mcp-app";
/// Where the file lies among those that were deployed.
const FILE: &str = "page/view.html";

/// What a tool says whose result the view draws.
pub(crate) fn of_tool() -> MetaObject {
    MetaObject(object(json!({
        "ui": {"resourceUri": URI, "visibility": ["model", "app"]},
        // The name that the first hosts read.
        "ui/resourceUri": URI,
    })))
}

pub(crate) fn add(builder: Builder<Desk>) -> Builder<Desk> {
    let listed = Resource::new(URI, "chart")
        .with_title("Forecast, drawn")
        .with_description("Draws the series that a tool returned, inside the conversation.")
        .with_mime_type(MEDIA_TYPE)
        .with_meta(of_view());
    builder.extension(EXTENSION, JsonObject::new()).resource(listed, |asked: Context<Desk>| async move {
        let assets = asked.host().platform().assets();
        let view = assets.get(FILE).await.map_err(|error| Error::internal(error.to_string()))?;
        let text = view.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
            Error::refused(format!(
                "{FILE} was not deployed with this service; `scripts/build-page` makes it"
            ))
        })?;
        Ok::<_, Error>(vec![
            ResourceContents::text(text, URI).with_mime_type(MEDIA_TYPE).with_meta(of_view()),
        ])
    })
}

/// It loads nothing and sends nothing.
fn of_view() -> MetaObject {
    MetaObject(object(json!({
        "ui": {"prefersBorder": true, "csp": {"connectDomains": [], "resourceDomains": []}},
    })))
}
