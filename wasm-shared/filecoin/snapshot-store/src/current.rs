use std::sync::Arc;

use chrono::{DateTime, Utc};
use network_data::Snapshot;
use platform::{OutsideError, Platform, within};

use crate::{
    Current, StoreError,
    layout::{BUNDLED, CURRENT, Pointer, body_key, name_of},
    looks::{Looks, Next},
    settings,
};

/// The current snapshot: from the instance's memory while that is fresh, else from the cache; the bundled network where
/// none was ever published (`BUNDLED_NETWORK=false` forbids it).
///
/// It comes within `STORE_TIMEOUT_MS`. After a store failed, or did not answer in time, it is left alone for a moment.
///
/// # Errors
/// [`StoreError`]; but never while the instance has a snapshot in memory: an older one is better than none.
pub async fn current(platform: &Platform) -> Result<Current, StoreError> {
    let memory = platform.instance();
    let remembered: Option<Current> = memory.get();
    let now = platform.clock().now();
    let mut looks = memory.get::<Looks>().unwrap_or_default();
    match (looks.next(remembered.as_ref(), now), &remembered) {
        (Next::Remembered, Some(known)) => return Ok(Current { from_memory: true, ..known.clone() }),
        (Next::Refused(error), _) => return Err(error),
        (Next::Remembered | Next::Look, _) => {}
    }
    looks.begin(now, settings::recheck(platform).await, platform.patience().await);
    memory.set(looks);
    let found = platform.in_time("store", look(platform, remembered.as_ref(), now)).await;
    let mut looks = memory.get::<Looks>().unwrap_or_default();
    looks.end(now, platform.clock().now(), found.as_ref().err().cloned());
    memory.set(looks);
    match found {
        Ok(found) => {
            remember(platform, &found, remembered.as_ref());
            Ok(found)
        }
        Err(error) => {
            let Some(known) = remembered else { return Err(error) };
            warn(platform, &known, &error.to_string());
            Ok(Current { from_memory: true, ..known })
        }
    }
}

/// Keeps what was found in the instance's memory, unless another request has found or published a newer one meanwhile.
fn remember(platform: &Platform, found: &Current, before: Option<&Current>) {
    let held = platform.instance().get::<Current>();
    let is_newer = held
        .as_ref()
        .is_none_or(|held| found.seq > held.seq || before.is_some_and(|before| held.is_same_as(before)));
    if is_newer {
        platform.instance().set(found.clone());
    }
}

fn warn(platform: &Platform, known: &Current, error: &str) {
    let message = format!("serving the snapshot {} of memory because the store failed", known.id);
    web::log::warning(platform, &message, Some(&error));
}

async fn look(
    platform: &Platform,
    known: Option<&Current>,
    now: DateTime<Utc>,
) -> Result<Current, StoreError> {
    let Some(pointer) = pointer(platform).await? else {
        // Real data do not vanish: a store that shows no pointer for a moment is no reason to go back to the demonstration.
        if let Some(known) = known.filter(|known| !known.is_bundled()) {
            warn(platform, known, "the cache names no current snapshot");
            return Ok(known.at(now));
        }
        return bundled(platform, known, now).await;
    };
    if let Some(known) = known {
        // A pointer that names an earlier publication is one that the store still shows, or that a late writer wrote and is about to
        // correct.
        if pointer.seq < known.seq {
            return Ok(known.at(now));
        }
        if *known.id == pointer.id {
            return Ok(Current { seq: pointer.seq, pinned: pointer.pinned, ..known.at(now) });
        }
    }
    let (snapshot, pointer) = match load(platform, &pointer).await {
        Ok(snapshot) => (snapshot, pointer),
        // It may have been replaced, and its bytes removed, since its name was read.
        Err(error) => match self::pointer(platform).await? {
            Some(newer) if newer != pointer => (load(platform, &newer).await?, newer),
            _ => return Err(error),
        },
    };
    Ok(Current::new(Arc::new(snapshot), pointer.seq, now).pinned(pointer.pinned))
}

/// The snapshot that a pointer names, from the cache or else from the archive: a name can be visible before the bytes.
pub(crate) async fn load(platform: &Platform, pointer: &Pointer) -> Result<Snapshot, StoreError> {
    let is_named = |bytes: Vec<u8>| {
        let snapshot = decode(&bytes)?;
        if name_of(&snapshot) == pointer.id {
            Ok(snapshot)
        } else {
            Err(StoreError::Unreadable(format!("the bytes of {} are another snapshot's", pointer.id)))
        }
    };
    // Half of the time, so that the archive has the other half where the cache hangs.
    let half = platform.patience().await / 2;
    let key = body_key(pointer.copy());
    let cached = match within(platform.sleep(), half, platform.cache().get(&key)).await {
        None => Some(
            OutsideError::new("cache", format_args!("did not answer within {} ms", half.as_millis())).into(),
        ),
        Some(Err(error)) => Some(error.into()),
        Some(Ok(None)) => None,
        Some(Ok(Some(bytes))) => match is_named(bytes) {
            Ok(snapshot) => return Ok(snapshot),
            Err(error) => Some(error),
        },
    };
    let missing =
        || StoreError::Unreadable(format!("{} is neither in the cache nor in the archive", pointer.id));
    let key = pointer.archive_key().ok_or_else(missing)?;
    let archived = match platform.archive().get(&key).await {
        Ok(Some(bytes)) => is_named(bytes),
        Ok(None) => Err(missing()),
        Err(error) => Err(error.into()),
    };
    archived.map_err(|error| cached.unwrap_or(error))
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
    if let Some(known) = known.filter(|known| known.is_bundled()) {
        return Ok(known.at(now));
    }
    let bytes = platform.assets().get(BUNDLED).await?.ok_or(StoreError::Empty)?;
    Ok(Current::new(Arc::new(decode(&bytes)?), 0, now))
}

/// The cache's pointer to the current snapshot; `None` where nothing was ever published.
pub(crate) async fn pointer(platform: &Platform) -> Result<Option<Pointer>, StoreError> {
    let Some(bytes) = platform.cache().get(CURRENT).await? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::Unreadable(error.to_string()))
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Snapshot, StoreError> {
    Snapshot::from_wire(bytes).map_err(|error| StoreError::Unreadable(error.to_string()))
}
