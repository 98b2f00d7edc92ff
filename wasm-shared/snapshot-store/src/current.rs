use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use network_data::Snapshot;
use platform::Platform;

use crate::{BUNDLED, CURRENT, Pointer, RECHECK, StoreError, archive, bytes_key, id_of};

/// The current snapshot. A request takes one and keeps it to its end.
#[derive(Clone)]
pub struct Current {
    /// The network's data.
    pub snapshot: Arc<Snapshot>,
    /// Its name, which changes with every figure: for validators.
    pub id: Arc<str>,
    /// Whether the instance still had it in memory.
    pub from_memory: bool,
    /// When it was last known to be current.
    checked: DateTime<Utc>,
}

impl Current {
    pub(crate) fn new(snapshot: Arc<Snapshot>, now: DateTime<Utc>) -> Self {
        let id = id_of(&snapshot).into();
        Self { snapshot, id, from_memory: false, checked: now }
    }
}

/// The current snapshot: from the instance's memory while that is fresh, else from the cache; the bundled network where
/// none was ever published (`BUNDLED_NETWORK=false` forbids it).
///
/// # Errors
/// [`StoreError`]; but never while the instance has a snapshot in memory: an older one is better than none.
pub async fn current(platform: &Platform) -> Result<Current, StoreError> {
    let now = platform.clock.now();
    let remembered: Option<Current> = platform.instance.get();
    if let Some(known) = &remembered {
        let trusted = Duration::seconds(recheck_seconds(platform).await);
        // A clock that went backwards must not keep an old snapshot for ever.
        if (Duration::zero()..trusted).contains(&(now - known.checked)) {
            return Ok(Current { from_memory: true, ..known.clone() });
        }
    }
    match find(platform, remembered.as_ref(), now).await {
        Ok(found) => {
            platform.instance.set(found.clone());
            Ok(found)
        }
        Err(error) => match remembered {
            Some(known) => {
                platform.log.line(&serde_json::json!({
                    "level": "warning",
                    "message": "serving the snapshot in memory because the store failed",
                    "snapshot": &*known.id,
                    "error": error.to_string(),
                }));
                Ok(Current { from_memory: true, ..known })
            }
            None => Err(error),
        },
    }
}

async fn find(
    platform: &Platform,
    known: Option<&Current>,
    now: DateTime<Utc>,
) -> Result<Current, StoreError> {
    let Some(pointer) = pointer(platform).await? else {
        return bundled(platform, now).await;
    };
    if let Some(known) = known.filter(|known| *known.id == pointer.id) {
        return Ok(Current { checked: now, from_memory: true, ..known.clone() });
    }
    let snapshot = match platform.cache.get(&bytes_key(&pointer.id)).await? {
        Some(bytes) => decode(&bytes)?,
        // The name can be visible before the bytes; the archive had them first.
        None => archive::fetch_named(platform, &pointer.id).await?,
    };
    Ok(Current::new(Arc::new(snapshot), now))
}

async fn bundled(platform: &Platform, now: DateTime<Utc>) -> Result<Current, StoreError> {
    if !platform.config.is_on("BUNDLED_NETWORK", true).await? {
        return Err(StoreError::Empty);
    }
    let bytes = platform.assets.get(BUNDLED).await?.ok_or(StoreError::Empty)?;
    Ok(Current::new(Arc::new(decode(&bytes)?), now))
}

/// What the cache says is current; `None` where nothing was ever published.
pub(crate) async fn pointer(platform: &Platform) -> Result<Option<Pointer>, StoreError> {
    let Some(bytes) = platform.cache.get(CURRENT).await? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::Unreadable(error.to_string()))
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Snapshot, StoreError> {
    Snapshot::from_wire(bytes).map_err(|error| StoreError::Unreadable(error.to_string()))
}

async fn recheck_seconds(platform: &Platform) -> i64 {
    let given = platform.config.get("SNAPSHOT_RECHECK_SECONDS").await.ok().flatten();
    given.and_then(|seconds| seconds.trim().parse().ok()).unwrap_or(RECHECK)
}
