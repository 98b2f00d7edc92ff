//! From chunks to an answer, in as much memory as one wants to give it.
//!
//! The heads of all chunks (inputs, end values, crossings) are small: 8 bytes for each run and input or series. The
//! columns are not, so they are gone through in passes: a pass holds the values of all runs for as many columns as fit
//! into its memory, sorts each, and keeps eight numbers of it.

use std::ops::Range;

use crate::{
    Findings, Plan, Summary,
    chunk::{ChunkError, ChunkResult, numbers},
};

/// The most bytes of chunks that [`finish`] takes: 64 MiB natively, 24 MiB as WebAssembly, where 128 MB are all there
/// is on some hosts.
pub const MAX_BYTES_AT_ONCE: usize = if cfg!(target_family = "wasm") { 24 << 20 } else { 64 << 20 };

/// Bytes of a pass of [`finish`].
const PASS_BYTES: usize = 4 << 20;

/// The answer from all chunks of a plan, in any order. A chunk that comes twice counts once.
///
/// # Errors
///
/// [`ChunkError`] if runs are missing, a chunk belongs to another plan, or all of them are more than
/// [`MAX_BYTES_AT_ONCE`]: then [`Gathering`] reads them part by part.
pub fn finish(plan: &Plan<'_>, chunks: &[ChunkResult]) -> Result<Findings, ChunkError> {
    let bytes = plan.chunk_bytes(plan.runs());
    if bytes > MAX_BYTES_AT_ONCE {
        return Err(ChunkError::TooLarge { bytes, most: MAX_BYTES_AT_ONCE });
    }
    let mut gathering = Gathering::new(plan);
    for chunk in chunks {
        gathering.add(chunk.as_bytes())?;
    }
    for range in plan.passes(PASS_BYTES) {
        let mut columns = Columns::new(plan, range.clone());
        for chunk in chunks {
            columns.add(&chunk.runs(), chunk.columns(&range))?;
        }
        gathering.take(columns)?;
    }
    gathering.findings()
}

impl Plan<'_> {
    /// Cuts the columns into passes of at most so many bytes, or of one column where that has more.
    pub fn passes(&self, most_bytes: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let columns = self.columns();
        let width = (most_bytes / (8 * self.runs().max(1))).max(1);
        (0..columns.div_ceil(width)).map(move |pass| pass * width..((pass + 1) * width).min(columns))
    }
}

/// Which runs have been seen.
#[derive(Debug)]
struct Seen(Vec<bool>);

impl Seen {
    fn add(&mut self, runs: &Range<usize>) {
        self.0[runs.clone()].fill(true);
    }

    /// Refuses to go on while runs are missing.
    fn check(&self) -> Result<(), ChunkError> {
        let Some(first) = self.0.iter().position(|seen| !seen) else { return Ok(()) };
        let missing = self.0[first..].iter().take_while(|seen| !**seen).count();
        Err(ChunkError::Missing(first..first + missing))
    }
}

/// What is known so far of a sweep whose chunks come one by one, in any order, as often as they like.
#[derive(Debug)]
pub struct Gathering<'p> {
    pub(crate) plan: &'p Plan<'p>,
    /// The inputs of all runs, one input after the other.
    pub(crate) inputs: Vec<Vec<f64>>,
    /// The end values of all runs, one series after the other.
    pub(crate) ends: Vec<Vec<f64>>,
    /// Whether each run crossed, one threshold after the other.
    pub(crate) crossed: Vec<Vec<u8>>,
    pub(crate) flags: Vec<u8>,
    pub(crate) summaries: Vec<Option<Summary>>,
    seen: Seen,
}

impl<'p> Gathering<'p> {
    /// Nothing yet.
    #[must_use]
    pub fn new(plan: &'p Plan<'p>) -> Self {
        let runs = plan.runs();
        Self {
            plan,
            inputs: vec![vec![0.0; runs]; plan.varied().len()],
            ends: vec![vec![0.0; runs]; plan.series().len()],
            crossed: vec![vec![0; runs]; plan.request.thresholds.len()],
            flags: vec![0; runs],
            summaries: vec![None; plan.columns()],
            seen: Seen(vec![false; runs]),
        }
    }

    /// Takes the head of a chunk: its first [`Plan::head_bytes`], or all of it. Gives the runs it holds.
    ///
    /// # Errors
    ///
    /// [`ChunkError`] if the bytes are no chunk of this plan.
    pub fn add(&mut self, bytes: &[u8]) -> Result<Range<usize>, ChunkError> {
        let head = self.plan.read_head(bytes)?;
        let runs = head.runs.clone();
        let copy = |column: &mut Vec<f64>, values: &mut dyn Iterator<Item = f64>| {
            column[runs.clone()].iter_mut().zip(values).for_each(|(place, value)| *place = value);
        };
        for (place, column) in self.inputs.iter_mut().enumerate() {
            copy(column, &mut head.input(place));
        }
        for (place, column) in self.ends.iter_mut().enumerate() {
            copy(column, &mut head.end(place));
        }
        for (place, column) in self.crossed.iter_mut().enumerate() {
            column[runs.clone()].copy_from_slice(head.crossed(place));
        }
        self.flags[runs.clone()].copy_from_slice(head.flags());
        self.seen.add(&runs);
        Ok(runs)
    }

    /// Takes a pass that has seen all runs.
    ///
    /// # Errors
    ///
    /// [`ChunkError::Missing`] if it has not.
    pub fn take(&mut self, columns: Columns<'_>) -> Result<(), ChunkError> {
        let range = columns.range.clone();
        let summaries = columns.summaries()?;
        self.summaries[range].iter_mut().zip(summaries).for_each(|(place, summary)| *place = Some(summary));
        Ok(())
    }

    /// The answer.
    ///
    /// # Errors
    ///
    /// [`ChunkError::Missing`] if runs are missing; all of them are where a pass is.
    pub fn findings(self) -> Result<Findings, ChunkError> {
        self.seen.check()?;
        Findings::of(self)
    }
}

/// A pass: the values of all runs for some columns.
#[derive(Debug)]
pub struct Columns<'p> {
    plan: &'p Plan<'p>,
    range: Range<usize>,
    /// Column by column, in the order of the runs.
    values: Vec<f64>,
    seen: Seen,
}

impl<'p> Columns<'p> {
    /// A pass over some columns, of [`Plan::passes`]. It takes 8 bytes for each of them and each run.
    #[must_use]
    pub fn new(plan: &'p Plan<'p>, columns: Range<usize>) -> Self {
        let range = columns.start.min(plan.columns())..columns.end.min(plan.columns());
        let runs = plan.runs();
        Self { plan, values: vec![0.0; range.len() * runs], range, seen: Seen(vec![false; runs]) }
    }

    /// Takes the bytes that a chunk of these runs has at [`Plan::column_bytes`].
    ///
    /// # Errors
    ///
    /// [`ChunkError::NotAChunk`] if they are too few or too many, or the plan has no such runs.
    pub fn add(&mut self, runs: &Range<usize>, bytes: &[u8]) -> Result<(), ChunkError> {
        if runs.start > runs.end
            || runs.end > self.plan.runs()
            || bytes.len() != 8 * runs.len() * self.range.len()
        {
            return Err(ChunkError::NotAChunk);
        }
        if runs.is_empty() {
            return Ok(());
        }
        let columns = self.values.chunks_exact_mut(self.plan.runs());
        for (column, bytes) in columns.zip(bytes.chunks_exact(8 * runs.len())) {
            column[runs.clone()].iter_mut().zip(numbers(bytes)).for_each(|(place, value)| *place = value);
        }
        self.seen.add(runs);
        Ok(())
    }

    fn summaries(mut self) -> Result<Vec<Summary>, ChunkError> {
        self.seen.check()?;
        Ok(self.values.chunks_exact_mut(self.plan.runs()).map(Summary::of).collect())
    }
}
