use axum::{Router, body::Body};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use platform_native::memory::World;
use serde_json::{Value, json};
use tower_service::Service as _;
use web::Caller;

use crate::double::{Answer, Double};

/// A deployment with a scripted provider, and somebody who asks it.
pub(crate) struct Service {
    app: Router,
    pub(crate) double: Double,
    pub(crate) world: World,
}

impl Service {
    /// Of a protocol, with what the model does.
    pub(crate) async fn of(protocol: &str, script: impl IntoIterator<Item = Answer>) -> Self {
        let double = Double::with(script).await;
        let world = double.world(protocol);
        Self::in_world(world, double).await
    }

    pub(crate) async fn in_world(world: World, double: Double) -> Self {
        let platform = world.platform();
        let snapshot = network_data::demo::snapshot().unwrap();
        snapshot_store::publish(&platform, snapshot).await.unwrap();
        let app = web::app(<ask::Function as platform::Application>::routes(), platform);
        Self { app, double, world }
    }

    /// Asks, and gives the status and the body.
    pub(crate) async fn post(&mut self, body: &Value, accept: &str, caller: Caller) -> (StatusCode, String) {
        let mut request = Request::post("/ask")
            .header("content-type", "application/json")
            .header("accept", accept)
            .body(Body::from(body.to_string()))
            .unwrap();
        request.extensions_mut().insert(caller);
        let response = self.app.call(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// The answer to a question that is answered.
    pub(crate) async fn ask(&mut self, body: &Value) -> Value {
        let (status, body) = self.post(body, "application/json", Caller::operator()).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_str(&body).unwrap()
    }
}

/// A turn of a model that calls tools, in `OpenAI`'s form.
pub(crate) fn calls(calls: &[(&str, &str, Value)]) -> Answer {
    let calls: Vec<Value> = calls
        .iter()
        .map(|(id, name, arguments)| {
            json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments.to_string()}})
        })
        .collect();
    Answer::Json(
        200,
        json!({
            "id": "m1", "model": "gpt-of-today",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": null, "tool_calls": calls}, "finish_reason": "tool_calls"}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 10},
        }),
    )
}

/// A turn that says something.
pub(crate) fn says(text: &str) -> Answer {
    Answer::Json(200, crate::double::says("openai", text, "stop", (100, 10)))
}
