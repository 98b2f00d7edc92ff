//! A process that ends between any two steps leaves the old snapshot or the new one, and the next refresh makes up for it.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use chrono::{Days, Duration};
use http::Method;
use network_data::SnapshotData;
use platform::queue::drain;
use refresh_tests::{Scene, demo, morning_after, run};
use serde_json::{Value, json};

/// Submits a refresh as a job; its path.
async fn submitted(scene: &Scene) -> String {
    let body = json!({"tool": "update-cache", "input": {}}).to_string();
    let answer = scene.post("/api/jobs", body).await;
    assert_eq!(answer.status, 202, "{}", answer.json);
    answer.json["status_url"].as_str().unwrap().to_owned()
}

/// Works off at most so many messages, as a process that remembers nothing.
async fn work(scene: &Scene, most: usize) -> usize {
    let time = std::time::Duration::from_mins(10);
    Box::pin(drain::<edge::Function>(&scene.world.platform(), most, time)).await.unwrap()
}

async fn state(scene: &Scene, path: &str) -> Value {
    scene.ask(Method::GET, path).await.json
}

#[test]
fn a_refresh_as_a_job_does_what_the_direct_path_does_with_at_most_six_requests_a_step() {
    run(async {
        let data = demo();
        let direct = Scene::of(&data);
        let expected = direct.refreshed().await;
        let scene = Scene::of(&data);
        let path = submitted(&scene).await;
        let (mut phases, mut steps) = (Vec::new(), 0);
        let mut progress = 0;
        let ended = loop {
            assert_eq!(work(&scene, 1).await, 1);
            assert!(scene.source.take_calls() <= 6);
            steps += 1;
            let state = state(&scene, &path).await;
            assert!(state["progress"].as_u64().unwrap() >= progress, "{state}");
            progress = state["progress"].as_u64().unwrap();
            phases.push(state["phase"].as_str().unwrap().to_owned());
            if state["status"] != "processing" {
                break state;
            }
        };
        assert_eq!((&ended["status"], &ended["output"]), (&"completed".into(), &expected), "{ended}");
        // Each wave, the table of expirations, the snapshot, its publication, and what that left over; the last waves may be smaller.
        let waves = (expected["requests"].as_u64().unwrap() - 1).div_ceil(6);
        assert!((waves + 4..=waves + 6).contains(&steps), "{steps} steps for {waves} waves");
        let told = [
            "fetching: 6 of",
            "fetching the known expirations",
            "deriving the snapshot",
            "publishing the snapshot",
            "removing what is no longer needed",
        ];
        for phase in told {
            assert!(phases.iter().any(|told| told.starts_with(phase)), "{phase}: {phases:?}");
        }
        assert_eq!(scene.archived(data.current_date).await, direct.archived(data.current_date).await);
        let audit = scene.ask(Method::GET, "/api/admin/audit").await.json.to_string();
        assert!(audit.contains("data_refreshed"), "{audit}");
        // The lease is given back, and there is nothing new.
        assert_eq!(scene.refreshed().await["status"], "unchanged");
    });
}

#[test]
fn a_refresh_as_a_job_that_is_killed_goes_on_where_it_was() {
    run(async {
        let data = demo();
        let scene = Scene::of(&data);
        let path = submitted(&scene).await;
        work(&scene, 5).await;
        let asked = scene.source.take_calls();
        assert_eq!(asked, 30);
        // The sixth step ends after some calls of the stores.
        scene.world.stop_after(Some(12));
        let time = std::time::Duration::from_mins(1);
        let _ = Box::pin(drain::<edge::Function>(&scene.world.platform(), 1, time)).await;
        scene.world.stop_after(None);
        let cut = scene.source.take_calls();
        assert!(cut <= 6);
        scene.world.set_now(morning_after(data.current_date) + Duration::minutes(6));
        while state(&scene, &path).await["status"] == "processing" {
            assert!(work(&scene, 1).await > 0, "{}", state(&scene, &path).await);
        }
        let ended = state(&scene, &path).await;
        assert_eq!(ended["status"], "completed", "{ended}");
        let all = asked + cut + scene.source.take_calls();
        let undisturbed = Scene::of(&data);
        let expected = undisturbed.refreshed().await["requests"].as_u64().unwrap();
        assert!(
            all as u64 <= expected + 6,
            "one step's requests are sent again at most: {all} of {expected}"
        );
        assert_eq!(scene.archived(data.current_date).await, undisturbed.archived(data.current_date).await);
    });
}

#[test]
fn a_refresh_as_a_job_waits_for_another_that_is_under_way() {
    run(async {
        let data = demo();
        let scene = Scene::of(&data);
        // Another one took the lease, and is heard of no more.
        scene.world.stop_after(Some(20));
        assert_ne!(scene.refresh().await.status, 200);
        scene.world.stop_after(None);
        let path = submitted(&scene).await;
        work(&scene, 1).await;
        let waiting = state(&scene, &path).await;
        assert_eq!(
            (&waiting["status"], &waiting["phase"]),
            (&"processing".into(), &"waiting for another refresh to end".into()),
            "{waiting}"
        );
        scene.world.set_now(morning_after(data.current_date) + Duration::minutes(10));
        while work(&scene, 10).await > 0 {}
        let ended = state(&scene, &path).await;
        assert_eq!(ended["status"], "completed", "{ended}");
        assert_eq!(scene.served().await, Some(data.current_date));
    });
}

#[test]
fn a_refresh_as_a_job_that_is_refused_by_the_source_fails_with_its_reason() {
    run(async {
        let scene = Scene::of(&demo());
        scene.source.set_fault(Some(spacescope::Fault::always(spacescope::Kind::Unauthorized)));
        let path = submitted(&scene).await;
        work(&scene, 10).await;
        let ended = state(&scene, &path).await;
        assert_eq!(
            (&ended["status"], &ended["error"]["code"]),
            (&"failed".into(), &"SPACESCOPE_TOKEN_REFUSED".into()),
            "{ended}"
        );
        assert!(scene.health().await["reason"].as_str().unwrap().contains("SPACESCOPE_TOKEN"));
        // The lease is given back.
        scene.source.set_fault(None);
        scene.refreshed().await;
    });
}

/// What serves the day before the last of the data, on the morning when the last one can be fetched.
async fn a_day_behind(data: &SnapshotData) -> Scene {
    let scene = Scene::of(data);
    scene.on_the_morning_after(data.current_date - Days::new(1));
    scene.refreshed().await;
    scene.on_the_morning_after(data.current_date);
    scene
}

#[test]
fn a_refresh_that_is_killed_anywhere_leaves_the_old_snapshot_or_the_new_one() {
    run(async {
        let data = demo();
        let (old, new) = (data.current_date - Days::new(1), data.current_date);
        let scene = Scene::of(&data);
        scene.on_the_morning_after(old);
        scene.refreshed().await;
        let old_figures = scene.archived(old).await;
        scene.on_the_morning_after(new);
        // The same store is interrupted again and again, a step later each time.
        let mut ended = None;
        for steps in 0..200 {
            scene.world.set_now(morning_after(new) + Duration::minutes(10 * steps));
            scene.world.stop_after(Some(usize::try_from(steps).unwrap()));
            let answer = scene.refresh().await;
            scene.world.stop_after(None);
            let served = scene.served().await.unwrap();
            assert!([old, new].contains(&served), "after {steps} steps {served} is served");
            if served == old {
                assert_eq!(scene.archived(old).await, old_figures, "after {steps} steps");
            }
            if answer.status == 200 {
                ended = Some(steps);
                break;
            }
            assert!(matches!(answer.status, 502 | 503), "{}", answer.json);
        }
        println!("a daily refresh takes {ended:?} steps");
        assert!(ended.is_some_and(|steps| steps > 10), "{ended:?}");
        assert_eq!(scene.served().await, Some(new));
        let undisturbed = Scene::of(&data);
        undisturbed.refreshed().await;
        assert_eq!(scene.archived(new).await, undisturbed.archived(new).await);
    });
}

#[test]
fn a_refresh_as_a_job_that_is_killed_anywhere_leaves_the_old_snapshot_or_the_new_one() {
    run(async {
        let data = demo();
        let (old, new) = (data.current_date - Days::new(1), data.current_date);
        let scene = a_day_behind(&data).await;
        let old_figures = scene.archived(old).await;
        let (mut ended, mut after) = (None, morning_after(new));
        // All steps of a job are worked off until the process ends, three calls of the stores later each time.
        for calls in (0..400).step_by(3) {
            after += Duration::minutes(10);
            scene.world.set_now(after);
            let path = submitted(&scene).await;
            scene.world.stop_after(Some(calls));
            let time = std::time::Duration::from_mins(1);
            let _ = Box::pin(drain::<edge::Function>(&scene.world.platform(), 10, time)).await;
            scene.world.stop_after(None);
            let served = scene.served().await.unwrap();
            assert!([old, new].contains(&served), "after {calls} calls {served} is served");
            if served == old {
                assert_eq!(scene.archived(old).await, old_figures, "after {calls} calls");
            }
            let job = state(&scene, &path).await;
            if job["status"] == "completed" {
                ended = Some(calls);
                break;
            }
            assert!(job["finished_at"].is_null(), "after {calls} calls: {job}");
            assert_eq!(scene.ask(Method::DELETE, &path).await.status, 200);
        }
        println!("a daily refresh as a job takes {ended:?} calls");
        assert!(ended.is_some_and(|calls| calls > 40), "{ended:?}");
        let undisturbed = Scene::of(&data);
        undisturbed.refreshed().await;
        assert_eq!(scene.archived(new).await, undisturbed.archived(new).await);
    });
}

#[test]
fn the_figures_that_a_job_goes_on_with_are_those_that_were_fetched() {
    run(async {
        let data = demo();
        let scene = a_day_behind(&data).await;
        let path = submitted(&scene).await;
        // The days, and the table of expirations.
        for phase in ["fetching the known expirations", "deriving the snapshot"] {
            work(&scene, 1).await;
            assert_eq!(state(&scene, &path).await["phase"], phase);
        }
        // From here on the source is not asked again, and what it says now is not what is published.
        scene.source.set_fault(Some(spacescope::Fault::always(spacescope::Kind::Empty)));
        let _ = scene.source.take_calls();
        work(&scene, 10).await;
        let ended = state(&scene, &path).await;
        assert_eq!(ended["output"]["requests"], 5, "{ended}");
        assert_eq!(scene.source.take_calls(), 0);
        let undisturbed = Scene::of(&data);
        undisturbed.refreshed().await;
        let [one, other] =
            [scene.archived(data.current_date).await, undisturbed.archived(data.current_date).await];
        assert_eq!(one, other);
    });
}

#[test]
fn after_a_killed_refresh_the_next_is_let_in_when_its_lease_has_run_out() {
    run(async {
        let data = demo();
        let scene = Scene::of(&data);
        scene.world.stop_after(Some(20));
        assert_ne!(scene.refresh().await.status, 200);
        scene.world.stop_after(None);
        let answer = scene.refresh().await;
        assert_eq!(
            (answer.status, &answer.json["code"]),
            (409, &"REFRESH_UNDER_WAY".into()),
            "{}",
            answer.json
        );
        assert!(answer.json["detail"].as_str().unwrap().contains("if it was interrupted"));
        scene.world.set_now(morning_after(data.current_date) + Duration::minutes(10));
        assert_eq!(scene.refreshed().await["current_date"], data.current_date.to_string());
    });
}

#[test]
fn a_store_that_fails_is_named_and_nothing_is_lost() {
    run(async {
        let data = demo();
        let scene = a_day_behind(&data).await;
        for service in ["database", "archive"] {
            scene.world.fail(Some(service));
            let answer = scene.refresh().await;
            scene.world.fail(None);
            assert_eq!((answer.status, &answer.json["code"]), (503, &"STORAGE_UNAVAILABLE".into()));
            assert!(answer.json["detail"].as_str().unwrap().contains(service), "{}", answer.json);
            assert_eq!(scene.served().await, Some(data.current_date - Days::new(1)));
        }
        assert_eq!(scene.refreshed().await["current_date"], data.current_date.to_string());
    });
}

#[test]
fn the_lease_outlasts_all_attempts_of_a_request_that_is_never_answered() {
    run(async {
        let data = demo();
        let scene = a_day_behind(&data).await;
        // Three attempts of up to two minutes each.
        scene.set("SPACESCOPE_TIMEOUT_SECONDS", "120");
        // From here on nothing but the clock passes, as fast as it can.
        tokio::time::pause();
        let scene = Scene { world: scene.world.clone().hurried(1), ..scene };
        scene.world.hang(Some("http client"));
        let another = async {
            tokio::time::sleep(std::time::Duration::from_secs(350)).await;
            scene.refresh().await
        };
        let (one, another) = tokio::join!(scene.refresh(), another);
        assert_eq!(
            (another.status, &another.json["code"]),
            (409, &"REFRESH_UNDER_WAY".into()),
            "{}",
            another.json
        );
        assert_eq!((one.status, &one.json["code"]), (502, &"UPSTREAM_UNAVAILABLE".into()), "{}", one.json);
    });
}

#[test]
fn a_store_that_hangs_ends_a_refresh_in_time_and_keeps_nobody_out() {
    run(async {
        let data = demo();
        let scene = a_day_behind(&data).await;
        scene.set("STORE_TIMEOUT_MS", "10000");
        for service in ["database", "archive", "cache"] {
            let began = scene.world.platform().clock().now();
            scene.world.hang(Some(service));
            let answer = scene.refresh().await;
            scene.world.hang(None);
            assert_eq!(answer.status, 503, "{service}: {}", answer.json);
            // Each call may take 50 seconds; the lease is given back, and what came of it recorded, in 10 each.
            let took = scene.world.platform().clock().now() - began;
            assert!(took <= Duration::seconds(80), "{service}: {took}");
            assert_eq!(scene.served().await, Some(data.current_date - Days::new(1)), "{service}");
            // The lease of a refresh that could not give it back runs out.
            scene.world.set_now(scene.world.platform().clock().now() + Duration::minutes(10));
        }
        assert_eq!(scene.refreshed().await["current_date"], data.current_date.to_string());
    });
}
