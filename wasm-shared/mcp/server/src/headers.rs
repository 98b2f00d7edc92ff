//! The headers of a request: what the client accepts, and the parts of the body it repeats (`Mcp-*`).

use std::str::FromStr;

use base64::{Engine, prelude::BASE64_STANDARD};
use headers_accept::Accept;
use http::{HeaderMap, header};
use mediatype::{MediaType, MediaTypeBuf, names};
use rmcp::model::JsonObject;
use serde_json::Value;

use crate::{Error, Revision, error::ErrorKind, rpc::Request};

/// The revision of the request.
pub(crate) const PROTOCOL_VERSION: &str = "mcp-protocol-version";
/// The method of the request.
const METHOD: &str = "mcp-method";
/// The tool, prompt, resource or task that the request names.
const NAME: &str = "mcp-name";
/// Begins the names of the headers that repeat a tool's arguments.
const PARAM: &str = "mcp-param-";
/// The session that old clients expect to be given.
pub(crate) const SESSION_ID: &str = "mcp-session-id";

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
        let wanted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
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
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
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
        Some(header) if decode(header).as_deref() == Some(named) => Ok(true),
        Some(header) => Err(mismatch(format!("the header Mcp-Name is '{header}', the body says '{named}'"))),
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

/// What `Mcp-Name` repeats.
fn named(request: &Request) -> Option<&str> {
    let member = match request.method.as_str() {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
        _ => return None,
    };
    request.params.get(member)?.as_str()
}

/// An argument of a tool that its callers repeat in a header, from `x-mcp-header` in the tool's schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParamHeader {
    /// Where the argument is: the names of properties from the root of the arguments.
    path: Vec<String>,
    /// The whole name of the header, in lower case.
    header: String,
    /// Whether it is an integer, so that `42.0` equals `42`.
    integer: bool,
}

impl ParamHeader {
    /// The arguments of a schema that are repeated in headers, or what is wrong with one of them.
    pub(crate) fn of_schema(schema: &JsonObject) -> Result<Vec<Self>, String> {
        let mut found = Vec::new();
        collect(schema, &mut Vec::new(), &mut found)?;
        let annotations = count_annotations(&Value::Object(schema.clone()));
        if annotations != found.len() {
            return Err(
                "x-mcp-header must be on a property that is reached from the root through `properties` only"
                    .into(),
            );
        }
        for (index, param) in found.iter().enumerate() {
            if found[..index].iter().any(|other| other.header == param.header) {
                return Err(format!("x-mcp-header gives the header {} twice", param.header));
            }
        }
        Ok(found)
    }

    /// Checks the header against the arguments of a call.
    pub(crate) fn check(&self, headers: &HeaderMap, arguments: &JsonObject) -> Result<(), Error> {
        let mut steps = self.path.iter();
        let argument = steps.next().and_then(|first| arguments.get(first));
        let argument = steps.fold(argument, |value, step| value?.get(step)).filter(|value| !value.is_null());
        let name = &self.header;
        match (single(headers, name)?, argument) {
            (None, None) => Ok(()),
            (None, Some(_)) => {
                Err(mismatch(format!("the header {name} is missing, the arguments have a value for it")))
            }
            (Some(_), None) => {
                Err(mismatch(format!("the header {name} is given, the arguments have no value for it")))
            }
            (Some(header), Some(argument)) => {
                let decoded = decode(header)
                    .ok_or_else(|| mismatch(format!("the header {name} is not valid Base64")))?;
                if self.agrees(&decoded, argument) {
                    return Ok(());
                }
                Err(mismatch(format!("the header {name} is '{decoded}', the arguments say {argument}")))
            }
        }
    }

    fn agrees(&self, header: &str, argument: &Value) -> bool {
        match argument {
            Value::String(text) => text == header,
            Value::Bool(truth) => header == if *truth { "true" } else { "false" },
            // The specification has integers compared as numbers.
            Value::Number(number) if self.integer => {
                header.parse::<f64>().is_ok_and(|header| number.as_f64() == Some(header))
            }
            Value::Number(number) => number.to_string() == header,
            // Anything else is no value a header can repeat; the tool's own types refuse it.
            _ => true,
        }
    }
}

fn collect(schema: &JsonObject, path: &mut Vec<String>, found: &mut Vec<ParamHeader>) -> Result<(), String> {
    let Some(Value::Object(properties)) = schema.get("properties") else { return Ok(()) };
    for (name, property) in properties {
        let Value::Object(property) = property else { continue };
        path.push(name.clone());
        if let Some(header) = property.get(ANNOTATION) {
            let header = header.as_str().unwrap_or_default();
            if header.is_empty() || http::HeaderName::from_bytes(header.as_bytes()).is_err() {
                return Err(format!("x-mcp-header of `{}` is not the name of a header", path.join(".")));
            }
            let kind = property.get("type").and_then(Value::as_str);
            if !matches!(kind, Some("string" | "integer" | "boolean")) {
                return Err(format!(
                    "x-mcp-header of `{}` needs a string, an integer or a boolean",
                    path.join(".")
                ));
            }
            found.push(ParamHeader {
                path: path.clone(),
                header: format!("{PARAM}{}", header.to_ascii_lowercase()),
                integer: kind == Some("integer"),
            });
        }
        collect(property, path, found)?;
        path.pop();
    }
    Ok(())
}

const ANNOTATION: &str = "x-mcp-header";

fn count_annotations(schema: &Value) -> usize {
    match schema {
        Value::Object(fields) => {
            let inner: usize = fields.values().map(count_annotations).sum();
            inner + usize::from(fields.contains_key(ANNOTATION))
        }
        Value::Array(items) => items.iter().map(count_annotations).sum(),
        _ => 0,
    }
}

/// Undoes `=?base64?...?=`, which carries values that a header cannot. `None` if what is inside is not Base64 of text.
fn decode(value: &str) -> Option<String> {
    match value.strip_prefix("=?base64?").and_then(|inner| inner.strip_suffix("?=")) {
        Some(inner) => String::from_utf8(BASE64_STANDARD.decode(inner).ok()?).ok(),
        None => Some(value.to_owned()),
    }
}

pub(crate) fn mismatch(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::HeaderMismatch, format!("Header mismatch: {what}"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn accepts(value: &'static str) -> Option<(bool, bool)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(value));
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
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        assert!(check_content_type(&headers).is_ok());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        assert!(check_content_type(&headers).is_err());
    }

    #[test]
    fn values_a_header_cannot_carry_come_in_base64() {
        assert_eq!(decode("=?base64?SGVsbG8=?=").as_deref(), Some("Hello"));
        assert_eq!(decode("SGVsbG8=").as_deref(), Some("SGVsbG8="));
        assert_eq!(decode("=?base64?SGVsbG8=").as_deref(), Some("=?base64?SGVsbG8="));
        assert_eq!(decode("=?base64?SGVsbG8?="), None);
        assert_eq!(decode("=?base64?SGVs!!!bG8=?="), None);
    }

    #[test]
    fn integers_are_compared_as_numbers() {
        let params = ParamHeader::of_schema(&schema(json!({
            "properties": { "page": { "type": "integer", "x-mcp-header": "Page" } }
        })));
        let page = &params.unwrap()[0];
        let mut headers = HeaderMap::new();
        headers.insert("mcp-param-page", HeaderValue::from_static("42.0"));
        assert!(page.check(&headers, &schema(json!({ "page": 42 }))).is_ok());
        assert!(page.check(&headers, &schema(json!({ "page": 43 }))).is_err());
        assert!(page.check(&headers, &schema(json!({ "page": null }))).is_err());
        assert!(page.check(&HeaderMap::new(), &schema(json!({ "page": null }))).is_ok());
        assert!(page.check(&HeaderMap::new(), &schema(json!({ "page": 42 }))).is_err());
    }

    #[test]
    fn an_argument_inside_another_is_found() {
        let params = ParamHeader::of_schema(&schema(json!({ "properties": { "sim": {
            "type": "object", "properties": { "region": { "type": "string", "x-mcp-header": "Region" } }
        } } })));
        let mut headers = HeaderMap::new();
        headers.insert("Mcp-Param-Region", HeaderValue::from_static("eu"));
        assert!(params.unwrap()[0].check(&headers, &schema(json!({ "sim": { "region": "eu" } }))).is_ok());
    }

    #[test]
    fn annotations_that_clients_would_reject_are_rejected_here_first() {
        for (wrong, why) in [
            (json!({ "properties": { "a": { "type": "number", "x-mcp-header": "A" } } }), "integer"),
            (
                json!({ "properties": { "a": { "type": "string", "x-mcp-header": "a b" } } }),
                "name of a header",
            ),
            (
                json!({ "properties": { "a": { "type": "array", "items": { "type": "string", "x-mcp-header": "A" } } } }),
                "root",
            ),
            (
                json!({ "properties": {
                    "a": { "type": "string", "x-mcp-header": "A" }, "b": { "type": "string", "x-mcp-header": "a" }
                } }),
                "twice",
            ),
        ] {
            let said = ParamHeader::of_schema(&schema(wrong)).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn a_header_given_twice_is_refused() {
        let mut headers = HeaderMap::new();
        headers.append(METHOD, HeaderValue::from_static("tools/list"));
        headers.append(METHOD, HeaderValue::from_static("tools/call"));
        assert!(single(&headers, METHOD).is_err());
    }
}
