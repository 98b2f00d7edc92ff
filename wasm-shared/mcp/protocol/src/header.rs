//! The headers of requests, and how they carry what the body says.

use base64::{Engine, prelude::BASE64_STANDARD};
use rmcp::model::JsonObject;

/// The revision of the request.
pub const PROTOCOL_VERSION: &str = "mcp-protocol-version";
/// The method of the request.
pub const METHOD: &str = "mcp-method";
/// The tool, prompt, resource or task that the request names.
pub const NAME: &str = "mcp-name";
/// Begins the names of the headers that repeat a tool's arguments.
pub const PARAM: &str = "mcp-param-";
/// The session of the revisions that begin with `initialize`.
pub const SESSION_ID: &str = "mcp-session-id";
/// Where a stream of events is taken up again.
pub const LAST_EVENT_ID: &str = "last-event-id";

const BEGIN: &str = "=?base64?";
const END: &str = "?=";

/// What [`NAME`] repeats of a request.
#[must_use]
pub fn named<'a>(method: &str, params: &'a JsonObject) -> Option<&'a str> {
    let member = match method {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
        _ => return None,
    };
    params.get(member)?.as_str()
}

/// A text as the value of a header: as it is, or in Base64 where a header could not carry it, or would be read otherwise.
#[must_use]
pub fn encode(text: &str) -> String {
    let is_padded = text.starts_with(' ') || text.ends_with(' ');
    let looks_encoded = text.starts_with(BEGIN) && text.ends_with(END);
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !is_padded && !looks_encoded;
    if is_plain { text.to_owned() } else { format!("{BEGIN}{}{END}", BASE64_STANDARD.encode(text)) }
}

/// Undoes [`encode`]. `None` if what is inside is not Base64 of text.
#[must_use]
pub fn decode(value: &str) -> Option<String> {
    match value.strip_prefix(BEGIN).and_then(|inner| inner.strip_suffix(END)) {
        Some(inner) => String::from_utf8(BASE64_STANDARD.decode(inner).ok()?).ok(),
        None => Some(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_a_header_cannot_carry_come_in_base64() {
        assert_eq!(decode("=?base64?SGVsbG8=?=").as_deref(), Some("Hello"));
        assert_eq!(decode("SGVsbG8=").as_deref(), Some("SGVsbG8="));
        assert_eq!(decode("=?base64?SGVsbG8=").as_deref(), Some("=?base64?SGVsbG8="));
        assert_eq!(decode("=?base64?SGVsbG8?="), None);
        assert_eq!(decode("=?base64?SGVs!!!bG8=?="), None);
    }

    #[test]
    fn every_text_comes_out_of_a_header_as_it_went_in() {
        for text in
            ["plain text", "", " padded ", "tab\there", "ünï", "line\nbreak", "=?base64?SGVsbG8=?=", "日本"]
        {
            let value = encode(text);
            assert!(http::HeaderValue::from_str(&value).is_ok(), "{value}");
            assert_eq!(value.trim(), value);
            assert_eq!(decode(&value).as_deref(), Some(text));
        }
        assert_eq!(encode("us-west1"), "us-west1");
    }
}
