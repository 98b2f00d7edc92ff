//! From nothing to the first snapshot.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use network_data::{FilplusRate, SnapshotData};
use refresh_tests::{Scene, demo, real, run};
use spacescope::{Fault, Kind};

type Column = fn(&SnapshotData) -> &Vec<f64>;

/// Every figure to the bit; series that the source has and the snapshot did not are left out.
fn assert_is_the_same(name: &str, found: &SnapshotData, wanted: &SnapshotData) {
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    let columns: [(&str, Column); 10] = [
        ("raw power", |data| &data.historical_raw_power_eib),
        ("quality-adjusted power", |data| &data.historical_qa_power_eib),
        ("raw onboarding", |data| &data.historical_onboarded_rb_power_pib),
        ("quality-adjusted onboarding", |data| &data.historical_onboarded_qa_power_pib),
        ("raw renewals", |data| &data.historical_renewed_rb_power_pib),
        ("quality-adjusted renewals", |data| &data.historical_renewed_qa_power_pib),
        ("raw expirations", |data| &data.rb_known_scheduled_expire_vec),
        ("quality-adjusted expirations", |data| &data.qa_known_scheduled_expire_vec),
        ("pledge releases", |data| &data.known_scheduled_pledge_release_full_vec),
        ("burnt FIL", |data| &data.burnt_fil_vec),
    ];
    for (column, get) in columns {
        assert_eq!(bits(get(found)), bits(get(wanted)), "{name}: {column}");
    }
    let starts = |data: &SnapshotData| {
        bits(&[
            data.start_vested_amt,
            data.zero_cum_capped_power_eib,
            data.init_baseline_eib,
            data.circ_supply_zero,
            data.locked_fil_zero,
        ])
    };
    assert_eq!(starts(found), starts(wanted), "{name}: start values");
    assert_eq!((found.start_date, found.current_date), (wanted.start_date, wanted.current_date));
    let rates = |data: &SnapshotData| match &data.filplus_rate {
        FilplusRate::Daily(rates) => rates.clone(),
        FilplusRate::Median(rate) => vec![*rate],
    };
    let pairs = [
        ("renewal rate", found.historical_renewal_rate.clone(), wanted.historical_renewal_rate.clone()),
        ("FIL+ rate", rates(found), rates(wanted)),
    ];
    for (rate, found, wanted) in pairs {
        assert_eq!(found.len(), wanted.len(), "{name}: {rate}");
        // Not every double is a quotient of two others.
        let off = found.iter().zip(&wanted).filter(|(a, b)| (*a - *b).abs() > f64::EPSILON * b.abs()).count();
        assert_eq!(off, 0, "{name}: {rate}");
    }
}

#[test]
fn ingesting_the_rows_of_a_snapshot_gives_the_snapshot_back() {
    for (name, data) in [("demo", Some(demo())), ("real", real())] {
        let Some(data) = data else { continue };
        run(async {
            let scene = Scene::of(&data);
            let report = scene.refreshed().await;
            assert_eq!(report["status"], "updated", "{report}");
            assert_eq!(report["current_date"], data.current_date.to_string());
            assert_eq!(report["days_added"], data.historical_days() as u64 + 1);
            assert_is_the_same(name, &scene.archived(data.current_date).await, &data);
            assert_eq!(scene.health().await["status"], "healthy");
            // 20 ranges of power, 12 of three others, and the table of expirations.
            let requests = scene.source.take_calls();
            println!("first fill of {name}: {requests} requests");
            assert_eq!(report["requests"], requests);
            assert!(scene.source.most_at_once() <= 6, "{}", scene.source.most_at_once());
        });
    }
}

#[test]
fn the_supply_comes_as_daily_series() {
    run(async {
        let data = demo();
        let scene = Scene::of(&data);
        scene.refreshed().await;
        let full = scene.ask(http::Method::GET, "/historical-data/full").await.json;
        for name in ["circ_supply", "locked_fil", "mined_fil", "vested_fil", "burnt_fil"] {
            let days = full["data"][name].as_array().map(Vec::len);
            assert_eq!(days, Some(data.historical_days() + 1), "{name}");
        }
    });
}

#[test]
fn one_invocation_sends_no_more_than_it_may_and_the_next_goes_on_by_itself() {
    run(async {
        let scene = Scene::of(&demo());
        let report = scene.refreshed().await;
        let limit = u64::from(platform::REQUESTS_PER_INVOCATION);
        assert!(report["requests"].as_u64().unwrap() > limit, "{report}");
        let routes = scene.world.log_lines();
        let invocations = routes.iter().filter(|line| line["route"] == "/admin/update-cache").count();
        assert_eq!(invocations, 2);
    });
}

#[test]
fn without_a_way_to_call_itself_the_answer_is_202_and_the_next_refresh_goes_on() {
    run(async {
        let scene = Scene::of(&demo());
        let key_is_removed = async {
            // The operator removes the key while the refresh runs.
            while scene.source.most_at_once() == 0 {
                tokio::task::yield_now().await;
            }
            scene.set("ADMIN_API_KEY", "");
        };
        let (answer, ()) = tokio::join!(scene.refresh(), key_is_removed);
        assert_eq!((answer.status, &answer.json["status"]), (202, &"in_progress".into()), "{}", answer.json);
        assert!(answer.json["message"].as_str().unwrap().contains("Refresh again to go on"));
        assert_eq!(answer.json["current_date"], serde_json::Value::Null);
        assert_eq!(scene.served().await, None);
        let before = scene.source.take_calls();
        assert_eq!(answer.json["requests"], before);
        scene.set("ADMIN_API_KEY", refresh_tests::ADMIN_KEY);
        let report = scene.refreshed().await;
        assert_eq!(report["status"], "updated");
        assert_eq!(report["requests"], scene.source.take_calls());
        assert!(report["requests"].as_u64().unwrap() < 40 && before >= 40, "{before} and then {report}");
    });
}

#[test]
fn a_fill_that_failed_midway_keeps_what_came_before() {
    run(async {
        let scene = Scene::of(&demo());
        // Fails at the last range of the first invocation.
        scene.source.set_fault(Some(Fault::at(Kind::Html, 42, 1)));
        assert_eq!(scene.refresh().await.status, 502);
        let before = scene.source.take_calls();
        scene.source.set_fault(None);
        let report = scene.refreshed().await;
        assert_eq!(report["status"], "updated");
        let after = scene.source.take_calls();
        assert!(after < before + 10 && before >= 40, "{before} and then {after}");
    });
}

#[test]
fn an_admin_key_with_a_line_break_behind_it_lets_a_refresh_call_the_application_itself() {
    run(async {
        let scene = Scene::of(&demo());
        scene.set("ADMIN_API_KEY", &format!("{}\n", refresh_tests::ADMIN_KEY));
        assert_eq!(scene.refreshed().await["status"], "updated");
    });
}

#[test]
fn a_call_to_the_application_itself_that_leads_nowhere_is_a_failure_and_keeps_nobody_out() {
    run(async {
        let scene = Scene::unlimited(&demo());
        // The calls arrive where the path is nobody's.
        let nowhere = |platform| axum::Router::new().with_state(platform);
        let scene = Scene { world: scene.world.clone().with_limited_invocations(nowhere), ..scene };
        assert_eq!(scene.refresh().await.status, 404);
        // What came is kept, so that the next one can do without a call.
        scene.scheduled().await.unwrap();
        assert_eq!(scene.served().await, Some(demo().current_date));
    });
}

#[test]
fn numbers_may_come_as_text() {
    run(async {
        let data = demo();
        let scene = Scene::unlimited(&data);
        scene.source.set_fault(Some(Fault::always(Kind::Strings)));
        scene.refreshed().await;
        assert_is_the_same("demo", &scene.archived(data.current_date).await, &data);
    });
}

#[test]
fn a_token_copied_with_bearer_and_quotes_works_and_is_warned_of() {
    run(async {
        let scene = Scene::unlimited(&demo());
        scene.set("SPACESCOPE_TOKEN", &format!("\"Bearer {}\"", refresh_tests::TOKEN));
        scene.refreshed().await;
        assert!(scene.log().contains("SPACESCOPE_TOKEN has quotes around it"));
    });
}
