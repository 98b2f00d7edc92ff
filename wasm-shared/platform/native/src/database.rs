use std::{path::Path, time::Duration};

use platform::{Outcome, OutsideError, Statement, Value};
use rusqlite::{
    Connection, ErrorCode, ToSql, TransactionBehavior, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("database", error)
}

/// Milliseconds for which a transaction waits for another process's to end, as Spin does.
const PATIENCE: Duration = Duration::from_secs(5);

/// Statements that are kept prepared. The product has some three hundred, and a request runs a dozen.
const PREPARED: usize = 256;

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
        connection.set_prepared_statement_cache_capacity(PREPARED);
        Ok(Self { connection, waits_for_disk: true })
    }

    /// Runs statements as one transaction.
    pub(crate) fn transaction(&mut self, statements: &[Statement]) -> Result<Vec<Outcome>, OutsideError> {
        // As D1 does.
        if statements.is_empty() {
            return Err(failed("there is no statement"));
        }
        self.attempt(statements).map_err(failed)
    }

    /// Runs statements as one transaction, if that takes no waiting: neither for the disk nor for another process. `None`: nothing
    /// was done.
    pub(crate) fn at_once(&mut self, statements: &[Statement]) -> Result<Option<Vec<Outcome>>, OutsideError> {
        let waits = |statement: &Statement| !statement.may_be_lost && !only_reads(statement);
        if statements.is_empty() || statements.iter().any(waits) {
            return Ok(None);
        }
        self.connection.busy_timeout(Duration::ZERO).map_err(failed)?;
        let outcome = self.attempt(statements);
        self.connection.busy_timeout(PATIENCE).map_err(failed)?;
        match outcome {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(None),
            outcome => outcome.map(Some).map_err(failed),
        }
    }

    fn attempt(&mut self, statements: &[Statement]) -> rusqlite::Result<Vec<Outcome>> {
        // Reading takes no lock that another writer waits for, and writes nothing that the disk could be waited for.
        let behavior = if statements.iter().all(only_reads) {
            TransactionBehavior::Deferred
        } else {
            self.wait_for_disk(statements.iter().any(|statement| !statement.may_be_lost))?;
            TransactionBehavior::Immediate
        };
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        let outcomes = statements
            .iter()
            .map(|statement| execute(&transaction, statement))
            .collect::<Result<Vec<_>, _>>()?;
        transaction.commit()?;
        Ok(outcomes)
    }

    fn wait_for_disk(&mut self, wait: bool) -> rusqlite::Result<()> {
        if wait != self.waits_for_disk {
            // With a write-ahead log, NORMAL keeps the database whole, but what was written last may be lost with the power.
            let synchronous = if wait { "FULL" } else { "NORMAL" };
            self.connection.pragma_update(None, "synchronous", synchronous)?;
            self.waits_for_disk = wait;
        }
        Ok(())
    }
}

/// Whether a statement writes nothing. One that begins otherwise counts as one that writes.
fn only_reads(statement: &Statement) -> bool {
    statement.sql.starts_with("SELECT")
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn database(folder: &Path) -> Sqlite {
        let mut database = Sqlite::file(&folder.join("database.sqlite")).unwrap();
        database
            .transaction(&[Statement::new("CREATE TABLE IF NOT EXISTS kept (value INTEGER)", [])])
            .unwrap();
        database
    }

    fn insert() -> Statement {
        Statement::new("INSERT INTO kept (value) VALUES (1)", [])
    }

    fn counted() -> Statement {
        Statement::new("SELECT count(*) FROM kept", [])
    }

    #[test]
    fn what_has_to_wait_for_the_disk_is_not_done_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut database = database(folder.path());
        assert!(database.at_once(&[insert()]).unwrap().is_none());
        assert!(database.at_once(&[counted(), insert()]).unwrap().is_none());
        let rows = |outcomes: Vec<Outcome>| outcomes[0].rows[0][0].as_i64();
        assert_eq!(database.at_once(&[counted()]).unwrap().and_then(rows), Some(0), "nothing was done");
        assert!(database.at_once(&[insert().that_may_be_lost()]).unwrap().is_some());
        assert_eq!(database.at_once(&[counted()]).unwrap().and_then(rows), Some(1));
    }

    #[test]
    fn reading_goes_on_while_another_process_writes_and_a_count_waits_its_turn() {
        let folder = tempfile::tempdir().unwrap();
        let mut database = database(folder.path());
        let mut other = Connection::open(folder.path().join("database.sqlite")).unwrap();
        let writing = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        assert!(database.at_once(&[counted()]).unwrap().is_some());
        assert!(database.at_once(&[insert().that_may_be_lost()]).unwrap().is_none(), "without waiting");
        writing.commit().unwrap();
        assert!(database.at_once(&[insert().that_may_be_lost()]).unwrap().is_some());
    }
}
