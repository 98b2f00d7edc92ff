//! An answer while it is made.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use asking::{Answer, Asking, shown};
use axum::response::Response;
use futures_core::Stream;
use models::{Failure, Happening, Payer};
use platform::Platform;
use serde_json::json;
use web::{
    Problem,
    events::{Bounds, Event, reply},
};

/// A stream of what happens, and at the end the answer or why there is none.
pub(crate) fn events(platform: &Platform, asking: Asking, payer: Payer) -> Response {
    let found = Found::default();
    let told = found.clone();
    let working = platform.clone();
    let work = Box::pin(async move {
        let mut tell = |happening: Happening<'_>| told.push(event(happening));
        asking.answer(&working, &payer, true, &mut tell).await
    });
    let stream = Answering { platform: platform.clone(), work: Some(work), found, number: 0 };
    reply(platform, stream, Bounds::default())
}

/// Events that were not sent yet.
#[derive(Clone, Default)]
struct Found(Arc<Mutex<VecDeque<Event>>>);

impl Found {
    fn push(&self, event: Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(event);
    }

    fn pop(&self) -> Option<Event> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

type Working = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send>>;

/// Works while its events are read; dropping it ends the work.
struct Answering {
    platform: Platform,
    work: Option<Working>,
    found: Found,
    number: u64,
}

impl Stream for Answering {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        if let Some(work) = &mut self.work
            && let Poll::Ready(answered) = work.as_mut().poll(context)
        {
            self.work = None;
            let last = last(&self.platform, answered);
            self.found.push(last);
        }
        match self.found.pop() {
            Some(event) => {
                self.number += 1;
                Poll::Ready(Some(Event { id: Some(self.number), ..event }))
            }
            None if self.work.is_none() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

fn event(happening: Happening<'_>) -> Event {
    let (event, data) = match happening {
        Happening::Step(step) => ("step", json!({"step": step})),
        Happening::Text(text) => ("text", json!({"text": text})),
        Happening::Call(call) => {
            ("tool_call", json!({"id": call.id, "tool": call.name, "arguments": call.arguments}))
        }
        Happening::Result(made) => ("tool_result", shown(made)),
    };
    Event { id: None, event: event.into(), data }
}

fn last(platform: &Platform, answered: Result<Answer, Failure>) -> Event {
    match answered {
        Ok(answer) => Event { id: None, event: "answer".into(), data: answer.json },
        Err(failure) => {
            if let Some(cause) = &failure.cause {
                web::log::warning(platform, "a question was not answered", Some(cause));
            }
            let problem = Problem::from(failure);
            Event {
                id: None,
                event: "error".into(),
                data: serde_json::to_value(&problem).unwrap_or_default(),
            }
        }
    }
}
