//! Deployments and the gateway together: what is deployed is connected, and what is missing is deployed. The engine is the mock, whose
//! deployments say that they answer where a double does; with real engines that is in `scripts/test-deployments`.

use contract::{
    http::Client,
    platforms::Platform,
    scene::{ADMIN_KEY, at_once},
};
use http::Method;
use serde_json::{Value, json};

use super::{
    Somebody, describe,
    double::{Double, Mood},
    start_with,
};

const DEPLOYMENTS: &str = "/api/templates/deployments";

fn terraform(connect: bool) -> Value {
    json!({"configuration": {"address": "https://tfe.example.com"}, "backend": "mock", "connect": connect})
}

/// Deploys; the deployment's name.
fn deploy(owner: &Somebody<'_>, body: &Value) -> String {
    let reply = owner.post("/api/templates/deploy/terraform", body).expect(202).json();
    reply["deployment"]["deployment_name"].as_str().expect("a name").to_owned()
}

fn state(owner: &Somebody<'_>, name: &str) -> Value {
    owner.ask(Method::GET, &format!("{DEPLOYMENTS}/{name}")).ok()["deployment"].clone()
}

fn metrics(somebody: &Somebody<'_>) -> String {
    somebody.ask(Method::GET, "/metrics").expect(200).text().to_owned()
}

pub(super) fn deployed_and_connected(platform: &'static Platform) {
    let server = Double::new(false);
    let (running, client) = start_with(platform, &[("MCP_MOCK_ENDPOINT", &server.url)]);
    connected_while_it_runs(&client, &server);
    started_once(&client, &server);
    refusals(&client);
    taken_away_while_it_was_called(&client, &server);
    drop(running);
}

fn connected_while_it_runs(client: &Client, server: &Double) {
    let scopes = ["read", "connect", "deploy"];
    let (owner, other) = (Somebody::new(client, &scopes), Somebody::new(client, &scopes));
    let name = deploy(&owner, &terraform(true));
    let echo = format!("{name}__echo");
    assert!(!owner.tools().contains(&echo), "it was not seen running yet");
    let seen = state(&owner, &name);
    assert_eq!(seen["server"], json!({"name": name, "connected": true, "reason": null}), "{seen}");
    assert!(owner.tools().contains(&echo));
    assert_eq!(owner.said(&echo), (r#"{"said":1}"#.to_owned(), false));
    let connected = owner.ask(Method::GET, "/api/mcp-servers/connections").ok();
    assert_eq!(connected["connections"][0]["source"], "hosted", "{connected}");

    // It is its owner's alone.
    assert!(!other.tools().contains(&echo));
    assert_eq!(other.connect(&name).refused(404).code, "MCP_SERVER_NOT_FOUND");
    assert_eq!(
        other.post(&format!("/api/mcp-servers/{name}/check"), &json!({})).refused(404).code,
        "MCP_SERVER_NOT_FOUND"
    );
    let _ = client.post("/internal/schedule/mcp-servers").bearer(ADMIN_KEY).send().ok();
    for (somebody, sees) in [(&owner, true), (&other, false)] {
        let known = somebody.ask(Method::GET, "/api/discovery/mcp-servers").ok();
        let health = somebody.ask(Method::GET, "/api/mcp-servers/health").ok();
        assert_eq!((known.to_string().contains(&name), health.to_string().contains(&name)), (sees, sees));
        assert_eq!(metrics(somebody).contains(&name), sees);
    }
    let all = client.get("/metrics").bearer(ADMIN_KEY).send().expect(200);
    assert!(all.text().contains(&format!("mechafil_mcp_calls_total{{server=\"{name}\",outcome=\"ok\"}} 1")));

    let path = format!("{DEPLOYMENTS}/{name}");
    assert_eq!(owner.post(&format!("{path}/stop"), &json!({})).status, 200);
    assert!(!owner.tools().contains(&echo));
    assert_eq!(owner.call(&name, "echo").refused(404).code, "MCP_TOOL_NOT_FOUND");
    assert_eq!(owner.connect(&name).refused(404).code, "MCP_SERVER_NOT_FOUND");
    assert_eq!(owner.post(&format!("{path}/start"), &json!({})).status, 202);
    assert_eq!(state(&owner, &name)["server"]["connected"], true);
    assert!(owner.tools().contains(&echo));
    assert_eq!(owner.ask(Method::DELETE, &path).status, 200);
    assert!(!owner.tools().contains(&echo));
    assert_eq!(owner.connect(&name).refused(404).code, "MCP_SERVER_NOT_FOUND");
    assert!(!metrics(&other).contains(&name), "nor when it is gone");

    // One that runs and does not answer is told of, and is no server of the gateway's tools.
    server.set(Mood::Fails);
    let name = deploy(&owner, &terraform(true));
    let seen = state(&owner, &name);
    assert_eq!((&seen["status"], &seen["server"]["connected"]), (&json!("running"), &json!(false)));
    assert!(seen["server"]["reason"].as_str().is_some_and(|why| why.contains("502")), "{seen}");
    server.set(Mood::Well);
    // Its owner need not wait for the next try.
    assert_eq!(owner.connect(&name).status, 200);
    assert!(owner.tools().contains(&format!("{name}__echo")));
    assert_eq!(owner.ask(Method::DELETE, &format!("{DEPLOYMENTS}/{name}")).status, 200);
    assert!(!owner.tools().contains(&format!("{name}__echo")));
}

/// How the call ended is noted after the deployment is gone, and is still nobody else's to see.
fn taken_away_while_it_was_called(client: &Client, server: &Double) {
    let scopes = ["read", "connect", "deploy"];
    let (owner, other) = (Somebody::new(client, &scopes), Somebody::new(client, &scopes));
    let name = deploy(&owner, &terraform(true));
    assert_eq!(state(&owner, &name)["server"]["connected"], true);
    server.set(Mood::Hangs);
    let before = server.calls();
    std::thread::scope(|threads| {
        let call = threads.spawn(|| owner.call(&name, "echo").refused(502));
        while server.calls() == before {
            std::thread::yield_now();
        }
        assert_eq!(owner.ask(Method::DELETE, &format!("{DEPLOYMENTS}/{name}")).status, 200);
        server.stop();
        call.join().expect("an answer");
    });
    let all = client.get("/metrics").bearer(ADMIN_KEY).send().expect(200);
    assert!(all.text().contains(&format!("mechafil_mcp_server_up{{server=\"{name}\"}} 0")), "{}", all.text());
    for path in ["/metrics", "/api/mcp-servers/health", "/api/health/detailed"] {
        let shown = other.ask(Method::GET, path).expect(200);
        assert!(!shown.text().contains(&name), "{path}: {}", shown.text());
    }
}

fn started_once(client: &Client, server: &Double) {
    let owner = Somebody::new(client, &["read", "connect"]);
    let operators = || client.get(DEPLOYMENTS).bearer(ADMIN_KEY).send().ok();
    let operator = |method, path: &str| client.request(method, path).bearer(ADMIN_KEY).send();
    let ensure = || {
        let reply = owner.post("/api/mcp-servers/docs/ensure", &json!({}));
        assert!([200, 202].contains(&reply.status), "{}", reply.shown());
        reply.json()
    };
    let wanted = json!({"template": "terraform", "configuration": {"address": "https://tfe.example.com"}, "backend": "mock"});
    describe(client, "docs", &json!({ "deployment": wanted }));

    // A server that takes its time: twenty ask, and one starts it.
    server.set(Mood::Fails);
    let said = at_once(20, |_| ensure());
    let started: Vec<&Value> = said.iter().filter(|said| said["fence"].is_number()).collect();
    assert_eq!(started.len(), 1, "{said:?}");
    assert!(said.iter().all(|said| said["status"] == "starting"), "{said:?}");
    assert_eq!(operators()["count"], 1);
    assert_eq!(operators()["deployments"][0]["deployment_name"], started[0]["deployment"]);
    server.set(Mood::Well);
    assert_eq!(ensure()["status"], "running");
    let connected = owner.connect("docs").ok();
    assert_eq!(connected["source"], "hosted");
    assert_eq!(owner.said("docs__echo").0, r#"{"said":1}"#);

    // Taken away by the operator, it is started again, by one of those who ask.
    let path = format!("{DEPLOYMENTS}/{}", started[0]["deployment"].as_str().expect("a name"));
    assert_eq!(operator(Method::DELETE, &path).status, 200);
    assert_eq!(operators()["count"], 0);
    assert!(owner.said("docs__echo").1, "it is not there any more");
    // The lease of the first start holds for a minute: another server shows what comes after it.
    describe(client, "more", &json!({ "deployment": wanted }));
    let more = || owner.post("/api/mcp-servers/more/ensure", &json!({})).json();
    let said = at_once(20, |_| more());
    // Who looked before it ran, and asked after, has a number of their own, and finds it there.
    let fences: Vec<i64> = said.iter().filter_map(|said| said["fence"].as_i64()).collect();
    assert!(fences.contains(&1), "{said:?}");
    assert_eq!(operators()["count"], 1);
    assert_eq!(more()["status"], "running");
    let path = format!(
        "{DEPLOYMENTS}/{}",
        operators()["deployments"][0]["deployment_name"].as_str().expect("a name")
    );
    assert_eq!(operator(Method::POST, &format!("{path}/stop")).status, 200);
    let again = more();
    assert_eq!(again["status"], "starting", "{again}");
    assert!(again["fence"].as_i64() > fences.iter().copied().max(), "{again}");
    assert_eq!(more()["status"], "running");
    assert_eq!(operators()["count"], 1, "the same deployment, started again");
}

fn refusals(client: &Client) {
    let owner = Somebody::new(client, &["read", "connect"]);
    for (deployment, wanted) in [
        (json!({"template": "terraform", "configuration": {"token": "plain"}}), "has to be ${NAME}"),
        (
            json!({"template": "terraform", "configuration": {"token": "${NOT_SET_ANYWHERE}"}}),
            "NOT_SET_ANYWHERE is not set",
        ),
        (json!({"template": "terraform", "configuration": {"adress": "x"}}), "/adress"),
        (json!({"template": "nonsense"}), "no template nonsense"),
        (json!({"template": "terraform", "backend": "docker"}), "docker is not configured"),
    ] {
        describe(client, "wrong", &json!({ "deployment": deployment }));
        let refused = owner.post("/api/mcp-servers/wrong/ensure", &json!({})).refused(502);
        assert_eq!(refused.code, "MCP_SERVER_NOT_STARTED");
        assert!(refused.detail.contains(wanted), "{}", refused.detail);
    }
    describe(client, "wrong", &json!({ "enabled": false, "deployment": {"template": "terraform"} }));
    assert_eq!(
        owner.post("/api/mcp-servers/wrong/ensure", &json!({})).refused(404).code,
        "MCP_SERVER_NOT_FOUND"
    );
    let path = "/api/admin/mcp-servers/wrong";
    let own =
        json!({"deployment": {"template": "terraform", "configuration": {"token": "${ADMIN_API_KEY}"}}});
    let refused = client.put(path).bearer(ADMIN_KEY).json(&own).send().expect(422).json();
    assert_eq!(refused["errors"][0]["pointer"], "/deployment/configuration/token");
}
