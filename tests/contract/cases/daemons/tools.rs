//! Daemons as tools of `/mcp`.

use contract::{
    cases,
    scene::{Scene, Service},
    suite::Case,
};
use serde_json::json;

use super::Summoner;

pub(crate) fn cases() -> Vec<Case> {
    cases![Scene::Imported =>
        a_summoned_daemon_is_a_tool_of_its_owner_until_it_is_banished,
        daemons_are_managed_by_tools,
        who_may_not_ask_models_has_no_daemons_among_the_tools,
    ]
}

fn a_summoned_daemon_is_a_tool_of_its_owner_until_it_is_banished(service: &Service) {
    let [one, other] = [Summoner::new(service), Summoner::new(service)];
    let has = |somebody: &Summoner<'_>| somebody.tools().contains(&"invoke_claude".to_owned());
    assert!(!has(&one));
    let _ = one.summon("claude").ok();
    assert!(has(&one) && !has(&other));
    let _ = one.banish("claude").ok();
    assert!(!has(&one));
    let (refused, is_error) = one.tool("invoke_claude", &json!({"task": "Say hello."}));
    assert!(
        is_error && refused["content"][0]["text"].as_str().is_some_and(|text| text.contains("summon_daemon")),
        "{refused}"
    );
}

fn daemons_are_managed_by_tools(service: &Service) {
    let somebody = Summoner::new(service);
    for tool in ["summon_daemon", "banish_daemon", "list_daemons", "daemon_state"] {
        assert!(somebody.tools().contains(&tool.to_owned()), "{tool}");
    }
    let name = json!({"daemon_name": "gemini"});
    let (summoned, is_error) = somebody.tool("summon_daemon", &name);
    assert!(!is_error, "{summoned}");
    assert_eq!(summoned["structuredContent"]["tool"], "invoke_gemini");
    assert_eq!(somebody.active(), ["gemini"]);
    assert!(somebody.tool("summon_daemon", &name).1, "it is summoned already");
    let (listed, _) = somebody.tool("list_daemons", &json!({}));
    let daemons = listed["structuredContent"]["daemons"].as_array().expect("a list").clone();
    let gemini = daemons.iter().find(|daemon| daemon["name"] == "gemini").expect("gemini");
    assert_eq!(gemini["is_summoned"], true);
    let (state, _) = somebody.tool("daemon_state", &name);
    assert_eq!(state["structuredContent"]["statistics"]["is_summoned"], true);
    let (unknown, is_error) = somebody.tool("daemon_state", &json!({"daemon_name": "gemin"}));
    assert!(
        is_error && unknown["content"][0]["text"].as_str().is_some_and(|text| text.contains("\"gemini\"")),
        "{unknown}"
    );
    let (banished, is_error) = somebody.tool("banish_daemon", &name);
    assert!(!is_error && banished["structuredContent"]["status"] == "banished", "{banished}");
    assert!(somebody.tool("banish_daemon", &name).1);
    assert_eq!(somebody.told(), ["summon gemini", "banish gemini"]);
}

fn who_may_not_ask_models_has_no_daemons_among_the_tools(service: &Service) {
    let wanted = json!({"name": "reader", "scopes": ["read"]});
    let made =
        service.post("/api/admin/keys").bearer(service.admin_key()).json(&wanted).send().expect(201).json();
    let reader = Summoner { client: service, key: made["key"].as_str().expect("a key").to_owned() };
    let tools = reader.tools();
    assert!(tools.contains(&"simulate".to_owned()));
    assert!(!tools.iter().any(|tool| tool.contains("daemon")), "{tools:?}");
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "summon_daemon", "arguments": {"daemon_name": "claude"}}});
    let refused = service
        .post("/mcp")
        .bearer(&reader.key)
        .header("accept", "application/json")
        .json(&call)
        .send()
        .refused(403);
    assert_eq!(refused.code, "INSUFFICIENT_SCOPE");
}
