//! Which snapshot of the network is current.
//!
//! The truth is a row in the database: of all publications the one with the greatest number. The cache and the archive follow it.
//! A publication takes these steps, and wherever it ends before its time, readers have the old snapshot or the new one, whole:
//!
//! 1. a row that says which bytes are about to be stored, under a name that no other publication uses;
//! 2. the bytes to the archive and to the cache, under that name;
//! 3. in one transaction: the row gets the next number, if no other publication took place since the current one was read. Else an
//!    import tries again after the newer one, and a refresh checks again whether its snapshot can follow it;
//! 4. the name and the number to the cache's `snapshot/current`; then the database is asked again, and if another publication took
//!    place meanwhile, its name is written. So the last name that is written is the newest;
//! 5. bytes that no reader can ask for any more are removed: from the cache those of all but the last two publications, from the
//!    archive those that were replaced by another of the same date half an hour ago, and whole dates after `ARCHIVE_DAYS`.
//!
//! Readers never ask the database. An instance keeps the decoded snapshot in memory and asks the cache for the current name again only
//! after a while (`SNAPSHOT_RECHECK_SECONDS`), so most requests touch no store. It never goes back to an earlier publication. Each call to a
//! store has a deadline (`STORE_TIMEOUT_MS`), and a store that failed is left alone for some seconds; what is in memory stays served
//! meanwhile.
//!
//! Where a platform has no database (`PUBLISH_WITHOUT_DATABASE=true`), there is no order of publications: of two at once either stays
//! current, and a snapshot cannot be pinned.
//!
//! | file | |
//! |---|---|
//! | `served` | the current snapshot, as a request holds it |
//! | `current` | finding it |
//! | `looks` | when an instance asks the store, and when it does not |
//! | `publish` | the steps 1 to 4 |
//! | `tidy` | the step 5 |
//! | `table` | the publications in the database |
//! | `archive` | what was published before |
//! | `layout` | the keys |
//! | `settings` | the variables |
//! | `refreshed` | what came of the last refresh, for `/health` |

mod archive;
mod current;
mod error;
mod extract;
mod layout;
mod looks;
mod publish;
mod refreshed;
mod served;
mod settings;
mod table;
mod tidy;

pub use archive::{dates, fetch};
pub use current::current;
pub use error::{PublishError, StoreError};
pub use extract::CurrentSnapshot;
pub use layout::name_of;
pub use publish::{Draft, Latest, latest, publish, publish_pinned, unpin};
pub use refreshed::{LastRefresh, last_refresh, record_refresh};
pub use served::Current;
pub use tidy::tidy;
