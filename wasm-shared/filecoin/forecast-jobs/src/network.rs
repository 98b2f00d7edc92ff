//! The network that a job was accepted for: also where another has been published since.

use std::sync::Arc;

use jobs::{Failure, Work};
use network_data::Snapshot;
use snapshot_store::{StoreError, current, fetch, name_of};

/// The snapshot whose id is the job's source.
pub(crate) async fn named(work: &Work<'_>) -> Result<Arc<Snapshot>, Failure> {
    let (platform, id) = (work.platform, work.job.source.as_str());
    let now = current(platform).await.map_err(unavailable)?;
    if *now.id == *id {
        return Ok(now.snapshot);
    }
    let date = id.get(..10).and_then(|date| date.parse().ok());
    let archived = match date {
        Some(date) => fetch(platform, date).await.map_err(unavailable)?,
        None => None,
    };
    archived.filter(|snapshot| name_of(snapshot) == id).map(Arc::new).ok_or_else(|| {
        Failure::lasting(
            "NETWORK_REPLACED",
            "The network's data that the job was accepted for were replaced before it ended; submit it again.",
        )
    })
}

fn unavailable(error: StoreError) -> Failure {
    match error {
        StoreError::Outside(error) => error.into(),
        StoreError::Empty | StoreError::Unreadable(_) => {
            Failure::passing("NO_SNAPSHOT", "The network's data cannot be read at present.")
        }
    }
}
