use std::{sync::Arc, time::Duration};

use platform::{
    Answer, Database, Outcome, OutsideError, Provides, Queue, Quota, Sleep as _, Statement, Value,
    queue::TableQueue, quota::TableQuota,
};
use spin_sdk::sqlite::{self, Connection};

use super::{Component, MonotonicClock, WasiClock};

/// Spin's SQLite database `default`.
struct Sqlite;

impl Provides<dyn Database> for Component {
    fn provide(&self) -> Option<Arc<dyn Database>> {
        Some(Arc::new(Sqlite))
    }
}

/// A table of the database.
impl Provides<dyn Queue> for Component {
    fn provide(&self) -> Option<Arc<dyn Queue>> {
        Some(Arc::new(TableQueue::new(Arc::new(Sqlite), Arc::new(WasiClock))))
    }
}

/// A table of the database.
impl Provides<dyn Quota> for Component {
    fn provide(&self) -> Option<Arc<dyn Quota>> {
        Some(Arc::new(TableQuota::new(Arc::new(Sqlite))))
    }
}

fn failed(error: sqlite::Error) -> OutsideError {
    match error {
        sqlite::Error::NoSuchDatabase | sqlite::Error::AccessDenied => {
            OutsideError::missing("database", error)
        }
        error => OutsideError::new("database", error),
    }
}

impl Database for Sqlite {
    fn run(&self, statements: Vec<Statement>) -> Answer<'_, Vec<Outcome>> {
        Box::pin(async move {
            // Only one connection at a time writes; what reads does not wait for that one to end.
            let only_reads = statements.iter().all(|statement| statement.sql.starts_with("SELECT "));
            // A connection of its own: requests that shared one would be in each other's transactions. Dropped before
            // COMMIT, it rolls back.
            let connection = Connection::open_default().await.map_err(failed)?;
            patiently(&connection, if only_reads { "BEGIN" } else { "BEGIN IMMEDIATE" }, &[]).await?;
            let mut outcomes = Vec::with_capacity(statements.len());
            for Statement { sql, values, .. } in statements {
                outcomes.push(if only_reads {
                    patiently(&connection, sql, &values).await?
                } else {
                    execute(&connection, sql, values).await.map_err(failed)?
                });
            }
            patiently(&connection, "COMMIT", &[]).await?;
            Ok(outcomes)
        })
    }
}

/// How long to wait before a lock is asked for again.
const PAUSE: Duration = Duration::from_millis(10);

/// Runs a statement as soon as the lock that it needs is free; until the caller's deadline, which drops this.
///
/// Spin gives up after five seconds ("database is locked"). SQLite has no queue for its lock: where many write at once, others may
/// come first again and again. A statement that was refused like this has done nothing.
async fn patiently(connection: &Connection, sql: &str, values: &[Value]) -> Result<Outcome, OutsideError> {
    loop {
        match execute(connection, sql, values.to_vec()).await {
            Err(error) if is_busy(&error) => MonotonicClock.sleep(PAUSE).await,
            done => return done.map_err(failed),
        }
    }
}

/// Whether another connection has the lock (`SQLITE_BUSY`). Spin hands on SQLite's words only.
fn is_busy(error: &sqlite::Error) -> bool {
    matches!(error, sqlite::Error::Io(words) if words.contains("database is locked"))
}

async fn execute(connection: &Connection, sql: &str, values: Vec<Value>) -> Result<Outcome, sqlite::Error> {
    let values = values.into_iter().map(to_spin);
    // Until its rows are collected a statement may not have run.
    let rows = connection.execute(sql, values).await?.collect().await?;
    let rows = rows.into_iter().map(|row| row.values.into_iter().map(from_spin).collect()).collect();
    Ok(Outcome { rows, changes: connection.changes().await })
}

fn to_spin(value: Value) -> sqlite::Value {
    match value {
        Value::Null => sqlite::Value::Null,
        Value::Integer(value) => sqlite::Value::Integer(value),
        Value::Real(value) => sqlite::Value::Real(value),
        Value::Text(value) => sqlite::Value::Text(value),
    }
}

fn from_spin(value: sqlite::Value) -> Value {
    match value {
        sqlite::Value::Integer(value) => Value::Integer(value),
        sqlite::Value::Real(value) => Value::Real(value),
        sqlite::Value::Text(value) => Value::Text(value),
        // No table here holds bytes.
        sqlite::Value::Null | sqlite::Value::Blob(_) => Value::Null,
    }
}
