//! What clients of 2024-11-05 to 2025-11-25 notice.

mod common;

use common::{older, post, send};
use serde_json::{Value, json};

const OLDER: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

fn initialize(revision: &str) -> String {
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": revision, "capabilities": {}, "clientInfo": { "name": "test", "version": "1" }
    } })
    .to_string()
}

#[tokio::test]
async fn a_client_of_2024_reads_one_line_of_data_and_a_session_id() {
    let answer = send(post(initialize("2024-11-05"), &[])).await;
    assert_eq!(answer.headers["mcp-session-id"], "a-session");
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    let lines: Vec<_> = answer.text.lines().filter(|line| line.starts_with("data: ")).collect();
    assert_eq!(lines.len(), 1);
    let result = &answer.events()[0]["result"];
    assert_eq!(result["protocolVersion"], "2024-11-05");
    assert_eq!(result["serverInfo"]["name"], "trips");
    assert!(result.get("resultType").is_none() && result.get("_meta").is_none());

    // It goes on without the version header, which came later.
    let answer =
        send(post(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, &[("mcp-session-id", "a-session")]))
            .await;
    assert_eq!(answer.events()[0]["result"]["tools"][0]["name"], "speed");
}

#[tokio::test]
async fn each_revision_is_answered_in_its_own() {
    for revision in OLDER {
        let answer = send(post(initialize(revision), &[("accept", "application/json")])).await.json();
        assert_eq!(answer["result"]["protocolVersion"], revision);
    }
    let answer = send(post(initialize("2026-07-28"), &[("accept", "application/json")])).await.json();
    assert_eq!(answer["result"]["protocolVersion"], "2025-11-25");
}

#[tokio::test]
async fn a_client_goes_on_with_any_session_or_none() {
    for session in ["a-session", "another", ""] {
        let headers = [
            ("mcp-session-id", session),
            ("mcp-protocol-version", "2025-06-18"),
            ("accept", "application/json"),
        ];
        assert_eq!(
            send(post(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, &headers)).await.json()["result"],
            json!({})
        );
    }
    let taken = send(post(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, &[])).await;
    assert_eq!((taken.status, taken.text.as_str()), (202, ""));
}

#[tokio::test]
async fn nothing_of_the_newest_revision_leaks_into_older_ones() {
    for revision in OLDER {
        for (method, params) in [
            ("tools/list", json!({})),
            ("resources/list", json!({})),
            ("resources/read", json!({ "uri": "docs://guide" })),
            ("tools/call", json!({ "name": "speed", "arguments": { "distance": 1, "duration": 1 } })),
        ] {
            let answer = send(older(revision, method, params)).await;
            for member in ["resultType", "ttlMs", "cacheScope", "_meta"] {
                assert!(
                    answer.json()["result"].get(member).is_none(),
                    "{revision} {method}: {}",
                    answer.text
                );
            }
        }
        assert_eq!(send(older(revision, "server/discover", json!({}))).await.error_code(), -32601);
    }
}

#[tokio::test]
async fn structured_output_is_given_to_revisions_that_have_it() {
    let call = |revision| {
        send(older(
            revision,
            "tools/call",
            json!({ "name": "speed", "arguments": { "distance": 1, "duration": 1 } }),
        ))
    };
    assert!(call("2025-03-26").await.json()["result"].get("structuredContent").is_none());
    assert_eq!(call("2025-06-18").await.json()["result"]["structuredContent"]["speed"], 1.0);
    let tool = |answer: Value| answer["result"]["tools"][0].clone();
    assert!(
        tool(send(older("2025-03-26", "tools/list", json!({}))).await.json()).get("outputSchema").is_none()
    );
    assert!(
        tool(send(older("2025-06-18", "tools/list", json!({}))).await.json()).get("outputSchema").is_some()
    );
}

#[tokio::test]
async fn a_tool_that_has_to_ask_says_that_it_cannot() {
    let answer = send(older("2025-11-25", "tools/call", json!({ "name": "greet" }))).await.json();
    assert_eq!(answer["result"]["isError"], true);
    assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains("2026-07-28"));
}

#[tokio::test]
async fn errors_of_older_revisions_come_with_status_200_and_their_own_codes() {
    let answer = send(older("2025-11-25", "no/such", json!({}))).await;
    assert_eq!((answer.status, answer.error_code()), (200, -32601));
    let answer = send(older("2025-11-25", "resources/read", json!({ "uri": "docs://nothing" }))).await;
    assert_eq!((answer.status, answer.error_code()), (200, -32002));
    let answer = send(older("1999-01-01", "tools/list", json!({}))).await;
    assert_eq!((answer.status, answer.error_code()), (400, -32022));
}

#[tokio::test]
async fn a_log_level_is_taken_and_a_wrong_one_is_not() {
    assert_eq!(
        send(older("2025-06-18", "logging/setLevel", json!({ "level": "error" }))).await.json()["result"],
        json!({})
    );
    assert_eq!(
        send(older("2025-06-18", "logging/setLevel", json!({ "level": "loud" }))).await.error_code(),
        -32602
    );
}

const BATCH: &str = r#"[
    {"jsonrpc":"2.0","id":1,"method":"ping"},
    {"jsonrpc":"2.0","method":"notifications/initialized"},
    {"jsonrpc":"2.0","id":2,"method":"no/such"},
    {"jsonrpc":"2.0","id":null,"method":"ping"}
]"#;

#[tokio::test]
async fn a_batch_is_answered_where_the_revision_has_batches() {
    let answer = send(post(BATCH, &[("accept", "application/json")])).await.json();
    let answers = answer.as_array().unwrap();
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[0], json!({ "jsonrpc": "2.0", "id": 1, "result": {} }));
    assert_eq!((&answers[1]["id"], &answers[1]["error"]["code"]), (&json!(2), &json!(-32601)));
    assert_eq!((&answers[2]["id"], &answers[2]["error"]["code"]), (&json!(null), &json!(-32600)));

    assert_eq!(send(post(BATCH, &[])).await.events(), *answers);
    let only_notifications = r#"[{"jsonrpc":"2.0","method":"notifications/initialized"}]"#;
    assert_eq!(send(post(only_notifications, &[])).await.status, 202);
}

#[tokio::test]
async fn a_batch_is_refused_where_the_revision_has_none_or_forbids_what_is_in_it() {
    for revision in ["2025-06-18", "2025-11-25"] {
        let answer = send(post(BATCH, &[("mcp-protocol-version", revision)])).await;
        assert_eq!((answer.status, answer.error_code()), (400, -32600));
    }
    for batch in [
        "[]".to_owned(),
        format!("[{}]", initialize("2025-03-26")),
        format!("[{}]", vec!["1"; 101].join(",")),
    ] {
        assert_eq!(send(post(batch, &[])).await.status, 400);
    }
}

/// A proxy may have routed by them.
#[tokio::test]
async fn headers_that_contradict_the_body_are_refused_also_where_the_body_names_an_older_revision() {
    let params = json!({
        "name": "speed", "arguments": { "distance": 90, "duration": 2 },
        "_meta": { "io.modelcontextprotocol/protocolVersion": "2025-11-25" }
    });
    for (header, value, fits) in [
        ("mcp-name", "speed", true),
        ("mcp-name", "other", false),
        ("mcp-method", "tools/call", true),
        ("mcp-method", "tools/list", false),
    ] {
        let mut request = older("2026-07-28", "tools/call", params.clone());
        request.headers_mut().insert(header, value.parse().unwrap());
        let answer = send(request).await.json();
        let found = (answer["result"].is_object(), answer["error"].is_object());
        assert_eq!(found, (fits, !fits), "{header}: {value}: {answer}");
    }
}

#[tokio::test]
async fn there_is_no_session_to_listen_to_or_to_end() {
    for method in [http::Method::GET, http::Method::DELETE] {
        let mut request = post("", &[("accept", "text/event-stream")]);
        *request.method_mut() = method;
        let answer = send(request).await;
        assert_eq!((answer.status, answer.headers["allow"].to_str().unwrap()), (405, "POST"));
    }
}
