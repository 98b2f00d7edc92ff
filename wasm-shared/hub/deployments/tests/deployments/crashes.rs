//! A process that stops at each of its calls, and what the schedule makes of what it left.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use deployments::{
    deployment::{Deployment, Status},
    engine::{Engine, mock::Mock},
    lifecycle::{self, Asked, Deployed, Engines, Limits},
    store::Store,
    template::Configured,
};
use platform::{Platform, Statement};
use platform_native::memory::World;
use serde_json::json;

use crate::templates::{object, template};

const LIMITS: Limits = Limits { patience: 60_000, most: 3 };
const SECRET: &str = "secret-of-a-test-not-to-be-stored";

struct Only(Mock);

impl Engines for Only {
    fn named(&self, name: &str) -> Option<&dyn Engine> {
        (name == "mock").then_some(&self.0 as &dyn Engine)
    }
}

fn engines(platform: &Platform) -> Only {
    Only(Mock { platform: platform.clone(), endpoint: None })
}

fn configured(operations: bool) -> Configured {
    let given = object(json!({"token": SECRET, "operations": operations}));
    template("terraform").configure(&given, &BTreeSet::new(), None).unwrap()
}

fn asked<'a>(configured: &'a Configured, fault: Option<&str>) -> Asked<'a> {
    Asked {
        owner: "somebody",
        title: None,
        template: "terraform",
        configured,
        replicas: 1,
        connect: false,
        server: None,
        fault: fault.map(str::to_owned),
        idempotency: None,
    }
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

async fn only(platform: &Platform) -> Option<Deployment> {
    let mut all = Store::open(platform).await.unwrap().list("somebody").await.unwrap();
    assert!(all.len() <= 1);
    all.pop().map(|held| held.deployment)
}

async fn mocks(platform: &Platform) -> usize {
    let select = Statement::new("SELECT state FROM deployment_mocks", []);
    platform.database().run(vec![select]).await.unwrap()[0].rows.len()
}

/// The schedule, once a minute for a quarter of an hour.
async fn minutes_pass(world: &World, platform: &Platform) {
    let engines = engines(platform);
    for minute in 1..=15 {
        world.set_now(start() + Duration::minutes(minute));
        lifecycle::tend(platform, &engines, LIMITS).await.unwrap();
    }
}

async fn deployed(platform: &Platform) -> Deployment {
    let configured = configured(false);
    let engines = engines(platform);
    let made = lifecycle::deploy(platform, &engines.0, &asked(&configured, None), LIMITS).await.unwrap();
    let Deployed::New(deployment) = made else { panic!("{made:?}") };
    *deployment
}

#[tokio::test]
async fn a_deployment_that_is_killed_at_any_step_runs_or_leaves_nothing() {
    let mut ends = BTreeSet::new();
    for steps in 0.. {
        let world = World::default().at(start());
        let platform = world.platform();
        Store::open(&platform).await.unwrap();
        world.stop_after(Some(steps));
        let configured = configured(true);
        let made =
            lifecycle::deploy(&platform, &engines(&platform).0, &asked(&configured, None), LIMITS).await;
        world.stop_after(None);
        minutes_pass(&world, &platform).await;
        let left = mocks(&platform).await;
        match only(&platform).await {
            None => assert_eq!(left, 0, "after {steps} steps"),
            Some(deployment) => {
                let is_running = deployment.status == Status::Running;
                assert!(
                    is_running || deployment.status == Status::Failed,
                    "after {steps} steps: {deployment:?}"
                );
                assert_eq!(left, usize::from(is_running), "after {steps} steps: {deployment:?}");
                assert_eq!(
                    (deployment.todo, deployment.deadline),
                    (None, None),
                    "nothing is under way for ever"
                );
            }
        }
        ends.insert(left);
        if made.is_ok() {
            break;
        }
    }
    assert_eq!(ends, [0, 1].into(), "both ends were met");
}

#[tokio::test]
async fn a_change_or_a_removal_that_is_killed_at_any_step_ends_whole() {
    for act in ["change", "stop", "roll back", "remove"] {
        for steps in 0.. {
            let world = World::default().at(start());
            let platform = world.platform();
            let engines = engines(&platform);
            let name = deployed(&platform).await.name;
            let found =
                || async { Store::open(&platform).await.unwrap().find(&name, "somebody").await.unwrap() };
            let held = || async { found().await.unwrap() };
            lifecycle::refresh(&platform, &engines, held().await, LIMITS).await.unwrap();
            let configured = configured(true);
            if act == "roll back" {
                lifecycle::change(&platform, &engines, held().await, &configured, 1, LIMITS).await.unwrap();
                lifecycle::refresh(&platform, &engines, held().await, LIMITS).await.unwrap();
            }
            let before = held().await;
            let untouched = Some(before.clone());
            world.stop_after(Some(steps));
            let is_done = match act {
                "change" => {
                    lifecycle::change(&platform, &engines, before, &configured, 1, LIMITS).await.is_ok()
                }
                "stop" => lifecycle::stop(&platform, &engines, before).await.is_ok(),
                "roll back" => lifecycle::roll_back(&platform, &engines, before, LIMITS).await.is_ok(),
                _ => lifecycle::remove(&platform, &engines, before).await.is_ok(),
            };
            world.stop_after(None);
            let is_begun = found().await != untouched;
            minutes_pass(&world, &platform).await;
            let left = mocks(&platform).await;
            if act == "remove" && is_begun {
                assert_eq!(left, 0, "a removal that was begun is finished, after {steps} steps");
            }
            match only(&platform).await {
                None => assert_eq!((act, left), ("remove", 0)),
                Some(deployment) => {
                    assert_eq!(left, 1, "{act} after {steps} steps");
                    assert_eq!(
                        (deployment.todo, deployment.deadline),
                        (None, None),
                        "{act} after {steps}: {deployment:?}"
                    );
                    assert!(
                        [Status::Running, Status::Stopped].contains(&deployment.status),
                        "{act} after {steps} steps: {deployment:?}"
                    );
                }
            }
            if is_done {
                break;
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_ready_in_time_is_removed_by_the_schedule_although_nobody_asks() {
    let world = World::default().at(start());
    let platform = world.platform();
    let configured = configured(false);
    let fault = asked(&configured, Some("never-ready"));
    lifecycle::deploy(&platform, &engines(&platform).0, &fault, LIMITS).await.unwrap();
    assert_eq!(mocks(&platform).await, 1);
    minutes_pass(&world, &platform).await;
    let failed = only(&platform).await.unwrap();
    assert_eq!((failed.status, failed.todo), (Status::Failed, None));
    assert_eq!(failed.reason.as_deref(), Some("It was not ready in time: the server is not ready"));
    assert_eq!(mocks(&platform).await, 0);
}

#[tokio::test]
async fn the_schedule_asks_no_engine_while_nothing_is_under_way() {
    let world = World::default().at(start());
    let platform = world.platform();
    deployed(&platform).await;
    minutes_pass(&world, &platform).await;
    world.set_now(start() + Duration::hours(1));
    assert_eq!(lifecycle::tend(&platform, &engines(&platform), LIMITS).await.unwrap(), 0);
}

#[tokio::test]
async fn an_owner_has_as_many_as_may_be_also_where_all_are_asked_for_at_once() {
    let platform = World::default().platform();
    let configured = configured(false);
    let one = || async {
        let engines = engines(&platform);
        matches!(
            lifecycle::deploy(&platform, &engines.0, &asked(&configured, None), LIMITS).await.unwrap(),
            Deployed::New(_)
        )
    };
    let made = tokio::join!(one(), one(), one(), one(), one());
    let made = [made.0, made.1, made.2, made.3, made.4];
    assert_eq!(made.iter().filter(|made| **made).count(), 3);
}

#[tokio::test]
async fn of_two_changes_at_once_one_is_told_that_the_other_is_at_it() {
    let platform = World::default().platform();
    let engines = engines(&platform);
    let name = deployed(&platform).await.name;
    let store = Store::open(&platform).await.unwrap();
    let held = store.find(&name, "somebody").await.unwrap().unwrap();
    lifecycle::refresh(&platform, &engines, held, LIMITS).await.unwrap();
    let held = store.find(&name, "somebody").await.unwrap().unwrap();
    let configured = configured(true);
    let change = || lifecycle::change(&platform, &engines, held.clone(), &configured, 1, LIMITS);
    let (one, other) = tokio::join!(change(), change());
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|is_ok| **is_ok).count(), 1);
}

#[tokio::test]
async fn no_table_holds_a_secret() {
    let platform = World::default().platform();
    let engines = engines(&platform);
    let name = deployed(&platform).await.name;
    let held = Store::open(&platform).await.unwrap().find(&name, "somebody").await.unwrap().unwrap();
    let configured = configured(true);
    lifecycle::change(&platform, &engines, held, &configured, 1, LIMITS).await.unwrap();
    for select in ["SELECT state FROM deployments", "SELECT state FROM deployment_mocks"] {
        let rows = platform.database().run(vec![Statement::new(select, [])]).await.unwrap();
        assert_eq!(rows[0].rows.len(), 1);
        assert!(!rows[0].rows[0][0].as_text().unwrap().contains(SECRET));
    }
}
