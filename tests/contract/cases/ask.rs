//! `POST /ask` and `GET /api/models`.

use std::{
    thread,
    time::{Duration, Instant},
};

use contract::{
    cases,
    http::{Client, Reply},
    model::Scripted,
    platforms::Platform,
    scene::{ADMIN_KEY, Scene, Service},
    suite::{Ask, Case},
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let answered = Case {
        name: format!("{}::questions_are_answered_with_the_services_own_tools", module_path!()),
        ask: Ask::Platform(answered),
    };
    let strangers = cases![Scene::Bundled => without_the_scope_nothing_is_asked];
    cases![Scene::Bundled => without_a_model_it_is_said_how_to_set_one]
        .into_iter()
        .chain(strangers.into_iter().map(Case::without_key))
        .chain([
            answered,
            Case {
                name: format!("{}::workers_ai_answers_by_its_binding", module_path!()),
                ask: Ask::SomePlatforms(has_the_binding, by_the_binding),
            },
        ])
        .collect()
}

/// The provider's key; it must appear in no answer.
const KEY: &str = "sk-contract-not-to-be-told";

fn key(client: &Client, admin_key: &str, scopes: &[&str], tokens_per_day: Option<u32>) -> String {
    let wanted = json!({
        "name": "ask", "scopes": scopes, "tokens_per_day": tokens_per_day,
        "requests_per_minute": 1_000_000, "requests_per_day": 1_000_000_000,
    });
    let made = client.post("/api/admin/keys").bearer(admin_key).json(&wanted).send().expect(201).json();
    assert_eq!(made["tokens_per_day"], json!(tokens_per_day));
    made["key"].as_str().expect("a key").to_owned()
}

fn ask(client: &Client, key: &str, body: &Value) -> Reply {
    client.post("/ask").bearer(key).json(body).send()
}

fn has_the_binding(platform: &'static Platform) -> Result<(), &'static str> {
    if platform.reports == "cloudflare" { Ok(()) } else { Err("only Workers have it") }
}

/// Workerd's own binding, whose calls end at the scripted model instead of at Cloudflare.
fn by_the_binding(platform: &'static Platform) {
    let model = Scripted::start();
    let site = (platform.site)().expect("a place to run");
    let variables = [("ADMIN_API_KEY", ADMIN_KEY), ("AI_BINDING", &model.bound_url())]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let [running, _other] = site.start_two(&variables).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&running.base_url, vec![ADMIN_KEY.to_owned()]).expect("a URL");
    let somebody = key(&client, ADMIN_KEY, &["read", "models"], None);
    let listed = client.get("/api/models").bearer(&somebody).send().ok();
    assert_eq!(listed["models"][0]["name"], "workers-ai/@cf/zai-org/glm-5.3-flash", "{listed}");

    let call = r#"call simulate {"forecast_length_days": 365, "requested_metrics": ["circ_supply"]}"#;
    let answer = ask(&client, &somebody, &json!({"question": call})).ok();
    assert_eq!((&answer["ended"], &answer["steps"]), (&json!("answered"), &json!(2)), "{answer}");
    assert_eq!(answer["tool_calls"][0]["is_error"], false, "{answer}");
    let asked = &model.requests()[0];
    assert_eq!(asked["model"], "@cf/zai-org/glm-5.3-flash");
    assert_eq!(asked["url"], "https://workers-binding.ai/run?version=3", "it was asked by the binding");
    assert!(asked["tools"].as_array().is_some_and(|tools| !tools.is_empty()), "{asked}");

    let question = json!({"question": "read some words", "tools": []});
    let post = client.post("/ask").bearer(&somebody).header("accept", "text/event-stream");
    let streamed = post.json(&question).send().expect(200);
    assert!(streamed.text().matches("event: text").count() == 2, "piece by piece: {}", streamed.text());
    assert!(streamed.text().contains("event: answer"), "{}", streamed.text());

    // A daemon's task stands bare before the model.
    let _ = client
        .put("/api/admin/daemons/bound")
        .bearer(ADMIN_KEY)
        .json(&json!({"provider": "workers-ai"}))
        .send();
    let post = |path: &str, body: &Value| client.post(path).bearer(&somebody).json(body).send();
    let _ = post("/summon", &json!({"daemon_name": "bound"})).ok();
    let refused = post("/invoke", &json!({"daemon_name": "bound", "task": "fail"})).expect(502).json();
    assert_eq!(refused["code"], "MODEL_REJECTED", "{refused}");
    let spent = client.get("/api/models").bearer(&somebody).send().ok()["today"][0].clone();
    assert_eq!((&spent["calls"], &spent["failures"]), (&json!(4), &json!(1)), "{spent}");
}

fn without_a_model_it_is_said_how_to_set_one(service: &Service) {
    let key = key(service, service.admin_key(), &["read", "models"], None);
    for reply in
        [ask(service, &key, &json!({"question": "?"})), service.get("/api/models").bearer(&key).send()]
    {
        let problem = reply.expect(503).json();
        assert_eq!(problem["code"], "NO_MODEL");
        assert!(problem["detail"].to_string().contains("ANTHROPIC_API_KEY"), "{problem}");
    }
}

fn without_the_scope_nothing_is_asked(service: &Service) {
    let key = key(service, service.admin_key(), &["read", "jobs"], None);
    let _ = ask(service, &key, &json!({"question": "?"})).expect(403);
    let _ = service.post("/ask").json(&json!({"question": "?"})).send().expect(401);
}

/// The same question as a job: read by the same reader, paid by the same key, and answered in the same form.
fn as_a_job(client: &Client, call: &str) {
    let post = |key: &str, body: &Value| client.post("/api/jobs").bearer(key).json(body).send();
    let end_of = |key: &str, accepted: &Reply| {
        let path = accepted.json()["status_url"].as_str().expect("a path").to_owned();
        let since = Instant::now();
        loop {
            // On Spin slow messages are worked off by the schedule.
            let _ = client.post("/internal/jobs/drain").bearer(ADMIN_KEY).send().ok();
            let state = client.get(&path).bearer(key).send().ok();
            if state["finished_at"].is_string() {
                break state;
            }
            assert!(since.elapsed() < Duration::from_mins(4), "{state}");
            thread::sleep(Duration::from_millis(50));
        }
    };
    let payer = key(client, ADMIN_KEY, &["read", "jobs", "models"], Some(1_000_000));
    let submitted = post(&payer, &json!({"tool": "ask", "input": {"question": call}})).expect(202);
    let ended = end_of(&payer, &submitted);
    assert_eq!(ended["status"], "completed", "{ended}");
    let answer = &ended["output"];
    assert_eq!((&answer["ended"], &answer["steps"]), (&json!("answered"), &json!(2)), "{answer}");
    assert_eq!(answer["tool_calls"][0]["is_error"], false, "{answer}");
    assert!(answer["answer"].as_str().expect("text").contains("<tool_result tool=\"simulate\">"));
    let spent = client.get("/api/models").bearer(&payer).send().ok()["budget"]["spent"].as_u64();
    let told = &answer["tokens"];
    assert_eq!(spent, Some(told["input"].as_u64().unwrap() + told["output"].as_u64().unwrap()));

    // Who may not ask may not ask so either, and what is refused there is refused here.
    let without = key(client, ADMIN_KEY, &["read", "jobs"], None);
    let refused = post(&without, &json!({"tool": "ask", "input": {"question": "?"}})).refused(403);
    assert_eq!(refused.code, "INSUFFICIENT_SCOPE");
    let refused = post(&payer, &json!({"tool": "ask", "input": {"questoin": "?"}})).expect(422).json();
    assert!(refused["errors"].to_string().contains("/input/questoin"), "{refused}");
    let unknown = json!({"tool": "ask", "input": {"question": "?", "model": "openai/scriptd"}});
    assert_eq!(post(&payer, &unknown).expect(422).json()["code"], "UNKNOWN_MODEL");

    // A budget that is too small fails the job with the reason of the direct path.
    let poor = key(client, ADMIN_KEY, &["read", "jobs", "models"], Some(10));
    let accepted = post(&poor, &json!({"tool": "ask", "input": {"question": "How much?"}})).expect(202);
    let failed = end_of(&poor, &accepted);
    assert_eq!(
        (&failed["status"], &failed["error"]["code"]),
        (&json!("failed"), &json!("TOKEN_BUDGET_EXCEEDED")),
        "{failed}"
    );
}

/// One server for all of it: what starts is what takes time.
fn answered(platform: &'static Platform) {
    let model = Scripted::start();
    let site = (platform.site)().expect("a place to run");
    // Nothing here is bound, on Cloudflare either.
    let openai = json!({"url": model.base_url(), "key": KEY, "model": "scripted"});
    let providers = json!({"openai": openai, "workers-ai": {}}).to_string();
    let variables = [
        ("ADMIN_API_KEY", ADMIN_KEY),
        ("MODEL_PROVIDERS", providers.as_str()),
        // On Spin: it is connected to itself.
        ("MCP_PRIVATE_HOSTS", "http://127.0.0.1:*"),
        ("ALLOW_INSECURE_MCP_SERVERS", "true"),
    ];
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let running = site.start(&variables).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&running.base_url, vec![ADMIN_KEY.to_owned(), KEY.to_owned()]).expect("a URL");
    let somebody = key(&client, ADMIN_KEY, &["read", "models"], None);
    let call =
        r#"call simulate {"rbp": 4.5, "forecast_length_days": 365, "requested_metrics": ["circ_supply"]}"#;

    let answer = ask(&client, &somebody, &json!({"question": call})).ok();
    assert_eq!((&answer["ended"], &answer["steps"]), (&json!("answered"), &json!(2)), "{answer}");
    assert_eq!(answer["tool_calls"][0]["arguments"]["rbp"], 4.5);
    assert_eq!(answer["tool_calls"][0]["is_error"], false, "{answer}");
    assert!(answer["answer"].as_str().expect("text").contains("<tool_result tool=\"simulate\">"));

    let streamed = client
        .post("/ask")
        .bearer(&somebody)
        .header("accept", "text/event-stream")
        .json(&json!({"question": call}))
        .send()
        .expect(200);
    assert_eq!(streamed.media_type(), "text/event-stream");
    let text = streamed.text();
    for event in ["event: step", "event: tool_call", "event: tool_result", "event: text", "event: answer"] {
        assert!(text.contains(event), "{event}: {text}");
    }

    let invented = ask(&client, &somebody, &json!({"question": "call no_such_tool {}", "max_steps": 1})).ok();
    assert_eq!(invented["tool_calls"][0]["is_error"], true);

    let listed = client.get("/api/models").bearer(&somebody).send().ok();
    assert_eq!(listed["models"][0]["name"], "openai/scripted");
    assert_eq!(listed["models"].as_array().map(Vec::len), Some(1), "what is not bound is none: {listed}");
    wrong_settings_are_named(&client, platform);
    let described = client.get("/openapi.json").send().ok()["paths"]["/ask"]["post"]["description"].clone();
    assert!(described.to_string().contains("is small, and so are its answers"), "{described}");
    let spent = listed["budget"]["spent"].as_u64().expect("a number");
    let asked = &listed["today"][0];
    assert_eq!(
        spent,
        asked["input_tokens"].as_u64().unwrap() + asked["output_tokens"].as_u64().unwrap(),
        "{listed}"
    );
    assert_eq!(asked["calls"], 6);

    as_a_job(&client, call);

    // A budget that one question does not fit into, and the answer of whoever has none.
    let poor = key(&client, ADMIN_KEY, &["read", "models"], Some(10));
    let refused = ask(&client, &poor, &json!({"question": "How much?"})).expect(429);
    let _ = refused.must_have("retry-after");
    assert_eq!(refused.json()["code"], "TOKEN_BUDGET_EXCEEDED");
    let asked_before = model.requests().len();
    let unknown =
        ask(&client, &somebody, &json!({"question": "How much?", "model": "openai/scriptd"})).expect(422);
    assert_eq!(unknown.json()["code"], "UNKNOWN_MODEL");
    assert_eq!(model.requests().len(), asked_before, "who is refused asks nothing");
    tools_of_a_connected_server_are_used_where_the_asker_names_them(&client, &running.base_url, &model);
    drop(running);
}

fn wrong_settings_are_named(client: &Client, platform: &Platform) {
    let health = client.get("/health").send().ok();
    let told = health["reason"].as_str().is_some_and(|reason| reason.contains("workers-ai"));
    // The component `health` is not given secrets there; that of the function logs it.
    assert_eq!(
        (told, health["status"] == "degraded"),
        (platform.reports != "spin", platform.reports != "spin"),
        "{health}"
    );
}

/// The server that is connected is this one itself, as a stranger sees it.
fn tools_of_a_connected_server_are_used_where_the_asker_names_them(
    client: &Client,
    base_url: &str,
    model: &Scripted,
) {
    let server = json!({"url": format!("{base_url}/mcp")});
    let described = client.put("/api/admin/mcp-servers/other").bearer(ADMIN_KEY).json(&server).send();
    assert!([200, 201].contains(&described.status), "{}", described.shown());
    let somebody = key(client, ADMIN_KEY, &["read", "models", "connect"], None);
    let call = r#"call other__simulate {"forecast_length_days": 365, "requested_metrics": ["circ_supply"]}"#;
    let tools = json!(["simulate", "other__simulate"]);
    let named = json!({"question": call, "tools": tools});

    let refused = ask(client, &somebody, &named).expect(422).json();
    assert_eq!(refused["errors"][0]["pointer"], "/tools/1", "before it is connected: {refused}");
    let _ = client.post("/api/mcp-servers/other/connect").bearer(&somebody).json(&json!({})).send().ok();

    let answer = ask(client, &somebody, &named).ok();
    assert_eq!((&answer["ended"], &answer["steps"]), (&json!("answered"), &json!(2)), "{answer}");
    let made = &answer["tool_calls"][0];
    assert_eq!((&made["tool"], &made["is_error"]), (&json!("other__simulate"), &json!(false)), "{answer}");
    assert!(answer["answer"].as_str().expect("text").contains("<tool_result tool=\"other__simulate\">"));
    let requests = model.requests();
    let offered = requests.last().expect("a request")["tools"].as_array().expect("tools").clone();
    let told =
        |name: &str| offered.iter().find(|tool| tool["function"]["name"] == name).expect("it is offered");
    assert_eq!(offered.len(), 2);
    assert!(told("other__simulate").to_string().contains("MCP server"), "its description says whose it is");

    // Unasked, and without the scope, nothing of another server is offered.
    let unasked = ask(client, &somebody, &json!({"question": call, "max_steps": 1})).ok();
    assert_eq!(unasked["tool_calls"][0]["is_error"], true, "{unasked}");
    let without = key(client, ADMIN_KEY, &["read", "models"], None);
    let refused = ask(client, &without, &named).expect(422).json();
    assert!(refused["errors"][0]["detail"].to_string().contains("scopes models and connect"), "{refused}");
}
