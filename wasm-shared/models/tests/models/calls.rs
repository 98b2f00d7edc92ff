//! Calls of a provider: what comes back, and what a caller is told when nothing does.

use models::{Event, Failure, Kind, Reply, Request, Stop};
use platform_native::memory::World;
use serde_json::json;

use crate::double::{Answer, BOUND, Double, KEY, KEYED, PROTOCOLS, end, models, payer, says};

async fn complete(world: &World, request: &Request) -> Result<Reply, Failure> {
    let platform = world.platform();
    let model = models(&platform).await.choose(None).unwrap();
    model.complete(&platform, &payer(1_000_000), request).await
}

async fn stream(world: &World, request: &Request) -> (String, Result<Reply, Failure>) {
    let platform = world.platform();
    let model = models(&platform).await.choose(None).unwrap();
    let mut stream = match model.stream(&platform, &payer(1_000_000), request).await {
        Ok(stream) => stream,
        Err(failure) => return (String::new(), Err(failure)),
    };
    let mut text = String::new();
    loop {
        match stream.next().await.unwrap() {
            Ok(Event::Text(more)) => text.push_str(&more),
            Ok(Event::Call(_)) => {}
            Ok(Event::Done(reply)) => {
                assert!(stream.next().await.is_none());
                return (text, Ok(*reply));
            }
            Err(failure) => return (text, Err(failure)),
        }
    }
}

fn hello() -> Request {
    Request::new("You are brief.").user("Say hello.").max_tokens(100)
}

/// A stream of a protocol that says this and ends, or does not.
pub(crate) fn events(protocol: &str, pieces: &[&str], ends: bool) -> String {
    let mut events = Vec::new();
    match protocol {
        "anthropic" => {
            events.push(json!({"type": "message_start", "message": {"id": "m1", "model": "claude-of-today", "content": [],
                "usage": {"input_tokens": 7, "output_tokens": 1}}}));
            events.push(json!({"type": "ping"}));
            events.push(json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}));
            for text in pieces {
                events.push(json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}));
            }
            if ends {
                events.push(json!({"type": "content_block_stop", "index": 0}));
                events.push(json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}}));
                events.push(json!({"type": "message_stop"}));
            }
        }
        "google" => {
            for text in pieces {
                events
                    .push(json!({"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}}],
                    "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 5}}));
            }
            if ends {
                events.push(json!({"candidates": [{"content": {"role": "model", "parts": []}, "finishReason": "STOP"}],
                    "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 5}}));
            }
        }
        _ => {
            for text in pieces {
                events.push(json!({"id": "m1", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]}));
            }
            if ends {
                events.push(
                    json!({"id": "m1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
                );
                events.push(
                    json!({"id": "m1", "choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5}}),
                );
            }
        }
    }
    let written: Vec<String> = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    let mut text = written.concat();
    if ends && (protocol == "openai" || protocol == BOUND) {
        text.push_str("data: [DONE]\n\n");
    }
    text
}

#[tokio::test]
async fn every_provider_answers_in_the_same_shape() {
    for protocol in PROTOCOLS {
        let double =
            Double::with([Answer::Json(200, says(protocol, "Grüß Gott, 世界", end(protocol), (7, 5)))]).await;
        let reply = complete(&double.world(protocol), &hello()).await.unwrap();
        assert_eq!(reply.turn.text, "Grüß Gott, 世界", "{protocol}");
        assert_eq!((reply.stop, reply.tokens.input, reply.tokens.output), (Stop::End, 7, 5), "{protocol}");
        assert_eq!((reply.provider.as_str(), reply.id.as_deref()), (protocol, Some("m1")));
        let head = &double.asked()[0].head;
        if protocol == BOUND {
            assert!(head.starts_with("POST /run/@cf/") && !head.contains(KEY), "{head}");
            continue;
        }
        let header = match protocol {
            "anthropic" => "x-api-key: ",
            "google" => "x-goog-api-key: ",
            _ => "authorization: Bearer ",
        };
        assert!(
            head.contains(&format!("{header}{KEY}")) && !head.lines().next().unwrap().contains(KEY),
            "{head}"
        );
    }
}

#[tokio::test]
async fn a_stream_gives_the_text_in_pieces_and_then_the_whole_turn() {
    for protocol in PROTOCOLS {
        let double =
            Double::with([Answer::Events(events(protocol, &["Grüß ", "Gott, ", "世界"], true))]).await;
        let (text, reply) = stream(&double.world(protocol), &hello()).await;
        let reply = reply.unwrap();
        assert_eq!(
            (text.as_str(), reply.turn.text.as_str()),
            ("Grüß Gott, 世界", "Grüß Gott, 世界"),
            "{protocol}"
        );
        assert_eq!((reply.stop, reply.tokens.input, reply.tokens.output), (Stop::End, 7, 5), "{protocol}");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_an_error_and_never_a_short_answer() {
    for protocol in PROTOCOLS {
        for answer in [
            Answer::Events(events(protocol, &["half an"], false)),
            Answer::CutEvents(events(protocol, &["half an"], false)),
        ] {
            let double = Double::with([answer]).await;
            let (text, reply) = stream(&double.world(protocol), &hello()).await;
            assert_eq!(text, "half an", "{protocol}");
            assert_eq!(reply.unwrap_err().kind, Kind::Broken, "{protocol}");
            assert_eq!(double.asked().len(), 1, "{protocol}: what was begun is not asked again");
        }
    }
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_read_all_the_same() {
    for protocol in PROTOCOLS {
        let double = Double::with([Answer::Json(200, says(protocol, "Hello.", end(protocol), (7, 5)))]).await;
        let (text, reply) = stream(&double.world(protocol), &hello()).await;
        assert_eq!((text.as_str(), reply.unwrap().turn.text.as_str()), ("Hello.", "Hello."), "{protocol}");
    }
}

#[tokio::test]
async fn a_provider_that_is_overloaded_is_asked_three_times() {
    for protocol in PROTOCOLS {
        for (status, kind) in [(529, Kind::Overloaded), (503, Kind::Overloaded), (429, Kind::RateLimited)] {
            let busy = Answer::Json(status, json!({"error": {"message": "busy"}}));
            let double = Double::with([
                busy.clone(),
                busy.clone(),
                Answer::Json(200, says(protocol, "Hello.", end(protocol), (7, 5))),
            ])
            .await;
            assert_eq!(
                complete(&double.world(protocol), &hello()).await.unwrap().turn.text,
                "Hello.",
                "{protocol}"
            );
            let double = Double::with([busy.clone(), busy.clone(), busy.clone(), busy]).await;
            let (_, failed) = stream(&double.world(protocol), &hello()).await;
            assert_eq!((failed.unwrap_err().kind, double.asked().len()), (kind, 3), "{protocol}");
        }
    }
}

#[tokio::test]
async fn a_provider_that_wants_a_long_pause_is_not_waited_for_and_the_caller_is_told_how_long() {
    let later = Answer::Later(429, "120", json!({"error": {"message": "slow down"}}));
    let double = Double::with([later]).await;
    let failure = complete(&double.world("openai"), &hello()).await.unwrap_err();
    assert_eq!((failure.kind, failure.retry_after.unwrap().as_secs()), (Kind::RateLimited, 120));
    assert_eq!(double.asked().len(), 1);
    let later = Answer::Later(529, "2", json!({"error": {"message": "slow down"}}));
    let double =
        Double::with([later, Answer::Json(200, says("anthropic", "Hello.", "end_turn", (7, 5)))]).await;
    assert_eq!(complete(&double.world("anthropic"), &hello()).await.unwrap().turn.text, "Hello.");
}

#[tokio::test]
async fn a_refused_key_is_the_operators_affair_and_neither_errors_nor_logs_hold_it() {
    let told = format!("Incorrect API key provided: {KEY}");
    for protocol in PROTOCOLS {
        for (status, body) in [
            (401, json!({"error": {"message": told, "type": "authentication_error"}})),
            (403, json!({"error": {"message": told}})),
            (400, json!({"error": {"message": told, "details": [{"reason": "API_KEY_INVALID"}]}})),
        ] {
            let double = Double::with([Answer::Json(status, body)]).await;
            let world = double.world(protocol);
            let failure = complete(&world, &hello()).await.unwrap_err();
            assert_eq!((failure.kind, double.asked().len()), (Kind::Key, 1), "{protocol}");
            let all = format!("{failure:?} {:?} {:?}", world.log_lines(), models(&world.platform()).await);
            assert!(!all.contains(KEY) && all.contains("did not answer"), "{all}");
        }
    }
}

#[tokio::test]
async fn a_provider_that_repeats_its_key_in_another_error_gives_none_of_it_away() {
    for protocol in KEYED {
        let body =
            json!({"error": {"message": format!("bad request with {KEY}"), "type": "invalid_request_error"}});
        let double = Double::with([
            Answer::Json(400, body.clone()),
            Answer::Events(format!("data: {{\"type\":\"error\",\"error\":{}}}\n\n", body["error"])),
        ])
        .await;
        let world = double.world(protocol);
        let failure = complete(&world, &hello()).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Rejected, "{protocol}");
        assert!(failure.detail.contains("bad request with [key]"), "{failure}");
        let (_, failed) = stream(&world, &hello()).await;
        let all = format!("{:?} {:?}", failed.unwrap_err(), world.log_lines());
        assert!(!all.contains(KEY), "{protocol}: {all}");
    }
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_stream_is_told() {
    let begun = events("anthropic", &["Let me"], false);
    let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let double = Double::with([Answer::Events(format!("{begun}{error}"))]).await;
    let (text, failed) = stream(&double.world("anthropic"), &hello()).await;
    assert_eq!((text.as_str(), failed.unwrap_err().kind), ("Let me", Kind::Overloaded));
}

#[tokio::test]
async fn what_is_no_reply_is_unreadable() {
    for protocol in PROTOCOLS {
        for answer in [
            Answer::Text("<html>welcome</html>"),
            Answer::Json(200, json!({})),
            Answer::Json(200, json!([1])),
        ] {
            let double = Double::with([answer.clone()]).await;
            assert_eq!(
                complete(&double.world(protocol), &hello()).await.unwrap_err().kind,
                Kind::Unreadable,
                "{protocol}"
            );
        }
        let double = Double::with([Answer::Events("data: {not json\n\n".to_owned())]).await;
        let (_, failed) = stream(&double.world(protocol), &hello()).await;
        assert_eq!(failed.unwrap_err().kind, Kind::Unreadable, "{protocol}");
    }
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_given_up_at_the_deadline() {
    for protocol in PROTOCOLS {
        let double = Double::with([Answer::Nothing, Answer::Nothing]).await;
        let world = double.world(protocol);
        assert_eq!(complete(&world, &hello()).await.unwrap_err().kind, Kind::TimedOut, "{protocol}");
        let (_, failed) = stream(&world, &hello()).await;
        assert_eq!(failed.unwrap_err().kind, Kind::TimedOut, "{protocol}");
    }
}

#[tokio::test]
async fn an_address_where_nobody_is_is_told() {
    let double = Double::with([]).await;
    let providers = json!({"gone": {"protocol": "openai", "url": "http://127.0.0.1:1/v1", "model": "m"}});
    let world = double.world("openai").with_variable("MODEL_PROVIDERS", &providers.to_string());
    assert_eq!(complete(&world, &hello()).await.unwrap_err().kind, Kind::Unreachable);
}
