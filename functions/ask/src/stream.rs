//! An answer while it is made.

use asking::{Asking, shown};
use axum::response::Response;
use models::{Happening, Payer};
use platform::Platform;
use serde_json::json;
use web::{
    Problem,
    events::{Bounds, Event, Teller, reply, telling},
};

/// A stream of what happens, and at the end the answer or why there is none.
pub(crate) fn events(platform: &Platform, asking: Asking, payer: Payer) -> Response {
    let working = platform.clone();
    let stream = telling(|teller| async move {
        let mut tell = |happening: Happening<'_>| told(&teller, happening);
        match asking.answer(&working, &payer, true, &mut tell).await {
            Ok(answer) => Event { id: None, event: "answer".into(), data: answer.json },
            Err(failure) => {
                if let Some(cause) = &failure.cause {
                    web::log::warning(&working, "a question was not answered", Some(cause));
                }
                Event { id: None, event: "error".into(), data: json!(Problem::from(failure)) }
            }
        }
    });
    reply(platform, stream, Bounds::default())
}

fn told(teller: &Teller, happening: Happening<'_>) {
    match happening {
        Happening::Step(step) => teller.tell("step", json!({"step": step})),
        Happening::Text(text) => teller.tell("text", json!({"text": text})),
        Happening::Call(call) => {
            teller.tell("tool_call", json!({"id": call.id, "tool": call.name, "arguments": call.arguments}));
        }
        Happening::Result(made) => teller.tell("tool_result", shown(made)),
    }
}
