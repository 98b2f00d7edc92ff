//! `/api/agents`, `/api/discovery/agents`, the catalogues, and what the operator puts into them.

use contract::{
    cases,
    http::{Client, Reply, Request},
    model::Scripted,
    platforms::{Platform, Site, Stop},
    scene::{ADMIN_KEY, Scene, Service, at_once},
    suite::{Ask, Case},
};
use http::Method;
use serde_json::json;

pub(crate) fn cases() -> Vec<Case> {
    let run = Case {
        name: format!("{}::a_loaded_agent_answers_with_its_tools_and_survives_a_restart", module_path!()),
        ask: Ask::Platform(run),
    };
    cases![
        Scene::Bundled =>
        the_fourth_opus_is_refused_and_unloading_frees_its_place,
        of_fifty_loads_at_once_no_more_succeed_than_may,
        a_definition_of_ones_own_comes_first_and_is_nobody_elses,
        documents_are_listed_read_and_searched_and_the_operators_come_first,
    ]
    .into_iter()
    .chain([run])
    .collect()
}

/// Somebody with a key of an owner of their own.
struct Somebody<'a> {
    client: &'a Client,
    key: String,
}

impl<'a> Somebody<'a> {
    fn new(client: &'a Client, admin_key: &str, scopes: &[&str]) -> Self {
        let wanted = json!({
            "name": "agents", "scopes": scopes, "requests_per_minute": 1_000_000, "requests_per_day": 1_000_000_000,
        });
        let made = client.post("/api/admin/keys").bearer(admin_key).json(&wanted).send().expect(201).json();
        Self { client, key: made["key"].as_str().expect("a key").to_owned() }
    }

    fn of(service: &'a Service) -> Self {
        Self::new(service, service.admin_key(), &["read", "connect"])
    }

    fn ask(&self, method: Method, path: &str) -> Request<'a> {
        self.client.request(method, path).bearer(&self.key)
    }

    fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path).send()
    }

    fn define(&self, id: &str, text: &str) -> Reply {
        self.ask(Method::PUT, &format!("/api/agents/{id}/definition"))
            .json(&json!({ "definition": text }))
            .send()
    }

    fn load(&self, id: &str) -> Reply {
        self.ask(Method::POST, &format!("/api/agents/{id}/load")).send()
    }

    fn unload(&self, id: &str) -> Reply {
        self.ask(Method::DELETE, &format!("/api/agents/{id}/unload")).send()
    }

    fn run(&self, id: &str, input: &str) -> Reply {
        self.ask(Method::POST, &format!("/api/agents/{id}/run")).json(&json!({ "input": input })).send()
    }

    /// How many agents are loaded.
    fn loaded(&self) -> u64 {
        self.get("/api/discovery/agents").ok()["loaded"].as_u64().expect("a number")
    }
}

fn agent(more: &str) -> String {
    format!("---\n{more}\n---\nYou are brief.")
}

fn the_fourth_opus_is_refused_and_unloading_frees_its_place(service: &Service) {
    let owner = Somebody::of(service);
    for number in 0..4 {
        assert_eq!(owner.define(&format!("o{number}"), &agent("model: opus\nmemory: 64MB")).status, 201);
    }
    for number in 0..3 {
        assert_eq!(owner.load(&format!("o{number}")).ok()["status"], "loaded");
    }
    let refused = owner.load("o3").expect(409).json();
    assert_eq!(
        (&refused["code"], &refused["limit"]["limited_by"], &refused["limit"]["limit"]),
        (&json!("AGENT_LIMIT_REACHED"), &json!("MAX_OPUS_AGENTS"), &json!(3))
    );
    assert_eq!(owner.load("o0").ok()["status"], "already_loaded");
    assert_eq!(owner.unload("o1").status, 204);
    assert_eq!(owner.unload("o1").refused(404).code, "AGENT_NOT_LOADED");
    assert_eq!(owner.load("o3").ok()["status"], "loaded");
    assert_eq!(owner.define("large", &agent("memory: 2GB")).status, 201);
    assert_eq!(owner.load("large").expect(409).json()["limit"]["limited_by"], "AGENT_MEMORY_LIMIT");
    // An agent that needs another loads it, or is not loaded.
    assert_eq!(owner.define("needs", &agent("dependencies: [o1, standards/figures]")).status, 201);
    assert_eq!(owner.load("needs").expect(409).json()["limit"]["limited_by"], "MAX_OPUS_AGENTS");
    assert_eq!(owner.unload("o0").status, 204);
    assert_eq!(owner.load("needs").ok()["with"], json!(["o1"]));
    assert_eq!(owner.define("lost", &agent("dependencies: standards/no-such")).status, 201);
    assert_eq!(owner.load("lost").refused(409).code, "AGENT_DEPENDENCY_MISSING");
    assert_eq!(owner.load("nobody").refused(404).code, "AGENT_NOT_FOUND");
    assert_eq!(owner.run("o0", "Hello").refused(409).code, "AGENT_NOT_LOADED");
    // What models cost needs a scope of its own.
    assert_eq!(owner.run("needs", "Hello").refused(403).code, "INSUFFICIENT_SCOPE");
    let listed = owner.get("/api/agents/available").ok();
    assert_eq!(listed["limits"][0], json!({ "limited_by": "MAX_CONCURRENT_AGENTS", "used": 4, "limit": 10 }));
    let stranger = Somebody::new(service, service.admin_key(), &["read"]);
    assert_eq!(stranger.load("analyst").refused(403).code, "INSUFFICIENT_SCOPE");
}

fn of_fifty_loads_at_once_no_more_succeed_than_may(service: &Service) {
    let owner = Somebody::of(service);
    for number in 0..25 {
        assert_eq!(owner.define(&format!("n{number}"), &agent("model: sonnet\nmemory: 64")).status, 201);
    }
    // Each of 25 agents twice.
    let statuses = at_once(50, |number| owner.load(&format!("n{}", number % 25)).status);
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    assert_eq!(owner.loaded(), 8);
    for number in 0..25 {
        let _ = owner.unload(&format!("n{number}"));
    }
    assert_eq!(owner.loaded(), 0);
}

fn a_definition_of_ones_own_comes_first_and_is_nobody_elses(service: &Service) {
    let (owner, other) = (Somebody::of(service), Somebody::of(service));
    let layer =
        |somebody: &Somebody<'_>| somebody.get("/api/agents/analyst/definition").ok()["layer"].clone();
    assert_eq!(layer(&owner), "default");
    let yaml = "name: Mine\nmodel: haiku\ntools: [simulate]\ninstructions: |\n  You are mine.\n";
    let made = owner.define("analyst", yaml).expect(201).json();
    assert_eq!((&made["layer"], &made["agent"]["name"]), (&json!("user"), &json!("Mine")));
    assert_eq!(owner.define("analyst", yaml).status, 200);
    assert_eq!((layer(&owner), layer(&other)), (json!("user"), json!("default")));
    assert_eq!(owner.get("/api/agents/analyst/definition?layer=default").ok()["layer"], "default");
    assert_eq!(
        owner.get("/api/agents/analyst/definition?layer=registry").refused(404).code,
        "AGENT_NOT_FOUND"
    );

    // For everybody only the operator defines.
    let project = "/api/agents/house/definition?layer=project";
    let body = json!({ "definition": agent("name: House") });
    assert_eq!(owner.ask(Method::PUT, project).json(&body).send().refused(403).code, "INSUFFICIENT_SCOPE");
    assert_eq!(service.admin(Method::PUT, project).json(&body).send().status, 201);
    assert_eq!(other.get("/api/agents/house/definition").ok()["layer"], "project");
    assert_eq!(service.admin(Method::DELETE, project).send().status, 204);
    assert_eq!(other.get("/api/agents/house/definition").refused(404).code, "AGENT_NOT_FOUND");

    let wrong = owner.define("wrong", &agent("modle: opus\nmemory: lots")).expect(422).json();
    assert_eq!(wrong["errors"].as_array().map(Vec::len), Some(2), "{wrong}");
    // A few lines that would spell gigabytes.
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\ninstructions: x\n";
    assert_eq!(owner.define("bomb", bomb).refused(422).code, "INVALID_REQUEST");
    assert_eq!(owner.define("UPPER", yaml).refused(422).code, "INVALID_ID");
    assert_eq!(owner.ask(Method::DELETE, "/api/agents/analyst/definition").send().status, 204);
    assert_eq!(layer(&owner), "default");
}

fn documents_are_listed_read_and_searched_and_the_operators_come_first(service: &Service) {
    let owner = Somebody::of(service);
    let standards = owner.get("/api/discovery/standards").ok();
    assert_eq!(
        (&standards["standards"][0]["id"], &standards["standards"][0]["layer"]),
        (&json!("figures"), &json!("default"))
    );
    let figures = owner.get("/api/discovery/standards/figures").ok();
    assert!(figures["text"].as_str().is_some_and(|text| text.contains("# Figures")), "{figures}");
    assert!(
        owner.get("/api/discovery/scripts/forecast-to-csv").ok()["text"]
            .as_str()
            .expect("a text")
            .starts_with("#!/bin/sh")
    );
    assert_eq!(owner.get("/api/discovery/standards/category/writing").ok()["count"], 1);
    assert_eq!(owner.get("/api/discovery/standards/category/none").ok()["count"], 0);
    // On Spin another component answers, which knows no catalogues.
    let unknown = owner.get("/api/discovery/prayers").refused(404).code;
    assert!(["CATALOGUE_NOT_FOUND", "NOT_FOUND"].contains(&unknown.as_str()), "{unknown}");
    assert_eq!(owner.get("/api/discovery/scripts/nothing").refused(404).code, "DOCUMENT_NOT_FOUND");

    let put = |path: &str, text: &str| {
        service.admin(Method::PUT, path).json(&json!({ "text": text })).send().status
    };
    let text = "---\nname: House rules\ncategory: house\n---\nBe kind to zebras.";
    assert_eq!(put("/api/admin/catalogues/commands/zebra", text), 201);
    // Behind the bundled ones, in the archive.
    assert_eq!(put("/api/admin/catalogues/commands/provider-return?layer=registry", "Registry."), 201);
    assert_eq!(put("/api/admin/catalogues/commands/quagga?layer=registry", "Of the registry."), 201);
    assert_eq!(owner.get("/api/discovery/commands/provider-return").ok()["layer"], "default");
    assert_eq!(owner.get("/api/discovery/commands/quagga").ok()["text"], "Of the registry.");
    let found = owner.get("/api/commands/search?q=kind%20ZEBRAS").ok();
    assert_eq!((&found["count"], &found["commands"][0]["id"]), (&json!(1), &json!("zebra")));
    assert_eq!(owner.get("/api/commands/search?q=%20").refused(422).code, "INVALID_REQUEST");
    assert_eq!(owner.get("/api/commands/search?q=100%25").ok()["count"], 0);
    assert_eq!(
        owner
            .ask(Method::PUT, "/api/admin/catalogues/commands/mine")
            .json(&json!({ "text": "x" }))
            .send()
            .refused(403)
            .code,
        "INSUFFICIENT_SCOPE"
    );
    for path in ["zebra", "provider-return?layer=registry", "quagga?layer=registry"] {
        assert_eq!(
            service.admin(Method::DELETE, &format!("/api/admin/catalogues/commands/{path}")).send().status,
            204
        );
    }
    assert_eq!(owner.get("/api/discovery/commands/quagga").refused(404).code, "DOCUMENT_NOT_FOUND");
}

/// The provider's key; it must appear in no answer.
const KEY: &str = "sk-contract-not-to-be-told";

fn run(platform: &'static Platform) {
    let model = Scripted::start();
    let site = (platform.site)().expect("a place to run");
    let providers =
        json!({ "openai": { "url": model.base_url(), "key": KEY, "model": "scripted" } }).to_string();
    let start = |site: &dyn Site| {
        let variables = [("ADMIN_API_KEY", ADMIN_KEY), ("MODEL_PROVIDERS", providers.as_str())];
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let running = site.start(&variables).unwrap_or_else(|error| panic!("{error}"));
        let client =
            Client::new(&running.base_url, vec![ADMIN_KEY.to_owned(), KEY.to_owned()]).expect("a URL");
        (running, client)
    };
    let (running, client) = start(&*site);
    let owner = Somebody::new(&client, ADMIN_KEY, &["read", "connect", "models"]);
    let text = agent("tools: [simulate, no_such__tool]\ndependencies: [standards/figures, helper]");
    assert_eq!(owner.define("helper", &agent("name: Helper\ntools: [simulate]")).status, 201);
    assert_eq!(owner.define("clerk", &text).status, 201);
    assert_eq!(owner.load("clerk").ok()["with"], json!(["helper"]));

    let call =
        r#"call simulate {"rbp": 4.5, "forecast_length_days": 365, "requested_metrics": ["circ_supply"]}"#;
    let ran = owner.run("clerk", call).ok();
    assert_eq!((&ran["ended"], &ran["steps"]), (&json!("answered"), &json!(2)), "{ran}");
    assert_eq!(
        (&ran["tool_calls"][0]["tool"], &ran["tool_calls"][0]["is_error"]),
        (&json!("simulate"), &json!(false)),
        "{ran}"
    );
    assert!(ran["warnings"][0].as_str().is_some_and(|why| why.contains("no_such__tool")), "{ran}");
    // The model was told the instructions and the standard, and is shown the agent's tools and no others.
    let asked = &model.requests()[0];
    let told = asked["messages"][0]["content"].as_str().expect("what the model is told first");
    assert!(told.contains("You are brief.") && told.contains("standards/figures"), "{told}");
    let tools: Vec<_> = asked["tools"]
        .as_array()
        .expect("tools")
        .iter()
        .map(|tool| tool["function"]["name"].clone())
        .collect();
    assert_eq!(tools, ["simulate", "ask_agent_helper"]);
    // It may not call what it was not given.
    let refused = owner.run("clerk", r"call compare_scenarios {}").ok();
    assert_eq!(refused["tool_calls"][0]["is_error"], true, "{refused}");
    // One agent asks another.
    let asked = owner.run("clerk", r#"call ask_agent_helper {"input": "say hello"}"#).ok();
    assert_eq!(asked["tool_calls"][0]["is_error"], false, "{asked}");
    assert!(asked["tool_calls"][0]["result"].as_str().is_some_and(|said| said.contains("hello")), "{asked}");
    assert_eq!(owner.run("clerk", "").refused(422).code, "INVALID_REQUEST");

    // What is loaded stays loaded, as it was, also without its definition.
    assert_eq!(owner.ask(Method::DELETE, "/api/agents/clerk/definition").send().status, 204);
    let key = owner.key.clone();
    running.stop(Stop::Killed);
    let (running, client) = start(&*site);
    let owner = Somebody { client: &client, key };
    assert_eq!(owner.loaded(), 2);
    assert_eq!(owner.run("clerk", call).ok()["ended"], "answered");
    drop(running);
}
