//! Whatever a function asks of a service that hangs, it has an answer within a deadline.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use axum::Router;
use platform::{
    Application, Outgoing, OutsideError, Platform, Statement, migrate,
    queue::drain,
    quota::Spending,
    schedule::{Job, run_due},
};
use platform_native::memory::World;
use tokio::time::Instant;

/// How long a request waits for one call, at most; and what an operator or the clock asked for.
const READING: Duration = Duration::from_secs(2);
const WRITING: Duration = Duration::from_secs(10);

/// Tests pause tokio's clock: it moves on by itself when all wait.
fn world() -> World {
    World::default().hurried(1)
}

/// Something that the clock does, and that takes messages.
struct Idle;

impl Application for Idle {
    type Services = platform::services![Database, Queue];
    const TOPICS: &'static [&'static str] = &["topic"];
    const JOBS: &'static [Job] =
        &[Job::every("often", Duration::from_mins(5), |_| Box::pin(std::future::ready(Ok(()))))];

    fn routes() -> Router<Platform> {
        Router::new()
    }
}

/// The calls that a function may make of a service, with how long each took to fail.
async fn failures(platform: &Platform, service: &str) -> Vec<Duration> {
    let mut waits = Vec::new();
    macro_rules! fail {
        ($($call:expr;)+) => {{
            $(
                let began = Instant::now();
                let result: Result<_, OutsideError> = $call.await;
                assert!(result.is_err(), "{}", stringify!($call));
                waits.push(began.elapsed());
            )+
        }};
    }
    match service {
        "cache" => fail! {
            platform.cache().get("key");
            platform.cache().put("key", b"x");
            platform.cache().delete("key");
        },
        "archive" => fail! {
            platform.archive().get("key");
            platform.archive().put("key", b"x");
            platform.archive().delete("key");
            platform.archive().list("");
        },
        "assets" => fail! { platform.assets().get("docs/index.html"); },
        _ => fail! {
            platform.database().run(vec![Statement::new("SELECT 1", [])]);
            migrate(platform, "owner", &["CREATE TABLE t (x)"]);
            platform.queue().send(Outgoing::new("topic", "body"));
            platform.queue().claim(&["topic"]);
            platform.queue().dead_letters(None, 1);
            platform.queue().resend(1);
            drain::<Idle>(platform, 1, Duration::from_mins(1));
            platform.quota().spend("subject", 1, Spending { per_minute: 1, per_day: 1 }, 0);
        },
    }
    waits
}

#[tokio::test(start_paused = true)]
async fn every_call_to_a_service_that_hangs_fails_after_its_deadline() {
    for service in ["cache", "archive", "assets", "database"] {
        let world = world();
        world.hang(Some(service));
        let platform = world.platform();
        for (platform, limit) in [(platform.patient(), WRITING), (platform, READING)] {
            let waits = failures(&platform, service).await;
            assert!(waits.iter().all(|waited| *waited == limit), "{service}: {waits:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_operator_sets_the_deadline_of_every_service() {
    let world = world().with_variable("STORE_TIMEOUT_MS", " 300 ");
    world.hang(Some("database"));
    let waits = failures(&world.platform(), "database").await;
    assert!(waits.iter().all(|waited| *waited == Duration::from_millis(300)), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_cannot_be_read_is_the_usual_one() {
    for value in ["soon", "0", "60001", ""] {
        let world = world().with_variable("STORE_TIMEOUT_MS", value);
        world.hang(Some("cache"));
        assert_eq!(failures(&world.platform(), "cache").await, [READING; 3], "{value:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_schedule_fails_within_its_deadline_and_says_why() {
    let world = world();
    world.hang(Some("database"));
    let began = Instant::now();
    let failed = run_due(&world.platform(), &Idle::jobs()).await.unwrap_err();
    assert!(failed.contains("database: did not answer within 10000 ms"), "{failed}");
    assert_eq!(began.elapsed(), WRITING);
}

#[tokio::test(start_paused = true)]
async fn variables_that_hang_have_the_usual_deadline_for_the_operator_too() {
    let world = world().with_variable("STORE_TIMEOUT_MS", "60000");
    world.hang(Some("config"));
    for platform in [world.platform(), world.platform().patient()] {
        let began = Instant::now();
        assert!(platform.config().get("VARIABLE").await.is_err());
        assert_eq!(began.elapsed(), READING);
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_answers_late_but_in_time_is_heard() {
    let world = world();
    world.slow_down(Some(("database", Duration::from_millis(1_900))));
    let one = vec![Statement::new("SELECT 1", [])];
    assert_eq!(world.platform().database().run(one).await.unwrap().len(), 1);
}
