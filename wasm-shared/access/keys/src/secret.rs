use std::fmt;

use crate::Hash;

/// Digits of the payload: 62^43 is the first power of 62 above 2^256.
const PAYLOAD: usize = 43;
/// Digits of the checksum: 62^6 is the first power of 62 above 2^32.
const CHECKSUM: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a secret opens. Each kind has a prefix of its own, so that a reader and a scanner can tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An API key, `mfe_`.
    Key,
    /// An access token of a signed-in client, `mfa_`.
    AccessToken,
    /// A refresh token, `mfr_`.
    RefreshToken,
    /// An authorization code, `mfc_`.
    Code,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Key, Self::AccessToken, Self::RefreshToken, Self::Code];

    /// The four characters every secret of this kind begins with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Key => "mfe_",
            Self::AccessToken => "mfa_",
            Self::RefreshToken => "mfr_",
            Self::Code => "mfc_",
        }
    }
}

/// A well-formed secret: prefix, 43 base62 digits (256 random bits), and 6 base62 digits of CRC-32 over both.
///
/// The form is that of GitHub's tokens: the checksum lets a mistyped secret be refused without a look-up, and
/// `mfe_[0-9A-Za-z]{49}` finds a leaked one.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    kind: Kind,
    text: String,
}

/// Why a text is not a secret of this product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It begins with none of the prefixes.
    Foreign,
    /// It begins with a prefix, but its length, an unknown digit or the checksum shows that it was mistyped or cut.
    Mistyped,
}

impl Secret {
    /// Length of every secret in characters.
    pub const LENGTH: usize = 4 + PAYLOAD + CHECKSUM;

    /// Makes a secret of 256 random bits, which must come from a cryptographic source.
    #[must_use]
    pub fn mint(kind: Kind, random: [u8; 32]) -> Self {
        let mut text = format!("{}{}", kind.prefix(), base62(&random, PAYLOAD));
        text.push_str(&checksum(&text));
        Self { kind, text }
    }

    /// Reads a secret of any kind.
    ///
    /// # Errors
    /// When the text has no prefix of ours, or one and is not whole.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let kind =
            Kind::ALL.into_iter().find(|kind| text.starts_with(kind.prefix())).ok_or(Malformed::Foreign)?;
        let whole =
            text.len() == Self::LENGTH && text.bytes().skip(4).all(|byte| byte.is_ascii_alphanumeric());
        let (signed, check) = text.split_at_checked(Self::LENGTH - CHECKSUM).ok_or(Malformed::Mistyped)?;
        if whole && checksum(signed) == check {
            Ok(Self { kind, text: text.to_owned() })
        } else {
            Err(Malformed::Mistyped)
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The secret itself, to be shown once to the one it is for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The hash under which it is stored.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.text)
    }

    /// The first characters, by which a person recognizes a key in a list: the prefix and 6 of 43 digits.
    #[must_use]
    pub fn recognizable(&self) -> &str {
        &self.text[..10]
    }
}

/// Does not show the secret.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}..)", self.kind.prefix())
    }
}

/// A public identifier of 96 random bits, such as that of a key or a grant: `prefix` and 17 base62 digits.
#[must_use]
pub fn identifier(prefix: &str, random: [u8; 12]) -> String {
    format!("{prefix}{}", base62(&random, 17))
}

fn checksum(text: &str) -> String {
    base62(&crc32fast::hash(text.as_bytes()).to_be_bytes(), CHECKSUM)
}

/// The big-endian number in base 62, padded with zeros on the left.
fn base62(number: &[u8], digits: usize) -> String {
    let mut number = number.to_vec();
    let mut text = vec!['0'; digits];
    for digit in text.iter_mut().rev() {
        let mut remainder = 0_u32;
        for byte in &mut number {
            let value = remainder << 8 | u32::from(*byte);
            *byte = (value / 62) as u8;
            remainder = value % 62;
        }
        *digit = char::from(DIGITS[remainder as usize]);
    }
    text.into_iter().collect()
}
