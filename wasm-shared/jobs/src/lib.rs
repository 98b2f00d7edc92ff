//! Jobs: work that goes on after its request was answered, in chunks, on whatever the platform has for that.
//!
//! This crate keeps records and decides; it knows nothing of what a tool does: whoever delivers its messages gives it what runs a tool's
//! steps ([`RunStep`]).
//!
//! ```text
//! submit ─► queued ─► processing ─► completed
//!              │           ├──────► failed      (a step failed four times, or its worker died ten times)
//!              └───────────┴──────► cancelled
//! ```
//!
//! - [`Job`] is the record and the state machine: pure, without clock or store. Work is cut into *steps*: the chunks, in any
//!   order, and the last step that puts them together. Whoever runs a step *claims* it first, for [`LEASE`] (longer where its topic is slow); a claim that was not
//!   settled by then may be taken over.
//! - [`JobStore`] keeps records in the database. Every change is a compare-and-set of the whole record, in one transaction with the
//!   events and the webhooks that it causes. So a step may run several times (its worker died, its message came twice), and its result
//!   is applied once: that of the claim that settled first.
//! - [`deliver`] runs one step for one message of the queue. On Cloudflare the platform delivers messages, natively a worker of the
//!   process, on Spin requests and a schedule. Messages only say that there may be work: the record decides. [`tend`] sends
//!   again what was lost, and removes what is due.
//! - [`approval`] keeps jobs back until a reviewer allows them.
//! - [`webhook`] tells the outside, signed as Standard Webhooks has it.

pub mod approval;
mod job;
mod random;
mod results;
mod store;
#[cfg(feature = "mcp")]
mod tasks;
mod tend;
mod tool;
pub mod view;
pub mod webhook;
mod work;

pub use job::{
    Approval, Claim, Event, Failed, Failure, Job, Kind, LEASE, MOST_ATTEMPTS, MOST_CHUNKS, MOST_STARTS,
    MOST_TURNS, Millis, NewJob, Output, Priority, RETRIES, SLOW_TOPIC, Status, Step, TOPIC, Told,
};
pub use random::token;
pub use results::output;
pub use store::{Cursor, JobStore, Limits, Page, Submission, Submitted, Write};
#[cfg(feature = "mcp")]
pub use tasks::{LimitsOf, Tasks};
pub use tend::tend;
pub use tool::{Done, FindTool, Product, RunStep, Running, Work};
pub use work::{cancel, deliver, submit};
