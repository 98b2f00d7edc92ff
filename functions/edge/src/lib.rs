//! Every function in one: Cloudflare's Worker answers all routes from one script, so that a cold start is paid once.
//!
//! On Spin each function is a component of its own instead (`spin.toml`).

use axum::Router;
use platform::Platform;

/// The routes of every function.
pub fn routes() -> Router<Platform> {
    Router::new()
        .merge(docs::routes())
        .merge(health::routes())
        .merge(historical_data::routes())
        .merge(mcp_server::routes())
        .merge(simulate::routes())
        .merge(snapshots::routes())
        .merge(update_cache::routes())
}

#[cfg(feature = "entry")]
platform::export!(|platform| web::app(routes(), platform), scheduled: update_cache::scheduled);

#[cfg(feature = "openapi")]
mod openapi;
#[cfg(feature = "openapi")]
pub use openapi::openapi;
