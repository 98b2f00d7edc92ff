use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use platform::Platform;
use tower_http::normalize_path::NormalizePathLayer;
use tower_layer::Layer as _;

use crate::{Problem, cors::Asking, log::Line};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, among its extensions: what the log and the answer call it.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// A function's routes as a whole application: with everything that the contract says of every answer.
pub fn app(routes: Router<Platform>, platform: Platform) -> Router {
    let router = routes
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(platform.clone(), converse))
        .with_state(platform);
    Router::new().fallback_service(NormalizePathLayer::trim_trailing_slash().layer(router))
}

async fn no_such_path(method: Method, uri: Uri) -> Response {
    // Where the page is not deployed.
    if uri.path() == "/" && matches!(method, Method::GET | Method::HEAD) {
        return Redirect::temporary("/docs").into_response();
    }
    let path: String = uri.path().chars().take(120).collect();
    Problem::new(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        format!("There is nothing at {path}. /docs lists every path."),
    )
    .into_response()
}

async fn no_such_method(method: Method) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        format!("{method} is not possible here; the header `Allow` lists what is."),
    )
}

/// Adds to every answer what the contract demands: an id, CORS, and a line in the log.
async fn converse(State(platform): State<Platform>, mut request: Request, next: Next) -> Response {
    let started = platform.clock().now();
    let id = given_id(request.headers()).unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let method = request.method().clone();
    let asking = Asking::of(&method, request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(RequestId(id.clone()));
    // For the guard, which stands where no state is.
    request.extensions_mut().insert(platform.clone());
    let response = next.run(request).await;
    let mut response = asking.finish(&platform, response).await;
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
