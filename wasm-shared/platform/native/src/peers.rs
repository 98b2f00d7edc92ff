use std::net::SocketAddr;

use axum::{
    Router,
    extract::{ConnectInfo, Request, connect_info::IntoMakeServiceWithConnectInfo},
    middleware::{Next, from_fn},
    response::Response,
};
use platform::Peer;

/// What `axum::serve` takes for a whole application, so that it learns of each request which address it came from.
#[must_use]
pub fn with_peers(app: Router) -> IntoMakeServiceWithConnectInfo<Router, SocketAddr> {
    app.layer(from_fn(note_peer)).into_make_service_with_connect_info()
}

async fn note_peer(ConnectInfo(peer): ConnectInfo<SocketAddr>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Peer(peer));
    next.run(request).await
}
