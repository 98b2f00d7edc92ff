//! Finding the revision, sessions, streams that are taken up again.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use mcp_client::{Call, Called, Error, Ignore, Revision, Session, model::JsonObject};
use serde_json::json;

use crate::common::{
    ANYTHING, Double, Heard, client, events, in_session, json_reply, now, platform, stateless, with_status,
};

#[tokio::test]
async fn a_server_without_sessions_is_asked_once_and_every_request_says_who_asks() {
    let double = Double::new(stateless(|seen| json_reply(&seen.result(json!({ "tools": [] }))))).await;
    let (platform, endpoint) = (platform(), double.endpoint());
    let client = client(&platform, &endpoint, &ANYTHING);
    let session = client.connect().await.unwrap();
    client.tools(&session).await.unwrap();
    assert_eq!(double.methods(), ["server/discover", "tools/list"]);
    for seen in double.seen() {
        assert_eq!(seen.header("mcp-protocol-version"), "2026-07-28");
        assert_eq!(seen.header("mcp-method"), seen.method());
        let meta = &seen.body["params"]["_meta"];
        assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
        assert_eq!(meta["io.modelcontextprotocol/clientInfo"]["name"], "test");
        assert_eq!(meta["io.modelcontextprotocol/clientCapabilities"], json!({}));
    }
}

#[tokio::test]
async fn a_server_of_an_older_revision_is_found_by_trying_and_gets_its_session_back() {
    for revision in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let double =
            Double::new(in_session(revision, |seen| json_reply(&seen.result(json!({ "tools": [] }))))).await;
        let (platform, endpoint) = (platform(), double.endpoint());
        let client = client(&platform, &endpoint, &ANYTHING);
        let session = client.connect().await.unwrap();
        // Another instance goes on with what was stored.
        let stored = serde_json::to_string(&session).unwrap();
        let session: Session = serde_json::from_str(&stored).unwrap();
        assert_eq!((session.revision.name(), session.id.as_deref()), (revision, Some("s-1")));
        client.tools(&session).await.unwrap();
        let seen = double.seen();
        assert_eq!(
            double.methods(),
            ["server/discover", "initialize", "notifications/initialized", "tools/list"]
        );
        assert_eq!(seen[1].header("mcp-session-id"), "");
        for later in &seen[2..] {
            assert_eq!(later.header("mcp-session-id"), "s-1");
            assert_eq!(later.header("mcp-protocol-version"), revision);
        }
    }
}

#[tokio::test]
async fn a_server_that_says_what_it_speaks_is_taken_at_its_word() {
    let double = Double::new(|seen| match seen.method() {
        "server/discover" => {
            let mut error = seen.error(-32022, "Unsupported protocol version");
            error["error"]["data"] = json!({ "supported": ["2025-06-18", "2027-01-01", "2025-03-26"] });
            with_status(400, &error)
        }
        _ => in_session("2025-06-18", |_| now(()))(seen),
    })
    .await;
    let (platform, endpoint) = (platform(), double.endpoint());
    let session = client(&platform, &endpoint, &ANYTHING).connect().await.unwrap();
    assert_eq!(session.revision, Revision::V2025_06_18);
    assert_eq!(double.seen()[1].body["params"]["protocolVersion"], "2025-06-18");
}

#[tokio::test]
async fn a_server_of_no_known_revision_is_not_spoken_to() {
    let double = Double::new(in_session("2019-01-01", |_| now(()))).await;
    let (platform, endpoint) = (platform(), double.endpoint());
    let refused = client(&platform, &endpoint, &ANYTHING).connect().await.unwrap_err();
    assert_eq!(refused, Error::Revision("2019-01-01".to_owned()));
}

#[tokio::test]
async fn a_lost_session_is_told_from_other_refusals() {
    for (status, message, lost) in [
        (404, "Session not found", true),
        (400, "Bad Request: No valid session ID provided", true),
        (400, "Invalid params", false),
    ] {
        let double = Double::new(in_session("2025-06-18", move |seen| {
            with_status(status, &seen.error(-32000, message))
        }))
        .await;
        let (platform, endpoint) = (platform(), double.endpoint());
        let client = client(&platform, &endpoint, &ANYTHING);
        let session = client.connect().await.unwrap();
        let refused = client.tools(&session).await.unwrap_err();
        assert_eq!(refused == Error::SessionLost, lost, "{status} {message}: {refused}");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_taken_up_behind_its_last_event() {
    let double = Double::new(in_session("2025-11-25", |seen| {
        if seen.verb == Method::GET {
            let answer = seen.headers["last-event-id"].to_str().unwrap().rsplit('-').next().unwrap().to_owned();
            let answer = json!({ "jsonrpc": "2.0", "id": answer.parse::<i64>().unwrap(), "result": { "content": [] } });
            return events(format!("id: c\ndata: {answer}\n\n"));
        }
        let told = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progress": 1 } });
        events(format!("id: a\nretry: 1\ndata: \n\nid: b-{}\ndata: {told}\n\n", seen.body["id"]))
    }))
    .await;
    let (platform, endpoint) = (platform(), double.endpoint());
    let client = client(&platform, &endpoint, &ANYTHING);
    let session = client.connect().await.unwrap();
    let mut heard = Heard::default();
    let called = client.call(&session, Call { name: "t", ..Call::default() }, &mut heard).await.unwrap();
    assert!(matches!(called, Called::Done(_)));
    assert_eq!(heard.0.len(), 1);
    let last = double.seen().pop().unwrap();
    assert_eq!((last.verb, last.headers["mcp-session-id"].to_str().unwrap()), (Method::GET, "s-1"));
}

#[tokio::test]
async fn a_server_that_asks_in_the_middle_of_a_request_is_answered() {
    let double = Double::new(in_session("2025-06-18", |seen| match seen.method() {
        "tools/call" => {
            let asks = json!({ "jsonrpc": "2.0", "id": "q", "method": "elicitation/create", "params": {} });
            let roots = json!({ "jsonrpc": "2.0", "id": 7, "method": "roots/list" });
            events(format!(
                "data: {asks}\n\ndata: {roots}\n\ndata: {}\n\n",
                seen.result(json!({ "content": [] }))
            ))
        }
        _ => now(http::StatusCode::ACCEPTED),
    }))
    .await;
    let (platform, endpoint) = (platform(), double.endpoint());
    let client = client(&platform, &endpoint, &ANYTHING);
    let session = client.connect().await.unwrap();
    client.call(&session, Call { name: "t", ..Call::default() }, &mut Heard::default()).await.unwrap();
    let answers: Vec<_> = double.seen().into_iter().filter(|seen| seen.method().is_empty()).collect();
    assert_eq!(
        (&answers[0].body["id"], &answers[0].body["result"]["action"]),
        (&json!("q"), &json!("decline"))
    );
    assert_eq!((&answers[1].body["id"], &answers[1].body["error"]["code"]), (&json!(7), &json!(-32601)));
}

#[tokio::test]
async fn what_a_server_wants_to_have_back_is_given_back_and_nothing_else() {
    let double = Double::new(stateless(|seen| {
        let again = seen.body["params"].get("inputResponses").is_some();
        json_reply(&seen.result(if again {
            json!({ "resultType": "complete", "content": [] })
        } else {
            json!({ "resultType": "input_required", "requestState": "opaque",
                    "inputRequests": { "who": { "method": "elicitation/create", "params": {} } } })
        }))
    }))
    .await;
    let (platform, endpoint) = (platform(), double.endpoint());
    let client = client(&platform, &endpoint, &ANYTHING);
    let session = client.connect().await.unwrap();
    let first = client.call(&session, Call { name: "t", ..Call::default() }, &mut Ignore).await.unwrap();
    let Called::Asks { requests, state } = first else { panic!("{first:?}") };
    assert!(requests.contains_key("who"));
    let again = Call { name: "t", responses: Some(JsonObject::new()), state, ..Call::default() };
    assert!(matches!(client.call(&session, again, &mut Ignore).await.unwrap(), Called::Done(_)));
    let seen = double.seen();
    assert_eq!(seen[2].body["params"]["requestState"], "opaque");
    assert_ne!(seen[1].body["id"], seen[2].body["id"]);
    assert!(seen[1].body["params"].get("requestState").is_none());
}

#[tokio::test]
async fn a_session_that_takes_too_long_is_told_that_nobody_waits() {
    static CANCELLED: AtomicUsize = AtomicUsize::new(0);
    let double = Double::new(in_session("2025-06-18", |seen| match seen.method() {
        "notifications/cancelled" => {
            CANCELLED.fetch_add(1, Ordering::Relaxed);
            now(http::StatusCode::ACCEPTED)
        }
        _ => Box::pin(std::future::pending()),
    }))
    .await;
    let (platform, endpoint) = (platform(), double.endpoint());
    let mut client = mcp_client::Client::new(&platform, &endpoint, &ANYTHING, crate::common::tight());
    let session = client.connect().await.unwrap();
    let bounds = mcp_client::Bounds { time: std::time::Duration::from_millis(50), ..crate::common::tight() };
    client = mcp_client::Client::new(&platform, &endpoint, &ANYTHING, bounds);
    let late = client.call(&session, Call { name: "t", ..Call::default() }, &mut Ignore).await.unwrap_err();
    assert_eq!((late, CANCELLED.load(Ordering::Relaxed)), (Error::Late(50), 1));
}

#[tokio::test]
async fn what_a_server_asks_beside_the_requests_of_a_session_is_answered() {
    let asks = "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"elicitation/create\",\"params\":{}}\n\n";
    let double = Double::new(in_session("2025-11-25", move |seen| match seen.verb {
        Method::GET => events(asks),
        _ => now(http::StatusCode::ACCEPTED),
    }))
    .await;
    let (platform, endpoint) = (platform(), double.endpoint());
    let client = client(&platform, &endpoint, &ANYTHING);
    let session = client.connect().await.unwrap();
    let beside = client.listen(&session).await.unwrap();
    client.hear(&session, beside, &mut Heard::default()).await.unwrap();
    let answer = double.seen().pop().unwrap();
    assert_eq!(answer.header("mcp-session-id"), "s-1");
    assert_eq!(answer.body, json!({ "jsonrpc": "2.0", "id": 7, "result": { "action": "decline" } }));
}
