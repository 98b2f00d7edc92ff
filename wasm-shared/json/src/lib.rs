//! Reads JSON that strangers send.
//!
//! A parser builds what it reads, and a small text can make a large tree: 1 MiB of `{}` after `{}` becomes tens of megabytes. A
//! WebAssembly memory never shrinks, so a single such body would stay with the instance for good. [`read`] therefore goes over
//! the bytes once before anything is built, counts what a tree of them would hold without allocating, and refuses what is
//! beyond the caller's [`Limits`]. Only then are they parsed.
//!
//! JSON also lets an object give a name twice, and parsers take the last of them, or the first, without a word: a proxy that stands
//! in front of the server may then read another value than the server does. [`Document::repeated`] names each such member.

mod count;
mod limits;
mod tree;

pub use count::check;
pub use limits::{Excess, Limits, Quantity};
use serde_json::Value;

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The value. Of a name that is given twice it has the last one.
    pub value: Value,
    /// Where a name is given twice: JSON Pointers (RFC 6901), each once, the first [`MOST_REPEATED`] of them.
    pub repeated: Vec<String>,
}

/// The most members that are named because they are given twice.
pub const MOST_REPEATED: usize = 20;

/// Why a text was not read.
#[derive(Debug)]
pub enum Refused {
    /// It holds more than the limits allow.
    TooMuch(Excess),
    /// It is not JSON; the parser says why and where.
    Malformed(serde_json::Error),
}

/// Reads a JSON text within `limits`.
///
/// # Errors
/// When it holds more than the limits allow, or is not JSON.
pub fn read(text: &[u8], limits: &Limits) -> Result<Document, Refused> {
    check(text, limits).map_err(Refused::TooMuch)?;
    tree::build(text).map_err(Refused::Malformed)
}
