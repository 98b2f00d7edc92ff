use std::{collections::BTreeMap, sync::Arc};

use super::{Database, Statement, Value};
use crate::{OutsideError, Platform};

/// The newest version of each owner's tables that this instance has seen, so that later requests do not ask.
#[derive(Clone, Default)]
struct Applied(Arc<BTreeMap<&'static str, usize>>);

const CREATE: &str = "CREATE TABLE IF NOT EXISTS applied_migrations \
                      (owner TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (owner, version))";

/// Brings the tables of `owner` to the newest version: `versions[n]` is the SQL that makes version `n + 1` of version `n`.
///
/// Each version is applied once. Its SQL and the row that records it are one transaction, and the row's primary key lets only
/// one transaction in: of several instances that migrate at once, the others fail there, see that the version is applied, and
/// go on with the next. So the SQL may be anything, `ALTER TABLE ... ADD COLUMN` included.
///
/// The SQL comes from files that D1's own migrations tool takes too. Statements end with `;` at the end of a line, and
/// nowhere else does a line end with one.
///
/// # Errors
/// When the database does not answer, or refuses the SQL.
pub async fn migrate(
    platform: &Platform,
    owner: &'static str,
    versions: &[&'static str],
) -> Result<(), OutsideError> {
    let known: Applied = platform.instance().get().unwrap_or_default();
    if known.0.get(owner).is_some_and(|version| *version >= versions.len()) {
        return Ok(());
    }
    let version = migrate_tables(platform.database(), owner, versions).await?;
    let mut applied = platform.instance().get::<Applied>().unwrap_or_default().0.as_ref().clone();
    applied.insert(owner, version);
    platform.instance().set(Applied(Arc::new(applied)));
    Ok(())
}

/// The same for a service that stands on the database and has no platform. Gives the version that the tables have now.
pub(crate) async fn migrate_tables(
    database: &dyn Database,
    owner: &'static str,
    versions: &[&'static str],
) -> Result<usize, OutsideError> {
    let mut version = newest(database, owner).await?;
    while let Some(sql) = versions.get(version) {
        let applied = apply(database, owner, version + 1, sql).await;
        let newest = newest(database, owner).await?;
        if newest <= version {
            // Nobody else applied it either, so the error is about the SQL or the database.
            applied?;
        }
        version = newest.max(version + 1);
    }
    Ok(version)
}

async fn newest(database: &dyn Database, owner: &'static str) -> Result<usize, OutsideError> {
    let select = "SELECT max(version) FROM applied_migrations WHERE owner = ?1";
    let statements = vec![Statement::new(CREATE, []), Statement::new(select, [owner.into()])];
    let outcomes = database.run(statements).await?;
    let version = outcomes.get(1).and_then(|outcome| outcome.rows.first()?.first()?.as_i64());
    Ok(version.and_then(|version| usize::try_from(version).ok()).unwrap_or(0))
}

async fn apply(
    database: &dyn Database,
    owner: &'static str,
    version: usize,
    sql: &'static str,
) -> Result<(), OutsideError> {
    let number = Value::Integer(i64::try_from(version).unwrap_or(i64::MAX));
    let mut statements = vec![Statement::new(
        "INSERT INTO applied_migrations (owner, version) VALUES (?1, ?2)",
        [owner.into(), number],
    )];
    statements.extend(sql.split(";\n").filter(|sql| has_sql(sql)).map(|sql| Statement::new(sql, [])));
    database.run(statements).await.map(drop)
}

fn has_sql(text: &str) -> bool {
    text.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with("--"))
}
