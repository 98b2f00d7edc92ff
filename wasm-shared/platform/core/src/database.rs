//! Tables: SQL in SQLite's dialect, with transactions. For data on which all instances have to agree at once.

mod migrate;

pub use migrate::migrate;
pub(crate) use migrate::migrate_tables;

use crate::{Answer, deadline::Bounded, service::service};

/// Tables, in SQLite's dialect.
pub trait Database: Send + Sync {
    /// Runs statements, one at least, in order as one transaction: all of them happen, or none. Returns the outcome of each.
    ///
    /// Column names of one statement must differ and not be numbers. A statement binds at most 100 values of at most
    /// 2 MB, which is what D1 takes; many rows go in as one JSON value and `json_each`.
    fn run(&self, statements: Vec<Statement>) -> Answer<'_, Vec<Outcome>>;
}

service!(Database, database, "database", "Tables, for what must be right at once and everywhere.", bounded);

impl Database for Bounded<dyn Database> {
    fn run(&self, statements: Vec<Statement>) -> Answer<'_, Vec<Outcome>> {
        self.call(self.service.run(statements))
    }
}

/// One SQL statement and the values of its parameters `?1`, `?2`, ...
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The SQL, one statement.
    pub sql: &'static str,
    /// The values, in the order of the parameters' numbers.
    pub values: Vec<Value>,
    /// Whether what it writes may be lost when the machine loses its power (not when the process ends).
    pub may_be_lost: bool,
}

impl Statement {
    /// A statement.
    pub fn new(sql: &'static str, values: impl Into<Vec<Value>>) -> Self {
        Self { sql, values: values.into(), may_be_lost: false }
    }

    /// The same, for counters and observations. A transaction of such statements only need not wait for the disk, which takes
    /// longer than all else that it does.
    #[must_use]
    pub fn that_may_be_lost(self) -> Self {
        Self { may_be_lost: true, ..self }
    }
}

/// The outcome of a statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The rows, each with its values in the order of the columns.
    pub rows: Vec<Vec<Value>>,
    /// Rows inserted, updated or deleted; meaningful only for a statement that writes.
    pub changes: u64,
}

/// A value in a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A whole number; D1 keeps those up to 2^53 exactly.
    Integer(i64),
    /// Any other number. D1 gives one that happens to be whole as [`Value::Integer`]; [`Value::as_f64`] takes both.
    Real(f64),
    /// Text.
    Text(String),
}

impl Value {
    /// The whole number, if it is one.
    #[must_use]
    pub const fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Real(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(value) => Some(value),
            _ => None,
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
