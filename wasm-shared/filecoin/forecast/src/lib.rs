//! A forecast as people ask for it.
//!
//! The model (`economy`) takes every control explicitly and knows no dates; people name a few assumptions, leave the
//! rest to the network's present state, and want dated series back. Between the two stands this crate:
//!
//! 1. [`Question::parse`] reads a request: every field checked, the bad ones named at once, misspelled ones refused.
//!    [`Question::from_query`] reads one from a URL.
//! 2. [`Question::resolve`] fills what was left out from a [`network_data::Snapshot`].
//! 3. [`Resolved::answer`] runs the model, cuts the series to the days asked for and adds what a careful analyst would
//!    warn of. An [`Answer`] is written straight from the model's arrays.
//!
//! [`FIELDS`] is the one table of what a request may say. This crate knows nothing of HTTP.

mod answer;
mod fields;
mod per_day;
mod question;
mod reading;
mod refusal;
mod resolve;
mod schema;
mod warnings;
mod writing;

pub use answer::{Answer, Values};
pub use fields::{
    ALL_SERIES, FIELDS, Fallback, Field, LONGEST_TEXT, MAX_FORECAST_DAYS, MAX_SECTOR_DURATION_DAYS,
    NumberField, Takes, name,
};
pub use per_day::PerDay;
pub use question::Question;
pub use reading::kind_of;
pub use refusal::Refusal;
pub use resolve::{Resolved, Scope};
pub use schema::{description, property, query_schema, reply_schema, request_schema};
pub use warnings::data_warnings;
