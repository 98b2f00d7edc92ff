use access::{Configured, Credential, Lookup, Millis, Refusal, Step, store::KeyStore};
use platform::{OutsideError, Platform};

use crate::{Issuer, store::GrantStore};

/// Finds out who presents a credential: with at most one read of the database, and for the keys of settings, for no
/// credential and for a mistyped one with none. Notes a key's use once a minute. Where this server has no name of its own
/// (`issuer`), no token is for it.
///
/// # Errors
/// When the database does not answer, or holds what cannot be read. The credential is neither good nor bad then.
pub async fn recognize(
    platform: &Platform,
    configured: &Configured,
    credential: &Credential,
    issuer: Option<&Issuer>,
    now: Millis,
) -> Result<Lookup, OutsideError> {
    match configured.identify(credential) {
        Step::Known(lookup) => Ok(lookup),
        Step::FindKey(hash) => {
            let keys = KeyStore::open(platform).await?;
            let Some(record) = keys.find_by_hash(&hash).await? else {
                return Ok(Lookup::Refused(Refusal::Unknown));
            };
            let lookup = record.lookup(&hash, now);
            if matches!(lookup, Lookup::Known(_)) {
                // Whether this is written changes nothing for the caller.
                let _ = keys.touch(&record, now).await;
            }
            Ok(lookup)
        }
        Step::FindToken(hash) => {
            let found = GrantStore::open(platform).await?.find_access_token(&hash).await?;
            let key = found.as_ref().and_then(|found| found.key.clone());
            let lookup = match (found, issuer) {
                (None, _) => Lookup::Refused(Refusal::Unknown),
                (Some(_), None) => Lookup::Refused(Refusal::OtherResource),
                (Some(found), Some(issuer)) => found.lookup(issuer, configured, now),
            };
            if let (Lookup::Known(_), Some(key)) = (&lookup, key) {
                // A token uses the key that it stands for.
                let _ = KeyStore::open(platform).await?.touch(&key, now).await;
            }
            Ok(lookup)
        }
    }
}
