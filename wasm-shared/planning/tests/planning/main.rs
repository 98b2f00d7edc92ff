//! The planning agents without a server: what they take, how they work with a model, and what becomes of its answers.
#![expect(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

mod artifacts;
mod drafts;
mod inputs;
mod schemas;
mod writer;
