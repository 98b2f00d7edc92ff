//! Questions in words, with a model that says what a test wants and this service's own tools.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;
mod loops;
mod numbers;
mod replies;

#[path = "../../../../wasm-shared/models/tests/models/double.rs"]
#[expect(dead_code, reason = "the tests of the crate `models` use the rest")]
mod double;
