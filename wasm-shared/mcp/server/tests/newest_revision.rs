//! What a client of 2026-07-28 notices.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::{Desk, newest, post, read, send, server};
use serde_json::{Value, json};

#[tokio::test]
async fn a_client_discovers_what_the_server_can_do() {
    let answer = send(newest("server/discover", json!({}))).await;
    let result = &answer.json()["result"];
    assert_eq!(answer.status, 200);
    assert_eq!(result["supportedVersions"][0], "2026-07-28");
    assert_eq!(result["supportedVersions"].as_array().unwrap().len(), 5);
    assert_eq!(
        result["capabilities"],
        json!({ "tools": {}, "resources": {}, "prompts": {}, "completions": {}, "logging": {} })
    );
    assert_eq!((&result["ttlMs"], &result["cacheScope"]), (&json!(1000), &json!("public")));
    assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "trips");
    assert_eq!(result["instructions"], "Ask for speeds.");
}

#[tokio::test]
async fn a_tool_answers_with_a_value_and_with_its_text() {
    let answer = send(newest(
        "tools/call",
        json!({ "name": "speed", "arguments": { "distance": 90, "duration": 2 } }),
    ))
    .await;
    let result = &answer.json()["result"];
    assert!(!answer.is_stream());
    assert_eq!(result["structuredContent"], json!({ "speed": 45.0 }));
    assert_eq!(result["content"][0]["text"], r#"{"speed":45.0}"#);
    assert_eq!(result["resultType"], "complete");
}

#[tokio::test]
async fn a_tool_takes_its_arguments_flat_or_wrapped() {
    let call =
        |arguments: Value| send(newest("tools/call", json!({ "name": "speed", "arguments": arguments })));
    let wrapped = call(json!({ "trip": { "distance": 90, "duration": 2 } })).await;
    assert_eq!(wrapped.json()["result"]["structuredContent"]["speed"], 45.0);
    let wrong = call(json!({ "trip": 3 })).await;
    assert!(wrong.json()["result"]["content"][0]["text"].as_str().unwrap().contains("trip"));
}

#[tokio::test]
async fn a_wrong_argument_is_told_to_the_model_with_its_name() {
    for (arguments, named) in [
        (json!({ "distance": 90, "duration": "long" }), "`duration`"),
        (json!({ "distance": 90, "duration": 2, "speeed": 1 }), "`speeed`"),
        (json!({ "distance": 90 }), "`duration`"),
        (json!({ "distance": 90, "duration": 0 }), "more than 0"),
    ] {
        let answer = send(newest("tools/call", json!({ "name": "speed", "arguments": arguments }))).await;
        let result = &answer.json()["result"];
        assert_eq!((answer.status, &result["isError"]), (200, &json!(true)));
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(text.contains(named), "{text}");
    }
}

#[tokio::test]
async fn a_misspelled_tool_is_a_protocol_error_that_offers_the_right_one() {
    let answer = send(newest("tools/call", json!({ "name": "sped", "arguments": {} }))).await;
    assert_eq!((answer.status, answer.error_code()), (200, -32602));
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("did you mean \"speed\"?"));
}

#[tokio::test]
async fn methods_that_are_gone_or_never_were_are_not_found() {
    for method in
        ["initialize", "ping", "logging/setLevel", "resources/subscribe", "subscriptions/listen", "no/such"]
    {
        let answer = send(newest(method, json!({}))).await;
        assert_eq!((answer.status, answer.error_code()), (404, -32601), "{method}");
        assert_eq!(answer.json()["id"], 7);
        assert!(answer.headers.get("mcp-session-id").is_none());
    }
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let first = send(newest("tools/list", json!({}))).await.json();
    assert_eq!(first["result"]["tools"].as_array().unwrap().len(), 2);
    assert_eq!(first["result"]["tools"][0]["outputSchema"]["properties"]["speed"]["type"], "number");
    let second = send(newest("tools/list", json!({ "cursor": first["result"]["nextCursor"] }))).await.json();
    assert_eq!(second["result"]["tools"][0]["name"], "greet");
    assert!(second["result"].get("nextCursor").is_none());
    assert_eq!(send(newest("tools/list", json!({ "cursor": "made up" }))).await.error_code(), -32602);
}

#[tokio::test]
async fn resources_are_read_by_name_and_by_template() {
    let guide = send(newest("resources/read", json!({ "uri": "docs://guide" }))).await.json();
    assert_eq!(
        guide["result"]["contents"][0],
        json!({ "uri": "docs://guide", "mimeType": "text/markdown", "text": "# Guide" })
    );
    assert_eq!(guide["result"]["cacheScope"], "private");
    let field = send(newest("resources/read", json!({ "uri": "docs://field/power" }))).await.json();
    assert_eq!(field["result"]["contents"][0]["text"], "About power");
    let missing = send(newest("resources/read", json!({ "uri": "docs://nothing" }))).await;
    assert_eq!(missing.error_code(), -32602);
    assert_eq!(missing.json()["error"]["data"]["uri"], "docs://nothing");
}

#[tokio::test]
async fn prompts_are_filled_in_and_their_arguments_completed() {
    let prompt = send(newest("prompts/get", json!({ "name": "outlook", "arguments": { "name": "Ada" } })))
        .await
        .json();
    assert_eq!(prompt["result"]["messages"][0]["content"]["text"], "Outlook for Ada");
    assert_eq!(prompt["result"]["description"], "An outlook.");
    assert_eq!(send(newest("prompts/get", json!({ "name": "outlook" }))).await.error_code(), -32602);

    let complete = |argument: &str| {
        send(newest(
            "completion/complete",
            json!({
                "ref": { "type": "ref/prompt", "name": "outlook" }, "argument": { "name": argument, "value": "al" }
            }),
        ))
    };
    assert_eq!(
        complete("name").await.json()["result"]["completion"],
        json!({ "values": ["Alan"], "total": 1, "hasMore": false })
    );
    assert_eq!(complete("other").await.json()["result"]["completion"]["values"], json!([]));
}

#[tokio::test]
async fn a_request_that_contradicts_its_headers_is_refused() {
    let call = || newest("tools/call", json!({ "name": "speed", "arguments": {} }));
    for (header, value) in [
        ("mcp-method", "tools/list"),
        ("mcp-name", "other"),
        ("mcp-name", "=?base64?!?="),
        ("mcp-protocol-version", "2025-11-25"),
    ] {
        let mut request = call();
        request.headers_mut().insert(header, value.parse().unwrap());
        let answer = send(request).await;
        assert_eq!((answer.status, answer.error_code()), (400, -32020), "{header}: {value}");
    }
    for header in ["mcp-method", "mcp-name", "mcp-protocol-version"] {
        let mut request = call();
        request.headers_mut().remove(header);
        assert_eq!(send(request).await.error_code(), -32020, "without {header}");
    }
    let mut request = call();
    request.headers_mut().insert("mcp-name", "=?base64?c3BlZWQ=?=".parse().unwrap());
    assert_eq!(send(request).await.status, 200);
}

#[tokio::test]
async fn a_batch_is_refused() {
    let answer = send(post(
        r#"[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]"#,
        &[("mcp-protocol-version", "2026-07-28")],
    ))
    .await;
    assert_eq!((answer.status, answer.error_code()), (400, -32600));
    assert!(answer.json().get("id").is_none());
}

#[tokio::test]
async fn a_response_from_a_client_is_refused_and_a_notification_taken() {
    let version = [("mcp-protocol-version", "2026-07-28")];
    assert_eq!(send(post(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, &version)).await.status, 400);
    let taken = send(post(r#"{"jsonrpc":"2.0","method":"notifications/anything"}"#, &version)).await;
    assert_eq!((taken.status, taken.text.as_str()), (202, ""));
    let wrong = [version[0], ("mcp-method", "notifications/other")];
    assert_eq!(
        send(post(r#"{"jsonrpc":"2.0","method":"notifications/anything"}"#, &wrong)).await.error_code(),
        -32020
    );
}

/// The two rounds of the tool that asks for a name.
async fn ask(host: Desk, caller: &str) -> String {
    let mut request = newest("tools/call", json!({ "name": "greet" }));
    request.headers_mut().insert("x-caller", caller.parse().unwrap());
    let asked = read(server().handle(host, request).await).await.json();
    let result = &asked["result"];
    assert_eq!(result["resultType"], "input_required");
    assert_eq!(result["inputRequests"]["who"]["method"], "elicitation/create");
    assert_eq!(result["inputRequests"]["who"]["params"]["requestedSchema"]["required"], json!(["name"]));
    result["requestState"].as_str().unwrap().to_owned()
}

async fn bring(host: Desk, caller: &str, state: &str, arguments: Value) -> Value {
    let mut request = newest(
        "tools/call",
        json!({
            "name": "greet", "arguments": arguments, "requestState": state,
            "inputResponses": { "who": { "action": "accept", "content": { "name": "Ada" } } }
        }),
    );
    request.headers_mut().insert("x-caller", caller.parse().unwrap());
    read(server().handle(host, request).await).await.json()
}

#[tokio::test]
async fn a_tool_asks_and_goes_on_where_it_was() {
    let state = ask(Desk::default(), "ada").await;
    let done = bring(Desk::default(), "ada", &state, json!({})).await;
    assert_eq!(done["result"]["content"][0]["text"], "Hello, Ada (1).");
}

#[tokio::test]
async fn a_state_that_was_changed_kept_or_stolen_is_refused() {
    let state = ask(Desk { now_ms: 0 }, "ada").await;
    let late = Desk { now_ms: 10 * 60 * 1000 };
    for (host, caller, state) in [
        (Desk::default(), "ada", format!("{state}x")),
        (Desk::default(), "ada", state.replace('.', ".A")),
        (Desk::default(), "ada", "no state".to_owned()),
        (Desk::default(), "eve", state.clone()),
        (late, "ada", state),
    ] {
        assert_eq!(bring(host, caller, &state, json!({})).await["error"]["code"], -32602);
    }
}

#[tokio::test]
async fn answers_that_are_none_are_refused() {
    for wrong in [json!(null), json!(5), json!([]), json!({ "who": 5 })] {
        let answer = send(newest("tools/call", json!({ "name": "greet", "inputResponses": wrong }))).await;
        assert_eq!(answer.error_code(), -32602, "{wrong}");
    }
}

#[tokio::test]
async fn a_client_that_cannot_be_asked_is_told_what_it_lacks() {
    let answer = send(newest(
        "tools/call",
        json!({
            "name": "greet", "_meta": { "io.modelcontextprotocol/clientCapabilities": {} }
        }),
    ))
    .await;
    assert_eq!((answer.status, answer.error_code()), (400, -32021));
    assert_eq!(answer.json()["error"]["data"]["requiredCapabilities"], json!({ "elicitation": {} }));
}
