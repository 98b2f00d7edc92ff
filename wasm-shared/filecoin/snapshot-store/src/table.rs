//! The table of publications, in the database: which snapshot is current, and which copies are kept.

use chrono::NaiveDate;
use platform::{Outcome, OutsideError, Platform, Statement, Value};

use crate::layout::Pointer;

const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_publications.sql")];

/// A publication that took place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) copy: String,
    pub(crate) id: String,
    pub(crate) seq: i64,
    pub(crate) pinned: bool,
}

impl Published {
    pub(crate) fn pointer(&self) -> Pointer {
        let (id, copy) = (self.id.clone(), Some(self.copy.clone()));
        Pointer { id, copy, seq: self.seq, pinned: self.pinned, previous: None }
    }
}

/// The result of an attempt to publish.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Commit {
    /// It took place.
    Done,
    /// Another publication took place first.
    Overtaken,
    /// It took so long that its copies may have been removed.
    TooLate,
}

/// A copy whose bytes are to be removed.
pub(crate) struct Discarded {
    pub(crate) copy: String,
    pub(crate) date: Option<NaiveDate>,
}

/// Copies that may be removed.
#[derive(Default)]
pub(crate) struct Leftovers {
    /// Copies that no reader can ask for any more.
    pub(crate) discarded: Vec<Discarded>,
    /// Copies that the archive keeps and the cache need not.
    pub(crate) uncached: Vec<String>,
}

pub(crate) async fn migrate(platform: &Platform) -> Result<(), OutsideError> {
    platform::migrate(platform, "snapshot-store", &MIGRATIONS).await
}

/// The current publication.
pub(crate) async fn newest(platform: &Platform) -> Result<Option<Published>, OutsideError> {
    let sql =
        "SELECT copy, id, seq, pinned FROM publications WHERE state = 'published' ORDER BY seq DESC LIMIT 1";
    published(&platform.database().run(vec![Statement::new(sql, [])]).await?)
}

/// The last publication of a date.
pub(crate) async fn newest_of(
    platform: &Platform,
    date: NaiveDate,
) -> Result<Option<Published>, OutsideError> {
    let sql = "SELECT copy, id, seq, pinned FROM publications WHERE state = 'published' AND date = ?1 \
               ORDER BY seq DESC LIMIT 1";
    published(&platform.database().run(vec![Statement::new(sql, [date.to_string().into()])]).await?)
}

fn published(outcomes: &[Outcome]) -> Result<Option<Published>, OutsideError> {
    let Some(row) = outcomes.first().and_then(|outcome| outcome.rows.first()) else { return Ok(None) };
    let read = || {
        let text = |column: usize| Some(row.get(column)?.as_text()?.to_owned());
        let number = |column: usize| row.get(column)?.as_i64();
        Some(Published { copy: text(0)?, id: text(1)?, seq: number(2)?, pinned: number(3)? != 0 })
    };
    read().map(Some).ok_or_else(|| OutsideError::new("database", "a row of publications cannot be read"))
}

/// The dates of all publications.
pub(crate) async fn dates(platform: &Platform) -> Result<Vec<NaiveDate>, OutsideError> {
    let sql = "SELECT DISTINCT date FROM publications WHERE state = 'published'";
    let outcomes = platform.database().run(vec![Statement::new(sql, [])]).await?;
    let rows = outcomes.into_iter().next().unwrap_or_default().rows;
    Ok(rows.iter().filter_map(|row| row.first()?.as_text()?.parse().ok()).collect())
}

/// Announces that the bytes of a copy are about to be stored.
pub(crate) async fn begin(
    platform: &Platform,
    copy: &str,
    id: &str,
    (date, source): (NaiveDate, &str),
) -> Result<(), OutsideError> {
    let sql =
        "INSERT INTO publications (copy, id, date, source, state, at) VALUES (?1, ?2, ?3, ?4, 'pending', ?5)";
    let values = [copy.into(), id.into(), date.to_string().into(), source.into(), now(platform)];
    platform.database().run(vec![Statement::new(sql, values)]).await.map(drop)
}

/// Makes a copy the current one, under the number `seq`, if the newest publication is still `after` (0: there is none).
pub(crate) async fn commit(
    platform: &Platform,
    copy: &str,
    after: i64,
    seq: i64,
    pinned: bool,
) -> Result<Commit, OutsideError> {
    let update = "UPDATE publications SET state = 'published', seq = ?2, at = ?3, pinned = ?4 \
                  WHERE copy = ?1 AND state = 'pending' \
                  AND (SELECT coalesce(max(seq), 0) FROM publications) = ?5";
    let values = [copy.into(), seq.into(), now(platform), i64::from(pinned).into(), after.into()];
    let select = "SELECT state FROM publications WHERE copy = ?1";
    let statements = vec![Statement::new(update, values), Statement::new(select, [copy.into()])];
    let outcomes = platform.database().run(statements).await?;
    let state = outcomes.get(1).and_then(|outcome| outcome.rows.first()?.first()?.as_text());
    Ok(match state {
        Some("published") => Commit::Done,
        Some("pending") => Commit::Overtaken,
        _ => Commit::TooLate,
    })
}

/// Lets refreshes replace the current snapshot again. Whether one was pinned.
pub(crate) async fn unpin(platform: &Platform) -> Result<bool, OutsideError> {
    let sql = "UPDATE publications SET pinned = 0 WHERE pinned = 1 RETURNING copy";
    let outcomes = platform.database().run(vec![Statement::new(sql, [])]).await?;
    Ok(outcomes.first().is_some_and(|outcome| !outcome.rows.is_empty()))
}

/// Discards copies that no reader can ask for any more, and lists those to be removed, `limit` of each at most.
///
/// No reader can ask for a pending copy that was begun before `before`, nor one that was replaced before then and is not the last of
/// its date. Dates that lie more than `days` before the newest are given up
/// too; but never the current copy.
///
/// A discarded copy cannot be published any more, so it is safe to remove its bytes, however long that takes.
pub(crate) async fn leftovers(
    platform: &Platform,
    before: i64,
    days: u64,
    limit: i64,
) -> Result<Leftovers, OutsideError> {
    let pending = "UPDATE publications SET state = 'discarded' WHERE state = 'pending' AND at < ?1";
    let replaced = "UPDATE publications SET state = 'discarded' WHERE state = 'published' \
         AND (SELECT later.at FROM publications later WHERE later.seq > publications.seq \
              ORDER BY later.seq LIMIT 1) < ?1 \
         AND (EXISTS (SELECT 1 FROM publications later WHERE later.state = 'published' \
                      AND later.date = publications.date AND later.seq > publications.seq) \
              OR date < date((SELECT max(date) FROM publications WHERE state = 'published'), ?2))";
    let days = format!("-{days} days").into();
    let discarded = "SELECT copy, date FROM publications WHERE state = 'discarded' LIMIT ?1";
    let uncached = "SELECT copy FROM publications WHERE state = 'published' AND cached = 1 AND seq NOT IN \
         (SELECT seq FROM publications WHERE state = 'published' ORDER BY seq DESC LIMIT 2) LIMIT ?1";
    let outcomes = platform
        .database()
        .run(vec![
            Statement::new(pending, [before.into()]),
            Statement::new(replaced, [before.into(), days]),
            Statement::new(discarded, [limit.into()]),
            Statement::new(uncached, [limit.into()]),
        ])
        .await?;
    let rows = |index: usize| outcomes.get(index).into_iter().flat_map(|outcome| &outcome.rows);
    let text = |row: &Vec<Value>, column: usize| Some(row.get(column)?.as_text()?.to_owned());
    Ok(Leftovers {
        discarded: rows(2)
            .filter_map(|row| {
                let date = text(row, 1).and_then(|date| date.parse().ok());
                Some(Discarded { copy: text(row, 0)?, date })
            })
            .collect(),
        uncached: rows(3).filter_map(|row| text(row, 0)).collect(),
    })
}

/// Notes which copies are gone for good and which are gone from the cache.
pub(crate) async fn removed(
    platform: &Platform,
    discarded: &[String],
    uncached: &[String],
) -> Result<(), OutsideError> {
    let list = |copies: &[String]| Value::Text(serde_json::to_string(copies).unwrap_or_default());
    let forget = "DELETE FROM publications WHERE copy IN (SELECT value FROM json_each(?1))";
    let note = "UPDATE publications SET cached = 0 WHERE copy IN (SELECT value FROM json_each(?1))";
    let statements = vec![Statement::new(forget, [list(discarded)]), Statement::new(note, [list(uncached)])];
    platform.database().run(statements).await.map(drop)
}

fn now(platform: &Platform) -> Value {
    Value::Integer(platform.clock().now().timestamp_millis())
}
