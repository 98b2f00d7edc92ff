//! What is said while a request is worked on, and how it is cancelled.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]
#![allow(clippy::needless_pass_by_value, reason = "`json!` is written where it is passed")]

mod common;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use common::{newest, older, post, read, send};
use http_body_util::BodyExt;
use mcp::{Context, NoArguments, Server, Tool};
use serde_json::{Value, json};

fn travel(meta: Value) -> http::Request<Vec<u8>> {
    newest("tools/call", json!({ "name": "travel", "_meta": meta }))
}

fn said(events: &[Value]) -> Vec<String> {
    events
        .iter()
        .map(|event| match event["method"].as_str() {
            Some("notifications/progress") => {
                format!("{}/{}", event["params"]["progress"], event["params"]["message"])
            }
            Some("notifications/message") => event["params"]["data"].as_str().unwrap().to_owned(),
            _ => event["result"]["content"][0]["text"].as_str().unwrap().to_owned(),
        })
        .collect()
}

#[tokio::test]
async fn nothing_is_said_that_was_not_asked_for() {
    let answer = send(travel(json!({}))).await;
    assert!(!answer.is_stream());
    assert_eq!(answer.json()["result"]["content"][0]["text"], "Arrived.");
}

#[tokio::test]
async fn progress_comes_before_the_answer_and_only_grows() {
    let answer = send(travel(json!({ "progressToken": "t" }))).await;
    assert!(answer.is_stream());
    assert_eq!(answer.headers["x-accel-buffering"], "no");
    assert_eq!(said(&answer.events()), ["1.0/\"leaving\"", "2.0/\"arriving\"", "Arrived."]);
    assert_eq!(answer.events()[0]["params"]["progressToken"], "t");
    assert_eq!(answer.events()[2]["id"], 7);
}

#[tokio::test]
async fn logs_come_from_the_severity_that_was_asked_for() {
    let level = |level: &str| json!({ "io.modelcontextprotocol/logLevel": level });
    assert_eq!(said(&send(travel(level("debug"))).await.events()), ["packing", "rain", "Arrived."]);
    assert_eq!(said(&send(travel(level("warning"))).await.events()), ["rain", "Arrived."]);
    assert!(!send(travel(level("emergency"))).await.is_stream());
}

#[tokio::test]
async fn a_client_that_reads_no_streams_gets_the_answer_alone() {
    let mut request = travel(json!({ "progressToken": 1 }));
    request.headers_mut().insert("accept", "application/json".parse().unwrap());
    assert_eq!(send(request).await.json()["result"]["content"][0]["text"], "Arrived.");
}

#[tokio::test]
async fn a_client_that_reads_streams_only_gets_one() {
    let mut request = newest("tools/list", json!({}));
    request.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
    let answer = send(request).await;
    assert!(answer.is_stream());
    assert_eq!(answer.events().len(), 1);
}

#[tokio::test]
async fn older_clients_are_told_what_is_worth_telling() {
    let mut request =
        older("2025-06-18", "tools/call", json!({ "name": "travel", "_meta": { "progressToken": 5 } }));
    request.headers_mut().insert("accept", "application/json, text/event-stream".parse().unwrap());
    assert_eq!(
        said(&send(request).await.events()),
        ["1.0/\"leaving\"", "rain", "2.0/\"arriving\"", "Arrived."]
    );
}

#[tokio::test]
async fn an_error_after_progress_ends_the_stream() {
    let server = Server::<()>::builder("s", "1")
        .tool(Tool::new("fail", "Fails."), |context: Context<()>, _: NoArguments| async move {
            context.progress(1.0, None, None);
            Err::<String, _>(mcp::Error::internal("Broken"))
        })
        .build()
        .unwrap();
    let request = newest("tools/call", json!({ "name": "fail", "_meta": { "progressToken": 1 } }));
    let answer = read(server.handle((), request).await).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.events()[1]["error"], json!({ "code": -32603, "message": "Broken" }));
}

struct Ends(Arc<AtomicBool>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_client_that_goes_away_stops_the_work() {
    let ended = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&ended);
    let server = Server::<()>::builder("s", "1")
        .tool(Tool::new("forever", "Never ends."), move |context: Context<()>, _: NoArguments| {
            let ends = Ends(Arc::clone(&ended));
            async move {
                let _ends = ends;
                context.progress(1.0, None, None);
                std::future::pending::<()>().await;
                Ok(String::new())
            }
        })
        .build()
        .unwrap();
    let request = newest("tools/call", json!({ "name": "forever", "_meta": { "progressToken": 1 } }));
    let mut body = server.handle((), request).await.into_body();
    assert!(body.is_stream());
    assert!(body.frame().await.is_some());
    assert!(!seen.load(Ordering::SeqCst));
    drop(body);
    assert!(seen.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_stream_says_what_comes_when_it_comes() {
    let request = travel(json!({ "progressToken": 1 }));
    let mut body = common::server().handle(common::Desk::default(), request).await.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.starts_with(b"event: message\ndata: ") && first.ends_with(b"\n\n"));
    assert!(String::from_utf8(first.to_vec()).unwrap().contains("leaving"));
}

#[tokio::test]
async fn a_body_that_is_known_says_how_long_it_is() {
    use http_body::Body;
    let response = common::server().handle(common::Desk::default(), newest("tools/list", json!({}))).await;
    let exact = response.body().size_hint().exact().unwrap();
    assert_eq!(read(response).await.text.len() as u64, exact);
    let response = common::server().handle(common::Desk::default(), post("", &[])).await;
    assert!(response.body().size_hint().exact().unwrap() > 0);
}
