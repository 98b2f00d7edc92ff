//! The chart of a sweep: medians with the bands around them, as an interface is to draw it.

use economy::Series;
use serde::Serialize;

use crate::Plan;

/// Series in one chart: as many as one can tell apart.
pub const MAX_LINES: usize = 12;

/// A chart's specification, like that of the MCP tool `provide_plot`: names, labels, units and the date key, no
/// numbers. What it names is found in the answer's `percentiles`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chart {
    /// What is drawn over time, against one axis for each unit.
    pub series: Vec<Line>,
    /// The date in the answer's `input` on which entry 0 of every list falls.
    pub start_date_key: &'static str,
    /// A few words above the chart.
    pub title: String,
    /// A sentence or two below it.
    pub description: String,
}

/// A series: a line, and the bands around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The series, as it is called in the answer.
    pub name: &'static str,
    /// What the legend calls it.
    pub label: String,
    /// Its unit.
    pub unit: &'static str,
    /// The percentile that is drawn as the line.
    pub line: &'static str,
    /// What is shaded, the widest first.
    pub bands: [Band; 2],
}

/// The area between two percentiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Band {
    /// The percentile below.
    pub low: &'static str,
    /// The percentile above.
    pub high: &'static str,
    /// What the legend calls it.
    pub label: &'static str,
}

const BANDS: [Band; 2] = [
    Band { low: "p5", high: "p95", label: "nine runs in ten" },
    Band { low: "p25", high: "p75", label: "half of the runs" },
];

impl Chart {
    /// The chart of some of a plan's series, or of all; of at most [`MAX_LINES`].
    #[must_use]
    pub fn of(plan: &Plan<'_>, series: &[Series]) -> Self {
        let wanted = plan.series().iter().filter(|one| series.is_empty() || series.contains(one));
        let series: Vec<Line> = wanted
            .take(MAX_LINES)
            .map(|one| Line {
                name: one.name(),
                label: format!("{}, median", one.name().replace('_', " ")),
                unit: one.unit(),
                line: "p50",
                bands: BANDS,
            })
            .collect();
        let names: Vec<_> = series.iter().map(|line| line.name.replace('_', " ")).collect();
        Self {
            title: format!("{}: range of {} runs", names.join(", "), plan.runs()),
            description: format!(
                "The line is the median of {} runs that differ in {}; the bands hold nine runs in ten and half of \
                 the runs.",
                plan.runs(),
                plan.inputs().join(", ")
            ),
            start_date_key: "sim_start_date",
            series,
        }
    }
}
