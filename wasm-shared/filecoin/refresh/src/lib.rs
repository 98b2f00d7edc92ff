//! Keeps the network's data fresh.
//!
//! A refresh asks Spacescope for the days that are missing and for the last week again, which may have been revised;
//! keeps them as raw daily rows in the database; asks for the table of expirations, which comes whole; derives a snapshot
//! from that and all rows; and publishes it if it is plausible and can follow the present one. What fails leaves the
//! present snapshot served, and the rows that did come are kept.
//!
//! One refresh runs at a time, under a lease in the database that expires if its holder dies. The first fill needs more
//! requests than Cloudflare lets one invocation send: what is done is in the rows, so a refresh that has used up its
//! requests calls the application itself, which goes on under the same lease in an invocation of its own, and passes its
//! answer on. Where there is no such limit, one invocation does it all.
//!
//! | file | |
//! |---|---|
//! | `client` | asking the source: attempts, waiting, time-outs |
//! | `plan` | which days to ask for |
//! | `rows` | the daily rows in the database |
//! | `lease` | one at a time |
//! | `run` | the order of it all |
//! | `job` | the same as a job, in steps |

mod client;
mod error;
#[cfg(feature = "jobs")]
mod job;
mod lease;
mod plan;
mod rows;
mod run;
mod settings;

pub use error::RefreshError;
#[cfg(feature = "jobs")]
pub use job::UPDATE_CACHE;
pub use run::{Conclusion, LEASE_HEADER, Report, Status, Wish, refresh};

/// The path at which an application refreshes, and at which a refresh goes on in another invocation.
pub const PATH: &str = "/admin/update-cache";
