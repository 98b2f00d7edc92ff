//! `GET /`: a page that forecasts in its visitor's browser. `/keys`, `/jobs`: pages for those who have a key.
//! `/snapshot/current`: the data that the first one forecasts from. `/plot.svg`: charts as pictures.
//!
//! The page and its engine are files that were deployed with the function (`scripts/build-page` makes them from `web/` and
//! `wasm-shared/filecoin/economy-web`); nothing comes from another site. Where they are missing, `/` leads to `/docs`.

mod plot;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Redirect, Response},
};
use platform::{Application, Platform};
use snapshot_store::CurrentSnapshot;
use web::{Operation, PathParameter, Problem, Routes, Scope, Validator, Verb};

/// The pages and their files, which are open to everybody and not in the OpenAPI document. What `/keys` and `/jobs` show is asked
/// of the API, with the reader's key.
const FILES: &[Operation] = &[
    Operation::open(Verb::Get, "/", "get_page"),
    Operation::open(Verb::Get, "/keys", "get_keys_page"),
    Operation::open(Verb::Get, "/jobs", "get_jobs_page"),
    Operation::open(Verb::Get, "/page/{file}", "get_page_file"),
];

/// The operations of this function that programs call.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Get, "/snapshot/current", "get_current_snapshot", Scope::Read),
    Operation::new(Verb::Get, "/plot.svg", "get_plot", Scope::Read),
];

fn routes() -> Router<Platform> {
    let files = Routes::of(FILES)
        .handle("get_page", page)
        .handle("get_keys_page", account)
        .handle("get_jobs_page", account)
        .handle("get_page_file", file);
    let operations =
        Routes::of(OPERATIONS).handle("get_current_snapshot", snapshot).handle("get_plot", plot::answer);
    Router::from(files).merge(Router::from(operations))
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Archive, Assets, Cache];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(guarded Function);

const CONTENT_SECURITY_POLICY: HeaderName = HeaderName::from_static("content-security-policy");

/// The page needs its own files and this service only. `wasm-unsafe-eval` lets it compile WebAssembly, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; \
     connect-src 'self'; manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);

/// The policy of the pages that take a key: the same, and nothing is compiled.
const ACCOUNT_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);

async fn page(State(platform): State<Platform>, headers: HeaderMap) -> Result<Response, Problem> {
    document(&platform, &headers, "index.html", POLICY).await
}

/// Both pages are one document: its reader goes from one to the other without losing the key, which only its memory has.
async fn account(State(platform): State<Platform>, headers: HeaderMap) -> Result<Response, Problem> {
    document(&platform, &headers, "account.html", ACCOUNT_POLICY).await
}

async fn document(
    platform: &Platform,
    headers: &HeaderMap,
    name: &str,
    policy: HeaderValue,
) -> Result<Response, Problem> {
    match web::deployed(platform, headers, "page", name).await {
        Ok(page) => Ok(([(CONTENT_SECURITY_POLICY, policy)], page).into_response()),
        Err(missing) if missing.code() == "NOT_FOUND" => Ok(Redirect::temporary("/docs").into_response()),
        Err(problem) => Err(problem),
    }
}

async fn file(
    State(platform): State<Platform>,
    headers: HeaderMap,
    PathParameter(name): PathParameter,
) -> Result<Response, Problem> {
    let mut reply = web::deployed(&platform, &headers, "page", &name).await?;
    if matches!(name.rsplit('.').next(), Some("html" | "js")) {
        // A worker has the policy of its own file, not of the page that starts it.
        reply.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    }
    if name == "worker.js" {
        // It keeps the page for visits without a network; the page is not below its own path.
        reply.headers_mut().insert("service-worker-allowed", HeaderValue::from_static("/"));
    }
    Ok(reply)
}

/// The network's data that forecasts are made from, in their wire form.
///
/// A small binary file (`wasm-shared/filecoin/network-data/src/wire.rs` describes it), for programs that forecast by themselves with
/// this project's engine, such as the page at `/`. `/historical-data` has the figures for people.
#[utoipa::path(
    get, path = "/snapshot/current", tag = "history",
    responses(
        (status = 200, description = "The snapshot.", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "The caller's copy is current."),
        (status = 503, description = "No network data yet, or a store did not answer.", content_type = "application/problem+json", body = Problem),
    ),
)]
async fn snapshot(headers: HeaderMap, current: CurrentSnapshot) -> Response {
    let hit = current.cache_hit();
    let validator = Validator::of(&["snapshot", &current.0.id]);
    let reply = validator.answer(&headers, || {
        let binary = [(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))];
        (binary, current.0.snapshot.to_wire()).into_response()
    });
    (hit, reply).into_response()
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    use utoipa::OpenApi as _;

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(snapshot, plot::answer))]
    struct Part;

    web::openapi::described(Part::openapi(), OPERATIONS)
}
