use std::time::Duration;

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use platform::Platform;
use tower_http::{
    cors::{AllowHeaders, AllowOrigin, CorsLayer},
    normalize_path::NormalizePathLayer,
};
use tower_layer::Layer as _;
use tower_service::Service as _;

use crate::{Problem, log::Line};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, among its extensions: what the log and the answer call it.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// A function's routes as a whole application: with everything that the contract says of every answer.
pub fn app(routes: Router<Platform>, platform: Platform) -> Router {
    let router = routes
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(platform.clone(), cross_origin))
        .layer(from_fn_with_state(platform.clone(), identify_and_log))
        .with_state(platform);
    Router::new().fallback_service(NormalizePathLayer::trim_trailing_slash().layer(router))
}

async fn no_such_path(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(120).collect();
    Problem::new(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        format!("There is nothing at {path}. /docs lists every path."),
    )
}

async fn no_such_method(method: Method) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        format!("{method} is not possible here; the header `Allow` lists what is."),
    )
}

async fn identify_and_log(State(platform): State<Platform>, mut request: Request, next: Next) -> Response {
    let started = platform.clock().now();
    let id = given_id(request.headers()).unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let line = Line {
        id: &id,
        method: &method,
        route: route.as_ref().map(MatchedPath::as_str),
        milliseconds: (platform.clock().now() - started).num_milliseconds(),
    };
    line.write(&platform, &response);
    response
}

/// A caller's own request id is kept where it is harmless in a log.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    ((1..=64).contains(&id.len()) && id.chars().all(harmless)).then(|| id.to_owned())
}

/// CORS by `CORS_ORIGINS`: `*`, or a list of origins with commas between them.
async fn cross_origin(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let origins = match platform.config().get("CORS_ORIGINS").await {
        Ok(origins) => origins.unwrap_or_else(|| ANY.to_owned()),
        // Which pages may read the answer is not known, so none may; everybody else is served.
        Err(error) => {
            platform.log().line(&serde_json::json!({
                "level": "warning",
                "message": "answering without CORS headers because CORS_ORIGINS cannot be read",
                "error": error.to_string(),
            }));
            return next.run(request).await;
        }
    };
    let cors = CorsLayer::new()
        .allow_origin(allowed_origins(&origins))
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(EXPOSED.map(HeaderName::from_static))
        .max_age(Duration::from_hours(24));
    match cors.layer(next).call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

const ANY: &str = "*";

fn allowed_origins(list: &str) -> AllowOrigin {
    // An origin has no path, but addresses are often copied with the slash that begins one.
    let origins = || list.split(',').map(|origin| origin.trim().trim_end_matches('/'));
    if origins().any(|origin| origin == ANY) {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins().filter_map(|origin| HeaderValue::from_str(origin).ok()))
    }
}

/// What a page's script may read of an answer, beyond the few headers that browsers always show.
const EXPOSED: [&str; 11] = [
    "etag",
    "mcp-protocol-version",
    "mcp-session-id",
    "ratelimit",
    "ratelimit-limit",
    "ratelimit-policy",
    "ratelimit-remaining",
    "ratelimit-reset",
    "retry-after",
    "www-authenticate",
    "x-request-id",
];
