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

/// When a heartbeat was signed, in seconds of Unix time; `None` where it was not signed with one of the secrets, or too long ago.
///
/// A heartbeat that is sent again by somebody else holds no longer than the first: it counts from when it was signed.
#[must_use]
pub fn verify(secrets: &str, signed: Signed<'_>, body: &str, now_seconds: i64) -> Option<i64> {
    let at: i64 = signed.timestamp.parse().ok()?;
    if (now_seconds - at).abs() > TOLERANCE_SECONDS || signed.id.is_empty() {
        return None;
    }
    let mut good = false;
    for secret in secrets.split([' ', ',']).filter(|word| !word.is_empty()) {
        let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(format!("{}.{at}.{body}", signed.id).as_bytes());
        let wanted = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
        for given in signed.signature.split(' ') {
            good |= bool::from(given.as_bytes().ct_eq(wanted.as_bytes()));
        }
    }
    good.then_some(at)
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
    fn what_the_secrets_owner_signed_is_taken_also_while_secrets_are_changed() {
        assert_eq!(verify(SECRET, SIGNED, BODY, THEN + 10), Some(THEN));
        let two = format!("whsec_{} {SECRET}", BASE64_STANDARD.encode([7; 32]));
        assert_eq!(verify(&two, SIGNED, BODY, THEN), Some(THEN));
    }

    #[test]
    fn a_forged_a_changed_and_an_old_heartbeat_are_refused() {
        let other = format!("whsec_{}", BASE64_STANDARD.encode([7; 32]));
        assert_eq!(verify(&other, SIGNED, BODY, THEN), None);
        assert_eq!(verify(SECRET, SIGNED, r#"{"test": 2432232315}"#, THEN), None);
        assert_eq!(verify(SECRET, Signed { id: "msg_other", ..SIGNED }, BODY, THEN), None);
        assert_eq!(verify(SECRET, Signed { signature: "", ..SIGNED }, BODY, THEN), None);
        assert_eq!(verify(SECRET, SIGNED, BODY, THEN + TOLERANCE_SECONDS + 1), None);
        assert_eq!(verify(SECRET, Signed { timestamp: "soon", ..SIGNED }, BODY, THEN), None);
    }
}
