//! Keys and audit rows in the platform's database.
//!
//! Every change of a key is one transaction with its audit row.

use platform::{Outcome, OutsideError, Platform, Statement, Value};

use crate::{
    Expiry, Hash, KeyChange, KeyRecord, Limits, Millis, Previous, Scopes, Secret,
    audit::{Act, AuditRow},
};

const MIGRATIONS: [&str; 2] =
    [include_str!("../migrations/0001_keys.sql"), include_str!("../migrations/0002_token_budgets.sql")];

/// Most entries of one page of a list.
pub const PAGE: u32 = 100;

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The entries, newest first.
    pub entries: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<i64>,
}

/// Keys and audit rows.
#[derive(Clone, Copy)]
pub struct KeyStore<'a>(&'a Platform);

impl<'a> KeyStore<'a> {
    /// Opens the store, and makes its tables where they are not there yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(platform: &'a Platform) -> Result<Self, OutsideError> {
        platform::migrate(platform, "access", &MIGRATIONS).await?;
        Ok(Self(platform))
    }

    /// Keeps a new key.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn create(&self, record: &KeyRecord, audit: &AuditRow) -> Result<(), OutsideError> {
        let insert = Statement::new(
            "INSERT INTO api_keys (id, name, owner, prefix, scopes, per_minute, per_day, created, expires, hash, tokens_per_day) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            [
                record.id.as_str().into(),
                record.name.as_str().into(),
                record.owner.as_str().into(),
                record.prefix.as_str().into(),
                record.scopes.to_string().into(),
                i64::from(record.limits.per_minute).into(),
                i64::from(record.limits.per_day).into(),
                record.created.into(),
                optional(record.expires),
                record.hash.to_string().into(),
                optional(record.tokens_per_day.map(i64::from)),
            ],
        );
        self.0.database().run(vec![insert, append(audit)]).await.map(drop)
    }

    /// The key that a secret with this hash opens, now or during the grace of a rotation.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn find_by_hash(&self, hash: &Hash) -> Result<Option<KeyRecord>, OutsideError> {
        let sql = "SELECT * FROM api_keys WHERE hash = ?1 \
                   UNION ALL SELECT * FROM api_keys WHERE previous_hash = ?1 LIMIT 1";
        self.one(sql, [hash.to_string().into()]).await
    }

    /// The key with this id.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn get(&self, id: &str) -> Result<Option<KeyRecord>, OutsideError> {
        let sql = "SELECT * FROM api_keys WHERE id = ?1";
        self.one(sql, [id.into()]).await
    }

    /// Keys with this id or name that are not revoked, at most two: more than one means that the name says too little.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn named(&self, name: &str) -> Result<Vec<KeyRecord>, OutsideError> {
        let sql = "SELECT * FROM api_keys WHERE (id = ?1 OR name = ?1) AND revoked IS NULL ORDER BY id <> ?1 LIMIT 2";
        let outcomes = self.0.database().run(vec![Statement::new(sql, [name.into()])]).await?;
        let rows = outcomes.first().map(|outcome| outcome.rows.as_slice()).unwrap_or_default();
        rows.iter().map(|row| key(row).ok_or_else(unreadable)).collect()
    }

    /// Keys, newest first, revoked ones too. `before` is [`Page::next`] of the page before this one.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn list(&self, before: Option<i64>, limit: u32) -> Result<Page<KeyRecord>, OutsideError> {
        let sql = "SELECT * FROM api_keys WHERE number < ?1 ORDER BY number DESC LIMIT ?2";
        let outcome = self.page(sql, before, limit, None).await?;
        page(&outcome, limit, key)
    }

    /// The keys of an owner, as [`Self::list`] gives all.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn list_of(
        &self,
        owner: &str,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Page<KeyRecord>, OutsideError> {
        let sql = "SELECT * FROM api_keys WHERE number < ?1 AND owner = ?3 ORDER BY number DESC LIMIT ?2";
        let outcome = self.page(sql, before, limit, Some(owner.into())).await?;
        page(&outcome, limit, key)
    }

    /// Changes a key that is not revoked, and gives it as it is then; `None` where there is none.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn change(
        &self,
        id: &str,
        change: &KeyChange,
        audit: &AuditRow,
    ) -> Result<Option<KeyRecord>, OutsideError> {
        let number = |value: Option<u32>| optional(value.map(i64::from));
        let update = Statement::new(
            "UPDATE api_keys SET name = coalesce(?2, name), owner = coalesce(?3, owner), \
                 scopes = coalesce(?4, scopes), per_minute = coalesce(?5, per_minute), \
                 per_day = coalesce(?6, per_day), tokens_per_day = coalesce(?9, tokens_per_day), expires = CASE ?7 WHEN 1 THEN ?8 ELSE expires END \
                 WHERE id = ?1 AND revoked IS NULL RETURNING *",
            [
                id.into(),
                text(change.name.as_deref()),
                text(change.owner.as_deref()),
                text(change.scopes.map(|scopes| scopes.to_string()).as_deref()),
                number(change.per_minute),
                number(change.per_day),
                i64::from(change.expires.is_some()).into(),
                optional(change.expires.and_then(Expiry::time)),
                number(change.tokens_per_day),
            ],
        );
        self.act(id, update, audit).await
    }

    /// Takes a key back, at once and everywhere. A key that was taken back keeps its first time; `None` where there is
    /// none.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn revoke(&self, id: &str, audit: &AuditRow) -> Result<Option<KeyRecord>, OutsideError> {
        let update = Statement::new(
            "UPDATE api_keys SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL RETURNING *",
            [id.into(), audit.at.into()],
        );
        match self.act(id, update, audit).await? {
            None => self.get(id).await,
            revoked => Ok(revoked),
        }
    }

    /// Gives a key that is not revoked another secret; the former one stays good for `grace` milliseconds.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn rotate(
        &self,
        id: &str,
        secret: &Secret,
        grace: Millis,
        audit: &AuditRow,
    ) -> Result<Option<KeyRecord>, OutsideError> {
        let update = Statement::new(
            "UPDATE api_keys SET previous_hash = CASE WHEN ?5 > 0 THEN hash END, \
                 previous_until = CASE WHEN ?5 > 0 THEN ?4 + ?5 END, hash = ?2, prefix = ?3 \
                 WHERE id = ?1 AND revoked IS NULL RETURNING *",
            [
                id.into(),
                secret.hash().to_string().into(),
                secret.recognizable().into(),
                audit.at.into(),
                grace.into(),
            ],
        );
        self.act(id, update, audit).await
    }

    /// Notes that a key was used, at most once a minute: calls in between write nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn touch(&self, record: &KeyRecord, now: Millis) -> Result<(), OutsideError> {
        if !record.is_touch_due(now) {
            return Ok(());
        }
        let sql = "UPDATE api_keys SET last_used = ?2 \
                   WHERE id = ?1 AND (last_used IS NULL OR last_used <= ?2 - 60000)";
        let touch = Statement::new(sql, [record.id.as_str().into(), now.into()]);
        self.0.database().run(vec![touch]).await.map(drop)
    }

    /// Notes an act of administration that is not about keys.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn append_audit(&self, row: &AuditRow) -> Result<(), OutsideError> {
        self.0.database().run(vec![append(row)]).await.map(drop)
    }

    /// Acts of administration, newest first. `before` is [`Page::next`] of the page before this one.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn list_audit(&self, before: Option<i64>, limit: u32) -> Result<Page<AuditRow>, OutsideError> {
        let sql = "SELECT * FROM audit \
                   WHERE number < ?1 ORDER BY number DESC LIMIT ?2";
        let outcome = self.page(sql, before, limit, None).await?;
        page(&outcome, limit, audit_row)
    }

    /// Runs an UPDATE that gives the changed key, and the audit row where it changed one.
    async fn act(
        &self,
        id: &str,
        update: Statement,
        audit: &AuditRow,
    ) -> Result<Option<KeyRecord>, OutsideError> {
        // The row is written first and under the same condition, because afterwards a revoked key looks the same
        // whether it was revoked now or before.
        let statements = vec![append_where_changeable(audit, id), update];
        let outcomes = self.0.database().run(statements).await?;
        outcomes
            .get(1)
            .and_then(|outcome| outcome.rows.first())
            .map(|row| key(row).ok_or_else(unreadable))
            .transpose()
    }

    async fn one<const N: usize>(
        &self,
        sql: &'static str,
        values: [Value; N],
    ) -> Result<Option<KeyRecord>, OutsideError> {
        let outcomes = self.0.database().run(vec![Statement::new(sql, values)]).await?;
        let row = outcomes.first().and_then(|outcome| outcome.rows.first());
        row.map(|row| key(row).ok_or_else(unreadable)).transpose()
    }

    async fn page(
        &self,
        sql: &'static str,
        before: Option<i64>,
        limit: u32,
        of: Option<Value>,
    ) -> Result<Outcome, OutsideError> {
        // One more than is asked for says whether there is a next page.
        let values = [before.unwrap_or(i64::MAX >> 10).into(), (i64::from(limit.min(PAGE)) + 1).into()];
        let values: Vec<Value> = values.into_iter().chain(of).collect();
        let outcomes = self.0.database().run(vec![Statement::new(sql, values)]).await?;
        Ok(outcomes.into_iter().next().unwrap_or_default())
    }
}

/// The statement that keeps an audit row, for a transaction that does what the row says.
#[must_use]
pub fn append(row: &AuditRow) -> Statement {
    let sql =
        "INSERT INTO audit (at, actor, act, target, address, request_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    Statement::new(sql, audit_values(row))
}

fn append_where_changeable(row: &AuditRow, key: &str) -> Statement {
    let sql = "INSERT INTO audit (at, actor, act, target, address, request_id) SELECT ?1, ?2, ?3, ?4, ?5, ?6 \
               WHERE EXISTS (SELECT 1 FROM api_keys WHERE id = ?7 AND revoked IS NULL)";
    let mut values = audit_values(row);
    values.push(key.into());
    Statement::new(sql, values)
}

/// The values of an audit row, in the order of `at, actor, act, target, address, request_id`.
#[must_use]
pub fn audit_values(row: &AuditRow) -> Vec<Value> {
    vec![
        row.at.into(),
        row.actor.as_str().into(),
        row.act.name().into(),
        row.target.as_str().into(),
        text(row.address.as_deref()),
        text(row.request_id.as_deref()),
    ]
}

fn page<T>(outcome: &Outcome, limit: u32, read: fn(&[Value]) -> Option<T>) -> Result<Page<T>, OutsideError> {
    let rows = &outcome.rows[..outcome.rows.len().min(limit.min(PAGE) as usize)];
    let entries: Option<Vec<T>> = rows.iter().map(|row| read(row)).collect();
    let more = outcome.rows.len() > rows.len();
    let next = rows.last().filter(|_| more).and_then(|row| row.first()?.as_i64());
    Ok(Page { entries: entries.ok_or_else(unreadable)?, next })
}

/// Reads a row of `SELECT * FROM api_keys`. Columns are read in the order of the migrations, which only add to it.
#[must_use]
pub fn key(row: &[Value]) -> Option<KeyRecord> {
    let whole = |at: usize| row.get(at).and_then(Value::as_i64);
    let words = |at: usize| row.get(at).and_then(Value::as_text).map(str::to_owned);
    let previous = words(13).zip(whole(14));
    Some(KeyRecord {
        id: words(1)?,
        name: words(2)?,
        owner: words(3)?,
        prefix: words(4)?,
        // A scope that a newer version wrote and this one does not know is not given.
        scopes: Scopes::known(&words(5)?),
        limits: Limits { per_minute: whole(6)?.try_into().ok()?, per_day: whole(7)?.try_into().ok()? },
        tokens_per_day: whole(15).and_then(|tokens| tokens.try_into().ok()),
        created: whole(8)?,
        last_used: whole(9),
        expires: whole(10),
        revoked: whole(11),
        hash: Hash::parse(&words(12)?)?,
        previous: match previous {
            Some((hash, good_until)) => Some(Previous { hash: Hash::parse(&hash)?, good_until }),
            None => None,
        },
    })
}

/// Reads a row of `SELECT * FROM audit`.
fn audit_row(row: &[Value]) -> Option<AuditRow> {
    let words = |at: usize| row.get(at).and_then(Value::as_text).map(str::to_owned);
    Some(AuditRow {
        at: row.get(1)?.as_i64()?,
        actor: words(2)?,
        act: Act::named(&words(3)?)?,
        target: words(4)?,
        address: words(5),
        request_id: words(6),
    })
}

fn optional(value: Option<i64>) -> Value {
    value.map_or(Value::Null, Value::Integer)
}

fn text(value: Option<&str>) -> Value {
    value.map_or(Value::Null, Value::from)
}

fn unreadable() -> OutsideError {
    OutsideError::new(
        "database",
        "a row of keys or of the audit trail cannot be read; was it written by a newer version?",
    )
}
