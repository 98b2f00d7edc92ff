//! What goes wrong with a server.

use outbound::Refusal;
use platform::OutsideError;
use serde_json::Value;

/// Why a server gave no answer that can be used. The text is for people who look after the connection: it holds no secret.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection, or one that broke off.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// The time was over.
    #[error("it did not answer within {0} ms")]
    Late(u64),
    /// More than the bounds allow.
    #[error("it sent too much: {0}")]
    TooMuch(String),
    /// An answer that is none of the protocol.
    #[error("its answer is not of the protocol: {0}")]
    Malformed(String),
    /// A status that says that nothing was done, or not what was asked.
    #[error("it answered with HTTP status {0}")]
    Status(u16),
    /// It wants a credential, or another one.
    #[error("it refuses the authorization (HTTP status {status})")]
    Unauthorized {
        /// 401 or 403.
        status: u16,
        /// What it says about the credential that it wants: `WWW-Authenticate`.
        challenge: Option<String>,
    },
    /// No token could be had.
    #[error("no access token: {0}")]
    NoToken(String),
    /// It leads to where no request may go.
    #[error("it redirects to an address that is not asked: {0}")]
    Redirect(#[from] Refusal),
    /// The redirects did not end, or would change the request.
    #[error("its redirects lead nowhere")]
    Redirects,
    /// The session is not known any more. Nothing was done.
    #[error("it has lost the session")]
    SessionLost,
    /// It speaks no revision that this client speaks.
    #[error("it speaks no protocol revision that is known here: {0}")]
    Revision(String),
    /// It answered with an error of the protocol.
    #[error("it answered with the error {code}: {message}")]
    Rpc {
        /// Its number.
        code: i64,
        /// What it says, shortened.
        message: String,
        /// What a program may read about it.
        data: Option<Value>,
    },
}

impl Error {
    /// Whether the server was reached and said no, rather than failed. A caller's mistake does not make a server unwell.
    #[must_use]
    pub const fn is_an_answer(&self) -> bool {
        matches!(self, Self::Rpc { .. })
    }

    /// Whether the request may have been carried out all the same.
    #[must_use]
    pub const fn leaves_doubt(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::Late(_)
                | Self::TooMuch(_)
                | Self::Malformed(_)
                | Self::Status(500..)
        )
    }

    /// A word for counters and traces.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Late(_) => "late",
            Self::TooMuch(_) => "too_much",
            Self::Malformed(_) => "malformed",
            Self::Status(_) => "status",
            Self::Unauthorized { .. } | Self::NoToken(_) => "unauthorized",
            Self::Redirect(_) | Self::Redirects => "redirect",
            Self::SessionLost => "session_lost",
            Self::Revision(_) => "revision",
            Self::Rpc { .. } => "error",
        }
    }

    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }
}

impl From<OutsideError> for Error {
    fn from(error: OutsideError) -> Self {
        if error.reason.contains("larger than") {
            return Self::TooMuch(error.reason);
        }
        Self::Unreachable(error.reason)
    }
}
