//! A server that says itself where it is: signed as Standard Webhooks are, so that nobody else can say it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// How far the clocks of a server and of this one may be apart, in seconds.
pub const TOLERANCE_SECONDS: i64 = 300;
/// How long a heartbeat may hold.
pub const TTL_SECONDS: (i64, i64) = (5, 3_600);
/// How long it holds where it does not say.
pub const USUAL_TTL_SECONDS: i64 = 60;

/// What a server's name is put behind when its key is derived, so that the secret's other uses can have no key in common with it.
const KEY_LABEL: &str = "mcp-heartbeat:";

/// The headers of a heartbeat.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signed<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`: seconds of Unix time.
    pub timestamp: &'a str,
    /// `webhook-signature`: `v1,` and base64, one or several.
    pub signature: &'a str,
}

/// When a heartbeat of the server of this name was signed, in seconds of Unix time; `None` where it was not signed with that server's
/// key, derived from one of the secrets, or too long ago.
///
/// A heartbeat that is sent again by somebody else holds no longer than the first: it counts from when it was signed.
#[must_use]
pub fn verify(secrets: &str, name: &str, signed: Signed<'_>, body: &str, now_seconds: i64) -> Option<i64> {
    let at: i64 = signed.timestamp.parse().ok()?;
    if (now_seconds - at).abs() > TOLERANCE_SECONDS || signed.id.is_empty() {
        return None;
    }
    let mut good = false;
    for secret in secrets.split([' ', ',']).filter(|word| !word.is_empty()) {
        let secret = BASE64_STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
        good |= is_signed(&key_of(&secret, name)?, signed, body);
    }
    good.then_some(at)
}

/// The key of the server of this name: it signs that server's heartbeats and no other's, and tells nothing of the secret.
fn key_of(secret: &[u8], name: &str) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(KEY_LABEL.as_bytes());
    mac.update(name.as_bytes());
    Some(mac.finalize().into_bytes().into())
}

/// Whether a message is signed with a key, as Standard Webhooks are.
fn is_signed(key: &[u8], signed: Signed<'_>, body: &str) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    mac.update(format!("{}.{}.{body}", signed.id, signed.timestamp).as_bytes());
    let wanted = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
    let mut good = false;
    for given in signed.signature.split(' ') {
        good |= bool::from(given.as_bytes().ct_eq(wanted.as_bytes()));
    }
    good
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    // The example of the specification of Standard Webhooks.
    const BODY: &str = r#"{"test": 2432232314}"#;
    const SIGNED: Signed<'static> = Signed {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };
    const THEN: i64 = 1_614_265_330;

    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        let key = BASE64_STANDARD.decode(&SECRET["whsec_".len()..]).unwrap();
        assert!(is_signed(&key, SIGNED, BODY));
        assert!(!is_signed(&key, SIGNED, r#"{"test": 2432232315}"#));
    }

    /// A heartbeat of the server `docs`, signed with the key that the command of docs/gateway.md derives for it.
    const OF_DOCS: Signed<'static> =
        Signed { signature: "v1,SZZ6DYQPXPmH2TlzPDw2NK+aDYEPZJvE7Fp62VHbYr8=", ..SIGNED };

    #[test]
    fn a_heartbeat_is_taken_that_was_signed_with_its_servers_key_also_while_secrets_are_changed() {
        assert_eq!(verify(SECRET, "docs", OF_DOCS, BODY, THEN + 10), Some(THEN));
        let two = format!("whsec_{} {SECRET}", BASE64_STANDARD.encode([7; 32]));
        assert_eq!(verify(&two, "docs", OF_DOCS, BODY, THEN), Some(THEN));
    }

    #[test]
    fn a_servers_key_signs_for_no_other_server_and_the_secret_itself_for_none() {
        assert_eq!(verify(SECRET, "search", OF_DOCS, BODY, THEN), None);
        assert_eq!(verify(SECRET, "docs", SIGNED, BODY, THEN), None);
    }

    #[test]
    fn a_forged_a_changed_and_an_old_heartbeat_are_refused() {
        let refused = |secret: &str, signed, body, now| verify(secret, "docs", signed, body, now).is_none();
        let other = format!("whsec_{}", BASE64_STANDARD.encode([7; 32]));
        assert!(refused(&other, OF_DOCS, BODY, THEN));
        assert!(refused(SECRET, OF_DOCS, r#"{"test": 2432232315}"#, THEN));
        assert!(refused(SECRET, Signed { id: "msg_other", ..OF_DOCS }, BODY, THEN));
        assert!(refused(SECRET, Signed { signature: "", ..OF_DOCS }, BODY, THEN));
        assert!(refused(SECRET, OF_DOCS, BODY, THEN + TOLERANCE_SECONDS + 1));
        assert!(refused(SECRET, Signed { timestamp: "soon", ..OF_DOCS }, BODY, THEN));
    }
}
