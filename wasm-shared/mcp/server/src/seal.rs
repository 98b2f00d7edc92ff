//! Sealing what a server wants to find again in the client's next request.
//!
//! The state of an unfinished request travels through the client, which may change it, keep it for too long, or send
//! it with another request. So it carries an HMAC-SHA256 over itself and over what it belongs to: the method, the
//! name, the arguments and the caller. It is signed, not hidden: a client can read it.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use rmcp::model::JsonObject;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::Error;

/// A key that seals request state. All instances that may answer a client's retry must have the same one.
#[derive(Clone)]
pub struct SealingKey(Vec<u8>);

impl SealingKey {
    /// The least length of a key, in bytes: that of the hash, as RFC 2104 advises.
    pub const MIN_BYTES: usize = 32;

    /// A key of random bytes.
    ///
    /// # Errors
    ///
    /// A key shorter than [`Self::MIN_BYTES`] is refused.
    pub fn new(key: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let key = key.into();
        if key.len() < Self::MIN_BYTES {
            return Err(Error::definition(format!("A sealing key needs at least {} bytes", Self::MIN_BYTES)));
        }
        Ok(Self(key))
    }

    fn mac(&self, payload: &str, belonging: &Belonging<'_>) -> Result<Hmac<Sha256>, Error> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).map_err(|_| Error::internal("No sealing key"))?;
        mac.update(b"mcp request state 1");
        let digest = belonging.arguments_digest();
        let caller = belonging.caller.unwrap_or_default().as_bytes();
        for part in
            [payload.as_bytes(), belonging.method.as_bytes(), belonging.name.as_bytes(), &digest, caller]
        {
            // The length before each part, so that no two lists of parts look alike.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Ok(mac)
    }

    /// Seals `state` for a retry of the same request, until `expires_ms` (milliseconds of Unix time).
    pub(crate) fn seal(
        &self,
        state: &Value,
        belonging: &Belonging<'_>,
        expires_ms: Option<u64>,
    ) -> Result<String, Error> {
        let payload = serde_json::to_vec(&Sealed { expires_ms, state })
            .map_err(|why| Error::internal(format!("The request state is not JSON: {why}")))?;
        let payload = BASE64_URL_SAFE_NO_PAD.encode(payload);
        let tag = self.mac(&payload, belonging)?.finalize().into_bytes();
        Ok(format!("{payload}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag)))
    }

    /// Opens what a client sent back.
    pub(crate) fn open(
        &self,
        sealed: &str,
        belonging: &Belonging<'_>,
        now_ms: Option<u64>,
    ) -> Result<Value, Error> {
        // One sentence for everything that fails: a forger learns nothing from it.
        let refused = || {
            Error::invalid_params(
                "Invalid params: `requestState` is not one of this server's for this request",
            )
        };
        let (payload, tag) = sealed.split_once('.').ok_or_else(refused)?;
        let tag = BASE64_URL_SAFE_NO_PAD.decode(tag).map_err(|_| refused())?;
        self.mac(payload, belonging)?.verify_slice(&tag).map_err(|_| refused())?;
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).map_err(|_| refused())?;
        let Sealed { expires_ms, state }: Sealed<Value> =
            serde_json::from_slice(&payload).map_err(|_| refused())?;
        match (expires_ms, now_ms) {
            (Some(expires), Some(now)) if now >= expires => Err(Error::invalid_params(
                "Invalid params: `requestState` has expired; send the request again without it",
            )),
            _ => Ok(state),
        }
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(..)")
    }
}

#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    expires_ms: Option<u64>,
    #[serde(rename = "s")]
    state: T,
}

/// What a sealed state belongs to. It opens with the same request of the same caller only.
#[derive(Clone, Copy)]
pub(crate) struct Belonging<'a> {
    pub(crate) method: &'a str,
    /// The tool, prompt or resource.
    pub(crate) name: &'a str,
    pub(crate) arguments: &'a JsonObject,
    pub(crate) caller: Option<&'a str>,
}

impl Belonging<'_> {
    /// A digest of the arguments that does not depend on the order of members.
    fn arguments_digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest_object(self.arguments, &mut digest);
        digest.finalize().into()
    }
}

fn digest_object(object: &JsonObject, digest: &mut Sha256) {
    let mut names: Vec<_> = object.keys().collect();
    names.sort_unstable();
    digest.update(b"{");
    for name in names {
        digest_text(name, digest);
        digest_value(&object[name], digest);
    }
    digest.update(b"}");
}

fn digest_value(value: &Value, digest: &mut Sha256) {
    match value {
        Value::Object(object) => digest_object(object, digest),
        Value::Array(items) => {
            digest.update(b"[");
            for item in items {
                digest_value(item, digest);
            }
            digest.update(b"]");
        }
        Value::String(text) => {
            digest.update(b"\"");
            digest_text(text, digest);
        }
        other => digest_text(&other.to_string(), digest),
    }
}

fn digest_text(text: &str, digest: &mut Sha256) {
    digest.update((text.len() as u64).to_be_bytes());
    digest.update(text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn key() -> SealingKey {
        SealingKey::new([7; 32]).unwrap()
    }

    fn belonging<'a>(name: &'a str, arguments: &'a JsonObject, caller: Option<&'a str>) -> Belonging<'a> {
        Belonging { method: "tools/call", name, arguments, caller }
    }

    #[test]
    fn what_was_sealed_is_opened_by_the_same_request() {
        let arguments = rmcp::model::object(json!({ "a": 1, "b": [true, null, "x"] }));
        let reordered = rmcp::model::object(json!({ "b": [true, null, "x"], "a": 1 }));
        let sealed =
            key().seal(&json!({ "step": 2 }), &belonging("t", &arguments, Some("me")), None).unwrap();
        let opened = key().open(&sealed, &belonging("t", &reordered, Some("me")), None).unwrap();
        assert_eq!(opened, json!({ "step": 2 }));
    }

    #[test]
    fn another_tool_other_arguments_another_caller_or_another_key_cannot_open_it() {
        let arguments = rmcp::model::object(json!({ "a": 1 }));
        let others = rmcp::model::object(json!({ "a": 2 }));
        let sealed = key().seal(&json!(1), &belonging("t", &arguments, Some("me")), None).unwrap();
        assert!(key().open(&sealed, &belonging("u", &arguments, Some("me")), None).is_err());
        assert!(key().open(&sealed, &belonging("t", &others, Some("me")), None).is_err());
        assert!(key().open(&sealed, &belonging("t", &arguments, Some("you")), None).is_err());
        assert!(key().open(&sealed, &belonging("t", &arguments, None), None).is_err());
        let other = SealingKey::new([8; 32]).unwrap();
        assert!(other.open(&sealed, &belonging("t", &arguments, Some("me")), None).is_err());
    }

    #[test]
    fn a_state_kept_too_long_is_refused() {
        let arguments = JsonObject::new();
        let belonging = belonging("t", &arguments, None);
        let sealed = key().seal(&json!(1), &belonging, Some(1_000)).unwrap();
        assert!(key().open(&sealed, &belonging, Some(999)).is_ok());
        assert!(key().open(&sealed, &belonging, Some(1_000)).unwrap_err().message().contains("expired"));
    }

    #[test]
    fn a_short_key_is_refused_and_no_key_is_printed() {
        assert!(SealingKey::new([1; 31]).is_err());
        assert_eq!(format!("{:?}", key()), "SealingKey(..)");
    }

    proptest! {
        #[test]
        fn a_state_changed_in_any_one_place_is_refused(step in any::<u32>(), at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
            let arguments = JsonObject::new();
            let belonging = belonging("t", &arguments, None);
            let sealed = key().seal(&json!({ "step": step }), &belonging, None).unwrap();
            let at = at.index(sealed.len());
            let mut changed = sealed.clone();
            changed.replace_range(at..=at, &to);
            let opened = key().open(&changed, &belonging, None);
            // The last letter of Base64 has bits that mean nothing; the decoder refuses them unless they are zero.
            prop_assert_eq!(opened.is_ok(), changed == sealed);
        }

        #[test]
        fn anything_at_all_is_refused_without_a_panic(anything in any::<String>()) {
            let arguments = JsonObject::new();
            prop_assert!(key().open(&anything, &belonging("t", &arguments, None), Some(0)).is_err());
        }
    }
}
