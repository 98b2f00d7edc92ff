//! Requests to an engine: bounded in time and size, with its credential, and its errors in words.

use std::time::Duration;

use ::http::{Method, Request, StatusCode, header};
use bytes::Bytes;
use platform::{Platform, whole, within};
use serde_json::Value;

use super::EngineError;

/// How long an engine may take for a request.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
/// The largest answer that is read: a list of 500 deployments has about 3 MB.
const LARGEST: usize = 8 << 20;
/// How much of an engine's message is repeated, in characters.
const LONGEST_MESSAGE: usize = 400;

/// An engine's API.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) platform: Platform,
    pub(super) base: String,
    pub(super) token: Option<String>,
}

/// An answer of an engine.
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

impl Answered {
    pub(super) fn json(&self) -> Result<Value, EngineError> {
        serde_json::from_slice(&self.body).map_err(|error| EngineError::Unreadable(error.to_string()))
    }

    /// What an engine says of an error: `message` is where Docker, Podman and Kubernetes put it.
    pub(super) fn message(&self) -> String {
        let said = serde_json::from_slice::<Value>(&self.body).ok();
        let said = said.as_ref().and_then(|said| said.get("message")?.as_str());
        let text = said.map_or_else(|| format!("it answered {}", self.status), str::to_owned);
        text.chars().take(LONGEST_MESSAGE).collect()
    }

    /// The answer, if it is a success.
    pub(super) fn ok(self) -> Result<Self, EngineError> {
        if self.status.is_success() { Ok(self) } else { Err(self.error()) }
    }

    pub(super) fn error(&self) -> EngineError {
        match self.status {
            StatusCode::UNAUTHORIZED => EngineError::Unauthorized,
            StatusCode::FORBIDDEN => EngineError::Forbidden(self.message()),
            StatusCode::NOT_FOUND => EngineError::Missing,
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                EngineError::Unreachable(self.message())
            }
            _ => EngineError::Refused(self.message()),
        }
    }
}

impl Api {
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<(&'static str, &Value)>,
    ) -> Result<Answered, EngineError> {
        self.ask_for(PATIENCE, method, path, body).await
    }

    pub(super) async fn ask_for(
        &self,
        patience: Duration,
        method: Method,
        path: &str,
        body: Option<(&'static str, &Value)>,
    ) -> Result<Answered, EngineError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, super::MANAGER);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = match body {
            Some((kind, value)) => {
                request.header(header::CONTENT_TYPE, kind).body(Bytes::from(value.to_string()))
            }
            None => request.body(Bytes::new()),
        };
        let request = request.map_err(|error| EngineError::Unreachable(error.to_string()))?;
        let asked = async {
            let response = self.platform.http().open(request).await?;
            let (parts, body) = response.into_parts();
            Ok(Answered { status: parts.status, body: whole(body, LARGEST).await? })
        };
        match within(self.platform.sleep(), patience, asked).await {
            Some(Ok(answered)) => Ok(answered),
            // Where it is, is nobody's business but the operator's; the reason goes to the log.
            Some(Err(error)) => Err(EngineError::Unreachable(error_text(&error))),
            None => {
                Err(EngineError::Unreachable(format!("it did not answer within {} s", patience.as_secs())))
            }
        }
    }
}

fn error_text(error: &platform::OutsideError) -> String {
    error.reason.chars().take(LONGEST_MESSAGE).collect()
}

/// A query, encoded.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
