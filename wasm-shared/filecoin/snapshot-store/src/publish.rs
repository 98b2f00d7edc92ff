use std::sync::Arc;

use network_data::Snapshot;
use platform::Platform;

use crate::{CURRENT, Current, Pointer, StoreError, archive, bytes_key, current::pointer, retention};

/// Makes a snapshot the current one, in the order that the crate's documentation gives.
///
/// # Errors
/// When a store does not answer; the snapshot that was current before then still is.
pub async fn publish(platform: &Platform, snapshot: Snapshot) -> Result<Current, StoreError> {
    let bytes = snapshot.to_wire();
    let new = Current::new(Arc::new(snapshot), platform.clock().now());
    platform.archive().put(&archive::key(new.snapshot.current_date()), &bytes).await?;
    // A pointer that cannot be read is replaced like any other: publishing is the remedy for it.
    let before = match pointer(platform).await {
        Err(StoreError::Outside(error)) => return Err(error.into()),
        Err(_) | Ok(None) => None,
        Ok(Some(before)) => Some(before),
    };
    platform.cache().put(&bytes_key(&new.id), &bytes).await?;
    if before.as_ref().is_none_or(|before| *before.id != *new.id) {
        let previous = before.as_ref().map(|before| before.id.clone());
        let next = Pointer { id: new.id.to_string(), previous };
        let next = serde_json::to_vec(&next).map_err(|error| StoreError::Unreadable(error.to_string()))?;
        platform.cache().put(CURRENT, &next).await?;
        if let Some(old) = before.and_then(|before| before.previous).filter(|old| **old != *new.id) {
            // Only tidiness is at stake: the new snapshot is already current.
            let _ = platform.cache().delete(&bytes_key(&old)).await;
        }
    }
    platform.instance().set(new.at(platform.clock().now()));
    retention::forget_old_ones(platform, new.snapshot.current_date()).await;
    Ok(new)
}
