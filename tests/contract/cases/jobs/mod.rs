//! `/api/jobs`: work that goes on after its request was answered.

mod approvals;
mod events;
mod killed;
mod lifecycle;
mod limits;
pub(crate) mod webhooks;

use std::{
    thread,
    time::{Duration, Instant},
};

use contract::{
    http::{Client, Reply},
    platforms::{Platform, Running},
    scene::{ADMIN_KEY, Service},
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    [
        approvals::cases(),
        lifecycle::cases(),
        events::cases(),
        limits::cases(),
        webhooks::cases(),
        killed::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const JOBS: &str = "/api/jobs";

/// Far longer than any job takes, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(4);

/// Somebody with a key: of an owner of their own, with scopes as named.
struct Somebody<'a> {
    client: &'a Client,
    key: String,
}

impl<'a> Somebody<'a> {
    fn new(service: &'a Service) -> Self {
        Self::with_scopes(service, &["read", "jobs"])
    }

    fn with_scopes(service: &'a Service, scopes: &[&str]) -> Self {
        Self::made(service, service.admin_key(), scopes)
    }

    /// A key that the operator makes: one that may ask often, because jobs are polled.
    fn made(client: &'a Client, admin_key: &str, scopes: &[&str]) -> Self {
        let wanted = json!({
            "name": "jobs", "scopes": scopes, "requests_per_minute": 1_000_000, "requests_per_day": 1_000_000_000,
        });
        let made = client.post("/api/admin/keys").bearer(admin_key).json(&wanted).send().expect(201).json();
        Self { client, key: made["key"].as_str().expect("a key").to_owned() }
    }

    fn ask(&self, method: Method, path: &str) -> contract::http::Request<'a> {
        self.client.request(method, path).bearer(&self.key)
    }

    fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path).send()
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask(Method::POST, path).json(body).send()
    }

    /// Submits a job that is accepted; its path.
    fn submit(&self, tool: &str, input: &Value) -> String {
        let reply = self.post(JOBS, &json!({"tool": tool, "input": input})).expect(202);
        path_of(&reply)
    }

    fn state(&self, path: &str) -> Value {
        self.get(path).ok()
    }

    /// Waits until a job has ended.
    fn await_end(&self, path: &str) -> Value {
        self.await_state(path, |state| {
            ["completed", "failed", "cancelled"].iter().any(|status| state["status"] == *status)
        })
    }

    fn await_state(&self, path: &str, reached: impl Fn(&Value) -> bool) -> Value {
        let since = Instant::now();
        loop {
            let state = self.state(path);
            if reached(&state) {
                return state;
            }
            assert!(since.elapsed() < PATIENCE, "after {} s: {state}", PATIENCE.as_secs());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The result of a job that succeeds.
    fn result(&self, path: &str) -> Vec<u8> {
        let ended = self.await_end(path);
        assert_eq!(ended["status"], "completed", "{ended}");
        self.get(&format!("{path}/output")).expect(200).body
    }

    /// A job's events from after one on, until the stream ends.
    fn events(&self, path: &str, after: Option<u64>) -> Vec<Happened> {
        let mut request = self.ask(Method::GET, &format!("{path}/events"));
        if let Some(after) = after {
            request = request.header("last-event-id", &after.to_string());
        }
        let reply = request.send().expect(200);
        assert_eq!(reply.media_type(), "text/event-stream");
        happened(reply.text())
    }
}

/// An event of a stream.
#[derive(Clone, Debug, PartialEq)]
struct Happened {
    id: u64,
    event: String,
    data: Value,
}

fn happened(text: &str) -> Vec<Happened> {
    let blocks = text.split("\n\n").filter(|block| block.contains("data: "));
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("no {name} in {block}")).to_owned()
    };
    blocks
        .map(|block| Happened {
            id: field(block, "id").parse().expect("a number"),
            event: field(block, "event"),
            data: serde_json::from_str(&field(block, "data")).expect("JSON"),
        })
        .collect()
}

fn path_of(accepted: &Reply) -> String {
    let body = accepted.json();
    let path = body["status_url"].as_str().expect("a path").to_owned();
    assert_eq!(path, format!("{JOBS}/{}", body["job_id"].as_str().expect("an id")));
    assert_eq!(body["events_url"], format!("{path}/events"));
    assert_eq!(accepted.must_have("location"), path);
    assert!(body["polling_interval_ms"].as_u64().is_some_and(|pause| pause > 0));
    path
}

/// A sweep of so many runs over so many days.
fn sweep(runs: usize, days: usize) -> Value {
    json!({
        "assumptions": {"forecast_length_days": days},
        "draws": {"n": runs, "seed": 7, "distributions": {
            "rr": {"normal": {"mean": 0.8, "sd": 0.05}}, "rbp": {"uniform": {"low": 1, "high": 6}}}},
    })
}

/// A server of the case's own, with the demonstration network and these settings.
fn start(platform: &'static Platform, settings: &[(&str, &str)]) -> (Running, Client) {
    let site = (platform.site)().expect("a place to run");
    let mut variables = vec![("ADMIN_API_KEY".to_owned(), ADMIN_KEY.to_owned())];
    variables.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let running = site.start(&variables).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&running.base_url, vec![ADMIN_KEY.to_owned()]).expect("a URL");
    // The folder of its stores goes with the site.
    let base_url = running.base_url.clone();
    let running = keep(running, site, base_url);
    (running, client)
}

fn keep(running: Running, site: Box<dyn contract::platforms::Site>, base_url: String) -> Running {
    Running::new(base_url, move |how| {
        running.stop(how);
        drop(site);
    })
}
