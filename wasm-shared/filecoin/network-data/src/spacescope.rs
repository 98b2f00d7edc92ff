//! Spacescope as a source of daily network statistics: what to ask for, what a reply must be, and how daily rows become
//! a snapshot. Sending the requests and keeping the rows is the crate `refresh`'s.

mod derive;
mod error;
mod range;
mod reply;
mod rows;
mod scanner;
mod statistic;
mod tables;

use chrono::NaiveDate;

pub use derive::{Derived, derive};
pub use error::ReplyError;
pub use range::DayRange;
pub use reply::{DailyRow, date_of, read_reply};
pub use statistic::Statistic;
pub use tables::Tables;

/// The name of this source in a snapshot.
pub const SOURCE: &str = "spacescope";

/// Where it is, unless `SPACESCOPE_BASE_URL` says otherwise.
pub const BASE_URL: &str = "https://api.spacescope.io";

/// The first day of the histories: where the original mechaFIL tools start theirs, after the network's first upgrades.
pub const HISTORY_START: NaiveDate = NaiveDate::from_ymd_opt(2022, 10, 10).expect("a date of the calendar");

/// The most days that one request may ask for.
pub const LONGEST_RANGE: usize = 90;

/// Bytes in a PiB.
const PIB: f64 = 1_125_899_906_842_624.0;

/// Bytes in an EiB.
const EIB: f64 = 1024.0 * PIB;
