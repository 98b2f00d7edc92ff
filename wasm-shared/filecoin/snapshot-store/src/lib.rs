//! Which snapshot of the network is current.
//!
//! A snapshot is published in an order that leaves readers with the old one or the new one, whatever fails in between:
//!
//! 1. its bytes to the archive, under its date;
//! 2. its bytes to the cache, under a name of their own (`snapshot/<id>`);
//! 3. the name to the cache's `snapshot/current`: this is the moment at which it becomes current;
//! 4. the bytes of the snapshot before the last are removed. The last one's stay, for readers that still hold its name.
//!
//! An archived snapshot is kept for [`ARCHIVE_DAYS`] days. [`last_refresh`] is what came of the last attempt to fetch newer
//! data, for `/health`.
//!
//! An instance keeps the decoded snapshot in memory and asks for the current name again only after a while
//! ([`RECHECK`]), so most requests touch no store. When the store fails, what is in memory stays served.

mod archive;
mod current;
mod error;
mod extract;
mod publish;
mod refreshed;
mod retention;

pub use archive::{dates, fetch};
pub use current::{Current, current, published};
pub use error::StoreError;
pub use extract::CurrentSnapshot;
pub use publish::publish;
pub use refreshed::{LastRefresh, last_refresh, record_refresh};

/// Seconds for which an instance trusts its snapshot before it asks whether there is a newer one. Together with the
/// time that Cloudflare's key-value store takes to show a write elsewhere, a new snapshot is noticed within a minute.
/// The variable `SNAPSHOT_RECHECK_SECONDS` overrides it.
pub const RECHECK: i64 = 20;

/// Days for which an archived snapshot is kept, counted back from the newest one. The variable `ARCHIVE_DAYS` overrides
/// it.
pub const ARCHIVE_DAYS: u64 = 400;

/// The cache key of the current snapshot's name.
const CURRENT: &str = "snapshot/current";

/// The asset that is the bundled demonstration network, in wire form.
const BUNDLED: &str = "network/bundled.bin";

/// The cache key of a snapshot's bytes.
fn bytes_key(id: &str) -> String {
    format!("snapshot/{id}")
}

/// A snapshot's name: its date and a checksum of all its figures.
#[must_use]
pub fn name_of(snapshot: &network_data::Snapshot) -> String {
    format!("{}-{:08x}", snapshot.current_date(), snapshot.fingerprint())
}

/// What the cache holds under [`CURRENT`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Pointer {
    id: String,
    /// The one before it, whose bytes are still there.
    previous: Option<String>,
}
