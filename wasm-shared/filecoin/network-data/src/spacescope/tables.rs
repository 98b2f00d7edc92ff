use chrono::{Days, NaiveDate};

use super::{ReplyError, Statistic};
use crate::validation::LONGEST_COLUMN;

/// The daily rows of every statistic.
#[derive(Clone, Debug, Default)]
pub struct Tables([Table; Statistic::ALL.len()]);

/// The rows of a statistic from its first day on, one after the other, each as long as there are fields. A day without a row has NaN,
/// which no figure is.
#[derive(Clone, Debug, Default)]
struct Table(Vec<f64>);

impl Tables {
    /// Takes in a day's row, in the place of one that was there. A day before the statistic's first, or a hundred years after it,
    /// is left out, and so is a row of another number of figures than there are fields.
    pub fn insert(&mut self, statistic: Statistic, day: NaiveDate, figures: &[f64]) {
        let width = statistic.fields().len();
        let index =
            index_of(statistic, day).filter(|index| *index < LONGEST_COLUMN && figures.len() == width);
        let Some(row) = index.map(|index| index * width..(index + 1) * width) else { return };
        let Table(rows) = self.table_mut(statistic);
        if rows.len() < row.end {
            rows.resize(row.end, f64::NAN);
        }
        if let Some(row) = rows.get_mut(row) {
            row.copy_from_slice(figures);
        }
    }

    /// The newest day up to which the statistic has data without a gap, or `None` where its first day is missing.
    ///
    /// # Errors
    /// There is a hole: a day is missing before days that are there.
    pub fn newest(&self, statistic: Statistic) -> Result<Option<NaiveDate>, ReplyError> {
        let (first, days) = (statistic.first_day(), self.days(statistic));
        let missing = (0..days).find(|index| !self.has(statistic, *index));
        // Nothing has to be scheduled for each day of the future.
        if let Some(missing) = missing
            && statistic != Statistic::Expirations
        {
            return Err(ReplyError::new(statistic, "the day is missing before days that are there")
                .on(first + Days::new(missing as u64)));
        }
        Ok(missing.unwrap_or(days).checked_sub(1).map(|last| first + Days::new(last as u64)))
    }

    /// The newest day on which every statistic has data: the current date of the snapshot to come.
    ///
    /// # Errors
    /// A statistic has no data at all, or a hole.
    pub fn current_date(&self) -> Result<NaiveDate, ReplyError> {
        let mut current = NaiveDate::MAX;
        for statistic in Statistic::ALL {
            let newest = self.newest(statistic)?.ok_or_else(|| {
                ReplyError::new(statistic, "there is no data from this day on").on(statistic.first_day())
            })?;
            current = current.min(newest);
        }
        Ok(current)
    }

    /// The last day that has a row, whatever is missing before it.
    pub(super) fn last_day(&self, statistic: Statistic) -> Option<NaiveDate> {
        let days = self.days(statistic).checked_sub(1)?;
        Some(statistic.first_day() + Days::new(days as u64))
    }

    /// The figures of a field.
    pub(super) fn column(&self, statistic: Statistic, field: &str) -> Column<'_> {
        let fields = statistic.fields();
        Column {
            rows: &self.table(statistic).0,
            statistic,
            position: fields.iter().position(|known| *known == field),
        }
    }

    /// The rows as bytes, for [`Self::unpack`] of the same release.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let numbers: usize = self.0.iter().map(|Table(rows)| rows.len()).sum();
        let mut packed = Vec::with_capacity(8 * (self.0.len() + numbers));
        for Table(rows) in &self.0 {
            packed.extend_from_slice(&(rows.len() as u64).to_le_bytes());
            for figure in rows {
                packed.extend_from_slice(&figure.to_le_bytes());
            }
        }
        packed
    }

    /// Reads what [`Self::pack`] wrote; `None` where it is something else.
    #[must_use]
    pub fn unpack(packed: &[u8]) -> Option<Self> {
        let mut tables = Self::default();
        let mut rest = packed;
        for statistic in Statistic::ALL {
            let (length, after) = rest.split_first_chunk()?;
            let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
            let (figures, after) = after.split_at_checked(length.checked_mul(8)?)?;
            let (figures, _) = figures.as_chunks();
            tables.table_mut(statistic).0 = figures.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
            rest = after;
        }
        let whole =
            |statistic: Statistic| tables.table(statistic).0.len().is_multiple_of(statistic.fields().len());
        (rest.is_empty() && Statistic::ALL.into_iter().all(whole)).then_some(tables)
    }

    fn table(&self, statistic: Statistic) -> &Table {
        &self.0[statistic as usize]
    }

    fn table_mut(&mut self, statistic: Statistic) -> &mut Table {
        &mut self.0[statistic as usize]
    }

    /// Days from the first to the last that has a row.
    fn days(&self, statistic: Statistic) -> usize {
        self.table(statistic).0.len() / statistic.fields().len()
    }

    /// Whether a day, counted from the statistic's first, has a row.
    fn has(&self, statistic: Statistic, index: usize) -> bool {
        let width = statistic.fields().len();
        self.table(statistic).0.get(index * width).is_some_and(|figure| !figure.is_nan())
    }
}

/// The figures of one field of one statistic.
#[derive(Clone, Copy)]
pub(super) struct Column<'a> {
    rows: &'a [f64],
    statistic: Statistic,
    /// Where the field stands in a row.
    position: Option<usize>,
}

impl Column<'_> {
    /// A figure of a day; zero where there is none, which [`Tables::current_date`] rules out for days of the past.
    pub(super) fn on(self, day: NaiveDate) -> f64 {
        let width = self.statistic.fields().len();
        let figure =
            index_of(self.statistic, day).and_then(|index| self.rows.get(index * width + self.position?));
        figure.copied().filter(|figure| !figure.is_nan()).unwrap_or(0.0)
    }
}

/// Days from the statistic's first.
fn index_of(statistic: Statistic, day: NaiveDate) -> Option<usize> {
    usize::try_from((day - statistic.first_day()).num_days()).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;

    const DEALS: Statistic = Statistic::Deals;

    fn after(days: u64) -> NaiveDate {
        DEALS.first_day() + Days::new(days)
    }

    fn tables(days: &[u64]) -> Tables {
        let mut tables = Tables::default();
        for day in days {
            tables.insert(DEALS, after(*day), &[*day as f64, 0.5]);
        }
        tables
    }

    #[test]
    fn rows_in_any_order_end_on_the_newest_day() {
        assert_eq!(Tables::default().newest(DEALS), Ok(None));
        let tables = tables(&[2, 0, 1]);
        assert_eq!(tables.newest(DEALS), Ok(Some(after(2))));
        assert_eq!(tables.column(DEALS, DEALS.fields()[0]).on(after(1)).to_bits(), 1.0_f64.to_bits());
        assert_eq!(tables.column(DEALS, DEALS.fields()[0]).on(after(3)).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn a_day_that_is_missing_before_others_is_named() {
        for (days, missing) in [(&[0, 2][..], 1), (&[1], 0)] {
            assert_eq!(tables(days).newest(DEALS).unwrap_err().day, Some(after(missing)), "{days:?}");
        }
    }

    #[test]
    fn the_table_of_expirations_may_have_gaps_which_count_as_nothing() {
        let (expirations, field) = (Statistic::Expirations, Statistic::Expirations.fields()[0]);
        let mut tables = Tables::default();
        for day in [0, 1, 5] {
            tables.insert(expirations, after(day), &[7.0; 8]);
        }
        assert_eq!(tables.newest(expirations), Ok(Some(after(1))));
        assert_eq!(tables.last_day(expirations), Some(after(5)));
        assert_eq!(tables.column(expirations, field).on(after(3)).to_bits(), 0.0_f64.to_bits());
        assert_eq!(tables.column(expirations, field).on(after(5)).to_bits(), 7.0_f64.to_bits());
    }

    #[test]
    fn days_out_of_reach_and_rows_of_another_width_are_left_out() {
        let mut tables = tables(&[0]);
        tables.insert(DEALS, DEALS.first_day() - Days::new(1), &[1.0, 1.0]);
        tables.insert(DEALS, after(LONGEST_COLUMN as u64), &[1.0, 1.0]);
        tables.insert(DEALS, NaiveDate::MAX, &[1.0, 1.0]);
        assert_eq!(tables.newest(DEALS), Ok(Some(after(0))));
    }

    #[test]
    fn packed_rows_come_back_to_the_bit_and_what_is_cut_does_not() {
        let mut written = tables(&[0, 1, 3]);
        written.insert(Statistic::Expirations, after(2), &[0.1; 8]);
        let packed = written.pack();
        let read = Tables::unpack(&packed).unwrap();
        assert_eq!(read.pack(), packed);
        assert_eq!(read.newest(DEALS), written.newest(DEALS));
        assert_eq!(read.last_day(Statistic::Expirations), Some(after(2)));
        for length in 0..packed.len() {
            assert!(Tables::unpack(&packed[..length]).is_none(), "{length}");
        }
        assert!(Tables::unpack(&[packed, vec![0]].concat()).is_none());
    }
}
