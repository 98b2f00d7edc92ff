//! What is kept of phases beside their jobs: times and tokens in the database, outputs in the archive. An output stays there for as long
//! as its job is kept, so what was made before a later phase failed is not lost.

use jobs::JobStore;
use platform::{Outcome, OutsideError, Platform, Statement, Value};
use serde_json::Map;

use crate::Phase;

const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_planning.sql")];
/// Former runs of a phase from which its duration is estimated.
const FORMER: i64 = 10;
/// Rows are kept for a year, for that estimate.
const KEPT: i64 = 365 * 86_400_000;
/// Outputs that are removed at a time.
const PORTION: i64 = 50;

/// The run of a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseRun {
    /// The phase's name.
    pub phase: String,
    /// When it began, in milliseconds since 1970.
    pub started: i64,
    /// When it ended; none where it has not, or failed.
    pub finished: Option<i64>,
    /// Tokens that the model read and wrote.
    pub tokens: u64,
}

/// The records of phases.
#[derive(Clone, Copy)]
pub struct PhaseStore<'a>(&'a Platform);

impl<'a> PhaseStore<'a> {
    /// Opens the store, with its tables made.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(platform: &'a Platform) -> Result<Self, OutsideError> {
        platform::migrate(platform, "planning", &MIGRATIONS).await?;
        Ok(Self(platform))
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, OutsideError> {
        self.0.database().run(statements).await
    }

    fn now(self) -> i64 {
        self.0.clock().now().timestamp_millis()
    }

    /// A phase begins, unless it has begun already.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&self, job: &str, phase: &Phase) -> Result<(), OutsideError> {
        let now = self.now();
        let statements = vec![
            Statement::new(
                "DELETE FROM planning_phases WHERE started < ?1 AND kept = 0",
                [(now - KEPT).into()],
            ),
            Statement::new(
                "INSERT INTO planning_phases (job, phase, started) VALUES (?1, ?2, ?3) ON CONFLICT (job, phase) DO NOTHING",
                [job.into(), phase.name.into(), now.into()],
            ),
        ];
        self.run(statements).await.map(drop)
    }

    /// What all calls of a phase took so far.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn spent(&self, job: &str, phase: &Phase, tokens: u64) -> Result<(), OutsideError> {
        let update = "UPDATE planning_phases SET tokens = max(tokens, ?3) WHERE job = ?1 AND phase = ?2";
        let tokens = i64::try_from(tokens).unwrap_or(i64::MAX);
        self.run(vec![Statement::new(update, [job.into(), phase.name.into(), tokens.into()])]).await.map(drop)
    }

    /// A phase is done: its output is kept.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn finish(
        &self,
        job: &str,
        phase: &Phase,
        output: &Map<String, serde_json::Value>,
    ) -> Result<(), OutsideError> {
        let bytes = serde_json::to_vec(output).map_err(|error| OutsideError::new("archive", error))?;
        // The row says that something may lie there before it does: what has no row is never removed.
        let kept = "UPDATE planning_phases SET kept = 1 WHERE job = ?1 AND phase = ?2";
        self.run(vec![Statement::new(kept, [job.into(), phase.name.into()])]).await?;
        self.0.archive().put(&key(job, phase.name), &bytes).await?;
        let done = "UPDATE planning_phases SET finished = ?3 WHERE job = ?1 AND phase = ?2";
        let statement = Statement::new(done, [job.into(), phase.name.into(), self.now().into()]);
        self.run(vec![statement]).await.map(drop)
    }

    /// The output of a phase; none where it is not done.
    ///
    /// # Errors
    /// When the archive does not answer.
    pub async fn output(
        &self,
        job: &str,
        phase: &str,
    ) -> Result<Option<Map<String, serde_json::Value>>, OutsideError> {
        let bytes = self.0.archive().get(&key(job, phase)).await?;
        bytes
            .map(|bytes| serde_json::from_slice(&bytes).map_err(|error| OutsideError::new("archive", error)))
            .transpose()
    }

    /// The phases of a job that have begun.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn runs(&self, job: &str) -> Result<Vec<PhaseRun>, OutsideError> {
        let select =
            "SELECT phase, started, finished, tokens FROM planning_phases WHERE job = ?1 ORDER BY started";
        let outcomes = self.run(vec![Statement::new(select, [job.into()])]).await?;
        let rows = outcomes.into_iter().next().unwrap_or_default().rows;
        let read = |row: &Vec<Value>| {
            Some(PhaseRun {
                phase: row.first()?.as_text()?.to_owned(),
                started: row.get(1)?.as_i64()?,
                finished: row.get(2).and_then(Value::as_i64),
                tokens: row.get(3)?.as_i64()?.try_into().ok()?,
            })
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// What a phase took on average when it ran before, in milliseconds; none where it never came to its end.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn duration(&self, phase: &Phase) -> Result<Option<i64>, OutsideError> {
        let select = "SELECT CAST(avg(took) AS INTEGER) FROM (SELECT finished - started AS took FROM planning_phases \
                      WHERE phase = ?1 AND finished IS NOT NULL ORDER BY finished DESC LIMIT ?2)";
        let outcomes = self.run(vec![Statement::new(select, [phase.name.into(), FORMER.into()])]).await?;
        Ok(outcomes.first().and_then(|outcome| outcome.rows.first()?.first()?.as_i64()))
    }

    /// The key that signs links: the first caller's random text becomes it.
    ///
    /// # Errors
    /// When the database does not answer, or there are no random numbers.
    pub async fn signing_key(&self) -> Result<String, OutsideError> {
        let proposed = format!("{}{}{}", jobs::token()?, jobs::token()?, jobs::token()?);
        let statements = vec![
            Statement::new(
                "INSERT INTO planning_secrets (name, value) VALUES ('links', ?1) ON CONFLICT (name) DO NOTHING",
                [proposed.into()],
            ),
            Statement::new("SELECT value FROM planning_secrets WHERE name = 'links'", []),
        ];
        let outcomes = self.run(statements).await?;
        let key = outcomes.get(1).and_then(|outcome| outcome.rows.first()?.first()?.as_text());
        key.map(str::to_owned).ok_or_else(|| OutsideError::new("database", "the key of links is not there"))
    }
}

fn key(job: &str, phase: &str) -> String {
    format!("planning/{job}/{phase}.json")
}

/// Removes the outputs of jobs that are forgotten: called by the schedule.
///
/// # Errors
/// When a store does not answer.
pub async fn tidy(platform: &Platform) -> Result<(), OutsideError> {
    JobStore::open(platform).await?;
    let store = PhaseStore::open(platform).await?;
    let select =
        "SELECT job, phase FROM planning_phases WHERE kept = 1 AND job NOT IN (SELECT id FROM jobs) LIMIT ?1";
    let outcomes = store.run(vec![Statement::new(select, [PORTION.into()])]).await?;
    for row in outcomes.into_iter().next().unwrap_or_default().rows {
        let [job, phase] = row.as_slice() else { continue };
        let (Some(job), Some(phase)) = (job.as_text(), phase.as_text()) else { continue };
        platform.archive().delete(&key(job, phase)).await?;
        let forget = "UPDATE planning_phases SET kept = 0 WHERE job = ?1 AND phase = ?2";
        store.run(vec![Statement::new(forget, [job.into(), phase.into()])]).await?;
    }
    Ok(())
}
