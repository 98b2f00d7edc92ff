//! The planning agents: tools of `/mcp` and of jobs that a language model works for, and what they make.

use std::{
    thread,
    time::{Duration, Instant},
};

use contract::{
    cases,
    http::{Client, Reply, Request},
    planner::Planner,
    platforms::{Platform, Running, Site, Stop},
    scene::{ADMIN_KEY, Scene, Service},
    suite::{Ask, Case},
};
use http::Method;
use serde_json::{Value, json};

use crate::jobs::webhooks::{Received, SECRET, receiver};

pub(crate) fn cases() -> Vec<Case> {
    let of = |name: &str, case: fn(&'static Platform)| Case {
        name: format!("{}::{name}", module_path!()),
        ask: Ask::Platform(case),
    };
    cases![Scene::Bundled => without_a_model_it_is_said_how_to_set_one]
        .into_iter()
        .chain([
            of("agents_plan_and_their_documents_are_there", agents_plan_and_their_documents_are_there),
            Case {
                name: format!("{}::a_pipeline_goes_on_after_a_kill_at_the_phase_it_was_in", module_path!()),
                ask: Ask::SomePlatforms(
                    messages_outlive_a_kill,
                    a_pipeline_goes_on_after_a_kill_at_the_phase_it_was_in,
                ),
            },
        ])
        .collect()
}

/// What the local queue has forgotten, the clock sends again when its lease is over, five minutes later (`a_lost_message_is_sent_again_by_the_schedule` in wasm-shared/jobs).
fn messages_outlive_a_kill(platform: &'static Platform) -> Result<(), &'static str> {
    if platform.name == "workerd" { Err("the local queue's messages end with its process") } else { Ok(()) }
}

/// The provider's key; it must appear in no answer.
const KEY: &str = "sk-contract-not-to-be-told";
/// Far longer than any job takes, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(4);
const MODELS: [&str; 3] = ["read", "jobs", "models"];

/// Somebody with a key of an owner of their own.
struct Planning<'a> {
    client: &'a Client,
    key: String,
    platform: &'static str,
}

impl<'a> Planning<'a> {
    fn new(client: &'a Client, admin_key: &str, platform: &'static str, scopes: &[&str]) -> Self {
        let wanted = json!({
            "name": "planning", "scopes": scopes, "requests_per_minute": 1_000_000, "requests_per_day": 1_000_000_000,
        });
        let made = client.post("/api/admin/keys").bearer(admin_key).json(&wanted).send().expect(201).json();
        Self { client, key: made["key"].as_str().expect("a key").to_owned(), platform }
    }

    fn ask(&self, method: Method, path: &str) -> Request<'a> {
        self.client.request(method, path).bearer(&self.key)
    }

    fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path).send()
    }

    fn submit(&self, tool: &str, input: &Value) -> Reply {
        self.ask(Method::POST, "/api/jobs").json(&json!({"tool": tool, "input": input})).send()
    }

    /// A job that is accepted; its id.
    fn begin(&self, tool: &str, input: &Value) -> String {
        self.submit(tool, input).expect(202).json()["job_id"].as_str().expect("an id").to_owned()
    }

    fn state(&self, id: &str) -> Value {
        self.get(&format!("/api/jobs/{id}")).ok()
    }

    fn await_state(&self, id: &str, reached: impl Fn(&Value) -> bool) -> Value {
        let since = Instant::now();
        loop {
            let state = self.state(id);
            if reached(&state) {
                return state;
            }
            assert!(since.elapsed() < PATIENCE, "after {} s: {state}", PATIENCE.as_secs());
            if self.platform == "spin" {
                // Nobody else calls the model there.
                let _ = self.client.post("/internal/jobs/drain").bearer(ADMIN_KEY).send().expect(200);
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn await_end(&self, id: &str) -> Value {
        self.await_state(id, |state| {
            ["completed", "failed", "cancelled"].iter().any(|status| state["status"] == *status)
        })
    }

    /// What a job of this tool makes.
    fn result(&self, tool: &str, input: &Value) -> Value {
        let id = self.begin(tool, input);
        let ended = self.await_end(&id);
        assert_eq!(ended["status"], "completed", "{ended}");
        self.get(&format!("/api/jobs/{id}/output")).ok()
    }

    /// What `/mcp` answers: `result`, or `error`.
    fn mcp(&self, method: &str, params: &Value) -> Value {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = self
            .ask(Method::POST, "/mcp")
            .header("accept", "application/json")
            .header("mcp-protocol-version", "2025-11-25");
        let answer = request.json(&message).send().ok();
        answer.get("result").or(answer.get("error")).unwrap_or_else(|| panic!("{answer}")).clone()
    }

    /// What `/mcp` answers a client that takes tasks, in the newest revision.
    fn mcp_with_tasks(&self, method: &str, mut params: Value) -> Value {
        let name = params.get("name").or(params.get("taskId")).and_then(Value::as_str).map(str::to_owned);
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "contract", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {"extensions": {"io.modelcontextprotocol/tasks": {}}},
        });
        let request = self
            .ask(Method::POST, "/mcp")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method)
            .header("mcp-name", &name.expect("a name"));
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        request.json(&message).send().ok()["result"].clone()
    }

    fn tools(&self) -> Vec<Value> {
        self.mcp("tools/list", &json!({}))["tools"].as_array().expect("a list").clone()
    }

    /// Calls a tool: its structured content, checked by what the tool declares, or what it refused with.
    fn tool(&self, name: &str, arguments: &Value) -> Result<Value, String> {
        let result = self.mcp("tools/call", &json!({"name": name, "arguments": arguments}));
        if result["isError"] == true {
            return Err(result["content"][0]["text"].as_str().expect("a text").to_owned());
        }
        let declared = self.tools().into_iter().find(|tool| tool["name"] == name).expect("the tool");
        let schema = jsonschema::validator_for(&declared["outputSchema"]).expect("a schema");
        let content = result["structuredContent"].clone();
        if let Some(wrong) = schema.iter_errors(&content).next() {
            panic!("{name}: {wrong} in {content}");
        }
        Ok(content)
    }
}

fn start(site: &dyn Site, model: &Planner, more: &[(&str, &str)]) -> (Running, Client) {
    let providers = json!({"openai": {"url": model.base_url(), "key": KEY, "model": "scripted"}}).to_string();
    let mut variables =
        vec![("ADMIN_API_KEY", ADMIN_KEY), ("MODEL_PROVIDERS", providers.as_str()), ("MODEL_TIMEOUT", "11")];
    variables.extend(more);
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let running = site.start(&variables).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&running.base_url, vec![ADMIN_KEY.to_owned(), KEY.to_owned()]).expect("a URL");
    (running, client)
}

fn without_a_model_it_is_said_how_to_set_one(service: &Service) {
    let somebody =
        Planning::new(service, service.admin_key(), service.reports.unwrap_or("deployed"), &MODELS);
    let problem = somebody.submit("aios_strategize", &json!({"product_name": "Notes"})).expect(503).json();
    assert_eq!(problem["code"], "NO_MODEL");
    let refused = somebody.tool("aios_strategize", &json!({"product_name": "Notes"})).unwrap_err();
    assert!(refused.contains("NO_MODEL") && refused.contains("ANTHROPIC_API_KEY"), "{refused}");
    let refused = somebody
        .tool("aios_full_pipeline", &json!({"product_name": "Notes", "description": "D"}))
        .unwrap_err();
    assert!(refused.contains("NO_MODEL"), "{refused}");
    assert_eq!(somebody.get("/api/jobs").ok()["jobs"], json!([]), "nothing was submitted");
}

/// One server for all of it: what starts is what takes time.
fn agents_plan_and_their_documents_are_there(platform: &'static Platform) {
    let model = Planner::start();
    let site = (platform.site)().expect("a place to run");
    let settings = [
        ("REQUIRE_APPROVAL", "aios_generate_code"),
        ("WEBHOOK_SECRET", SECRET),
        ("ALLOW_INSECURE_WEBHOOKS", "true"),
    ];
    let (running, client) = start(&*site, &model, &settings);
    let name = platform.reports;
    let somebody = Planning::new(&client, ADMIN_KEY, name, &MODELS);
    let other = Planning::new(&client, ADMIN_KEY, name, &MODELS);
    let reader = Planning::new(&client, ADMIN_KEY, name, &["read", "jobs"]);

    bad_input_is_named(&somebody);
    who_may_not_ask_models_has_no_agents(&reader);
    a_wrong_answer_is_repaired_once(&somebody, &model);
    a_reviewer_has_to_allow_code(&client, &somebody);
    let id = a_pipeline_ends_with_all_its_documents(&somebody);
    documents_come_in_four_formats(&client, &somebody, &id);
    links_work_for_nothing_else(&client, &somebody, &id);
    what_is_anothers_does_not_exist(&other, &id);
    agents_are_tools(&somebody, &id);
    agents_are_tasks_of_clients_that_take_them(&somebody, &model);
    drop(running);
}

fn bad_input_is_named(somebody: &Planning<'_>) {
    let refused =
        somebody.submit("aios_strategize", &json!({"product_nam": "x", "key_problems": [7]})).refused(422);
    assert!(refused.of("/input/product_nam").contains("product_name"));
    assert!(refused.of("/input/key_problems/0").contains("text"));
    assert!(refused.of("/input/product_name").contains("missing"));
    let refused = somebody.submit(
        "aios_full_pipeline",
        &json!({"product_name": "x", "description": "d", "webhook_url": "http://169.254.169.254/x"}),
    );
    assert_eq!(refused.refused(422).code, "INVALID_WEBHOOK_URL");
}

fn who_may_not_ask_models_has_no_agents(reader: &Planning<'_>) {
    let input = json!({"product_name": "x"});
    assert_eq!(reader.submit("aios_strategize", &input).refused(403).code, "INSUFFICIENT_SCOPE");
    assert!(
        !reader
            .tools()
            .iter()
            .any(|tool| tool["name"].as_str().is_some_and(|name| name.starts_with("aios_")))
    );
}

fn a_wrong_answer_is_repaired_once(somebody: &Planning<'_>, model: &Planner) {
    let problems = json!(["People lose notes", "Search is slow"]);
    let before = model.asked().len();
    let made =
        somebody.result("aios_strategize", &json!({"product_name": "Wrong once", "key_problems": problems}));
    let asked = model.asked()[before..].to_vec();
    let sections = ["strategy", "prd", "strategy_markdown", "prd_markdown"];
    assert_eq!(asked, sections.map(|section| [section; 2]).concat());
    let solved = made["prd"]["functional_requirements"].to_string();
    assert!(solved.contains("People lose notes") && solved.contains("Search is slow"), "{solved}");
    assert!(made["prd"]["created_at"].as_str().is_some_and(|date| date.len() == 10));

    let before = model.asked().len();
    let id = somebody.begin("aios_strategize", &json!({"product_name": "Wrong twice"}));
    let ended = somebody.await_end(&id);
    assert_eq!((&ended["status"], &ended["error"]["code"]), (&json!("failed"), &json!("OUTPUT_INVALID")));
    assert!(ended["error"]["message"].as_str().is_some_and(|reason| reason.contains("strategy")), "{ended}");
    assert_eq!(model.asked()[before..], ["strategy", "strategy"], "it is not tried again");
    assert_eq!(somebody.get(&format!("/api/jobs/{id}/artifacts")).ok()["artifacts"], json!([]));
}

fn a_reviewer_has_to_allow_code(client: &Client, somebody: &Planning<'_>) {
    let reviewer = Planning::new(client, ADMIN_KEY, somebody.platform, &["approve"]);
    let input = json!({"spec": "A counter", "target_files": ["a.json", "src/b.ts", "src/c.ts", "d.yaml"]});
    let id = somebody.begin("aios_generate_code", &input);
    let waiting = somebody.state(&id);
    assert_eq!(waiting["status"], "pending_approval");
    let approval = waiting["approval_id"].as_str().expect("an id");
    let path = format!("/api/approval/{approval}/approve");
    assert_eq!(somebody.ask(Method::POST, &path).send().refused(403).code, "INSUFFICIENT_SCOPE");
    let _ = reviewer.ask(Method::POST, &path).send().ok();
    let ended = somebody.await_end(&id);
    assert_eq!(ended["status"], "completed", "{ended}");
    let made = somebody.get(&format!("/api/jobs/{id}/output")).ok();
    let paths: Vec<&Value> =
        made["files"].as_array().expect("a list").iter().map(|file| &file["path"]).collect();
    assert_eq!(paths, ["a.json", "src/b.ts", "src/c.ts", "d.yaml"]);
}

fn pipeline() -> Value {
    json!({
        "product_name": "Notes", "description": "Notes that find themselves", "key_problems": ["People lose notes"],
        "target_segments": ["Students"], "tech_stack": "Rust",
    })
}

fn a_pipeline_ends_with_all_its_documents(somebody: &Planning<'_>) -> String {
    let (url, received) = receiver(0);
    let mut input = pipeline();
    input["webhook_url"] = json!(url);
    let begun = somebody.tool("aios_full_pipeline", &input).expect("a job");
    assert_eq!(begun["status"], "queued");
    let id = begun["job_id"].as_str().expect("an id").to_owned();
    assert_eq!(begun["status_url"], format!("/api/jobs/{id}"));
    let ended = somebody.await_end(&id);
    assert_eq!((&ended["status"], &ended["progress"]), (&json!("completed"), &json!(100)), "{ended}");
    its_webhook_is_told(somebody, &id, &received);
    let events = somebody.get(&format!("/api/jobs/{id}/events")).expect(200);
    for phase in ["strategy: prd", "design: wireframes", "architecture: architecture", "code: file 1 of 2"] {
        assert!(events.text().contains(phase), "{phase} in {}", events.text());
    }
    let status = somebody.tool("aios_get_status", &json!({"job_id": id})).expect("a status");
    let names: Vec<&Value> =
        status["phases"].as_array().expect("a list").iter().map(|phase| &phase["name"]).collect();
    assert_eq!(names, ["strategy", "design", "architecture", "code"]);
    for phase in status["phases"].as_array().expect("a list") {
        assert_eq!(phase["status"], "completed");
        assert!(phase["tokens"].as_u64().is_some_and(|tokens| tokens >= 24), "{phase}");
    }
    let next = somebody.begin("aios_full_pipeline", &pipeline());
    let status = somebody.tool("aios_get_status", &json!({"job_id": next})).expect("a status");
    assert!(status["eta_seconds"].is_u64(), "from what the phases of the first took: {status}");
    let _ = somebody.ask(Method::DELETE, &format!("/api/jobs/{next}")).send();
    id
}

fn its_webhook_is_told(somebody: &Planning<'_>, id: &str, received: &Received) {
    let since = Instant::now();
    loop {
        let all = somebody.get(&format!("/api/jobs/{id}/deliveries")).ok()["deliveries"].clone();
        let delivered = all.as_array().map(|all| all.iter().map(|one| &one["status"]).collect::<Vec<_>>());
        if delivered == Some(vec![&json!("delivered"); 2]) {
            break;
        }
        assert!(since.elapsed() < PATIENCE, "{all}");
        if somebody.platform == "spin" {
            let _ = somebody.client.post("/internal/jobs/drain").bearer(ADMIN_KEY).send().expect(200);
        }
        thread::sleep(Duration::from_millis(50));
    }
    let messages = received.lock().expect("a lock").0.clone();
    let mut told: Vec<Value> = messages
        .iter()
        .map(|(headers, body)| {
            assert!(headers["webhook-signature"].as_bytes().starts_with(b"v1,"));
            let body: Value = serde_json::from_str(body).expect("JSON");
            assert_eq!(
                (&body["data"]["job_id"], &body["data"]["tool"]),
                (&json!(id), &json!("aios_full_pipeline"))
            );
            body["type"].clone()
        })
        .collect();
    // Whichever came first.
    told.sort_by_key(ToString::to_string);
    assert_eq!(told, ["job.completed", "job.processing"]);
}

fn documents_come_in_four_formats(client: &Client, somebody: &Planning<'_>, id: &str) {
    let listed = somebody.get(&format!("/api/jobs/{id}/artifacts")).ok();
    let kinds = ["prd", "strategy", "design_system", "wireframes", "architecture", "code_files", "all"];
    let found: Vec<&Value> =
        listed["artifacts"].as_array().expect("a list").iter().map(|artifact| &artifact["type"]).collect();
    assert_eq!(found, kinds);
    for (kind, artifact) in kinds.iter().zip(listed["artifacts"].as_array().expect("a list")) {
        for (format, media) in [
            ("json", "application/json"),
            ("markdown", "text/markdown"),
            ("html", "text/html"),
            ("zip", "application/zip"),
        ] {
            let reply = somebody.get(&format!("/api/jobs/{id}/artifacts/{kind}?format={format}")).expect(200);
            assert_eq!(reply.media_type(), media);
            assert!(reply.must_have("content-security-policy").contains("default-src 'none'"));
            let linked = client.get(artifact["links"][format].as_str().expect("a link")).send().expect(200);
            assert_eq!(linked.body, reply.body, "{kind} {format}: the link gives the same without a key");
            match format {
                "html" => {
                    let text = reply.text().to_lowercase();
                    assert!(text.contains("&lt;script&gt;") && !text.contains("<script"), "{kind}: {text}");
                }
                "zip" => assert!(reply.body.starts_with(b"PK\x03\x04"), "{kind}"),
                _ => assert!(!reply.body.is_empty()),
            }
        }
    }
    let zip = somebody.get(&format!("/api/jobs/{id}/artifacts/all?format=zip")).expect(200).body;
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), zip).expect("a file");
    let script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print('\\n'.join(z.namelist()))";
    let read =
        std::process::Command::new("python3").args(["-c", script]).arg(file.path()).output().expect("Python");
    let names = String::from_utf8_lossy(&read.stdout).into_owned();
    for name in [
        "MANIFEST.json",
        "documents/prd.md",
        "documents/architecture.json",
        "code/package.json",
        "code/app/page.tsx",
    ] {
        assert!(names.lines().any(|line| line == name), "{name} in {names}");
    }
    let refused = somebody.get(&format!("/api/jobs/{id}/artifacts/prd?format=pdf")).refused(422);
    assert!(refused.of("?format").contains("html"));
    assert_eq!(
        somebody.get(&format!("/api/jobs/{id}/artifacts/pdr")).refused(404).code,
        "ARTIFACT_NOT_FOUND"
    );
}

fn links_work_for_nothing_else(client: &Client, somebody: &Planning<'_>, id: &str) {
    let made = somebody
        .tool("aios_get_artifact", &json!({"job_id": id, "artifact_type": "prd", "format": "html"}))
        .expect("a link");
    let url = made["url"].as_str().expect("a link");
    assert!(url.starts_with("http"), "{url}");
    let url = &url[url.find("/api/").expect("a path")..];
    assert_eq!(client.get(url).send().expect(200).media_type(), "text/html");
    let expires = url.split("expires=").nth(1).and_then(|rest| rest.split('&').next()).expect("a time");
    let forged = |from: &str, to: &str| url.replace(from, to);
    for url in [
        forged("/prd?", "/all?"),
        forged("format=html", "format=zip"),
        forged(&format!("expires={expires}"), &format!("expires={expires}0")),
        forged("expires=", "expires=1&signature=0&x="),
        forged("signature=", "signature=00"),
        url.split("&signature").next().unwrap_or_default().to_owned(),
    ] {
        let status = client.get(&url).send_unchecked().expect("an answer").status;
        assert!([403, 422].contains(&status), "{status} for {url}");
    }
    // One that has expired, with a signature that was right for another time.
    let expired = forged(&format!("expires={expires}"), "expires=1000000000");
    assert_eq!(client.get(&expired).send().refused(403).code, "LINK_REFUSED");
}

fn what_is_anothers_does_not_exist(other: &Planning<'_>, id: &str) {
    for path in [format!("/api/jobs/{id}/artifacts"), format!("/api/jobs/{id}/artifacts/prd")] {
        assert_eq!(other.get(&path).refused(404).code, "JOB_NOT_FOUND", "{path}");
    }
    for tool in ["aios_get_status", "aios_get_artifact"] {
        assert!(other.tool(tool, &json!({"job_id": id})).unwrap_err().contains("No job"));
    }
    let sweep = other.begin("simulate", &json!({"forecast_length_days": 30, "output": "circ_supply"}));
    assert_eq!(other.get(&format!("/api/jobs/{sweep}/artifacts")).refused(404).code, "ARTIFACT_NOT_FOUND");
    assert!(
        other.tool("aios_get_status", &json!({"job_id": sweep})).unwrap_err().contains("no planning job")
    );
}

fn agents_are_tools(somebody: &Planning<'_>, id: &str) {
    let names: Vec<Value> = somebody.tools().into_iter().map(|tool| tool["name"].clone()).collect();
    for name in [
        "aios_strategize",
        "aios_design_ux",
        "aios_design_architecture",
        "aios_generate_code",
        "aios_full_pipeline",
        "aios_get_status",
        "aios_get_artifact",
    ] {
        assert!(names.contains(&json!(name)), "{name} in {names:?}");
    }
    let refused = somebody
        .tool("aios_design_architecture", &json!({"spec": "A shop", "stack_preferences": "Rust"}))
        .unwrap_err();
    assert!(refused.contains("stack_preference"), "{refused}");
    let refused = somebody.tool("aios_get_artifact", &json!({"job_id": id, "format": "pdf"})).unwrap_err();
    assert!(refused.contains("markdown"), "{refused}");
    let input = json!({"spec": "A shop", "requirements": {"entities": ["one"]}});
    let made = somebody.tool("aios_design_architecture", &input).expect("a result, or a job");
    if somebody.platform == "spin" {
        // Nobody calls the model while the assistant waits there, so it gets the job's id.
        let ended = somebody.await_end(made["job_id"].as_str().expect("an id"));
        assert_eq!(ended["status"], "completed", "{ended}");
    } else {
        assert_eq!(made["architecture"]["data_model"]["entities"][0]["name"], "one", "{made}");
    }
}

fn agents_are_tasks_of_clients_that_take_them(somebody: &Planning<'_>, model: &Planner) {
    let input = json!({"spec": "A shop", "requirements": {"entities": ["one"]}});
    let call = json!({"name": "aios_design_architecture", "arguments": input});
    let begun = somebody.mcp_with_tasks("tools/call", call.clone());
    assert_eq!((&begun["resultType"], &begun["status"]), (&json!("task"), &json!("working")), "{begun}");
    let task = json!({"taskId": begun["taskId"]});
    let ended = somebody.await_end(begun["taskId"].as_str().expect("the job's name"));
    assert_eq!(ended["status"], "completed", "{ended}");
    let since = Instant::now();
    let ended = loop {
        let told = somebody.mcp_with_tasks("tasks/get", task.clone());
        if told["status"] != "working" {
            break told;
        }
        // It is looked after once a second, whoever asks.
        assert!(since.elapsed() < PATIENCE, "{told}");
        thread::sleep(Duration::from_millis(100));
    };
    let made = &ended["result"]["structuredContent"];
    assert_eq!(ended["status"], "completed", "{ended}");
    assert_eq!(made["architecture"]["data_model"]["entities"][0]["name"], "one", "{ended}");

    // A task that is cancelled calls the model no more.
    model.set_busy(true);
    let begun = somebody.mcp_with_tasks("tools/call", call);
    let id = begun["taskId"].as_str().expect("the job's name");
    let _ = somebody.mcp_with_tasks("tasks/cancel", json!({"taskId": id}));
    assert_eq!(somebody.await_end(id)["status"], "cancelled");
    model.set_busy(false);
}

fn a_pipeline_goes_on_after_a_kill_at_the_phase_it_was_in(platform: &'static Platform) {
    let model = Planner::start();
    let site = (platform.site)().expect("a place to run");
    let (running, client) = start(&*site, &model, &[]);
    let somebody = Planning::new(&client, ADMIN_KEY, platform.reports, &MODELS);
    let mut input = pipeline();
    input["phases"] = json!(["strategy", "architecture"]);
    input["webhook_url"] = json!("https://example.org/x");
    assert_eq!(somebody.submit("aios_full_pipeline", &input).refused(503).code, "WEBHOOKS_DISABLED");
    input["webhook_url"].take();
    // It stops after two sections of the first phase, and nothing runs while the provider wants a pause.
    model.set_busy(true);
    let id = somebody.begin("aios_full_pipeline", &input);
    let paused = somebody
        .await_state(&id, |state| state["phase"].as_str().is_some_and(|phase| phase.contains("pause")));
    assert!(paused["phase"].as_str().is_some_and(|phase| phase.starts_with("strategy")), "{paused}");
    assert_eq!(model.asked(), ["strategy", "prd"]);
    let key = somebody.key.clone();
    running.stop(Stop::Killed);

    model.set_busy(false);
    let (running, client) = start(&*site, &model, &[]);
    let somebody = Planning { client: &client, key, platform: platform.reports };
    let ended = somebody.await_end(&id);
    assert_eq!(ended["status"], "completed", "{ended}");
    let sections =
        ["strategy", "prd", "strategy_markdown", "prd_markdown", "architecture", "architecture_markdown"];
    assert_eq!(model.asked(), sections, "what was written before the kill is not written again");
    let made = somebody.get(&format!("/api/jobs/{id}/output")).ok();
    assert_eq!(made["phases"].as_array().map(Vec::len), Some(2));
    drop(running);
}
