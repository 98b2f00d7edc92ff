//! `/api/templates`: MCP servers from templates. The engine is the mock, whose records are in the platform's database; the others are
//! asked in `scripts/test-deployments`.

mod lifecycle;
mod requests;

use contract::{
    answers::Problem,
    http::{Client, Reply},
    scene::Service,
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    [lifecycle::cases(), requests::cases()].into_iter().flatten().collect()
}

const TEMPLATES: &str = "/api/templates";
const DEPLOYMENTS: &str = "/api/templates/deployments";
/// A secret that must be in no answer.
const TOKEN: &str = "contract-token-Qy77-not-to-be-told";

/// Somebody with a key: of an owner of their own, with scopes as named.
struct Somebody<'a> {
    client: &'a Client,
    key: String,
}

impl<'a> Somebody<'a> {
    fn new(service: &'a Service) -> Self {
        Self::with_scopes(service, &["deploy"])
    }

    fn with_scopes(service: &'a Service, scopes: &[&str]) -> Self {
        let wanted = json!({
            "name": "deployments", "scopes": scopes, "requests_per_minute": 1_000_000, "requests_per_day": 1_000_000_000,
        });
        let made = service
            .post("/api/admin/keys")
            .bearer(service.admin_key())
            .json(&wanted)
            .send()
            .expect(201)
            .json();
        Self { client: service, key: made["key"].as_str().expect("a key").to_owned() }
    }

    fn ask(&self, method: Method, path: &str) -> contract::http::Request<'a> {
        self.client.request(method, path).bearer(&self.key)
    }

    fn get(&self, path: &str) -> Reply {
        let reply = self.ask(Method::GET, path).send();
        assert!(!reply.text().contains(TOKEN), "{path} tells a secret");
        reply
    }

    fn send(&self, method: Method, path: &str, body: &Value) -> Reply {
        let reply = self.ask(method, path).json(body).send();
        assert!(!reply.text().contains(TOKEN), "{path} tells a secret");
        reply
    }

    /// Deploys something that is accepted; its path.
    fn deploy(&self, body: &Value) -> String {
        let reply = self.send(Method::POST, "/api/templates/deploy/terraform/", body).expect(202);
        let name = reply.json()["deployment"]["deployment_name"].as_str().expect("a name").to_owned();
        let path = format!("{DEPLOYMENTS}/{name}");
        assert_eq!(reply.must_have("location"), path);
        path
    }

    fn state(&self, path: &str) -> Value {
        self.get(path).expect(200).json()["deployment"].clone()
    }

    fn post(&self, path: &str, status: u16) -> Value {
        self.ask(Method::POST, path).send().expect(status).json()["deployment"].clone()
    }
}

/// A configuration with a secret.
fn terraform() -> Value {
    json!({"configuration": {"address": "https://tfe.example.com", "token": TOKEN, "operations": true}, "backend": "mock"})
}

/// A refusal with its status and its code.
trait Refusal {
    fn problem(&self, status: u16, code: &str) -> Problem;
}

impl Refusal for Reply {
    fn problem(&self, status: u16, code: &str) -> Problem {
        let problem = self.refused(status);
        assert_eq!(problem.code, code, "{}", self.shown());
        problem
    }
}
