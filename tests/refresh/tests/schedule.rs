//! What the clock asks for: it refreshes, and the platform learns of a failure.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use refresh_tests::{Scene, demo, morning_after, run};
use spacescope::{Fault, Kind};

#[test]
fn by_the_clock_the_newest_data_are_fetched_and_published() {
    run(async {
        let data = demo();
        let scene = Scene::of(&data);
        scene.scheduled().await.unwrap();
        assert_eq!(scene.served().await, Some(data.current_date));
        assert!(scene.log().contains("is now current"));
    });
}

#[test]
fn a_failure_is_reported_to_the_platform_and_by_health() {
    run(async {
        let scene = Scene::of(&demo());
        scene.source.set_fault(Some(Fault::always(Kind::Unauthorized)));
        let error = scene.scheduled().await.unwrap_err();
        assert!(error.contains("SPACESCOPE_TOKEN"), "{error}");
        scene.source.set_fault(None);
        scene.world.fail(Some("database"));
        let error = scene.scheduled().await.unwrap_err();
        assert!(error.contains("database"), "{error}");
        scene.world.fail(None);
        assert_eq!(scene.health().await["status"], "degraded");
        // When a job that failed is tried again.
        let later = morning_after(demo().current_date) + chrono::Duration::minutes(20);
        scene.world.set_now(later);
        scene.scheduled().await.unwrap();
        assert_eq!(scene.health().await["status"], "healthy");
    });
}

#[test]
fn a_failure_in_the_invocation_that_went_on_is_reported_too() {
    run(async {
        let scene = Scene::of(&demo());
        // Among the requests of the second invocation.
        scene.source.set_fault(Some(Fault::at(Kind::Html, 50, 1)));
        let error = scene.scheduled().await.unwrap_err();
        assert!(error.contains("502"), "{error}");
    });
}

#[test]
fn without_a_token_there_is_nothing_to_do_which_is_no_failure() {
    run(async {
        let scene = Scene::of(&demo());
        scene.set("SPACESCOPE_TOKEN", "");
        scene.scheduled().await.unwrap();
        assert_eq!(scene.source.take_calls(), 0);
        assert!(scene.log().contains("SPACESCOPE_TOKEN is not set"));
    });
}
