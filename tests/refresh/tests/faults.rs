//! A source that misbehaves: the last good data stay served, and the error names the cause.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use chrono::Days;
use http::Method;
use refresh_tests::{Scene, demo, run};
use spacescope::{Fault, Kind};

const POWER: &str = "/v2/power/network_storage_capacity";

/// A product that has data, on the next morning, with a fault from now on.
async fn met(fault: Fault) -> Scene {
    let data = demo();
    let scene = Scene::of(&data);
    let day_before = data.current_date - Days::new(1);
    scene.on_the_morning_after(day_before);
    scene.refreshed().await;
    scene.on_the_morning_after(data.current_date);
    scene.source.set_fault(Some(fault));
    scene
}

/// Every call meets the fault: the refresh fails with a status and a code, in words that hold `words`; yesterday's data
/// stay served; `/health` says it; and when the fault is over the next refresh makes up for it.
fn fails(kind: Kind, status: u16, code: &str, words: &[&str]) {
    run(async {
        let scene = met(Fault::always(kind)).await;
        if kind == Kind::Timeout {
            scene.set("SPACESCOPE_TIMEOUT_SECONDS", "10");
        }
        let answer = scene.refresh().await;
        assert_eq!((answer.status, &answer.json["code"]), (status, &code.into()), "{}", answer.json);
        let detail = answer.json["detail"].as_str().unwrap();
        for word in words {
            assert!(detail.contains(word), "{kind}: {detail}");
        }
        let newest = demo().current_date;
        assert_eq!(scene.served().await, Some(newest - Days::new(1)), "{kind}");
        scene.world.set_now(refresh_tests::morning_after(newest) + chrono::Duration::hours(5));
        let health = scene.health().await;
        assert_eq!(health["status"], "degraded", "{kind}");
        let reason = health["reason"].as_str().unwrap();
        assert!(reason.contains("hours ago") && reason.contains(words[0]), "{reason}");
        assert!(scene.log().contains("the refresh failed"), "{kind}");

        scene.source.set_fault(None);
        scene.set("SPACESCOPE_TIMEOUT_SECONDS", "120");
        assert_eq!(scene.refreshed().await["current_date"], newest.to_string(), "{kind}");
        assert_eq!(scene.health().await["status"], "healthy", "{kind}");
    });
}

#[test]
fn a_refused_token_is_named_at_once_with_the_remedy() {
    fails(Kind::Unauthorized, 502, "SPACESCOPE_TOKEN_REFUSED", &["set SPACESCOPE_TOKEN", "401", POWER]);
    fails(Kind::Forbidden, 502, "SPACESCOPE_TOKEN_REFUSED", &["set SPACESCOPE_TOKEN", "403", POWER]);
}

#[test]
fn a_source_that_keeps_limiting_is_given_up() {
    fails(
        Kind::TooManyRequests,
        502,
        "UPSTREAM_UNAVAILABLE",
        &["answered 429 and asks to wait 1 seconds", POWER],
    );
    fails(Kind::TooManyRequestsWithoutRetryAfter, 502, "UPSTREAM_UNAVAILABLE", &["answered 429", POWER]);
}

#[test]
fn a_source_that_keeps_failing_is_given_up() {
    fails(Kind::ServerError, 502, "UPSTREAM_UNAVAILABLE", &["answered 500", "attempt 3", POWER]);
}

#[test]
fn a_source_that_does_not_answer_is_given_up() {
    fails(Kind::Timeout, 502, "UPSTREAM_UNAVAILABLE", &["did not answer within 10 seconds", POWER]);
}

#[test]
fn a_body_that_is_cut_is_not_used() {
    fails(Kind::Cut, 502, "UPSTREAM_UNAVAILABLE", &["gave no whole reply", POWER]);
    fails(Kind::Truncated, 502, "UPSTREAM_UNAVAILABLE", &["not JSON", POWER]);
}

#[test]
fn a_web_page_is_not_taken_for_data() {
    fails(Kind::Html, 502, "UPSTREAM_INVALID", &["a web page and not JSON", POWER]);
}

#[test]
fn a_missing_day_is_named() {
    // Of 2025-08-25 to 2025-09-01 the middle one.
    fails(Kind::MissingDay, 502, "UPSTREAM_INVALID", &[POWER, "2025-08-29", "missing between"]);
}

#[test]
fn a_day_that_is_there_twice_is_named() {
    fails(Kind::DuplicatedDay, 502, "UPSTREAM_INVALID", &[POWER, "2025-08-29", "there twice"]);
}

#[test]
fn a_null_is_named_by_day_and_field() {
    fails(
        Kind::Null,
        502,
        "UPSTREAM_INVALID",
        &[POWER, "2025-08-29", "field total_raw_bytes_power", "is null"],
    );
}

#[test]
fn a_negative_is_named_by_day_and_field() {
    let words = [POWER, "2025-08-29", "field total_raw_bytes_power", "is negative (-1.5)"];
    fails(Kind::Negative, 502, "UPSTREAM_INVALID", &words);
}

#[test]
fn a_renamed_field_is_named() {
    fails(Kind::Renamed, 502, "UPSTREAM_INVALID", &[POWER, "field total_raw_bytes_power", "missing"]);
}

#[test]
fn a_list_that_is_empty_does_not_empty_the_product() {
    fails(
        Kind::Empty,
        502,
        "UPSTREAM_INVALID",
        &["/v2/power/network_storage_capacity", "2025-08-25", "no data"],
    );
}

#[test]
fn a_first_fill_from_a_faulty_source_publishes_nothing() {
    for kind in [Kind::Empty, Kind::MissingDay, Kind::Html, Kind::Renamed, Kind::Negative] {
        run(async {
            let scene = Scene::unlimited(&demo());
            scene.source.set_fault(Some(Fault::at(kind, 12, 3)));
            let answer = scene.refresh().await;
            assert_eq!(answer.status, 502, "{kind}: {}", answer.json);
            assert!(answer.json["detail"].as_str().unwrap().contains("/v2/"), "{kind}: {}", answer.json);
            assert_eq!(scene.served().await, None, "{kind}");
            scene.source.set_fault(None);
            assert_eq!(scene.refreshed().await["status"], "updated", "{kind}");
        });
    }
}

#[test]
fn what_passes_is_waited_out() {
    for kind in [
        Kind::TooManyRequests,
        Kind::TooManyRequestsWithoutRetryAfter,
        Kind::ServerError,
        Kind::Cut,
        Kind::Truncated,
        Kind::Timeout,
    ] {
        run(async {
            let scene = met(Fault::at(kind, 2, 1)).await;
            let report = scene.refreshed().await;
            assert_eq!(report["current_date"], demo().current_date.to_string(), "{kind}");
            assert_eq!(report["requests"], 6, "{kind}");
        });
    }
}

#[test]
fn without_a_token_the_operator_is_told_and_the_schedule_stays_quiet() {
    run(async {
        let scene = Scene::of(&demo());
        scene.set("SPACESCOPE_TOKEN", " \"\" ");
        let answer = scene.refresh().await;
        assert_eq!((answer.status, &answer.json["code"]), (503, &"SPACESCOPE_TOKEN_MISSING".into()));
        assert!(answer.json["detail"].as_str().unwrap().contains("set it as a secret"));
        assert_eq!(scene.source.take_calls(), 0);
    });
}

#[test]
fn a_jump_that_cannot_be_real_is_refused_unless_it_is_forced() {
    run(async {
        let data = demo();
        let scene = met(Fault::always(Kind::Strings)).await;
        let mut doubled = data.clone();
        for powers in [&mut doubled.historical_raw_power_eib, &mut doubled.historical_qa_power_eib] {
            for power in powers.iter_mut() {
                *power *= 1.4;
            }
        }
        scene.source.set_rows(spacescope::rows::Rows::rebuilt(&doubled).unwrap());
        let full = "/admin/update-cache?full=true";
        let answer = scene.ask(Method::POST, full).await;
        assert_eq!((answer.status, &answer.json["code"]), (502, &"UPSTREAM_IMPLAUSIBLE".into()));
        let detail = answer.json["detail"].as_str().unwrap();
        assert!(detail.contains("historical_raw_power_eib") && detail.contains("?force=true"), "{detail}");
        assert_eq!(scene.served().await, Some(data.current_date - Days::new(1)));
        let forced = scene.ask(Method::POST, &format!("{full}&force=true")).await;
        assert_eq!(forced.status, 200, "{}", forced.json);
        assert!(scene.log().contains("published by ?force=true"));
        assert_eq!(scene.served().await, Some(data.current_date));
    });
}

#[test]
fn a_day_of_almost_no_onboarding_does_not_stop_the_refresh() {
    run(async {
        let mut data = demo();
        let last = data.historical_days();
        data.historical_onboarded_rb_power_pib[last] = 0.0;
        data.historical_onboarded_qa_power_pib[last] = 0.0;
        let scene = Scene::of(&data);
        scene.refreshed().await;
        assert!(scene.log().contains("FIL+ rate of 2025-09-01: nothing to divide by"));
    });
}

#[test]
fn unknown_parameters_are_refused() {
    run(async {
        let scene = Scene::of(&demo());
        let answer = scene.ask(Method::POST, "/admin/update-cache?ful=true&force=yes").await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.json["errors"].as_array().map(Vec::len), Some(2), "{}", answer.json);
    });
}

#[test]
fn a_parameter_that_is_given_twice_is_refused() {
    run(async {
        let scene = Scene::of(&demo());
        let answer = scene.ask(Method::POST, "/admin/update-cache?full=true&full=false").await;
        assert_eq!(answer.status, 422);
        let detail = answer.json["errors"][0]["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("given twice"), "{}", answer.json);
    });
}
