//! Quotas: so many requests in a minute and in a day, exactly.
//!
//! The window of a minute is fixed and opened by the first request; the day is a UTC day. A window that slides or a
//! bucket that refills would let more than the limit through within a minute. A refused request costs nothing.
//!
//! [`Counter::charge`] is the rule. [`CHARGE`] is the same rule as one SQL statement, which the platforms run: SQLite
//! executes one writing statement at a time, so the count is exact however many instances there are.

use crate::{Limits, Millis};

/// Length of the window, in milliseconds.
pub const WINDOW: Millis = 60_000;
const DAY: Millis = 86_400_000;

/// The table of counters, a row for each caller.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS quota (\
    subject TEXT PRIMARY KEY, window_opened INTEGER NOT NULL, used INTEGER NOT NULL, \
    day INTEGER NOT NULL, day_used INTEGER NOT NULL) WITHOUT ROWID";

/// Counts a request, if it is within the limits. Gives a row `(window_opened, used, day, day_used)` if it is, none if it
/// is refused.
///
/// Parameters: `?1` subject, `?2` now in milliseconds, `?3` cost, `?4` UTC day ([`utc_day`]), `?5` limit a minute, `?6`
/// limit a day. In an UPDATE, SQLite computes every right side from the old row. The first WHERE refuses a cost that no
/// window has room for, whether or not there is a row; the second one what the present window or day has no room for.
pub const CHARGE: &str = "INSERT INTO quota (subject, window_opened, used, day, day_used) \
    SELECT ?1, ?2, ?3, ?4, ?3 WHERE ?3 <= ?5 AND ?3 <= ?6 \
    ON CONFLICT (subject) DO UPDATE SET \
    used = CASE WHEN window_opened + 60000 <= ?2 THEN ?3 ELSE used + ?3 END, \
    window_opened = CASE WHEN window_opened + 60000 <= ?2 THEN ?2 ELSE window_opened END, \
    day_used = CASE WHEN day < ?4 THEN ?3 ELSE day_used + ?3 END, \
    day = max(day, ?4) \
    WHERE (window_opened + 60000 <= ?2 OR used + ?3 <= ?5) AND (day < ?4 OR day_used + ?3 <= ?6) \
    RETURNING window_opened, used, day, day_used";

/// Reads a counter, for the headers of a refusal and for what a caller has left. `?1` subject.
pub const PEEK: &str = "SELECT window_opened, used, day, day_used FROM quota WHERE subject = ?1";

/// Removes counters that say nothing any more. `?1` UTC day of two days ago.
pub const PRUNE: &str = "DELETE FROM quota WHERE day < ?1";

/// The number of the UTC day that `now` is in.
#[must_use]
pub const fn utc_day(now: Millis) -> i64 {
    now.div_euclid(DAY)
}

/// What a caller has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// When the window was opened.
    pub window_opened: Millis,
    /// Used in the window.
    pub used: i64,
    /// The UTC day.
    pub day: i64,
    /// Used in the day.
    pub day_used: i64,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// It was within the limits and is counted.
    Admitted(Counter),
    /// It was not, and cost nothing. There is no counter where a first request costs more than a whole limit.
    Refused(Option<Counter>),
}

impl Counter {
    /// Counts a request of `cost` at `now`. This is [`CHARGE`] in Rust.
    #[must_use]
    pub fn charge(before: Option<Self>, now: Millis, cost: u32, limits: Limits) -> Charge {
        let (cost, day) = (i64::from(cost), utc_day(now));
        // A clock that is slow finds a window or a day that is ahead of it, and counts in that one: it cannot open
        // yesterday again.
        let opens = before.is_none_or(|before| before.window_opened + WINDOW <= now);
        let dawns = before.is_none_or(|before| before.day < day);
        let used = if opens { 0 } else { before.map_or(0, |before| before.used) };
        let day_used = if dawns { 0 } else { before.map_or(0, |before| before.day_used) };
        let after = Self {
            window_opened: if opens { now } else { before.map_or(now, |before| before.window_opened) },
            used: used + cost,
            day: before.map_or(day, |before| before.day.max(day)),
            day_used: day_used + cost,
        };
        let fits = after.used <= i64::from(limits.per_minute) && after.day_used <= i64::from(limits.per_day);
        if fits { Charge::Admitted(after) } else { Charge::Refused(before) }
    }
}

/// What a caller has left of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// `minute` or `day`.
    pub policy: &'static str,
    /// The limit.
    pub limit: u32,
    /// The window's length in seconds.
    pub window: i64,
    /// Requests left.
    pub remaining: i64,
    /// Seconds until all of the limit is there again.
    pub reset: i64,
}

/// What a caller has left of the minute and of the day at `now`.
#[must_use]
pub fn remaining(counter: Option<Counter>, now: Millis, limits: Limits) -> [Remaining; 2] {
    let seconds = |millis: Millis| (millis + 999).div_euclid(1000);
    let open = counter.filter(|counter| now < counter.window_opened + WINDOW);
    let today = counter.filter(|counter| counter.day >= utc_day(now));
    let left = |limit: u32, used: Option<i64>| (i64::from(limit) - used.unwrap_or(0)).max(0);
    let window_ends = open.map_or(WINDOW, |counter| counter.window_opened + WINDOW - now);
    let day_ends = (utc_day(now) + 1) * DAY - now;
    [
        Remaining {
            policy: "minute",
            limit: limits.per_minute,
            window: 60,
            remaining: left(limits.per_minute, open.map(|counter| counter.used)),
            reset: seconds(window_ends).min(60),
        },
        Remaining {
            policy: "day",
            limit: limits.per_day,
            window: 86_400,
            remaining: left(limits.per_day, today.map(|counter| counter.day_used)),
            reset: seconds(day_ends),
        },
    ]
}

/// The limits that have no room for a request of `cost`; these are the `violated-policies` of a refusal.
pub fn violated(remaining: &[Remaining; 2], cost: u32) -> impl Iterator<Item = &Remaining> {
    remaining.iter().filter(move |policy| policy.remaining < i64::from(cost))
}

/// The headers of a limited answer: `RateLimit-Limit`, `-Remaining`, `-Reset` of the limit that is nearest to its end,
/// which most clients read, and `RateLimit`, `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers-10.
#[must_use]
pub fn headers(remaining: &[Remaining; 2]) -> [(&'static str, String); 5] {
    let [minute, day] = remaining;
    let nearest = if day.remaining <= minute.remaining { day } else { minute };
    let list = |form: fn(&Remaining) -> String| format!("{}, {}", form(minute), form(day));
    [
        ("ratelimit-limit", nearest.limit.to_string()),
        ("ratelimit-remaining", nearest.remaining.to_string()),
        ("ratelimit-reset", nearest.reset.to_string()),
        ("ratelimit", list(|it| format!("\"{}\";r={};t={}", it.policy, it.remaining, it.reset))),
        ("ratelimit-policy", list(|it| format!("\"{}\";q={};w={}", it.policy, it.limit, it.window))),
    ]
}

/// `Retry-After` of a refused request of `cost`, in seconds: when every limit that refused it is whole again.
#[must_use]
pub fn retry_after(remaining: &[Remaining; 2], cost: u32) -> i64 {
    violated(remaining, cost).map(|policy| policy.reset).max().unwrap_or(1).max(1)
}
