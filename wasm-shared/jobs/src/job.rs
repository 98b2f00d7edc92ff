//! The record of a job, and what may become of it: pure, without clock or store.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970.
pub type Millis = i64;

/// How long it is waited before a step that failed is tried again: three further attempts. Then its job has failed.
pub const RETRIES: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
/// How often a step is run that fails each time.
pub const MOST_ATTEMPTS: u32 = RETRIES.len() as u32 + 1;
/// How often a step may be begun: one whose worker dies every time must not go on for ever. Deploys and restarts also end
/// workers, so this is more than the number of attempts.
pub const MOST_STARTS: u32 = 10;
/// Chunks of a job at most: the record, which is written with every step, stays small.
pub const MOST_CHUNKS: usize = 200;
/// For how long a claim of a job of [`TOPIC`] holds. A delivery is dropped by the queue after a minute
/// ([`platform::queue::LEASE`]).
pub const LEASE: Duration = platform::queue::LEASE;
/// How often a step may say that it goes on later: one that never comes to an end must not go on for ever.
pub const MOST_TURNS: u32 = 1_000;

/// The topic of the messages that say that a step may run.
pub const TOPIC: &str = "jobs";
/// The topic of jobs whose steps wait for somebody outside: they need outgoing requests, and may take minutes
/// ([`platform::queue::SLOW_LEASE`]).
pub const SLOW_TOPIC: &str = "slow.jobs";

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It waits for a reviewer who allows it.
    PendingApproval,
    /// It waits: for a worker, or for another job of its key to end.
    Queued,
    /// Its steps run.
    Processing,
    /// It has a result.
    Completed,
    /// It has none, and `error` says why.
    Failed,
    /// Its owner ended it.
    Cancelled,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::PendingApproval,
        Self::Queued,
        Self::Processing,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PendingApproval => "pending_approval",
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more happens.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// Which of a key's waiting jobs begins first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// After the others.
    Low,
    /// In the order of arrival.
    #[default]
    Normal,
    /// Before the others.
    High,
}

impl Priority {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Low, Self::Normal, Self::High];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Who sees it.
    pub owner: String,
    /// In whose limits it counts: the key that asked.
    pub account: String,
    /// The tool's name.
    pub tool: String,
    /// The topic of its messages: only applications that name it run its steps. [`TOPIC`], or [`SLOW_TOPIC`].
    pub topic: String,
    /// What the one who asks may do, in the words of whoever checks it; for steps that act on their behalf.
    pub mandate: String,
    /// What the tool is asked, as JSON.
    pub input: String,
    /// What the tool works on, in its own words: the same for all chunks.
    pub source: String,
    /// Chunks that the tool has cut the work into; with none it is done in one step.
    pub chunks: usize,
    /// Which of the key's waiting jobs begins first.
    pub priority: Priority,
    /// Who is told what becomes of it.
    pub webhook: Option<String>,
    /// Whether somebody has to allow it first.
    pub approval: Approval,
}

/// Whether somebody has to allow a job first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Approval {
    /// Nobody has to.
    #[default]
    NotNeeded,
    /// A reviewer has to; the job waits.
    Needed,
    /// A reviewer has, by the approval of this id.
    Given(String),
}

/// A part of a job: a chunk, or the last step, which puts the chunks together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// How often it was begun.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub starts: u32,
    /// How often it failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures: u32,
    /// Not before this.
    #[serde(default, skip_serializing_if = "is_never")]
    pub not_before: Millis,
    /// Who runs it, and until when that holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<(String, Millis)>,
    /// The claim whose result counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<String>,
    /// How often it has said that it goes on later.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub turns: u32,
    /// The claim under whose name it has kept what it goes on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "for serde")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "for serde, and on targets whose pointers are larger")]
const fn is_never(time: &Millis) -> bool {
    *time == 0
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable name, in `UPPER_SNAKE`.
    pub code: String,
    /// A sentence for the job's owner.
    pub message: String,
    /// Whether it may succeed another time.
    #[serde(skip)]
    pub passing: bool,
}

impl Failure {
    /// One that will not pass by itself.
    pub fn lasting(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), passing: false }
    }

    /// One that may be over the next time.
    pub fn passing(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), passing: true }
    }
}

/// A store that did not answer may do so the next time. Its reason is for the log, and not for the job's owner.
impl From<platform::OutsideError> for Failure {
    fn from(error: platform::OutsideError) -> Self {
        Self::passing("STORAGE_UNAVAILABLE", format!("The {} did not answer.", error.service))
    }
}

/// What a tool says of a job that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What it is doing, in words.
    pub phase: String,
    /// How far it is, of 100; less than before is not believed.
    pub percent: u8,
}

fn usual_topic() -> String {
    TOPIC.to_owned()
}

fn is_usual_topic(topic: &str) -> bool {
    topic == TOPIC
}

/// Where a result lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The JSON itself, where it is small.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inline: Option<String>,
    /// The claim under whose name it lies in the archive.
    pub token: String,
    /// Bytes of the JSON.
    pub bytes: usize,
    /// The media types that there are besides JSON.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Who sees it.
    pub owner: String,
    /// In whose limits it counts.
    pub account: String,
    /// The tool's name.
    pub tool: String,
    /// The topic of its messages.
    #[serde(default = "usual_topic", skip_serializing_if = "is_usual_topic")]
    pub topic: String,
    /// What the one who asked may do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mandate: String,
    /// What the tool works on.
    pub source: String,
    /// Which of the key's waiting jobs begins first.
    pub priority: Priority,
    /// Who is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// The approval that it waits for or was allowed by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// The chunks, and the last step.
    pub steps: Vec<Step>,
    /// The number of its last event.
    pub events: u64,
    /// What its tool says that it is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    /// When it was asked for.
    pub created: Millis,
    /// When its first step began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Millis>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Millis>,
    /// When it is forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Millis>,
    /// The result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// What kind of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The job was accepted, and waits for a reviewer.
    PendingApproval,
    /// The job was accepted, or allowed.
    Queued,
    /// Its first step began.
    Processing,
    /// A chunk is done, or a step has done a part of its work.
    Progress,
    /// A step failed and is tried again.
    Retrying,
    /// The job has a result.
    Completed,
    /// It failed.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl Kind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PendingApproval => "pending_approval",
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Progress => "progress",
            Self::Retrying => "retrying",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The type of its webhook, for those that have one.
    #[must_use]
    pub const fn webhook(self) -> Option<&'static str> {
        match self {
            Self::Processing => Some("job.processing"),
            Self::Completed => Some("job.completed"),
            Self::Failed => Some("job.failed"),
            Self::Cancelled => Some("job.cancelled"),
            Self::PendingApproval | Self::Queued | Self::Progress | Self::Retrying => None,
        }
    }

    /// Whether it is a job's last event.
    #[must_use]
    pub fn is_final(name: &str) -> bool {
        [Self::Completed, Self::Failed, Self::Cancelled].iter().any(|kind| kind.name() == name)
    }
}

/// Something that happened to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number; they have no gaps.
    pub number: u64,
    /// What happened.
    pub kind: Kind,
}

/// What came of the wish to run a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Run it.
    Run {
        /// Whether it is the job's first, so that the others may be sent now.
        first: bool,
    },
    /// Not yet.
    Later(Duration),
    /// There is nothing to run.
    Nothing,
    /// Its workers died too often: the job has failed.
    GivenUp,
}

/// What comes of a failed step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// It is tried again after this.
    Again(Duration),
    /// The job has failed.
    Ended,
    /// The claim does not hold any more.
    Stale,
}

impl Job {
    /// A job that was accepted. `approval` is the id of the approval that it asks for, where it needs one.
    #[must_use]
    pub fn new(id: String, asked: &NewJob, approval: String, now: Millis) -> (Self, Event) {
        let (status, kind, approval) = match &asked.approval {
            Approval::NotNeeded => (Status::Queued, Kind::Queued, None),
            Approval::Needed => (Status::PendingApproval, Kind::PendingApproval, Some(approval)),
            Approval::Given(id) => (Status::Queued, Kind::Queued, Some(id.clone())),
        };
        let mut job = Self {
            id,
            owner: asked.owner.clone(),
            account: asked.account.clone(),
            tool: asked.tool.clone(),
            topic: asked.topic.clone(),
            mandate: asked.mandate.clone(),
            source: asked.source.clone(),
            priority: asked.priority,
            webhook: asked.webhook.clone(),
            approval,
            status,
            steps: vec![Step::default(); asked.chunks.min(MOST_CHUNKS) + 1],
            events: 0,
            told: None,
            created: now,
            started: None,
            finished: None,
            expires: None,
            output: None,
            error: None,
        };
        let event = job.event(kind);
        (job, event)
    }

    /// How many chunks it has.
    #[must_use]
    pub const fn chunks(&self) -> usize {
        self.steps.len().saturating_sub(1)
    }

    /// How many of them are done.
    #[must_use]
    pub fn chunks_done(&self) -> usize {
        self.steps[..self.chunks()].iter().filter(|step| step.done.is_some()).count()
    }

    /// The steps that may run at some time now: the chunks that are not done; the last step once they are.
    pub fn open_steps(&self) -> impl Iterator<Item = usize> {
        let chunks = self.chunks();
        let last = self.chunks_done() == chunks;
        let open = move |step: &usize| (*step < chunks || last) && self.steps[*step].done.is_none();
        let runs = !self.status.is_final() && self.status != Status::PendingApproval;
        (0..self.steps.len()).filter(open).filter(move |_| runs)
    }

    /// The most attempts that any step took.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        let running = |step: &Step| u32::from(step.done.is_some() || step.lease.is_some());
        self.steps.iter().map(|step| step.failures + running(step)).max().unwrap_or(0)
    }

    /// How far it is, of 100.
    #[must_use]
    pub fn progress(&self) -> usize {
        if self.status == Status::Completed {
            return 100;
        }
        let told = self.told.as_ref().map_or(0, |told| usize::from(told.percent.min(99)));
        told.max((99 * self.chunks_done()).checked_div(self.steps.len()).unwrap_or(0))
    }

    fn event(&mut self, kind: Kind) -> Event {
        self.events += 1;
        Event { number: self.events, kind }
    }

    fn end(&mut self, status: Status, kind: Kind, now: Millis, keep: Duration) -> Event {
        self.status = status;
        self.finished = Some(now);
        self.expires = Some(now.saturating_add(millis(keep)));
        for step in &mut self.steps {
            step.lease = None;
        }
        self.event(kind)
    }

    /// Takes a step for as long as a delivery of its topic may take, under a name that no other claim has.
    pub fn claim(&mut self, step: usize, token: &str, now: Millis, keep: Duration) -> (Claim, Option<Event>) {
        if !self.open_steps().any(|open| open == step) {
            return (Claim::Nothing, None);
        }
        let wanted = &mut self.steps[step];
        let held = wanted.lease.as_ref().map_or(0, |(_, until)| *until).max(wanted.not_before);
        if held > now {
            return (Claim::Later(Duration::from_millis((held - now).unsigned_abs())), None);
        }
        if wanted.starts >= MOST_STARTS {
            let failure = Failure::lasting(
                "WORKER_LOST",
                format!("Its worker ended {MOST_STARTS} times without an answer."),
            );
            self.error = Some(failure);
            return (Claim::GivenUp, Some(self.end(Status::Failed, Kind::Failed, now, keep)));
        }
        wanted.starts += 1;
        wanted.lease =
            Some((token.to_owned(), now.saturating_add(millis(platform::queue::lease(&self.topic)))));
        if self.status != Status::Queued {
            return (Claim::Run { first: false }, None);
        }
        self.status = Status::Processing;
        self.started = Some(now);
        (Claim::Run { first: true }, Some(self.event(Kind::Processing)))
    }

    /// Whether this claim is the one that may settle the step.
    #[must_use]
    pub fn holds(&self, step: usize, token: &str) -> bool {
        let held = self.steps.get(step).and_then(|step| step.lease.as_ref());
        !self.status.is_final() && held.is_some_and(|(holder, _)| holder == token)
    }

    /// A chunk's result counts. None where the claim does not hold any more.
    pub fn apply(&mut self, step: usize, token: &str) -> Option<Event> {
        if !self.holds(step, token) || step >= self.chunks() {
            return None;
        }
        self.settle(step, token);
        Some(self.event(Kind::Progress))
    }

    /// The result is there. None where the claim does not hold any more.
    pub fn complete(&mut self, token: &str, output: Output, now: Millis, keep: Duration) -> Option<Event> {
        let step = self.chunks();
        if !self.holds(step, token) {
            return None;
        }
        self.settle(step, token);
        self.output = Some(output);
        Some(self.end(Status::Completed, Kind::Completed, now, keep))
    }

    fn settle(&mut self, step: usize, token: &str) {
        let step = &mut self.steps[step];
        step.lease = None;
        step.done = Some(token.to_owned());
    }

    /// A step has done a part of its work and goes on after `wait`, with what it has kept. Failures before that are forgotten: it works
    /// again. None where the claim does not hold any more, and false where it has gone on too often.
    pub fn go_on(
        &mut self,
        step: usize,
        token: &str,
        (told, keeps): (Told, bool),
        wait: Duration,
        now: Millis,
    ) -> (Option<bool>, Option<Event>) {
        if !self.holds(step, token) {
            return (None, None);
        }
        let current = &mut self.steps[step];
        if current.turns >= MOST_TURNS {
            return (Some(false), None);
        }
        let turns = current.turns + 1;
        let kept = if keeps { Some(token.to_owned()) } else { current.kept.take() };
        *current = Step { turns, kept, not_before: now.saturating_add(millis(wait)), ..Step::default() };
        let percent = self.told.as_ref().map_or(0, |told| told.percent).max(told.percent);
        let told = Told { percent, ..told };
        let is_news = self.told.as_ref() != Some(&told);
        self.told = Some(told);
        let event = is_news.then(|| self.event(Kind::Progress));
        (Some(true), event)
    }

    /// A step failed: it is tried again after 2, 4 and 8 seconds ([`RETRIES`]); a failure after that is the job's.
    pub fn fail(
        &mut self,
        step: usize,
        token: &str,
        failure: &Failure,
        now: Millis,
        keep: Duration,
    ) -> (Failed, Option<Event>) {
        if !self.holds(step, token) {
            return (Failed::Stale, None);
        }
        let failed = &mut self.steps[step];
        failed.failures += 1;
        failed.lease = None;
        let retry = RETRIES.get(failed.failures as usize - 1);
        if let Some(wait) = retry.copied().filter(|_| failure.passing) {
            failed.not_before = now.saturating_add(millis(wait));
            return (Failed::Again(wait), Some(self.event(Kind::Retrying)));
        }
        self.error = Some(failure.clone());
        (Failed::Ended, Some(self.end(Status::Failed, Kind::Failed, now, keep)))
    }

    /// A reviewer allows it. None where it does not wait for one.
    pub fn allow(&mut self) -> Option<Event> {
        if self.status != Status::PendingApproval {
            return None;
        }
        self.status = Status::Queued;
        Some(self.event(Kind::Queued))
    }

    /// A reviewer does not allow it, or none did in time. None where it does not wait for one.
    pub fn deny(&mut self, failure: Failure, now: Millis, keep: Duration) -> Option<Event> {
        if self.status != Status::PendingApproval {
            return None;
        }
        self.error = Some(failure);
        Some(self.end(Status::Failed, Kind::Failed, now, keep))
    }

    /// The owner ends it. None where it had ended already.
    pub fn cancel(&mut self, now: Millis, keep: Duration) -> Option<Event> {
        (!self.status.is_final()).then(|| self.end(Status::Cancelled, Kind::Cancelled, now, keep))
    }
}

/// A duration as the records have it.
pub(crate) fn millis(duration: Duration) -> Millis {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
