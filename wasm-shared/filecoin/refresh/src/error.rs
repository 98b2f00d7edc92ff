use chrono::Duration;
use http::{HeaderValue, StatusCode, header};
use network_data::{spacescope::ReplyError, validation::Refused};
use platform::OutsideError;
use snapshot_store::PublishError;
use web::{Problem, sentence};

/// Why a refresh did not come to its end. The text says what to do, and goes to the caller, the log and `/health`.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// There is no token.
    #[error("SPACESCOPE_TOKEN is not set; set it as a secret to fetch the network's data")]
    NoToken,
    /// The base URL is none.
    #[error("SPACESCOPE_BASE_URL is not an http or https URL; correct it, or leave it out")]
    BaseUrl,
    /// 401 or 403.
    #[error(
        "Spacescope refuses the token ({path} answered {status}); set SPACESCOPE_TOKEN to a valid one, from an account that \
         may use this path"
    )]
    TokenRefused {
        /// The path.
        path: &'static str,
        /// 401 or 403.
        status: u16,
    },
    /// No good answer, after some attempts.
    #[error("{path}, {asked}: {reason}, also at attempt {attempts}; it is tried again at the next refresh")]
    Unreachable {
        /// The path.
        path: &'static str,
        /// The days asked for.
        asked: String,
        /// How the last attempt failed.
        reason: String,
        /// How many attempts there were.
        attempts: u32,
    },
    /// An answer that cannot be used.
    #[error("{0}; nothing of this reply was used")]
    Reply(#[from] ReplyError),
    /// The rows give a snapshot that cannot be real, or that cannot follow the present one.
    #[error("{0}; if these figures are right, publish them with ?force=true")]
    Implausible(Refused),
    /// The rows give no snapshot at all, which nothing can force.
    #[error("{0}")]
    Impossible(Refused),
    /// Another refresh is under way.
    #[error("a refresh has been under way for {} seconds; wait until it ends, or {} seconds if it was interrupted", age.num_seconds(), left.num_seconds())]
    UnderWay {
        /// For how long.
        age: Duration,
        /// Until when it counts as interrupted.
        left: Duration,
    },
    /// A store did not answer.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// The snapshot could not be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The application could not call itself.
    #[error(
        "more is to be fetched than one invocation may send requests for, and the application could not call itself to go on \
         ({0}); what came is kept, and the next refresh goes on"
    )]
    Itself(String),
}

impl RefreshError {
    /// Whether it says something about the data, so that `/health` should.
    pub(crate) const fn is_failure(&self) -> bool {
        !matches!(self, Self::NoToken | Self::UnderWay { .. })
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        let error = match error {
            RefreshError::Outside(error) => return Self::unavailable(&error),
            RefreshError::Publish(error) => return error.into(),
            other => other,
        };
        let (status, code) = match &error {
            RefreshError::NoToken => (StatusCode::SERVICE_UNAVAILABLE, "SPACESCOPE_TOKEN_MISSING"),
            RefreshError::BaseUrl => (StatusCode::SERVICE_UNAVAILABLE, "SPACESCOPE_BASE_URL_INVALID"),
            RefreshError::TokenRefused { .. } => (StatusCode::BAD_GATEWAY, "SPACESCOPE_TOKEN_REFUSED"),
            RefreshError::Unreachable { .. } => (StatusCode::BAD_GATEWAY, "UPSTREAM_UNAVAILABLE"),
            RefreshError::Reply(_) => (StatusCode::BAD_GATEWAY, "UPSTREAM_INVALID"),
            RefreshError::Implausible(_) | RefreshError::Impossible(_) => {
                (StatusCode::BAD_GATEWAY, "UPSTREAM_IMPLAUSIBLE")
            }
            RefreshError::UnderWay { .. } => (StatusCode::CONFLICT, "REFRESH_UNDER_WAY"),
            RefreshError::Itself(_) => (StatusCode::SERVICE_UNAVAILABLE, "CONTINUATION_FAILED"),
            RefreshError::Outside(_) | RefreshError::Publish(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "STORAGE_UNAVAILABLE")
            }
        };
        let problem = Self::new(status, code, sentence(&error.to_string()));
        match error {
            RefreshError::UnderWay { left, .. } => {
                problem.with_header(header::RETRY_AFTER, HeaderValue::from(left.num_seconds().clamp(1, 600)))
            }
            _ => problem,
        }
    }
}
