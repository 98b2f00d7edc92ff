//! The body of an answer: nothing, one JSON text, or a stream of events that works while it is read.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_channel::mpsc::UnboundedReceiver;
use futures_core::Stream;
use http::StatusCode;
use http_body::{Frame, SizeHint};

/// The body of an answer.
///
/// A stream does its work when it is polled, and only then: a client that stops reading stops the work. That is how a
/// client cancels a request.
pub struct Body(Kind);

enum Kind {
    Full(Option<Bytes>),
    Events(Box<Events>),
}

/// A request at work, and what it has to say meanwhile.
pub(crate) struct Exchanging {
    work: Option<Pin<Box<dyn Future<Output = Finished> + Send>>>,
    finished: Option<Finished>,
    outbox: UnboundedReceiver<String>,
}

/// The end of a request.
pub(crate) struct Finished {
    pub(crate) status: StatusCode,
    /// The answer, as one JSON text.
    pub(crate) message: String,
    /// The session that an `initialize` has begun, as far as its client knows.
    pub(crate) session: Option<String>,
}

/// What comes next of a request.
pub(crate) enum Step {
    Notification(String),
    Finished(Finished),
}

impl Exchanging {
    pub(crate) fn new(
        work: impl Future<Output = Finished> + Send + 'static,
        outbox: UnboundedReceiver<String>,
    ) -> Self {
        Self { work: Some(Box::pin(work)), finished: None, outbox }
    }

    /// The next thing to send: everything said during the work comes before its end.
    pub(crate) async fn next(&mut self) -> Option<Step> {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Step>> {
        if let Some(work) = &mut self.work
            && let Poll::Ready(finished) = work.as_mut().poll(context)
        {
            (self.work, self.finished) = (None, Some(finished));
        }
        match Pin::new(&mut self.outbox).poll_next(context) {
            Poll::Ready(Some(notification)) => Poll::Ready(Some(Step::Notification(notification))),
            _ if self.work.is_some() => Poll::Pending,
            _ => Poll::Ready(self.finished.take().map(Step::Finished)),
        }
    }
}

/// A request whose answer is a stream of events.
struct Events {
    first: Option<String>,
    rest: Option<Exchanging>,
}

/// A message as a server-sent event. JSON text has no line breaks, so one `data` line holds it.
fn event(message: &str) -> Bytes {
    Bytes::from(format!("event: message\ndata: {message}\n\n"))
}

impl Body {
    pub(crate) const fn empty() -> Self {
        Self(Kind::Full(None))
    }

    pub(crate) fn json(message: String) -> Self {
        Self(Kind::Full(Some(Bytes::from(message))))
    }

    /// One event and no more.
    pub(crate) fn one_event(message: &str) -> Self {
        Self(Kind::Full(Some(event(message))))
    }

    /// A stream that begins with `first`.
    pub(crate) fn events(first: String, rest: Exchanging) -> Self {
        Self(Kind::Events(Box::new(Events { first: Some(first), rest: Some(rest) })))
    }

    /// Whether it is a stream, which a host must pass on as it comes.
    #[must_use]
    pub const fn is_stream(&self) -> bool {
        matches!(self.0, Kind::Events(_))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let events = match &mut self.get_mut().0 {
            Kind::Full(bytes) => return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Kind::Events(events) => events,
        };
        if let Some(first) = events.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(event(&first)))));
        }
        let Some(rest) = &mut events.rest else { return Poll::Ready(None) };
        let message = match rest.poll(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(Step::Notification(message))) => message,
            Poll::Ready(Some(Step::Finished(finished))) => {
                events.rest = None;
                finished.message
            }
            Poll::Ready(None) => {
                events.rest = None;
                return Poll::Ready(None);
            }
        };
        Poll::Ready(Some(Ok(Frame::data(event(&message)))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Full(bytes) => bytes.is_none(),
            Kind::Events(events) => events.first.is_none() && events.rest.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Kind::Events(_) => SizeHint::default(),
        }
    }
}
