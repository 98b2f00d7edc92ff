use chrono::{DateTime, Utc};
use platform::Platform;

use crate::looks::Looks;

/// The cache key of the result of the last refresh.
const KEY: &str = "refresh/last";

/// The result of the last attempt to fetch newer data.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LastRefresh {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// Why it failed and what to do, in a sentence; `None` where it succeeded.
    pub problem: Option<String>,
}

/// Keeps the result of a refresh for `/health`. Where the cache fails, only the log has it.
pub async fn record_refresh(platform: &Platform, problem: Option<String>) {
    let last = LastRefresh { at: platform.clock().now(), problem };
    if let Ok(bytes) = serde_json::to_vec(&last) {
        let _ = platform.cache().put(KEY, &bytes).await;
    }
}

/// The result of the last refresh; `None` where there was none, or where the cache does not answer. A cache that failed a moment ago
/// is not asked.
pub async fn last_refresh(platform: &Platform) -> Option<LastRefresh> {
    let began = platform.clock().now();
    if platform.instance().get::<Looks>().unwrap_or_default().failed_lately(began) {
        return None;
    }
    match platform.cache().get(KEY).await {
        Ok(bytes) => serde_json::from_slice(&bytes?).ok(),
        Err(error) => {
            // So that the next request does not wait for the same cache.
            let mut looks = platform.instance().get::<Looks>().unwrap_or_default();
            looks.end(began, platform.clock().now(), Some(error.into()));
            platform.instance().set(looks);
            None
        }
    }
}
