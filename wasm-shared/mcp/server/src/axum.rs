//! Serving from axum.

use axum::{
    Router,
    body::Body,
    extract::{FromRef, Request, State},
    response::Response,
    routing::any,
};

use crate::{Host, Server};

/// Serves `server` at `path`, for every method: what is not a POST gets its 405 from the server.
///
/// The server's host comes from the state of the router.
///
/// ```
/// # use mcp::{Context, NoArguments, Server, Tool};
/// let server = Server::<()>::builder("greeter", "1.0.0")
///     .tool(Tool::new("greet", "Says hello."), |_: Context<()>, _: NoArguments| async { Ok("hello".to_owned()) })
///     .build()?;
/// let routes: axum::Router<()> = mcp::route("/mcp", server);
/// # Ok::<_, mcp::Error>(())
/// ```
pub fn route<P, S>(path: &str, server: Server<S>) -> Router<P>
where
    P: Clone + Send + Sync + 'static,
    S: Host + FromRef<P>,
{
    let handler = move |State(host): State<S>, request: Request| {
        let server = server.clone();
        async move { answer(&server, host, request).await }
    };
    Router::new().route(path, any(handler))
}

/// Answers one request of axum's. The body is collected up to the server's limit.
///
/// For a handler that chooses its server for each request: where descriptions tell what is true today, there is a new
/// server when that changes.
pub async fn answer<S: Host>(server: &Server<S>, host: S, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let answer = match axum::body::to_bytes(body, server.max_body_bytes()).await {
        Ok(body) => server.handle(host, http::Request::from_parts(parts, body)).await,
        // It ends early only for a body that is too large, or for a client that is gone and reads no answer.
        Err(_) => server.too_large(),
    };
    answer.map(Body::new)
}
