//! Proof key for code exchange (RFC 7636), method S256 only.

use access::Hash;

/// Whether a challenge is one of S256: 43 characters of base64url.
pub(crate) fn is_challenge(challenge: &str) -> bool {
    Hash::parse(challenge).is_some()
}

/// Whether a verifier is the one that the challenge was made of.
pub(crate) fn verifies(verifier: &str, challenge: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let well_formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
    // The challenge is the verifier's SHA-256 in base64url, which is how a hash is written here.
    well_formed && Hash::parse(challenge).is_some_and(|challenge| challenge == Hash::of(verifier))
}
