use chrono::NaiveDate;

use super::{DemoError, curve::Curve};

/// A small table as comma-separated values: `#` begins a comment line, the first other line names the columns, the first
/// column names the rows. No quoting.
pub(super) struct Table {
    file: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<&'static str>>,
}

impl Table {
    pub(super) fn read(file: &'static str, text: &'static str) -> Result<Self, DemoError> {
        let mut lines = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split(',').collect::<Vec<_>>());
        let columns = lines.next().unwrap_or_default();
        let table = Self { file, rows: lines.collect(), columns };
        match table.rows.iter().find(|row| row.len() != table.columns.len()) {
            Some(row) => Err(table.wrong(format!("line {:?} has not one entry a column", row.join(",")))),
            None => Ok(table),
        }
    }

    /// The number in a row and a column.
    pub(super) fn number(&self, row: &str, column: &str) -> Result<f64, DemoError> {
        let text = self.text(row, column)?;
        text.parse().map_err(|_| self.wrong(format!("{row}, {column}: {text:?} is no number")))
    }

    /// The date in a row and a column.
    pub(super) fn date(&self, row: &str, column: &str) -> Result<NaiveDate, DemoError> {
        let text = self.text(row, column)?;
        text.parse().map_err(|_| self.wrong(format!("{row}, {column}: {text:?} is no date")))
    }

    /// The curve through a column of monthly figures, as far as it is filled in; `place` says where in its month a
    /// figure belongs.
    pub(super) fn curve(&self, column: &str, place: fn(NaiveDate) -> f64) -> Result<Curve, DemoError> {
        let mut points = Vec::new();
        for row in &self.rows {
            let name = row.first().copied().unwrap_or_default();
            if !self.text(name, column)?.is_empty() {
                points.push((place(self.month(name)?), self.number(name, column)?));
            }
        }
        if points.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            Ok(Curve::through(&points))
        } else {
            Err(self.wrong("its months are not in order".to_owned()))
        }
    }

    /// The first day of the last month.
    pub(super) fn last_month(&self) -> Result<NaiveDate, DemoError> {
        self.month(self.rows.last().and_then(|row| row.first()).copied().unwrap_or_default())
    }

    fn month(&self, name: &str) -> Result<NaiveDate, DemoError> {
        format!("{name}-01").parse().map_err(|_| self.wrong(format!("{name:?} is no month")))
    }

    fn text(&self, row: &str, column: &str) -> Result<&'static str, DemoError> {
        let row_found = self.rows.iter().find(|entries| entries.first() == Some(&row));
        let column_found = self.columns.iter().position(|name| *name == column);
        match (row_found, column_found) {
            (Some(entries), Some(index)) => Ok(entries[index]),
            (None, _) => Err(self.wrong(format!("has no row {row:?}"))),
            (_, None) => Err(self.wrong(format!("has no column {column:?}"))),
        }
    }

    fn wrong(&self, detail: String) -> DemoError {
        DemoError::Table { file: self.file, detail }
    }
}
