//! Summoning and banishing, and what the operator defines.

use contract::{
    cases,
    scene::{Scene, Service, at_once},
    suite::Case,
};
use http::Method;
use serde_json::json;

use super::{Summoner, define};

pub(crate) fn cases() -> Vec<Case> {
    cases![Scene::Imported =>
        a_daemon_is_summoned_once_and_banished_once,
        of_fifty_summonings_at_once_three_succeed,
        two_owners_see_nothing_of_each_other,
        old_clients_find_the_fields_they_know,
        a_daemon_of_the_operators_is_summoned_changed_and_taken_away,
        what_cannot_be_defined_is_refused_field_by_field,
        a_misspelled_daemon_or_field_is_refused_with_the_nearest_name,
        without_a_model_everything_works_but_a_call,
        the_documentation_is_where_old_clients_look_for_it,
    ]
}

fn a_daemon_is_summoned_once_and_banished_once(service: &Service) {
    let somebody = Summoner::new(service);
    assert_eq!(somebody.invoke("claude", "Say hello.").refused(400).code, "NOT_SUMMONED");
    assert_eq!(somebody.banish("claude").refused(400).code, "NOT_SUMMONED");
    let summoned = somebody.summon("claude").ok();
    assert_eq!((&summoned["status"], &summoned["daemon"]), (&json!("summoned"), &json!("claude")));
    assert_eq!(somebody.summon("claude").refused(400).code, "ALREADY_SUMMONED");
    assert_eq!(somebody.active(), ["claude"]);
    let banished = somebody.banish("claude").ok();
    assert_eq!(
        (&banished["status"], &banished["statistics"]["summon_count"]),
        (&json!("banished"), &json!(1))
    );
    assert_eq!(somebody.banish("claude").refused(400).code, "NOT_SUMMONED");
    assert_eq!(somebody.told(), ["summon claude", "banish claude"]);
}

fn of_fifty_summonings_at_once_three_succeed(service: &Service) {
    let names = ["crowd-a", "crowd-b", "crowd-c", "crowd-d", "crowd-e"];
    for name in names {
        let _ = define(service, service.admin_key(), name, &json!({"provider": "openai"})).ok();
    }
    let somebody = Summoner::new(service);
    let replies = at_once(50, |number| somebody.summon(names[number % names.len()]));
    let count = |status: u16| replies.iter().filter(|reply| reply.status == status).count();
    assert_eq!(count(200), 3, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
    assert_eq!(count(400) + count(409), 47);
    assert_eq!(somebody.active().len(), 3);
    let summonings = somebody.told().len();
    assert_eq!(summonings, 3, "each summoning once in the record");
    // Of ten who banish the same one, one does.
    let name = &somebody.active()[0];
    let banished = at_once(10, |_| somebody.banish(name).status);
    assert_eq!(banished.iter().filter(|status| **status == 200).count(), 1);
    let refused = somebody.summon(&somebody.active()[0]).refused(400);
    assert_eq!(refused.code, "ALREADY_SUMMONED");
}

fn two_owners_see_nothing_of_each_other(service: &Service) {
    let [one, other] = [Summoner::new(service), Summoner::new(service)];
    let _ = one.summon("claude").ok();
    assert_eq!(other.active(), [""; 0]);
    assert_eq!(other.banish("claude").refused(400).code, "NOT_SUMMONED");
    let _ = other.summon("claude").ok();
    let _ = one.banish("claude").ok();
    assert_eq!(other.active(), ["claude"]);
    assert_eq!(other.told(), ["summon claude"]);
    assert_eq!(other.get("/statistics").ok()["statistics"]["active_daemons"], 1);
}

fn old_clients_find_the_fields_they_know(service: &Service) {
    let somebody = Summoner::new(service);
    let _ = somebody.summon("liquidmetal").ok();
    let all = somebody.get("/daemons").ok();
    assert_eq!(all["status"], "revealed");
    assert_eq!(all["count"], all["daemons"].as_object().expect("an object").len());
    for (name, provider, role, color) in [
        ("claude", "anthropic", "logic keeper", "#8B5CF6"),
        ("gemini", "google", "creativity weaver", "#F59E0B"),
        ("liquidmetal", "openai", "transformation master", "#06B6D4"),
    ] {
        let daemon = &all["daemons"][name];
        assert_eq!(
            (&daemon["name"], &daemon["role"], &daemon["color_code"]),
            (&json!(name), &json!(role), &json!(color))
        );
        assert_eq!(daemon["is_summoned"], name == "liquidmetal");
        assert_eq!(
            (&daemon["invocation_count"], &daemon["metadata"]["provider"]),
            (&json!(0), &json!(provider))
        );
        assert!(daemon["metadata"]["capabilities"].as_array().is_some_and(|all| !all.is_empty()));
    }
    let active = somebody.get("/daemons/active").ok();
    assert_eq!((&active["status"], &active["count"]), (&json!("scrying_complete"), &json!(1)));
    let statistics = somebody.get("/statistics").ok();
    assert_eq!(statistics["status"], "divination_complete");
    let figures = &statistics["statistics"];
    assert_eq!((&figures["active_daemons"], &figures["mcp_registered_daemons"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&figures["total_invocations"], &figures["daemon_statistics"]["claude"]["invocation_count"]),
        (&json!(0), &json!(0))
    );
    let state = somebody.get("/daemon/liquidmetal/state").ok();
    assert_eq!(state["status"], "inspection_complete");
    assert_eq!(state["daemon_state"]["daemon"]["name"], "liquidmetal");
    assert_eq!(state["daemon_state"]["invocation_history"], json!([]));
    assert_eq!(state["daemon_state"]["statistics"]["is_summoned"], true);
}

fn a_daemon_of_the_operators_is_summoned_changed_and_taken_away(service: &Service) {
    let somebody = Summoner::new(service);
    let define = |body| define(service, service.admin_key(), "scribe", &body).ok();
    let defined = define(
        json!({"provider": "openai", "model": "tiny", "role": "scribe", "system_prompt": "Write little."}),
    );
    assert_eq!(
        (&defined["name"], &defined["model"], &defined["is_built_in"]),
        (&json!("scribe"), &json!("tiny"), &json!(false))
    );
    let _ = somebody.summon("scribe").ok();
    let _ = define(json!({"provider": "openai", "role": "chronicler"}));
    let daemon = somebody.get("/daemons").ok()["daemons"]["scribe"].clone();
    assert_eq!((&daemon["role"], &daemon["is_summoned"]), (&json!("chronicler"), &json!(true)));
    let text = somebody.get("/daemons").text().to_owned();
    assert!(!text.contains("Write little."), "a system prompt is the operator's");
    let gone = service.admin(Method::DELETE, "/api/admin/daemons/scribe").send();
    assert_eq!(gone.status, 204);
    assert_eq!(somebody.active(), [""; 0]);
    assert_eq!(somebody.summon("scribe").refused(404).code, "DAEMON_NOT_FOUND");
    assert_eq!(
        service.admin(Method::DELETE, "/api/admin/daemons/scribe").send().refused(404).code,
        "DAEMON_NOT_FOUND"
    );
    assert_eq!(somebody.told(), ["summon scribe", "banish scribe"]);
    let audit = service.admin(Method::GET, "/api/admin/audit?limit=100").send().ok();
    let acts: Vec<_> =
        audit["entries"].as_array().expect("a list").iter().map(|entry| entry["act"].clone()).collect();
    assert!(acts.contains(&json!("daemon_defined")) && acts.contains(&json!("daemon_removed")), "{acts:?}");
}

fn what_cannot_be_defined_is_refused_field_by_field(service: &Service) {
    let body =
        json!({"color_code": "violet", "capabilities": "all", "tools": ["simulat"], "systemprompt": "x"});
    let refused = define(service, service.admin_key(), "wrong", &body).refused(422);
    let mut pointers = refused.pointers();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/capabilities", "/color_code", "/systemprompt", "/tools"]);
    assert!(refused.of("/systemprompt").contains("system_prompt"));
    let name = define(service, service.admin_key(), "Wrong%20Name", &json!({})).refused(422);
    assert_eq!(name.code, "INVALID_DAEMON_NAME");
}

fn a_misspelled_daemon_or_field_is_refused_with_the_nearest_name(service: &Service) {
    let somebody = Summoner::new(service);
    let refused = somebody.summon("cluade").refused(404);
    assert_eq!(refused.code, "DAEMON_NOT_FOUND");
    assert!(refused.detail.contains("\"claude\""), "{}", refused.detail);
    let refused = somebody.post("/summon", &json!({"daemon": "claude"})).refused(422);
    assert_eq!(refused.pointers(), ["/daemon", "/daemon_name"]);
    assert!(refused.of("/daemon").contains("daemon_name"));
    assert_eq!(somebody.get("/daemon/nobody/state").refused(404).code, "DAEMON_NOT_FOUND");
    let refused = somebody.post(
        "/invoke",
        &json!({"daemon_name": "claude", "task": "", "parameters": {"temprature": 1, "max_tokens": 0, "tools": [{}], "json_schema": []}}),
    );
    let refused = refused.refused(422);
    let mut pointers = refused.pointers();
    pointers.sort_unstable();
    let expected = [
        "/parameters/json_schema",
        "/parameters/max_tokens",
        "/parameters/temprature",
        "/parameters/tools",
        "/task",
    ];
    assert_eq!(pointers, expected);
    assert!(refused.of("/parameters/temprature").contains("\"temperature\""));
    assert_eq!(somebody.invoke("claude", &"x".repeat(10_001)).refused(422).pointers(), ["/task"]);
}

fn without_a_model_everything_works_but_a_call(service: &Service) {
    let somebody = Summoner::new(service);
    let _ = somebody.summon("gemini").ok();
    let refused = somebody.invoke("gemini", "Name a whale.").refused(503);
    assert_eq!(refused.code, "NO_MODEL");
    assert!(refused.detail.contains("GOOGLE_API_KEY"), "{}", refused.detail);
    let _ = somebody.banish("gemini").ok();
    // Nothing was called, so nothing is counted.
    assert_eq!(somebody.told(), ["summon gemini", "banish gemini"]);
    assert_eq!(somebody.get("/statistics").ok()["statistics"]["total_invocations"], 0);
}

fn the_documentation_is_where_old_clients_look_for_it(service: &Service) {
    for path in ["/grimoire", "/arcane-docs"] {
        let reply = service.get(path).send().expect(307);
        assert_eq!(reply.must_have("location"), "/docs");
    }
}
