#![doc = include_str!("../README.md")]

mod calibrated;
mod chart;
mod chunk;
mod distribution;
mod findings;
mod gather;
mod goal;
mod method;
mod plan;
mod random;
mod reading;
mod reply_schema;
mod request;
mod schema;
mod shared;
mod statistics;

pub use chart::{Band, Chart, Line, MAX_LINES};
pub use chunk::{ChunkError, ChunkResult};
pub use findings::Findings;
pub use forecast::Refusal;
pub use gather::{Columns, Gathering, MAX_BYTES_AT_ONCE, finish};
pub use goal::{Goal, GoalRequest, Reached};
pub use method::MAX_RUNS;
pub use plan::{MAX_COLUMNS, MAX_VALUES, Plan};
pub use reply_schema::{goal_reply_schema, reply_schema};
pub use request::{DEFAULT_SERIES, MAX_THRESHOLDS, Request};
pub use schema::{goal_schema, request_schema};
pub use statistics::{PERCENTILES, Summary};
