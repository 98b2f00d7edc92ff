//! Daemons: named personas that an owner summons, calls and banishes.

mod calls;
mod record;
mod spells;
mod state;
mod tools;

use contract::{
    http::{Client, Reply, Request},
    scene::Service,
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    [state::cases(), tools::cases(), record::cases(), spells::cases(), calls::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// Somebody with a key of an owner of their own.
struct Summoner<'a> {
    client: &'a Client,
    key: String,
}

impl<'a> Summoner<'a> {
    fn new(service: &'a Service) -> Self {
        Self::made(service, service.admin_key())
    }

    fn made(client: &'a Client, admin_key: &str) -> Self {
        let wanted = json!({
            "name": "daemons", "scopes": ["read", "models"], "requests_per_minute": 1_000_000, "requests_per_day": 1_000_000_000,
        });
        let made = client.post("/api/admin/keys").bearer(admin_key).json(&wanted).send().expect(201).json();
        Self { client, key: made["key"].as_str().expect("a key").to_owned() }
    }

    fn ask(&self, method: Method, path: &str) -> Request<'a> {
        self.client.request(method, path).bearer(&self.key)
    }

    fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path).send()
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask(Method::POST, path).json(body).send()
    }

    fn summon(&self, name: &str) -> Reply {
        self.post("/summon", &json!({"daemon_name": name}))
    }

    fn banish(&self, name: &str) -> Reply {
        self.post("/banish", &json!({"daemon_name": name}))
    }

    fn invoke(&self, name: &str, task: &str) -> Reply {
        self.post("/invoke", &json!({"daemon_name": name, "task": task}))
    }

    /// What `/mcp` answers: `result`, or `error`.
    fn mcp(&self, method: &str, params: &Value) -> Value {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let answer = self
            .ask(Method::POST, "/mcp")
            .header("accept", "application/json")
            .header("mcp-protocol-version", "2025-11-25")
            .json(&message)
            .send()
            .ok();
        answer.get("result").or(answer.get("error")).unwrap_or_else(|| panic!("{answer}")).clone()
    }

    /// The names of the tools of `/mcp`.
    fn tools(&self) -> Vec<String> {
        let listed = self.mcp("tools/list", &json!({}));
        let tools = listed["tools"].as_array().unwrap_or_else(|| panic!("{listed}"));
        tools.iter().map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// Calls a tool: what it gave, and whether it refused.
    fn tool(&self, name: &str, arguments: &Value) -> (Value, bool) {
        let result = self.mcp("tools/call", &json!({"name": name, "arguments": arguments}));
        (result.clone(), result["isError"] == true)
    }

    /// The names of the summoned ones.
    fn active(&self) -> Vec<String> {
        let active = self.get("/daemons/active").ok()["active_daemons"].clone();
        active.as_object().expect("an object").keys().cloned().collect()
    }

    /// The record, oldest first.
    fn record(&self) -> Vec<Value> {
        let mut rows =
            self.get("/grimoire/recall?limit=100").ok()["records"].as_array().expect("a list").clone();
        rows.reverse();
        rows
    }

    /// Each row's kind and daemon, oldest first.
    fn told(&self) -> Vec<String> {
        let row = |row: &Value| {
            format!("{} {}", row["kind"].as_str().unwrap_or(""), row["daemon"].as_str().unwrap_or("-"))
        };
        self.record().iter().map(row).collect()
    }
}

/// A daemon of the operator's.
fn define(client: &Client, admin_key: &str, name: &str, definition: &Value) -> Reply {
    client.put(&format!("/api/admin/daemons/{name}")).bearer(admin_key).json(definition).send()
}
