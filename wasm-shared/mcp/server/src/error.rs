//! The one error of this crate, and how each revision hears of it.

use std::{borrow::Cow, fmt};

use http::StatusCode;
use rmcp::model::{ClientCapabilities, ErrorCode, ErrorData};
use serde_json::{Value, json};

use crate::Revision;

/// Why a request was not answered as asked, or why a [`Server`](crate::Server) could not be built.
///
/// A tool, prompt or resource says [`Error::refused`] when the caller can do better, with a sentence that tells how;
/// a model reads it as the tool's result. Everything else is a protocol error.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
    data: Option<Value>,
}

/// What sort of [`Error`] it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller asked for something that cannot be done so, and may correct it. From a tool, this is a result with
    /// `isError`; from a prompt or a resource it is `-32602`.
    Refused,
    /// The body is not JSON (`-32700`).
    Parse,
    /// The JSON is not a message of the protocol (`-32600`).
    InvalidRequest,
    /// There is no such method (`-32601`).
    MethodNotFound,
    /// The parameters do not fit the method (`-32602`).
    InvalidParams,
    /// A request of 2026-07-28 without the metadata that every request must carry (`-32602`, HTTP 400).
    InvalidMetadata,
    /// There is no such resource (`-32602`, before 2026-07-28 `-32002`).
    ResourceNotFound,
    /// A header says something else than the body (`-32020`).
    HeaderMismatch,
    /// The client did not declare a capability that the request needs (`-32021`).
    MissingCapability,
    /// The protocol revision is not one of this server's (`-32022`).
    UnsupportedRevision,
    /// `Origin` or `Host` is not allowed (HTTP 403).
    Forbidden,
    /// Only POST is answered (HTTP 405).
    MethodNotAllowed,
    /// Neither JSON nor an event stream is acceptable to the client (HTTP 406).
    NotAcceptable,
    /// The body is too large (HTTP 413).
    TooLarge,
    /// The body is not declared as JSON (HTTP 415).
    UnsupportedMediaType,
    /// The server failed (`-32603`).
    Internal,
    /// The server was put together wrongly; never seen by a client.
    Definition,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), data: None }
    }

    /// The caller may correct this: `message` says what was wrong and what would be right.
    pub fn refused(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Refused, message)
    }

    /// The parameters do not fit, as a protocol error that a model does not get to see.
    pub fn invalid_params(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidParams, message)
    }

    /// There is no tool or prompt (`what`) of this name; suggests the closest ones.
    pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let meant = suggest::did_you_mean(name, known).map_or_else(String::new, |meant| format!("; {meant}"));
        // Names are bounded by the body only; the answer needs no more of one than its beginning.
        Self::invalid_params(format!("Unknown {what}: {name:.80}{meant}"))
    }

    /// There is no resource at `uri`.
    #[must_use]
    pub fn resource_not_found(uri: &str) -> Self {
        Self::new(ErrorKind::ResourceNotFound, "Resource not found").with_data(json!({ "uri": uri }))
    }

    /// The server failed. `message` goes to the client: keep secrets and internals out of it.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// The client must declare `required` before it can ask for this.
    #[must_use]
    pub fn missing_capability(required: &ClientCapabilities) -> Self {
        Self::new(
            ErrorKind::MissingCapability,
            "The request needs a capability that the client did not declare",
        )
        .with_data(json!({ "requiredCapabilities": required }))
    }

    pub(crate) fn unsupported_revision(requested: &str) -> Self {
        let supported = Revision::ALL.map(Revision::name);
        Self::new(ErrorKind::UnsupportedRevision, "Unsupported protocol version")
            .with_data(json!({ "supported": supported, "requested": requested }))
    }

    pub(crate) fn definition(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Definition, message)
    }

    /// Adds what a program may read about the error.
    #[must_use]
    pub fn with_data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// What sort of error it is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The sentence about it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The HTTP status that carries it.
    ///
    /// What a handler said travels with 200 like any answer. 2026-07-28 gives an unknown method 404 and a missing
    /// capability 400; the revisions before it answer both with 200.
    pub(crate) const fn status(&self, stateless: bool) -> StatusCode {
        match self.kind {
            ErrorKind::Parse
            | ErrorKind::InvalidRequest
            | ErrorKind::InvalidMetadata
            | ErrorKind::HeaderMismatch
            | ErrorKind::UnsupportedRevision => StatusCode::BAD_REQUEST,
            ErrorKind::MissingCapability if stateless => StatusCode::BAD_REQUEST,
            ErrorKind::MethodNotFound if stateless => StatusCode::NOT_FOUND,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            ErrorKind::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorKind::Definition => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::OK,
        }
    }

    /// The error member of a JSON-RPC answer.
    ///
    /// What HTTP itself refused has no code of its own: 2026-07-28 asks new servers to leave `-32000` to `-32019`
    /// alone, so it is an invalid request.
    pub(crate) fn into_data(self, revision: Revision) -> ErrorData {
        let code = match self.kind {
            ErrorKind::Parse => ErrorCode::PARSE_ERROR,
            ErrorKind::MethodNotFound => ErrorCode::METHOD_NOT_FOUND,
            ErrorKind::Refused | ErrorKind::InvalidParams | ErrorKind::InvalidMetadata => {
                ErrorCode::INVALID_PARAMS
            }
            ErrorKind::ResourceNotFound if revision.is_stateless() => ErrorCode::INVALID_PARAMS,
            ErrorKind::ResourceNotFound => ErrorCode::RESOURCE_NOT_FOUND,
            ErrorKind::HeaderMismatch => ErrorCode::HEADER_MISMATCH,
            ErrorKind::MissingCapability => ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY,
            ErrorKind::UnsupportedRevision => ErrorCode::UNSUPPORTED_PROTOCOL_VERSION,
            ErrorKind::Internal | ErrorKind::Definition => ErrorCode::INTERNAL_ERROR,
            _ => ErrorCode::INVALID_REQUEST,
        };
        ErrorData::new(code, self.message, self.data)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_resource_has_the_code_of_the_clients_revision() {
        let code = |revision| Error::resource_not_found("a://b").into_data(revision).code.0;
        assert_eq!(code(Revision::V2025_11_25), -32002);
        assert_eq!(code(Revision::V2026_07_28), -32602);
    }

    #[test]
    fn the_unsupported_revision_lists_the_supported_ones() {
        let data = Error::unsupported_revision("1900-01-01").into_data(Revision::V2026_07_28).data.unwrap();
        assert_eq!(data["requested"], "1900-01-01");
        assert_eq!(data["supported"][0], "2026-07-28");
    }
}
