//! A row of the table, and a job of it.

use std::{pin::Pin, time::Duration};

use access::{Caller, Scopes};
use jobs::{Approval, Limits, NewJob, Priority, RunStep};
use platform::{OutsideError, Platform};
use serde_json::{Map, Value};
use web::{FieldProblem, Problem, settings};

/// A tool of jobs.
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// What it does, for the documentation.
    pub meaning: &'static str,
    /// What a caller needs besides the scope `jobs`.
    pub scopes: Scopes,
    /// The topic of its messages: [`jobs::TOPIC`], or [`jobs::SLOW_TOPIC`] where it needs outgoing requests.
    pub topic: &'static str,
    /// Reads the input, as the direct path does.
    pub read: for<'a> fn(Asked<'a>) -> Reading<'a>,
    /// Runs a step.
    pub step: RunStep,
}

/// What is asked of a tool.
pub struct Asked<'a> {
    /// The platform of the function that was asked.
    pub platform: &'a Platform,
    /// The input.
    pub input: Map<String, Value>,
    /// Who asks; the scopes of the tool are checked.
    pub caller: &'a Caller,
}

/// An input being read.
pub type Reading<'a> = Pin<Box<dyn Future<Output = Result<Plan, Refused>> + Send + 'a>>;

/// How the work is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Chunks that run at the same time, and in any order; with none the work is done in one step.
    pub chunks: usize,
    /// What the tool works on, in its own words: the same for all steps ([`jobs::Job::source`]).
    pub source: String,
    /// Who is told what becomes of the job, where the input says so: an address that was judged.
    pub webhook: Option<String>,
}

/// Why an input is refused.
#[derive(Debug)]
pub enum Refused {
    /// Every field that is not possible; the pointers are into the input.
    Fields(Vec<FieldProblem>),
    /// Something else is missing, such as the network's data.
    Problem(Box<Problem>),
}

impl From<Vec<FieldProblem>> for Refused {
    fn from(fields: Vec<FieldProblem>) -> Self {
        Self::Fields(fields)
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<OutsideError> for Refused {
    fn from(error: OutsideError) -> Self {
        Problem::unavailable(&error).into()
    }
}

/// In whose limits a caller's jobs count, and whose webhook secret signs what they tell: the key's.
#[must_use]
pub fn account(caller: &Caller) -> String {
    caller.quota_subject().unwrap_or_else(|| caller.name.clone())
}

/// A job of a tool, after its input was read as the direct path reads it. It has the usual priority, tells nobody unless its
/// input says whom, and waits for nobody.
///
/// # Errors
/// What is wrong with the input, or what is missing.
pub async fn new_job(
    platform: &Platform,
    tool: &Tool,
    input: Map<String, Value>,
    owner: String,
    caller: &Caller,
) -> Result<NewJob, Refused> {
    let text = Value::Object(input.clone()).to_string();
    let Plan { chunks, source, webhook } = (tool.read)(Asked { platform, input, caller }).await?;
    Ok(NewJob {
        owner,
        account: account(caller),
        tool: tool.name.to_owned(),
        topic: tool.topic.to_owned(),
        mandate: caller.scopes.to_string(),
        input: text,
        source,
        chunks,
        priority: Priority::default(),
        webhook,
        approval: Approval::NotNeeded,
    })
}

/// Whether a reviewer has to allow a job of this tool, by the settings.
///
/// # Errors
/// When the settings cannot be read.
pub async fn approval(platform: &Platform, tool: &Tool) -> Result<Approval, OutsideError> {
    let needed = settings::REQUIRE_APPROVAL.names(platform, tool.name).await?;
    Ok(if needed { Approval::Needed } else { Approval::NotNeeded })
}

/// How much a key may have, and how long it is kept, by the settings.
///
/// # Errors
/// When the settings cannot be read.
pub async fn limits(platform: &Platform) -> Result<Limits, OutsideError> {
    let seconds = async |setting: &settings::Number| setting.read(platform).await.map(Duration::from_secs);
    Ok(Limits {
        running: u32::try_from(settings::JOBS_RUNNING_PER_KEY.read(platform).await?).unwrap_or(u32::MAX),
        queued: u32::try_from(settings::JOBS_QUEUED_PER_KEY.read(platform).await?).unwrap_or(u32::MAX),
        result_bytes: usize::try_from(settings::JOB_RESULT_BYTES.read(platform).await?).unwrap_or(usize::MAX),
        keep_completed: seconds(&settings::JOB_COMPLETED_SECONDS).await?,
        keep_failed: seconds(&settings::JOB_FAILED_SECONDS).await?,
    })
}
