//! `forecast_range` and `find_assumption`: answered at once where they are small, else as jobs, which are tasks of clients that take
//! them.
#![cfg(feature = "jobs")]
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use common::{Assistant, request_of};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use platform::queue;
use platform_native::memory::World;
use serde_json::{Value, json};
use web::{Caller, Permit, Scope, Scopes};

/// A guard that knows what the caller may do.
struct May(Scopes);

impl web::Allowance for May {
    fn take(self: Arc<Self>, scopes: Scopes, _: u32) -> web::Answer<Result<(), web::Problem>> {
        let may = self.0.contains(scopes);
        let refused =
            || web::Problem::new(StatusCode::FORBIDDEN, "INSUFFICIENT_SCOPE", "The key lacks a scope.");
        Box::pin(std::future::ready(if may { Ok(()) } else { Err(refused()) }))
    }
}

/// A caller with a key of its own, whose client takes tasks or not.
struct Client {
    owner: &'static str,
    scopes: Scopes,
    takes_tasks: bool,
}

const ALICE: Client =
    Client { owner: "alice", scopes: Scopes::of(&[Scope::Read, Scope::Jobs]), takes_tasks: true };
const BOB: Client = Client { owner: "bob", ..ALICE };

impl Client {
    fn request(&self, method: &str, params: Value) -> Request<Body> {
        let (tasks, none) = (json!({"extensions": {"io.modelcontextprotocol/tasks": {}}}), json!({}));
        let mut request = request_of(method, params, if self.takes_tasks { &tasks } else { &none });
        let caller = Caller { owner: Some(self.owner.to_owned()), scopes: self.scopes, ..Caller::operator() };
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(Permit::of(Arc::new(May(self.scopes))));
        request
    }

    async fn ask(&self, assistant: &mut Assistant, method: &str, params: Value) -> Value {
        let reply = assistant.send(self.request(method, params)).await;
        let body = reply.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&body).unwrap()
    }

    async fn call(&self, assistant: &mut Assistant, tool: &str, arguments: &Value) -> Value {
        let mut reply =
            self.ask(assistant, "tools/call", json!({"name": tool, "arguments": arguments})).await;
        reply["result"].take()
    }

    /// Begins a call that becomes a task; its name.
    async fn begin(&self, assistant: &mut Assistant, tool: &str, arguments: &Value) -> String {
        let begun = self.call(assistant, tool, arguments).await;
        assert_eq!((&begun["resultType"], &begun["status"]), (&json!("task"), &json!("working")), "{begun}");
        begun["taskId"].as_str().unwrap().to_owned()
    }

    async fn task(&self, assistant: &mut Assistant, id: &str) -> Value {
        self.ask(assistant, "tasks/get", json!({"taskId": id})).await
    }
}

/// Sleeping moves its clock on.
async fn assistant() -> Assistant {
    Assistant::in_world(World::default().hurried(20), Some(common::network())).await
}

/// Does the steps that are due.
async fn work(platform: &platform::Platform) {
    Box::pin(queue::drain::<forecast_jobs::Steps>(platform, 500, Duration::from_mins(1))).await.unwrap();
}

fn sweep(runs: usize) -> Value {
    json!({
        "draws": {"n": runs, "seed": 7, "distributions": {"rr": {"normal": {"mean": 0.8, "sd": 0.05}}}},
        "assumptions": {"forecast_length_days": 400}, "output": ["network_RBP_EIB"],
    })
}

#[tokio::test]
async fn a_small_range_is_answered_at_once_to_everybody_with_what_to_draw() {
    let mut assistant = assistant().await;
    let told = assistant.value("forecast_range", sweep(100)).await;
    let band = &told["percentiles"]["network_RBP_EIB"];
    let months = told["input"]["n_entries"].as_u64().unwrap();
    assert_eq!((told["input"]["resolution"].as_str(), told["runs"].as_u64()), (Some("monthly"), Some(100)));
    for percentile in ["p5", "p25", "p50", "p75", "p95", "mean"] {
        assert_eq!(band[percentile].as_array().unwrap().len() as u64, months);
    }
    let line = &told["chart"]["series"][0];
    assert_eq!((&line["name"], &line["line"]), (&json!("network_RBP_EIB"), &json!("p50")));
    assert_eq!(line["bands"][0]["low"], "p5");
    assert_eq!(told.get("end_values"), None, "no model reads them");
}

#[tokio::test]
async fn a_range_that_takes_longer_is_a_task_that_ends_with_the_same_numbers() {
    let mut assistant = assistant().await;
    let id = ALICE.begin(&mut assistant, "forecast_range", &sweep(1_000)).await;
    assert!(id.starts_with("job_"), "the task has the job's name: {id}");
    let waiting = ALICE.task(&mut assistant, &id).await;
    assert_eq!(waiting["result"]["status"], "working", "{waiting}");
    work(&assistant.platform).await;
    // Asked again when the time has come.
    let ended = loop {
        let task = ALICE.task(&mut assistant, &id).await;
        if task["result"]["status"] != "working" {
            break task;
        }
        assistant.platform.sleep().sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(ended["result"]["status"], "completed", "{ended}");
    let told = &ended["result"]["result"]["structuredContent"];
    assert_eq!((&told["runs"], told["chart"]["series"][0]["line"].as_str()), (&json!(1_000), Some("p50")));
    assert_eq!(told.get("end_values"), None);
    // A client that takes no tasks waits for the same.
    let patient = Client { takes_tasks: false, ..ALICE };
    let platform = assistant.platform.clone();
    let worker = tokio::spawn(async move {
        loop {
            work(&platform).await;
            platform.sleep().sleep(Duration::from_millis(20)).await;
        }
    });
    let same = patient.call(&mut assistant, "forecast_range", &sweep(1_000)).await;
    worker.abort();
    assert_eq!(same["structuredContent"]["percentiles"], told["percentiles"], "{same}");
}

#[tokio::test]
async fn a_task_that_is_cancelled_cancels_its_job() {
    let mut assistant = assistant().await;
    let id = ALICE.begin(&mut assistant, "forecast_range", &sweep(1_000)).await;
    let done = ALICE.ask(&mut assistant, "tasks/cancel", json!({"taskId": id})).await;
    assert_eq!(done.get("error"), None, "{done}");
    let store = jobs::JobStore::open(&assistant.platform).await.unwrap();
    assert_eq!(store.get(&id).await.unwrap().unwrap().status, jobs::Status::Cancelled);
    assert_eq!(ALICE.task(&mut assistant, &id).await["result"]["status"], "cancelled");
}

#[tokio::test]
async fn a_task_is_its_owners() {
    let mut assistant = assistant().await;
    let id = ALICE.begin(&mut assistant, "forecast_range", &sweep(1_000)).await;
    for method in ["tasks/get", "tasks/cancel"] {
        let refused = BOB.ask(&mut assistant, method, json!({"taskId": id})).await;
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
    }
    let store = jobs::JobStore::open(&assistant.platform).await.unwrap();
    assert_eq!(store.get(&id).await.unwrap().unwrap().status, jobs::Status::Queued);
}

#[tokio::test]
async fn what_takes_longer_wants_a_key_with_the_scope_jobs() {
    let mut assistant = assistant().await;
    let refusal = assistant.refusal("forecast_range", sweep(1_000)).await;
    assert!(refusal.contains("`jobs`") && refusal.contains("fewer runs"), "{refusal}");
    let reader = Client { scopes: Scopes::of(&[Scope::Read]), ..ALICE };
    let call = json!({"name": "forecast_range", "arguments": sweep(1_000)});
    let reply = assistant.send(reader.request("tools/call", call)).await;
    assert_eq!(reply.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn every_wrong_argument_of_both_is_named() {
    let mut assistant = assistant().await;
    let refusal = assistant.refusal("forecast_range", json!({"drawz": {}, "output": ["weather"]})).await;
    assert!(refusal.contains("draws") && refusal.contains("output"), "{refusal}");
    let refusal = assistant.refusal("find_assumption", json!({"find": "weather", "series": "sun"})).await;
    assert!(refusal.contains("find") && refusal.contains("series"), "{refusal}");
    let all = json!({"grid": {"rr": [0.8]}, "output": "all", "resolution": "daily"});
    assert!(assistant.refusal("forecast_range", all).await.contains("monthly"));
}

#[tokio::test]
async fn the_value_that_is_found_reaches_the_goal_in_simulate_and_a_step_less_does_not() {
    let mut assistant = assistant().await;
    let goal = json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 3.3, "on": "2026-08-31"});
    let found = assistant.value("find_assumption", goal).await;
    let (value, step) = (found["value"].as_f64().unwrap(), found["step"].as_f64().unwrap());
    for (rr, reaches) in [(value, true), (value - step, false)] {
        let forecast = json!({"rr": rr, "forecast_length_days": 365, "resolution": "daily", "requested_metrics": ["network_RBP_EIB"]});
        let power =
            assistant.value("simulate", forecast).await["series"]["network_RBP_EIB"][364].as_f64().unwrap();
        assert_eq!(power >= 3.3, reaches, "{rr}: {power}");
    }
    assert_eq!(found["chart"]["series"][0]["name"], "network_RBP_EIB");
}

#[tokio::test]
async fn a_goal_of_more_than_ten_years_is_a_task() {
    let mut assistant = assistant().await;
    let goal = json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 3.3, "assumptions": {"forecast_length_days": 4_000}});
    let id = ALICE.begin(&mut assistant, "find_assumption", &goal).await;
    work(&assistant.platform).await;
    let ended = loop {
        let task = ALICE.task(&mut assistant, &id).await;
        if task["result"]["status"] != "working" {
            break task;
        }
        assistant.platform.sleep().sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(ended["result"]["status"], "completed", "{ended}");
    assert_eq!(ended["result"]["result"]["structuredContent"]["find"], "rr");
}

/// A planning agent is a job, too, and its model may take long: here for ever.
#[cfg(feature = "planning")]
#[tokio::test]
async fn an_agent_that_takes_longer_than_clients_wait_answers_with_its_jobs_id() {
    let model = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", model.local_addr().unwrap());
    let providers = json!({"openai": {"url": url, "key": "k", "model": "slow"}}).to_string();
    // Sleeping moves the clock on: 25 s pass in an eighth of a second.
    let world = World::default().hurried(200).with_variable("MODEL_PROVIDERS", &providers);
    let mut assistant = Assistant::in_world(world, None).await;
    let caller = Client {
        scopes: Scopes::of(&[Scope::Read, Scope::Jobs, Scope::Models]),
        takes_tasks: false,
        ..ALICE
    };
    let begun = assistant.platform.clock().now();
    let told = caller.call(&mut assistant, "aios_strategize", &json!({"product_name": "Notes"})).await;
    let waited = (assistant.platform.clock().now() - begun).num_seconds();
    assert!((25..30).contains(&waited), "{waited} s: {told}");
    let job = &told["structuredContent"];
    assert_eq!((&told["isError"], &job["status"]), (&json!(false), &json!("queued")), "{told}");
    let id = job["job_id"].as_str().unwrap();
    assert_eq!(job["status_url"], format!("/api/jobs/{id}"));
    let status = caller.call(&mut assistant, "aios_get_status", &json!({"job_id": id})).await;
    assert_eq!(status["structuredContent"]["status"], "queued", "it goes on: {status}");
}
