//! The record: what was summoned, called, banished and purged.

use platform::{Outcome, OutsideError, Statement, Value};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::{
    DaemonStore, Millis,
    random::{digits, token},
    store::unreadable,
};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A daemon was summoned.
    Summon,
    /// A call of a daemon ended.
    Invoke,
    /// A daemon was banished: by its owner, by idleness, or by the operator.
    Banish,
    /// Old records were archived and removed.
    Purge,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Summon, Self::Invoke, Self::Banish, Self::Purge];

    /// Its name on the wire and in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Summon => "summon",
            Self::Invoke => "invoke",
            Self::Banish => "banish",
            Self::Purge => "purge",
        }
    }
}

/// A row of the record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its number: later ones are greater.
    pub number: u64,
    /// When.
    pub at: Millis,
    /// What: the name of a [`Kind`].
    pub kind: String,
    /// Which daemon; none for a purge.
    pub daemon: Option<String>,
    /// The particulars.
    pub data: Json,
    /// What a call asked.
    pub task: Option<String>,
    /// What a call gave.
    pub answer: Option<String>,
}

/// Which rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this kind only.
    pub kind: Option<Kind>,
    /// Of this daemon only.
    pub daemon: Option<String>,
    /// With these words, in the task, the answer or the particulars; case does not matter for ASCII letters.
    pub words: Option<String>,
    /// At this time or later.
    pub from: Option<Millis>,
    /// Before this time.
    pub to: Option<Millis>,
    /// Older than this one.
    pub before: Option<u64>,
    /// How many.
    pub limit: u32,
}

/// What the record says as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Rows of each kind of each daemon.
    pub counts: Vec<(String, Option<String>, u64)>,
    /// Calls that failed.
    pub failed: u64,
    /// Seconds that the calls took together.
    pub seconds: f64,
    /// Tokens that went in.
    pub input_tokens: u64,
    /// Tokens that came out.
    pub output_tokens: u64,
    /// The oldest row's time.
    pub first: Option<Millis>,
    /// The newest row's time.
    pub last: Option<Millis>,
}

/// Rows that are read, archived and removed together: an answer has 10,000 characters at most, so they have a few MB.
const PORTION: u32 = 50;
/// Portions of one purge: what is left goes with the next.
const MOST_PORTIONS: usize = 20;

/// What a purge did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Rows that were archived and removed.
    pub records: u64,
    /// The names of the archives.
    pub archives: Vec<String>,
    /// Whether there is more to be removed.
    pub is_rest: bool,
}

const NEWEST_FIRST: &str = "SELECT number, at, kind, daemon, data, task, answer FROM daemon_records \
    WHERE owner = ?1 AND number < ?2 AND (?3 IS NULL OR kind = ?3) AND (?4 IS NULL OR daemon = ?4) \
    AND (?5 IS NULL OR at >= ?5) AND (?6 IS NULL OR at < ?6) \
    AND (?7 IS NULL OR instr(lower(coalesce(task, '') || ' ' || coalesce(answer, '') || ' ' || data), lower(?7)) > 0) \
    ORDER BY number DESC LIMIT ?8";
const OLDEST_FIRST: &str = "SELECT number, at, kind, daemon, data, task, answer FROM daemon_records \
    WHERE owner = ?1 AND number > ?2 ORDER BY number LIMIT ?3";

/// The largest whole number that D1 keeps exactly.
const LARGEST: u64 = 1 << 53;

fn number(value: u64) -> Value {
    i64::try_from(value.min(LARGEST)).unwrap_or(i64::MAX).into()
}

fn optional<T: Into<Value>>(value: Option<T>) -> Value {
    value.map_or(Value::Null, Into::into)
}

impl DaemonStore<'_> {
    /// An owner's rows, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn records(&self, owner: &str, filter: &Filter) -> Result<Vec<Record>, OutsideError> {
        let select = Statement::new(
            NEWEST_FIRST,
            [
                owner.into(),
                number(filter.before.unwrap_or(LARGEST)),
                optional(filter.kind.map(Kind::name)),
                optional(filter.daemon.as_deref()),
                optional(filter.from),
                optional(filter.to),
                optional(filter.words.as_deref()),
                i64::from(filter.limit).into(),
            ],
        );
        rows(self.run(vec![select]).await?.first())
    }

    /// An owner's rows after this one, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn records_after(
        &self,
        owner: &str,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Record>, OutsideError> {
        let select = Statement::new(OLDEST_FIRST, [owner.into(), number(after), i64::from(limit).into()]);
        rows(self.run(vec![select]).await?.first())
    }

    /// The number of an owner's newest row; 0 without any.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn newest(&self, owner: &str) -> Result<u64, OutsideError> {
        let select = "SELECT max(number) AS newest FROM daemon_records WHERE owner = ?1";
        let outcomes = self.run(vec![Statement::new(select, [owner.into()])]).await?;
        Ok(whole(outcomes.first().and_then(|outcome| outcome.rows.first()?.first())))
    }

    /// What an owner's record says as a whole.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn summary(&self, owner: &str) -> Result<Summary, OutsideError> {
        let statements = vec![
            Statement::new(
                "SELECT kind, daemon, count(*) AS many FROM daemon_records WHERE owner = ?1 GROUP BY kind, daemon \
                 ORDER BY kind, daemon",
                [owner.into()],
            ),
            Statement::new(
                "SELECT min(at) AS first, max(at) AS last, \
                 coalesce(sum(kind = 'invoke' AND data ->> '$.status' = 'failed'), 0) AS failed, \
                 coalesce(sum(data ->> '$.execution_time'), 0.0) AS seconds, \
                 coalesce(sum(data ->> '$.usage.input_tokens'), 0) AS input, \
                 coalesce(sum(data ->> '$.usage.output_tokens'), 0) AS output \
                 FROM daemon_records WHERE owner = ?1",
                [owner.into()],
            ),
        ];
        let outcomes = self.run(statements).await?;
        let [counts, all] = outcomes.as_slice() else { return Err(unreadable()) };
        let count = |row: &Vec<Value>| {
            let text = |place: usize| row.get(place).and_then(Value::as_text).map(str::to_owned);
            (text(0).unwrap_or_default(), text(1), whole(row.get(2)))
        };
        let row = all.rows.first().ok_or_else(unreadable)?;
        Ok(Summary {
            counts: counts.rows.iter().map(count).collect(),
            first: row.first().and_then(Value::as_i64),
            last: row.get(1).and_then(Value::as_i64),
            failed: whole(row.get(2)),
            seconds: row.get(3).and_then(Value::as_f64).unwrap_or_default(),
            input_tokens: whole(row.get(4)),
            output_tokens: whole(row.get(5)),
        })
    }

    /// Archives and then removes an owner's rows of more than so many days ago, a bounded number of them. A row is removed only
    /// after the archive has taken it; a purge that is interrupted leaves rows that are archived twice.
    ///
    /// # Errors
    /// When the database or the archive does not answer.
    pub async fn purge(&self, owner: &str, days: u32) -> Result<Purged, OutsideError> {
        let now = self.now();
        let before = now - i64::from(days) * 86_400_000;
        let mut purged = Purged::default();
        for _ in 0..MOST_PORTIONS {
            let select = Statement::new(
                "SELECT number, at, kind, daemon, data, task, answer FROM daemon_records WHERE owner = ?1 AND at <= ?2 \
                 ORDER BY number LIMIT ?3",
                [owner.into(), before.into(), i64::from(PORTION).into()],
            );
            let records = rows(self.run(vec![select]).await?.first())?;
            let Some(last) = records.last() else { break };
            let name = format!("{}-{}", now, token()?);
            let mut lines = Vec::new();
            for record in &records {
                serde_json::to_writer(&mut lines, &archived(record))
                    .map_err(|error| OutsideError::new("archive", error))?;
                lines.push(b'\n');
            }
            self.platform().archive().put(&key(owner, &name), &lines).await?;
            let delete = Statement::new(
                "DELETE FROM daemon_records WHERE owner = ?1 AND at <= ?2 AND number <= ?3",
                [owner.into(), before.into(), number(last.number)],
            );
            let removed = self.run(vec![delete]).await?.first().map_or(0, |outcome| outcome.changes);
            purged.records += removed;
            purged.archives.push(name);
            purged.is_rest = records.len() == PORTION as usize;
            if !purged.is_rest {
                break;
            }
        }
        if purged.records > 0 {
            let data = json!({"days": days, "records": purged.records, "archives": purged.archives});
            let insert = Statement::new(
                "INSERT INTO daemon_records (owner, at, kind, data) VALUES (?1, ?2, 'purge', ?3)",
                [owner.into(), now.into(), data.to_string().into()],
            );
            self.run(vec![insert]).await?;
        }
        Ok(purged)
    }

    /// An archive that a purge of this owner made: a JSON object on each line.
    ///
    /// # Errors
    /// When the archive does not answer.
    pub async fn archived(&self, owner: &str, name: &str) -> Result<Option<Vec<u8>>, OutsideError> {
        let is_name = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        if !is_name {
            return Ok(None);
        }
        self.platform().archive().get(&key(owner, name)).await
    }
}

/// Where an archive lies. An owner is a text that an operator chose, of any length and letters, so its digest names the folder.
fn key(owner: &str, name: &str) -> String {
    let folder = digits(&Sha256::digest(owner)[..16]);
    format!("daemons/{folder}/{name}.jsonl")
}

fn archived(record: &Record) -> Json {
    json!({
        "number": record.number,
        "at": crate::time(record.at),
        "kind": record.kind,
        "daemon": record.daemon,
        "data": record.data,
        "task": record.task,
        "answer": record.answer,
    })
}

fn rows(outcome: Option<&Outcome>) -> Result<Vec<Record>, OutsideError> {
    outcome.ok_or_else(unreadable)?.rows.iter().map(|row| record(row).ok_or_else(unreadable)).collect()
}

fn record(row: &[Value]) -> Option<Record> {
    let text = |place: usize| row.get(place).and_then(Value::as_text).map(str::to_owned);
    Some(Record {
        number: row.first()?.as_i64()?.try_into().ok()?,
        at: row.get(1)?.as_i64()?,
        kind: text(2)?,
        daemon: text(3),
        data: serde_json::from_str(&text(4)?).ok()?,
        task: text(5),
        answer: text(6),
    })
}

/// A whole number that is not negative; D1 may give one as a real.
pub(crate) fn whole(value: Option<&Value>) -> u64 {
    value.and_then(Value::as_f64).map_or(0, |value| value.max(0.0) as u64)
}
