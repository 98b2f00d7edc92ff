//! Which revision a message is in, and who sent it: decided anew for every request.

use http::HeaderMap;
use mcp_protocol::{
    header::PROTOCOL_VERSION,
    meta::{
        CAPABILITIES as META_CAPABILITIES, CLIENT as META_CLIENT, LOG_LEVEL as META_LOG_LEVEL, META,
        PROGRESS as META_PROGRESS, VERSION as META_VERSION,
    },
};
use rmcp::model::{ClientCapabilities, Implementation, JsonObject, LoggingLevel, ProgressToken};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Error, Revision,
    error::ErrorKind,
    headers,
    rpc::{Notification, Request},
};

/// What is known about one request before its method is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) revision: Revision,
    pub(crate) client: Option<Implementation>,
    /// What the client can do. Before 2026-07-28 it said so in `initialize` only, which is not kept here.
    pub(crate) capabilities: ClientCapabilities,
    pub(crate) progress: Option<ProgressToken>,
    /// The least severe log message the client asked for.
    pub(crate) log_level: Option<LoggingLevel>,
}

/// Reads the revision and the sender of a request.
///
/// The body decides. A request whose `_meta` names a revision is of that revision; one whose header names 2026-07-28
/// must have such a `_meta`; every other request belongs to the revisions that begin with `initialize`.
pub(crate) fn of_request(headers: &HeaderMap, request: &Request) -> Result<Exchange, Error> {
    let meta = meta_of(&request.params)?;
    let header = headers::single(headers, PROTOCOL_VERSION)?;
    let by_header = header.map(|version| Revision::parse(version).ok_or(version));

    if let Some(version) = meta.and_then(|meta| meta.get(META_VERSION)) {
        let version = version.as_str().ok_or_else(|| incomplete(META_VERSION, "must be a string"))?;
        match Revision::parse(version) {
            Some(revision) if !revision.is_stateless() => return by_handshake(revision, meta),
            revision => {
                let exchange = complete(revision, meta)?;
                if let Some(header) = header.filter(|header| *header != version) {
                    let what =
                        format!("the header MCP-Protocol-Version is '{header}', the body says '{version}'");
                    return Err(headers::mismatch(what));
                }
                return exchange.ok_or_else(|| Error::unsupported_revision(version));
            }
        }
    }
    match by_header {
        Some(Ok(revision)) if revision.is_stateless() && request.method == "initialize" => {
            Err(headers::mismatch(format!(
                "the header MCP-Protocol-Version is '{revision}', which has no `initialize`"
            )))
        }
        Some(Ok(revision)) if revision.is_stateless() => Err(incomplete(META_VERSION, "is missing")),
        Some(Ok(revision)) => by_handshake(revision, meta),
        // A client that initializes is told by the answer which revisions there are.
        Some(Err(_)) if request.method == "initialize" => by_handshake(Revision::NEWEST_BY_HANDSHAKE, meta),
        Some(Err(version)) => Err(Error::unsupported_revision(version)),
        None => by_handshake(Revision::ASSUMED, meta),
    }
}

/// Whether a notification can be taken. It is answered by nothing but a status, and 2026-07-28 leaves open which
/// headers it has: those it has must not contradict it.
pub(crate) fn of_notification(headers: &HeaderMap, notification: &Notification) -> Result<(), Error> {
    let header = headers::single(headers, PROTOCOL_VERSION)?;
    let by_meta =
        meta_of(&notification.params)?.and_then(|meta| meta.get(META_VERSION)).and_then(Value::as_str);
    if let (Some(header), Some(body)) = (header, by_meta)
        && header != body
    {
        let what = format!("the header MCP-Protocol-Version is '{header}', the body says '{body}'");
        return Err(headers::mismatch(what));
    }
    let revision = match by_meta.or(header) {
        Some(version) => Revision::parse(version).ok_or_else(|| Error::unsupported_revision(version))?,
        None => Revision::ASSUMED,
    };
    if revision.is_stateless() {
        headers::check_method(headers, &notification.method)?;
    }
    Ok(())
}

/// The revision to speak of when the body could not be read: the header's, if it names one.
pub(crate) fn of_headers(headers: &HeaderMap) -> Revision {
    let header = headers::single(headers, PROTOCOL_VERSION).ok().flatten();
    header.and_then(Revision::parse).unwrap_or(Revision::ASSUMED)
}

fn meta_of(params: &JsonObject) -> Result<Option<&JsonObject>, Error> {
    match params.get(META) {
        None => Ok(None),
        Some(Value::Object(meta)) => Ok(Some(meta)),
        Some(_) => Err(Error::new(ErrorKind::InvalidMetadata, "Invalid params: `_meta` must be an object")),
    }
}

fn by_handshake(revision: Revision, meta: Option<&JsonObject>) -> Result<Exchange, Error> {
    Ok(Exchange {
        revision,
        client: None,
        capabilities: ClientCapabilities::default(),
        progress: meta.map(|meta| member(meta, META_PROGRESS)).transpose()?.flatten(),
        log_level: None,
    })
}

/// Everything a request of 2026-07-28 says of itself, or `None` if it is of no known revision but otherwise complete.
fn complete(revision: Option<Revision>, meta: Option<&JsonObject>) -> Result<Option<Exchange>, Error> {
    let empty = JsonObject::new();
    let meta = meta.unwrap_or(&empty);
    let capabilities =
        member(meta, META_CAPABILITIES)?.ok_or_else(|| incomplete(META_CAPABILITIES, "is missing"))?;
    let client = member(meta, META_CLIENT)?;
    let progress = member(meta, META_PROGRESS)?;
    let log_level = member(meta, META_LOG_LEVEL)?;
    Ok(revision.map(|revision| Exchange { revision, client, capabilities, progress, log_level }))
}

fn member<T: for<'de> Deserialize<'de>>(meta: &JsonObject, name: &str) -> Result<Option<T>, Error> {
    let Some(value) = meta.get(name) else { return Ok(None) };
    T::deserialize(value).map(Some).map_err(|why| incomplete(name, &format!("is not as it must be: {why}")))
}

fn incomplete(member: &str, what: &str) -> Error {
    Error::new(ErrorKind::InvalidMetadata, format!("Invalid params: `_meta[\"{member}\"]` {what}"))
        .with_data(json!({ "member": member }))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use rmcp::model::RequestId;

    use super::*;

    fn request(params: Value) -> Request {
        Request {
            id: RequestId::Number(1),
            method: "tools/list".to_owned(),
            params: rmcp::model::object(params),
            ambiguity: None,
        }
    }

    fn said(version: Option<&'static str>, params: Value) -> Result<Revision, ErrorKind> {
        let mut headers = HeaderMap::new();
        if let Some(version) = version {
            headers.insert(PROTOCOL_VERSION, HeaderValue::from_static(version));
        }
        of_request(&headers, &request(params)).map(|exchange| exchange.revision).map_err(|why| why.kind())
    }

    fn full(version: &str) -> Value {
        json!({ "_meta": { META_VERSION: version, META_CAPABILITIES: {} } })
    }

    #[test]
    fn a_request_without_any_version_is_an_old_clients() {
        assert_eq!(said(None, json!({})), Ok(Revision::V2025_03_26));
        assert_eq!(said(Some("2025-06-18"), json!({})), Ok(Revision::V2025_06_18));
    }

    #[test]
    fn the_newest_revision_needs_its_metadata() {
        assert_eq!(said(Some("2026-07-28"), full("2026-07-28")), Ok(Revision::V2026_07_28));
        assert_eq!(said(Some("2026-07-28"), json!({})), Err(ErrorKind::InvalidMetadata));
        let without = json!({ "_meta": { META_VERSION: "2026-07-28" } });
        assert_eq!(said(Some("2026-07-28"), without), Err(ErrorKind::InvalidMetadata));
        let wrong = json!({ "_meta": { META_VERSION: "2026-07-28", META_CAPABILITIES: 1 } });
        assert_eq!(said(Some("2026-07-28"), wrong), Err(ErrorKind::InvalidMetadata));
    }

    #[test]
    fn header_and_body_must_name_the_same_revision() {
        assert_eq!(said(Some("2025-11-25"), full("2026-07-28")), Err(ErrorKind::HeaderMismatch));
        assert_eq!(said(Some("2026-07-28"), full("v999.0.0")), Err(ErrorKind::HeaderMismatch));
    }

    #[test]
    fn an_unknown_revision_is_answered_with_the_known_ones() {
        assert_eq!(said(Some("v999.0.0"), full("v999.0.0")), Err(ErrorKind::UnsupportedRevision));
        assert_eq!(said(Some("1999-01-01"), json!({})), Err(ErrorKind::UnsupportedRevision));
    }

    #[test]
    fn a_log_level_that_does_not_exist_is_refused() {
        let mut params = full("2026-07-28");
        params["_meta"][META_LOG_LEVEL] = json!("loud");
        assert_eq!(said(Some("2026-07-28"), params), Err(ErrorKind::InvalidMetadata));
    }
}
