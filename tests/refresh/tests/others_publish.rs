//! A refresh among the operator's own publications: imports in between, and snapshots that are to stay.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::time::Duration;

use chrono::Days;
use http::Method;
use network_data::{BUNDLED_SOURCE, Snapshot, SnapshotData};
use refresh_tests::{Scene, demo, morning_after, run};

/// A product that has the data of the day before, on the next morning.
async fn with_yesterdays() -> (Scene, SnapshotData) {
    let data = demo();
    let scene = Scene::of(&data);
    scene.on_the_morning_after(data.current_date - Days::new(1));
    scene.refreshed().await;
    scene.on_the_morning_after(data.current_date);
    (scene, data)
}

/// The data with a power history that no settled day agrees with.
fn contradicting(data: &SnapshotData) -> Snapshot {
    let mut data = data.clone();
    assert_eq!(data.source, BUNDLED_SOURCE);
    "elsewhere".clone_into(&mut data.source);
    for powers in [&mut data.historical_raw_power_eib, &mut data.historical_qa_power_eib] {
        for power in powers.iter_mut() {
            *power *= 1.3;
        }
    }
    Snapshot::new(data).unwrap()
}

#[test]
fn a_snapshot_that_was_imported_while_a_refresh_ran_is_not_overwritten_by_what_contradicts_it() {
    run(async {
        let (scene, data) = with_yesterdays().await;
        let imported = contradicting(&data);
        scene.source.set_delay(Duration::from_millis(50));
        let _ = scene.source.take_calls();
        let import = async {
            while scene.source.take_calls() == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            scene.import(&imported).await
        };
        let (refreshed, answer) = tokio::join!(scene.refresh(), import);
        assert_eq!(answer.status, 200, "{}", answer.json);
        assert_eq!((refreshed.status, &refreshed.json["code"]), (502, &"UPSTREAM_IMPLAUSIBLE".into()));
        assert_eq!(scene.health().await["snapshot"]["source"], "elsewhere");
        let archived = Snapshot::new(scene.archived(data.current_date).await).unwrap();
        assert_eq!(archived.fingerprint(), imported.fingerprint());
    });
}

#[test]
fn a_pinned_snapshot_outlasts_refreshes_until_it_is_released() {
    run(async {
        let (scene, data) = with_yesterdays().await;
        let (old, new) = (data.current_date - Days::new(1), data.current_date);
        let pinned = scene.ask(Method::POST, &format!("/admin/snapshots/{old}/restore?pin=true")).await;
        assert_eq!((pinned.status, &pinned.json["pinned"]), (200, &true.into()), "{}", pinned.json);
        assert_eq!(scene.health().await["snapshot"]["pinned"], true);
        let _ = scene.source.take_calls();
        for path in ["/admin/update-cache", "/admin/update-cache?force=true"] {
            let report = scene.ask(Method::POST, path).await.json;
            assert_eq!((&report["status"], &report["days_added"]), (&"pinned".into(), &0.into()), "{report}");
            let message = report["message"].as_str().unwrap();
            assert!(message.contains(&new.to_string()) && message.contains("DELETE /admin/snapshots/pin"));
            assert_eq!(report["current_date"], old.to_string());
        }
        assert!(scene.source.take_calls() > 0, "the rows are fetched all the same");
        assert_eq!(scene.served().await, Some(old));
        assert_eq!(scene.health().await["status"], "healthy");

        let released = scene.ask(Method::DELETE, "/admin/snapshots/pin").await;
        assert_eq!((released.status, &released.json["status"]), (200, &"released".into()));
        assert_eq!(scene.health().await["snapshot"].get("pinned"), None);
        assert_eq!(scene.served().await, Some(old), "releasing publishes nothing");
        assert_eq!(scene.refreshed().await["status"], "updated");
        assert_eq!(scene.served().await, Some(new));
        let again = scene.ask(Method::DELETE, "/admin/snapshots/pin").await;
        assert_eq!((again.status, &again.json["status"]), (200, &"not_pinned".into()));
    });
}

#[test]
fn a_restored_snapshot_that_is_not_pinned_is_replaced_by_the_next_refresh() {
    run(async {
        let (scene, data) = with_yesterdays().await;
        scene.refreshed().await;
        let old = data.current_date - Days::new(1);
        assert_eq!(
            scene.ask(Method::POST, &format!("/admin/snapshots/{old}/restore?pin=false")).await.status,
            200
        );
        assert_eq!(scene.served().await, Some(old));
        scene.refreshed().await;
        assert_eq!(scene.served().await, Some(data.current_date));
        for query in ["pin=yes", "pin=true&pin=false", "pim=true"] {
            let answer = scene.ask(Method::POST, &format!("/admin/snapshots/{old}/restore?{query}")).await;
            assert_eq!(answer.status, 422, "{query}: {}", answer.json);
        }
        assert_eq!(scene.served().await, Some(data.current_date));
    });
}

#[test]
fn an_import_that_is_killed_anywhere_leaves_the_old_snapshot_or_the_new_one() {
    run(async {
        let (scene, data) = with_yesterdays().await;
        let (old, new) = (data.current_date - Days::new(1), data.current_date);
        let old_figures = scene.archived(old).await;
        let mut next = data.clone();
        "elsewhere".clone_into(&mut next.source);
        let next = Snapshot::new(next).unwrap();
        let mut ended = None;
        for steps in 0..60 {
            scene.world.set_now(morning_after(new) + chrono::Duration::minutes(steps));
            scene.world.stop_after(Some(usize::try_from(steps).unwrap()));
            let answer = scene.import(&next).await;
            scene.world.stop_after(None);
            let served = scene.served().await.unwrap();
            if answer.status == 200 {
                assert_eq!(served, new, "what was confirmed is current");
                ended = Some(steps);
                break;
            }
            assert_eq!((answer.status, served), (503, old), "after {steps} steps: {}", answer.json);
            assert!(scene.archived(old).await == old_figures, "after {steps} steps");
        }
        assert!(ended.is_some_and(|steps| steps > 5), "{ended:?}");
        assert_eq!(scene.archived(new).await.source, "elsewhere");
    });
}
