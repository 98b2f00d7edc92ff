//! The results of some of a sweep's runs, as bytes: what is computed anywhere, stored, and read back in parts.
//!
//! Little-endian, without gaps. A header of 48 bytes, then the **head** (the runs' inputs, their end values, the
//! thresholds crossed, and flags), then the **columns**: for each series and each output date, the values of the chunk's
//! runs. All of it is ordered by what is stored first and by run second, so the values of some columns lie beside each
//! other and can be read without the rest.
//!
//! | bytes | |
//! |---|---|
//! | 0..4 | `MFSW` |
//! | 4..8 | version, 1 |
//! | 8..16 | fingerprint of the plan: request and network |
//! | 16..24 | first run, number of runs |
//! | 24..40 | numbers of inputs, end values, thresholds, columns |
//! | 40..44 | CRC-32 of all that follows the header |
//! | 44..48 | zero |

use std::ops::Range;

use crate::method::MAX_RUNS;

/// Bytes before the head.
const HEADER: usize = 48;
const MAGIC: &[u8; 4] = b"MFSW";
/// To be raised with the form, and with whatever changes the numbers of a run: a job that a deployment interrupts must
/// not mix them.
const VERSION: u32 = 1;

/// Power became negative within the horizon.
pub(crate) const NEGATIVE_POWER: u8 = 1;
/// Locked FIL or a supply was at the model's floor of zero within the horizon.
pub(crate) const FLOORED_SUPPLY: u8 = 2;

/// Why bytes are not a chunk of a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkError {
    /// They do not begin as a chunk does, or end too early.
    #[error("these bytes are no chunk of a sweep, or only the beginning of one")]
    NotAChunk,
    /// They were written by another version of this crate: the chunk has to be computed anew.
    #[error("this chunk has version {0} and this program reads version {VERSION}: compute it anew")]
    OtherVersion(u32),
    /// They belong to another request, or to the same one of another network.
    #[error("this chunk was computed for another request or another snapshot: compute it anew")]
    OtherPlan,
    /// They were changed since they were written.
    #[error("this chunk is damaged (its checksum differs): compute it anew")]
    Damaged,
    /// Runs are missing.
    #[error("runs {} to {} have no result yet", .0.start, .0.end - 1)]
    Missing(Range<usize>),
    /// The sweep is too large to be finished from chunks that are all in memory.
    #[error(
        "{bytes} bytes of chunks are more than the {most} that are taken into memory at once: use passes"
    )]
    TooLarge {
        /// Bytes that all chunks together have.
        bytes: usize,
        /// The most that is taken.
        most: usize,
    },
}

/// What a chunk holds for each of its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) fingerprint: u64,
    pub(crate) inputs: usize,
    pub(crate) ends: usize,
    pub(crate) thresholds: usize,
    pub(crate) columns: usize,
}

impl Shape {
    /// Bytes through the head of a chunk of so many runs.
    pub(crate) fn head_bytes(&self, runs: usize) -> usize {
        HEADER + runs * (8 * (self.inputs + self.ends) + self.thresholds + 1)
    }

    /// Where columns lie in a chunk of so many runs.
    pub(crate) fn column_bytes(&self, runs: usize, columns: &Range<usize>) -> Range<usize> {
        let first = self.head_bytes(runs);
        first + 8 * runs * columns.start..first + 8 * runs * columns.end
    }

    /// Bytes of a chunk of so many runs.
    pub(crate) fn bytes(&self, runs: usize) -> usize {
        self.column_bytes(runs, &(0..self.columns)).end
    }
}

/// The results of some runs of a plan. The same runs always give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkResult {
    bytes: Vec<u8>,
    shape: Shape,
    runs: Range<usize>,
}

impl ChunkResult {
    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes to store.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The runs it holds.
    #[must_use]
    pub fn runs(&self) -> Range<usize> {
        self.runs.clone()
    }

    /// Reads a whole chunk back and checks that it is what was written.
    pub(crate) fn read(bytes: Vec<u8>, shape: Shape) -> Result<Self, ChunkError> {
        let runs = Head::read(&bytes, shape)?.runs;
        if bytes.len() != shape.bytes(runs.len()) {
            return Err(ChunkError::NotAChunk);
        }
        if u32_at(&bytes, 40) != crc32fast::hash(&bytes[HEADER..]) {
            return Err(ChunkError::Damaged);
        }
        Ok(Self { bytes, shape, runs })
    }

    /// The bytes of some columns.
    pub(crate) fn columns(&self, columns: &Range<usize>) -> &[u8] {
        &self.bytes[self.shape.column_bytes(self.runs.len(), columns)]
    }
}

/// The beginning of a chunk: everything but its columns.
#[derive(Clone, Debug)]
pub(crate) struct Head<'a> {
    bytes: &'a [u8],
    shape: Shape,
    pub(crate) runs: Range<usize>,
}

impl<'a> Head<'a> {
    /// Reads the head; whatever follows it is ignored.
    pub(crate) fn read(bytes: &'a [u8], shape: Shape) -> Result<Self, ChunkError> {
        if bytes.len() < HEADER || !bytes.starts_with(MAGIC) {
            return Err(ChunkError::NotAChunk);
        }
        let version = u32_at(bytes, 4);
        if version != VERSION {
            return Err(ChunkError::OtherVersion(version));
        }
        let (first, count) = (u32_at(bytes, 16) as usize, u32_at(bytes, 20) as usize);
        if first > MAX_RUNS || count > MAX_RUNS - first {
            return Err(ChunkError::NotAChunk);
        }
        let runs = first..first + count;
        let found = Shape {
            fingerprint: u64::from(u32_at(bytes, 8)) | u64::from(u32_at(bytes, 12)) << 32,
            inputs: u32_at(bytes, 24) as usize,
            ends: u32_at(bytes, 28) as usize,
            thresholds: u32_at(bytes, 32) as usize,
            columns: u32_at(bytes, 36) as usize,
        };
        if found != shape {
            return Err(ChunkError::OtherPlan);
        }
        if bytes.len() < shape.head_bytes(runs.len()) {
            return Err(ChunkError::NotAChunk);
        }
        Ok(Self { bytes, shape, runs })
    }

    /// An input of every run.
    pub(crate) fn input(&self, input: usize) -> impl Iterator<Item = f64> {
        numbers(self.row(input))
    }

    /// The end value of a series in every run.
    pub(crate) fn end(&self, series: usize) -> impl Iterator<Item = f64> {
        numbers(self.row(self.shape.inputs + series))
    }

    /// Whether each run crossed a threshold: 1 or 0.
    pub(crate) fn crossed(&self, threshold: usize) -> &'a [u8] {
        let runs = self.runs.len();
        let first = HEADER + runs * (8 * (self.shape.inputs + self.shape.ends) + threshold);
        &self.bytes[first..first + runs]
    }

    /// What is to be said of each run.
    pub(crate) fn flags(&self) -> &'a [u8] {
        self.crossed(self.shape.thresholds)
    }

    fn row(&self, row: usize) -> &'a [u8] {
        let bytes = 8 * self.runs.len();
        &self.bytes[HEADER + bytes * row..HEADER + bytes * (row + 1)]
    }
}

/// Writes a chunk, run by run.
pub(crate) struct Writer {
    chunk: ChunkResult,
}

impl Writer {
    pub(crate) fn new(shape: Shape, runs: Range<usize>) -> Self {
        let mut bytes = vec![0; shape.bytes(runs.len())];
        bytes[..4].copy_from_slice(MAGIC);
        bytes[4..8].copy_from_slice(&VERSION.to_le_bytes());
        bytes[8..16].copy_from_slice(&shape.fingerprint.to_le_bytes());
        let counts = [runs.start, runs.len(), shape.inputs, shape.ends, shape.thresholds, shape.columns];
        for (place, count) in counts.into_iter().enumerate() {
            bytes[16 + 4 * place..20 + 4 * place].copy_from_slice(&(count as u32).to_le_bytes());
        }
        Self { chunk: ChunkResult { bytes, shape, runs } }
    }

    /// Writes one number of the run in row `row`: an input, then an end value, by place.
    pub(crate) fn number(&mut self, place: usize, row: usize, value: f64) {
        let runs = self.chunk.runs.len();
        self.write(HEADER + 8 * (runs * place + row), value);
    }

    pub(crate) fn end(&mut self, series: usize, row: usize, value: f64) {
        self.number(self.chunk.shape.inputs + series, row, value);
    }

    /// Whether a threshold was crossed.
    pub(crate) fn crossed(&mut self, threshold: usize, row: usize, crossed: u8) {
        let Shape { inputs, ends, .. } = self.chunk.shape;
        let runs = self.chunk.runs.len();
        self.chunk.bytes[HEADER + runs * (8 * (inputs + ends) + threshold) + row] = crossed;
    }

    pub(crate) fn flags(&mut self, row: usize, flags: u8) {
        self.crossed(self.chunk.shape.thresholds, row, flags);
    }

    pub(crate) fn column(&mut self, column: usize, row: usize, value: f64) {
        let runs = self.chunk.runs.len();
        self.write(self.chunk.shape.head_bytes(runs) + 8 * (runs * column + row), value);
    }

    fn write(&mut self, at: usize, value: f64) {
        self.chunk.bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn finish(mut self) -> ChunkResult {
        let checksum = crc32fast::hash(&self.chunk.bytes[HEADER..]);
        self.chunk.bytes[40..44].copy_from_slice(&checksum.to_le_bytes());
        self.chunk
    }
}

/// The numbers that bytes hold; a rest of fewer than eight is ignored.
pub(crate) fn numbers(bytes: &[u8]) -> impl Iterator<Item = f64> {
    bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}
