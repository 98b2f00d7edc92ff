//! `GET /docs`, `/openapi.json`: the documentation. Where the page is not deployed, `/` leads to it (`web::app`).
//!
//! The page, its scripts and the OpenAPI document are files that were deployed with the function (`scripts/build-assets`
//! makes them); nothing comes from another site.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue};
use platform::{Application, Platform};
use web::{Operation, PathParameter, Problem, Routes, Verb};

/// The operations of this function. The OpenAPI document does not describe itself and its page.
pub const OPERATIONS: &[Operation] = &[
    Operation::open(Verb::Get, "/docs", "get_documentation"),
    Operation::open(Verb::Get, "/docs/{file}", "get_documentation_file"),
    Operation::open(Verb::Get, "/openapi.json", "get_openapi_document"),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS)
        .handle("get_documentation", page)
        .handle("get_documentation_file", file)
        .handle("get_openapi_document", document)
        .into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Assets];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(Function);

/// The page needs its own files only; the console's styles are written into its elements.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
);

async fn page(State(platform): State<Platform>, headers: HeaderMap) -> Result<Response, Problem> {
    deployed(&platform, &headers, "index.html").await
}

async fn document(State(platform): State<Platform>, headers: HeaderMap) -> Result<Response, Problem> {
    deployed(&platform, &headers, "openapi.json").await
}

async fn file(
    State(platform): State<Platform>,
    headers: HeaderMap,
    PathParameter(name): PathParameter,
) -> Result<Response, Problem> {
    deployed(&platform, &headers, &name).await
}

async fn deployed(platform: &Platform, headers: &HeaderMap, name: &str) -> Result<Response, Problem> {
    let reply = web::deployed(platform, headers, "docs", name).await?;
    // By whatever path a page is reached.
    Ok(if name.rsplit('.').next() == Some("html") {
        ([(HeaderName::from_static("content-security-policy"), POLICY)], reply).into_response()
    } else {
        reply
    })
}

/// This function's part of the OpenAPI document: the documentation does not describe itself.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    utoipa::openapi::OpenApi::default()
}
