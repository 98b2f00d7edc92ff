//! What the contract says of every answer, whatever was asked; and of every problem.

use serde_json::Value;

use crate::http::Reply;

/// Demands what holds for every answer: a request id, no secret, no stack trace, and an error that is a problem.
pub(crate) fn check(reply: &Reply, secrets: &[String]) {
    let what = &reply.described;
    let id = reply.must_have("x-request-id");
    assert!(!id.is_empty(), "{what}: the request id is empty");
    assert_eq!(
        reply.header("x-content-type-options"),
        Some("nosniff"),
        "{what}: a browser may guess the media type"
    );
    let text = String::from_utf8_lossy(&reply.body);
    for secret in secrets {
        let told =
            reply.headers.values().any(|value| String::from_utf8_lossy(value.as_bytes()).contains(secret));
        assert!(!text.contains(secret) && !told, "{what}: the answer holds a secret");
    }
    if reply.status >= 400 && !reply.head {
        assert_ne!(reply.status, 500, "{what}: {}", reply.shown());
        if reply.media_type() == "application/problem+json" || !speaks_oauth(what) {
            problem(reply);
        } else {
            oauth_refusal(reply);
        }
        for trace in ["panicked", ".rs:", "wasm-function", "    at "] {
            assert!(!text.contains(trace), "{what}: the answer holds a stack trace: {text}");
        }
    }
}

/// Whether the request is one of a sign-in: then standards of their own say how it is refused.
fn speaks_oauth(described: &str) -> bool {
    let path = described.split_once(' ').map_or(described, |(_, path)| path);
    ["/authorize", "/token", "/register", "/revoke"].iter().any(|of| path.starts_with(of))
}

/// Demands a refusal as RFC 6749 has it for programs, or a page that cannot be framed for people.
fn oauth_refusal(reply: &Reply) {
    let what = format!("{}: {}", reply.described, reply.shown());
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{what}");
    if reply.media_type() == "text/html" {
        assert!(reply.must_have("content-security-policy").contains("frame-ancestors 'none'"), "{what}");
        return;
    }
    assert_eq!(reply.media_type(), "application/json", "{what}");
    let body = reply.json();
    let name = body["error"].as_str().unwrap_or_default();
    assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{what}");
    assert!(body["error_description"].as_str().is_some_and(|text| text.contains(' ')), "{what}");
}

/// An error as RFC 9457 and the contract have it.
#[derive(Debug)]
pub struct Problem {
    /// The stable name.
    pub code: String,
    /// What to do.
    pub detail: String,
    /// The bad fields: pointer and detail.
    pub errors: Vec<(String, String)>,
}

impl Problem {
    /// What is said of a field.
    pub fn of(&self, pointer: &str) -> &str {
        let found = self.errors.iter().find(|(of, _)| of == pointer);
        &found.unwrap_or_else(|| panic!("{pointer} is not among the bad fields: {:?}", self.errors)).1
    }

    /// The pointers of all bad fields.
    #[must_use]
    pub fn pointers(&self) -> Vec<&str> {
        self.errors.iter().map(|(pointer, _)| pointer.as_str()).collect()
    }
}

impl Reply {
    /// A refusal with this status.
    pub fn refused(&self, status: u16) -> Problem {
        assert_eq!(self.status, status, "{}: {}", self.described, self.shown());
        problem(self)
    }
}

fn problem(reply: &Reply) -> Problem {
    let what = format!("{}: {}", reply.described, reply.shown());
    assert_eq!(reply.media_type(), "application/problem+json", "{what}");
    let body = reply.json();
    let text = |name: &str| match &body[name] {
        Value::String(text) if !text.is_empty() => text.clone(),
        _ => panic!("the problem has no {name}: {what}"),
    };
    assert_eq!(body["status"], reply.status, "{what}");
    // `type` is a URI reference; ours are absolute.
    assert!(text("type").contains(':') && !text("type").contains(' '), "{what}");
    text("title");
    let (code, detail) = (text("code"), text("detail"));
    assert!(code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'), "{what}");
    assert!(detail.contains(' ') && detail.len() >= 20, "the detail is no sentence: {what}");
    let errors: Vec<_> = match &body["errors"] {
        Value::Null => Vec::new(),
        Value::Array(errors) => errors.iter().map(|error| field_problem(error, &what)).collect(),
        _ => panic!("errors is no list: {what}"),
    };
    assert_eq!(reply.status == 422 && code == "INVALID_REQUEST", !errors.is_empty(), "{what}");
    Problem { code, detail, errors }
}

fn field_problem(error: &Value, what: &str) -> (String, String) {
    let (Some(pointer), Some(detail)) = (error["pointer"].as_str(), error["detail"].as_str()) else {
        panic!("an entry of errors has no pointer or detail: {what}");
    };
    let root_field_or_parameter = pointer.is_empty() || pointer.starts_with('/') || pointer.starts_with('?');
    assert!(root_field_or_parameter && !detail.is_empty(), "{what}");
    (pointer.to_owned(), detail.to_owned())
}
