//! `spin:sqlite`: databases in SQLite files.

use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::types::{ToSqlOutput, ValueRef};
use wasmtime::{
    Result,
    component::{Accessor, FutureReader, HasSelf, Resource, StreamReader},
    error::Context as _,
};

use crate::{
    bindings::spin::sqlite::sqlite::{
        Error, Host, HostConnection, HostConnectionWithStore, RowResult, Value,
    },
    component::State,
    disturbances::meet,
};

/// Its name in a file of disturbances.
const STORE: &str = "sqlite";

/// All databases of the application: label to SQLite file.
pub(crate) struct Databases(BTreeMap<String, PathBuf>);

/// A connection that a component opened. As in Spin each is its own: its transactions are nobody else's, and what was
/// not committed when the component lets go of it is rolled back. Cheap to clone.
#[derive(Clone)]
#[expect(unreachable_pub, reason = "the generated bindings export it once more")]
pub struct Connection(Arc<Mutex<rusqlite::Connection>>);

/// What a statement gave: the names of its columns, the rows it got to, and how it ended.
struct Outcome {
    columns: Vec<String>,
    rows: Vec<RowResult>,
    end: Result<(), Error>,
}

impl Databases {
    /// Makes sure that each file behind `labels` can be opened, creating what is missing.
    ///
    /// # Errors
    ///
    /// When a file cannot be opened.
    pub(crate) fn new(labels: &BTreeMap<String, PathBuf>) -> Result<Self> {
        for path in labels.values() {
            let directory = path.parent().unwrap_or(Path::new(""));
            std::fs::create_dir_all(directory)?;
            rusqlite::Connection::open(path).with_context(|| format!("database in {}", path.display()))?;
        }
        Ok(Self(labels.clone()))
    }

    fn path(&self, label: &str, granted: &HashSet<String>) -> Result<&Path, Error> {
        if !granted.contains(label) {
            return Err(Error::AccessDenied);
        }
        self.0.get(label).map(PathBuf::as_path).ok_or(Error::NoSuchDatabase)
    }
}

/// For how long a statement waits for another connection's lock. In Spin that is five seconds, rarely enough to be seen in a
/// test; here what a component does about a database that is locked shows whenever many write at once.
const PATIENCE: Duration = Duration::from_secs(1);

impl Connection {
    async fn open(path: PathBuf) -> Result<Self, Error> {
        let open = move || {
            let connection = rusqlite::Connection::open(path)?;
            connection.busy_timeout(PATIENCE)?;
            Ok(connection)
        };
        let connection = off_thread(move || open().map_err(|error| io(&error))).await?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    async fn execute(&self, statement: String, parameters: Vec<Value>) -> Result<Outcome, Error> {
        let connection = self.clone();
        off_thread(move || connection.with(|connection| execute(connection, &statement, &parameters))).await
    }

    fn with<T>(&self, use_it: impl FnOnce(&rusqlite::Connection) -> T) -> T {
        use_it(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Runs `work`, which may wait for the disk or for another connection's lock, off the threads that serve requests.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Io(error.to_string()))?
}

/// A statement that cannot be prepared fails at once; one that fails on the way has its error at the end of its rows.
fn execute(
    connection: &rusqlite::Connection,
    statement: &str,
    parameters: &[Value],
) -> Result<Outcome, Error> {
    let mut statement = connection.prepare(statement).map_err(|error| io(&error))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = Vec::new();
    let mut step_through = || {
        let mut cursor = statement.query(rusqlite::params_from_iter(parameters))?;
        while let Some(row) = cursor.next()? {
            let values = (0..columns.len()).map(|column| row.get_ref(column).map(from_sql));
            rows.push(RowResult { values: values.collect::<rusqlite::Result<_>>()? });
        }
        Ok(())
    };
    let end = step_through().map_err(|error| io(&error));
    Ok(Outcome { columns, rows, end })
}

fn io(error: &rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => Error::DatabaseFull,
        _ => Error::Io(error.to_string()),
    }
}

fn from_sql(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_owned()),
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// The connection behind a handle that the component holds.
fn opened<T>(accessor: &Accessor<T, HasSelf<State>>, handle: &Resource<Connection>) -> Result<Connection> {
    Ok(accessor.with(|mut access| access.get().table.get(handle).cloned())?)
}

impl Host for State {}

impl HostConnection for State {
    fn drop(&mut self, connection: Resource<Connection>) -> Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl HostConnectionWithStore for HasSelf<State> {
    async fn open_async<T>(
        accessor: &Accessor<T, Self>,
        database: String,
    ) -> Result<Result<Resource<Connection>, Error>> {
        if let Err(error) = meet(accessor, STORE, "open").await {
            return Ok(Err(Error::Io(error)));
        }
        let path = accessor.with(|mut access| {
            let grants = &access.get().grants;
            grants.outside.databases.path(&database, &grants.sqlite_databases).map(Path::to_owned)
        });
        let connection = match path {
            Ok(path) => Connection::open(path).await,
            Err(error) => Err(error),
        };
        match connection {
            Ok(connection) => Ok(Ok(accessor.with(|mut access| access.get().table.push(connection))?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn execute_async<T>(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<Result<(Vec<String>, StreamReader<RowResult>, FutureReader<Result<(), Error>>), Error>> {
        if let Err(error) = meet(accessor, STORE, "execute").await {
            return Ok(Err(Error::Io(error)));
        }
        let Outcome { columns, rows, end } =
            match opened(accessor, &connection)?.execute(statement, parameters).await {
                Ok(outcome) => outcome,
                Err(error) => return Ok(Err(error)),
            };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, rows)?;
            let end = FutureReader::new(&mut access, async { wasmtime::error::Ok(end) })?;
            Ok(Ok((columns, rows, end)))
        })
    }

    async fn last_insert_rowid_async<T>(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> Result<i64> {
        Ok(opened(accessor, &connection)?.with(rusqlite::Connection::last_insert_rowid))
    }

    async fn changes_async<T>(accessor: &Accessor<T, Self>, connection: Resource<Connection>) -> Result<u64> {
        Ok(opened(accessor, &connection)?.with(rusqlite::Connection::changes))
    }
}
