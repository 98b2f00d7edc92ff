//! The counters as a table.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::Router;
use platform::{
    Application, Platform, Statement,
    quota::{Spending, Spent},
};
use platform_native::{Machine, Storage, memory::World};

const NOON: i64 = 1_800_014_400_000;
const DAY: i64 = 86_400_000;
const LIMITS: Spending = Spending { per_minute: 60, per_day: 10_000 };

struct Counting;

impl Application for Counting {
    type Services = platform::services![Quota];

    fn routes() -> Router<Platform> {
        Router::new()
    }
}

async fn allowed(platform: &Platform, cost: u32, limits: Spending, now: i64) -> bool {
    platform.quota().spend("key:1", cost, limits, now).await.unwrap().allowed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_hundred_calls_at_once_on_two_servers_exactly_sixty_are_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let machine = || {
        let storage = Storage::Folder(folder.path().to_owned());
        // A machine that does much else takes longer than a caller waits by default.
        let variables = [("STORE_TIMEOUT_MS".to_owned(), "60000".to_owned())].into();
        Machine::new(&storage, variables, None, [].into()).unwrap().platform::<Counting>()
    };
    let platforms = [machine(), machine()];
    let calls: Vec<_> = (0..200)
        .map(|call| {
            let platform = platforms[call % 2].clone();
            tokio::spawn(async move { allowed(&platform, 1, LIMITS, NOON).await })
        })
        .collect();
    let mut passed = 0;
    for call in calls {
        passed += usize::from(call.await.unwrap());
    }
    assert_eq!(passed, 60);
}

#[tokio::test]
async fn a_window_lasts_a_minute_from_its_first_call_and_a_refused_call_costs_nothing() {
    let platform = World::default().platform();
    assert!(allowed(&platform, 50, LIMITS, NOON).await);
    for _ in 0..5 {
        assert!(!allowed(&platform, 11, LIMITS, NOON + 59_999).await);
    }
    let verdict = platform.quota().spend("key:1", 10, LIMITS, NOON + 59_999).await.unwrap();
    let spent = Spent { window_opened: NOON, used: 60, day: NOON.div_euclid(DAY), day_used: 60 };
    assert_eq!((verdict.allowed, verdict.spent), (true, Some(spent)));
    assert!(!allowed(&platform, 1, LIMITS, NOON + 59_999).await);
    assert!(allowed(&platform, 60, LIMITS, NOON + 60_000).await);
}

#[tokio::test]
async fn the_day_ends_at_midnight_utc_and_a_slow_clock_does_not_open_it_again() {
    let platform = World::default().platform();
    let limits = Spending { per_minute: 60, per_day: 3 };
    let midnight = (NOON.div_euclid(DAY) + 1) * DAY;
    assert!(allowed(&platform, 3, limits, midnight - 1).await);
    assert!(!allowed(&platform, 1, limits, midnight - 1).await);
    assert!(allowed(&platform, 3, limits, midnight).await);
    assert!(!allowed(&platform, 1, limits, midnight - 70_000).await);
    assert!(!allowed(&platform, 1, limits, midnight + 70_000).await);
}

#[tokio::test]
async fn subjects_have_counters_of_their_own() {
    let platform = World::default().platform();
    let limits = Spending { per_minute: 1, per_day: 1 };
    let quota = platform.quota();
    assert!(quota.spend("a", 1, limits, NOON).await.unwrap().allowed);
    assert!(quota.spend("b", 1, limits, NOON).await.unwrap().allowed);
    let refused = quota.spend("c", 2, limits, NOON).await.unwrap();
    assert_eq!((refused.allowed, refused.spent), (false, None), "what fits no window leaves no counter");
}

/// Without a job that somebody would have to start: Spin has no timer.
#[tokio::test]
async fn counters_that_nobody_used_since_the_day_before_yesterday_go_as_others_are_used() {
    let platform = World::default().platform();
    let counters = async || {
        let select = Statement::new("SELECT subject FROM quota ORDER BY subject", []);
        let outcomes = platform.database().run(vec![select]).await.unwrap();
        outcomes[0].rows.iter().map(|row| row[0].as_text().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // A second in which requests are counted in each millisecond.
    let a_second_of_requests = async |subject: &str, from: i64| {
        for millisecond in 0..1_000 {
            platform.quota().spend(subject, 1, LIMITS, from + millisecond).await.unwrap();
        }
    };
    for (subject, day) in [("monday", 0), ("tuesday", 1)] {
        platform.quota().spend(subject, 1, LIMITS, NOON + day * DAY).await.unwrap();
    }
    a_second_of_requests("others", NOON + DAY).await;
    assert_eq!(counters().await, ["monday", "others", "tuesday"], "yesterday's is kept");
    a_second_of_requests("others", NOON + 2 * DAY).await;
    assert_eq!(counters().await, ["others", "tuesday"]);
}
