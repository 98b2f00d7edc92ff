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
        (name = "operation", description = "Health, and the operator's own paths"),
    ),
    components(schemas(web::Problem, web::FieldProblem)),
    modifiers(&AdminKey),
)]
struct Frame;

struct AdminKey;

impl Modify for AdminKey {
    fn modify(&self, document: &mut OpenApi) {
        let scheme =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("ADMIN_API_KEY")).build();
        if let Some(components) = document.components.as_mut() {
            components.add_security_scheme("admin_key", SecurityScheme::Http(scheme));
        }
    }
}
