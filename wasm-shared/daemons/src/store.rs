//! Each owner's daemons, in the platform's database. Every change is one transaction with its row of the record, so the record, the
//! events and the statistics agree whatever happens at the same time.

use std::{collections::BTreeMap, time::Duration};

use platform::{Outcome, OutsideError, Platform, Statement, Value};
use serde_json::{Value as Json, json};
use web::settings;

use crate::{Catalogue, Definition, Millis, catalogue, millis, random::token, record::whole};

const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_daemons.sql")];

/// How much longer than its own time-out a call may take until it counts as failed whoever made it: the stores' time around it.
const GRACE: Duration = Duration::from_secs(15);
/// Owners that are looked after in one run of the schedule.
const MOST_OWNERS: i64 = 200;

/// The operator's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Daemons that an owner has summoned at the same time.
    pub most: u32,
    /// After what time without a call a daemon is banished.
    pub idle: Duration,
}

impl Rules {
    /// The rules by the settings.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub async fn read(platform: &Platform) -> Result<Self, OutsideError> {
        Ok(Self {
            most: u32::try_from(settings::MAX_CONCURRENT_DAEMONS.read(platform).await?).unwrap_or(u32::MAX),
            idle: Duration::from_secs(settings::DAEMON_TIMEOUT.read(platform).await?),
        })
    }
}

/// Where an owner's daemon stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Whether it is summoned.
    pub is_summoned: bool,
    /// When it was summoned last.
    pub summoned: Option<Millis>,
    /// When it was summoned or called last.
    pub used: Option<Millis>,
    /// How often it was summoned.
    pub summons: u64,
    /// Calls since it was summoned last.
    pub invocations: u64,
    /// Calls ever.
    pub total: u64,
    /// Of these, those that failed.
    pub failed: u64,
    /// How long they took together.
    pub milliseconds: u64,
    /// Tokens that went in.
    pub input_tokens: u64,
    /// Tokens that came out.
    pub output_tokens: u64,
    /// Calls under way.
    pub running: u64,
}

/// An owner's daemons: what each is, and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circle {
    /// Every daemon of the deployment.
    pub catalogue: Catalogue,
    /// Those that the owner has ever summoned.
    pub states: BTreeMap<String, State>,
}

impl Circle {
    /// Where a daemon stands.
    #[must_use]
    pub fn state(&self, name: &str) -> State {
        self.states.get(name).cloned().unwrap_or_default()
    }

    /// Those that are summoned.
    pub fn active(&self) -> impl Iterator<Item = (&str, &Definition, &State)> {
        self.catalogue.iter().filter_map(|(name, definition)| {
            let state = self.states.get(name).filter(|state| state.is_summoned)?;
            Some((name.as_str(), definition, state))
        })
    }
}

/// What became of a summoning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Summoned {
    /// It is summoned.
    New,
    /// It was summoned already.
    Already,
    /// As many as may are summoned already: these.
    Full(Vec<String>),
}

/// A call that begins.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The model that is asked.
    pub model: &'a str,
    /// The model's provider.
    pub provider: &'a str,
    /// What is asked.
    pub task: &'a str,
    /// How long it may take.
    pub timeout: Duration,
}

/// How a call ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ended {
    /// The particulars, for the record.
    pub data: Json,
    /// The answer; none where it failed.
    pub answer: Option<String>,
    /// Whether it failed.
    pub is_failed: bool,
    /// How long it took.
    pub milliseconds: u64,
    /// Tokens that went in.
    pub input_tokens: u64,
    /// Tokens that came out.
    pub output_tokens: u64,
}

/// The records of daemons.
#[derive(Clone, Copy)]
pub struct DaemonStore<'a>(&'a Platform);

impl<'a> DaemonStore<'a> {
    /// The records, with their tables made.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(platform: &'a Platform) -> Result<Self, OutsideError> {
        platform::migrate(platform, "daemons", &MIGRATIONS).await?;
        Ok(Self(platform))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.0.clock().now().timestamp_millis()
    }

    pub(crate) const fn platform(self) -> &'a Platform {
        self.0
    }

    pub(crate) async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, OutsideError> {
        self.0.database().run(statements).await
    }

    /// Summons a daemon for an owner, unless it is summoned already or as many are as may.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn summon(&self, owner: &str, name: &str, rules: &Rules) -> Result<Summoned, OutsideError> {
        let (now, session) = (self.now(), token()?);
        let mut statements = tidying(owner, now, rules);
        statements.extend([
            Statement::new(
                "INSERT INTO daemons (owner, name, session, summoned, used) SELECT ?1, ?2, ?3, ?4, ?4 \
                 WHERE (SELECT count(*) FROM daemons WHERE owner = ?1 AND session IS NOT NULL) < ?5 \
                 AND NOT EXISTS (SELECT 1 FROM daemons WHERE owner = ?1 AND name = ?2 AND session IS NOT NULL) \
                 ON CONFLICT (owner, name) DO UPDATE SET session = excluded.session, summoned = excluded.summoned, \
                 used = excluded.used, summons = summons + 1, invocations = 0",
                [owner.into(), name.into(), session.as_str().into(), now.into(), i64::from(rules.most).into()],
            ),
            Statement::new(
                "INSERT INTO daemon_records (owner, at, kind, daemon, data) SELECT owner, summoned, 'summon', name, '{}' \
                 FROM daemons WHERE owner = ?1 AND name = ?2 AND session = ?3",
                [owner.into(), name.into(), session.as_str().into()],
            ),
            Statement::new(
                "SELECT name, session FROM daemons WHERE owner = ?1 AND session IS NOT NULL ORDER BY name",
                [owner.into()],
            ),
        ]);
        let outcomes = self.run(statements).await?;
        let rows = &outcomes.last().ok_or_else(unreadable)?.rows;
        let text = |row: &[Value], place: usize| {
            row.get(place).and_then(Value::as_text).unwrap_or_default().to_owned()
        };
        Ok(match rows.iter().find(|row| text(row, 0) == name) {
            Some(row) if text(row, 1) == session => Summoned::New,
            Some(_) => Summoned::Already,
            None => Summoned::Full(rows.iter().map(|row| text(row, 0)).collect()),
        })
    }

    /// Banishes an owner's daemon, if it is summoned: where it stood then. A call that is under way goes on to its end.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn banish(
        &self,
        owner: &str,
        name: &str,
        rules: &Rules,
    ) -> Result<Option<State>, OutsideError> {
        let now = self.now();
        let mut statements = tidying(owner, now, rules);
        let which = || [owner.into(), name.into()];
        statements.extend([
            Statement::new(
                "INSERT INTO daemon_records (owner, at, kind, daemon, data) SELECT owner, ?3, 'banish', name, \
                 json_object('reason', 'asked', 'invocation_count', invocations) FROM daemons \
                 WHERE owner = ?1 AND name = ?2 AND session IS NOT NULL",
                [owner.into(), name.into(), now.into()],
            ),
            Statement::new(
                "UPDATE daemons SET session = NULL WHERE owner = ?1 AND name = ?2 AND session IS NOT NULL",
                which(),
            ),
            Statement::new(STATES, [owner.into()]),
        ]);
        let outcomes = self.run(statements).await?;
        let [.., updated, states] = outcomes.as_slice() else { return Err(unreadable()) };
        if updated.changes == 0 {
            return Ok(None);
        }
        let state = states
            .rows
            .iter()
            .map(|row| state(row))
            .find(|state| state.as_ref().is_ok_and(|row| row.name == name));
        Ok(Some(state.ok_or_else(unreadable)??.state))
    }

    /// Begins a call of an owner's daemon: its id; none where the daemon is not summoned.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(
        &self,
        owner: &str,
        name: &str,
        call: Call<'_>,
        rules: &Rules,
    ) -> Result<Option<String>, OutsideError> {
        let (now, id) = (self.now(), format!("inv_{}", token()?));
        let mut statements = tidying(owner, now, rules);
        statements.extend([
            Statement::new(
                "UPDATE daemons SET used = ?3 WHERE owner = ?1 AND name = ?2 AND session IS NOT NULL",
                [owner.into(), name.into(), now.into()],
            ),
            Statement::new(
                "INSERT INTO daemon_calls (id, owner, name, session, started, deadline, model, provider, task) \
                 SELECT ?3, owner, name, session, ?4, ?5, ?6, ?7, ?8 FROM daemons \
                 WHERE owner = ?1 AND name = ?2 AND session IS NOT NULL",
                [
                    owner.into(),
                    name.into(),
                    id.as_str().into(),
                    now.into(),
                    (now + millis(call.timeout) + millis(GRACE)).into(),
                    call.model.into(),
                    call.provider.into(),
                    call.task.into(),
                ],
            ),
        ]);
        let outcomes = self.run(statements).await?;
        Ok(outcomes.last().is_some_and(|outcome| outcome.changes > 0).then_some(id))
    }

    /// Ends a call. Whether it was still open: one that took too long has failed already.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end(&self, id: &str, ended: &Ended) -> Result<bool, OutsideError> {
        let now = self.now();
        let number = |value: u64| Value::from(i64::try_from(value).unwrap_or(i64::MAX));
        let statements = vec![
            Statement::new(
                "INSERT INTO daemon_records (owner, at, kind, daemon, data, task, answer) \
                 SELECT owner, ?2, 'invoke', name, ?3, task, ?4 FROM daemon_calls WHERE id = ?1",
                [
                    id.into(),
                    now.into(),
                    ended.data.to_string().into(),
                    ended.answer.as_deref().map_or(Value::Null, Value::from),
                ],
            ),
            Statement::new(
                "UPDATE daemons SET used = max(used, ?2), total = total + 1, failed = failed + ?3, \
                 milliseconds = milliseconds + ?4, input_tokens = input_tokens + ?5, output_tokens = output_tokens + ?6, \
                 invocations = invocations + (session IS (SELECT session FROM daemon_calls WHERE id = ?1)) \
                 WHERE (owner, name) IN (SELECT owner, name FROM daemon_calls WHERE id = ?1)",
                [
                    id.into(),
                    now.into(),
                    i64::from(ended.is_failed).into(),
                    number(ended.milliseconds),
                    number(ended.input_tokens),
                    number(ended.output_tokens),
                ],
            ),
            Statement::new("DELETE FROM daemon_calls WHERE id = ?1", [id.into()]),
        ];
        let outcomes = self.run(statements).await?;
        Ok(outcomes.last().is_some_and(|outcome| outcome.changes > 0))
    }

    /// An owner's daemons. Those that were idle for too long are banished by this, and calls that took too long have failed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn circle(&self, owner: &str, rules: &Rules) -> Result<Circle, OutsideError> {
        let now = self.now();
        // Most of the time nothing is due, and what only reads keeps no writer waiting.
        let (circle, is_due) = self.look(owner, now, rules).await?;
        if !is_due {
            return Ok(circle);
        }
        self.run(tidying(owner, now, rules)).await?;
        Ok(self.look(owner, now, rules).await?.0)
    }

    async fn look(&self, owner: &str, now: Millis, rules: &Rules) -> Result<(Circle, bool), OutsideError> {
        let statements = vec![Statement::new(catalogue::SELECT, []), Statement::new(STATES, [owner.into()])];
        let outcomes = self.run(statements).await?;
        let [definitions, states] = outcomes.as_slice() else { return Err(unreadable()) };
        let mut circle = Circle { catalogue: catalogue::read(definitions)?, states: BTreeMap::new() };
        let mut is_due = false;
        for row in &states.rows {
            let Row { name, state, busy, deadline } = state(row)?;
            let is_idle = state.is_summoned
                && busy == 0
                && state.used.is_some_and(|used| used <= now - millis(rules.idle));
            is_due |= is_idle || deadline.is_some_and(|deadline| deadline <= now);
            circle.states.insert(name, state);
        }
        Ok((circle, is_due))
    }

    /// What the clock does: banishes what is idle, and ends calls that took too long, for all owners.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tend(&self, rules: &Rules) -> Result<(), OutsideError> {
        let now = self.now();
        let select = Statement::new(
            "SELECT owner FROM daemon_calls WHERE deadline <= ?1 UNION \
             SELECT owner FROM daemons WHERE session IS NOT NULL AND used <= ?2 LIMIT ?3",
            [now.into(), (now - millis(rules.idle)).into(), MOST_OWNERS.into()],
        );
        let outcomes = self.run(vec![select]).await?;
        for row in &outcomes.first().ok_or_else(unreadable)?.rows {
            let owner = row.first().and_then(Value::as_text).ok_or_else(unreadable)?;
            self.run(tidying(owner, now, rules)).await?;
        }
        Ok(())
    }
}

/// What is due for an owner: first calls that took too long have failed, then daemons that are idle are banished.
fn tidying(owner: &str, now: Millis, rules: &Rules) -> Vec<Statement> {
    let owner = || Value::from(owner);
    let idle = || Value::from(now - millis(rules.idle));
    let error =
        json!({"code": "MODEL_TIMEOUT", "message": "The call did not end within its time."}).to_string();
    vec![
        Statement::new(
            "INSERT INTO daemon_records (owner, at, kind, daemon, data, task) SELECT owner, ?2, 'invoke', name, \
             json_object('id', id, 'status', 'failed', 'model', model, 'provider', provider, \
             'execution_time', (deadline - started) / 1000.0, 'error', json(?3)), task \
             FROM daemon_calls WHERE owner = ?1 AND deadline <= ?2",
            [owner(), now.into(), error.into()],
        ),
        Statement::new(
            "UPDATE daemons SET used = max(used, ?2), \
             total = total + (SELECT count(*) FROM daemon_calls AS late WHERE late.owner = ?1 AND late.name = daemons.name \
              AND late.deadline <= ?2), \
             failed = failed + (SELECT count(*) FROM daemon_calls AS late WHERE late.owner = ?1 AND late.name = daemons.name \
              AND late.deadline <= ?2), \
             invocations = invocations + (SELECT count(*) FROM daemon_calls AS late WHERE late.owner = ?1 \
              AND late.name = daemons.name AND late.session = daemons.session AND late.deadline <= ?2), \
             milliseconds = milliseconds + (SELECT sum(late.deadline - late.started) FROM daemon_calls AS late \
              WHERE late.owner = ?1 AND late.name = daemons.name AND late.deadline <= ?2) \
             WHERE owner = ?1 AND name IN (SELECT name FROM daemon_calls WHERE owner = ?1 AND deadline <= ?2)",
            [owner(), now.into()],
        ),
        Statement::new("DELETE FROM daemon_calls WHERE owner = ?1 AND deadline <= ?2", [owner(), now.into()]),
        Statement::new(
            "INSERT INTO daemon_records (owner, at, kind, daemon, data) SELECT owner, ?2, 'banish', name, \
             json_object('reason', 'idle', 'invocation_count', invocations) FROM daemons \
             WHERE owner = ?1 AND session IS NOT NULL AND used <= ?3 AND NOT EXISTS \
             (SELECT 1 FROM daemon_calls AS call WHERE call.owner = ?1 AND call.name = daemons.name AND call.session = daemons.session)",
            [owner(), now.into(), idle()],
        ),
        Statement::new(
            "UPDATE daemons SET session = NULL WHERE owner = ?1 AND session IS NOT NULL AND used <= ?2 AND NOT EXISTS \
             (SELECT 1 FROM daemon_calls AS call WHERE call.owner = ?1 AND call.name = daemons.name AND call.session = daemons.session)",
            [owner(), idle()],
        ),
    ]
}

const STATES: &str = "SELECT name, session IS NOT NULL AS awake, summoned, used, summons, invocations, total, failed, \
    milliseconds, input_tokens, output_tokens, \
    (SELECT count(*) FROM daemon_calls AS call WHERE call.owner = ?1 AND call.name = daemons.name) AS running, \
    (SELECT count(*) FROM daemon_calls AS call WHERE call.owner = ?1 AND call.name = daemons.name \
     AND call.session = daemons.session) AS busy, \
    (SELECT min(deadline) FROM daemon_calls AS call WHERE call.owner = ?1 AND call.name = daemons.name) AS soonest \
    FROM daemons WHERE owner = ?1";

/// A row of [`STATES`].
struct Row {
    name: String,
    state: State,
    /// Calls of the present summoning.
    busy: u64,
    /// When the first of the calls under way has taken too long.
    deadline: Option<Millis>,
}

fn state(row: &[Value]) -> Result<Row, OutsideError> {
    let whole = |place: usize| whole(row.get(place));
    let time = |place: usize| row.get(place).and_then(Value::as_i64);
    Ok(Row {
        name: row.first().and_then(Value::as_text).ok_or_else(unreadable)?.to_owned(),
        state: State {
            is_summoned: whole(1) > 0,
            summoned: time(2),
            used: time(3),
            summons: whole(4),
            invocations: whole(5),
            total: whole(6),
            failed: whole(7),
            milliseconds: whole(8),
            input_tokens: whole(9),
            output_tokens: whole(10),
            running: whole(11),
        },
        busy: whole(12),
        deadline: time(13),
    })
}

pub(crate) fn unreadable() -> OutsideError {
    OutsideError::new("database", "a row of the daemons cannot be read")
}
