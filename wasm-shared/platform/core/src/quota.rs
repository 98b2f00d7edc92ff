//! Counting what a caller spends, exactly.
//!
//! A window of a minute is opened by the first request, and a day is a UTC day. A refused request costs nothing. A clock that
//! is slow counts in the window and the day that a faster one has opened.
//!
//! The rule is one SQL statement, [`CHARGE`]. Spin and native run it on the database, Cloudflare in a durable object of each
//! subject, which has an SQLite database of its own.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{Answer, Database, OutsideError, Statement, Value, deadline::Bounded, service::service};

/// Counters of what subjects spend.
pub trait Quota: Send + Sync {
    /// Counts `cost` for `subject` at `now` (milliseconds since 1970) where both limits have room for it, and says whether they
    /// had. Of calls at the same time, anywhere, exactly as many are allowed as fit.
    ///
    /// Counters that were last used before yesterday are removed by and by.
    fn spend<'a>(&'a self, subject: &'a str, cost: u32, limits: Spending, now: i64) -> Answer<'a, Verdict>;
}

service!(Quota, quota, "quota", "What callers spend.", bounded);

impl Quota for Bounded<dyn Quota> {
    fn spend<'a>(&'a self, subject: &'a str, cost: u32, limits: Spending, now: i64) -> Answer<'a, Verdict> {
        self.call(self.service.spend(subject, cost, limits, now))
    }
}

/// How much a subject may spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spending {
    /// In the window of 60 seconds that its first request opened.
    pub per_minute: u32,
    /// In a UTC day.
    pub per_day: u32,
}

/// What a subject has spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// When the window was opened, in milliseconds since 1970.
    pub window_opened: i64,
    /// Spent in the window.
    pub used: i64,
    /// The UTC day, counted from 1970-01-01.
    pub day: i64,
    /// Spent on that day.
    pub day_used: i64,
}

/// Whether a request was within the limits, and what is spent after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it was, and so was counted.
    pub allowed: bool,
    /// None where a first request costs more than a whole limit.
    pub spent: Option<Spent>,
}

const DAY: i64 = 86_400_000;

/// The table of counters, a row for each subject.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS quota (\
    subject TEXT PRIMARY KEY, window_opened INTEGER NOT NULL, used INTEGER NOT NULL, \
    day INTEGER NOT NULL, day_used INTEGER NOT NULL) WITHOUT ROWID";

/// Counts a request where it is within the limits; gives a row where it was. SQLite runs one writing statement at a time, so
/// the count is exact. In an UPDATE it computes every right side from the old row.
///
/// Parameters, as [`charge_values`] gives them: `?1` subject, `?2` now, `?3` cost, `?4` UTC day, `?5` limit a minute, `?6`
/// limit a day.
pub const CHARGE: &str = "INSERT INTO quota (subject, window_opened, used, day, day_used) \
    SELECT ?1, ?2, ?3, ?4, ?3 WHERE ?3 <= ?5 AND ?3 <= ?6 \
    ON CONFLICT (subject) DO UPDATE SET \
    used = CASE WHEN window_opened + 60000 <= ?2 THEN ?3 ELSE used + ?3 END, \
    window_opened = CASE WHEN window_opened + 60000 <= ?2 THEN ?2 ELSE window_opened END, \
    day_used = CASE WHEN day < ?4 THEN ?3 ELSE day_used + ?3 END, \
    day = max(day, ?4) \
    WHERE (window_opened + 60000 <= ?2 OR used + ?3 <= ?5) AND (day < ?4 OR day_used + ?3 <= ?6) \
    RETURNING 1";

/// Reads a counter: a row of [`Spent`]'s numbers in their order. `?1` subject.
pub const PEEK: &str = "SELECT window_opened, used, day, day_used FROM quota WHERE subject = ?1";

/// Removes old counters, a bounded number so that no caller waits long for it. `?1` the first UTC day that is kept.
const FORGET: &str =
    "DELETE FROM quota WHERE subject IN (SELECT subject FROM quota WHERE day < ?1 LIMIT 2000)";

/// Old counters are removed along with one request in so many (by the millisecond in which it is counted), because some
/// platforms have no timer. A request makes one counter at most, so they go faster than they come.
const FORGET_EVERY: i64 = 256;

/// The values of [`CHARGE`] after the subject, `?2` to `?6`.
#[must_use]
pub const fn charge_values(cost: u32, limits: Spending, now: i64) -> [i64; 5] {
    [now, cost as i64, now.div_euclid(DAY), limits.per_minute as i64, limits.per_day as i64]
}

/// The counters as a table of the database.
pub struct TableQuota {
    database: Arc<dyn Database>,
    has_table: AtomicBool,
}

impl TableQuota {
    /// The counters in this database.
    #[must_use]
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { database, has_table: AtomicBool::new(false) }
    }
}

impl Quota for TableQuota {
    fn spend<'a>(&'a self, subject: &'a str, cost: u32, limits: Spending, now: i64) -> Answer<'a, Verdict> {
        Box::pin(async move {
            let numbers = charge_values(cost, limits, now).map(Value::Integer);
            let values = std::iter::once(subject.into()).chain(numbers).collect::<Vec<_>>();
            let mut statements = vec![Statement::new(CHARGE, values), Statement::new(PEEK, [subject.into()])];
            if now.rem_euclid(FORGET_EVERY) == 0 {
                statements.insert(0, Statement::new(FORGET, [(now.div_euclid(DAY) - 1).into()]));
            }
            // In the same exchange: where every request is an instance of its own, every one comes here.
            if !self.has_table.load(Ordering::Relaxed) {
                statements.insert(0, Statement::new(TABLE, []));
            }
            let statements = statements.into_iter().map(Statement::that_may_be_lost).collect();
            let outcomes = self.database.run(statements).await?;
            self.has_table.store(true, Ordering::Relaxed);
            let [.., charged, peeked] = outcomes.as_slice() else {
                return Err(OutsideError::new("quota", "the database gave too little"));
            };
            let spent = peeked.rows.first().and_then(|row| {
                let [window_opened, used, day, day_used] = row.as_slice() else { return None };
                Some(Spent {
                    window_opened: window_opened.as_i64()?,
                    used: used.as_i64()?,
                    day: day.as_i64()?,
                    day_used: day_used.as_i64()?,
                })
            });
            Ok(Verdict { allowed: !charged.rows.is_empty(), spent })
        })
    }
}
