//! What runs a job's steps.

use std::{pin::Pin, time::Duration};

use platform::Platform;

use crate::{Failure, Job, Told, results};

/// A step at work: a chunk of a job, or the last step, which puts its chunks together.
///
/// A step may run several times and also at the same time; each run gets the same work, and the result of one counts. A run is dropped
/// after the [`lease`](platform::queue::lease) of the job's topic.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// The platform, with the services of the application that runs the step.
    pub platform: &'a Platform,
    /// The job, as it was when the step was claimed.
    pub job: &'a Job,
    /// What it is asked, as JSON: checked before it was accepted.
    pub input: &'a str,
    /// The number of the step.
    pub step: usize,
    /// What the step has kept when it last said that it goes on later ([`Done::Later`]).
    pub kept: Option<&'a [u8]>,
}

impl Work<'_> {
    /// The chunk that is to be computed. None for the last step, which makes the result; a job without chunks has only that.
    #[must_use]
    pub const fn chunk(&self) -> Option<usize> {
        if self.step < self.job.chunks() { Some(self.step) } else { None }
    }

    /// A part of a chunk, as it was computed.
    ///
    /// # Errors
    /// When the archive does not answer, or has lost it.
    pub async fn part(&self, chunk: usize, part: usize) -> Result<Vec<u8>, Failure> {
        let done = self.job.steps.get(chunk).and_then(|step| step.done.as_deref());
        let missing = || Failure::passing("PART_MISSING", format!("A part of chunk {chunk} is not there."));
        let token = done.ok_or_else(missing)?;
        let key = results::part_key(&self.job.id, chunk, token, part);
        self.platform.archive().get(&key).await?.ok_or_else(missing)
    }
}

/// A result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// As JSON.
    pub json: Vec<u8>,
    /// As a table.
    pub csv: Option<Vec<u8>>,
}

/// What a step has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// A chunk, in parts that [`Work::part`] reads one by one. Only a chunk may say so.
    Chunk(Vec<Vec<u8>>),
    /// The result. Only the last step may say so.
    Product(Product),
    /// A part of its work: it is run again after `after`, by whichever worker comes by. So work of many phases goes on after a death
    /// where it was, and each run keeps within what a platform allows.
    Later {
        /// What is done and what comes next, in words, and how far the job is: the job's `phase` and `progress`.
        told: Told,
        /// How long to wait.
        after: Duration,
        /// What the next run finds in [`Work::kept`]; none keeps what was kept before.
        keep: Option<Vec<u8>>,
    },
}

/// A step at work.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Done, Failure>> + Send + 'a>>;

/// What runs the steps of a tool.
pub type RunStep = for<'a> fn(Work<'a>) -> Running<'a>;

/// Finds what runs a tool's steps, by the tool's name.
pub type FindTool<'a> = &'a (dyn Fn(&str) -> Option<RunStep> + Send + Sync);
