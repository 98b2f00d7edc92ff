use rusqlite::{
    Connection, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::{World, lock};
use crate::{Answer, Database, Outcome, OutsideError, Statement, Value};

fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("database", error)
}

/// `SQLite` in memory.
impl Database for World {
    fn run(&self, statements: Vec<Statement>) -> Answer<'_, Vec<Outcome>> {
        Box::pin(async move {
            self.wait_for("database").await;
            self.step("database")?;
            // As D1 does.
            if statements.is_empty() {
                return Err(failed("there is no statement"));
            }
            let mut database = lock(&self.0.database);
            if database.is_none() {
                *database = Some(Connection::open_in_memory().map_err(failed)?);
            }
            let connection = database.as_mut().ok_or_else(|| failed("is not open"))?;
            let transaction = connection.transaction().map_err(failed)?;
            let outcomes = statements
                .iter()
                .map(|statement| execute(&transaction, statement))
                .collect::<Result<Vec<_>, _>>()
                .map_err(failed)?;
            transaction.commit().map_err(failed)?;
            Ok(outcomes)
        })
    }
}

fn execute(connection: &Connection, statement: &Statement) -> rusqlite::Result<Outcome> {
    let mut prepared = connection.prepare(statement.sql)?;
    let columns = prepared.column_count();
    let mut rows = prepared.query(params_from_iter(&statement.values))?;
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

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
        }))
    }
}
