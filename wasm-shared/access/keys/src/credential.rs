use std::fmt;

use crate::{Hash, Kind, Malformed, Refusal, Secret};

/// Longest credential that is looked at.
const LONGEST: usize = 512;

/// What a request presented to say who is calling. Holds hashes only.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// Nothing: the caller is anonymous.
    None,
    /// A well-formed API key.
    Key(Hash),
    /// A well-formed access token.
    Token(Hash),
    /// Something else, which may be the operator's key or one of `API_KEYS`.
    Other(Hash),
    /// Something that cannot be right, whatever is stored.
    Refused(Refusal),
}

impl Credential {
    /// Reads the values of the `Authorization` header: there may be one, `Bearer <credential>`, the scheme in any case.
    pub fn from_authorization<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut values = values.into_iter();
        let Some(value) = values.next() else { return Self::None };
        let bearer = value
            .trim()
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, credential)| credential.trim())
            .filter(|credential| !credential.is_empty() && !credential.contains(' '));
        match bearer {
            Some(credential) if values.next().is_none() => Self::of(credential),
            _ => Self::Refused(Refusal::NotBearer),
        }
    }

    /// Reads a credential.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.len() > LONGEST {
            return Self::Refused(Refusal::Mistyped);
        }
        match Secret::parse(text) {
            Ok(secret) => match secret.kind() {
                Kind::Key => Self::Key(secret.hash()),
                Kind::AccessToken => Self::Token(secret.hash()),
                Kind::RefreshToken | Kind::Code => Self::Refused(Refusal::WrongKind),
            },
            Err(Malformed::Mistyped) => Self::Refused(Refusal::Mistyped),
            Err(Malformed::Foreign) => Self::Other(Hash::of(text)),
        }
    }
}

/// Shows the kind only.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Key(_) => f.write_str("Key(..)"),
            Self::Token(_) => f.write_str("Token(..)"),
            Self::Other(_) => f.write_str("Other(..)"),
            Self::Refused(refusal) => write!(f, "Refused({refusal:?})"),
        }
    }
}
