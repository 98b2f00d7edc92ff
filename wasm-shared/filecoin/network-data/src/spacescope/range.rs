use std::fmt;

use chrono::{Days, NaiveDate};

/// Days from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayRange {
    /// The first day.
    pub first: NaiveDate,
    /// The last day, not before the first.
    pub last: NaiveDate,
}

impl DayRange {
    /// How many days there are.
    #[must_use]
    pub fn days(&self) -> usize {
        usize::try_from((self.last - self.first).num_days() + 1).unwrap_or(0)
    }

    /// Whether a day is one of them.
    #[must_use]
    pub fn contains(&self, day: NaiveDate) -> bool {
        (self.first..=self.last).contains(&day)
    }

    /// The days, in order.
    pub fn iter(&self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take(self.days())
    }

    /// The longest runs of `days` (ascending), none of more than `longest` days.
    #[must_use]
    pub fn covering(days: impl IntoIterator<Item = NaiveDate>, longest: usize) -> Vec<Self> {
        let mut ranges: Vec<Self> = Vec::new();
        for day in days {
            match ranges.last_mut() {
                Some(range) if range.last + Days::new(1) == day && range.days() < longest => range.last = day,
                _ => ranges.push(Self { first: day, last: day }),
            }
        }
        ranges
    }
}

impl fmt::Display for DayRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.first, self.last)
    }
}
