//! The judge judged: it sees what is broken, knows nothing of the future, and finds on the demonstration network what it found
//! when its table was made.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod broken;
mod demonstration;
mod past;
