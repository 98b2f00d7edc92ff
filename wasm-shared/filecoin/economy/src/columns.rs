//! The forecast's memory: one allocation, a column a series.

use core::ops::Range;

use crate::series::Series;

/// Every series that is not an alias, one behind the other. Zero until a stage of the model writes it.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    values: Vec<f64>,
    ranges: [Range<usize>; Series::COUNT],
}

impl Columns {
    pub(crate) fn new(history_days: usize, forecast_days: usize) -> Self {
        let mut ranges = [const { 0..0 }; Series::COUNT];
        let mut end = 0;
        for series in Series::ALL {
            ranges[series as usize] = if let Some(original) = series.alias_of() {
                ranges[original as usize].clone()
            } else {
                let start = end;
                end += series.span().len(history_days, forecast_days);
                start..end
            };
        }
        Self { values: vec![0.0; end], ranges }
    }

    pub(crate) fn get(&self, series: Series) -> &[f64] {
        &self.values[self.ranges[series as usize].clone()]
    }

    /// Several columns at once, to read and to write. Asking for a series twice, or for it and its alias, is a
    /// programming error.
    #[inline]
    pub(crate) fn get_mut<const COUNT: usize>(&mut self, series: [Series; COUNT]) -> [&mut [f64]; COUNT] {
        match self.values.get_disjoint_mut(series.map(|one| self.ranges[one as usize].clone())) {
            Ok(columns) => columns,
            Err(error) => unreachable!("columns overlap: {error}"),
        }
    }
}
