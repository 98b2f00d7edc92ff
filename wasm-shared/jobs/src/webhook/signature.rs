use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What a secret begins with.
pub(super) const PREFIX: &str = "whsec_";

/// One secret; or two, while one takes the other's place: every message then carries a signature of each.
#[derive(Clone)]
pub struct Secrets(Vec<Vec<u8>>);

impl Secrets {
    /// Reads secrets, `whsec_` and base64 of 24 to 64 bytes, with a space or a comma between them.
    ///
    /// None where there is none, more than two, or one that cannot be read.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let words = text.split([' ', ',']).filter(|word| !word.is_empty());
        let decode = |word: &str| {
            let bytes = BASE64_STANDARD.decode(word.strip_prefix(PREFIX)?).ok()?;
            (24..=64).contains(&bytes.len()).then_some(bytes)
        };
        let secrets = words.map(decode).collect::<Option<Vec<_>>>()?;
        (1..=2).contains(&secrets.len()).then_some(Self(secrets))
    }
}

/// The value of `webhook-signature`: a `v1` signature of each secret, with spaces between them.
#[must_use]
pub fn sign(secrets: &Secrets, id: &str, timestamp: i64, body: &str) -> String {
    let signed = |secret: &Vec<u8>| {
        // HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
    };
    secrets.0.iter().filter_map(signed).collect::<Vec<_>>().join(" ")
}
