//! `GET /docs`, `/openapi.json`, and `/` that leads to them: the documentation.
//!
//! The page, its scripts and the OpenAPI document are files that were deployed with the function (`scripts/build-assets`
//! makes them); nothing comes from another site.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use platform::{Application, Platform};
use web::{Operation, PathParameter, Problem, Routes, Validator, Verb};

/// The operations of this function. The OpenAPI document does not describe itself and its page.
pub const OPERATIONS: &[Operation] = &[
    Operation::open(Verb::Get, "/", "get_root"),
    Operation::open(Verb::Get, "/docs", "get_documentation"),
    Operation::open(Verb::Get, "/docs/{file}", "get_documentation_file"),
    Operation::open(Verb::Get, "/openapi.json", "get_openapi_document"),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS)
        .handle("get_root", || async { Redirect::temporary("/docs") })
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

/// The longest name of a file, in bytes: many times that of any that is deployed.
const LONGEST_NAME: usize = 100;

/// The page needs its own files only; the console's styles are written into its elements.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
);

async fn page(State(platform): State<Platform>, headers: HeaderMap) -> Result<Response, Problem> {
    deployed(&platform, &headers, "docs/index.html").await
}

async fn document(State(platform): State<Platform>, headers: HeaderMap) -> Result<Response, Problem> {
    deployed(&platform, &headers, "docs/openapi.json").await
}

async fn file(
    State(platform): State<Platform>,
    headers: HeaderMap,
    PathParameter(name): PathParameter,
) -> Result<Response, Problem> {
    // One path segment of plain characters: nothing that leads out of the folder, and no name that a store would choke on.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.len() > LONGEST_NAME || !name.chars().all(plain) || name.starts_with('.') {
        return Err(missing(&name));
    }
    deployed(&platform, &headers, &format!("docs/{name}")).await
}

async fn deployed(platform: &Platform, headers: &HeaderMap, path: &str) -> Result<Response, Problem> {
    let bytes = platform.assets().get(path).await.map_err(|error| Problem::unavailable(&error))?;
    let bytes = bytes.ok_or_else(|| missing(path))?;
    let reply = Validator::of(&[path.as_bytes(), &bytes]).answer(headers, || web::asset(path, bytes));
    // By whatever path a page is reached.
    Ok(if path.rsplit('.').next() == Some("html") {
        ([(HeaderName::from_static("content-security-policy"), POLICY)], reply).into_response()
    } else {
        reply
    })
}

fn missing(path: &str) -> Problem {
    let path: String = path.chars().take(120).collect();
    Problem::new(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        format!(
            "{path} was not deployed with this service; `scripts/build-assets` makes the documentation's files."
        ),
    )
}

/// This function's part of the OpenAPI document: the documentation does not describe itself.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    utoipa::openapi::OpenApi::default()
}
