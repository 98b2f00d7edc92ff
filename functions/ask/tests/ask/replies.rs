//! The forms of an answer, and what is told where there is none.

use platform_native::memory::World;
use serde_json::{Value, json};
use web::Caller;

use crate::{
    common::{Service, calls, says},
    double::{Answer, Double, KEY},
};

fn events(body: &str) -> Vec<(String, Value)> {
    let blocks = body.split("\n\n").filter(|block| block.contains("event: "));
    blocks
        .map(|block| {
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            (field("event: ").to_owned(), serde_json::from_str(field("data: ")).unwrap())
        })
        .collect()
}

fn stream(pieces: &[Value]) -> Answer {
    let text: Vec<String> = pieces.iter().map(|piece| format!("data: {piece}\n\n")).collect();
    Answer::Events(text.concat() + "data: [DONE]\n\n")
}

#[tokio::test]
async fn an_answer_can_be_followed_while_it_is_made() {
    let call = |delta: Value| json!({"choices": [{"index": 0, "delta": delta}]});
    let script = [
        stream(&[
            call(json!({"content": "Let me see."})),
            call(
                json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "provide_plot", "arguments": "{\"series\":"}}]}),
            ),
            call(json!({"tool_calls": [{"index": 0, "function": {"arguments": "[\"circ_supply\"]}"}}]})),
            json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
        ]),
        stream(&[
            call(json!({"content": "See "})),
            call(json!({"content": "below."})),
            json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
            json!({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 6}}),
        ]),
    ];
    let mut service = Service::of("openai", script).await;
    let (status, body) =
        service.post(&json!({"question": "Draw it."}), "text/event-stream", Caller::operator()).await;
    assert_eq!(status, 200);
    let events = events(&body);
    let names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["step", "text", "tool_call", "tool_result", "step", "text", "text", "answer"],
        "{body}"
    );
    assert_eq!(events[2].1["arguments"], json!({"series": ["circ_supply"]}));
    let answer = &events[7].1;
    assert_eq!((&answer["answer"], &answer["ended"]), (&json!("See below."), &json!("answered")));
    assert_eq!(answer["charts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_stream_that_fails_ends_with_a_problem() {
    let mut service = Service::of("openai", [Answer::Json(401, json!({"error": {"message": KEY}}))]).await;
    let (status, body) =
        service.post(&json!({"question": "?"}), "text/event-stream", Caller::operator()).await;
    assert_eq!(status, 200);
    let events = events(&body);
    let (name, problem) = events.last().unwrap();
    assert_eq!(
        (name.as_str(), &problem["code"], &problem["status"]),
        ("error", &json!("MODEL_KEY_REFUSED"), &json!(502))
    );
    assert!(!format!("{body}{:?}", service.world.log_lines()).contains(KEY));
}

#[tokio::test]
async fn without_a_model_the_answer_says_how_to_set_one() {
    let double = Double::with([]).await;
    let mut service = Service::in_world(World::default(), double).await;
    for accept in ["application/json", "text/event-stream"] {
        let (status, body) =
            service.post(&json!({"question": "How much?"}), accept, Caller::operator()).await;
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("NO_MODEL")), "{body}");
        assert!(body.contains("ANTHROPIC_API_KEY") && body.contains("docs/models.md"), "{body}");
    }
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named() {
    let mut service = Service::of("openai", []).await;
    let body = json!({"qestion": "?", "history": [{"role": "system", "content": "x"}], "max_steps": 0, "tools": "all", "model": 5});
    let (status, body) = service.post(&body, "application/json", Caller::operator()).await;
    assert_eq!(status, 422);
    for pointer in ["/qestion", "/question", "/history", "/max_steps", "/tools", "/model"] {
        assert!(body.contains(&format!("\"{pointer}\"")), "{pointer}: {body}");
    }
    assert!(body.contains("did you mean"), "{body}");
}

#[tokio::test]
async fn what_was_said_before_goes_to_the_model_in_its_order() {
    let mut service = Service::of("openai", [says("More.")]).await;
    let history =
        json!([{"role": "user", "content": "How much?"}, {"role": "assistant", "content": "Much."}]);
    service.ask(&json!({"question": "And then?", "history": history})).await;
    let messages = service.double.asked()[0].body["messages"].clone();
    let roles: Vec<_> =
        messages.as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "user"]);
    assert!(messages[3]["content"].as_str().unwrap().contains("And then?"));
}

#[tokio::test]
async fn a_key_without_a_budget_is_told_so_before_anything_is_asked() {
    let call = ("a", "provide_plot", json!({"series": ["circ_supply"]}));
    let mut service = Service::of("openai", [calls(&[call]), says("never")]).await;
    let caller = Caller { who: access_who(), tokens_per_day: Some(0), ..Caller::operator() };
    let (status, body) = service.post(&json!({"question": "?"}), "application/json", caller).await;
    assert_eq!(status, 429, "{body}");
    assert!(body.contains("TOKEN_BUDGET_EXCEEDED"), "{body}");
    assert_eq!(service.double.asked().len(), 0);
}

fn access_who() -> access::Who {
    access::Who::Key { id: "k1".to_owned() }
}
