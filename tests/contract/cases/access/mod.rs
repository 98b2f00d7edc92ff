//! Who may call, and how often: the guard in front of every operation.

mod closed;
mod counting;
mod secrets;
mod walk;

use contract::{
    scene::{Service, is_closed_run},
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let cases = [closed::cases(), counting::cases(), secrets::cases(), walk::cases()].into_iter().flatten();
    let reason = "it chooses itself what is sent to whom";
    let needed = if is_closed_run() { Err(reason) } else { Ok(()) };
    cases.map(|case| case.needing(needed)).collect()
}

/// Makes a key: its id and its secret.
fn make(service: &Service, body: &Value) -> (String, String) {
    let made = service.admin(Method::POST, "/api/admin/keys").json(body).send().expect(201).json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    (text("id"), text("key"))
}

/// A message of the Model Context Protocol, by a client of 2025-06-18.
fn message(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

/// The names of the tools of `/mcp`.
fn tools(service: &Service) -> Vec<String> {
    let listed = service
        .post("/mcp")
        .header("accept", "application/json")
        .json(&message("tools/list", &json!({})))
        .send()
        .ok();
    let tools = listed["result"]["tools"].as_array().expect("a list of tools").clone();
    assert!(tools.len() >= 5, "{listed}");
    tools.iter().map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect()
}
