//! The OpenAPI document of the whole product, gathered from the functions.

use utoipa::{
    Modify, OpenApi as _,
    openapi::{
        OpenApi,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// The OpenAPI 3.1 document of every route.
#[must_use]
pub fn openapi() -> OpenApi {
    let mut document = Frame::openapi();
    for part in crate::parts() {
        document.merge(part);
    }
    document
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "MechaFil Edge",
        description = "Forecasts of Filecoin's economy: power, rewards, supply and storage-provider returns.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/")),
    tags(
        (name = "forecasts", description = "What the network would do under assumptions"),
        (name = "history", description = "What the network did"),
        (name = "assistants", description = "The Model Context Protocol, for Claude and other assistants"),
        (name = "jobs", description = "Work that goes on after its request was answered"),
        (name = "access", description = "What a key may do, which clients hold access by it, and how they get it (OAuth 2.1)"),
        (name = "operation", description = "Health, and the operator's own paths"),
    ),
    components(schemas(web::Problem, web::FieldProblem)),
    modifiers(&Keys),
)]
struct Frame;

struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut OpenApi) {
        let Some(components) = document.components.as_mut() else { return };
        for (name, description) in
            [("admin_key", "ADMIN_API_KEY"), ("key", "An API key, or a token of a signed-in client")]
        {
            let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description));
            components.add_security_scheme(name, SecurityScheme::Http(bearer.build()));
        }
    }
}
