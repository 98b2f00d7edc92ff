//! A sweep of one network: which runs there are, and what is kept of each.

use std::ops::Range;

use chrono::Days;
use economy::{Forecast, ModelError, Series, Workspace};
use forecast::{NumberField, PerDay, Refusal, Resolved};
use network_data::{
    Snapshot,
    calendar::{Resolution, Sampling},
};

use crate::{
    chunk::{ChunkError, ChunkResult, FLOORED_SUPPLY, Head, NEGATIVE_POWER, Shape, Writer},
    method::{Method, Past, Runs},
    reading::Reading,
    request::{Request, When, hash},
    shared::horizon,
};

/// The most series times output dates: what the answer has percentiles of.
pub const MAX_COLUMNS: usize = 20_000;

/// The most runs times series times output dates: ten thousand runs of five daily series over a year and a bit. Stored,
/// they are 160 MB.
pub const MAX_VALUES: usize = 20_000_000;

/// Forecasts of fewer days are told daily where no resolution is asked for, as those of `/simulate` are.
const DAYS_OF_SHORT_FORECASTS: usize = 28;

/// A sweep that can be computed.
#[derive(Debug)]
pub struct Plan<'a> {
    pub(crate) request: &'a Request,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) base: Resolved<'a>,
    past: Option<Past<'a>>,
    pub(crate) sampling: Sampling,
    /// The days of [`Self::sampling`], counted from the current date.
    days: Vec<usize>,
    /// For each threshold, the days that count.
    windows: Vec<Range<usize>>,
    shape: Shape,
    /// What the caller should know before any run.
    pub(crate) warnings: Vec<String>,
}

impl<'a> Plan<'a> {
    /// Plans a request for a network.
    ///
    /// # Errors
    ///
    /// Every field that this network has no days for, and a sweep that is larger than [`MAX_COLUMNS`] or [`MAX_VALUES`].
    pub fn new(request: &'a Request, snapshot: &'a Snapshot) -> Result<Self, Vec<Refusal>> {
        let mut reading = Reading::default();
        for warning in &request.warnings {
            reading.warn(warning.clone());
        }
        let past = match &request.method {
            Method::Bootstrap { last_days, .. } => match Past::of(snapshot, *last_days) {
                Ok(past) => Some(past),
                Err(detail) => {
                    reading.refuse("/bootstrap/last_days", detail);
                    None
                }
            },
            _ => None,
        };
        if past
            .as_ref()
            .is_some_and(|past| past.columns.iter().all(|(varied, _)| *varied != NumberField::FilPlusRate))
        {
            reading.warn(
                "The data have no daily FIL+ rate, so fpr is not drawn and is the same in every run."
                    .to_owned(),
            );
        }
        let days = request.days();
        let windows = windows(request, snapshot, &mut reading);
        let usual = if days < DAYS_OF_SHORT_FORECASTS { Resolution::Daily } else { Resolution::Weekly };
        let mut sampling = Sampling::new(snapshot.current_date(), days, request.resolution.unwrap_or(usual));
        if sampling.is_empty() {
            // A forecast of a few days may hold no Monday and no first of a month.
            sampling = Sampling::new(snapshot.current_date(), days, Resolution::Daily);
        }
        let columns = request.series.len() * sampling.len();
        let values = columns * request.runs();
        if columns > MAX_COLUMNS || values > MAX_VALUES {
            reading.refuse(
                "/output",
                format!(
                    "asks for {} series on {} dates from {} runs; a sweep has at most {MAX_COLUMNS} percentiles of a \
                     kind and {MAX_VALUES} values: name fewer series, a coarser resolution, fewer runs or fewer days",
                    request.series.len(),
                    sampling.len(),
                    request.runs()
                ),
            );
        }
        let warnings = reading.finish()?;
        let base = request.shared.resolve(snapshot, looked_at(request));
        let inputs = past.as_ref().map_or_else(|| request.method.varied().len(), |past| past.columns.len());
        let shape = Shape {
            // The same request of another network is another plan.
            fingerprint: hash(
                hash(request.fingerprint, &snapshot.fingerprint().to_le_bytes()),
                snapshot.current_date().to_string().as_bytes(),
            ),
            inputs,
            ends: request.series.len(),
            thresholds: request.thresholds.len(),
            columns,
        };
        let days = sampling.iter().collect();
        Ok(Self { request, snapshot, base, past, sampling, days, windows, shape, warnings })
    }

    /// Runs of the sweep.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.request.runs()
    }

    /// The series whose percentiles and end values are asked for.
    #[must_use]
    pub fn series(&self) -> &[Series] {
        &self.request.series
    }

    /// The days that percentiles are given for.
    #[must_use]
    pub fn sampling(&self) -> &Sampling {
        &self.sampling
    }

    /// Days that every run computes: those asked for, and 364 more where a one-year series is asked for.
    #[must_use]
    pub fn computed_days(&self) -> usize {
        self.base.computed_days()
    }

    /// The assumptions that differ from run to run, by their names in a request.
    #[must_use]
    pub fn inputs(&self) -> Vec<&'static str> {
        self.varied().into_iter().map(NumberField::name).collect()
    }

    pub(crate) fn varied(&self) -> Vec<NumberField> {
        match &self.past {
            Some(past) => past.columns.iter().map(|(varied, _)| *varied).collect(),
            None => self.request.method.varied(),
        }
    }

    /// Series times output dates: column `series * dates + date`.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.shape.columns
    }

    /// Bytes of a chunk of so many runs: 8 for each input, end value, and value of a series on an output date, and a
    /// little more.
    #[must_use]
    pub fn chunk_bytes(&self, runs: usize) -> usize {
        self.shape.bytes(runs)
    }

    /// First bytes of a chunk of so many runs that [`Gathering::add`](crate::Gathering::add) needs.
    #[must_use]
    pub fn head_bytes(&self, runs: usize) -> usize {
        self.shape.head_bytes(runs)
    }

    /// Where some columns lie in the bytes of a chunk of so many runs.
    #[must_use]
    pub fn column_bytes(&self, runs: usize, columns: &Range<usize>) -> Range<usize> {
        self.shape.column_bytes(runs, columns)
    }

    /// Cuts the runs into chunks of at most so many bytes, as equal as can be.
    pub fn chunks(&self, most_bytes: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let runs = self.runs();
        let one = self.shape.bytes(1);
        let most_runs = (most_bytes / one).clamp(1, runs.max(1));
        let chunks = runs.div_ceil(most_runs);
        (0..chunks).map(move |chunk| runs * chunk / chunks..runs * (chunk + 1) / chunks)
    }

    /// What a run assumes instead of the shared assumptions: each varied one by name, the same every day or one value
    /// for each computed day.
    #[must_use]
    pub fn assumed(&self, run: usize) -> Vec<(&'static str, PerDay<f64>)> {
        let (mut own, mut inputs) = (Vec::new(), Vec::new());
        self.maker().make(run, &mut own, &mut inputs);
        own.into_iter().map(|(varied, value)| (varied.name(), value)).collect()
    }

    fn maker(&self) -> Runs<'_> {
        Runs {
            method: &self.request.method,
            past: self.past.as_ref(),
            days: self.base.forecast_days(),
            computed_days: self.base.computed_days(),
        }
    }

    /// Computes some runs; those past the last one are left out. The same runs give the same bytes whenever and wherever
    /// they are computed, and in whatever chunk.
    ///
    /// # Errors
    ///
    /// Those of the model, which the checks of request and snapshot rule out.
    pub fn run_chunk(&self, runs: Range<usize>) -> Result<ChunkResult, ModelError> {
        let end = runs.end.min(self.runs());
        let runs = runs.start.min(end)..end;
        let history = self.snapshot.history();
        let history_days = history.days();
        let maker = self.maker();
        let mut workspace = Workspace::new(history);
        let (mut own, mut inputs) = (Vec::new(), Vec::new());
        let mut writer = Writer::new(self.shape, runs.clone());
        for (row, run) in runs.enumerate() {
            maker.make(run, &mut own, &mut inputs);
            let forecast = workspace.forecast(&self.base.assumptions(&own))?;
            for (place, input) in inputs.iter().enumerate() {
                writer.number(place, row, *input);
            }
            for (place, series) in self.series().iter().enumerate() {
                let values =
                    horizon(forecast.series(*series), *series, history_days, self.base.forecast_days());
                let at = |day: usize| values.get(day).copied().unwrap_or(f64::NAN);
                writer.end(place, row, at(self.base.forecast_days() - 1));
                for (date, day) in self.days.iter().enumerate() {
                    writer.column(place * self.days.len() + date, row, at(*day));
                }
            }
            for (place, (threshold, window)) in self.request.thresholds.iter().zip(&self.windows).enumerate()
            {
                let values = horizon(
                    forecast.series(threshold.series),
                    threshold.series,
                    history_days,
                    self.base.forecast_days(),
                );
                let mut counted = values.get(window.clone()).unwrap_or_default().iter();
                let crossed = counted.any(|value| threshold.side.has(*value, threshold.value));
                writer.crossed(place, row, u8::from(crossed));
            }
            writer.flags(row, flags(forecast, history_days + self.base.forecast_days()));
        }
        Ok(writer.finish())
    }

    /// Reads a stored chunk of this plan.
    ///
    /// # Errors
    ///
    /// [`ChunkError`] if the bytes are no such chunk.
    pub fn read_chunk(&self, bytes: Vec<u8>) -> Result<ChunkResult, ChunkError> {
        ChunkResult::read(bytes, self.shape)
    }

    pub(crate) fn read_head<'b>(&self, bytes: &'b [u8]) -> Result<Head<'b>, ChunkError> {
        let head = Head::read(bytes, self.shape)?;
        if head.runs.end > self.runs() { Err(ChunkError::OtherPlan) } else { Ok(head) }
    }
}

/// The series that the runs are asked for, and those that thresholds are about.
pub(crate) fn looked_at(request: &Request) -> impl Iterator<Item = Series> {
    let thresholds = request.thresholds.iter().map(|threshold| threshold.series);
    request.series.iter().copied().chain(thresholds)
}

/// The days that each threshold counts, from the current date on.
fn windows(request: &Request, snapshot: &Snapshot, reading: &mut Reading) -> Vec<Range<usize>> {
    let days = request.days();
    let first = snapshot.current_date();
    let last = first + Days::new(days as u64 - 1);
    let counted = request.thresholds.iter().enumerate().map(|(place, threshold)| match threshold.when {
        When::Ever => 0..days,
        When::AtEnd => days - 1..days,
        When::By(date) if (first..=last).contains(&date) => 0..(date - first).num_days() as usize + 1,
        When::By(date) => {
            reading.refuse(
                &format!("/thresholds/{place}/by"),
                format!("must be a day of the forecast, {first} to {last}, but is {date}"),
            );
            0..0
        }
    });
    counted.collect()
}

fn flags(forecast: &Forecast, end: usize) -> u8 {
    let within = |day: Option<usize>, flag| if day.is_some_and(|day| day < end) { flag } else { 0 };
    within(forecast.first_negative_power(), NEGATIVE_POWER)
        | within(forecast.first_floored_supply(), FLOORED_SUPPLY)
}
