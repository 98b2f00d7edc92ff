//! What can be wrong with the shape of a forecast's inputs.

/// Why a forecast was refused. Every message names the input and says what it has to be.
///
/// Only shapes are refused. Values are the caller's to judge: a negative onboarding rate, a lock target of 60 or a NaN
/// is computed as the formulas have it, so that the reference model's own extreme cases can be reproduced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A vector does not have one entry for each day it is about.
    #[error("`{input}` has {found} entries and needs exactly {expected}: {reason}")]
    Length {
        /// The field of [`Assumptions`](crate::Assumptions), or `history.` and the field of [`History`](crate::History).
        input: &'static str,
        /// Entries it needs.
        expected: usize,
        /// Entries it has.
        found: usize,
        /// What the entries are for.
        reason: &'static str,
    },
    /// A number of days is zero.
    #[error("`{input}` is 0 and needs to be at least 1 day")]
    NoDays {
        /// The field of [`Assumptions`](crate::Assumptions).
        input: &'static str,
    },
    /// The history does not hold a day before the current one, so nothing can be carried forward from it.
    #[error(
        "`history.raw_power_eib` has {found} entries and needs at least 2: the start date and the current date"
    )]
    HistoryTooShort {
        /// Entries the history has.
        found: usize,
    },
}

/// Refuses a vector that does not have `expected` entries.
pub(crate) fn check_length(
    input: &'static str,
    found: usize,
    expected: usize,
    reason: &'static str,
) -> Result<(), ModelError> {
    if found == expected { Ok(()) } else { Err(ModelError::Length { input, expected, found, reason }) }
}
