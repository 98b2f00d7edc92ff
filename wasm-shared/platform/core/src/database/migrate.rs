use std::{collections::BTreeMap, sync::Arc};

use super::{Statement, Value};
use crate::{OutsideError, Platform};

/// What this instance knows to be applied, so that later requests do not ask.
#[derive(Clone, Default)]
struct Applied(Arc<BTreeMap<&'static str, usize>>);

const VERSIONS: &str =
    "CREATE TABLE IF NOT EXISTS schema_versions (owner TEXT PRIMARY KEY, version INTEGER NOT NULL)";

/// Brings the tables of `owner` to the newest version: `versions[n]` is the SQL that makes version `n + 1` of version
/// `n`. Each is applied once, in a transaction that records it; two instances that do so at once do no harm, because
/// the SQL is written to be repeatable (`CREATE TABLE IF NOT EXISTS`).
///
/// The SQL comes from files that D1's own migrations tool takes too. Statements end with `;` at the end of a line, and
/// nowhere else does a line end with one.
///
/// # Errors
/// When the database does not answer.
pub async fn migrate(
    platform: &Platform,
    owner: &'static str,
    versions: &[&'static str],
) -> Result<(), OutsideError> {
    let known: Applied = platform.instance().get().unwrap_or_default();
    if known.0.get(owner) == Some(&versions.len()) {
        return Ok(());
    }
    let asked = platform
        .database()
        .run(vec![
            Statement::new(VERSIONS, []),
            Statement::new("SELECT version FROM schema_versions WHERE owner = ?1", [owner.into()]),
        ])
        .await?;
    let version = asked.get(1).and_then(|outcome| outcome.rows.first()?.first()?.as_i64()).unwrap_or(0);
    let missing = versions.iter().skip(usize::try_from(version).unwrap_or(0));
    for (sql, number) in missing.zip(version + 1..) {
        let mut statements: Vec<Statement> =
            sql.split(";\n").filter(|sql| has_sql(sql)).map(|sql| Statement::new(sql, [])).collect();
        statements.push(Statement::new(
            "INSERT INTO schema_versions (owner, version) VALUES (?1, ?2) \
             ON CONFLICT (owner) DO UPDATE SET version = max(version, excluded.version)",
            [owner.into(), Value::Integer(number)],
        ));
        platform.database().run(statements).await?;
    }
    let mut applied = known.0.as_ref().clone();
    applied.insert(owner, versions.len());
    platform.instance().set(Applied(Arc::new(applied)));
    Ok(())
}

fn has_sql(text: &str) -> bool {
    text.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with("--"))
}
