//! `GET /docs`, `/openapi.json`, and `/` that leads to them: the documentation.
//!
//! The page, its scripts and the OpenAPI document are files that were deployed with the function (`scripts/build-assets`
//! makes them); nothing comes from another site.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use platform::Platform;
use web::{PathParameter, Problem, Validator};

/// This function's routes.
pub fn routes() -> Router<Platform> {
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/docs") }))
        .route("/docs", get(page))
        .route("/docs/{file}", get(file))
        .route("/openapi.json", get(openapi))
}

#[cfg(feature = "entry")]
platform::export!(|platform| web::app(routes(), platform));

/// The page needs its own files only; the console's styles are written into its elements.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
);

async fn page(State(platform): State<Platform>, headers: HeaderMap) -> Result<Response, Problem> {
    let page = deployed(&platform, &headers, "docs/index.html").await?;
    Ok(([(HeaderName::from_static("content-security-policy"), POLICY)], page).into_response())
}

async fn openapi(State(platform): State<Platform>, headers: HeaderMap) -> Result<Response, Problem> {
    deployed(&platform, &headers, "docs/openapi.json").await
}

async fn file(
    State(platform): State<Platform>,
    headers: HeaderMap,
    PathParameter(name): PathParameter,
) -> Result<Response, Problem> {
    // One path segment of plain characters: nothing that leads out of the folder.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.chars().all(plain) || name.starts_with('.') {
        return Err(missing(&name));
    }
    deployed(&platform, &headers, &format!("docs/{name}")).await
}

async fn deployed(platform: &Platform, headers: &HeaderMap, path: &str) -> Result<Response, Problem> {
    let bytes = platform.assets().get(path).await.map_err(|error| Problem::unavailable(&error))?;
    let bytes = bytes.ok_or_else(|| missing(path))?;
    Ok(Validator::of(&[path.as_bytes(), &bytes]).answer(headers, || web::asset(path, bytes)))
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
