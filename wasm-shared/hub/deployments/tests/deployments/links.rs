//! What the gateway is told of deployments, and when.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use chrono::{DateTime, Duration, Utc};
use deployments::{
    deployment::{Deployment, Status},
    engine::{Engine, mock::Mock},
    lifecycle::{self, Asked, Deployed, Engines, Limits},
    link::{Gateway, Telling, Withdrawing},
    store::Store,
};
use platform::Platform;
use platform_native::memory::World;
use serde_json::json;

use crate::templates::{object, template};

const LIMITS: Limits = Limits { patience: 60_000, most: 9 };

/// A gateway that remembers where it was told that servers are.
#[derive(Default)]
struct Remembers {
    known: Mutex<BTreeMap<String, String>>,
    /// Tries that fail before one works.
    failures: Mutex<u32>,
    tries: Mutex<u32>,
}

impl Gateway for Remembers {
    fn tell<'a>(&'a self, _: &'a Platform, _: &'a Deployment, server: &'a str, url: &'a str) -> Telling<'a> {
        *self.tries.lock().unwrap() += 1;
        let mut failures = self.failures.lock().unwrap();
        let fails = *failures > 0;
        *failures -= u32::from(fails);
        if !fails {
            self.known.lock().unwrap().insert(server.to_owned(), url.to_owned());
        }
        Box::pin(std::future::ready(if fails { Err("it does not answer".to_owned()) } else { Ok(()) }))
    }

    fn withdraw<'a>(&'a self, _: &'a Platform, _: &'a Deployment, server: &'a str) -> Withdrawing<'a> {
        self.known.lock().unwrap().remove(server);
        Box::pin(std::future::ready(Ok(())))
    }
}

struct Both {
    mock: Mock,
    gateway: Remembers,
}

impl Engines for Both {
    fn named(&self, name: &str) -> Option<&dyn Engine> {
        (name == "mock").then_some(&self.mock as &dyn Engine)
    }

    fn gateway(&self) -> Option<&dyn Gateway> {
        Some(&self.gateway)
    }
}

fn both(platform: &Platform) -> Both {
    Both { mock: Mock { platform: platform.clone(), endpoint: None }, gateway: Remembers::default() }
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

async fn deploy(platform: &Platform, engines: &Both) -> Result<String, lifecycle::Failure> {
    let given = object(json!({}));
    let configured = template("terraform").configure(&given, &BTreeSet::new(), None).unwrap();
    let asked = Asked {
        owner: "somebody",
        title: None,
        template: "terraform",
        configured: &configured,
        replicas: 1,
        connect: true,
        server: None,
        fault: None,
        idempotency: None,
    };
    let made = lifecycle::deploy(platform, &engines.mock, &asked, LIMITS).await?;
    let Deployed::New(deployment) = made else { panic!("{made:?}") };
    Ok(deployment.name)
}

async fn look(platform: &Platform, engines: &Both, name: &str) -> Deployment {
    let held = Store::open(platform).await.unwrap().find(name, "somebody").await.unwrap().unwrap();
    lifecycle::refresh(platform, engines, held, LIMITS).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_server_is_known_to_the_gateway_while_it_runs() {
    let world = World::default().at(start());
    let platform = world.platform();
    let engines = both(&platform);
    let name = deploy(&platform, &engines).await.unwrap();
    let knows = || engines.gateway.known.lock().unwrap().contains_key(&name);
    let held =
        || async { Store::open(&platform).await.unwrap().find(&name, "somebody").await.unwrap().unwrap() };
    assert!(!knows());
    let running = look(&platform, &engines, &name).await;
    assert_eq!((running.status, knows()), (Status::Running, true));
    assert_eq!(running.link.told, running.endpoint);
    look(&platform, &engines, &name).await;
    assert_eq!(*engines.gateway.tries.lock().unwrap(), 1, "it is told once");

    lifecycle::stop(&platform, &engines, held().await).await.unwrap();
    assert!(!knows());
    lifecycle::start(&platform, &engines, held().await, LIMITS).await.unwrap();
    look(&platform, &engines, &name).await;
    assert!(knows());
    lifecycle::remove(&platform, &engines, held().await).await.unwrap();
    assert!(!knows());
}

#[tokio::test]
async fn a_server_that_does_not_answer_yet_is_tried_again_with_pauses_and_by_the_schedule() {
    let world = World::default().at(start());
    let platform = world.platform();
    let engines = both(&platform);
    *engines.gateway.failures.lock().unwrap() = 3;
    let name = deploy(&platform, &engines).await.unwrap();
    for _ in 0..3 {
        let seen = look(&platform, &engines, &name).await;
        assert_eq!((seen.status, seen.link.reason.as_deref()), (Status::Running, Some("it does not answer")));
    }
    assert_eq!(*engines.gateway.tries.lock().unwrap(), 1, "no pause was made");
    for minute in 1..=4 {
        world.set_now(start() + Duration::minutes(minute));
        lifecycle::tend(&platform, &engines, LIMITS).await.unwrap();
    }
    assert_eq!(*engines.gateway.tries.lock().unwrap(), 4);
    let seen = look(&platform, &engines, &name).await;
    assert_eq!((seen.link.told.is_some(), seen.link.reason), (true, None));
    assert_eq!(lifecycle::tend(&platform, &engines, LIMITS).await.unwrap(), 0, "nothing is left to be done");
}

#[tokio::test]
async fn a_server_that_never_answers_is_left_to_its_owner() {
    let world = World::default().at(start());
    let platform = world.platform();
    let engines = both(&platform);
    *engines.gateway.failures.lock().unwrap() = u32::MAX;
    let name = deploy(&platform, &engines).await.unwrap();
    for minute in 1..=60 {
        world.set_now(start() + Duration::minutes(minute));
        lifecycle::tend(&platform, &engines, LIMITS).await.unwrap();
    }
    assert_eq!(*engines.gateway.tries.lock().unwrap(), 12);
    assert_eq!(look(&platform, &engines, &name).await.status, Status::Running);
}

#[tokio::test]
async fn a_process_that_stops_at_any_step_leaves_no_server_in_the_gateway_that_does_not_run() {
    for act in ["deploy", "stop", "remove"] {
        for steps in 0.. {
            let world = World::default().at(start());
            let platform = world.platform();
            let engines = both(&platform);
            Store::open(&platform).await.unwrap();
            let all = || async { Store::open(&platform).await.unwrap().list("somebody").await.unwrap() };
            if act != "deploy" {
                let name = deploy(&platform, &engines).await.unwrap();
                look(&platform, &engines, &name).await;
            }
            let held = all().await.pop();
            world.stop_after(Some(steps));
            let done = match (act, held) {
                ("stop", Some(held)) => lifecycle::stop(&platform, &engines, held).await.is_ok(),
                ("remove", Some(held)) => lifecycle::remove(&platform, &engines, held).await.is_ok(),
                _ => match deploy(&platform, &engines).await {
                    Ok(name) => match Store::open(&platform).await.unwrap().find(&name, "somebody").await {
                        Ok(Some(held)) => lifecycle::refresh(&platform, &engines, held, LIMITS).await.is_ok(),
                        _ => false,
                    },
                    Err(_) => false,
                },
            };
            world.stop_after(None);
            for minute in 1..=15 {
                world.set_now(start() + Duration::minutes(minute));
                lifecycle::tend(&platform, &engines, LIMITS).await.unwrap();
            }
            let runs: BTreeSet<String> = all()
                .await
                .into_iter()
                .filter(|held| held.deployment.status == Status::Running)
                .map(|held| held.deployment.name)
                .collect();
            let known: BTreeSet<String> = engines.gateway.known.lock().unwrap().keys().cloned().collect();
            assert_eq!(known, runs, "{act}, after {steps} steps");
            if done {
                break;
            }
        }
    }
}
