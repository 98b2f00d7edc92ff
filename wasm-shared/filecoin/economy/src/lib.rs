#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::float_cmp, reason = "what is exact is compared exactly"))]

mod assumptions;
mod columns;
pub mod constants;
mod error;
mod exponential;
mod extrema;
pub mod fip0081;
mod forecast;
mod history;
mod minting;
mod pledge;
mod power;
mod returns;
mod series;
mod smoothing;
mod supply;
mod vesting;
mod workspace;

pub use assumptions::{Assumptions, Control, LockedSign, Weighting};
pub use constants::defaults;
pub use error::ModelError;
pub use forecast::{Forecast, forecast};
pub use history::History;
pub use minting::protocol_baseline;
pub use series::{Kind, Series, Span};
pub use smoothing::{median, smoothed};
pub use workspace::Workspace;
