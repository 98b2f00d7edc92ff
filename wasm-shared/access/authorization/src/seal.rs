use std::fmt;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A secret of this deployment with which it recognizes what it wrote itself. All instances need the same.
#[derive(Clone)]
pub struct SealingKey([u8; 32]);

impl SealingKey {
    /// A key of random bytes.
    #[must_use]
    pub const fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// Another key for a named purpose, such as the salt of address hashes.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        self.mac("derive", &[purpose]).finalize().into_bytes().into()
    }

    /// `text` and a tag over it and over what it belongs to. It is signed, not hidden.
    pub(crate) fn seal(&self, text: &str, belongs_to: &str) -> String {
        let text = BASE64_URL_SAFE_NO_PAD.encode(text);
        let tag = self.mac("seal", &[&text, belongs_to]).finalize().into_bytes();
        format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
    }

    /// What was sealed, if this key did so for what it belongs to. Compares in constant time.
    pub(crate) fn open(&self, sealed: &str, belongs_to: &str) -> Option<String> {
        let (text, tag) = sealed.split_once('.')?;
        let tag = BASE64_URL_SAFE_NO_PAD.decode(tag).ok()?;
        self.mac("seal", &[text, belongs_to]).verify_slice(&tag).ok()?;
        String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }

    fn mac(&self, purpose: &str, parts: &[&str]) -> Hmac<Sha256> {
        // HMAC fills a key up with zeros to the hash's block of 64 bytes.
        let mut block = [0; 64];
        block[..self.0.len()].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        for part in [&[purpose], parts].concat() {
            // The length before each part, so that no two lists of parts look alike.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(..)")
    }
}
