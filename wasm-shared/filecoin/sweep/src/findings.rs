//! The answer of a sweep.

use std::fmt::Write as _;

use chrono::NaiveDate;
use economy::Series;
use forecast::NumberField;
use network_data::calendar::Resolution;
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};
use serde_json::{Map, Value, json};

use crate::{
    Gathering, Plan, Summary,
    calibrated::Calibrated,
    chunk::{ChunkError, FLOORED_SUPPLY, NEGATIVE_POWER},
    request::{Threshold, When},
    statistics::{correlation, double_ranks},
};

/// What all runs together say. It serialises to the reply; what is NaN or infinite becomes `null`.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// The caller's own name for the sweep.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Another text of the caller's.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// How the runs differ: `grid`, `draws` or `bootstrap`.
    method: &'static str,
    /// How many there are.
    runs: usize,
    /// The values that all of them share, and the days of the lists below.
    input: Map<String, Value>,
    /// For each series, and each date, what the runs say.
    percentiles: Named<Bands>,
    /// Bands that were tried on the past, beside the percentiles, which were not.
    calibrated_bands: Calibrated,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thresholds: Vec<Crossing>,
    /// For each series, how its end value goes with each input.
    sensitivity: Named<Sensitivity>,
    /// The end of every run.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_values: Option<EndValues>,
    /// What a careful analyst would add.
    warnings: Vec<String>,
}

/// Values by name, in an order that means something.
#[derive(Clone, Debug)]
pub(crate) struct Named<T>(pub(crate) Vec<(&'static str, T)>);

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[derive(Clone, Debug, Serialize)]
struct Bands {
    unit: &'static str,
    p5: Vec<f64>,
    p25: Vec<f64>,
    p50: Vec<f64>,
    p75: Vec<f64>,
    p95: Vec<f64>,
    mean: Vec<f64>,
    /// Runs without a value on the date, where there are any: they are left out of the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    runs_without_value: Option<Vec<usize>>,
}

impl Bands {
    fn of(series: Series, summaries: &[Summary]) -> Self {
        let percentile = |place: usize| summaries.iter().map(|one| one.percentiles[place]).collect();
        let without: Vec<_> = summaries.iter().map(|one| one.without_value).collect();
        Self {
            unit: series.unit(),
            p5: percentile(0),
            p25: percentile(1),
            p50: percentile(2),
            p75: percentile(3),
            p95: percentile(4),
            mean: summaries.iter().map(|one| one.mean).collect(),
            runs_without_value: without.iter().any(|count| *count > 0).then_some(without),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct Crossing {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    series: &'static str,
    unit: &'static str,
    side: &'static str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<NaiveDate>,
    /// Runs that have a value beyond the threshold on one of the days that count.
    runs_across: usize,
    /// The same as a share of all runs.
    share: f64,
}

impl Crossing {
    fn of(threshold: &Threshold, crossed: &[u8]) -> Self {
        let runs_across = crossed.iter().filter(|crossed| **crossed > 0).count();
        let (when, by) = match threshold.when {
            When::Ever => (Some("ever"), None),
            When::AtEnd => (Some("at_end"), None),
            When::By(date) => (None, Some(date)),
        };
        Self {
            name: threshold.name.clone(),
            series: threshold.series.name(),
            unit: threshold.series.unit(),
            side: threshold.side.name(),
            value: threshold.value,
            when,
            by,
            runs_across,
            share: runs_across as f64 / crossed.len() as f64,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct Sensitivity {
    /// Spearman's rank correlation of each input with the end value; null where one of the two is the same in all runs.
    rank_correlation: Named<Option<f64>>,
    /// The input whose correlation is furthest from zero.
    matters_most: Option<&'static str>,
}

impl Sensitivity {
    /// Runs without an end value are left out.
    fn of(inputs: &[(&'static str, Vec<i64>)], all: &[Vec<f64>], end: &[f64]) -> Self {
        let complete = end.iter().all(|value| value.is_finite());
        let with_value = |values: &[f64]| -> Vec<f64> {
            let pairs = values.iter().zip(end).filter(|(_, end)| end.is_finite());
            pairs.map(|(value, _)| *value).collect()
        };
        let end_ranks = double_ranks(&with_value(end));
        let correlations: Vec<_> = inputs
            .iter()
            .zip(all)
            .map(|((name, ranks), values)| {
                let correlation = if complete {
                    correlation(ranks, &end_ranks)
                } else {
                    correlation(&double_ranks(&with_value(values)), &end_ranks)
                };
                (*name, correlation)
            })
            .collect();
        // The first of several that are equally far from zero.
        let mut matters_most: Option<(&str, f64)> = None;
        for (name, size) in
            correlations.iter().filter_map(|(name, correlation)| Some((*name, correlation.as_ref()?.abs())))
        {
            if size > matters_most.map_or(0.0, |(_, most)| most) {
                matters_most = Some((name, size));
            }
        }
        Self { rank_correlation: Named(correlations), matters_most: matters_most.map(|(name, _)| name) }
    }
}

#[derive(Clone, Debug, Serialize)]
struct EndValues {
    /// The horizon's last day.
    date: Option<NaiveDate>,
    /// One entry a run: the value that it assumes, or the mean of its daily values over the horizon.
    inputs: Named<Vec<f64>>,
    /// One entry a run: the value on that day.
    series: Named<Vec<f64>>,
}

impl Findings {
    pub(crate) fn of(gathering: Gathering<'_>) -> Result<Self, ChunkError> {
        let Gathering { plan, inputs, ends, crossed, flags, summaries, .. } = gathering;
        let dates = plan.sampling.len();
        let summaries: Vec<Summary> =
            summaries.into_iter().collect::<Option<_>>().ok_or(ChunkError::Missing(0..plan.runs()))?;
        let names = plan.inputs();
        let ranked: Vec<_> =
            names.iter().zip(&inputs).map(|(name, values)| (*name, double_ranks(values))).collect();
        let series = plan.series().iter().enumerate();
        let percentiles = series.clone().map(|(place, one)| {
            (one.name(), Bands::of(*one, &summaries[place * dates..(place + 1) * dates]))
        });
        let sensitivity =
            series.clone().map(|(place, one)| (one.name(), Sensitivity::of(&ranked, &inputs, &ends[place])));
        let thresholds = plan
            .request
            .thresholds
            .iter()
            .zip(&crossed)
            .map(|(threshold, runs)| Crossing::of(threshold, runs));
        let mut warnings = plan.warnings.clone();
        warnings.extend(of_runs(&flags, plan));
        Ok(Self {
            name: plan.request.name.clone(),
            label: plan.request.label.clone(),
            method: plan.request.method.name(),
            runs: plan.runs(),
            input: input(plan),
            percentiles: Named(percentiles.collect()),
            calibrated_bands: Calibrated::of(plan),
            thresholds: thresholds.collect(),
            sensitivity: Named(sensitivity.collect()),
            end_values: Some(EndValues {
                date: last_day(plan),
                inputs: Named(names.into_iter().zip(inputs).collect()),
                series: Named(plan.series().iter().map(|one| one.name()).zip(ends).collect()),
            }),
            warnings,
        })
    }

    /// Runs that were computed.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// Warnings, as those of a forecast. The caller adds those about the data's age.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Adds a warning.
    pub fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// The same without the end of every run: for a reader that has no use for ten thousand lines, such as a language
    /// model.
    #[must_use]
    pub fn without_end_values(self) -> Self {
        Self { end_values: None, ..self }
    }

    /// The end of every run as a table: `run`, a column an input, a column a series; an empty cell where there is no
    /// value. `None` after [`Self::without_end_values`].
    #[must_use]
    pub fn end_values_csv(&self) -> Option<String> {
        let ends = self.end_values.as_ref()?;
        let columns: Vec<_> = ends.inputs.0.iter().chain(&ends.series.0).collect();
        // About twenty characters a number.
        let mut table = String::with_capacity((columns.len() + 1) * (self.runs + 1) * 20);
        table.push_str("run");
        for (name, _) in &columns {
            table.push(',');
            table.push_str(name);
        }
        table.push_str("\r\n");
        for run in 0..self.runs {
            // Writing to a String does not fail.
            let _ = write!(table, "{run}");
            for (_, values) in &columns {
                table.push(',');
                if values[run].is_finite() {
                    let _ = write!(table, "{}", values[run]);
                }
            }
            table.push_str("\r\n");
        }
        Some(table)
    }
}

fn last_day(plan: &Plan<'_>) -> Option<NaiveDate> {
    plan.snapshot.current_date().checked_add_days(chrono::Days::new(plan.base.forecast_days() as u64 - 1))
}

/// What the runs share, as the reply of `/simulate` says it.
fn input(plan: &Plan<'_>) -> Map<String, Value> {
    let mut input = Map::new();
    let mut say = |name: &str, value: Value| {
        input.insert(name.to_owned(), value);
    };
    say("current date", json!(plan.snapshot.current_date()));
    say("data_source", json!(plan.snapshot.source()));
    say("forecast_length_days", json!(plan.base.forecast_days()));
    say("sector_duration_days", json!(plan.base.sector_duration_days()));
    let varied = plan.varied();
    for shared in NumberField::ALL.into_iter().filter(|one| !varied.contains(one)) {
        say(shared.field().reply_name, json!(plan.base.stated(shared)));
    }
    let sampling = &plan.sampling;
    say("resolution", json!(sampling.resolution().name()));
    say("sim_start_date", json!(sampling.first_date()));
    say("sim_end_date", json!(sampling.last_date()));
    say("timestep_days", json!(sampling.timestep_days()));
    say("n_entries", json!(sampling.len()));
    if sampling.resolution() == Resolution::Monthly {
        // Months are not equally long, so the days are listed.
        say("dates", json!(sampling.dates().collect::<Vec<_>>()));
    }
    input
}

/// What is to be said of the runs that left what the model is made for.
fn of_runs(flags: &[u8], plan: &Plan<'_>) -> Vec<String> {
    let told = [
        (
            NEGATIVE_POWER,
            "power becomes negative: more expires than there is, because the model has no floor",
        ),
        (FLOORED_SUPPLY, "locked FIL, circulating or available supply reaches the model's floor of zero"),
    ];
    let warnings = told.into_iter().filter_map(|(flag, what)| {
        let runs = flags.iter().filter(|flags| **flags & flag > 0).count();
        (runs > 0).then(|| {
            format!("In {runs} of {} runs {what}. Their numbers have no meaning from then on.", plan.runs())
        })
    });
    warnings.collect()
}
