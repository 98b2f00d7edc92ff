//! What a client notices of work that takes longer than one answer.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
};

use common::{Answer, newest, older, read};
use http::Request;
use mcp::{
    Ask, Context, Error, Form, Host, Later, NoArguments, Reply, Server, Stored, TaskStore, Tool, Waiting,
    model::{ClientCapabilities, RootsCapabilities},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// A host whose time is moved by hand, and whose tasks are kept in a map.
#[derive(Clone, Default)]
struct Desk(Arc<State>);

#[derive(Default)]
struct State {
    now_ms: AtomicU64,
    calls: AtomicU32,
    tasks: Mutex<BTreeMap<String, (String, u64)>>,
    /// Somebody else is faster: what they make of a task just before the next change.
    faster: Mutex<Option<String>>,
    down: AtomicBool,
    without_store: AtomicBool,
    without_clock: AtomicBool,
}

impl Desk {
    fn pass(&self, ms: u64) {
        self.0.now_ms.fetch_add(ms, Relaxed);
    }

    fn down(&self) -> Result<(), Error> {
        if self.0.down.load(Relaxed) { Err(Error::internal("The store is down")) } else { Ok(()) }
    }
}

impl Host for Desk {
    fn now_ms(&self) -> Option<u64> {
        (!self.0.without_clock.load(Relaxed)).then(|| self.0.now_ms.load(Relaxed))
    }

    fn tasks(&self) -> Option<&dyn TaskStore> {
        (!self.0.without_store.load(Relaxed)).then_some(self)
    }

    fn wait(&self, ms: u64) -> Option<Waiting> {
        self.pass(ms);
        Some(Box::pin(std::future::ready(())))
    }

    fn caller(&self, request: &http::request::Parts) -> Option<String> {
        request.headers.get("x-caller").and_then(|caller| caller.to_str().ok()).map(str::to_owned)
    }
}

impl TaskStore for Desk {
    fn new_id(&self) -> Result<String, Error> {
        Ok(format!("task-{}", self.0.tasks.lock().unwrap().len() + 1))
    }

    fn create<'a>(&'a self, id: &'a str, task: String, _: u64) -> Stored<'a, ()> {
        Box::pin(async move {
            self.down()?;
            self.0.tasks.lock().unwrap().insert(id.to_owned(), (task, 1));
            Ok(())
        })
    }

    fn read<'a>(&'a self, id: &'a str) -> Stored<'a, Option<(String, u64)>> {
        Box::pin(async move {
            self.down()?;
            Ok(self.0.tasks.lock().unwrap().get(id).cloned())
        })
    }

    fn replace<'a>(&'a self, id: &'a str, version: u64, task: String) -> Stored<'a, bool> {
        Box::pin(async move {
            self.down()?;
            let mut tasks = self.0.tasks.lock().unwrap();
            let kept = tasks.get_mut(id).unwrap();
            if let Some(other) = self.0.faster.lock().unwrap().take() {
                *kept = (other, kept.1 + 1);
            }
            if kept.1 != version {
                return Ok(false);
            }
            *kept = (task, version + 1);
            Ok(true)
        })
    }
}

#[derive(Deserialize, JsonSchema)]
struct Count {
    /// How far.
    to: u32,
}

#[derive(Deserialize, JsonSchema)]
struct Name {
    name: String,
}

/// Counts a step a second.
async fn count(context: Context<Desk>, Count { to }: Count) -> Result<Reply<String>, Error> {
    context.host().0.calls.fetch_add(1, Relaxed);
    let counted = context.answers().remembered::<u32>()?.unwrap_or(0);
    if counted == to {
        return Ok(Reply::Done(format!("Counted to {to}.")));
    }
    Ok(Reply::Later(Later::after_ms(1_000).message(format!("{counted} of {to}")).remember(&(counted + 1))?))
}

/// Asks for two names once it has begun.
async fn pair(context: Context<Desk>, _: NoArguments) -> Result<Reply<String>, Error> {
    let answers = context.answers();
    let begun = answers.remembered::<String>()?;
    Ok(match (begun, answers.form("first")?, answers.form("second")?) {
        (None, ..) => Reply::Later(Later::after_ms(0).remember(&"begun")?),
        (
            Some(_),
            Some(Form::Accepted(Name { name: first })),
            Some(Form::Accepted(Name { name: second })),
        ) => Reply::Done(format!("{first} and {second}")),
        _ => Reply::Ask(
            Ask::new()
                .form_of::<Name>("first", "The first?")?
                .form_of::<Name>("second", "The second?")?
                .remember(&"asked")?,
        ),
    })
}

/// Fails in its second step, as it is told.
async fn fail(context: Context<Desk>, Name { name }: Name) -> Result<Reply<String>, Error> {
    match context.answers().remembered::<bool>()? {
        None => Ok(Reply::Later(Later::after_ms(0).remember(&true)?)),
        Some(_) if name == "by asking nothing" => Ok(Reply::Ask(Ask::new())),
        Some(_) if name == "politely" => Err(Error::refused("It does not work like that.")),
        Some(_) => Err(Error::internal("It broke.")),
    }
}

/// Does in its second step what it is told.
async fn step(context: Context<Desk>, Name { name }: Name) -> Result<Reply<String>, Error> {
    if context.answers().remembered::<bool>()?.is_none() {
        return Ok(Reply::Later(Later::after_ms(0).message("begun").remember(&true)?));
    }
    context.host().0.calls.fetch_add(1, Relaxed);
    match name.as_str() {
        "reports" => context.progress(1.0, None, Some("halfway")),
        "takes four seconds" => {
            context.host().pass(4_000);
            return Ok(Reply::Later(Later::after_ms(0).remember(&true)?));
        }
        "loses the store" => context.host().0.down.store(true, Relaxed),
        "needs roots" => {
            let mut required = ClientCapabilities::default();
            required.roots = Some(RootsCapabilities::default());
            context.require(&required)?;
        }
        "remembers only" if context.host().0.calls.load(Relaxed) < 3 => {
            return Ok(Reply::Ask(Ask::new().remember(&true)?));
        }
        "asks twice" => {
            return Ok(Reply::Ask(Ask::new().form_of::<Name>("name", "Who?")?.remember(&true)?));
        }
        "says too much" => return Ok(Reply::Done("x".repeat(2 << 20))),
        _ => {}
    }
    Ok(Reply::Done("Done.".to_owned()))
}

fn server() -> Server<Desk> {
    Server::builder("slow", "1.0.0")
        .tasks()
        .tasks_kept_for_ms(60_000)
        .longest_wait_ms(3_000)
        .tool(Tool::new("count", "Counts a step a second."), count)
        .tool(Tool::new("count_as_task", "Counts a step a second.").only_as_task(), count)
        .tool(Tool::new("pair", "Asks for two names."), pair)
        .tool(Tool::new("fail", "Fails."), fail)
        .tool(Tool::new("step", "Does as it is told."), step)
        .build()
        .unwrap()
}

/// A request of a client that takes tasks.
fn taking(method: &str, mut params: Value) -> Request<Vec<u8>> {
    let capabilities = json!({ "elicitation": {}, "extensions": { "io.modelcontextprotocol/tasks": {} } });
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = capabilities;
    newest(method, params)
}

async fn send(desk: &Desk, request: Request<Vec<u8>>) -> Answer {
    read(server().handle(desk.clone(), request).await).await
}

async fn result(desk: &Desk, method: &str, params: Value) -> Value {
    let answer = send(desk, taking(method, params)).await.json();
    assert_eq!(answer.get("error"), None, "{answer}");
    answer["result"].clone()
}

async fn begin(desk: &Desk, name: &str, arguments: Value) -> String {
    let begun = result(desk, "tools/call", json!({ "name": name, "arguments": arguments })).await;
    assert_eq!(begun["resultType"], "task", "{begun}");
    begun["taskId"].as_str().unwrap().to_owned()
}

async fn get(desk: &Desk, id: &str) -> Value {
    let task = result(desk, "tasks/get", json!({ "taskId": id })).await;
    assert_eq!((&task["resultType"], &task["taskId"]), (&json!("complete"), &json!(id)));
    task
}

#[tokio::test]
async fn a_server_says_that_it_makes_tasks_to_those_who_can_take_them() {
    let desk = Desk::default();
    let discovered = send(&desk, newest("server/discover", json!({}))).await.json();
    let extensions = &discovered["result"]["capabilities"]["extensions"];
    assert_eq!(extensions, &json!({ "io.modelcontextprotocol/tasks": {} }));
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "c", "version": "1" } });
    let initialized = send(&desk, older("2025-11-25", "initialize", params)).await.json();
    assert_eq!(initialized["result"]["capabilities"], json!({ "tools": {} }));
    assert_eq!(common::send(taking("tasks/get", json!({ "taskId": "a" }))).await.error_code(), -32601);
}

#[tokio::test]
async fn long_work_becomes_a_task_whose_result_is_fetched_when_it_is_there() {
    let desk = Desk::default();
    desk.pass(1_767_225_600_000);
    let begun = result(&desk, "tools/call", json!({ "name": "count", "arguments": { "to": 2 } })).await;
    assert_eq!(
        begun,
        json!({
            "resultType": "task", "taskId": "task-1", "status": "working", "statusMessage": "0 of 2",
            "createdAt": "2026-01-01T00:00:00.000Z", "lastUpdatedAt": "2026-01-01T00:00:00.000Z",
            "ttlMs": 60_000, "pollIntervalMs": 1_000, "_meta": begun["_meta"],
        })
    );
    desk.pass(999);
    assert_eq!(get(&desk, "task-1").await["statusMessage"], "0 of 2");
    assert_eq!(desk.0.calls.load(Relaxed), 1, "who asks too early costs no work");
    desk.pass(1);
    let halfway = get(&desk, "task-1").await;
    assert_eq!((&halfway["status"], &halfway["statusMessage"]), (&json!("working"), &json!("1 of 2")));
    assert_eq!(halfway["lastUpdatedAt"], "2026-01-01T00:00:01.000Z");
    desk.pass(1_000);
    let done = get(&desk, "task-1").await;
    assert_eq!(done["status"], "completed");
    assert_eq!(done["result"]["content"][0]["text"], "Counted to 2.");
    assert_eq!(done.get("statusMessage"), None, "what was said of a step is over with it");
    assert_eq!(done["createdAt"], "2026-01-01T00:00:00.000Z");
    assert_eq!(get(&desk, "task-1").await, done);
    assert_eq!(desk.0.calls.load(Relaxed), 3, "a finished tool is not called again");
}

#[tokio::test]
async fn quick_work_is_answered_at_once() {
    let done =
        result(&Desk::default(), "tools/call", json!({ "name": "count", "arguments": { "to": 0 } })).await;
    assert_eq!((&done["resultType"], done.get("taskId")), (&json!("complete"), None));
}

#[tokio::test]
async fn a_task_asks_and_goes_on_when_everything_is_answered() {
    let desk = Desk::default();
    let id = begin(&desk, "pair", json!({})).await;
    let asks = get(&desk, &id).await;
    assert_eq!(asks["status"], "input_required");
    assert_eq!(asks["inputRequests"]["first"]["method"], "elicitation/create");
    let answer =
        |answers: Value| result(&desk, "tasks/update", json!({ "taskId": id, "inputResponses": answers }));
    let name = |name: &str| json!({ "action": "accept", "content": { "name": name } });

    let acknowledged = answer(json!({ "never asked": {} })).await;
    assert_eq!((&acknowledged["resultType"], acknowledged.get("taskId")), (&json!("complete"), None));
    answer(json!({ "first": name("Ada") })).await;
    let asks = get(&desk, &id).await;
    assert_eq!(asks["status"], "input_required");
    assert_eq!(asks["inputRequests"].as_object().unwrap().keys().collect::<Vec<_>>(), ["second"]);
    answer(json!({ "first": name("Eve"), "second": name("Alan") })).await;
    let done = get(&desk, &id).await;
    assert_eq!(done["result"]["content"][0]["text"], "Ada and Alan", "the first answer counts");
}

#[tokio::test]
async fn a_client_that_cannot_answer_is_told_what_it_lacks_and_another_can_go_on() {
    let desk = Desk::default();
    let id = begin(&desk, "pair", json!({})).await;
    let mut mute = json!({ "taskId": id, "_meta": {} });
    mute["_meta"]["io.modelcontextprotocol/clientCapabilities"] =
        json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
    let refused = send(&desk, newest("tasks/get", mute)).await;
    assert_eq!((refused.status, refused.error_code()), (400, -32021));
    assert_eq!(refused.json()["error"]["data"]["requiredCapabilities"], json!({ "elicitation": {} }));
    assert_eq!(get(&desk, &id).await["status"], "input_required");
}

#[tokio::test]
async fn a_task_that_fails_says_whether_the_caller_or_the_server_is_to_blame() {
    let desk = Desk::default();
    let id = begin(&desk, "fail", json!({ "name": "politely" })).await;
    let refused = get(&desk, &id).await;
    assert_eq!((&refused["status"], &refused["result"]["isError"]), (&json!("completed"), &json!(true)));
    assert_eq!(refused["result"]["content"][0]["text"], "It does not work like that.");
    let id = begin(&desk, "fail", json!({ "name": "badly" })).await;
    let broken = get(&desk, &id).await;
    assert_eq!((&broken["status"], broken.get("result")), (&json!("failed"), None));
    assert_eq!(broken["error"], json!({ "code": -32603, "message": "It broke." }));
    assert_eq!(broken["statusMessage"], "It broke.");
    let id = begin(&desk, "fail", json!({ "name": "by asking nothing" })).await;
    assert_eq!(get(&desk, &id).await["status"], "failed");
}

#[tokio::test]
async fn a_cancelled_task_stays_cancelled_and_a_finished_one_finished() {
    let desk = Desk::default();
    let cancel = |id: String| {
        let desk = desk.clone();
        async move {
            let acknowledged = result(&desk, "tasks/cancel", json!({ "taskId": id })).await;
            assert_eq!((&acknowledged["resultType"], acknowledged.get("status")), (&json!("complete"), None));
        }
    };
    let id = begin(&desk, "count", json!({ "to": 1 })).await;
    cancel(id.clone()).await;
    cancel(id.clone()).await;
    desk.pass(1_000);
    assert_eq!(get(&desk, &id).await["status"], "cancelled");
    let id = begin(&desk, "count", json!({ "to": 1 })).await;
    desk.pass(1_000);
    get(&desk, &id).await;
    cancel(id.clone()).await;
    assert_eq!(get(&desk, &id).await["status"], "completed");
}

#[tokio::test]
async fn a_task_that_is_not_there_or_anothers_is_unknown() {
    let desk = Desk::default();
    let mut call = taking("tools/call", json!({ "name": "count", "arguments": { "to": 1 } }));
    call.headers_mut().insert("x-caller", "ada".parse().unwrap());
    let id = send(&desk, call).await.json()["result"]["taskId"].as_str().unwrap().to_owned();
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        for id in [id.as_str(), "none"] {
            let mut request = taking(method, json!({ "taskId": id, "inputResponses": {} }));
            request.headers_mut().insert("x-caller", "eve".parse().unwrap());
            let answer = send(&desk, request).await;
            assert_eq!(answer.error_code(), -32602, "{method} {id}");
            assert!(answer.json()["error"]["message"].as_str().unwrap().contains("`taskId`"));
        }
    }
    let mut request = taking("tasks/get", json!({ "taskId": id }));
    request.headers_mut().insert("x-caller", "ada".parse().unwrap());
    assert_eq!(send(&desk, request).await.json()["result"]["status"], "working");
}

#[tokio::test]
async fn what_a_task_is_asked_must_be_whole_and_fit_its_headers() {
    let desk = Desk::default();
    let id = begin(&desk, "count", json!({ "to": 1 })).await;
    for (method, params) in [
        ("tasks/get", json!({})),
        ("tasks/cancel", json!({ "taskId": 5 })),
        ("tasks/update", json!({ "taskId": id })),
        ("tasks/update", json!({ "taskId": id, "inputResponses": [] })),
    ] {
        assert_eq!(
            send(&desk, taking(method, params.clone())).await.error_code(),
            -32602,
            "{method} {params}"
        );
    }
    let mut request = taking("tasks/get", json!({ "taskId": id }));
    request.headers_mut().insert("mcp-name", "another".parse().unwrap());
    assert_eq!(send(&desk, request).await.error_code(), -32020);
    for gone in ["tasks/list", "tasks/result"] {
        assert_eq!(send(&desk, taking(gone, json!({ "taskId": id }))).await.error_code(), -32601);
    }
}

#[tokio::test]
async fn a_client_that_takes_no_tasks_waits_for_its_answer() {
    let desk = Desk::default();
    let call = || json!({ "name": "count", "arguments": { "to": 3 } });
    for request in [newest("tools/call", call()), older("2025-06-18", "tools/call", call())] {
        let done = send(&desk, request).await.json();
        assert_eq!(done["result"]["content"][0]["text"], "Counted to 3.", "{done}");
    }
    assert_eq!(desk.0.now_ms.load(Relaxed), 6_000);
    assert!(desk.0.tasks.lock().unwrap().is_empty());
    let too_long = json!({ "name": "count", "arguments": { "to": 4 } });
    let refused = send(&desk, newest("tools/call", too_long)).await.json();
    assert_eq!(refused["result"]["isError"], true);
    assert!(refused["result"]["content"][0]["text"].as_str().unwrap().contains("tasks"));
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        let answer = send(&desk, newest(method, json!({ "taskId": "task-1" }))).await;
        assert_eq!((answer.status, answer.error_code()), (400, -32021), "{method}");
    }
}

#[tokio::test]
async fn where_tasks_are_kept_nowhere_everybody_waits() {
    let desk = Desk::default();
    desk.0.without_store.store(true, Relaxed);
    let call = json!({ "name": "count", "arguments": { "to": 1 } });
    assert_eq!(result(&desk, "tools/call", call).await["content"][0]["text"], "Counted to 1.");
    let as_task = json!({ "name": "count_as_task", "arguments": { "to": 1 } });
    assert_eq!(send(&desk, taking("tools/call", as_task)).await.error_code(), -32603);
    let discovered = send(&desk, newest("server/discover", json!({}))).await.json();
    assert_eq!(discovered["result"]["capabilities"], json!({ "tools": {} }));
}

#[tokio::test]
async fn a_tool_that_nobody_should_wait_for_is_for_those_who_take_tasks() {
    let desk = Desk::default();
    let call = || json!({ "name": "count_as_task", "arguments": { "to": 1 } });
    let refused = send(&desk, newest("tools/call", call())).await;
    assert_eq!((refused.status, refused.error_code()), (400, -32021));
    assert_eq!(
        refused.json()["error"]["data"]["requiredCapabilities"],
        json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } })
    );
    let refused = send(&desk, older("2025-06-18", "tools/call", call())).await.json();
    assert_eq!(refused["result"]["isError"], true);
    assert_eq!(desk.0.calls.load(Relaxed), 0);
    begin(&desk, "count_as_task", json!({ "to": 1 })).await;
    let without = Server::<Desk>::builder("s", "1").tool(Tool::new("t", "t").only_as_task(), count).build();
    assert!(without.err().unwrap().message().contains('t'));
}

#[tokio::test]
async fn two_who_ask_at_once_see_the_same() {
    let desk = Desk::default();
    let id = begin(&desk, "count", json!({ "to": 2 })).await;
    desk.pass(1_000);
    let before = desk.0.tasks.lock().unwrap()[&id].0.clone();
    get(&desk, &id).await;
    let (ahead, _) = desk.0.tasks.lock().unwrap().insert(id.clone(), (before, 1)).unwrap();
    let mut ahead: Value = serde_json::from_str(&ahead).unwrap();
    ahead["message"] = json!("told by the faster one");
    *desk.0.faster.lock().unwrap() = Some(ahead.to_string());
    let calls = desk.0.calls.load(Relaxed);
    assert_eq!(get(&desk, &id).await["statusMessage"], "told by the faster one");
    assert_eq!(desk.0.calls.load(Relaxed), calls, "only one of them does the work");
}

#[tokio::test]
async fn a_cancellation_is_not_lost_to_a_step_that_is_stored_at_the_same_time() {
    let desk = Desk::default();
    let id = begin(&desk, "count", json!({ "to": 5 })).await;
    let other = desk.0.tasks.lock().unwrap()[&id].0.clone();
    *desk.0.faster.lock().unwrap() = Some(other);
    result(&desk, "tasks/cancel", json!({ "taskId": id })).await;
    assert_eq!(get(&desk, &id).await["status"], "cancelled");
}

#[tokio::test]
async fn a_store_that_fails_breaks_no_task() {
    let desk = Desk::default();
    let id = begin(&desk, "count", json!({ "to": 1 })).await;
    desk.pass(1_000);
    desk.0.down.store(true, Relaxed);
    assert_eq!(send(&desk, taking("tasks/get", json!({ "taskId": id }))).await.error_code(), -32603);
    let call = json!({ "name": "count", "arguments": { "to": 1 } });
    assert_eq!(send(&desk, taking("tools/call", call)).await.error_code(), -32603);
    desk.0.down.store(false, Relaxed);
    assert_eq!(get(&desk, &id).await["status"], "completed");
}

async fn begin_step(desk: &Desk, what: &str) -> String {
    begin(desk, "step", json!({ "name": what })).await
}

#[tokio::test]
async fn a_step_whose_result_could_not_be_stored_is_done_again_after_a_while() {
    let desk = Desk::default();
    let id = begin_step(&desk, "loses the store").await;
    assert_eq!(send(&desk, taking("tasks/get", json!({ "taskId": id }))).await.error_code(), -32603);
    desk.0.down.store(false, Relaxed);
    assert_eq!(get(&desk, &id).await["status"], "working", "it may still be under way");
    desk.pass(30_000);
    assert_eq!(send(&desk, taking("tasks/get", json!({ "taskId": id }))).await.error_code(), -32603);
    assert_eq!(desk.0.calls.load(Relaxed), 2);
}

#[tokio::test]
async fn a_task_reports_by_its_status_and_not_into_the_answers_about_it() {
    let desk = Desk::default();
    let id = begin_step(&desk, "reports").await;
    let params = json!({ "taskId": id, "_meta": { "progressToken": 1 } });
    let answer = send(&desk, taking("tasks/get", params)).await;
    assert!(!answer.is_stream());
    assert_eq!(answer.json()["result"]["status"], "completed");
}

#[tokio::test]
async fn a_step_that_needs_another_client_leaves_the_task_to_it() {
    let desk = Desk::default();
    let id = begin_step(&desk, "needs roots").await;
    assert_eq!(send(&desk, taking("tasks/get", json!({ "taskId": id }))).await.error_code(), -32021);
    let mut able = json!({ "taskId": id, "_meta": {} });
    able["_meta"]["io.modelcontextprotocol/clientCapabilities"] =
        json!({ "roots": {}, "extensions": { "io.modelcontextprotocol/tasks": {} } });
    assert_eq!(send(&desk, newest("tasks/get", able)).await.json()["result"]["status"], "completed");
}

#[tokio::test]
async fn a_step_that_only_remembers_is_followed_by_the_next() {
    let desk = Desk::default();
    let id = begin_step(&desk, "remembers only").await;
    for status in ["working", "working", "completed"] {
        assert_eq!(get(&desk, &id).await["status"], status);
    }
}

#[tokio::test]
async fn a_task_that_asks_the_same_again_or_grows_too_large_fails_and_says_why() {
    let desk = Desk::default();
    let id = begin_step(&desk, "asks twice").await;
    assert_eq!(get(&desk, &id).await["pollIntervalMs"], 1_000, "people take their time");
    let answers = json!({ "name": { "action": "accept", "content": { "name": "Ada" } } });
    result(&desk, "tasks/update", json!({ "taskId": id, "inputResponses": answers })).await;
    let failed = get(&desk, &id).await;
    assert_eq!(failed["status"], "failed");
    assert!(failed["statusMessage"].as_str().unwrap().contains("`name`"), "{failed}");
    let id = begin_step(&desk, "says too much").await;
    let failed = get(&desk, &id).await;
    assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("failed"), &json!(-32603)));
}

#[tokio::test]
async fn the_time_a_tool_takes_itself_counts_as_waiting() {
    let desk = Desk::default();
    let call = json!({ "name": "step", "arguments": { "name": "takes four seconds" } });
    let refused = send(&desk, newest("tools/call", call)).await.json();
    assert_eq!(refused["result"]["isError"], true);
    assert_eq!(desk.0.calls.load(Relaxed), 1);
}

#[tokio::test]
async fn a_server_that_lacks_what_tasks_need_says_so() {
    let desk = Desk::default();
    let id = begin(&desk, "count", json!({ "to": 1 })).await;
    desk.0.tasks.lock().unwrap().get_mut(&id).unwrap().0 = "{}".to_owned();
    let other = send(&desk, taking("tasks/get", json!({ "taskId": id }))).await;
    assert_eq!(other.error_code(), -32603);
    assert!(other.json()["error"]["message"].as_str().unwrap().contains("begin it again"));
    desk.0.without_clock.store(true, Relaxed);
    assert_eq!(send(&desk, taking("tasks/get", json!({ "taskId": id }))).await.error_code(), -32603);
    let waits = json!({ "name": "count", "arguments": { "to": 3 } });
    let done = send(&desk, newest("tools/call", waits)).await.json();
    assert_eq!(done["result"]["content"][0]["text"], "Counted to 3.", "waiting needs no clock");
    let too_long = json!({ "name": "count", "arguments": { "to": 4 } });
    assert_eq!(send(&desk, newest("tools/call", too_long)).await.json()["result"]["isError"], true);
}

#[tokio::test]
async fn a_task_of_a_tool_that_is_gone_fails() {
    let desk = Desk::default();
    let id = begin(&desk, "count", json!({ "to": 1 })).await;
    desk.pass(1_000);
    let newer =
        Server::<Desk>::builder("slow", "2").tasks().tool(Tool::new("pair", "p"), pair).build().unwrap();
    let answer = newer.handle(desk.clone(), taking("tasks/get", json!({ "taskId": id }))).await;
    let task = read(answer).await.json();
    assert_eq!(task["result"]["status"], "failed", "{task}");
    assert!(task["result"]["error"]["message"].as_str().unwrap().contains("count"));
}
