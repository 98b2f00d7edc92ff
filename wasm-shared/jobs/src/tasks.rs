//! Tasks of MCP clients, beside the records of jobs: a call that became a job is a task of the job's name, and whoever cancels the task
//! cancels the job.

use mcp::{Error, Stored, TaskStore};
use platform::{Answer, Outcome, OutsideError, Platform, Statement, Value};

use crate::{JobStore, Limits, token, work};

/// How the limits of jobs are found.
pub type LimitsOf = for<'a> fn(&'a Platform) -> Answer<'a, Limits>;

/// Where an MCP server keeps its tasks.
#[derive(Clone)]
pub struct Tasks {
    platform: Platform,
    limits: LimitsOf,
}

impl Tasks {
    /// In this platform's database.
    #[must_use]
    pub const fn new(platform: Platform, limits: LimitsOf) -> Self {
        Self { platform, limits }
    }

    fn failed(&self, error: &OutsideError) -> Error {
        platform::log::error(&self.platform, "a task could not be reached", error);
        Error::internal("The tasks cannot be reached; try again")
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, Error> {
        let done = async { JobStore::open(&self.platform).await?.run(statements).await };
        done.await.map_err(|error| self.failed(&error))
    }

    fn now(&self) -> Value {
        self.platform.clock().now().timestamp_millis().into()
    }
}

fn number(number: u64) -> Value {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}

impl TaskStore for Tasks {
    fn new_id(&self) -> Result<String, Error> {
        token().map(|token| format!("task_{token}")).map_err(|error| self.failed(&error))
    }

    fn create<'a>(&'a self, id: &'a str, task: String, expires_ms: u64) -> Stored<'a, ()> {
        let statements = vec![
            Statement::new("DELETE FROM job_tasks WHERE expires <= ?1", [self.now()]),
            Statement::new(
                "INSERT INTO job_tasks (id, version, expires, task) VALUES (?1, 1, ?2, ?3)",
                [id.into(), number(expires_ms), task.into()],
            ),
        ];
        Box::pin(async move { self.run(statements).await.map(drop) })
    }

    fn read<'a>(&'a self, id: &'a str) -> Stored<'a, Option<(String, u64)>> {
        let select = "SELECT task, version FROM job_tasks WHERE id = ?1 AND expires > ?2";
        let statement = Statement::new(select, [id.into(), self.now()]);
        Box::pin(async move {
            let outcomes = self.run(vec![statement]).await?;
            let row = outcomes.first().and_then(|outcome| outcome.rows.first());
            Ok(row.and_then(|row| {
                Some((row.first()?.as_text()?.to_owned(), u64::try_from(row.get(1)?.as_i64()?).ok()?))
            }))
        })
    }

    fn replace<'a>(&'a self, id: &'a str, version: u64, task: String) -> Stored<'a, bool> {
        let update = "UPDATE job_tasks SET task = ?3, version = version + 1 WHERE id = ?1 AND version = ?2";
        let statement = Statement::new(update, [id.into(), number(version), task.into()]);
        Box::pin(async move {
            Ok(self.run(vec![statement]).await?.first().is_some_and(|outcome| outcome.changes == 1))
        })
    }

    fn cancelled<'a>(&'a self, id: &'a str) -> Stored<'a, ()> {
        Box::pin(async move {
            let cancelled = async {
                let limits = (self.limits)(&self.platform).await?;
                work::cancel(&self.platform, id, &limits).await
            };
            cancelled.await.map(drop).map_err(|error| self.failed(&error))
        })
    }
}
