//! Server-sent events: replies that tell what happens while it happens, and reading such replies of others.

use std::{
    borrow::Cow,
    collections::VecDeque,
    convert::Infallible,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, HeaderValue, header};
use http_body::Frame;
use platform::{OutsideError, Platform};
use sse_stream::{Sse, SseStream};

/// How often a stream without events sends a comment, so that no proxy takes the connection for dead.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// For how long a client waits before it connects again, in milliseconds.
const RETRY: &str = "retry: 2000\n\n";

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its number. A client that lost the connection sends the last one it saw: [`last_event_id`].
    pub id: Option<u64>,
    /// The kind of event, a word.
    pub event: Cow<'static, str>,
    /// What happened.
    pub data: serde_json::Value,
}

impl Event {
    fn write(&self) -> String {
        let id = self.id.map(|id| format!("id: {id}\n")).unwrap_or_default();
        // A line break would end the field.
        let event: String = self.event.chars().filter(|char| !char.is_control()).collect();
        format!("{id}event: {event}\ndata: {}\n\n", self.data)
    }
}

/// How long a stream of events goes on at most. Not every platform notices that a client went away, so none may go on for
/// ever; the client connects again and goes on where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// For so long.
    pub time: Duration,
    /// For so many events.
    pub events: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { time: Duration::from_mins(5), events: 10_000 }
    }
}

/// A reply that sends events as they come, until there are no more or a bound is reached. Needs the service
/// [`Sleep`](platform::Sleep).
pub fn reply(
    platform: &Platform,
    events: impl Stream<Item = Event> + Send + 'static,
    bounds: Bounds,
) -> Response {
    let body = EventBody {
        heartbeat: platform.sleep().sleep(HEARTBEAT),
        end: platform.sleep().sleep(bounds.time),
        platform: platform.clone(),
        events: Box::pin(events),
        left: bounds.events,
        begun: false,
    };
    let mut response = Response::new(Body::new(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx holds replies back otherwise.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// The number of the last event that a client saw before it connected again.
#[must_use]
pub fn last_event_id(headers: &HeaderMap) -> Option<u64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// Where work says what happens while it is done.
#[derive(Clone, Default)]
pub struct Teller(Arc<Mutex<VecDeque<Event>>>);

impl Teller {
    /// Something happened.
    pub fn tell(&self, event: &'static str, data: serde_json::Value) {
        self.push(Event { id: None, event: event.into(), data });
    }

    fn push(&self, event: Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(event);
    }

    fn pop(&self) -> Option<Event> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// The events that work tells, numbered from 1, and the one that it ends with. It works while its events are read; dropping the stream
/// ends the work.
pub fn telling<Work>(work: impl FnOnce(Teller) -> Work) -> impl Stream<Item = Event> + Send + 'static
where
    Work: Future<Output = Event> + Send + 'static,
{
    let teller = Teller::default();
    Telling { work: Some(Box::pin(work(teller.clone()))), teller, number: 0 }
}

struct Telling {
    work: Option<Pin<Box<dyn Future<Output = Event> + Send>>>,
    teller: Teller,
    number: u64,
}

impl Stream for Telling {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        if let Some(work) = &mut self.work
            && let Poll::Ready(last) = work.as_mut().poll(context)
        {
            self.work = None;
            self.teller.push(last);
        }
        match self.teller.pop() {
            Some(event) => {
                self.number += 1;
                Poll::Ready(Some(Event { id: Some(self.number), ..event }))
            }
            None if self.work.is_none() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

struct EventBody {
    platform: Platform,
    events: Pin<Box<dyn Stream<Item = Event> + Send>>,
    heartbeat: Pin<Box<dyn Future<Output = ()> + Send>>,
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
    left: usize,
    begun: bool,
}

impl EventBody {
    fn poll_text(&mut self, context: &mut Context<'_>) -> Poll<Option<Cow<'static, str>>> {
        if !self.begun {
            // The head goes out with the first bytes.
            self.begun = true;
            return Poll::Ready(Some(RETRY.into()));
        }
        if self.left == 0 || self.end.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(event) = self.events.as_mut().poll_next(context) {
            self.left -= 1;
            self.heartbeat = self.platform.sleep().sleep(HEARTBEAT);
            return Poll::Ready(event.map(|event| event.write().into()));
        }
        ready!(self.heartbeat.as_mut().poll(context));
        self.heartbeat = self.platform.sleep().sleep(HEARTBEAT);
        Poll::Ready(Some(": still here\n\n".into()))
    }
}

impl http_body::Body for EventBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let text = ready!(self.poll_text(context));
        Poll::Ready(text.map(|text| Ok(Frame::data(Bytes::from(text.into_owned())))))
    }
}

/// Reads the events of a reply, each of at most so many bytes.
pub struct EventReader {
    events: SseStream<Bounded>,
    since_event: Arc<AtomicUsize>,
}

impl EventReader {
    /// A reader of a body, such as [`HttpClient::open`](platform::HttpClient::open) gives. Dropping it ends the request.
    #[must_use]
    pub fn new(body: Body, largest: usize) -> Self {
        let since_event = Arc::new(AtomicUsize::new(0));
        let bounded = Bounded { body, largest, since_event: Arc::clone(&since_event) };
        Self { events: SseStream::new(bounded), since_event }
    }

    /// The next event, or none at the end. An event that was not finished is not given.
    ///
    /// # Errors
    /// When the reply was cut, is no stream of events, or an event is too large.
    pub async fn next(&mut self) -> Option<Result<Sse, OutsideError>> {
        let event = poll_fn(|context| Pin::new(&mut self.events).poll_next(context)).await?;
        self.since_event.store(0, Ordering::Relaxed);
        Some(event.map_err(failed))
    }
}

fn failed(error: impl std::error::Error) -> OutsideError {
    let outside = error.source().and_then(|cause| cause.downcast_ref::<OutsideError>()).cloned();
    outside.unwrap_or_else(|| OutsideError::new("http client", error))
}

/// A body that ends with an error where more bytes come than an event may have, and no event ends.
struct Bounded {
    body: Body,
    largest: usize,
    since_event: Arc<AtomicUsize>,
}

impl http_body::Body for Bounded {
    type Data = Bytes;
    type Error = OutsideError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, OutsideError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let Some(frame) = frame else { return Poll::Ready(None) };
        let frame = frame.map_err(|error| OutsideError::new("http client", error))?;
        let length = frame.data_ref().map_or(0, Bytes::len);
        if self.since_event.fetch_add(length, Ordering::Relaxed) + length > self.largest {
            let reason = format_args!("an event is larger than {} bytes", self.largest);
            return Poll::Ready(Some(Err(OutsideError::new("http client", reason))));
        }
        Poll::Ready(Some(Ok(frame)))
    }
}
