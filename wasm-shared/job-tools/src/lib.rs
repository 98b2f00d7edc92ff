//! What can be done as a job: a table of [`Tool`]s, which says of each who may use it, how its input is read, and what runs its steps.
//!
//! Records, states and attempts are in `wasm-shared/jobs`, which knows no tool. A crate that has tools exports them as `static`s of
//! [`Tool`]; `functions/jobs` gathers the tables of the groups that are deployed (`src/tools.rs`, a row each), and whoever else submits
//! jobs takes single ones: [`new_job`], then [`jobs::submit`].
//!
//! A new tool:
//!
//! 1. `read` checks its input with the reader of the direct path, and says into how many chunks the work is cut. Chunks run at the same
//!    time and in any order; work whose parts follow one another has none, and is one step that says [`jobs::Done::Later`] after each
//!    part, with what it keeps for the next.
//! 2. `step` does a step ([`jobs::RunStep`]), with the services of the application that runs it. One that needs outgoing requests
//!    has the topic [`jobs::SLOW_TOPIC`]: then only `functions/jobs` takes its messages, and a step may take five minutes. All others
//!    have [`jobs::TOPIC`], and components without outgoing requests run them too.
//! 3. What a step does in the name of who asked, it does as [`on_behalf`] says: with the scopes that the caller had and the key still has,
//!    its owner and its budget (`models::Payer::of`), and, for tools that count what they cost, with [`permit`].
//! 4. A row in `functions/jobs/src/tools.rs`, behind the feature of its group; the settings and stores that it reads in
//!    `functions/jobs/Cargo.toml`, and `scripts/manifest`.
//!
//! On Spin nobody works messages off but requests: asking for a job's state runs the steps of [`jobs::TOPIC`], following its events and
//! the schedule (`POST /internal/jobs/drain`) also those of slow topics. Elsewhere both have workers of their own.

mod behalf;
mod drive;
mod tool;
pub mod webhooks;

pub use behalf::{on_behalf, permit};
pub use drive::{Driven, SETTINGS_FAILED, by_requests, deliver, drive};
pub use tool::{Asked, Plan, Reading, Refused, Tool, account, approval, limits, new_job};
