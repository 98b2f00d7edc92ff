//! One request and its answer: a message, or a stream of events that has it somewhere.

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use mcp_protocol::{header, model::JsonObject};
use platform::whole;
use serde_json::Value;
use web::events::EventReader;

use crate::{
    Client, Error, Session,
    client::{Reply, headers_of},
    message::{self, Message},
};

/// What a server says, and asks, while a request is under way.
pub trait Listener: Send {
    /// It told something: progress, a line of its log.
    fn told(&mut self, method: &str, params: &JsonObject) {
        let _ = (method, params);
    }

    /// It asks something of its own in the middle of a request, as the revisions before 2026-07-28 have it. `None`: that cannot
    /// be answered.
    fn asked(&mut self, method: &str, params: &JsonObject) -> Option<Value> {
        let _ = (method, params);
        None
    }
}

/// Listens to nothing.
pub struct Ignore;

impl Listener for Ignore {}

/// A result, and the session that began with it.
pub(crate) struct Asked {
    pub(crate) result: JsonObject,
    pub(crate) session: Option<String>,
}

/// How long to wait before a stream is taken up again, where the server does not say, and at most.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// What is read of a refusal.
const LONGEST_REFUSAL: usize = 64 << 10;

/// A number that no request has: their numbers are not negative.
const NO_REQUEST: i64 = -1;

/// The stream that a session has beside its requests.
pub struct Beside(EventReader);

/// A stream of events on its way.
struct Progress {
    last_event: Option<String>,
    pause: Duration,
    events: usize,
}

impl Client<'_> {
    /// The answer that a reply holds to the request of this number.
    pub(crate) async fn answer(
        &self,
        reply: Reply,
        session: Option<&Session>,
        id: i64,
        listener: &mut dyn Listener,
    ) -> Result<JsonObject, Error> {
        if !reply.status().is_success() {
            return Err(self.refusal(reply, session).await);
        }
        if is_of_type(&reply, "text/event-stream") {
            return self.stream(reply, session, id, listener).await;
        }
        if !is_of_type(&reply, "application/json") {
            return Err(Error::malformed("neither JSON nor a stream of events"));
        }
        let body = whole(reply.into_body(), self.bounds.message_bytes).await?;
        let mut progress = Progress { last_event: None, pause: PAUSE, events: 0 };
        let answer = self.take(&body, session, id, listener, &mut progress).await?;
        answer.ok_or_else(|| Error::malformed("there is no answer to the request in it"))
    }

    /// Why a server refused: its own error, where it gives one.
    async fn refusal(&self, reply: Reply, session: Option<&Session>) -> Error {
        let status = reply.status();
        let in_session = session.is_some_and(|session| session.id.is_some());
        if status == StatusCode::NOT_FOUND && in_session {
            return Error::SessionLost;
        }
        let said = if is_of_type(&reply, "application/json") {
            whole(reply.into_body(), LONGEST_REFUSAL).await.ok()
        } else {
            None
        };
        let said = said.and_then(|body| message::read(&body, &self.bounds).ok());
        match said.into_iter().flatten().next() {
            Some(Message::Answer(_, Err(why))) => match &why {
                // Servers made with the first SDKs say so in place of 404.
                Error::Rpc { message, .. }
                    if in_session
                        && status == StatusCode::BAD_REQUEST
                        && message.to_ascii_lowercase().contains("session") =>
                {
                    Error::SessionLost
                }
                _ => why,
            },
            _ => Error::Status(status.as_u16()),
        }
    }

    /// Reads events until the answer comes. A stream of a session that breaks off before is taken up again.
    async fn stream(
        &self,
        reply: Reply,
        session: Option<&Session>,
        id: i64,
        listener: &mut dyn Listener,
    ) -> Result<JsonObject, Error> {
        let mut progress = Progress { last_event: None, pause: PAUSE, events: 0 };
        let mut resumptions = 0;
        let mut reader = EventReader::new(reply.into_body(), self.bounds.message_bytes);
        loop {
            let broken = loop {
                let data = match self.event(&mut reader, &mut progress).await {
                    None => break Error::Unreachable("the stream ended before the answer".to_owned()),
                    Some(Err(why @ Error::TooMuch(_))) => return Err(why),
                    Some(Err(why)) => break why,
                    Some(Ok(None)) => continue,
                    Some(Ok(Some(data))) => data,
                };
                let answer = self.take(data.as_bytes(), session, id, listener, &mut progress).await?;
                if let Some(answer) = answer {
                    return Ok(answer);
                }
            };
            let session = session.filter(|session| !session.revision.is_stateless());
            let (Some(session), Some(last)) = (session, &progress.last_event) else { return Err(broken) };
            if resumptions == self.bounds.resumptions {
                return Err(broken);
            }
            resumptions += 1;
            self.platform.sleep().sleep(progress.pause).await;
            reader = self.open(session, Some(last)).await?;
        }
    }

    /// Opens the stream that a session has beside its requests. On it a server of a revision before 2026-07-28 asks and tells what
    /// belongs to none of them.
    ///
    /// # Errors
    /// When the server has none, or cannot be reached.
    pub async fn listen(&self, session: &Session) -> Result<Beside, Error> {
        self.in_time(self.open(session, None)).await.map(Beside)
    }

    /// Hears, and answers, what comes on such a stream until it ends. Await it beside the requests, for which it has no time bound.
    ///
    /// # Errors
    /// When it broke off, or what came on it was too much or none of the protocol.
    pub async fn hear(
        &self,
        session: &Session,
        Beside(mut reader): Beside,
        listener: &mut dyn Listener,
    ) -> Result<(), Error> {
        let mut progress = Progress { last_event: None, pause: PAUSE, events: 0 };
        while let Some(event) = self.event(&mut reader, &mut progress).await {
            if let Some(data) = event? {
                self.take(data.as_bytes(), Some(session), NO_REQUEST, listener, &mut progress).await?;
            }
        }
        Ok(())
    }

    /// What the next event of a stream says, where it says something; `None` at the end of the stream.
    async fn event(
        &self,
        reader: &mut EventReader,
        progress: &mut Progress,
    ) -> Option<Result<Option<String>, Error>> {
        let event = match reader.next().await? {
            Ok(event) => event,
            Err(why) => return Some(Err(why.into())),
        };
        if let Some(name) = event.id.filter(|id| id.len() <= 1_024) {
            progress.last_event = Some(name);
        }
        if let Some(pause) = event.retry {
            progress.pause = Duration::from_millis(pause).min(LONGEST_PAUSE);
        }
        if let Err(why) = self.count(progress) {
            return Some(Err(why));
        }
        let data = event.data.filter(|data| !data.is_empty());
        Some(Ok(data.filter(|_| event.event.is_none_or(|kind| kind == "message"))))
    }

    /// Opens a session's stream: its own one, or another behind its last event.
    async fn open(&self, session: &Session, last: Option<&str>) -> Result<EventReader, Error> {
        let mut headers = headers_of(Some(session), session.revision, "", &JsonObject::new())?;
        headers.remove(CONTENT_TYPE);
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        if let Some(last) = last {
            let value = HeaderValue::from_str(last).map_err(|_| Error::malformed("the name of an event"))?;
            headers.insert(HeaderName::from_static(header::LAST_EVENT_ID), value);
        }
        let reply = self.send(Method::GET, headers, Bytes::new()).await?;
        if !reply.status().is_success() {
            return Err(self.refusal(reply, Some(session)).await);
        }
        if !is_of_type(&reply, "text/event-stream") {
            return Err(Error::malformed("no stream of events"));
        }
        Ok(EventReader::new(reply.into_body(), self.bounds.message_bytes))
    }

    /// Takes what a server sent, and gives the answer to the request of this number if it is there.
    async fn take(
        &self,
        text: &[u8],
        session: Option<&Session>,
        id: i64,
        listener: &mut dyn Listener,
        progress: &mut Progress,
    ) -> Result<Option<JsonObject>, Error> {
        let mut found = None;
        for message in message::read(text, &self.bounds)? {
            match message {
                Message::Answer(number, outcome) if number == id => found = Some(outcome?),
                // An error about a request whose number could not be read.
                Message::Answer(0, Err(why)) => return Err(why),
                // To another request of the session, whose stream was taken up here.
                Message::Answer(..) => {}
                Message::Notification { method, params } => {
                    self.count(progress)?;
                    listener.told(&method, &params);
                }
                Message::Request { id, method, params } => {
                    self.count(progress)?;
                    let outcome = match method.as_str() {
                        "ping" => Ok(Value::Object(JsonObject::new())),
                        _ => listener.asked(&method, &params).ok_or("This client cannot be asked for that"),
                    };
                    if let Some(session) = session.filter(|session| !session.revision.is_stateless()) {
                        let headers = headers_of(Some(session), session.revision, "", &JsonObject::new())?;
                        self.send(Method::POST, headers, message::answer(&id, outcome).into()).await?;
                    }
                }
            }
        }
        Ok(found)
    }

    fn count(&self, progress: &mut Progress) -> Result<(), Error> {
        progress.events += 1;
        if progress.events > self.bounds.events {
            return Err(Error::TooMuch(format!("more than {} events before the answer", self.bounds.events)));
        }
        Ok(())
    }
}

fn is_of_type(reply: &Reply, wanted: &str) -> bool {
    let kind = reply.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}
