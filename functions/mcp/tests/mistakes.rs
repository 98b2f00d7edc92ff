//! Wrong arguments: a model has to be able to correct itself from what it is told.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::{Assistant, now};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use platform_native::memory::World;
use serde_json::{Value, json};

#[tokio::test]
async fn every_wrong_argument_is_named_at_once_with_its_remedy() {
    let told = Assistant::new()
        .await
        .refusal(
            "simulate",
            json!({"rbp": -1, "rr": 85, "forecast_length_days": -1, "fprr": 0.9, "requested_metrics": ["circ_suply"]}),
        )
        .await;
    for expected in [
        "rbp: must be 0 to 1000 PiB/day, but is -1",
        "rr: must be 0 to 1, but is 85",
        "forecast_length_days: must be a whole number of days from 1 to 7300, not -1",
        "did you mean \"fpr\"?",
        "did you mean \"circ_supply\"?",
    ] {
        assert!(told.contains(expected), "{expected:?} is not in {told}");
    }
}

#[tokio::test]
async fn a_vector_of_the_wrong_length_is_told_the_right_one() {
    let told = Assistant::new()
        .await
        .refusal("simulate", json!({"rbp": [3.0, 4.0], "forecast_length_days": 90}))
        .await;
    assert!(told.contains("exactly 90 entries") && told.contains("has 2"), "{told}");
}

#[tokio::test]
async fn a_misspelled_field_of_the_history_is_answered_with_the_nearest() {
    let mut assistant = Assistant::new().await;
    let told = assistant
        .refusal("get_historical_data", json!({"fields": ["burned_fil", "power"], "resolution": "weekley"}))
        .await;
    assert!(told.contains("burnt_fil") && told.contains("\"weekly\""), "{told}");
    assert!(told.contains("rb_power_zero") || told.contains("historical_raw_power_eib"), "{told}");
    let told = assistant.refusal("get_historical_data", json!({"field": ["burnt_fil"]})).await;
    assert!(told.contains("\"fields\""), "{told}");
}

#[tokio::test]
async fn no_name_of_a_long_list_is_left_out_without_a_word() {
    let mut assistant = Assistant::new().await;
    let mut names = vec!["burnt_fil"; 100];
    assistant.call("get_historical_data", json!({"fields": names, "resolution": "monthly"})).await;
    names.push("burned_fil");
    let told = assistant.refusal("get_historical_data", json!({"fields": names})).await;
    assert!(told.contains("101 names") && told.contains("`all`"), "{told}");
}

#[tokio::test]
async fn scenarios_that_cannot_be_compared_are_refused_by_name() {
    let mut assistant = Assistant::new().await;
    for (scenarios, expected) in [
        (json!([{"name": "only one"}]), "2 to 8"),
        (json!([{"name": "a"}, {"name": "a"}]), "taken"),
        (json!([{"name": "a"}, {"rr": 0.5}]), "entry 1"),
        (json!([{"name": "a"}, {"name": "b", "rr": 5}]), "scenario \"b\", rr: must be 0 to 1"),
        (json!([{"name": "a"}, {"name": "b", "forecast_length_days": 30}]), "common to all"),
        (json!([{"name": "a"}, {"name": "b", "output": ["circ_supply"]}]), "output: is common to all"),
        (
            json!([{"name": "a"}, {"name": "b", "assumptions": "rr 0.5"}]),
            "entry 1: assumptions must be an object",
        ),
        (json!([{"name": "a", "assumptions": [{"rr": 0.5}]}, {"name": "b"}]), "entry 0: assumptions must be"),
        (
            json!([{"name": "a"}, {"name": "b", "rr": 0.5, "assumptions": {"rr": 0.9, "rbp": 4}}]),
            "entry 1: rr is given inside assumptions and beside it",
        ),
        (
            json!([{"name": "a"}, {"name": "b", "assumptions": {"renewal": 0.9}}]),
            "unknown field: \"renewal\"",
        ),
        (json!([{"name": "a"}, {"name": 3, "rr": 5}]), "scenario \"entry 1\", rr: must be 0 to 1"),
        (json!({"a": {}, "b": {}}), "2 to 8"),
    ] {
        let told = assistant.refusal("compare_scenarios", json!({"scenarios": scenarios})).await;
        assert!(told.contains(expected), "{expected:?} is not in {told}");
    }
    let told = assistant
        .refusal("compare_scenarios", json!({"scenarios": [{"name": "a"}, {"name": "b"}], "rbp": 3.0}))
        .await;
    assert!(told.contains("rbp"), "{told}");
}

/// The first so many names of metrics, as the list of tools has them; the running totals' own names are left out, because
/// they mean the same as the daily ones.
fn metrics(tool: &Value, count: usize) -> Vec<Value> {
    let names = tool["inputSchema"]["properties"]["requested_metrics"]["items"]["enum"].as_array().unwrap();
    let totals =
        ["cum_simple_reward", "cum_baseline_reward", "cum_network_reward", "total_vest", "network_gas_burn"];
    names.iter().filter(|name| !totals.contains(&name.as_str().unwrap())).take(count).cloned().collect()
}

#[tokio::test]
async fn an_answer_holds_a_hundred_thousand_numbers_and_one_day_more_is_refused_with_the_ways_out() {
    let mut assistant = Assistant::new().await;
    let simulate = assistant.tool("simulate").await;
    let scenarios: Vec<_> = (0..8).map(|nth| json!({"name": format!("s{nth}"), "rbp": nth})).collect();
    for (tool, metrics, scenarios, days) in [
        ("simulate", metrics(&simulate, 20), Value::Null, 5000),
        ("compare_scenarios", metrics(&simulate, 5), json!(scenarios), 2500),
    ] {
        let mut asked = json!({
            "requested_metrics": metrics, "resolution": "daily", "forecast_length_days": days, "scenarios": scenarios,
        });
        let told = assistant.value(tool, asked.clone()).await;
        assert_eq!(told["n_entries"], days, "{tool}: every day");
        asked["forecast_length_days"] = json!(days + 1);
        let told = assistant.refusal(tool, asked).await;
        let numbers = metrics.len() * if scenarios.is_null() { 1 } else { 8 } * (days + 1);
        for expected in
            [&numbers.to_string(), "100000", "fewer metrics", "forecast_length_days", "resolution monthly"]
        {
            assert!(told.contains(expected), "{expected:?} is not in {told}");
        }
    }
}

#[tokio::test]
async fn the_longest_comparison_of_everything_is_answered_by_the_month_and_refused_by_the_week() {
    let mut assistant = Assistant::new().await;
    let simulate = assistant.tool("simulate").await;
    let scenarios: Vec<_> = (0..8).map(|nth| json!({"name": format!("s{nth}")})).collect();
    let mut asked = json!({
        "requested_metrics": metrics(&simulate, 44), "forecast_length_days": 7300, "resolution": "monthly",
        "scenarios": scenarios,
    });
    let told = assistant.value("compare_scenarios", asked.clone()).await;
    assert_eq!(told["scenarios"][7]["series"].as_object().unwrap().len(), 44);
    asked["resolution"] = json!("weekly");
    assistant.refusal("compare_scenarios", asked).await;
    // Without a horizon and a resolution it is ten years by the week, here too.
    let asked = json!({"requested_metrics": metrics(&simulate, 44), "scenarios": scenarios});
    let told = assistant.refusal("compare_scenarios", asked).await;
    assert!(told.contains("weekly entries (522)"), "{told}");
}

#[tokio::test]
async fn a_chart_of_series_that_begin_on_different_dates_is_refused() {
    let mut assistant = Assistant::new().await;
    let told = assistant
        .refusal("provide_plot", json!({"series": ["historical_raw_power_eib", "network_baseline_EIB"]}))
        .await;
    assert!(told.contains("data_start_date") && told.contains("sim_start_date"), "{told}");
    let told = assistant.refusal("provide_plot", json!({"series": "historical_raw_powr_eib"})).await;
    assert!(told.contains("historical_raw_power_eib"), "{told}");
    let told = assistant.refusal("provide_plot", json!({"series": 3, "start_date_key": "now"})).await;
    assert!(told.contains("series: must be"), "{told}");
}

#[tokio::test]
async fn an_unknown_tool_is_a_protocol_error_that_offers_the_nearest() {
    let error = Assistant::new().await.ask("tools/call", json!({"name": "simulat", "arguments": {}})).await;
    assert_eq!(error["code"], -32602);
    assert!(error["message"].as_str().unwrap().contains("simulate"), "{error}");
}

#[tokio::test]
async fn no_hostile_argument_gets_a_failure_or_a_long_answer() {
    let mut assistant = Assistant::new().await;
    let long = "x".repeat(100_000);
    for tool in ["simulate", "compare_scenarios", "get_historical_data", "provide_plot", "fetch_context"] {
        for arguments in [
            json!({&*long: 1}),
            json!({"sim": long}),
            json!({"req": [1, 2]}),
            json!({"fields": vec![&*long; 3]}),
            json!({"requested_metrics": vec![json!({}); 5000]}),
            json!({"scenarios": vec![json!({"name": long, "rr": 5, "assumptions": {"rr": 5}}); 8]}),
            json!({"scenarios": vec![json!({"name": "a", &*long: 1, "assumptions": {&*long: 1}}); 3]}),
            json!({"series": vec![json!({"name": "é".repeat(50_000)}); 3]}),
            json!({"rbp": 1e308, "rr": [], "gamma": {}, "baseline_eib": "x"}),
        ] {
            let told = assistant.refusal(tool, arguments).await;
            assert!(told.len() < 8_000, "{tool}: {} bytes", told.len());
        }
    }
}

#[tokio::test]
async fn without_data_the_tools_say_so_and_how_it_is_loaded() {
    let world = World::default().with_variable("BUNDLED_NETWORK", "false");
    let mut assistant = Assistant::in_world(world, None).await;
    for (tool, arguments) in [
        ("simulate", json!({})),
        ("compare_scenarios", json!({"scenarios": [{"name": "a"}, {"name": "b"}]})),
        ("get_historical_data", json!({})),
    ] {
        let told = assistant.refusal(tool, arguments).await;
        assert!(told.contains("No network data has been loaded yet"), "{tool}: {told}");
    }
    let guide = assistant.value("fetch_context", json!({})).await;
    assert!(guide["context"].as_str().unwrap().contains("No network data has been loaded yet"));
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_said_to_be_that() {
    let world = World::default();
    let mut assistant = Assistant::in_world(world.clone(), None).await;
    world.fail(Some("cache"));
    let told = assistant.refusal("simulate", json!({})).await;
    assert!(told.contains("try again"), "{told}");
}

#[tokio::test]
async fn a_page_of_another_origin_is_not_answered_and_other_methods_get_405() {
    let mut assistant = Assistant::new().await;
    let mut foreign = common::request("tools/list", json!({}));
    foreign.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    assert_eq!(assistant.send(foreign).await.status(), StatusCode::FORBIDDEN);
    for method in ["GET", "DELETE", "PUT"] {
        let request =
            Request::builder().method(method).uri("http://localhost/mcp").header("host", "localhost");
        let response = assistant.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert!(response.headers()["allow"].to_str().unwrap().contains("POST"));
    }
}

#[tokio::test]
async fn data_of_last_month_is_warned_of() {
    let world = World::default();
    let platform = world.clone().at(now() + chrono::Duration::days(40)).platform();
    snapshot_store::publish(&platform, common::network()).await.unwrap();
    let mut app = web::app(<mcp_server::Function as platform::Application>::routes(), platform);
    let request =
        common::request("tools/call", json!({"name": "simulate", "arguments": {"forecast_length_days": 30}}));
    let response = tower_service::Service::call(&mut app, request).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let answer: Value = serde_json::from_slice(&body).unwrap();
    let warnings = answer["result"]["structuredContent"]["warnings"].to_string();
    assert!(warnings.contains("41 days old"), "{warnings}");
}
