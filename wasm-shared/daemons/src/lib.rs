//! Daemons: named personas, each bound to a model, that an owner summons, calls and banishes.
//!
//! - [`Definition`] says what a daemon is; [`Catalogue`] is every one of the deployment: the built-in ones, and the operator's.
//! - [`DaemonStore`] keeps which daemons each owner has summoned, and counts their calls. Each change is one transaction with its row
//!   of the record ([`Record`]), which is also the stream of events.
//! - A daemon without a call for some time is banished: by the schedule, and before anybody reads or changes something of its owner.
//!   A call whose time has passed has failed in the same way, also where the instance that made it has died.
//! - [`Calling`] gives a daemon's model a task, and writes down what came of it.
//! - [`spell`] reads commands in plain words, by a grammar; [`understand`] has a model read those that the grammar is not sure of.

mod calling;
mod catalogue;
mod definition;
mod form;
mod random;
mod reading;
mod record;
pub mod spell;
mod store;

use std::time::Duration;

use chrono::{DateTime, SecondsFormat};

pub use calling::{Answer, Calling, Opening, Refusal, Task, Workshop, usage};
pub use catalogue::Catalogue;
pub use definition::{Definition, LONGEST_NAME, is_name, is_tool_name};
pub use reading::understand;
pub use record::{Filter, Kind, Purged, Record, Summary};
pub use store::{Call, Circle, DaemonStore, Ended, Rules, State, Summoned};

/// Milliseconds since 1970.
pub type Millis = i64;

fn millis(duration: Duration) -> Millis {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

/// RFC 3339 in UTC.
#[must_use]
pub fn time(millis: Millis) -> String {
    DateTime::from_timestamp_millis(millis).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}
