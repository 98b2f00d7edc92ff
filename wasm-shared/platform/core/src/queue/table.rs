use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{
    DEAD_LETTERS_KEPT, DeadLetter, Delivery, LEASE, MOST_ATTEMPTS, Message, Outgoing, Queue, SLOW_LEASE,
    failed,
};
use crate::{Answer, Clock, Database, Outcome, OutsideError, Statement, Value, database::migrate_tables};

const MIGRATIONS: [&str; 1] = [include_str!("../../migrations/0001_queue.sql")];

const SEND: &str = "INSERT INTO queue_messages (topic, body, due, attempts) VALUES (?1, ?2, ?3, 0)";

/// `?1` topics as JSON, `?2` now, `?3` when the claim ends, `?4` most attempts, `?5` when the claim of a slow message ends.
const CLAIM: &str = "UPDATE queue_messages SET due = CASE WHEN topic LIKE 'slow.%' THEN ?5 ELSE ?3 END, attempts = attempts + 1 \
    WHERE id = (SELECT id FROM queue_messages \
        WHERE due <= ?2 AND attempts < ?4 AND topic IN (SELECT value FROM json_each(?1)) \
        ORDER BY due, id LIMIT 1) \
    RETURNING id, topic, body, attempts";

/// Messages whose worker died in the last attempt. `?1` now, `?2` most attempts.
const BURY_ABANDONED: &str = "INSERT INTO queue_dead_letters (topic, body, attempts, died, reason) \
    SELECT topic, body, attempts, ?1, 'its worker ended without an answer' \
    FROM queue_messages WHERE due <= ?1 AND attempts >= ?2";
const DELETE_ABANDONED: &str = "DELETE FROM queue_messages WHERE due <= ?1 AND attempts >= ?2";

/// In these, `?1` and `?2` are the claim: the message's number, and its attempts.
const DONE: &str = "DELETE FROM queue_messages WHERE id = ?1 AND attempts = ?2";
const RETRY: &str = "UPDATE queue_messages SET due = ?3 WHERE id = ?1 AND attempts = ?2";
const BURY: &str = "INSERT INTO queue_dead_letters (topic, body, attempts, died, reason) \
    SELECT topic, body, attempts, ?3, ?4 FROM queue_messages WHERE id = ?1 AND attempts = ?2";

const ADD_LETTER: &str =
    "INSERT INTO queue_dead_letters (topic, body, attempts, died, reason) VALUES (?1, ?2, ?3, ?4, ?5)";
const FORGET_LETTERS: &str = "DELETE FROM queue_dead_letters WHERE died < ?1";
const LIST_LETTERS: &str = "SELECT id, topic, body, attempts, died, reason FROM queue_dead_letters \
    WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
const RESEND: &str = "INSERT INTO queue_messages (topic, body, due, attempts) \
    SELECT topic, body, ?2, 0 FROM queue_dead_letters WHERE id = ?1";
const DELETE_LETTER: &str = "DELETE FROM queue_dead_letters WHERE id = ?1";

/// The queue as a table of the database. Each operation is one transaction, so any number of workers in any number of
/// processes may share the table. A claim is the pair of a message's number and its attempts: once a message was claimed
/// again, the former claim matches no row.
pub struct TableQueue {
    database: Arc<dyn Database>,
    clock: Arc<dyn Clock>,
    has_tables: AtomicBool,
}

impl TableQueue {
    /// The queue in this database.
    #[must_use]
    pub fn new(database: Arc<dyn Database>, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock, has_tables: AtomicBool::new(false) }
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, OutsideError> {
        if !self.has_tables.load(Ordering::Relaxed) {
            migrate_tables(&*self.database, "queue", &MIGRATIONS).await?;
            self.has_tables.store(true, Ordering::Relaxed);
        }
        self.database.run(statements).await
    }

    fn forget_letters(&self) -> Statement {
        Statement::new(FORGET_LETTERS, [(self.now() - milliseconds(DEAD_LETTERS_KEPT)).into()])
    }

    /// Stores a dead letter, for a queue that lives elsewhere.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn bury(&self, message: &Message, reason: &str) -> Result<(), OutsideError> {
        let (topic, body) = (message.topic.as_str().into(), message.body.as_str().into());
        let values = [topic, body, i64::from(message.attempts).into(), self.now().into(), reason.into()];
        self.run(vec![self.forget_letters(), Statement::new(ADD_LETTER, values)]).await.map(drop)
    }

    /// Removes a dead letter. Says whether it was there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remove_dead_letter(&self, id: i64) -> Result<bool, OutsideError> {
        let outcomes = self.run(vec![Statement::new(DELETE_LETTER, [id.into()])]).await?;
        Ok(changed(&outcomes))
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn changed(outcomes: &[Outcome]) -> bool {
    outcomes.last().is_some_and(|outcome| outcome.changes > 0)
}

impl Queue for TableQueue {
    fn put(&self, messages: Vec<Outgoing>) -> Answer<'_, ()> {
        Box::pin(async move {
            let now = self.now();
            let statements = messages.into_iter().map(|message| {
                let due = now + milliseconds(message.delay);
                Statement::new(SEND, [message.topic.into(), message.body.into(), due.into()])
            });
            self.run(statements.collect()).await.map(drop)
        })
    }

    fn claim<'a>(&'a self, topics: &'a [&'static str]) -> Answer<'a, Option<Message>> {
        Box::pin(async move {
            let now = self.now();
            let topics = serde_json::Value::from(topics).to_string();
            let most = || Value::Integer(i64::from(MOST_ATTEMPTS));
            let outcomes = self
                .run(vec![
                    Statement::new(BURY_ABANDONED, [now.into(), most()]),
                    Statement::new(DELETE_ABANDONED, [now.into(), most()]),
                    Statement::new(
                        CLAIM,
                        [
                            topics.into(),
                            now.into(),
                            (now + milliseconds(LEASE)).into(),
                            most(),
                            (now + milliseconds(SLOW_LEASE)).into(),
                        ],
                    ),
                ])
                .await?;
            let Some(row) = outcomes.last().and_then(|outcome| outcome.rows.first()) else { return Ok(None) };
            message(row).map(Some).ok_or_else(|| failed("a row is no message"))
        })
    }

    fn settle<'a>(&'a self, message: &'a Message, delivery: Delivery) -> Answer<'a, bool> {
        Box::pin(async move {
            let id: i64 = message.id.parse().map_err(|_| failed("a message of another queue"))?;
            let claim = [Value::Integer(id), Value::Integer(i64::from(message.attempts))];
            let with = |values: [Value; 2]| claim.iter().cloned().chain(values).collect::<Vec<_>>();
            let now = self.now();
            let dead = match delivery {
                Delivery::Done => None,
                Delivery::Retry { after } if message.attempts < MOST_ATTEMPTS => {
                    let [id, attempts] = claim;
                    let due = now.saturating_add(milliseconds(after));
                    let retry = Statement::new(RETRY, [id, attempts, due.into()]);
                    return Ok(changed(&self.run(vec![retry]).await?));
                }
                Delivery::Retry { .. } => Some(format!("{MOST_ATTEMPTS} attempts failed")),
                Delivery::Dead { reason } => Some(reason),
            };
            let mut statements = Vec::new();
            if let Some(reason) = dead {
                statements.push(self.forget_letters());
                statements.push(Statement::new(BURY, with([now.into(), reason.into()])));
            }
            statements.push(Statement::new(DONE, claim));
            Ok(changed(&self.run(statements).await?))
        })
    }

    fn dead_letters(&self, before: Option<i64>, most: u32) -> Answer<'_, Vec<DeadLetter>> {
        Box::pin(async move {
            // The largest whole number that D1 keeps exactly.
            let before = before.unwrap_or(1 << 53);
            let list = Statement::new(LIST_LETTERS, [before.into(), i64::from(most).into()]);
            let outcomes = self.run(vec![list]).await?;
            let rows = outcomes.first().map(|outcome| outcome.rows.as_slice()).unwrap_or_default();
            rows.iter().map(|row| letter(row).ok_or_else(|| failed("a row is no dead letter"))).collect()
        })
    }

    fn resend(&self, id: i64) -> Answer<'_, bool> {
        Box::pin(async move {
            let resend = Statement::new(RESEND, [id.into(), self.now().into()]);
            let outcomes = self.run(vec![resend, Statement::new(DELETE_LETTER, [id.into()])]).await?;
            Ok(changed(&outcomes))
        })
    }
}

fn message(row: &[Value]) -> Option<Message> {
    let [id, topic, body, attempts] = row else { return None };
    Some(Message {
        id: id.as_i64()?.to_string(),
        topic: topic.as_text()?.to_owned(),
        body: body.as_text()?.to_owned(),
        attempts: attempts.as_i64()?.try_into().ok()?,
    })
}

fn letter(row: &[Value]) -> Option<DeadLetter> {
    let [id, topic, body, attempts, died, reason] = row else { return None };
    Some(DeadLetter {
        id: id.as_i64()?,
        topic: topic.as_text()?.to_owned(),
        body: body.as_text()?.to_owned(),
        attempts: attempts.as_i64()?.try_into().ok()?,
        died: died.as_i64()?,
        reason: reason.as_text()?.to_owned(),
    })
}
