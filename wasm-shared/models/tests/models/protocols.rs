//! Workers AI's requests and replies, in both forms that its models have. Those of the others are judged by the vendors' own types, and
//! answered by a double that others wrote (`scripts/test-models`).
//!
//! The replies are those of the documentation: developers.cloudflare.com/workers-ai, `features/json-mode`,
//! `features/function-calling/traditional`, `platform/errors`, and of streams that were recorded.

use models::{
    Decoder, Event, Failure, Kind, Message, Protocol, Reply, Request, Stop, ToolResult, ToolSpec, protocol,
};
use serde_json::{Value, json};

const TARGET: protocol::Target<'_> = protocol::Target {
    provider: "workers-ai",
    url: "",
    key: None,
    model: "@cf/zai-org/glm-5.3-flash",
    max_tokens: 200,
    takes_temperature: true,
};

fn read(body: &Value) -> Reply {
    protocol::decode(Protocol::WorkersAi, &TARGET, body.to_string().as_bytes()).unwrap()
}

/// What the text of a stream and its end are.
fn stream(lines: &[Value], done: bool) -> (String, Result<Reply, Failure>) {
    let mut decoder = Decoder::new(Protocol::WorkersAi);
    let mut said = String::new();
    for line in lines {
        match decoder.feed(&TARGET, &line.to_string()) {
            Ok(events) => said.extend(events.into_iter().filter_map(|event| match event {
                Event::Text(text) => Some(text),
                _ => None,
            })),
            Err(failure) => return (said, Err(failure)),
        }
    }
    if done {
        decoder.done();
    }
    (said, decoder.finish(&TARGET))
}

fn question() -> Request {
    let mut request = Request::new("You are brief.").user("What is the weather in Paris?");
    request.tools = vec![ToolSpec {
        name: "weather".to_owned(),
        description: "The weather of a city.".to_owned(),
        schema: json!({"type": "object", "properties": {"city": {"type": "string"}}}),
    }];
    request
}

#[test]
fn an_input_is_a_chat_completion_without_the_models_name() {
    let wire = protocol::encode(Protocol::WorkersAi, &TARGET, &question(), true);
    assert_eq!((wire.url.as_str(), wire.headers.len()), ("", 0), "the binding knows the way");
    assert_eq!(
        wire.body,
        json!({
            "max_tokens": 200,
            "messages": [
                {"role": "system", "content": "You are brief."},
                {"role": "user", "content": "What is the weather in Paris?"},
            ],
            "tools": [{"type": "function", "function": {
                "name": "weather", "description": "The weather of a city.",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
            }}],
            "stream": true, "stream_options": {"include_usage": true},
        })
    );
}

#[test]
fn a_schema_stands_bare_and_is_not_streamed() {
    let schema = json!({"type": "object", "properties": {"name": {"type": "string"}}});
    let request = Request::new("").user("Name a city.").schema("city", schema.clone());
    let body = protocol::encode(Protocol::WorkersAi, &TARGET, &request, true).body;
    assert_eq!(body["response_format"], json!({"type": "json_schema", "json_schema": schema}));
    assert_eq!(body.get("stream"), None);
}

#[test]
fn what_older_models_answer_is_read() {
    let usage = json!({"prompt_tokens": 26, "completion_tokens": 9, "total_tokens": 35});
    let reply = read(&json!({"response": "It is sunny.", "usage": usage}));
    assert_eq!((reply.turn.text.as_str(), reply.stop, reply.tokens.total()), ("It is sunny.", Stop::End, 35));
    assert_eq!(reply.model, TARGET.model);
    // In JSON mode the answer is a value.
    let reply = read(&json!({"response": {"name": "India", "capital": "New Delhi"}, "usage": usage}));
    assert_eq!(reply.turn.text, r#"{"capital":"New Delhi","name":"India"}"#);
    let reply = read(&json!({
        "response": null,
        "tool_calls": [{"name": "weather", "arguments": {"city": "Paris"}}, {"name": "time", "arguments": "{\"city\":\"Rome\"}"}],
    }));
    let calls: Vec<_> =
        reply.turn.calls.iter().map(|call| (call.name.as_str(), &call.arguments["city"])).collect();
    assert_eq!(calls, [("weather", &json!("Paris")), ("time", &json!("Rome"))]);
    assert_eq!(reply.stop, Stop::Tools);
    assert_ne!(reply.turn.calls[0].id, reply.turn.calls[1].id, "each call has a name of its own");
}

#[test]
fn what_newer_models_answer_is_read() {
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": {"city": "Paris"}}});
    let reply = read(&json!({
        "id": "id-1", "object": "chat.completion", "created": 1, "model": "@cf/zai-org/glm-5.3-flash",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "logprobs": null,
                     "message": {"role": "assistant", "content": null, "reasoning_content": "Hm.", "tool_calls": [call]}}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10, "neurons": 0.2},
    }));
    assert_eq!((reply.stop, reply.tokens.total(), reply.id.as_deref()), (Stop::Tools, 10, Some("id-1")));
    assert_eq!(reply.turn.calls[0].arguments["city"], "Paris", "arguments may be a value");
}

#[test]
fn a_stream_of_an_older_model_ends_with_its_mark() {
    let lines = [
        json!({"response": "It is ", "p": "abc"}),
        json!({"response": "sunny."}),
        json!({"response": "", "usage": {"prompt_tokens": 26, "completion_tokens": 9}}),
    ];
    let (said, reply) = stream(&lines, true);
    let reply = reply.unwrap();
    assert_eq!(
        (said.as_str(), reply.turn.text.as_str(), reply.tokens.total()),
        ("It is sunny.", "It is sunny.", 35)
    );
    assert_eq!(stream(&lines, false).1.unwrap_err().kind, Kind::Broken);
}

#[test]
fn a_stream_of_a_newer_model_counts_what_its_last_line_says() {
    let chunk = |delta: Value, stop: Value, usage: u64| {
        json!({"id": "id-1", "object": "chat.completion.chunk", "model": "@cf/zai-org/glm-5.3-flash",
               "choices": [{"index": 0, "delta": delta, "finish_reason": stop, "logprobs": null}],
               "usage": {"prompt_tokens": 0, "completion_tokens": usage, "total_tokens": usage}})
    };
    let call =
        |id: Value, function: Value| json!({"tool_calls": [{"index": 0, "id": id, "function": function}]});
    let lines = [
        chunk(json!({"role": "assistant", "content": ""}), Value::Null, 0),
        chunk(json!({"reasoning_content": "Hm."}), Value::Null, 2),
        chunk(json!({"content": "Let me see."}), Value::Null, 3),
        chunk(call(json!("call_1"), json!({"name": "weather", "arguments": "{\"city\":"})), Value::Null, 2),
        chunk(call(Value::Null, json!({"arguments": "\"Paris\"}"})), Value::Null, 2),
        chunk(json!({}), json!("tool_calls"), 0),
        json!({"id": "id-1", "choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 0}}),
        json!({"response": "", "usage": {"prompt_tokens": 26, "completion_tokens": 9}}),
    ];
    let (said, reply) = stream(&lines, true);
    let reply = reply.unwrap();
    assert_eq!((said.as_str(), reply.tokens.input, reply.tokens.output), ("Let me see.", 26, 9));
    assert_eq!((reply.turn.calls.len(), &reply.turn.calls[0].arguments["city"]), (1, &json!("Paris")));
    // Without its reason to stop it was broken off, whatever the connection says.
    assert_eq!(stream(&lines[..5], true).1.unwrap_err().kind, Kind::Broken);
}

#[test]
fn a_stream_of_calls_ends_with_one_that_is_none() {
    let lines = [
        json!({"response": null, "tool_calls": [{"id": "c1", "type": "function", "index": 0, "function": {"name": "weather", "arguments": ""}}]}),
        json!({"response": null, "tool_calls": [{"index": 0, "function": {"arguments": "{\"city\":\"Paris\"}"}}]}),
        json!({"response": null, "tool_calls": [{"id": null, "type": null, "index": 0, "function": {"name": null, "arguments": ""}}]}),
    ];
    let (_, reply) = stream(&lines, true);
    let turn = reply.unwrap().turn;
    assert_eq!((turn.calls.len(), &turn.calls[0].arguments["city"]), (1, &json!("Paris")), "{turn:?}");
}

#[test]
fn its_errors_are_those_of_the_other_providers() {
    let fault = |status: u16, body: &Value| {
        let status = http::StatusCode::from_u16(status).unwrap();
        protocol::fault(&TARGET, status, &http::HeaderMap::new(), body.to_string().as_bytes())
    };
    let told = |code: u64, what: &str| json!({"internalCode": code, "name": "AiError", "description": what});
    for (status, body, kind) in [
        (429, told(3036, "You have used up your daily free allocation of 10,000 neurons"), Kind::RateLimited),
        (500, told(3040, "No more data centers to forward the request to"), Kind::RateLimited),
        (400, told(5007, "No such model @cf/x/y or task"), Kind::Rejected),
        (403, told(5016, "Model agreement"), Kind::Key),
        (408, told(3007, "Request timeout"), Kind::Overloaded),
        (
            400,
            json!({"errors": [{"code": 5006, "message": "Error: oneOf at '/' not met"}], "success": false}),
            Kind::Rejected,
        ),
        (
            429,
            json!({"errors": [{"code": 3040, "message": "Capacity temporarily exceeded"}]}),
            Kind::RateLimited,
        ),
    ] {
        assert_eq!(fault(status, &body).kind, kind, "{body}");
    }
    let detail =
        fault(400, &json!({"errors": [{"code": 5006, "message": "Error: oneOf at '/' not met"}]})).detail;
    assert!(detail.contains("oneOf"), "{detail}");
    let (said, failed) = stream(
        &[json!({"response": "It"}), json!({"errors": [{"code": 3040, "message": "Capacity"}]})],
        true,
    );
    assert_eq!((said.as_str(), failed.unwrap_err().kind), ("It", Kind::RateLimited));
}

#[test]
fn what_is_none_of_both_forms_is_unreadable() {
    for body in [json!({}), json!([1]), json!("no"), json!({"choices": []}), json!({"response": null})] {
        let failed = protocol::decode(Protocol::WorkersAi, &TARGET, body.to_string().as_bytes()).unwrap_err();
        assert_eq!(failed.kind, Kind::Unreadable, "{body}");
    }
    // Members of a wrong kind are no reason to panic.
    for body in [
        json!({"choices": "x"}),
        json!({"choices": [{"message": {"tool_calls": ["x", {"function": 7}]}}]}),
        json!({"tool_calls": [1, "x", {"name": 7, "arguments": [1]}]}),
    ] {
        let _ = protocol::decode(Protocol::WorkersAi, &TARGET, body.to_string().as_bytes());
        let _ = stream(&[body], true);
    }
}

#[test]
fn what_tools_gave_goes_back_in_its_turn() {
    let mut request = question();
    let reply = read(&json!({"tool_calls": [{"name": "weather", "arguments": {"city": "Paris"}}]}));
    let id = reply.turn.calls[0].id.clone();
    request.messages.push(Message::Model(reply.turn));
    request.messages.push(Message::Results(vec![ToolResult {
        id: id.clone(),
        name: "weather".to_owned(),
        content: "Sunny.".to_owned(),
        is_error: false,
    }]));
    let messages = protocol::encode(Protocol::WorkersAi, &TARGET, &request, false).body["messages"].clone();
    assert_eq!(messages[2]["content"], "", "null is refused");
    assert_eq!(messages[2]["tool_calls"][0]["function"]["arguments"], r#"{"city":"Paris"}"#);
    assert_eq!(messages[3], json!({"role": "tool", "tool_call_id": id, "content": "Sunny."}));
}
