//! How much a text may hold.

use std::fmt;

/// How much a text may hold. Each quantity stands for memory that a parsed value takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes: usize,
    /// Objects and lists inside one another; 64 at most.
    pub depth: usize,
    /// Objects and lists together.
    pub containers: usize,
    /// Members of all objects together.
    pub members: usize,
    /// Values of every kind together, from the whole text down to each number.
    pub values: usize,
    /// Bytes of all names and texts together, as they are written.
    pub text_bytes: usize,
}

/// A quantity that is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Bytes of the text.
    Bytes,
    /// Objects and lists inside one another.
    Depth,
    /// Objects and lists.
    Containers,
    /// Members of objects.
    Members,
    /// Values.
    Values,
    /// Bytes of names and texts.
    TextBytes,
}

/// A limit that a text exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// The quantity that exceeds it.
    pub quantity: Quantity,
    /// The most that is read.
    pub limit: usize,
}

/// Part of a sentence: "holds more than 64 objects and lists".
impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = self.limit;
        match self.quantity {
            Quantity::Bytes if limit >= 1 << 20 && limit.is_multiple_of(1 << 20) => {
                write!(f, "is larger than {} MiB", limit >> 20)
            }
            Quantity::Bytes if limit >= 1 << 10 && limit.is_multiple_of(1 << 10) => {
                write!(f, "is larger than {} KiB", limit >> 10)
            }
            Quantity::Bytes => write!(f, "is larger than {limit} bytes"),
            Quantity::Depth => write!(f, "holds objects and lists more than {limit} levels deep"),
            Quantity::Containers => write!(f, "holds more than {limit} objects and lists"),
            Quantity::Members => write!(f, "holds more than {limit} members of objects"),
            Quantity::Values => write!(f, "holds more than {limit} values"),
            Quantity::TextBytes => write!(f, "holds more than {limit} bytes of names and texts"),
        }
    }
}

impl std::error::Error for Excess {}
