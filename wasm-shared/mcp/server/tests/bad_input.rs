//! Whatever is sent, there is an answer, and it is the one the protocol prescribes.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use std::future::Future;

use common::{Answer, Desk, newest, post, read, send, server};

use http::Request;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Runs a future that does not wait for anything.
fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

fn answered(request: Request<Vec<u8>>) -> Answer {
    now(send(request))
}

#[test]
fn what_is_no_json_no_message_or_no_post_is_refused_with_its_status() {
    for (body, headers, status, code) in [
        ("{", vec![], 400, -32700),
        ("", vec![], 400, -32700),
        ("5", vec![], 400, -32600),
        ("{}", vec![], 400, -32600),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, vec![], 400, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#, vec![], 400, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":5}"#, vec![], 400, -32600),
        (
            r#"{"jsonrpc":"2.0","id":1,"id":1,"method":"ping"}"#,
            vec![("accept", "application/json")],
            400,
            -32600,
        ),
        ("{}", vec![("content-type", "text/plain")], 415, -32600),
        ("{}", vec![("accept", "text/html")], 406, -32600),
        ("{}", vec![("host", "evil.example")], 403, -32600),
        ("{}", vec![("origin", "https://evil.example")], 403, -32600),
    ] {
        let answer = answered(post(body, &headers));
        assert_eq!((answer.status, answer.error_code()), (status, code), "{body} {headers:?}");
    }
}

#[test]
fn an_argument_given_twice_is_told_to_the_model_and_nothing_is_computed() {
    let call = r#"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"speed","arguments":{"duration":2,"distance":1,"distance":2}}}"#;
    let answer = answered(post(call, &[("accept", "application/json")])).json();
    assert_eq!((&answer["id"], &answer["result"]["isError"]), (&json!(9), &json!(true)));
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("`distance` is given twice"), "{text}");
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let answer = answered(post(vec![b' '; (1 << 20) + 1], &[]));
    assert_eq!(answer.status, 413);
    assert_eq!(now(read(server().too_large())).status, 413);
}

#[test]
fn json_that_is_nested_without_end_is_refused() {
    assert_eq!(answered(post("[".repeat(100_000), &[])).error_code(), -32700);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z/_]{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "2.0",
            "tools/call",
            "tools/list",
            "speed",
            "initialize",
            "2026-07-28",
            "docs://guide"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any_key(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_key() -> impl Strategy<Value = String> {
    let known = vec![
        "jsonrpc",
        "id",
        "method",
        "params",
        "result",
        "error",
        "_meta",
        "name",
        "arguments",
        "uri",
        "cursor",
        "ref",
        "argument",
        "protocolVersion",
        "progressToken",
        "requestState",
        "inputResponses",
        "io.modelcontextprotocol/protocolVersion",
        "io.modelcontextprotocol/clientCapabilities",
    ];
    prop_oneof![prop::sample::select(known).prop_map(str::to_owned), "[a-z]{0,6}"]
}

/// Every answer with a body is JSON, or a stream of it, and is a JSON-RPC answer or a list of them.
fn check(answer: &Answer) -> Result<(), TestCaseError> {
    if answer.status == 202 {
        prop_assert!(answer.text.is_empty());
        return Ok(());
    }
    let messages = if answer.is_stream() { answer.events() } else { vec![answer.json()] };
    for message in messages
        .iter()
        .flat_map(|message| message.as_array().cloned().unwrap_or_else(|| vec![message.clone()]))
    {
        prop_assert_eq!(&message["jsonrpc"], "2.0");
        prop_assert!(message.get("result").is_some() != message.get("error").is_some(), "{}", message);
        if let Some(error) = message.get("error") {
            prop_assert!(error["code"].is_i64() && error["message"].is_string());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_get_an_answer(body in any::<Vec<u8>>()) {
        let answer = answered(post(body, &[]));
        check(&answer)?;
    }

    #[test]
    fn any_json_gets_an_answer(body in any_json(), version in prop::option::of(prop::sample::select(vec!["2026-07-28", "2025-11-25", "2025-03-26", "x"]))) {
        let headers: Vec<_> = version.map(|version| ("mcp-protocol-version", version)).into_iter().collect();
        check(&answered(post(body.to_string(), &headers)))?;
    }

    #[test]
    fn any_params_of_any_method_get_an_answer_with_the_id(
        method in prop::sample::select(vec!["tools/call", "tools/list", "prompts/get", "resources/read", "completion/complete", "server/discover"]),
        params in prop::collection::btree_map(any_key().prop_filter("is set below", |key| key != "_meta"), any_json(), 0..6),
    ) {
        let answer = answered(newest(method, Value::Object(params.into_iter().collect())));
        check(&answer)?;
        prop_assert_eq!(&answer.json()["id"], 7);
    }

    #[test]
    fn any_header_gets_an_answer(
        name in prop::sample::select(vec!["mcp-method", "mcp-name", "mcp-protocol-version", "accept", "content-type", "origin", "host", "mcp-session-id"]),
        value in any::<Vec<u8>>(),
    ) {
        let mut request = newest("tools/call", json!({ "name": "speed", "arguments": {} }));
        if let Ok(value) = http::HeaderValue::from_bytes(&value) {
            request.headers_mut().insert(name, value);
        }
        check(&now(async { read(server().handle(Desk::default(), request).await).await }))?;
    }
}
