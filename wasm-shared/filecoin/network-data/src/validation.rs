//! What a snapshot must be before anything is computed from it.
//!
//! Two stages: its *shape* (dates, lengths, finite numbers), on which the code relies and which therefore holds for
//! every [`Snapshot`](crate::Snapshot), also one read from storage; and its *plausibility* (signs, magnitudes, what
//! figures must have to do with each other), which is demanded of figures that enter, so that a mistake of unit or a
//! swapped column is refused with the field, the day and the remedy instead of giving a wrong forecast.

mod continuity;
mod plausibility;
mod shape;

use std::fmt;

use chrono::NaiveDate;

pub use continuity::continuity;
pub(crate) use plausibility::plausibility;
pub use shape::{FEWEST_HISTORY_DAYS, LATEST_CURRENT_DATE, LONGEST_COLUMN};
pub(crate) use shape::{refuse_source, shape};

/// Problems reported at once; a file that is wrong throughout need not be listed throughout.
const MOST_REPORTED: usize = 50;

/// One thing that is wrong with a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The field, as a JSON pointer into the JSON form, with the index of the entry where it is one entry.
    pub pointer: String,
    /// The day concerned, where it is one day.
    pub day: Option<NaiveDate>,
    /// What is wrong and what to do about it.
    pub detail: String,
}

impl Finding {
    pub(crate) fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), day: None, detail: detail.into() }
    }

    pub(crate) fn on(
        pointer: impl Into<String>,
        day: impl Into<Option<NaiveDate>>,
        detail: impl Into<String>,
    ) -> Self {
        Self { pointer: pointer.into(), day: day.into(), detail: detail.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pointer)?;
        if let Some(day) = self.day {
            write!(f, " ({day})")?;
        }
        write!(f, " {}", self.detail)
    }
}

/// A snapshot was refused: everything that is wrong with it, up to 50 problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    problems: Vec<Finding>,
    unreported: usize,
}

impl Refused {
    /// The problems, in the order of the JSON form; at least one.
    #[must_use]
    pub fn problems(&self) -> &[Finding] {
        &self.problems
    }

    /// How many more problems there are than [`problems`](Self::problems) lists.
    #[must_use]
    pub const fn unreported(&self) -> usize {
        self.unreported
    }
}

impl From<Finding> for Refused {
    fn from(problem: Finding) -> Self {
        Self { problems: vec![problem], unreported: 0 }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the snapshot is refused: ")?;
        for (nth, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if nth == 0 { "" } else { "; " })?;
        }
        match self.unreported {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for Refused {}

/// Collects problems.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    problems: Vec<Finding>,
    unreported: usize,
}

impl Findings {
    pub(crate) fn add(&mut self, problem: Finding) {
        if self.is_full() {
            self.unreported += 1;
        } else {
            self.problems.push(problem);
        }
    }

    /// Reports the first entry of a list for which `wrong` gives a reason, and how many more there are.
    pub(crate) fn first_wrong<'v>(
        &mut self,
        pointer: &str,
        values: &'v [f64],
        day: impl Fn(usize) -> Option<NaiveDate>,
        wrong: impl Fn(usize, &'v [f64]) -> Option<String>,
    ) {
        let mut found =
            (0..values.len()).filter_map(|index| wrong(index, values).map(|reason| (index, reason)));
        if let Some((index, mut reason)) = found.next() {
            let more = found.count();
            if more > 0 {
                reason = format!("{reason} (and {more} more in this list)");
            }
            self.add(Finding::on(format!("{pointer}/{index}"), day(index), reason));
        }
    }

    /// Whether further problems are only counted, so that their words need not be found.
    pub(crate) const fn is_full(&self) -> bool {
        self.problems.len() >= MOST_REPORTED
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    pub(crate) fn into_result(self) -> Result<(), Refused> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(Refused { problems: self.problems, unreported: self.unreported })
        }
    }
}
