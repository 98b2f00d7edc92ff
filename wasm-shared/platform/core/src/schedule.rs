//! Jobs that the clock starts. An [`Application`](crate::Application) lists its [`Job`]s; a cron trigger, a timer, or a request
//! from an outside scheduler runs those that are due. However many of these there are, and however often they fire, each
//! occurrence of a job is begun once.

use std::{future::Future, pin::Pin, time::Duration};

use crate::{OutsideError, Platform, Statement, Value, migrate};

/// Something that is done again and again.
#[derive(Clone, Copy)]
pub struct Job {
    /// Its name in the table and in the log. Another job must not have it.
    pub name: &'static str,
    /// How often it is done.
    pub every: Duration,
    /// When, within each such period since 1970-01-01 00:00 UTC.
    pub at: Duration,
    /// What is done. An error is a sentence for the operator's log.
    pub run: fn(Platform) -> Run,
}

/// A run of a job.
pub type Run = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

impl Job {
    /// A job that is done once a day, `at` so long after midnight UTC.
    #[must_use]
    pub const fn daily(name: &'static str, at: Duration, run: fn(Platform) -> Run) -> Self {
        Self { name, every: Duration::from_hours(24), at, run }
    }

    /// A job that is done every so often: whenever the clock reaches a multiple of it.
    #[must_use]
    pub const fn every(name: &'static str, every: Duration, run: fn(Platform) -> Run) -> Self {
        Self { name, every, at: Duration::ZERO, run }
    }

    /// The job's last occurrence that was due at `now`, all in milliseconds since 1970.
    #[must_use]
    pub fn occurrence(&self, now: i64) -> i64 {
        let [every, at] =
            [self.every, self.at].map(|period| i64::try_from(period.as_millis()).unwrap_or(i64::MAX));
        (now - at).div_euclid(every.max(1)) * every.max(1) + at
    }
}

/// A trigger may come a moment early; it is meant for the occurrence that is about to be.
const EARLY: i64 = 30_000;
/// After what time an occurrence that failed, or whose instance died, is tried again.
const AGAIN: i64 = 15 * 60_000;
/// How often one occurrence is tried.
const MOST_TRIES: i64 = 3;

const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_schedule.sql")];

/// `?1` name, `?2` occurrence, `?3` now, `?4` when it may be tried again, `?5` most tries. Gives a row to one caller only.
const CLAIM: &str = "INSERT INTO schedule_jobs (name, occurrence, tries, again) VALUES (?1, ?2, 1, ?4) \
    ON CONFLICT (name) DO UPDATE SET occurrence = ?2, again = ?4, \
    tries = CASE WHEN occurrence < ?2 THEN 1 ELSE tries + 1 END \
    WHERE occurrence < ?2 OR (occurrence = ?2 AND again <= ?3 AND tries < ?5) \
    RETURNING tries";
/// `?1` name, `?2` occurrence.
const DONE: &str = "UPDATE schedule_jobs SET again = NULL WHERE name = ?1 AND occurrence = ?2";

/// Runs the jobs that are due, one after the other, each also where one before it failed, and gives the names of those that it
/// ran. A job that has never run is due, and of several missed occurrences only the last one.
///
/// # Errors
/// What went wrong, in sentences for the operator.
pub async fn run_due(platform: &Platform, jobs: &[Job]) -> Result<Vec<&'static str>, String> {
    let platform = &platform.patient();
    let (mut ran, mut failures) = (Vec::new(), Vec::new());
    for job in jobs {
        match run_if_due(platform, job).await {
            Ok(true) => ran.push(job.name),
            Ok(false) => {}
            Err(reason) => failures.push(format!("The job {} failed: {reason}.", job.name)),
        }
    }
    if failures.is_empty() { Ok(ran) } else { Err(failures.join(" ")) }
}

/// Whether it was due.
async fn run_if_due(platform: &Platform, job: &Job) -> Result<bool, String> {
    let now = platform.clock().now().timestamp_millis();
    let occurrence = job.occurrence(now + EARLY);
    if !claim(platform, job, occurrence, now).await.map_err(|error| error.to_string())? {
        return Ok(false);
    }
    (job.run)(platform.clone()).await?;
    let done = Statement::new(DONE, [job.name.into(), occurrence.into()]);
    platform.database().run(vec![done]).await.map(|_| true).map_err(|error| error.to_string())
}

async fn claim(platform: &Platform, job: &Job, occurrence: i64, now: i64) -> Result<bool, OutsideError> {
    migrate(platform, "schedule", &MIGRATIONS).await?;
    let numbers = [occurrence, now, now + AGAIN, MOST_TRIES].map(Value::Integer);
    let values = std::iter::once(job.name.into()).chain(numbers).collect::<Vec<_>>();
    let outcomes = platform.database().run(vec![Statement::new(CLAIM, values)]).await?;
    Ok(outcomes.first().is_some_and(|outcome| !outcome.rows.is_empty()))
}
