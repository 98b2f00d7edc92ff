//! What runs a job's steps.

use platform::Platform;

use crate::{Failure, Job, results};

/// What a step works on.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// The tool's name.
    pub tool: &'a str,
    /// What it is asked, as JSON: checked before it was accepted.
    pub input: &'a str,
    /// What it works on, as it was when the job was accepted.
    pub source: &'a str,
    /// How many chunks the work was cut into.
    pub chunks: usize,
}

/// A result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// As JSON.
    pub json: Vec<u8>,
    /// As a table.
    pub csv: Option<Vec<u8>>,
}

/// The tools of a deployment. Steps may run several times and at the same time; each run gets the same work.
pub trait Tools: 'static {
    /// Computes a chunk: parts that [`Self::finish`] reads one by one.
    fn run_chunk(
        platform: &Platform,
        work: Work<'_>,
        chunk: usize,
    ) -> impl Future<Output = Result<Vec<Vec<u8>>, Failure>> + Send;

    /// Makes the result, from the chunks where there are some.
    fn finish(
        platform: &Platform,
        work: Work<'_>,
        parts: Parts<'_>,
    ) -> impl Future<Output = Result<Product, Failure>> + Send;
}

/// The parts of all chunks.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) job: &'a Job,
}

impl Parts<'_> {
    /// A part of a chunk, as it was computed.
    ///
    /// # Errors
    /// When the archive does not answer, or has lost it.
    pub async fn read(&self, chunk: usize, part: usize) -> Result<Vec<u8>, Failure> {
        let done = self.job.steps.get(chunk).and_then(|step| step.done.as_deref());
        let missing = || Failure::passing("PART_MISSING", format!("A part of chunk {chunk} is not there."));
        let token = done.ok_or_else(missing)?;
        let key = results::part_key(&self.job.id, chunk, token, part);
        self.platform.archive().get(&key).await?.ok_or_else(missing)
    }
}
