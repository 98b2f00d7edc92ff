use access::{Configured, Credential, Lookup, Millis, Refusal, Step, store::KeyStore};
use platform::{OutsideError, Platform};

use crate::{Issuer, store::GrantStore};

/// Finds out who presents a credential: with at most one read of the database, and for the keys of settings, for no
/// credential and for a mistyped one with none. Notes a key's use once a minute.
///
/// # Errors
/// When the database does not answer, or holds what cannot be read. The credential is neither good nor bad then.
pub async fn recognize(
    platform: &Platform,
    configured: &Configured,
    credential: &Credential,
    issuer: &Issuer,
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
            Ok(found.map_or(Lookup::Refused(Refusal::Unknown), |found| found.lookup(issuer, configured, now)))
        }
    }
}
