//! Day after day.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::time::{Duration, Instant};

use chrono::Days;
use http::Method;
use refresh_tests::{Scene, demo, run};
use spacescope::{Fault, Kind};

#[test]
fn thirty_days_of_refreshes_add_a_day_each_for_five_requests() {
    run(async {
        let data = demo();
        let scene = Scene::of(&data);
        let first = data.current_date - Days::new(30);
        scene.on_the_morning_after(first);
        scene.refreshed().await;
        let mut longest = Duration::ZERO;
        for day in first.iter_days().skip(1).take(30) {
            scene.on_the_morning_after(day);
            let _ = scene.source.take_calls();
            let since = Instant::now();
            let report = scene.refreshed().await;
            longest = longest.max(since.elapsed());
            assert_eq!(report["current_date"], day.to_string());
            assert_eq!((&report["status"], &report["days_added"]), (&"updated".into(), &1.into()));
            assert_eq!(report["requests"], 5);
            assert_eq!(scene.source.take_calls(), 5);
            assert_eq!(scene.served().await, Some(day));
        }
        println!("the longest of 30 daily refreshes took {longest:?}");
        let archive = scene.ask(Method::GET, "/admin/snapshots").await.json;
        assert_eq!(archive["snapshots"].as_array().unwrap().len(), 31);
        // What was added day by day is what would have come at once.
        let step_by_step = scene.archived(data.current_date).await;
        let at_once = Scene::of(&data);
        at_once.refreshed().await;
        assert_eq!(step_by_step, at_once.archived(data.current_date).await);
    });
}

#[test]
fn a_second_refresh_on_the_same_day_changes_nothing() {
    run(async {
        let scene = Scene::of(&demo());
        scene.refreshed().await;
        let report = scene.refreshed().await;
        assert_eq!((&report["status"], &report["days_added"]), (&"unchanged".into(), &0.into()));
        assert!(report["requests"].as_u64().unwrap() <= 8, "{report}");
    });
}

#[test]
fn while_the_source_lags_the_last_complete_day_is_served_and_the_lag_is_said() {
    run(async {
        let data = demo();
        let scene = Scene::of(&data);
        scene.refreshed().await;
        scene.world.set_now(refresh_tests::morning_after(data.current_date + Days::new(3)));
        let report = scene.refreshed().await;
        assert_eq!(report["status"], "unchanged");
        assert!(report["message"].as_str().unwrap().contains("3 days behind"), "{report}");
        assert!(report["requests"].as_u64().unwrap() <= 8, "{report}");
        assert_eq!(scene.served().await, Some(data.current_date));
    });
}

#[test]
fn a_source_that_stopped_months_ago_is_not_asked_more_often() {
    run(async {
        let data = demo();
        let scene = Scene::of(&data);
        scene.refreshed().await;
        scene.world.set_now(refresh_tests::morning_after(data.current_date + Days::new(445)));
        let report = scene.refreshed().await;
        assert!(report["message"].as_str().unwrap().contains("445 days behind"), "{report}");
        assert!(report["requests"].as_u64().unwrap() <= 8, "{report}");
    });
}

#[test]
fn yesterday_not_there_yet_leaves_the_day_before_current() {
    run(async {
        let data = demo();
        let scene = Scene::of(&data);
        scene.source.set_fault(Some(Fault::always(Kind::NotYet)));
        let report = scene.refreshed().await;
        let before = data.current_date - Days::new(1);
        assert_eq!(report["current_date"], before.to_string());
        assert!(report["message"].as_str().unwrap().contains("1 days behind"), "{report}");
        scene.source.set_fault(None);
        assert_eq!(scene.refreshed().await["current_date"], data.current_date.to_string());
    });
}

#[test]
fn a_week_that_was_revised_is_taken_over() {
    run(async {
        let data = demo();
        let scene = Scene::of(&data);
        scene.refreshed().await;
        let before = scene.archived(data.current_date).await;
        scene.world.set_now(refresh_tests::morning_after(data.current_date) + chrono::Duration::hours(1));
        scene.source.set_fault(Some(Fault::always(Kind::Revised)));
        assert_eq!(scene.refreshed().await["status"], "updated");
        let after = scene.archived(data.current_date).await;
        let changed = before
            .burnt_fil_vec
            .iter()
            .zip(&after.burnt_fil_vec)
            .filter(|(was, is)| was.to_bits() != is.to_bits());
        assert_eq!(changed.count(), 7);
    });
}

#[test]
fn a_full_refresh_asks_for_everything_again() {
    run(async {
        let scene = Scene::of(&demo());
        let first = scene.refreshed().await["requests"].clone();
        scene.world.set_now(refresh_tests::morning_after(demo().current_date) + chrono::Duration::hours(1));
        let answer = scene.ask(Method::POST, "/admin/update-cache?full=true").await;
        assert_eq!((answer.status, &answer.json["requests"]), (200, &first), "{}", answer.json);
        let next = scene.refreshed().await;
        assert!(next["requests"].as_u64().unwrap() <= 8, "{next}");
    });
}

#[test]
fn two_refreshes_at_once_are_one_and_a_409() {
    run(async {
        let data = demo();
        let scene = Scene::of(&data);
        scene.source.set_delay(Duration::from_millis(20));
        let (one, other) = futures_join(scene.refresh(), scene.refresh()).await;
        let (won, lost) = if one.status == 200 { (one, other) } else { (other, one) };
        assert_eq!((won.status, lost.status), (200, 409), "{} {}", won.json, lost.json);
        assert_eq!(lost.json["code"], "REFRESH_UNDER_WAY");
        assert_eq!(scene.health().await["status"], "healthy");
        assert_eq!(scene.served().await, Some(data.current_date));
    });
}

async fn futures_join<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
    tokio::join!(one, other)
}

#[test]
fn snapshots_are_forgotten_after_the_days_that_were_set() {
    run(async {
        let data = demo();
        let scene = Scene::of(&data);
        scene.set("ARCHIVE_DAYS", "10");
        let first = data.current_date - Days::new(15);
        for day in first.iter_days().take(16) {
            scene.on_the_morning_after(day);
            scene.refreshed().await;
        }
        let archive = scene.ask(Method::GET, "/admin/snapshots").await.json;
        let kept = archive["snapshots"].as_array().unwrap();
        assert_eq!(kept.len(), 11);
        assert_eq!(kept[10], (data.current_date - Days::new(10)).to_string());
        let restored = format!("/admin/snapshots/{}/restore", kept[10].as_str().unwrap());
        assert_eq!(scene.ask(Method::POST, &restored).await.status, 200);
        assert_eq!(scene.served().await, Some(data.current_date - Days::new(10)));
    });
}
