//! A forecast as people ask for it.
//!
//! The model (`economy`) takes every control explicitly and knows no dates; people name a few assumptions, leave the
//! rest to the network's present state, and want dated series back. Between the two stands this crate:
//!
//! 1. [`Question::parse`] reads a request: every field checked, every bad one named at once, misspelled ones refused.
//! 2. [`Question::resolve`] fills what was left out from a [`network_data::Snapshot`].
//! 3. [`Resolved::answer`] runs the model, cuts the series to the days asked for and adds what a careful analyst would
//!    warn of. An [`Answer`] serialises straight from the model's arrays.
//!
//! It is used by the function `simulate`, and by whatever else forecasts: it knows nothing of HTTP.

mod answer;
mod control;
mod question;
mod refusal;
mod resolve;
mod schema;
mod warnings;

pub use answer::{Answer, Values};
pub use control::{CONTROLS, ControlInfo, NumberOrVector};
pub use question::{MAX_FORECAST_DAYS, MAX_SECTOR_DURATION_DAYS, Question, WeightingChoice};
pub use refusal::Refusal;
pub use resolve::{Resolved, Scope};
pub use schema::request_schema;
