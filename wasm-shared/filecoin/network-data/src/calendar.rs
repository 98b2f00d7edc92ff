//! Which days of a daily series a reply keeps, by the calendar.
//!
//! A [`Sampling`] knows only the date of a series' first entry, its length and the resolution; it yields the indices to
//! keep without holding a list of them. A [`Sampled`] pairs it with the values and serialises them in place, so no
//! series is ever copied on its way into a reply.
//!
//! ```
//! use chrono::NaiveDate;
//! use network_data::calendar::{Resolution, Sampling};
//!
//! // 2025-09-09 is a Tuesday: the first Monday of the series is six days on.
//! let start = NaiveDate::from_ymd_opt(2025, 9, 9).unwrap();
//! let weekly = Sampling::new(start, 30, Resolution::Weekly);
//! assert_eq!(weekly.iter().collect::<Vec<_>>(), [6, 13, 20, 27]);
//! assert_eq!(weekly.first_date(), NaiveDate::from_ymd_opt(2025, 9, 15));
//! ```

use std::{fmt, iter::FusedIterator, str::FromStr};

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeSeq};

use suggest::Unknown;

/// How densely a series is returned. A kept entry is the value of that very day, never a mean over the days between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resolution {
    /// Every day.
    Daily,
    /// Every Monday of the calendar, whatever day the series starts on.
    Weekly,
    /// The first day of every month.
    Monthly,
}

impl Resolution {
    /// Every resolution, from dense to sparse.
    pub const ALL: [Self; 3] = [Self::Daily, Self::Weekly, Self::Monthly];

    /// The name that requests and replies use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }

    /// Days from one kept entry to the next: 1, 7, or `None` for months, which are not equally long.
    #[must_use]
    pub const fn timestep_days(self) -> Option<u32> {
        match self {
            Self::Daily => Some(1),
            Self::Weekly => Some(7),
            Self::Monthly => None,
        }
    }
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Resolution {
    type Err = Unknown;

    /// Reads `daily`, `weekly` or `monthly`; anything else is refused with the nearest of them.
    fn from_str(text: &str) -> Result<Self, Unknown> {
        Self::ALL
            .into_iter()
            .find(|resolution| resolution.name() == text)
            .ok_or_else(|| Unknown::new(text, Self::ALL.map(Self::name)))
    }
}

/// The days kept of a daily series whose entry 0 is a given date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    start: NaiveDate,
    /// Index of the first kept day.
    first: usize,
    /// Number of kept days.
    kept: usize,
    resolution: Resolution,
}

impl Sampling {
    /// The sampling of a series of `len` daily entries, the first of them at `start`.
    ///
    /// Entries past the last date that chrono can name (year 262142) are not kept.
    #[must_use]
    pub fn new(start: NaiveDate, len: usize, resolution: Resolution) -> Self {
        let nameable =
            usize::try_from((NaiveDate::MAX - start).num_days()).map_or(usize::MAX, |days| days + 1);
        let len = len.min(nameable);
        let first = match resolution {
            Resolution::Daily => 0,
            Resolution::Weekly => (7 - start.weekday().days_since(Weekday::Mon) as usize) % 7,
            Resolution::Monthly => days_to_first_of_month(start).unwrap_or(len),
        };
        let sampling = Self { start, first, kept: 0, resolution };
        let kept = match (len.checked_sub(first + 1), resolution) {
            (None, _) => 0,
            (Some(after_first), Resolution::Daily) => after_first + 1,
            (Some(after_first), Resolution::Weekly) => after_first / 7 + 1,
            (Some(after_first), Resolution::Monthly) => {
                // `first` and the series' last day are both nameable, see `len`.
                let first_month = start + Days::new(first as u64);
                let last = first_month + Days::new(after_first as u64);
                months_since_zero(last) - months_since_zero(first_month) + 1
            }
        };
        Self { kept, ..sampling }
    }

    /// Number of entries kept.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.kept
    }

    /// Whether no day is kept, as when a short series holds no Monday.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.kept == 0
    }

    /// The resolution it was made with.
    #[must_use]
    pub const fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// Days from one kept entry to the next, `None` for months.
    #[must_use]
    pub const fn timestep_days(&self) -> Option<u32> {
        self.resolution.timestep_days()
    }

    /// The date of the first kept entry.
    #[must_use]
    pub fn first_date(&self) -> Option<NaiveDate> {
        self.dates().next()
    }

    /// The date of the last kept entry.
    #[must_use]
    pub fn last_date(&self) -> Option<NaiveDate> {
        self.dates().next_back()
    }

    /// Indices of the kept entries in the daily series, ascending.
    #[must_use]
    pub fn iter(&self) -> Indices {
        Indices { sampling: *self, range: 0..self.kept }
    }

    /// Dates of the kept entries, ascending.
    #[must_use]
    pub fn dates(&self) -> impl DoubleEndedIterator<Item = NaiveDate> + ExactSizeIterator + use<> {
        let start = self.start;
        self.iter().map(move |index| start + Days::new(index as u64))
    }

    /// The kept entries of `values`, whose entry 0 is this sampling's start date; a series shorter than the sampling
    /// was made for is followed to its own end.
    #[must_use]
    pub fn of<'a>(&self, values: &'a [f64]) -> Sampled<'a> {
        let sampling = match self.iter().next_back() {
            Some(last) if last >= values.len() => Self::new(self.start, values.len(), self.resolution),
            _ => *self,
        };
        Sampled { values, sampling }
    }

    fn index(&self, nth: usize) -> usize {
        match self.resolution {
            Resolution::Daily => nth,
            Resolution::Weekly => self.first + 7 * nth,
            Resolution::Monthly => {
                let first_month = self.start + Days::new(self.first as u64);
                let month = first_month + Months::new(nth as u32);
                (month - self.start).num_days() as usize
            }
        }
    }
}

impl IntoIterator for &Sampling {
    type Item = usize;
    type IntoIter = Indices;

    fn into_iter(self) -> Indices {
        self.iter()
    }
}

/// Iterator over the kept indices of a [`Sampling`].
#[derive(Clone, Debug)]
pub struct Indices {
    sampling: Sampling,
    range: std::ops::Range<usize>,
}

impl Iterator for Indices {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.range.next().map(|nth| self.sampling.index(nth))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl DoubleEndedIterator for Indices {
    fn next_back(&mut self) -> Option<usize> {
        self.range.next_back().map(|nth| self.sampling.index(nth))
    }
}

impl ExactSizeIterator for Indices {}
impl FusedIterator for Indices {}

/// A daily series seen through a [`Sampling`]; serialises as a list of numbers at full precision, NaN and infinities as
/// `null`, without copying the series.
#[derive(Clone, Copy, Debug)]
pub struct Sampled<'a> {
    values: &'a [f64],
    sampling: Sampling,
}

impl Sampled<'_> {
    /// The sampling in force: its length is the number of values kept.
    #[must_use]
    pub const fn sampling(&self) -> &Sampling {
        &self.sampling
    }

    /// The kept values.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = f64> + ExactSizeIterator {
        self.sampling.iter().map(|index| self.values[index])
    }
}

impl Serialize for Sampled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.sampling.len()))?;
        for value in self.iter() {
            list.serialize_element(&value.is_finite().then_some(value))?;
        }
        list.end()
    }
}

fn days_to_first_of_month(date: NaiveDate) -> Option<usize> {
    if date.day() == 1 {
        return Some(0);
    }
    let next_month = date.with_day(1)?.checked_add_months(Months::new(1))?;
    usize::try_from((next_month - date).num_days()).ok()
}

fn months_since_zero(date: NaiveDate) -> usize {
    // Only differences of two dates are used, the later one minus the earlier one.
    (i64::from(date.year()) * 12 + i64::from(date.month0()) + 12 * 300_000) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn dates(start: &str, len: usize, resolution: Resolution) -> Vec<String> {
        Sampling::new(day(start), len, resolution).dates().map(|date| date.to_string()).collect()
    }

    #[test]
    fn a_weekly_series_starts_at_the_first_monday_on_or_after_its_first_day() {
        assert_eq!(dates("2025-09-09", 14, Resolution::Weekly), ["2025-09-15", "2025-09-22"]);
        assert_eq!(
            dates("2022-10-10", 8, Resolution::Weekly),
            ["2022-10-10", "2022-10-17"],
            "a Monday is kept itself"
        );
    }

    #[test]
    fn a_monthly_series_holds_the_first_of_each_month_through_leap_years() {
        assert_eq!(
            dates("2024-01-31", 62, Resolution::Monthly),
            ["2024-02-01", "2024-03-01", "2024-04-01"],
            "29 days of February; 2024-04-01 is the last of 62 days"
        );
        assert_eq!(dates("2024-01-31", 61, Resolution::Monthly), ["2024-02-01", "2024-03-01"]);
        assert_eq!(dates("2022-11-01", 31, Resolution::Monthly), ["2022-11-01", "2022-12-01"]);
    }

    #[test]
    fn a_series_too_short_for_the_resolution_keeps_nothing_and_names_no_date() {
        for (start, len, resolution) in [
            ("2025-09-09", 6, Resolution::Weekly),
            ("2025-09-02", 29, Resolution::Monthly),
            ("2025-09-09", 0, Resolution::Daily),
        ] {
            let sampling = Sampling::new(day(start), len, resolution);
            assert!(sampling.is_empty());
            assert_eq!((sampling.first_date(), sampling.last_date()), (None, None));
            assert_eq!(serde_json::to_string(&sampling.of(&[])).unwrap(), "[]");
        }
    }

    #[test]
    fn numbers_leave_at_full_precision_and_what_is_no_number_leaves_as_null() {
        let values = [0.1 + 0.2, f64::NAN, f64::INFINITY, 5e-324, f64::NEG_INFINITY];
        let sampled = Sampling::new(day("2025-09-09"), 5, Resolution::Daily).of(&values);
        assert_eq!(serde_json::to_string(&sampled).unwrap(), "[0.30000000000000004,null,null,5e-324,null]");
    }

    #[test]
    fn an_absurd_length_is_cut_where_dates_end_instead_of_panicking() {
        for resolution in Resolution::ALL {
            let sampling = Sampling::new(NaiveDate::MAX - Days::new(40), usize::MAX, resolution);
            assert!(sampling.dates().all(|date| date <= NaiveDate::MAX));
            assert!(!sampling.is_empty());
        }
    }

    #[test]
    fn a_misspelled_resolution_is_answered_with_the_nearest_one() {
        let error = "weekley".parse::<Resolution>().unwrap_err();
        assert_eq!(error.to_string(), "\"weekley\" is not known; did you mean \"weekly\"?");
    }

    proptest! {
        #[test]
        fn the_kept_days_are_exactly_those_of_the_calendar(offset in 0u64..3000, len in 0usize..1500) {
            let start = day("2020-10-15") + Days::new(offset);
            let keeps = |resolution, date: NaiveDate| match resolution {
                Resolution::Daily => true,
                Resolution::Weekly => date.weekday() == Weekday::Mon,
                Resolution::Monthly => date.day() == 1,
            };
            for resolution in Resolution::ALL {
                let expected: Vec<usize> = (0..len).filter(|&i| keeps(resolution, start + Days::new(i as u64))).collect();
                let sampling = Sampling::new(start, len, resolution);
                prop_assert_eq!(sampling.len(), expected.len());
                prop_assert_eq!(sampling.iter().rev().collect::<Vec<_>>(), expected.iter().rev().copied().collect::<Vec<_>>());
                prop_assert_eq!(sampling.iter().collect::<Vec<_>>(), expected);
            }
        }

        #[test]
        fn a_shorter_series_of_the_same_start_is_followed_to_its_own_end(len in 0usize..400, shorter in 0usize..400) {
            let shorter = shorter.min(len);
            let values: Vec<f64> = (0..shorter).map(|i| i as f64).collect();
            for resolution in Resolution::ALL {
                let kept: Vec<f64> = Sampling::new(day("2022-10-10"), len, resolution).of(&values).iter().collect();
                let own: Vec<f64> = Sampling::new(day("2022-10-10"), shorter, resolution).iter().map(|i| i as f64).collect();
                prop_assert_eq!(kept, own);
            }
        }
    }
}
