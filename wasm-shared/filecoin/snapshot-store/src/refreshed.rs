use chrono::{DateTime, Utc};
use platform::Platform;

/// The cache key of the last refresh's outcome.
const KEY: &str = "refresh/last";

/// What came of the last attempt to fetch newer data.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LastRefresh {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// Why it failed and what to do, in a sentence; `None` where it succeeded.
    pub problem: Option<String>,
}

/// Remembers what came of a refresh. Where the cache fails, so does this, silently: the log has it too.
pub async fn record_refresh(platform: &Platform, problem: Option<String>) {
    let last = LastRefresh { at: platform.clock().now(), problem };
    if let Ok(bytes) = serde_json::to_vec(&last) {
        let _ = platform.cache().put(KEY, &bytes).await;
    }
}

/// What came of the last refresh; `None` where there was none, or where the cache does not say.
pub async fn last_refresh(platform: &Platform) -> Option<LastRefresh> {
    let bytes = platform.cache().get(KEY).await.ok().flatten()?;
    serde_json::from_slice(&bytes).ok()
}
