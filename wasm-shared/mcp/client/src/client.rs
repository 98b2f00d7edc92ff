//! A client of one server.

use std::{future::Future, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE},
};
use mcp_protocol::{header, meta, model::JsonObject};
use platform::{Platform, within};
use serde_json::{Value, json};

use crate::{
    Bounds, Endpoint, Error, Ignore, Revision, Session, authorization,
    endpoint::same_origin,
    exchange::{Asked, Listener},
    message,
};

const UNSUPPORTED_REVISION: i64 = -32022;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The client's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it can do for a server.
    pub capabilities: JsonObject,
    /// The only revision to speak; `None`: whichever the server speaks.
    pub only: Option<Revision>,
}

/// A client of one server: it has nothing of its own that would have to be kept.
pub struct Client<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) profile: &'a Profile,
    pub(crate) bounds: Bounds,
}

/// A reply whose body has not been read.
pub(crate) type Reply = Response<axum::body::Body>;

impl<'a> Client<'a> {
    /// A client of the server at an address.
    #[must_use]
    pub const fn new(
        platform: &'a Platform,
        endpoint: &'a Endpoint,
        profile: &'a Profile,
        bounds: Bounds,
    ) -> Self {
        Self { platform, endpoint, profile, bounds }
    }

    /// Finds out which revision the server speaks, and agrees on a session where that has sessions.
    ///
    /// # Errors
    /// When the server does not answer, or not as one of the protocol.
    pub async fn connect(&self) -> Result<Session, Error> {
        self.in_time(self.negotiate()).await
    }

    /// Sends a request and gives its result. What the server says meanwhile goes to `listener`.
    ///
    /// # Errors
    /// The server's own error, or why there is no result.
    pub async fn request(
        &self,
        session: &Session,
        method: &str,
        params: JsonObject,
        listener: &mut dyn Listener,
    ) -> Result<JsonObject, Error> {
        self.request_with(session, method, params, HeaderMap::new(), listener).await
    }

    pub(crate) async fn request_with(
        &self,
        session: &Session,
        method: &str,
        params: JsonObject,
        headers: HeaderMap,
        listener: &mut dyn Listener,
    ) -> Result<JsonObject, Error> {
        let id = message::number()?;
        let work = self.ask(Some(session), session.revision, id, method, params, headers, listener);
        let outcome = self.in_time(work).await;
        if matches!(outcome, Err(Error::Late(_))) && !session.revision.is_stateless() {
            // Closing the connection does not cancel in a session. The server may as well not read it.
            let reason = json!({ "requestId": id, "reason": "The time for an answer is over." });
            let told = self.notify(session, "notifications/cancelled", mcp_protocol::model::object(reason));
            within(self.platform.sleep(), Duration::from_secs(1), told).await;
        }
        outcome.map(|asked| asked.result)
    }

    /// Whether the server answers: a single request.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn probe(&self, session: &Session) -> Result<(), Error> {
        let method = if session.revision.is_stateless() { "server/discover" } else { "ping" };
        match self.request(session, method, JsonObject::new(), &mut Ignore).await {
            // It has no such method, and answered.
            Err(Error::Rpc { .. }) => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// Tells the server something.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses to hear it.
    pub async fn notify(&self, session: &Session, method: &str, mut params: JsonObject) -> Result<(), Error> {
        if session.revision.is_stateless() {
            message::introduce(&mut params, session.revision, self.profile);
        }
        let headers = headers_of(Some(session), session.revision, method, &JsonObject::new())?;
        let reply = self.send(Method::POST, headers, message::notification(method, params).into()).await?;
        accepted(&reply, session.id.is_some())
    }

    /// Ends the session, where there is one. A server need not allow it.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn close(&self, session: &Session) -> Result<(), Error> {
        if session.id.is_none() {
            return Ok(());
        }
        let mut headers = headers_of(Some(session), session.revision, "", &JsonObject::new())?;
        headers.remove(CONTENT_TYPE);
        self.in_time(self.send(Method::DELETE, headers, Bytes::new())).await.map(drop)
    }

    async fn negotiate(&self) -> Result<Session, Error> {
        match self.profile.only {
            Some(revision) if revision.is_stateless() => return self.discover(revision, true).await,
            Some(revision) => return self.initialize(revision).await,
            None => {}
        }
        match self.discover(Revision::V2026_07_28, true).await {
            Err(why) if falls_back(&why) => self.initialize(Revision::NEWEST_BY_HANDSHAKE).await,
            outcome => outcome,
        }
    }

    /// Asks a server of a revision without sessions what it is.
    async fn discover(&self, revision: Revision, try_again: bool) -> Result<Session, Error> {
        let id = message::number()?;
        let nothing = JsonObject::new();
        let asked =
            self.ask(None, revision, id, "server/discover", nothing, HeaderMap::new(), &mut Ignore).await;
        let supported = |data: &Value| -> Vec<Revision> {
            let names = data.as_array().map(Vec::as_slice).unwrap_or_default();
            names.iter().filter_map(|name| Revision::parse(name.as_str()?)).collect()
        };
        let known = match &asked {
            Ok(asked) => match asked.result.get("supportedVersions") {
                Some(versions) => supported(versions),
                None => vec![revision],
            },
            Err(Error::Rpc { code: UNSUPPORTED_REVISION, data, .. }) => {
                supported(data.as_ref().map_or(&Value::Null, |data| &data["supported"]))
            }
            Err(_) => vec![],
        };
        match asked {
            Ok(asked) if known.contains(&revision) => {
                let mut result = asked.result;
                let mut server = object(result.remove("serverInfo"));
                if server.is_empty()
                    && let Some(Value::Object(fields)) = result.get_mut(meta::META)
                {
                    server = object(fields.remove(meta::SERVER));
                }
                let capabilities = object(result.remove("capabilities"));
                Ok(Session { revision, id: None, server, capabilities })
            }
            Err(why) if known.is_empty() => Err(why),
            _ if known.contains(&revision) && try_again => Box::pin(self.discover(revision, false)).await,
            _ => match known.into_iter().filter(|known| !known.is_stateless()).max() {
                Some(older) if self.profile.only.is_none() => self.initialize(older).await,
                _ => Err(Error::Revision(format!("not {revision}"))),
            },
        }
    }

    /// Begins a session, as the revisions before 2026-07-28 do.
    async fn initialize(&self, revision: Revision) -> Result<Session, Error> {
        let params = json!({
            "protocolVersion": revision.name(),
            "capabilities": self.profile.capabilities,
            "clientInfo": { "name": self.profile.name, "version": self.profile.version },
        });
        let (id, params) = (message::number()?, mcp_protocol::model::object(params));
        let asked = self.ask(None, revision, id, "initialize", params, HeaderMap::new(), &mut Ignore).await?;
        let mut result = asked.result;
        let said = result.get("protocolVersion").and_then(Value::as_str).unwrap_or_default();
        let agreed = Revision::parse(said).filter(|revision| !revision.is_stateless());
        let agreed = agreed.ok_or_else(|| Error::Revision(said.chars().take(40).collect()))?;
        let session = Session {
            revision: agreed,
            id: asked.session,
            server: object(result.remove("serverInfo")),
            capabilities: object(result.remove("capabilities")),
        };
        self.notify(&session, "notifications/initialized", JsonObject::new()).await?;
        Ok(session)
    }

    /// What `work` gives within the time of one answer.
    pub(crate) async fn in_time<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let time = self.bounds.time;
        let late = || Error::Late(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        // Boxed: it is large, and several callers await it.
        let work: std::pin::Pin<Box<_>> = Box::pin(work);
        within(self.platform.sleep(), time, work).await.unwrap_or_else(|| Err(late()))
    }

    /// Sends one message; with a token if the server wants one.
    pub(crate) async fn send(&self, method: Method, headers: HeaderMap, body: Bytes) -> Result<Reply, Error> {
        let reply = self.follow(&method, &headers, &body).await?;
        let Some(credentials) = &self.endpoint.credentials else { return refused(reply) };
        let challenge = challenge_of(&reply);
        let wants_more = match reply.status() {
            StatusCode::UNAUTHORIZED => true,
            StatusCode::FORBIDDEN => {
                challenge.as_deref().is_some_and(|said| said.contains("insufficient_scope"))
            }
            _ => false,
        };
        if !wants_more {
            return refused(reply);
        }
        drop(reply);
        authorization::renew(self, credentials, challenge.as_deref()).await?;
        refused(self.follow(&method, &headers, &body).await?)
    }

    /// Sends a message, to wherever the server redirects it.
    async fn follow(&self, method: &Method, headers: &HeaderMap, body: &Bytes) -> Result<Reply, Error> {
        let mut url = self.endpoint.url.clone();
        for _ in 0..=self.bounds.redirects {
            let mut request = url.request(method.clone());
            if let Some(all) = request.headers_mut() {
                all.extend(headers.iter().map(|(name, value)| (name.clone(), value.clone())));
                if same_origin(url.as_str(), self.endpoint.url.as_str()) {
                    all.extend(
                        self.endpoint.headers.iter().map(|(name, value)| (name.clone(), value.clone())),
                    );
                    if let Some(token) = authorization::token(self) {
                        all.insert(AUTHORIZATION, token);
                    }
                }
            }
            let request = request.body(body.clone()).map_err(|why| Error::malformed(why.to_string()))?;
            let reply = self.platform.http().open(request).await?;
            match reply.status() {
                StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => {}
                // These turn a POST into a GET.
                StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => {
                    let location = reply.headers().get(LOCATION).and_then(|value| value.to_str().ok());
                    url.redirected(location.unwrap_or_default())?;
                    return Err(Error::Redirects);
                }
                _ => return Ok(reply),
            }
            let location = reply.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let next = url.redirected(location.ok_or(Error::Redirects)?)?;
            // A session's name and the arguments of a call are for the server that was meant.
            if !same_origin(next.as_str(), self.endpoint.url.as_str())
                && (!self.endpoint.headers.is_empty() || self.endpoint.credentials.is_some())
            {
                return Err(Error::Redirects);
            }
            url = next;
        }
        Err(Error::Redirects)
    }

    /// Asks, and gives the answer with the session that it may have begun.
    #[expect(clippy::too_many_arguments, reason = "what a request is made of")]
    pub(crate) async fn ask(
        &self,
        session: Option<&Session>,
        revision: Revision,
        id: i64,
        method: &str,
        mut params: JsonObject,
        more: HeaderMap,
        listener: &mut dyn Listener,
    ) -> Result<Asked, Error> {
        let mut headers = headers_of(session, revision, method, &params)?;
        headers.extend(more);
        if revision.is_stateless() {
            message::introduce(&mut params, revision, self.profile);
        }
        let reply = self.send(Method::POST, headers, message::request(id, method, &params).into()).await?;
        let begun = reply.headers().get(header::SESSION_ID).and_then(|id| id.to_str().ok());
        let begun = begun.filter(|id| (1..=1_024).contains(&id.len())).map(str::to_owned);
        let result = self.answer(reply, session, id, listener).await?;
        Ok(Asked { result, session: begun })
    }
}

/// The headers of a message.
pub(crate) fn headers_of(
    session: Option<&Session>,
    revision: Revision,
    method: &str,
    params: &JsonObject,
) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    // In `initialize` the body says it, and nothing is agreed yet.
    if revision.is_stateless() || session.is_some() {
        headers.insert(header::PROTOCOL_VERSION, HeaderValue::from_static(revision.name()));
    }
    if revision.is_stateless() {
        insert(&mut headers, HeaderName::from_static(header::METHOD), method)?;
        if let Some(name) = header::named(method, params) {
            insert(&mut headers, HeaderName::from_static(header::NAME), &header::encode(name))?;
        }
    }
    if let Some(id) = session.and_then(|session| session.id.as_deref()) {
        insert(&mut headers, HeaderName::from_static(header::SESSION_ID), id)?;
    }
    Ok(headers)
}

/// Whether a message that wants no answer was taken.
fn accepted(reply: &Reply, in_session: bool) -> Result<(), Error> {
    match reply.status() {
        status if status.is_success() => Ok(()),
        StatusCode::NOT_FOUND if in_session => Err(Error::SessionLost),
        status => Err(Error::Status(status.as_u16())),
    }
}

/// 401 and 403 as errors.
fn refused(reply: Reply) -> Result<Reply, Error> {
    match reply.status() {
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            Err(Error::Unauthorized { status: status.as_u16(), challenge: challenge_of(&reply) })
        }
        _ => Ok(reply),
    }
}

fn challenge_of(reply: &Reply) -> Option<String> {
    let challenge = reply.headers().get(WWW_AUTHENTICATE)?.to_str().ok()?;
    Some(challenge.chars().take(2_000).collect())
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), Error> {
    let value =
        HeaderValue::from_str(value).map_err(|_| Error::malformed("a header could not be written"))?;
    headers.insert(name, value);
    Ok(())
}

fn object(value: Option<Value>) -> JsonObject {
    match value {
        Some(Value::Object(object)) => object,
        _ => JsonObject::new(),
    }
}

/// Whether a server that answered `server/discover` so may be one of a revision that begins with `initialize`.
fn falls_back(why: &Error) -> bool {
    match why {
        Error::Rpc { code, .. } => *code != UNSUPPORTED_REVISION,
        Error::Status(status) => matches!(status, 400 | 404..=428 | 500 | 501),
        Error::Malformed(_) | Error::SessionLost => true,
        _ => false,
    }
}
