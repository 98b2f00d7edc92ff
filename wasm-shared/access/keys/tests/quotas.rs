//! Limits of requests: the rule, the platform's statement that counts by it, and the headers.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Barrier};

use access::{
    Limits,
    quota::{headers, remaining, retry_after, violated},
};
use platform::quota::{CHARGE, PEEK, Spent, TABLE, charge_values};
use proptest::prelude::*;
use rusqlite::{Connection, OptionalExtension as _, params};

const NOON: i64 = 1_800_014_400_000;
const LIMITS: Limits = Limits { per_minute: 60, per_day: 10_000 };

fn utc_day(now: i64) -> i64 {
    now.div_euclid(86_400_000)
}

/// A caller whose requests are counted by the rule, as one would say it: `platform::quota::CHARGE` is the same in SQL.
#[derive(Default)]
struct Model(Option<Spent>);

impl Model {
    fn call(&mut self, now: i64, cost: u32, limits: Limits) -> bool {
        let (cost, day) = (i64::from(cost), utc_day(now));
        // A clock that is slow finds a window or a day that is ahead of it, and counts in that one.
        let window = self.0.filter(|before| now < before.window_opened + 60_000);
        let today = self.0.filter(|before| before.day >= day);
        let after = Spent {
            window_opened: window.map_or(now, |before| before.window_opened),
            used: window.map_or(0, |before| before.used) + cost,
            day: today.map_or(day, |before| before.day),
            day_used: today.map_or(0, |before| before.day_used) + cost,
        };
        let fits = after.used <= i64::from(limits.per_minute) && after.day_used <= i64::from(limits.per_day);
        if fits {
            self.0 = Some(after);
        }
        fits
    }

    fn calls(&mut self, times: usize, now: i64, limits: Limits) -> usize {
        (0..times).filter(|_| self.call(now, 1, limits)).count()
    }
}

#[test]
fn sixty_of_two_hundred_calls_pass() {
    assert_eq!(Model::default().calls(200, NOON, LIMITS), 60);
}

#[test]
fn the_window_is_opened_by_the_first_call_and_lasts_a_minute() {
    let mut caller = Model::default();
    assert_eq!(caller.calls(1, NOON, LIMITS), 1);
    assert_eq!(caller.calls(200, NOON + 59_999, LIMITS), 59);
    assert_eq!(caller.calls(200, NOON + 60_000, LIMITS), 60);
}

#[test]
fn a_refused_call_costs_nothing() {
    let mut caller = Model::default();
    caller.calls(200, NOON, LIMITS);
    let before = caller.0;
    caller.calls(500, NOON + 1, LIMITS);
    assert_eq!(caller.0, before);
}

#[test]
fn the_day_ends_at_midnight_utc() {
    let limits = Limits { per_minute: 60, per_day: 3 };
    let mut caller = Model::default();
    assert_eq!(caller.calls(9, NOON, limits), 3);
    let midnight = (utc_day(NOON) + 1) * 86_400_000;
    assert_eq!(caller.calls(9, midnight - 1, limits), 0);
    assert_eq!(caller.calls(9, midnight, limits), 3);
}

#[test]
fn a_slow_clock_does_not_open_yesterday_or_a_former_window_again() {
    let limits = Limits { per_minute: 60, per_day: 3 };
    let mut caller = Model::default();
    let midnight = (utc_day(NOON) + 1) * 86_400_000;
    assert_eq!(caller.calls(9, midnight + 5, limits), 3);
    assert_eq!(caller.calls(9, midnight - 70_000, limits), 0, "yesterday by the slow clock");
    assert_eq!(caller.calls(9, midnight + 70_000, limits), 0, "and it is still today");
    let mut caller = Model::default();
    assert_eq!(caller.calls(200, NOON, LIMITS), 60);
    assert_eq!(caller.calls(200, NOON - 300_000, LIMITS), 0);
}

#[test]
fn calls_cost_by_weight_and_one_that_fits_no_window_is_refused() {
    let mut caller = Model::default();
    assert!(caller.call(NOON, 50, LIMITS));
    assert!(!caller.call(NOON, 11, LIMITS));
    assert!(caller.call(NOON, 10, LIMITS));
    assert!(!Model::default().call(NOON, 61, LIMITS));
    assert!(!caller.call(NOON + 60_000, 61, LIMITS), "not in a fresh window either");
    assert!(caller.call(NOON + 1, 0, LIMITS), "what costs nothing passes");
}

fn times_and_costs() -> impl Strategy<Value = Vec<(i64, u32)>> {
    // Steps forward and back, up to days, so that windows and days open and clocks disagree.
    let step = prop_oneof![-3_000..30_000_i64, -90_000_000..90_000_000_i64, Just(60_000), Just(59_999)];
    proptest::collection::vec((step, prop_oneof![4 => 1..4_u32, 1 => 0..9_u32]), 1..200).prop_map(|steps| {
        let mut now = NOON;
        steps
            .into_iter()
            .map(|(step, cost)| {
                now += step;
                (now, cost)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn no_window_and_no_day_ever_lets_more_through_than_its_limit(
        calls in times_and_costs(), per_minute in 1..8_u32, per_day in 1..30_u32,
    ) {
        let limits = Limits { per_minute, per_day };
        let mut caller = Model::default();
        let (mut in_window, mut in_day) = (std::collections::BTreeMap::new(), std::collections::BTreeMap::new());
        for (now, cost) in calls {
            if caller.call(now, cost, limits) {
                let counter = caller.0.unwrap();
                *in_window.entry(counter.window_opened).or_insert(0) += cost;
                *in_day.entry(counter.day).or_insert(0) += cost;
            }
        }
        prop_assert!(in_window.values().all(|used| *used <= per_minute), "{in_window:?}");
        prop_assert!(in_day.values().all(|used| *used <= per_day), "{in_day:?}");
        let opened: Vec<_> = in_window.into_keys().collect();
        prop_assert!(opened.windows(2).all(|pair| pair[1] - pair[0] >= 60_000), "{opened:?}");
    }

    #[test]
    fn headers_agree_with_each_other_and_with_what_happens_next(
        calls in times_and_costs(), per_minute in 1..8_u32, per_day in 1..30_u32,
    ) {
        let limits = Limits { per_minute, per_day };
        let mut caller = Model::default();
        for (now, cost) in calls {
            let left = remaining(caller.0, now, limits);
            let room = left.iter().map(|policy| policy.remaining).min().unwrap();
            let [limit, rest, reset, both, policies] = headers(&left).map(|(_, value)| value);
            prop_assert_eq!(&rest, &room.to_string());
            prop_assert!(both.contains(&format!("r={rest};t={reset}")), "{both}");
            prop_assert!(policies.contains(&format!("q={limit};w=")), "{policies}");
            // A cost that fits no window is refused although a window is empty.
            prop_assert_eq!(caller.call(now, cost, limits), i64::from(cost) <= room);
            prop_assert!(retry_after(&left, cost) >= 1);
        }
    }
}

proptest! {
    // Each case is a database.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_sql_statement_agrees_with_the_rule(
        calls in times_and_costs(), per_minute in 1..8_u32, per_day in 1..30_u32,
    ) {
        let limits = Limits { per_minute, per_day };
        let connection = Connection::open_in_memory().unwrap();
        connection.execute(TABLE, []).unwrap();
        let mut model = Model::default();
        for (now, cost) in calls {
            let admitted = charge(&connection, "a", now, cost, limits);
            prop_assert_eq!(admitted, model.call(now, cost, limits), "at {} for {}", now, cost);
            let row = connection.query_row(PEEK, ["a"], spent).optional().unwrap();
            prop_assert_eq!(row, model.0);
        }
    }
}

fn spent(row: &rusqlite::Row<'_>) -> rusqlite::Result<Spent> {
    Ok(Spent { window_opened: row.get(0)?, used: row.get(1)?, day: row.get(2)?, day_used: row.get(3)? })
}

fn charge(connection: &Connection, subject: &str, now: i64, cost: u32, limits: Limits) -> bool {
    let [now, cost, day, per_minute, per_day] = charge_values(cost, limits.into(), now);
    let values = params![subject, now, cost, day, per_minute, per_day];
    connection.query_row(CHARGE, values, |_| Ok(())).optional().unwrap().is_some()
}

#[test]
fn two_hundred_calls_at_once_on_one_database_let_exactly_sixty_through() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quota.sqlite");
    let open = |path: &std::path::Path| {
        let connection = Connection::open(path).unwrap();
        connection.busy_timeout(std::time::Duration::from_mins(1)).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection
    };
    let all = open(&path);
    all.execute(TABLE, []).unwrap();
    let together = Arc::new(Barrier::new(20));
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let (connection, together) = (open(&path), Arc::clone(&together));
            std::thread::spawn(move || {
                together.wait();
                (0..10).filter(|_| charge(&connection, "key:1", NOON, 1, LIMITS)).count()
            })
        })
        .collect();
    let passed: usize = callers.into_iter().map(|caller| caller.join().unwrap()).sum();
    assert_eq!(passed, 60);
    assert_eq!(all.query_row(PEEK, ["key:1"], spent).unwrap().used, 60);
}

#[test]
fn headers_are_of_both_drafts_and_name_the_limit_that_ends_first() {
    let counter = Spent { window_opened: NOON, used: 48, day: utc_day(NOON), day_used: 9_000 };
    let left = remaining(Some(counter), NOON + 26_000, LIMITS);
    assert_eq!(
        headers(&left).map(|(name, value)| format!("{name}: {value}")),
        [
            "ratelimit-limit: 60".to_owned(),
            "ratelimit-remaining: 12".to_owned(),
            "ratelimit-reset: 34".to_owned(),
            format!("ratelimit: \"minute\";r=12;t=34, \"day\";r=1000;t={}", left[1].reset),
            "ratelimit-policy: \"minute\";q=60;w=60, \"day\";q=10000;w=86400".to_owned(),
        ]
    );
    assert_eq!(retry_after(&left, 13), 34);
    let names: Vec<_> = violated(&left, 13).map(|policy| policy.policy).collect();
    assert_eq!(names, ["minute"]);
}

#[test]
fn a_spent_day_says_midnight_in_retry_after() {
    let limits = Limits { per_minute: 60, per_day: 3 };
    let midnight = (utc_day(NOON) + 1) * 86_400_000;
    let counter = Spent { window_opened: NOON, used: 3, day: utc_day(NOON), day_used: 3 };
    let left = remaining(Some(counter), midnight - 90_500, limits);
    assert_eq!(retry_after(&left, 1), 91);
    assert_eq!(headers(&left)[0].1, "3", "the day is what is spent");
    // A former day's use does not count today.
    assert_eq!(remaining(Some(counter), midnight, limits)[1].remaining, 3);
}
