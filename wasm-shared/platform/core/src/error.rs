/// Why the outside could not do what it was asked.
///
/// The text is for the operator's log. It never holds a secret or a stored value; callers show users a sentence of
/// their own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{service}: {reason}")]
pub struct OutsideError {
    /// Which service failed: `cache`, `archive` (both `key-value store` on Spin), `assets`, `config`, `database`,
    /// `http client`, `itself`.
    pub service: &'static str,
    /// What it said.
    pub reason: String,
    /// Whether this deployment has no such service at all, so that waiting for it is of no use.
    pub is_missing: bool,
}

impl OutsideError {
    /// An error of `service`, with the reason it gave.
    pub fn new(service: &'static str, reason: impl std::fmt::Display) -> Self {
        Self { service, reason: reason.to_string(), is_missing: false }
    }

    /// The error of a service that was not granted, or is not bound.
    pub fn missing(service: &'static str, reason: impl std::fmt::Display) -> Self {
        Self { is_missing: true, ..Self::new(service, reason) }
    }
}
