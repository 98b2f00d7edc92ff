use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::Response;
use platform::{Answer, Inference, OutsideError, Provides};
use worker::{
    Ai,
    js_sys::{Function, JSON, Object, Promise, Reflect},
    wasm_bindgen::{JsCast as _, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys,
};

use super::{
    Bindings,
    http_client::{Abort, until_read},
    on_this_thread,
};

fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("inference", error)
}

fn thrown(error: JsValue) -> OutsideError {
    failed(worker::Error::from(error))
}

/// The binding `AI`. `worker::Ai::run` gives no status and no stream: this asks for the reply itself.
struct WorkersAi(Ai);

impl Provides<dyn Inference> for Bindings {
    fn provide(&self) -> Option<Arc<dyn Inference>> {
        self.0.ai("AI").ok().map(|ai| Arc::new(WorkersAi(ai)) as Arc<dyn Inference>)
    }
}

impl Inference for WorkersAi {
    fn run<'a>(&'a self, model: &'a str, input: Bytes) -> Answer<'a, Response<Body>> {
        on_this_thread(async move {
            let abort = Abort::default();
            let options = Object::new();
            for (name, value) in [("returnRawResponse", &JsValue::TRUE), ("signal", &abort.signal())] {
                Reflect::set(&options, &JsValue::from_str(name), value).map_err(thrown)?;
            }
            let input = JSON::parse(std::str::from_utf8(&input).map_err(failed)?).map_err(thrown)?;
            let binding = self.0.as_ref();
            let run = Reflect::get(binding, &JsValue::from_str("run")).map_err(thrown)?;
            let run: Function = run.dyn_into().map_err(thrown)?;
            let reply = run.call3(binding, &JsValue::from_str(model), &input, &options).map_err(thrown)?;
            let reply: Promise = reply.dyn_into().map_err(thrown)?;
            let reply = JsFuture::from(reply).await.map_err(thrown)?;
            let reply: web_sys::Response = reply.dyn_into().map_err(thrown)?;
            let reply: Response<worker::Body> = worker::Response::from(reply).try_into().map_err(failed)?;
            Ok(until_read(reply, abort))
        })
    }
}
