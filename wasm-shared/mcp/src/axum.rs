//! A ready route for an axum router.

use axum::{
    Router,
    body::Body,
    extract::{FromRef, Request, State},
    routing::any,
};

use crate::{Host, Server};

/// Serves `server` at `path`, for every method: what is not a POST gets its 405 from the server.
///
/// The server's state comes from that of the router. The body is collected up to the server's limit.
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
    let answer = move |State(host): State<S>, request: Request| {
        let server = server.clone();
        async move {
            let (parts, body) = request.into_parts();
            let answer = match axum::body::to_bytes(body, server.max_body_bytes()).await {
                Ok(body) => server.handle(host, http::Request::from_parts(parts, body)).await,
                // It ends early only for a body that is too large, or for a client that is gone and reads no answer.
                Err(_) => server.too_large(),
            };
            answer.map(Body::new)
        }
    };
    Router::new().route(path, any(answer))
}
