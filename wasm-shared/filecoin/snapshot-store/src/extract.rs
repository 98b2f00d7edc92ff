use axum::extract::FromRequestParts;
use http::request::Parts;
use platform::Platform;
use web::{CacheHit, Problem};

use crate::{Current, current};

/// The current snapshot, for a handler that needs it; where there is none, the request ends here.
pub struct CurrentSnapshot(pub Current);

impl CurrentSnapshot {
    /// For the log: whether it was still in memory.
    pub fn cache_hit(&self) -> axum::Extension<CacheHit> {
        axum::Extension(CacheHit(self.0.from_memory))
    }
}

impl FromRequestParts<Platform> for CurrentSnapshot {
    type Rejection = Problem;

    async fn from_request_parts(_parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        Ok(Self(current(platform).await?))
    }
}
