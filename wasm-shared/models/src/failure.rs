//! Why a model did not answer. What is said of it holds no key, and nothing of what a provider says about keys.

use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use platform::OutsideError;
use web::Problem;

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What kind of reason.
    pub kind: Kind,
    /// A sentence for the caller, which says what to do.
    pub detail: String,
    /// When to try again, where the provider says so.
    pub retry_after: Option<Duration>,
    /// For the operator's log.
    pub cause: Option<String>,
}

/// A kind of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The operator has set no provider.
    NoModel,
    /// There is no such provider or model, or it is not for callers.
    UnknownModel,
    /// The caller's budget of tokens has no room.
    Budget,
    /// The provider does not take the operator's key.
    Key,
    /// The provider allows no more requests for now.
    RateLimited,
    /// The provider has too much to do, or a fault.
    Overloaded,
    /// The provider cannot do what it was asked: the request is too long, or has something that the model does not take.
    Rejected,
    /// It was not reached.
    Unreachable,
    /// It took too long.
    TimedOut,
    /// Its reply was cut off.
    Broken,
    /// Its reply cannot be read.
    Unreadable,
    /// A store did not answer.
    Storage,
}

impl Kind {
    /// The stable name for programs, and the status.
    #[must_use]
    pub const fn code(self) -> (&'static str, StatusCode) {
        match self {
            Self::NoModel => ("NO_MODEL", StatusCode::SERVICE_UNAVAILABLE),
            Self::UnknownModel => ("UNKNOWN_MODEL", StatusCode::UNPROCESSABLE_ENTITY),
            Self::Budget => ("TOKEN_BUDGET_EXCEEDED", StatusCode::TOO_MANY_REQUESTS),
            Self::Key => ("MODEL_KEY_REFUSED", StatusCode::BAD_GATEWAY),
            Self::RateLimited => ("MODEL_RATE_LIMITED", StatusCode::TOO_MANY_REQUESTS),
            Self::Overloaded => ("MODEL_OVERLOADED", StatusCode::SERVICE_UNAVAILABLE),
            Self::Rejected => ("MODEL_REJECTED", StatusCode::BAD_GATEWAY),
            Self::Unreachable => ("MODEL_UNREACHABLE", StatusCode::BAD_GATEWAY),
            Self::TimedOut => ("MODEL_TIMEOUT", StatusCode::GATEWAY_TIMEOUT),
            Self::Broken => ("MODEL_BROKE_OFF", StatusCode::BAD_GATEWAY),
            Self::Unreadable => ("MODEL_UNREADABLE", StatusCode::BAD_GATEWAY),
            Self::Storage => ("STORAGE_UNAVAILABLE", StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    /// Whether asking again may help.
    #[must_use]
    pub const fn passes(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Overloaded
                | Self::Unreachable
                | Self::TimedOut
                | Self::Broken
                | Self::Storage
        )
    }
}

impl Failure {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), retry_after: None, cause: None }
    }

    pub(crate) fn because(self, cause: impl std::fmt::Display) -> Self {
        Self { cause: Some(cause.to_string()), ..self }
    }

    pub(crate) fn after(self, retry_after: Option<Duration>) -> Self {
        Self { retry_after, ..self }
    }

    /// No provider is set.
    #[must_use]
    pub fn no_model() -> Self {
        let detail = "No language model is set, so nothing that needs one can be done. The operator sets ANTHROPIC_API_KEY, \
                      GOOGLE_API_KEY or OPENAI_API_KEY, or names another provider in MODEL_PROVIDERS; docs/models.md says how. Without \
                      an account, `scripts/dev --with-model` starts a small model on this machine.";
        Self::new(Kind::NoModel, detail)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.kind.code().0, self.detail)
    }
}

impl std::error::Error for Failure {}

impl From<OutsideError> for Failure {
    fn from(error: OutsideError) -> Self {
        let detail = format!("The {} did not answer. Please try again in a moment.", error.service);
        Self::new(Kind::Storage, detail).because(error)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let (code, status) = failure.kind.code();
        let mut problem = Self::new(status, code, failure.detail);
        let seconds = match (failure.retry_after, failure.kind) {
            (Some(after), _) => Some(after.as_secs().max(1)),
            (None, Kind::Storage | Kind::RateLimited | Kind::Overloaded) => Some(5),
            (None, _) => None,
        };
        if let Some(seconds) = seconds {
            problem = problem.with_header(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        match failure.cause {
            Some(cause) => problem.with_cause(&cause),
            None => problem,
        }
    }
}
