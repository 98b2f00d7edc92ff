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
}

impl OutsideError {
    /// An error of `service`, with the reason it gave.
    pub fn new(service: &'static str, reason: impl std::fmt::Display) -> Self {
        Self { service, reason: reason.to_string() }
    }
}
