//! The reply of `/historical-data` as a table.

use std::{collections::BTreeMap, fmt::Write as _};

use chrono::NaiveDate;

use super::{
    HistoricalData,
    reply::{Answer, Value},
};

impl HistoricalData<'_> {
    /// A table: `date`, then a column for each series, with a row for every day that one of them has at this resolution and
    /// an empty cell where another has none. Single figures are columns only where they are asked for by name; their value
    /// stands in the row of the day that they are of.
    #[must_use]
    pub fn to_csv(self) -> String {
        let by_name = self.has_names();
        let columns: Vec<Answer<'_>> = self
            .fields()
            .filter(|answer| by_name || matches!(answer.value, Value::Series(_) | Value::NoSeries))
            .collect();
        let mut rows: BTreeMap<NaiveDate, Vec<Option<f64>>> = BTreeMap::new();
        for (place, column) in columns.iter().enumerate() {
            for (date, value) in dated(&column.value) {
                rows.entry(date).or_insert_with(|| vec![None; columns.len()])[place] =
                    Some(value).filter(|value| value.is_finite());
            }
        }
        let mut table = String::with_capacity((rows.len() + 1) * (columns.len() + 1) * 20);
        table.push_str("date");
        for column in &columns {
            table.push(',');
            table.push_str(column.field.name());
        }
        table.push_str("\r\n");
        for (date, values) in &rows {
            // Writing to a String does not fail.
            let _ = write!(table, "{date}");
            for value in values {
                table.push(',');
                if let Some(value) = value {
                    let _ = write!(table, "{value}");
                }
            }
            table.push_str("\r\n");
        }
        table
    }
}

/// What a field holds, with the day of each value.
fn dated(value: &Value<'_>) -> Vec<(NaiveDate, f64)> {
    match value {
        Value::Series(series) => series.sampling().dates().zip(series.iter()).collect(),
        Value::Figure { value, as_of } => vec![(*as_of, *value)],
        Value::NoFigure | Value::NoSeries => Vec::new(),
    }
}
