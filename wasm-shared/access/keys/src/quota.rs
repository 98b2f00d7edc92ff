//! What a caller has left of a minute and of a day, and the headers that say so.
//!
//! The window of a minute is fixed and opened by the first request; the day is a UTC day. A window that slides or a
//! bucket that refills would let more than the limit through within a minute. A refused request costs nothing.
//! [`platform::Quota`] counts; `tests/quotas.rs` has the rule as a model, against which its SQL statement is tested.

use platform::quota::{Spending, Spent};

use crate::{Limits, Millis};

/// Length of the window, in milliseconds.
const WINDOW: Millis = 60_000;
const DAY: Millis = 86_400_000;

impl From<Limits> for Spending {
    fn from(Limits { per_minute, per_day }: Limits) -> Self {
        Self { per_minute, per_day }
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
pub fn remaining(counter: Option<Spent>, now: Millis, limits: Limits) -> [Remaining; 2] {
    let seconds = |millis: Millis| (millis + 999).div_euclid(1000);
    let open = counter.filter(|counter| now < counter.window_opened + WINDOW);
    let today = counter.filter(|counter| counter.day >= now.div_euclid(DAY));
    let left = |limit: u32, used: Option<i64>| (i64::from(limit) - used.unwrap_or(0)).max(0);
    let window_ends = open.map_or(WINDOW, |counter| counter.window_opened + WINDOW - now);
    let day_ends = (now.div_euclid(DAY) + 1) * DAY - now;
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
