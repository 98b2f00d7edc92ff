//! Each occurrence of a job is run once, by the first instance that looks for due jobs.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use platform::{Application, Platform, schedule::Job};
use platform_native::memory::World;

/// Two jobs that leave a line in the log. The second fails where a variable says so.
struct Diligent;

impl Application for Diligent {
    type Services = platform::services![Database];
    const JOBS: &'static [Job] = &[
        Job::daily("daily", Duration::from_hours(1), |platform| Box::pin(work(platform, "daily"))),
        Job::every("often", Duration::from_mins(5), |platform| Box::pin(work(platform, "often"))),
    ];

    fn routes() -> Router<Platform> {
        Router::new()
    }
}

async fn work(platform: Platform, name: &'static str) -> Result<(), String> {
    platform.log().line(&name.into());
    // A call to the outside, so that others get their turn in between.
    match platform.config().get("FAILS").await.unwrap() {
        Some(fails) if fails == name => Err("as it was told".to_owned()),
        _ => Ok(()),
    }
}

fn at(time: &str) -> DateTime<Utc> {
    format!("2026-11-{time}Z").parse().unwrap()
}

async fn tick(world: &World, time: &str) -> (Result<(), String>, Vec<String>) {
    world.set_now(at(time));
    let before = world.log_lines().len();
    let result = Diligent::scheduled(world.platform()).await;
    let lines = world.log_lines().split_off(before);
    (result, lines.iter().map(|line| line.as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn jobs_run_when_they_are_due_and_a_missed_one_once() {
    let world = World::default();
    for (time, expected) in [
        ("01T12:02:00", &["daily", "often"][..]),
        ("01T12:03:00", &[]),
        ("01T12:05:00", &["often"]),
        ("01T12:05:01", &[]),
        ("01T23:59:00", &["often"]),
        ("02T00:59:00", &["often"]),
        // A trigger that comes half a minute early is meant for what is about to be due.
        ("02T00:59:45", &["daily", "often"]),
        ("02T01:00:00", &[]),
        ("05T12:00:00", &["daily", "often"]),
        ("05T12:01:00", &[]),
    ] {
        assert_eq!(
            tick(&world, time).await,
            (Ok(()), expected.iter().map(|&name| name.to_owned()).collect()),
            "{time}"
        );
    }
}

#[tokio::test]
async fn of_instances_that_come_by_at_once_one_runs_each_job() {
    let world = World::default().at(at("01T12:00:00"));
    let platforms = [(); 4].map(|()| world.platform());
    let [one, two, three, four] = platforms.map(Diligent::scheduled);
    assert_eq!(tokio::join!(one, two, three, four), (Ok(()), Ok(()), Ok(()), Ok(())));
    let mut lines: Vec<_> = world.log_lines().iter().map(ToString::to_string).collect();
    lines.sort();
    assert_eq!(lines, ["\"daily\"", "\"often\""]);
}

#[tokio::test]
async fn a_job_that_fails_does_not_keep_the_others_from_running_and_is_tried_twice_more() {
    let world = World::default().with_variable("FAILS", "daily");
    let (result, lines) = tick(&world, "01T12:00:00").await;
    assert_eq!(result, Err("The job daily failed: as it was told.".to_owned()));
    assert_eq!(lines, ["daily", "often"]);
    let mut runs = Vec::new();
    for minute in (0..120).step_by(5) {
        world.set_now(at("01T12:00:00") + TimeDelta::minutes(minute));
        let before = world.log_lines().len();
        let _ = Diligent::scheduled(world.platform()).await;
        if world.log_lines()[before..].contains(&"daily".into()) {
            runs.push(minute);
        }
    }
    assert_eq!(runs, [15, 30]);
    let (_, lines) = tick(&world, "02T12:00:00").await;
    assert!(lines.contains(&"daily".to_owned()), "and again the next day");
}

#[tokio::test]
async fn a_job_whose_instance_died_is_tried_again() {
    let world = World::default().at(at("01T12:00:00"));
    let platform = world.platform();
    Diligent::scheduled(platform.clone()).await.unwrap();
    world.set_now(at("02T12:00:00"));
    // The claim gets through, and the note that the job is done does not.
    world.stop_after(Some(1));
    Diligent::scheduled(platform).await.unwrap_err();
    world.stop_after(None);
    assert_eq!(world.log_lines().iter().filter(|line| *line == "daily").count(), 2);
    assert_eq!(tick(&world, "02T12:14:59").await.1.iter().filter(|line| *line == "daily").count(), 0);
    assert_eq!(tick(&world, "02T12:15:00").await.1.iter().filter(|line| *line == "daily").count(), 1);
    assert_eq!(tick(&world, "02T12:45:00").await.1.iter().filter(|line| *line == "daily").count(), 0);
}

#[tokio::test]
async fn an_application_without_jobs_needs_no_database() {
    let world = World::default();
    world.fail(Some("database"));
    assert_eq!(<() as Application>::scheduled(world.platform()).await, Ok(()));
}
