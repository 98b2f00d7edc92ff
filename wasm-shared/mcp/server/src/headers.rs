//! The headers of a request: what the client accepts, and the parts of the body it repeats (`Mcp-*`).

use std::str::FromStr;

use headers_accept::Accept;
use http::{
    HeaderMap,
    header::{ACCEPT, CONTENT_TYPE},
};
use mcp_protocol::{
    ParamHeader,
    header::{self, METHOD, NAME, PROTOCOL_VERSION},
};
use mediatype::{MediaType, MediaTypeBuf, names};
use rmcp::model::JsonObject;

use crate::{Error, Revision, error::ErrorKind, rpc::Request};

const JSON: MediaType<'_> = MediaType::new(names::APPLICATION, names::JSON);
const EVENT_STREAM: MediaType<'_> = MediaType::new(names::TEXT, names::EVENT_STREAM);

/// What a client wants to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepts {
    pub(crate) json: bool,
    pub(crate) events: bool,
}

impl Accepts {
    /// From the `Accept` header. Without one, or with one that cannot be read, JSON is what any client reads.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Result<Self, Error> {
        let wanted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let wanted = wanted.collect::<Vec<_>>().join(",");
        let readable = Accept::from_str(&wanted).ok().filter(|_| !wanted.trim().is_empty());
        let Some(wanted) = readable else { return Ok(Self { json: true, events: false }) };
        // A client that accepts anything has not said that it reads event streams.
        let says_events = wanted.media_types().any(|kind| kind.essence() == EVENT_STREAM);
        let accepts = Self {
            json: wanted.negotiate([JSON].iter()).is_some(),
            events: says_events && wanted.negotiate([EVENT_STREAM].iter()).is_some(),
        };
        if accepts.json || accepts.events {
            return Ok(accepts);
        }
        Err(Error::new(ErrorKind::NotAcceptable, "Accept must include application/json or text/event-stream"))
    }
}

/// Refuses a body that is not declared as JSON.
pub(crate) fn check_content_type(headers: &HeaderMap) -> Result<(), Error> {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let declared = declared.and_then(|value| MediaTypeBuf::from_str(value).ok());
    if declared.is_some_and(|kind| kind.essence() == JSON) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::UnsupportedMediaType, "Content-Type must be application/json"))
}

/// The one value of a header, without the white space around it.
pub(crate) fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Error> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    // A proxy that routes by the header may take another of its values than this server would.
    if values.next().is_some() {
        return Err(mismatch(format!("the header {name} appears more than once")));
    }
    let value =
        value.to_str().map_err(|_| mismatch(format!("the header {name} has characters it may not have")))?;
    Ok(Some(value.trim_matches([' ', '\t'])))
}

/// Checks the headers that repeat the method and the name against the body, as 2026-07-28 demands.
pub(crate) fn check_standard(
    headers: &HeaderMap,
    request: &Request,
    revision: Revision,
) -> Result<(), Error> {
    let Some(version) = single(headers, PROTOCOL_VERSION)? else {
        return Err(mismatch("the header MCP-Protocol-Version is missing"));
    };
    if version != revision.name() {
        return Err(mismatch(format!(
            "the header MCP-Protocol-Version is '{version}', the body says '{revision}'"
        )));
    }
    if !check_method(headers, &request.method)? {
        return Err(mismatch("the header Mcp-Method is missing"));
    }
    if !check_name(headers, request)? && named(request).is_some() {
        return Err(mismatch("the header Mcp-Name is missing"));
    }
    Ok(())
}

/// Checks the headers that repeat the method and the name where they are given, though the revision does not ask for them:
/// a proxy that routes by them must not see another request than this server.
pub(crate) fn check_repeated(headers: &HeaderMap, request: &Request) -> Result<(), Error> {
    check_method(headers, &request.method)?;
    check_name(headers, request).map(|_| ())
}

/// Checks the header that repeats the name, and says whether there is one.
fn check_name(headers: &HeaderMap, request: &Request) -> Result<bool, Error> {
    let Some(named) = named(request) else { return Ok(false) };
    match single(headers, NAME)? {
        None => Ok(false),
        Some(value) if header::decode(value).as_deref() == Some(named) => Ok(true),
        Some(value) => Err(mismatch(format!("the header Mcp-Name is '{value}', the body says '{named}'"))),
    }
}

/// Checks the header that repeats the method, and says whether there is one.
pub(crate) fn check_method(headers: &HeaderMap, method: &str) -> Result<bool, Error> {
    match single(headers, METHOD)? {
        None => Ok(false),
        Some(header) if header == method => Ok(true),
        Some(header) => {
            Err(mismatch(format!("the header Mcp-Method is '{header}', the body says '{method}'")))
        }
    }
}

fn named(request: &Request) -> Option<&str> {
    header::named(&request.method, &request.params)
}

/// Checks the header that repeats an argument of a call.
pub(crate) fn check_param(
    param: &ParamHeader,
    headers: &HeaderMap,
    arguments: &JsonObject,
) -> Result<(), Error> {
    let name = param.name();
    match (single(headers, name)?, param.argument(arguments)) {
        (None, None) => Ok(()),
        (None, Some(_)) => {
            Err(mismatch(format!("the header {name} is missing, the arguments have a value for it")))
        }
        (Some(_), None) => {
            Err(mismatch(format!("the header {name} is given, the arguments have no value for it")))
        }
        (Some(value), Some(argument)) => {
            let decoded = header::decode(value)
                .ok_or_else(|| mismatch(format!("the header {name} is not valid Base64")))?;
            if param.agrees(&decoded, argument) {
                return Ok(());
            }
            Err(mismatch(format!("the header {name} is '{decoded}', the arguments say {argument}")))
        }
    }
}

pub(crate) fn mismatch(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::HeaderMismatch, format!("Header mismatch: {what}"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::{Value, json};

    use super::*;

    fn accepts(value: &'static str) -> Option<(bool, bool)> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(value));
        Accepts::from_headers(&headers).ok().map(|accepts| (accepts.json, accepts.events))
    }

    fn schema(value: Value) -> JsonObject {
        rmcp::model::object(value)
    }

    #[test]
    fn an_event_stream_is_sent_only_to_those_who_say_they_read_one() {
        assert_eq!(accepts("application/json, text/event-stream"), Some((true, true)));
        assert_eq!(accepts("text/event-stream, application/json;q=0.5"), Some((true, true)));
        assert_eq!(accepts("*/*"), Some((true, false)));
        assert_eq!(accepts("application/*"), Some((true, false)));
        assert_eq!(accepts("text/event-stream"), Some((false, true)));
        assert_eq!(accepts("application/json, text/event-stream;q=0"), Some((true, false)));
        assert_eq!(accepts("text/html"), None);
        assert_eq!(Accepts::from_headers(&HeaderMap::new()), Ok(Accepts { json: true, events: false }));
    }

    #[test]
    fn a_charset_does_not_make_json_something_else() {
        let mut headers = HeaderMap::new();
        assert!(check_content_type(&headers).is_err());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        assert!(check_content_type(&headers).is_ok());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        assert!(check_content_type(&headers).is_err());
    }

    #[test]
    fn integers_are_compared_as_numbers() {
        let params = ParamHeader::of_schema(&schema(json!({
            "properties": { "page": { "type": "integer", "x-mcp-header": "Page" } }
        })));
        let page = &params.unwrap()[0];
        let mut headers = HeaderMap::new();
        headers.insert("mcp-param-page", HeaderValue::from_static("42.0"));
        assert!(check_param(page, &headers, &schema(json!({ "page": 42 }))).is_ok());
        assert!(check_param(page, &headers, &schema(json!({ "page": 43 }))).is_err());
        assert!(check_param(page, &headers, &schema(json!({ "page": null }))).is_err());
        assert!(check_param(page, &HeaderMap::new(), &schema(json!({ "page": null }))).is_ok());
        assert!(check_param(page, &HeaderMap::new(), &schema(json!({ "page": 42 }))).is_err());
    }

    #[test]
    fn an_argument_inside_another_is_found() {
        let params = ParamHeader::of_schema(&schema(json!({ "properties": { "sim": {
            "type": "object", "properties": { "region": { "type": "string", "x-mcp-header": "Region" } }
        } } })));
        let mut headers = HeaderMap::new();
        headers.insert("Mcp-Param-Region", HeaderValue::from_static("eu"));
        assert!(
            check_param(&params.unwrap()[0], &headers, &schema(json!({ "sim": { "region": "eu" } }))).is_ok()
        );
    }

    #[test]
    fn a_header_given_twice_is_refused() {
        let mut headers = HeaderMap::new();
        headers.append(METHOD, HeaderValue::from_static("tools/list"));
        headers.append(METHOD, HeaderValue::from_static("tools/call"));
        assert!(single(&headers, METHOD).is_err());
    }
}
