//! Records in the platform's database.

use std::time::Duration;

use platform::{Outcome, OutsideError, Platform, Statement, Value};

use crate::{
    Approval, Event, Job, Millis, NewJob, Status, approval, job::millis, random::token, view, webhook,
};

const MIGRATIONS: [&str; 4] = [
    include_str!("../migrations/0001_jobs.sql"),
    include_str!("../migrations/0002_tasks.sql"),
    include_str!("../migrations/0003_approvals.sql"),
    include_str!("../migrations/0004_webhook_secrets.sql"),
];

/// For how long an idempotency key stands for its job.
const IDEMPOTENCY: Duration = Duration::from_hours(24);
/// After what time without any change a job's messages are sent again: longer than a claim holds.
pub(crate) const NUDGE: Duration = Duration::from_secs(90);
/// How often a write is tried against others: as often as a job has steps that may end at the same time, and some more.
const MOST_TRIES: usize = 300;

/// How much a key may have, and what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Jobs that run at the same time.
    pub running: u32,
    /// Jobs that wait.
    pub queued: u32,
    /// Bytes of a result.
    pub result_bytes: usize,
    /// How long completed and cancelled jobs are kept.
    pub keep_completed: Duration,
    /// How long failed jobs are kept.
    pub keep_failed: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            running: 5,
            queued: 100,
            result_bytes: 16 << 20,
            keep_completed: Duration::from_hours(1),
            keep_failed: Duration::from_hours(24),
        }
    }
}

/// What is submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// What is asked for.
    pub job: NewJob,
    /// The caller's idempotency key, and a digest of the request that it came with.
    pub idempotency: Option<(String, String)>,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// A new job.
    New(Box<Job>),
    /// The idempotency key stands for this job already.
    Same(String),
    /// The idempotency key came with another request before.
    OtherRequest,
    /// The approval that it names does not allow it, for this reason.
    NotApproved(&'static str),
    /// As many jobs wait as may.
    Full,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write<T> {
    /// It was decided, and is written where it changed something.
    Done {
        /// What was decided.
        decided: T,
        /// The job as it is now.
        job: Box<Job>,
    },
    /// There is no such job.
    Missing,
    /// It cannot begin: as many jobs of its key run as may.
    Full,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The jobs, newest first.
    pub jobs: Vec<Job>,
    /// Where the next page begins.
    pub next: Option<i64>,
}

/// Which page of which jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Of this status only.
    pub status: Option<&'static str>,
    /// Of this tool only.
    pub tool: Option<String>,
    /// Older than this one.
    pub before: Option<i64>,
    /// How many.
    pub limit: u32,
}

/// The records of jobs.
#[derive(Clone, Copy)]
pub struct JobStore<'a>(&'a Platform);

/// A record as it was read.
struct Read {
    stamp: String,
    job: Job,
}

impl<'a> JobStore<'a> {
    /// The records, with their tables made.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(platform: &'a Platform) -> Result<Self, OutsideError> {
        platform::migrate(platform, "jobs", &MIGRATIONS).await?;
        Ok(Self(platform))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.0.clock().now().timestamp_millis()
    }

    pub(crate) async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, OutsideError> {
        self.0.database().run(statements).await
    }

    /// Adds a job, unless too many wait, or its idempotency key was used before.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn submit(&self, submission: &Submission, limits: &Limits) -> Result<Submitted, OutsideError> {
        let now = self.now();
        let asked = &submission.job;
        let (job, event) = Job::new(format!("job_{}", token()?), asked, approval::new_id()?, now);
        let digest_of_input = approval::digest(&asked.tool, &asked.input);
        let given = match &asked.approval {
            Approval::Given(id) => Value::from(id.as_str()),
            _ => Value::Null,
        };
        let id = || Value::from(job.id.as_str());
        let owner = || Value::from(job.owner.as_str());
        let (key, digest) = submission.idempotency.clone().unzip();
        let key = || key.clone().map_or(Value::Null, Value::Text);
        let statements = vec![
            Statement::new("DELETE FROM job_requests WHERE expires <= ?1", [now.into()]),
            Statement::new(
                "INSERT INTO jobs (id, owner, account, tool, priority, status, state, stamp, nudge) \
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 \
                 WHERE (SELECT count(*) FROM jobs WHERE account = ?3 AND status IN ('queued', 'pending_approval')) < ?10 \
                 AND NOT EXISTS (SELECT 1 FROM job_requests WHERE owner = ?2 AND idempotency_key = ?11) \
                 AND (?12 IS NULL OR EXISTS (SELECT 1 FROM job_approvals WHERE id = ?12 AND owner = ?2 AND digest = ?13 \
                 AND status = 'approved' AND expires > ?14))",
                [
                    id(),
                    owner(),
                    asked.account.as_str().into(),
                    asked.tool.as_str().into(),
                    i64::from(job.priority as u8).into(),
                    job.status.name().into(),
                    text_of(&job)?.into(),
                    token()?.into(),
                    nudge(&job, now),
                    i64::from(limits.queued).into(),
                    key(),
                    given.clone(),
                    digest_of_input.as_str().into(),
                    now.into(),
                ],
            ),
            Statement::new(
                "INSERT INTO job_inputs (job, input) SELECT number, ?2 FROM jobs WHERE id = ?1",
                [id(), asked.input.as_str().into()],
            ),
            Statement::new(
                "INSERT INTO job_requests (owner, idempotency_key, digest, job, expires) \
                 SELECT ?1, ?2, ?3, ?4, ?5 FROM jobs WHERE id = ?4 AND ?2 IS NOT NULL",
                [
                    owner(),
                    key(),
                    digest.clone().map_or(Value::Null, Value::Text),
                    id(),
                    (now + millis(IDEMPOTENCY)).into(),
                ],
            ),
            Statement::new(
                "INSERT INTO job_events (job, event, kind, data) SELECT number, ?2, ?3, ?4 FROM jobs WHERE id = ?1",
                [
                    id(),
                    i64::try_from(event.number).unwrap_or_default().into(),
                    event.kind.name().into(),
                    view::of(&job).to_string().into(),
                ],
            ),
            Statement::new(
                "SELECT job, digest FROM job_requests WHERE owner = ?1 AND idempotency_key = ?2",
                [owner(), key()],
            ),
            Statement::new("SELECT 1 FROM jobs WHERE id = ?1", [id()]),
        ];
        let mut statements = statements;
        statements.extend(approval::on_submit(&job, &asked.approval, &digest_of_input, now));
        let outcomes = self.run(statements).await?;
        let row = |index: usize| outcomes.get(index).and_then(|outcome| outcome.rows.first());
        if row(6).is_some() {
            return Ok(Submitted::New(Box::new(job)));
        }
        let former = row(5).and_then(|row| Some((row.first()?.as_text()?, row.get(1)?.as_text()?)));
        Ok(match former {
            Some((former, same)) if Some(same) == digest.as_deref() => Submitted::Same(former.to_owned()),
            Some(_) => Submitted::OtherRequest,
            None => match &asked.approval {
                Approval::Given(id) => match approval::refusal(self, id, &job.owner, &digest_of_input).await?
                {
                    Some(reason) => Submitted::NotApproved(reason),
                    None => Submitted::Full,
                },
                _ => Submitted::Full,
            },
        })
    }

    async fn read(&self, id: &str) -> Result<Option<Read>, OutsideError> {
        let select = Statement::new("SELECT stamp, state FROM jobs WHERE id = ?1", [id.into()]);
        let outcomes = self.run(vec![select]).await?;
        let Some(row) = outcomes.first().and_then(|outcome| outcome.rows.first()) else { return Ok(None) };
        let stamp = row.first().and_then(Value::as_text).ok_or_else(unreadable)?.to_owned();
        Ok(Some(Read { stamp, job: job_of(row.get(1))? }))
    }

    /// A job, whoever owns it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn get(&self, id: &str) -> Result<Option<Job>, OutsideError> {
        Ok(self.read(id).await?.map(|read| read.job))
    }

    /// A job of this owner that is not due to be forgotten.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(&self, id: &str, owner: &str) -> Result<Option<Job>, OutsideError> {
        let now = self.now();
        let visible = |job: &Job| job.owner == owner && job.expires.is_none_or(|expires| now < expires);
        Ok(self.get(id).await?.filter(visible))
    }

    /// What a job was asked.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn input(&self, id: &str) -> Result<Option<String>, OutsideError> {
        let select = Statement::new(
            "SELECT input FROM job_inputs WHERE job = (SELECT number FROM jobs WHERE id = ?1)",
            [id.into()],
        );
        let outcomes = self.run(vec![select]).await?;
        let text = outcomes.first().and_then(|outcome| outcome.rows.first()?.first()?.as_text());
        Ok(text.map(str::to_owned))
    }

    /// An owner's jobs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, owner: &str, cursor: &Cursor) -> Result<Page, OutsideError> {
        // The largest whole number that D1 keeps exactly.
        let before = cursor.before.unwrap_or(1 << 53);
        let select = Statement::new(
            "SELECT number, state FROM jobs WHERE owner = ?1 AND number < ?2 \
             AND (?3 IS NULL OR status = ?3) AND (?4 IS NULL OR tool = ?4) \
             AND (expires IS NULL OR expires > ?5) ORDER BY number DESC LIMIT ?6",
            [
                owner.into(),
                before.into(),
                cursor.status.map_or(Value::Null, Value::from),
                cursor.tool.clone().map_or(Value::Null, Value::Text),
                self.now().into(),
                (i64::from(cursor.limit) + 1).into(),
            ],
        );
        let outcomes = self.run(vec![select]).await?;
        let rows = outcomes.first().map(|outcome| outcome.rows.as_slice()).unwrap_or_default();
        let shown = rows.len().min(cursor.limit as usize);
        let last = rows.get(shown.saturating_sub(1)).and_then(|row| row.first()?.as_i64());
        Ok(Page {
            jobs: rows[..shown].iter().map(|row| job_of(row.get(1))).collect::<Result<_, _>>()?,
            next: last.filter(|_| rows.len() > shown),
        })
    }

    /// Changes a job as `decide` has it, in one transaction with the event that this causes and the webhook of it. `decide` may
    /// be asked several times, each time of the job as it is then.
    ///
    /// With `running`, a job begins only where fewer of its key run.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn change<T>(
        &self,
        id: &str,
        running: u32,
        mut decide: impl FnMut(&mut Job) -> (T, Option<Event>),
    ) -> Result<Write<T>, OutsideError> {
        let mut former = String::new();
        for _ in 0..MOST_TRIES {
            let Some(Read { stamp, mut job }) = self.read(id).await? else { return Ok(Write::Missing) };
            // Nobody else wrote in between, so it was the limit that refused.
            if stamp == former {
                return Ok(Write::Full);
            }
            let before = job.clone();
            let (decided, event) = decide(&mut job);
            if job == before || self.write(&stamp, &before, &job, event, running).await? {
                if let Some(event) = event {
                    webhook::announce(self.0, &job, event).await;
                }
                return Ok(Write::Done { decided, job: Box::new(job) });
            }
            former = stamp;
        }
        Err(OutsideError::new("database", "others wrote the same record all the time"))
    }

    async fn write(
        &self,
        stamp: &str,
        before: &Job,
        job: &Job,
        event: Option<Event>,
        running: u32,
    ) -> Result<bool, OutsideError> {
        let now = self.now();
        let begins = before.started.is_none() && job.status == Status::Processing;
        let (new, id) = (token()?, job.id.as_str());
        let nudge = nudge(job, now);
        let mut statements = vec![Statement::new(
            "UPDATE jobs SET status = ?3, state = ?4, stamp = ?5, expires = ?6, nudge = ?7 \
             WHERE id = ?1 AND stamp = ?2 AND (?8 = 0 OR \
             (SELECT count(*) FROM jobs AS others WHERE others.account = jobs.account \
              AND others.status = 'processing') < ?9)",
            [
                id.into(),
                stamp.into(),
                job.status.name().into(),
                text_of(job)?.into(),
                new.as_str().into(),
                job.expires.map_or(Value::Null, Value::Integer),
                nudge,
                i64::from(begins).into(),
                i64::from(running).into(),
            ],
        )];
        if let Some(event) = event {
            let number = i64::try_from(event.number).unwrap_or_default();
            statements.push(Statement::new(
                "INSERT INTO job_events (job, event, kind, data) \
                 SELECT number, ?3, ?4, ?5 FROM jobs WHERE id = ?1 AND stamp = ?2",
                [
                    id.into(),
                    new.as_str().into(),
                    number.into(),
                    event.kind.name().into(),
                    view::of(job).to_string().into(),
                ],
            ));
            statements.extend(webhook::record(job, event, &new, now)?);
        }
        let outcomes = self.run(statements).await?;
        Ok(outcomes.first().is_some_and(|outcome| outcome.changes > 0))
    }

    /// A job's events after this one: number, kind and data.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn events(&self, id: &str, after: u64) -> Result<Vec<(u64, String, String)>, OutsideError> {
        let select = Statement::new(
            "SELECT event, kind, data FROM job_events WHERE job = (SELECT number FROM jobs WHERE id = ?1) \
             AND event > ?2 ORDER BY event LIMIT 100",
            [id.into(), i64::try_from(after).unwrap_or(i64::MAX).into()],
        );
        let outcomes = self.run(vec![select]).await?;
        let rows = outcomes.into_iter().next().unwrap_or_default().rows;
        let read = |row: &Vec<Value>| {
            let number = row.first()?.as_i64()?.try_into().ok()?;
            Some((number, row.get(1)?.as_text()?.to_owned(), row.get(2)?.as_text()?.to_owned()))
        };
        rows.iter().map(|row| read(row).ok_or_else(unreadable)).collect()
    }

    /// The waiting jobs of a key that may begin now: as many as fewer run than may.
    pub(crate) async fn next_of(&self, account: &str, running: u32) -> Result<Vec<Job>, OutsideError> {
        let select = Statement::new(
            "SELECT state FROM jobs WHERE account = ?1 AND status = 'queued' ORDER BY priority DESC, number \
             LIMIT max(0, ?2 - (SELECT count(*) FROM jobs WHERE account = ?1 AND status = 'processing'))",
            [account.into(), i64::from(running).into()],
        );
        self.states(select).await
    }

    /// Jobs to which nothing has happened for [`NUDGE`]. Each is given to one caller.
    pub(crate) async fn stalled(&self, most: u32) -> Result<Vec<Job>, OutsideError> {
        let now = self.now();
        let update = Statement::new(
            "UPDATE jobs SET nudge = ?2 WHERE number IN \
             (SELECT number FROM jobs WHERE nudge <= ?1 ORDER BY nudge LIMIT ?3) RETURNING state",
            [now.into(), (now + millis(NUDGE)).into(), i64::from(most).into()],
        );
        self.states(update).await
    }

    /// Jobs that are due to be forgotten.
    pub(crate) async fn expired(&self, most: u32) -> Result<Vec<Job>, OutsideError> {
        let select = "SELECT state FROM jobs WHERE expires <= ?1 ORDER BY expires LIMIT ?2";
        self.states(Statement::new(select, [self.now().into(), i64::from(most).into()])).await
    }

    async fn states(&self, statement: Statement) -> Result<Vec<Job>, OutsideError> {
        let outcomes = self.run(vec![statement]).await?;
        let rows = outcomes.into_iter().next().unwrap_or_default().rows;
        rows.iter().map(|row| job_of(row.first())).collect()
    }

    /// Removes every row of a job.
    pub(crate) async fn forget(&self, id: &str) -> Result<(), OutsideError> {
        let all = [
            "DELETE FROM job_inputs WHERE job = (SELECT number FROM jobs WHERE id = ?1)",
            "DELETE FROM job_events WHERE job = (SELECT number FROM jobs WHERE id = ?1)",
            "DELETE FROM job_deliveries WHERE job = (SELECT number FROM jobs WHERE id = ?1)",
            "DELETE FROM job_tasks WHERE id = ?1",
            "UPDATE job_approvals SET job = NULL WHERE job = ?1",
            "DELETE FROM jobs WHERE id = ?1",
        ];
        self.run(all.map(|sql| Statement::new(sql, [id.into()])).into()).await.map(drop)
    }
}

/// When a job's messages are sent again if nothing happens to it. One that waits for a reviewer has none.
fn nudge(job: &Job, now: Millis) -> Value {
    let waits = job.status.is_final() || job.status == Status::PendingApproval;
    if waits { Value::Null } else { (now + millis(NUDGE)).into() }
}

fn text_of(job: &Job) -> Result<String, OutsideError> {
    serde_json::to_string(job).map_err(|error| OutsideError::new("database", error))
}

fn job_of(state: Option<&Value>) -> Result<Job, OutsideError> {
    let text = state.and_then(Value::as_text).ok_or_else(unreadable)?;
    serde_json::from_str(text).map_err(|error| OutsideError::new("database", error))
}

pub(crate) fn unreadable() -> OutsideError {
    OutsideError::new("database", "a row of the jobs cannot be read")
}
