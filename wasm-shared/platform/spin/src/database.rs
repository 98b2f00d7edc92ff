use std::sync::Arc;

use platform::{
    Answer, Database, Outcome, OutsideError, Provides, Queue, Quota, Statement, Value, queue::TableQueue,
    quota::TableQuota,
};
use spin_sdk::sqlite::{self, Connection};

use super::{Component, WasiClock};

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

fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("database", error)
}

impl Database for Sqlite {
    fn run(&self, statements: Vec<Statement>) -> Answer<'_, Vec<Outcome>> {
        Box::pin(async move {
            // A connection of its own: requests that shared one would be in each other's transactions. Dropped before
            // COMMIT, it rolls back.
            let connection = Connection::open_default().await.map_err(failed)?;
            execute(&connection, "BEGIN IMMEDIATE", Vec::new()).await?;
            let mut outcomes = Vec::with_capacity(statements.len());
            for statement in statements {
                outcomes.push(execute(&connection, statement.sql, statement.values).await?);
            }
            execute(&connection, "COMMIT", Vec::new()).await?;
            Ok(outcomes)
        })
    }
}

async fn execute(connection: &Connection, sql: &str, values: Vec<Value>) -> Result<Outcome, OutsideError> {
    let values = values.into_iter().map(to_spin);
    // Until its rows are collected a statement may not have run.
    let rows = connection.execute(sql, values).await.map_err(failed)?.collect().await.map_err(failed)?;
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
