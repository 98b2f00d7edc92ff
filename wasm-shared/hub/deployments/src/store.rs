//! Records in the platform's database.

use std::time::Duration;

use platform::{Outcome, OutsideError, Platform, Statement, Value};

use crate::{Millis, deployment::Deployment, random::hex};

const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_deployments.sql")];

/// For how long an idempotency key stands for its deployment.
const IDEMPOTENCY: Duration = Duration::from_hours(24);
/// For how long one who works on a deployment keeps others from it: longer than the download of an image may take.
const HOLD: Duration = Duration::from_mins(6);
/// After what time the schedule looks again at what is under way.
const AGAIN: Duration = Duration::from_secs(55);

/// The records of deployments.
#[derive(Clone, Copy)]
pub struct Store<'a>(&'a Platform);

/// A record as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The deployment.
    pub deployment: Deployment,
    /// Which writing of it this is.
    stamp: String,
    /// Until when somebody works on it.
    busy: Millis,
}

impl Held {
    /// Whether somebody works on it.
    #[must_use]
    pub const fn is_busy(&self, now: Millis) -> bool {
        self.busy > now
    }
}

/// What became of a new record.
#[derive(Clone, Debug, PartialEq)]
pub enum Created {
    /// It is there, and the caller's to work on.
    New(Box<Held>),
    /// The idempotency key stands for this deployment already.
    Same(String),
    /// The idempotency key came with another request before.
    OtherRequest,
    /// The owner has as many as may.
    Full,
}

const fn millis(duration: Duration) -> Millis {
    duration.as_millis() as Millis
}

impl<'a> Store<'a> {
    /// The records, with their tables made.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(platform: &'a Platform) -> Result<Self, OutsideError> {
        platform::migrate(platform, "deployments", &MIGRATIONS).await?;
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

    /// Adds a record that the caller works on, unless its owner has `most` already or its idempotency key was used.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn create(
        &self,
        deployment: Deployment,
        idempotency: Option<(&str, &str)>,
        most: u32,
    ) -> Result<Created, OutsideError> {
        let now = self.now();
        let (stamp, busy) = (hex::<12>()?, now + millis(HOLD));
        let name = || Value::from(deployment.name.as_str());
        let owner = || Value::from(deployment.owner.as_str());
        let (key, digest) = idempotency.unzip();
        let key = || key.map_or(Value::Null, Value::from);
        let statements = vec![
            Statement::new("DELETE FROM deployment_requests WHERE expires <= ?1", [now.into()]),
            Statement::new(
                "INSERT INTO deployments (name, owner, state, stamp, busy, due) SELECT ?1, ?2, ?3, ?4, ?5, ?6 \
                 WHERE (SELECT count(*) FROM deployments WHERE owner = ?2) < ?7 \
                 AND NOT EXISTS (SELECT 1 FROM deployment_requests WHERE owner = ?2 AND idempotency_key = ?8) \
                 ON CONFLICT (name) DO NOTHING",
                [
                    name(),
                    owner(),
                    text_of(&deployment)?.into(),
                    stamp.as_str().into(),
                    busy.into(),
                    due(&deployment, now),
                    i64::from(most).into(),
                    key(),
                ],
            ),
            Statement::new(
                "INSERT INTO deployment_requests (owner, idempotency_key, digest, name, expires) \
                 SELECT ?1, ?2, ?3, ?4, ?5 FROM deployments WHERE name = ?4 AND stamp = ?6 AND ?2 IS NOT NULL",
                [
                    owner(),
                    key(),
                    digest.map_or(Value::Null, Value::from),
                    name(),
                    (now + millis(IDEMPOTENCY)).into(),
                    stamp.as_str().into(),
                ],
            ),
            Statement::new(
                "SELECT name, digest FROM deployment_requests WHERE owner = ?1 AND idempotency_key = ?2",
                [owner(), key()],
            ),
            Statement::new(
                "SELECT 1 FROM deployments WHERE name = ?1 AND stamp = ?2",
                [name(), stamp.as_str().into()],
            ),
        ];
        let outcomes = self.run(statements).await?;
        let row = |index: usize| outcomes.get(index).and_then(|outcome| outcome.rows.first());
        if row(4).is_some() {
            return Ok(Created::New(Box::new(Held { deployment, stamp, busy })));
        }
        let former = row(3).and_then(|row| Some((row.first()?.as_text()?, row.get(1)?.as_text()?)));
        Ok(match former {
            Some((former, same)) if Some(same) == digest => Created::Same(former.to_owned()),
            Some(_) => Created::OtherRequest,
            None => Created::Full,
        })
    }

    /// A deployment of this owner.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(&self, name: &str, owner: &str) -> Result<Option<Held>, OutsideError> {
        let select = Statement::new(
            "SELECT state, stamp, busy FROM deployments WHERE name = ?1 AND owner = ?2",
            [name.into(), owner.into()],
        );
        Ok(self.rows(select).await?.into_iter().next())
    }

    /// All deployments of an owner, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, owner: &str) -> Result<Vec<Held>, OutsideError> {
        let sql =
            "SELECT state, stamp, busy FROM deployments WHERE owner = ?1 ORDER BY number DESC LIMIT 1000";
        self.rows(Statement::new(sql, [owner.into()])).await
    }

    /// Deployments that are under way and that nobody works on, the longest waiting first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn under_way(&self, most: u32) -> Result<Vec<Held>, OutsideError> {
        let now = self.now();
        let sql =
            "SELECT state, stamp, busy FROM deployments WHERE due <= ?1 AND busy <= ?1 ORDER BY due LIMIT ?2";
        self.rows(Statement::new(sql, [now.into(), i64::from(most).into()])).await
    }

    async fn rows(&self, select: Statement) -> Result<Vec<Held>, OutsideError> {
        let outcomes = self.run(vec![select]).await?;
        let rows = outcomes.into_iter().next().unwrap_or_default().rows;
        rows.iter().map(|row| held_of(row)).collect()
    }

    /// Takes a deployment to work on, and writes down what is meant with it in the same moment. `None` where somebody else works on
    /// it, or has changed it since it was read.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn claim(&self, held: Held) -> Result<Option<Held>, OutsideError> {
        let now = self.now();
        let (stamp, busy) = (hex::<12>()?, now + millis(HOLD));
        let update = Statement::new(
            "UPDATE deployments SET stamp = ?3, busy = ?4, state = ?6, due = ?7 \
             WHERE name = ?1 AND stamp = ?2 AND busy <= ?5",
            [
                held.deployment.name.as_str().into(),
                held.stamp.as_str().into(),
                stamp.as_str().into(),
                busy.into(),
                now.into(),
                text_of(&held.deployment)?.into(),
                due(&held.deployment, now),
            ],
        );
        let outcomes = self.run(vec![update]).await?;
        let is_ours = outcomes.first().is_some_and(|outcome| outcome.changes > 0);
        Ok(is_ours.then_some(Held { stamp, busy, ..held }))
    }

    /// Writes a deployment that the caller works on, which ends with it, or has just read. False where it is somebody else's by now;
    /// then nothing is written.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn save(&self, held: &mut Held) -> Result<bool, OutsideError> {
        let stamp = hex::<12>()?;
        let update = Statement::new(
            "UPDATE deployments SET state = ?3, stamp = ?4, busy = 0, due = ?5 WHERE name = ?1 AND stamp = ?2",
            [
                held.deployment.name.as_str().into(),
                held.stamp.as_str().into(),
                text_of(&held.deployment)?.into(),
                stamp.as_str().into(),
                due(&held.deployment, self.now()),
            ],
        );
        let outcomes = self.run(vec![update]).await?;
        held.stamp = stamp;
        held.busy = 0;
        Ok(outcomes.first().is_some_and(|outcome| outcome.changes > 0))
    }

    /// Removes a record that the caller works on, and the idempotency key that stands for it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget(&self, held: &Held) -> Result<(), OutsideError> {
        let name = || Value::from(held.deployment.name.as_str());
        let stamp = Value::from(held.stamp.as_str());
        let statements = vec![
            Statement::new(
                "DELETE FROM deployment_requests WHERE name = \
                 (SELECT name FROM deployments WHERE name = ?1 AND stamp = ?2)",
                [name(), stamp.clone()],
            ),
            Statement::new("DELETE FROM deployments WHERE name = ?1 AND stamp = ?2", [name(), stamp]),
        ];
        self.run(statements).await.map(drop)
    }
}

fn due(deployment: &Deployment, now: Millis) -> Value {
    if deployment.is_due() { (now + millis(AGAIN)).into() } else { Value::Null }
}

fn text_of(deployment: &Deployment) -> Result<String, OutsideError> {
    serde_json::to_string(deployment).map_err(|error| OutsideError::new("database", error))
}

fn held_of(row: &[Value]) -> Result<Held, OutsideError> {
    let unreadable = || OutsideError::new("database", "a row of the deployments cannot be read");
    let text = |index: usize| row.get(index).and_then(Value::as_text).ok_or_else(unreadable);
    Ok(Held {
        deployment: serde_json::from_str(text(0)?).map_err(|error| OutsideError::new("database", error))?,
        stamp: text(1)?.to_owned(),
        busy: row.get(2).and_then(Value::as_i64).ok_or_else(unreadable)?,
    })
}
