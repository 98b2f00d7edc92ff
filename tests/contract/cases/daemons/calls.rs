//! Calls of daemons, answered by a model that is told what to say.

use std::{
    thread,
    time::{Duration, Instant},
};

use contract::{
    http::{Client, Reply},
    model::Scripted,
    platforms::{Platform, Running, Site, Stop},
    scene::{ADMIN_KEY, at_once},
    suite::{Ask, Case},
};
use http::Method;
use serde_json::{Value, json};

use super::{Summoner, define};

pub(crate) fn cases() -> Vec<Case> {
    [
        ("daemons_answer_and_every_call_is_in_record_and_statistics", answered as fn(&'static Platform)),
        ("daemons_survive_a_kill_and_idle_ones_are_banished", survive_a_kill),
    ]
    .map(|(name, ask)| Case { name: format!("{}::{name}", module_path!()), ask: Ask::Platform(ask) })
    .into()
}

/// Far longer than anything takes here, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(2);
/// The provider's key; it must appear in no answer.
const KEY: &str = "sk-contract-not-to-be-told";

fn start(site: &dyn Site, model: &Scripted, settings: &[(&str, &str)]) -> (Running, Client) {
    let providers = json!({"openai": {"url": model.base_url(), "key": KEY, "model": "scripted"}}).to_string();
    let mut variables = vec![("ADMIN_API_KEY", ADMIN_KEY), ("MODEL_PROVIDERS", providers.as_str())];
    variables.extend(settings);
    let variables: Vec<_> =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let running = site.start(&variables).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&running.base_url, vec![ADMIN_KEY.to_owned(), KEY.to_owned()]).expect("a URL");
    (running, client)
}

/// Waits until something is so.
fn await_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// One server for all of it: what starts is what takes time.
fn answered(platform: &'static Platform) {
    let model = Scripted::start();
    let site = (platform.site)().expect("a place to run");
    let (running, client) = start(&*site, &model, &[("MODEL_TIMEOUT", "10")]);
    let somebody = Summoner::made(&client, ADMIN_KEY);
    let _ =
        define(&client, ADMIN_KEY, "echo", &json!({"provider": "openai", "system_prompt": "You repeat."}))
            .ok();
    let _ = define(&client, ADMIN_KEY, "bound", &json!({"provider": "nobody"})).ok();
    for name in ["echo", "claude", "bound"] {
        let _ = somebody.summon(name).ok();
    }
    an_answer_has_what_old_clients_read(&model, &somebody);
    parameters_reach_the_model(&model, &somebody);
    an_answer_that_is_not_of_its_schema_is_told_with_the_faults(&somebody);
    a_daemon_uses_the_servers_tools_that_its_definition_allows(&client, &model);
    a_spell_that_the_grammar_does_not_know_is_read_by_the_model(&model, &somebody);
    an_answer_is_told_while_it_is_written(&somebody);
    a_daemon_whose_provider_is_not_set_says_so(&somebody);
    a_call_that_the_provider_refuses_is_an_honest_error(&somebody);
    a_call_that_hangs_ends_by_its_time_and_counts_as_failed(&somebody);
    a_daemon_that_is_banished_during_a_call_still_answers_it(&model, &somebody);
    a_spell_calls(&somebody);
    a_tool_calls(&somebody);
    calls_at_once_are_each_counted_once(&somebody);
    statistics_are_those_of_the_record(&somebody);
    drop(running);
}

fn result(reply: Reply) -> Value {
    let reply = reply.ok();
    assert_eq!(reply["status"], "invoked", "{reply}");
    reply["result"].clone()
}

fn an_answer_has_what_old_clients_read(model: &Scripted, somebody: &Summoner<'_>) {
    let reply = somebody.invoke("echo", "say three small words").ok();
    assert_eq!((&reply["status"], &reply["daemon"]), (&json!("invoked"), &json!("echo")));
    let result = &reply["result"];
    assert_eq!((&result["text"], &result["provider"]), (&json!("three small words"), &json!("openai")));
    assert_eq!((&result["usage"]["input_tokens"], &result["usage"]["output_tokens"]), (&json!(7), &json!(3)));
    assert!(result["execution_time"].as_f64().is_some_and(|time| time >= 0.0));
    assert!(result["id"].as_str().is_some_and(|id| id.starts_with("inv_")));
    assert_eq!((&result["stop_reason"], &result["model"]), (&json!("end"), &json!("scripted")));
    let state = somebody.get("/daemon/echo/state").ok()["daemon_state"].clone();
    assert_eq!(state["daemon"]["invocation_count"], 1);
    let last = &state["invocation_history"][0];
    assert_eq!((&last["data"]["id"], &last["task"]), (&result["id"], &json!("say three small words")));
    assert_eq!(
        (&last["answer"], &last["data"]["status"]),
        (&json!("three small words"), &json!("completed"))
    );
    assert_eq!(model.requests().last().expect("a request")["messages"][0]["content"], "You repeat.");
}

fn parameters_reach_the_model(model: &Scripted, somebody: &Summoner<'_>) {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": false});
    let parameters = json!({
        "temperature": 0.25, "max_tokens": 99, "system": "Be brief.", "json_schema": schema,
        "tools": [{"name": "look", "description": "Looks.", "input_schema": {"type": "object", "properties": {}}}],
    });
    let body = json!({"daemon_name": "echo", "task": "say {\"n\": 1}", "parameters": parameters});
    let result = result(somebody.post("/invoke", &body));
    assert_eq!(result["json"], json!({"n": 1}));
    let requests = model.requests();
    let sent = requests.last().expect("a request");
    assert_eq!(sent["messages"][0]["content"], "You repeat.\n\nBe brief.");
    assert_eq!(sent["temperature"], 0.25);
    assert_eq!(sent["tools"][0]["function"]["name"], "look");
    assert_eq!(sent["response_format"]["json_schema"]["schema"]["required"], json!(["n"]));
    assert!(sent.to_string().contains("99"));
}

fn an_answer_that_is_not_of_its_schema_is_told_with_the_faults(somebody: &Summoner<'_>) {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
    let invoke = |task: &str, schema: &Value| {
        let body = json!({"daemon_name": "echo", "task": task, "parameters": {"json_schema": schema}});
        somebody.post("/invoke", &body)
    };
    let wrong = result(invoke("say {\"n\": \"one\"}", &schema));
    assert_eq!((&wrong["json"], wrong.get("json").is_some()), (&Value::Null, true), "{wrong}");
    assert!(wrong["json_errors"][0].as_str().is_some_and(|why| why.starts_with("/n ")), "{wrong}");
    let words = result(invoke("say no", &schema));
    assert!(words["json_errors"][0].as_str().is_some_and(|why| why.contains("no JSON")), "{words}");
    let refused =
        invoke("say no", &json!({"type": "object", "properties": {"a": {"$ref": "#"}}})).refused(422);
    assert_eq!(refused.pointers(), ["/parameters/json_schema/properties/a/$ref"]);
}

fn a_daemon_uses_the_servers_tools_that_its_definition_allows(client: &Client, model: &Scripted) {
    let somebody = Summoner::made(client, ADMIN_KEY);
    let tools = json!(["simulate", "get_historical_data", "other__tool"]);
    let defined = define(client, ADMIN_KEY, "analyst", &json!({"provider": "openai", "tools": tools})).ok();
    assert_eq!(defined["tools"], tools);
    let misspelled = define(client, ADMIN_KEY, "analyst", &json!({"tools": ["simulat"]})).refused(422);
    assert_eq!(misspelled.pointers(), ["/tools"]);
    assert!(misspelled.of("/tools").contains("simulate"), "{misspelled:?}");
    let _ = somebody.summon("analyst").ok();
    let task = r#"call simulate {"forecast_length_days": 365, "requested_metrics": ["circ_supply"]}"#;

    let used = result(somebody.invoke("analyst", task));
    assert_eq!(used["stop_reason"], "end", "{used}");
    assert_eq!(
        (&used["tools_used"][0]["tool"], &used["tools_used"][0]["is_error"]),
        (&json!("simulate"), &json!(false))
    );
    assert!(used["text"].as_str().is_some_and(|text| text.contains("circ_supply")), "{used}");
    assert_eq!(used["usage"]["input_tokens"], 14, "of both turns");
    let offered = |model: &Scripted| -> Vec<Value> {
        let requests = model.requests();
        let tools = requests.last().expect("a request")["tools"].as_array().cloned().unwrap_or_default();
        tools.iter().map(|tool| tool["function"]["name"].clone()).collect()
    };
    // What the caller has not connected is not there.
    assert_eq!(offered(model).len(), 2);
    let last = somebody.get("/grimoire/recall?kind=invoke&limit=1").ok()["records"][0].clone();
    assert_eq!(last["data"]["tools_used"], json!(["simulate"]), "{last}");

    let with = |tools: Value, task: &str| {
        let body = json!({"daemon_name": "analyst", "task": task, "parameters": {"tools": tools}});
        somebody.post("/invoke", &body)
    };
    let _ = result(with(json!(["get_historical_data"]), "say less"));
    assert_eq!(offered(model), [json!("get_historical_data")]);
    let _ = result(with(json!([]), "say nothing"));
    assert_eq!(offered(model), [Value::Null; 0]);
    let refused = with(json!(["provide_plot"]), "say more").refused(422);
    assert_eq!(refused.pointers(), ["/parameters/tools"]);
    // A tool of the caller's own is called by the caller.
    let own = json!({"name": "look", "description": "Looks.", "input_schema": {"type": "object"}});
    let left = result(with(json!([own, "simulate"]), r#"call look {"at": 1}"#));
    assert_eq!(
        (&left["stop_reason"], &left["tool_calls"][0]["arguments"]),
        (&json!("tools"), &json!({"at": 1}))
    );
    let (called, is_error) = somebody.tool("invoke_analyst", &json!({"task": task}));
    assert!(!is_error && called["structuredContent"]["text"].to_string().contains("circ_supply"), "{called}");
}

fn a_spell_that_the_grammar_does_not_know_is_read_by_the_model(model: &Scripted, somebody: &Summoner<'_>) {
    let before = model.requests().len();
    let known = somebody.post("/spell/parse", &json!({"spell": "ask echo to say hello"})).ok();
    assert_eq!((&known["understood_by"], &known["confidence"]), (&json!("grammar"), &json!(1.0)));
    assert_eq!(model.requests().len(), before, "where the grammar is sure no model is asked");

    // The model of this test says what it is told to: here the command is its own answer.
    let said = r#"{"action": "state", "daemon": "echo", "text": "", "confidence": 0.99}"#;
    let read = somebody.post("/spell/parse", &json!({"spell": format!("read {said}")})).ok();
    assert_eq!(
        (&read["understood_by"], &read["status"], &read["action"], &read["daemon_name"]),
        (&json!("model"), &json!("parsed"), &json!("state"), &json!("echo"))
    );
    assert_eq!(read["confidence"], 0.9, "a model is never as sure as the grammar");
    let cast = somebody.post("/spell/cast", &json!({"spell": format!("read {said}")})).ok();
    assert_eq!(cast["result"]["daemon_state"]["daemon"]["name"], "echo");
    let invented =
        r#"{"action": "invoke", "daemon": "echo", "text": "what nobody\u0020said", "confidence": 1}"#;
    let refused = somebody.post("/spell/cast", &json!({"spell": format!("read {invented}")})).refused(422);
    assert_eq!(refused.code, "SPELL_UNCLEAR");
    let unread = somebody.post("/spell/parse", &json!({"spell": "the weather is nice"})).ok();
    assert_eq!((&unread["understood_by"], &unread["status"]), (&json!("grammar"), &json!("unclear")));
}

fn an_answer_is_told_while_it_is_written(somebody: &Summoner<'_>) {
    let body = json!({"daemon_name": "echo", "task": "say one two three"});
    let request = somebody.ask(Method::POST, "/invoke").header("accept", "text/event-stream").json(&body);
    let reply = request.send().expect(200);
    assert_eq!(reply.media_type(), "text/event-stream");
    let events: Vec<(String, Value)> = reply
        .text()
        .split("\n\n")
        .filter_map(|block| {
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            Some((field("event")?.to_owned(), serde_json::from_str(field("data")?).expect("JSON")))
        })
        .collect();
    let kinds: Vec<&str> = events.iter().map(|(kind, _)| kind.as_str()).collect();
    assert!(kinds.starts_with(&["started", "text"]) && kinds.ends_with(&["text", "result"]), "{kinds:?}");
    let text: String = events
        .iter()
        .filter(|(kind, _)| kind == "text")
        .filter_map(|(_, data)| data["text"].as_str())
        .collect();
    let whole = &events.last().expect("a result").1["result"];
    assert_eq!((text.as_str(), &whole["text"]), ("one two three", &json!("one two three")));
    assert_eq!((&whole["usage"]["output_tokens"], &whole["id"]), (&json!(3), &events[0].1["id"]));
}

fn a_daemon_whose_provider_is_not_set_says_so(somebody: &Summoner<'_>) {
    let refused = somebody.invoke("bound", "say hello").refused(503);
    assert_eq!(refused.code, "NO_MODEL");
    assert!(refused.detail.contains("nobody") && refused.detail.contains("openai"), "{}", refused.detail);
    assert_eq!(somebody.invoke("claude", "say hello").refused(503).code, "NO_MODEL");
}

fn failed(somebody: &Summoner<'_>) -> Value {
    somebody.get("/statistics").ok()["statistics"]["daemon_statistics"]["echo"]["failed_invocations"].clone()
}

fn a_call_that_the_provider_refuses_is_an_honest_error(somebody: &Summoner<'_>) {
    assert_eq!(somebody.invoke("echo", "fail").refused(502).code, "MODEL_REJECTED");
    assert_eq!(failed(somebody), 1);
}

fn a_call_that_hangs_ends_by_its_time_and_counts_as_failed(somebody: &Summoner<'_>) {
    assert_eq!(somebody.invoke("echo", "hang").refused(504).code, "MODEL_TIMEOUT");
    assert_eq!(failed(somebody), 2);
    let last = somebody.get("/grimoire/recall?kind=invoke&limit=1").ok()["records"][0].clone();
    assert_eq!(
        (&last["data"]["status"], &last["data"]["error"]["code"]),
        (&json!("failed"), &json!("MODEL_TIMEOUT"))
    );
}

fn a_daemon_that_is_banished_during_a_call_still_answers_it(model: &Scripted, somebody: &Summoner<'_>) {
    let before = model.requests().len();
    thread::scope(|scope| {
        let call = scope.spawn(|| result(somebody.invoke("echo", "hold the line")));
        await_until("the model is asked", || model.requests().len() > before);
        let banished = somebody.banish("echo").ok();
        assert_eq!(banished["statistics"]["running"], 1);
        assert_eq!(somebody.invoke("echo", "say no").refused(400).code, "NOT_SUMMONED");
        model.release();
        assert_eq!(call.join().expect("an answer")["text"], "the line");
    });
    let kinds: Vec<_> = somebody.told().into_iter().rev().take(2).collect();
    assert_eq!(kinds, ["invoke echo", "banish echo"]);
    let _ = somebody.summon("echo").ok();
    assert_eq!(
        somebody.get("/daemons").ok()["daemons"]["echo"]["invocation_count"],
        0,
        "summoning resets it"
    );
}

fn a_spell_calls(somebody: &Summoner<'_>) {
    let cast = somebody.post("/spell/cast", &json!({"spell": "echo, say it again"})).ok();
    assert_eq!((&cast["status"], &cast["result"]["result"]["text"]), (&json!("cast"), &json!("it again")));
}

fn a_tool_calls(somebody: &Summoner<'_>) {
    let (result, is_error) = somebody.tool("invoke_echo", &json!({"task": "say it as a tool"}));
    assert!(!is_error, "{result}");
    assert_eq!(
        (&result["content"][0]["text"], &result["structuredContent"]["text"]),
        (&json!("it as a tool"), &json!("it as a tool"))
    );
    let (refused, is_error) = somebody.tool("invoke_echo", &json!({"task": "fail"}));
    assert!(is_error && !refused.to_string().contains(KEY), "{refused}");
    let (refused, is_error) = somebody.tool("invoke_echo", &json!({"tsak": "say it"}));
    assert!(is_error && refused.to_string().contains("task"), "{refused}");
}

fn calls_at_once_are_each_counted_once(somebody: &Summoner<'_>) {
    let count =
        || somebody.get("/daemon/echo/state").ok()["daemon_state"]["statistics"]["invocation_count"].as_u64();
    let before = count().expect("a number");
    let replies =
        at_once(8, |number| result(somebody.invoke("echo", &format!("say {number}")))["text"].clone());
    assert_eq!(replies, (0..8).map(|number| json!(number.to_string())).collect::<Vec<_>>());
    assert_eq!(count(), Some(before + 8));
}

fn statistics_are_those_of_the_record(somebody: &Summoner<'_>) {
    let record = somebody.record();
    let calls: Vec<&Value> = record.iter().filter(|row| row["kind"] == "invoke").collect();
    let statistics = somebody.get("/statistics").ok()["statistics"].clone();
    assert_eq!(statistics["total_invocations"], calls.len());
    let echo = &statistics["daemon_statistics"]["echo"];
    let sum = |path: &str| calls.iter().filter_map(|row| row["data"].pointer(path)?.as_u64()).sum::<u64>();
    assert_eq!(echo["input_tokens"], sum("/usage/input_tokens"));
    assert_eq!(echo["output_tokens"], sum("/usage/output_tokens"));
    let failed = calls.iter().filter(|row| row["data"]["status"] == "failed").count();
    assert_eq!(echo["failed_invocations"], failed);
    let sums = somebody.get("/grimoire/statistics").ok()["statistics"].clone();
    assert_eq!(
        (&sums["records_by_kind"]["invoke"], &sums["failed_invocations"]),
        (&json!(calls.len()), &json!(failed))
    );
    assert_eq!(sums["output_tokens"], echo["output_tokens"]);
    let average = echo["average_execution_time"].as_f64().expect("a number");
    let total = sums["total_execution_time"].as_f64().expect("a number");
    assert!((average * calls.len() as f64 - total).abs() < 1e-6);
}

fn survive_a_kill(platform: &'static Platform) {
    let model = Scripted::start();
    let site = (platform.site)().expect("a place to run");
    let (running, client) = start(&*site, &model, &[]);
    let somebody = Summoner::made(&client, ADMIN_KEY);
    let _ = somebody.summon("liquidmetal").ok();
    let _ = result(somebody.invoke("liquidmetal", "say hello"));
    let key = somebody.key.clone();
    running.stop(Stop::Killed);

    let (running, client) = start(&*site, &model, &[]);
    let somebody = Summoner { client: &client, key: key.clone() };
    assert_eq!(somebody.active(), ["liquidmetal"]);
    let _ = result(somebody.invoke("liquidmetal", "say hello again"));
    assert_eq!(somebody.get("/daemons").ok()["daemons"]["liquidmetal"]["invocation_count"], 2);
    running.stop(Stop::Killed);

    let (running, client) = start(&*site, &model, &[("DAEMON_TIMEOUT", "1")]);
    let somebody = Summoner { client: &client, key };
    await_until("an idle daemon is banished", || somebody.active().is_empty());
    assert_eq!(somebody.invoke("liquidmetal", "say no").refused(400).code, "NOT_SUMMONED");
    assert_eq!(
        somebody.told(),
        ["summon liquidmetal", "invoke liquidmetal", "invoke liquidmetal", "banish liquidmetal"]
    );
    assert_eq!(somebody.record()[3]["data"]["reason"], "idle");
    drop(running);
}
