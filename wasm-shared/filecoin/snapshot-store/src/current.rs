use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use network_data::{BUNDLED_SOURCE, Snapshot};
use platform::Platform;

use crate::{BUNDLED, CURRENT, Pointer, RECHECK, StoreError, archive, bytes_key, name_of};

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
        let id = name_of(&snapshot).into();
        Self { snapshot, id, from_memory: false, checked: now }
    }

    /// The same, known to be current at `now`.
    pub(crate) fn at(&self, now: DateTime<Utc>) -> Self {
        Self { checked: now, from_memory: true, ..self.clone() }
    }

    fn is_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.snapshot, &other.snapshot) && self.checked == other.checked
    }
}

/// The current snapshot: from the instance's memory while that is fresh, else from the cache; the bundled network where
/// none was ever published (`BUNDLED_NETWORK=false` forbids it).
///
/// # Errors
/// [`StoreError`]; but never while the instance has a snapshot in memory: an older one is better than none.
pub async fn current(platform: &Platform) -> Result<Current, StoreError> {
    let now = platform.clock().now();
    let remembered: Option<Current> = platform.instance().get();
    if let Some(known) = &remembered {
        let trusted = recheck(platform).await;
        // A clock that went backwards must not keep an old snapshot for ever.
        if (Duration::zero()..trusted).contains(&(now - known.checked)) {
            return Ok(Current { from_memory: true, ..known.clone() });
        }
    }
    let found = match stored(platform, remembered.as_ref(), now).await {
        Ok(None) => bundled(platform, remembered.as_ref(), now).await,
        Ok(Some(found)) => Ok(found),
        Err(error) => Err(error),
    };
    match found {
        Ok(found) => {
            // Another request may have found or published a snapshot in the meantime, perhaps a newer one: it stays.
            let untouched = match (platform.instance().get::<Current>(), &remembered) {
                (Some(now), Some(before)) => now.is_same_as(before),
                (now, _) => now.is_none(),
            };
            if untouched {
                platform.instance().set(found.clone());
            }
            Ok(found)
        }
        Err(error) => match remembered {
            Some(known) => {
                platform.log().line(&serde_json::json!({
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

/// The snapshot that the cache says is current; `None` where none was ever published.
async fn stored(
    platform: &Platform,
    known: Option<&Current>,
    now: DateTime<Utc>,
) -> Result<Option<Current>, StoreError> {
    let Some(pointer) = pointer(platform).await? else { return Ok(None) };
    if let Some(known) = known.filter(|known| *known.id == pointer.id) {
        return Ok(Some(known.at(now)));
    }
    let snapshot = match cached(platform, &pointer.id).await {
        Ok(Some(snapshot)) => snapshot,
        // The name can be visible before the bytes; the archive had them first.
        Ok(None) => archive::fetch_named(platform, &pointer.id).await?,
        Err(error) => archive::fetch_named(platform, &pointer.id).await.map_err(|_| error)?,
    };
    Ok(Some(Current::new(Arc::new(snapshot), now)))
}

async fn cached(platform: &Platform, id: &str) -> Result<Option<Snapshot>, StoreError> {
    platform.cache().get(&bytes_key(id)).await?.map(|bytes| decode(&bytes)).transpose()
}

/// The snapshot that was published last; `None` where none ever was, or where it can no longer be read.
///
/// # Errors
/// When a store does not answer.
pub async fn published(platform: &Platform) -> Result<Option<Current>, StoreError> {
    match stored(platform, None, platform.clock().now()).await {
        Err(StoreError::Empty | StoreError::Unreadable(_)) => Ok(None),
        found => found,
    }
}

async fn bundled(
    platform: &Platform,
    known: Option<&Current>,
    now: DateTime<Utc>,
) -> Result<Current, StoreError> {
    if !platform.config().is_on("BUNDLED_NETWORK", true).await? {
        return Err(StoreError::Empty);
    }
    // It comes with the functions and is another one only in another instance.
    if let Some(known) = known.filter(|known| known.snapshot.source() == BUNDLED_SOURCE) {
        return Ok(known.at(now));
    }
    let bytes = platform.assets().get(BUNDLED).await?.ok_or(StoreError::Empty)?;
    Ok(Current::new(Arc::new(decode(&bytes)?), now))
}

/// What the cache says is current; `None` where nothing was ever published.
pub(crate) async fn pointer(platform: &Platform) -> Result<Option<Pointer>, StoreError> {
    let Some(bytes) = platform.cache().get(CURRENT).await? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::Unreadable(error.to_string()))
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Snapshot, StoreError> {
    Snapshot::from_wire(bytes).map_err(|error| StoreError::Unreadable(error.to_string()))
}

async fn recheck(platform: &Platform) -> Duration {
    let given = platform.config().get("SNAPSHOT_RECHECK_SECONDS").await.ok().flatten();
    let given = given.and_then(|seconds| seconds.trim().parse().ok()).and_then(Duration::try_seconds);
    given.unwrap_or(Duration::seconds(RECHECK))
}
