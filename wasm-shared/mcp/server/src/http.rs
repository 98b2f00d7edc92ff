//! From an HTTP request to an HTTP answer.

use std::sync::Arc;

use bounded_json::{Excess, Quantity};
use futures_channel::mpsc;
use http::{HeaderValue, Method, Request as HttpRequest, Response, StatusCode, header, request::Parts};
use rmcp::model::LoggingLevel;

use crate::{
    Body, Error, ErrorKind, Host, Revision, Server,
    body::{Exchanging, Finished, Step},
    context::Call,
    dispatch::Dispatch,
    exchange::{self, Exchange},
    headers::{self, Accepts},
    rpc::{self, Malformed, Message, Request},
};

/// A request that was turned away before its method was looked at.
struct Refusal {
    malformed: Malformed,
    revision: Revision,
}

impl<S: Host> Server<S> {
    /// Answers one HTTP request.
    ///
    /// `host` is the state that handlers find in [`Context::host`](crate::Context::host). The body of the request is
    /// whole; that of the answer may be a stream, if a handler reports while it works to a client that reads streams.
    /// It never fails: what goes wrong is an answer too.
    pub async fn handle<B: AsRef<[u8]>>(&self, host: S, request: HttpRequest<B>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let revision = exchange::of_headers(&parts.headers);
        let refuse = |malformed| refusal(Refusal { malformed, revision });
        let accepts = match self.admit(&host, &parts, body.as_ref()) {
            Ok(accepts) => accepts,
            Err(why) => return refuse(why.into()),
        };
        let body = match rpc::read(body.as_ref(), &self.0.limits) {
            Ok(body) => body,
            Err(why) => return refuse(why),
        };
        let parts = Arc::new(parts);
        match body {
            rpc::Body::Batch(messages) => match self.batch(&host, &parts, messages, accepts) {
                Ok(Some(exchanging)) => respond(exchanging, accepts, true).await,
                Ok(None) => accepted(),
                Err(why) => refuse(why),
            },
            // This server asks its clients nothing, so it awaits no answers. Older clients may send them at any time.
            rpc::Body::Single(Message::Response) if !revision.is_stateless() => accepted(),
            rpc::Body::Single(Message::Response) => {
                refuse(invalid("A client sends requests and notifications, not responses").into())
            }
            rpc::Body::Single(Message::Notification(notification)) => {
                match exchange::of_notification(&parts.headers, &notification) {
                    Ok(()) => accepted(),
                    Err(why) => refuse(why.into()),
                }
            }
            rpc::Body::Single(Message::Request(request)) => match self.begin(&host, &parts, request, accepts)
            {
                Ok((exchanging, older)) => respond(exchanging, accepts, older).await,
                Err(refused) => refusal(refused),
            },
        }
    }

    /// The answer to a body that was not collected because it is larger than [`Self::max_body_bytes`].
    #[must_use]
    pub fn too_large(&self) -> Response<Body> {
        refusal(Refusal { malformed: self.too_large_error().into(), revision: Revision::ASSUMED })
    }

    fn too_large_error(&self) -> Error {
        rpc::too_much(Excess { quantity: Quantity::Bytes, limit: self.0.limits.bytes })
    }

    /// What is checked before the body is read.
    fn admit(&self, host: &S, parts: &Parts, body: &[u8]) -> Result<Accepts, Error> {
        host.guard().check(&parts.uri, &parts.headers)?;
        if parts.method != Method::POST {
            return Err(Error::new(
                ErrorKind::MethodNotAllowed,
                "Only POST is answered here: there are no sessions",
            ));
        }
        headers::check_content_type(&parts.headers)?;
        if body.len() > self.0.limits.bytes {
            return Err(self.too_large_error());
        }
        Accepts::from_headers(&parts.headers)
    }

    /// Sets a single request to work.
    fn begin(
        &self,
        host: &S,
        parts: &Arc<Parts>,
        request: Request,
        accepts: Accepts,
    ) -> Result<(Exchanging, bool), Refusal> {
        let mut exchange = exchange::of_request(&parts.headers, &request).map_err(|error| Refusal {
            malformed: Malformed { id: Some(request.id.clone()), error },
            revision: exchange::of_headers(&parts.headers),
        })?;
        let revision = exchange.revision;
        let checked = if revision.is_stateless() {
            headers::check_standard(&parts.headers, &request, revision)
        } else {
            headers::check_repeated(&parts.headers, &request)
        };
        checked.map_err(|error| Refusal {
            malformed: Malformed { id: Some(request.id.clone()), error },
            revision,
        })?;
        exchange.log_level = self.log_level(&exchange);
        let (outbox, inbox) = mpsc::unbounded();
        let call = Arc::new(Call::new(exchange, Arc::clone(parts), accepts.events.then_some(outbox)));
        let dispatch = Dispatch { offer: Arc::clone(&self.0), host: host.clone(), call };
        let begins_session = request.method == "initialize" && !revision.is_stateless();
        let session = begins_session.then(|| host.session_id()).flatten();
        let work = async move {
            let (id, outcome) = dispatch.answer(request).await;
            let status =
                outcome.as_ref().map_or_else(|why| why.status(revision.is_stateless()), |_| StatusCode::OK);
            let session = session.filter(|_| outcome.is_ok());
            Finished { status, message: rpc::answer(&id, outcome, revision), session }
        };
        Ok((Exchanging::new(work, inbox), !revision.is_stateless()))
    }

    /// Sets a batch to work, one message after the other, as the revisions before 2025-06-18 have it. `None` if it
    /// holds nothing that wants an answer.
    fn batch(
        &self,
        host: &S,
        parts: &Arc<Parts>,
        messages: Vec<Result<Message, Malformed>>,
        accepts: Accepts,
    ) -> Result<Option<Exchanging>, Malformed> {
        let revision = exchange::of_headers(&parts.headers);
        if !revision.has_batches() {
            return Err(invalid(format!(
                "Protocol revision {revision} has no batches: send one message at a time"
            ))
            .into());
        }
        let mut requests = Vec::new();
        for message in messages {
            match message {
                Ok(Message::Request(request)) if request.method == "initialize" => {
                    return Err(invalid("`initialize` must not be part of a batch").into());
                }
                Ok(Message::Request(request)) => {
                    let exchange = exchange::of_request(&parts.headers, &request);
                    if exchange.as_ref().is_ok_and(|exchange| exchange.revision.is_stateless()) {
                        return Err(invalid(
                            "Protocol revision 2026-07-28 has no batches: send one message at a time",
                        )
                        .into());
                    }
                    requests.push(exchange.map(|exchange| (request, exchange)).map_err(Malformed::from));
                }
                Ok(Message::Notification(_) | Message::Response) => {}
                Err(malformed) => requests.push(Err(malformed)),
            }
        }
        if requests.is_empty() {
            return Ok(None);
        }
        let (outbox, inbox) = mpsc::unbounded();
        let outbox = accepts.events.then_some(outbox);
        let (server, host, parts) = (self.clone(), host.clone(), Arc::clone(parts));
        let work = async move {
            let mut answers = Vec::with_capacity(requests.len());
            for request in requests {
                let answer = match request {
                    Err(Malformed { id, error }) => rpc::failure(id.as_ref(), error, revision),
                    Ok((request, mut exchange)) => {
                        exchange.log_level = server.log_level(&exchange);
                        let call = Arc::new(Call::new(exchange, Arc::clone(&parts), outbox.clone()));
                        let dispatch = Dispatch { offer: Arc::clone(&server.0), host: host.clone(), call };
                        let (id, outcome) = dispatch.answer(request).await;
                        rpc::answer(&id, outcome, revision)
                    }
                };
                answers.push(answer);
            }
            // In a stream every answer is an event of its own, the last one its end.
            let message = match outbox {
                Some(outbox) => {
                    let last = answers.pop().unwrap_or_default();
                    for answer in answers {
                        // It fails only when the client is gone, and this future about to be dropped.
                        let _ = outbox.unbounded_send(answer);
                    }
                    last
                }
                None => format!("[{}]", answers.join(",")),
            };
            Finished { status: StatusCode::OK, message, session: None }
        };
        Ok(Some(Exchanging::new(work, inbox)))
    }

    /// The least severe message to log to this client.
    fn log_level(&self, exchange: &Exchange) -> Option<LoggingLevel> {
        match exchange.revision.is_stateless() {
            _ if !self.0.logging => None,
            true => exchange.log_level,
            false => Some(LoggingLevel::Info),
        }
    }
}

/// Answers with JSON or with a stream of events.
///
/// A client of 2026-07-28 reads either, and gets a stream only if there is something to say before the end. Older
/// clients get one whenever they accept it: some read nothing else.
async fn respond(mut exchanging: Exchanging, accepts: Accepts, older: bool) -> Response<Body> {
    match exchanging.next().await {
        Some(Step::Notification(first)) => events(Body::events(first, exchanging)),
        Some(Step::Finished(finished)) => {
            let as_event = accepts.events && (older || !accepts.json);
            let mut response = if as_event {
                events(Body::one_event(&finished.message))
            } else {
                json(finished.status, finished.message)
            };
            *response.status_mut() = finished.status;
            if let Some(session) = finished.session.and_then(|session| HeaderValue::try_from(session).ok()) {
                response.headers_mut().insert(mcp_protocol::header::SESSION_ID, session);
            }
            response
        }
        // Every request ends with an answer, so this is never reached; it is an answer all the same.
        None => {
            refusal(Refusal { malformed: Error::internal("No answer").into(), revision: Revision::ASSUMED })
        }
    }
}

fn events(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    // Tells nginx and those who follow it to pass events on as they come.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn json(status: StatusCode, message: String) -> Response<Body> {
    let mut response = Response::new(Body::json(message));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn accepted() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

fn refusal(Refusal { malformed: Malformed { id, error }, revision }: Refusal) -> Response<Body> {
    let status = error.status(revision.is_stateless());
    let mut response = json(status, rpc::failure(id.as_ref(), error, revision));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidRequest, message)
}
