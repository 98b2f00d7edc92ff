//! What an assistant is told before it calls: schemas, guide, resources, prompts, completion.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::{Assistant, network};
use serde_json::{Value, json};

/// Ordinary calls of every tool.
fn calls() -> Vec<(&'static str, Value)> {
    vec![
        ("fetch_context", json!({})),
        ("get_historical_data", json!({})),
        ("get_historical_data", json!({"fields": ["all"], "resolution": "monthly"})),
        (
            "get_historical_data",
            json!({"fields": ["circ_supply", "rb_known_scheduled_expire_vec"], "resolution": "daily"}),
        ),
        ("simulate", json!({})),
        (
            "simulate",
            json!({"forecast_length_days": 3, "rbp": [1, 2, 3], "requested_metrics": ["days", "total_vest"]}),
        ),
        (
            "simulate",
            json!({"forecast_length_days": 400, "rbp": 0.0, "resolution": "monthly", "requested_metrics": ["day_pledge_per_QAP"]}),
        ),
        (
            "compare_scenarios",
            json!({"forecast_length_days": 90, "scenarios": [{"name": "a"}, {"name": "b", "rbp": 0.0}]}),
        ),
        (
            "provide_plot",
            json!({"series": ["network_RBP_EIB", {"name": "network_baseline_EIB", "label": "Baseline"}], "title": "Power"}),
        ),
        (
            "provide_plot",
            json!({"series": ["historical_raw_power_eib"], "start_date_key": "data_start_date"}),
        ),
        ("get_historical_data", json!({"fields": [], "start_date": "2025-01-01", "end_date": "2025-03-01"})),
        ("simulate", json!({"forecast_length_days": 40, "requested_metrics": [], "name": "mine"})),
        #[cfg(feature = "accuracy")]
        ("forecast_accuracy", json!({})),
        #[cfg(feature = "accuracy")]
        ("forecast_accuracy", json!({"series": ["network_gas_burn", "1y_sector_roi"], "drive": "events"})),
        (
            "forecast_range",
            json!({
                "draws": {"n": 20, "seed": 3, "distributions": {"rr": {"normal": {"mean": 0.8, "sd": 0.05}}}},
                "thresholds": [{"series": "network_RBP_EIB", "below": 3}],
                "assumptions": {"forecast_length_days": 90, "fpr": 0.8},
            }),
        ),
        (
            "forecast_range",
            json!({"grid": {"rbp": [2, 4]}, "output": ["circ_supply"], "resolution": "weekly"}),
        ),
        ("forecast_range", json!({"bootstrap": {"n": 10}, "name": "mine"})),
        ("find_assumption", json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 3.3})),
        ("find_assumption", json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 500})),
    ]
}

#[tokio::test]
async fn every_result_fits_the_schema_that_its_tool_declares() {
    let mut assistant = Assistant::new().await;
    let tools = assistant.tools().await;
    for (name, arguments) in calls() {
        let tool = tools.iter().find(|tool| tool["name"] == name).unwrap();
        let input = jsonschema::draft202012::new(&tool["inputSchema"]).unwrap();
        assert!(input.is_valid(&arguments), "{name} {arguments}: {:?}", input.validate(&arguments));
        let output = jsonschema::draft202012::new(&tool["outputSchema"]).unwrap();
        let value = assistant.value(name, arguments.clone()).await;
        let errors: Vec<_> = output.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name} {arguments}: {errors:?}");
        assert!(!output.is_valid(&json!({})), "{name}: the schema demands something");
    }
}

#[tokio::test]
async fn the_tools_of_the_groups_deployed_only_read_each_with_a_title_and_a_description() {
    let tools = Assistant::new().await.tools().await;
    let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    let mut expected =
        vec!["fetch_context", "get_historical_data", "simulate", "compare_scenarios", "provide_plot"];
    if cfg!(feature = "accuracy") {
        expected.push("forecast_accuracy");
    }
    if cfg!(feature = "jobs") {
        expected.extend(["forecast_range", "find_assumption"]);
    }
    assert_eq!(names, expected);
    for tool in &tools {
        assert_eq!(tool["annotations"]["readOnlyHint"], true);
        assert_eq!(tool["annotations"]["destructiveHint"], false);
        assert!(tool["title"].is_string() && tool["description"].as_str().unwrap().len() > 100);
        assert_eq!(tool["inputSchema"]["type"], "object");
    }
}

#[tokio::test]
async fn the_arguments_say_meaning_range_and_todays_default() {
    let mut assistant = Assistant::new().await;
    let simulate = assistant.tool("simulate").await;
    let rbp = simulate["inputSchema"]["properties"]["rbp"]["description"].as_str().unwrap().to_owned();
    let network = network();
    let default: f64 = format!("{:.5e}", network.smoothed().raw_byte_power).parse().unwrap();
    assert!(rbp.contains(&format!("({default} as of {})", network.current_date())), "{rbp}");
    assert!(rbp.contains("0 to 1000 PiB/day"), "{rbp}");
    let length =
        simulate["inputSchema"]["properties"]["forecast_length_days"]["description"].as_str().unwrap();
    assert!(length.contains("365"), "{length}");
}

#[tokio::test]
async fn every_argument_says_what_it_is_in_a_scenario_with_unit_and_default() {
    let tools = Assistant::new().await.tools().await;
    let scenario = &tools[3]["inputSchema"]["properties"]["scenarios"]["items"];
    for schema in tools.iter().map(|tool| &tool["inputSchema"]).chain([scenario]) {
        for (name, property) in schema["properties"].as_object().unwrap() {
            let told = property["description"].as_str().unwrap_or_default();
            assert!(told.len() > 8, "{name}: {property}");
        }
    }
    let network = network();
    let today = |value: f64| format!("today {}", format!("{value:.5e}").parse::<f64>().unwrap());
    for (name, unit, default) in [
        ("rbp", "PiB/day", today(network.smoothed().raw_byte_power)),
        ("rr", "fraction", today(network.smoothed().renewal_rate)),
        ("fpr", "fraction", today(network.smoothed().filplus_rate)),
        ("daily_burnt_fil", "FIL/day", today(network.daily_burnt_fil())),
        ("lock_target", "fraction", "default 0.3".to_owned()),
    ] {
        let told = scenario["properties"][name]["description"].as_str().unwrap();
        assert!(told.contains(unit) && told.contains(&default), "{name}: {told}");
    }
}

#[tokio::test]
async fn the_list_of_tools_leaves_a_model_room_for_its_work() {
    let tools = Assistant::new().await.tools().await;
    let whole = serde_json::to_string(&tools).unwrap().len();
    let most = 27_500
        + if cfg!(feature = "jobs") { 15_000 } else { 0 }
        + if cfg!(feature = "accuracy") { 1_500 } else { 0 };
    assert!(whole <= most, "{whole} bytes");
}

#[tokio::test]
async fn a_new_snapshot_changes_what_the_tools_say() {
    let platform = platform_native::memory::World::default()
        .at(common::now())
        .with_variable("SNAPSHOT_RECHECK_SECONDS", "0")
        .platform();
    let mut data = network().into_data();
    for day in &mut data.historical_onboarded_rb_power_pib {
        *day *= 2.0;
    }
    let mut told = Vec::new();
    for snapshot in [network(), network_data::Snapshot::new(data).unwrap()] {
        snapshot_store::publish(&platform, snapshot).await.unwrap();
        let mut app = web::app(<mcp_server::Function as platform::Application>::routes(), platform.clone());
        let response =
            tower_service::Service::call(&mut app, common::request("tools/list", json!({}))).await.unwrap();
        let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
        let list: Value = serde_json::from_slice(&body).unwrap();
        told.push(list["result"]["tools"][2]["inputSchema"]["properties"]["rbp"]["description"].clone());
    }
    assert_ne!(told[0], told[1]);
}

#[tokio::test]
async fn the_guide_and_its_documents_are_resources_and_metrics_and_fields_can_be_looked_up() {
    let mut assistant = Assistant::new().await;
    let listed = assistant.ask("resources/list", json!({})).await;
    for resource in listed["resources"].as_array().unwrap() {
        let uri = resource["uri"].as_str().unwrap();
        // The view of the charts is an MCP App; its file is deployed with the function, and a browser test opens it.
        if uri.starts_with("ui://") {
            assert_eq!(resource["mimeType"], "text/html;profile=mcp-app", "{uri}");
            continue;
        }
        assert!(uri.starts_with("filecoin://"), "{uri}");
        let read = assistant.ask("resources/read", json!({"uri": uri})).await;
        assert!(read["contents"][0]["text"].as_str().unwrap().len() > 500, "{uri}");
        assert_eq!(read["contents"][0]["mimeType"], "text/markdown");
    }
    let guide = assistant.ask("resources/read", json!({"uri": "filecoin://context"})).await;
    let fetched = assistant.call("fetch_context", json!({})).await;
    assert_eq!(guide["contents"][0]["text"], json!(fetched.text));
    let metric = assistant.ask("resources/read", json!({"uri": "filecoin://metrics/1y_sector_roi"})).await;
    assert!(metric["contents"][0]["text"].as_str().unwrap().contains("fraction"));
    let field = assistant.ask("resources/read", json!({"uri": "filecoin://fields/burnt_fil"})).await;
    assert!(field["contents"][0]["text"].as_str().unwrap().contains("data_start_date"));
    let missing = assistant.ask("resources/read", json!({"uri": "filecoin://metrics/weather"})).await;
    assert_eq!(missing["code"], -32602);
}

#[tokio::test]
async fn names_are_completed_while_they_are_typed() {
    let mut assistant = Assistant::new().await;
    let mut complete = async |reference: Value, argument: &str, typed: &str| {
        let params = json!({"ref": reference, "argument": {"name": argument, "value": typed}});
        assistant.ask("completion/complete", params).await["completion"]["values"].clone()
    };
    let metric = json!({"type": "ref/resource", "uri": "filecoin://metrics/{name}"});
    assert_eq!(complete(metric, "name", "1y").await, json!(["1y_return_per_sector", "1y_sector_roi"]));
    let field = json!({"type": "ref/prompt", "name": "network_health"});
    assert_eq!(complete(field, "field", "burnt").await[0], "burnt_fil");
    let metric = json!({"type": "ref/prompt", "name": "supply_outlook"});
    assert_eq!(complete(metric, "metric", "daily_g").await, json!(["daily_gas_burn"]));
}

/// Every call that a text tells a model to make: the tool's name and the JSON after it.
fn told_calls(text: &str) -> Vec<(String, Value)> {
    let mut calls = Vec::new();
    for tool in ["simulate", "compare_scenarios", "get_historical_data", "provide_plot", "forecast_accuracy"]
    {
        for opening in [format!("{tool} with {{"), format!("{tool} {{")] {
            for (at, _) in text.match_indices(&opening) {
                let json = &text[at + opening.len() - 1..];
                let json = json.replace("<twice today's>", "8");
                let value = serde_json::Deserializer::from_str(&json).into_iter::<Value>().next();
                calls.push((tool.to_owned(), value.unwrap_or_else(|| panic!("{json}")).unwrap()));
            }
        }
    }
    calls
}

#[tokio::test]
async fn every_call_that_the_prompts_and_the_guide_suggest_works() {
    let mut assistant = Assistant::new().await;
    let mut texts = vec![assistant.call("fetch_context", json!({})).await.text];
    for (name, arguments) in [
        ("network_health", json!({})),
        ("network_health", json!({"field": "historical_qa_power_eib", "forecast_length_days": "90"})),
        ("storage_provider_return", json!({})),
        (
            "storage_provider_return",
            json!({"sector_duration_days": "360", "rbp": "2.5", "metric": "1y_return_per_sector"}),
        ),
        ("supply_outlook", json!({})),
        ("supply_outlook", json!({"years": "20", "metric": "available_supply"})),
    ] {
        let prompt = assistant.ask("prompts/get", json!({"name": name, "arguments": arguments})).await;
        texts.push(prompt["messages"][0]["content"]["text"].as_str().unwrap().to_owned());
    }
    let mut made = 0;
    for text in texts {
        let calls = told_calls(&text);
        assert!(calls.len() >= 2, "{text}");
        for (tool, arguments) in calls {
            assistant.value(&tool, arguments).await;
            made += 1;
        }
    }
    assert!(made >= 16, "{made}");
}

#[tokio::test]
async fn a_prompt_refuses_what_it_cannot_use() {
    let mut assistant = Assistant::new().await;
    for (name, arguments, expected) in [
        ("supply_outlook", json!({"years": "30"}), "1 to 20"),
        ("supply_outlook", json!({"metric": "circ_suply"}), "circ_supply"),
        ("network_health", json!({"field": "burned_fil"}), "burnt_fil"),
        ("storage_provider_return", json!({"rbp": "-2"}), "0 to 1000"),
    ] {
        let error = assistant.ask("prompts/get", json!({"name": name, "arguments": arguments})).await;
        assert_eq!(error["code"], -32602);
        assert!(error["message"].as_str().unwrap().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_chart_has_names_labels_units_and_the_date_key_of_its_data() {
    let mut assistant = Assistant::new().await;
    let plot = assistant
        .value(
            "provide_plot",
            json!({"series": ["cum_simple_reward", {"name": "daily_vest", "label": "Vesting"}]}),
        )
        .await;
    assert_eq!(plot["chart"]["start_date_key"], "sim_start_date");
    assert_eq!(
        plot["chart"]["series"],
        json!([
            {"name": "daily_simple_reward", "label": "daily simple reward", "unit": "FIL/day"},
            {"name": "daily_vest", "label": "Vesting", "unit": "FIL/day"},
        ])
    );
    let both = json!({"series": "circ_supply"});
    assert_eq!(assistant.value("provide_plot", both).await["chart"]["start_date_key"], "sim_start_date");
    let history = json!({"series": "circ_supply", "start_date_key": "data_start_date"});
    assert_eq!(assistant.value("provide_plot", history).await["chart"]["start_date_key"], "data_start_date");
}

#[tokio::test]
async fn a_history_without_arguments_is_short_and_every_series_in_it_has_its_dates() {
    let mut assistant = Assistant::new().await;
    let told = assistant.call("get_historical_data", json!({})).await;
    assert!(told.text.len() < 6_000, "{} bytes", told.text.len());
    let data = &told.value["data"];
    assert_eq!(
        data["raw_byte_power"].as_array().unwrap().len(),
        data["hist_window_n_entries"].as_u64().unwrap() as usize
    );
    for (field, meta) in data["field_meta"].as_object().unwrap() {
        let dated = meta["start_date"].is_string() || meta["as_of"].is_string();
        assert!(dated || meta["missing"].is_string(), "{field}: {meta}");
    }
}
