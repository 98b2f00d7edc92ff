use serde_json::{Value, json};

use crate::Repeated;

/// An error of `/token`, `/register` and `/revoke` (RFC 6749 section 5.2, RFC 7591 section 3.2.2).
///
/// The answer is JSON with `Cache-Control: no-store`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthError {
    /// The standard's name for it.
    pub error: &'static str,
    /// A sentence that says what to do.
    pub description: String,
}

impl OauthError {
    pub(crate) fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into() }
    }

    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    pub(crate) fn invalid_grant(description: impl Into<String>) -> Self {
        Self::new("invalid_grant", description)
    }

    /// The HTTP status: 401 for a client that authenticates wrongly, 400 for everything else.
    #[must_use]
    pub fn status(&self) -> u16 {
        if self.error == "invalid_client" { 401 } else { 400 }
    }

    /// `WWW-Authenticate` of the answer: of a client that tried HTTP Basic (RFC 6749, section 5.2).
    #[must_use]
    pub fn challenge(&self) -> Option<&'static str> {
        (self.status() == 401).then_some("Basic realm=\"token\"")
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({ "error": self.error, "error_description": self.description })
    }
}

impl From<Repeated> for OauthError {
    fn from(repeated: Repeated) -> Self {
        Self::invalid_request(format!("Send `{}` once.", repeated.0))
    }
}
