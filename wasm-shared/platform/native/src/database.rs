use std::path::Path;

use platform::{Outcome, OutsideError, Statement, Value};
use rusqlite::{
    Connection, ToSql, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("database", error)
}

/// Milliseconds for which a transaction waits for another process's to end, as Spin does.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// A `SQLite` database: a file, or in memory.
pub(crate) struct Sqlite {
    connection: Connection,
    /// Whether a transaction has ended only when it is on the disk.
    waits_for_disk: bool,
}

impl Sqlite {
    pub(crate) fn in_memory() -> Result<Self, OutsideError> {
        let connection = Connection::open_in_memory().map_err(failed)?;
        Ok(Self { connection, waits_for_disk: true })
    }

    /// Opens a file, made where it is missing. Readers and a writer do not wait for each other (write-ahead log).
    pub(crate) fn file(path: &Path) -> Result<Self, OutsideError> {
        let connection = Connection::open(path).map_err(failed)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        Ok(Self { connection, waits_for_disk: true })
    }

    /// Runs statements as one transaction.
    pub(crate) fn transaction(&mut self, statements: &[Statement]) -> Result<Vec<Outcome>, OutsideError> {
        // As D1 does.
        if statements.is_empty() {
            return Err(failed("there is no statement"));
        }
        self.wait_for_disk(statements.iter().any(|statement| !statement.may_be_lost))?;
        let immediate = rusqlite::TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(immediate).map_err(failed)?;
        let outcomes = statements
            .iter()
            .map(|statement| execute(&transaction, statement))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(outcomes)
    }

    fn wait_for_disk(&mut self, wait: bool) -> Result<(), OutsideError> {
        if wait != self.waits_for_disk {
            // With a write-ahead log, NORMAL keeps the database whole, but what was written last may be lost with the power.
            let synchronous = if wait { "FULL" } else { "NORMAL" };
            self.connection.pragma_update(None, "synchronous", synchronous).map_err(failed)?;
            self.waits_for_disk = wait;
        }
        Ok(())
    }
}

fn execute(connection: &Connection, statement: &Statement) -> rusqlite::Result<Outcome> {
    let mut prepared = connection.prepare_cached(statement.sql)?;
    let columns = prepared.column_count();
    let mut rows = prepared.query(params_from_iter(statement.values.iter().map(Parameter)))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((0..columns).map(|index| row.get_ref(index).map(from_sqlite)).collect::<Result<_, _>>()?);
    }
    drop(rows);
    Ok(Outcome { rows: found, changes: connection.changes() })
}

fn from_sqlite(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Real(value) => Value::Real(value),
        ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
        ValueRef::Null | ValueRef::Blob(_) => Value::Null,
    }
}

/// A value as `SQLite` takes it.
struct Parameter<'a>(&'a Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(value) => ValueRef::Integer(*value),
            Value::Real(value) => ValueRef::Real(*value),
            Value::Text(value) => ValueRef::Text(value.as_bytes()),
        }))
    }
}
