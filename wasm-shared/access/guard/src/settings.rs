//! What the deployment's settings say of access.

use std::sync::Arc;

use access::{Configured, Limits, Policy, SignIn};
use http::HeaderName;
use platform::{OutsideError, Platform};
use sha2::{Digest as _, Sha256};
use web::{
    OperatorsKey, Problem, operators_key,
    settings::{
        ADMIN_API_KEY, ALLOW_ADMIN_KEY_IN_QUERY, ANONYMOUS_REQUESTS_PER_DAY, ANONYMOUS_REQUESTS_PER_MINUTE,
        API_KEYS, CLIENT_ADDRESS_HEADER, MCP_SIGN_IN, PUBLIC_ACCESS, PUBLIC_URL, PUBLISH_WITHOUT_DATABASE,
        STORE_TIMEOUT_MS, Setting, WRONG_KEYS_PER_MINUTE,
    },
};

/// The settings that the guard reads, wherever it stands.
pub const SETTINGS: [&dyn Setting; 12] = [
    &ADMIN_API_KEY,
    &ALLOW_ADMIN_KEY_IN_QUERY,
    &ANONYMOUS_REQUESTS_PER_DAY,
    &ANONYMOUS_REQUESTS_PER_MINUTE,
    &API_KEYS,
    &CLIENT_ADDRESS_HEADER,
    &MCP_SIGN_IN,
    &PUBLIC_ACCESS,
    &PUBLIC_URL,
    &PUBLISH_WITHOUT_DATABASE,
    &STORE_TIMEOUT_MS,
    &WRONG_KEYS_PER_MINUTE,
];

/// What the settings say, as an instance remembers it.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The operator's key and `API_KEYS`.
    pub(crate) configured: Configured,
    /// Why administration is closed to those without another key, if it is.
    pub(crate) closed: Option<Problem>,
    /// Whether the operator's key may stand in a query.
    pub(crate) key_in_query: bool,
    pub(crate) policy: Policy,
    /// `PUBLIC_URL`: empty where it is not set, `None` where it cannot be read.
    pub(crate) public_url: Option<String>,
    /// What addresses are hashed with. All instances have the same.
    pub(crate) salt: [u8; 32],
    /// The header in which the operator's proxy names the client.
    pub(crate) address_header: Option<HeaderName>,
    /// Unknown keys that an address may try in a minute.
    pub(crate) wrong_keys: u32,
    /// Whether there are keys and counters.
    pub(crate) has_database: bool,
}

impl Settings {
    /// The settings, read once an instance.
    pub(crate) async fn of(platform: &Platform) -> Result<Arc<Self>, OutsideError> {
        if let Some(known) = platform.instance().get() {
            return Ok(known);
        }
        let settings = Arc::new(Self::read(platform).await?);
        platform.instance().set(Arc::clone(&settings));
        Ok(settings)
    }

    async fn read(platform: &Platform) -> Result<Self, OutsideError> {
        let operators = operators_key(platform).await?;
        let key = match &operators {
            OperatorsKey::Set(key) => Some(key.as_str()),
            OperatorsKey::Unset | OperatorsKey::Weak => None,
        };
        let api_keys = API_KEYS.read(platform).await?;
        let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Self {
            configured: Configured::read(key, api_keys.as_deref()),
            closed: operators.closed(),
            key_in_query: ALLOW_ADMIN_KEY_IN_QUERY.read(platform).await?,
            policy: Policy {
                public_access: PUBLIC_ACCESS.read(platform).await?,
                sign_in: match MCP_SIGN_IN.read(platform).await? {
                    "optional" => SignIn::Optional,
                    _ => SignIn::Required,
                },
                anonymous: Limits {
                    per_minute: number(ANONYMOUS_REQUESTS_PER_MINUTE.read(platform).await?),
                    per_day: number(ANONYMOUS_REQUESTS_PER_DAY.read(platform).await?),
                },
            },
            public_url: PUBLIC_URL.read(platform).await?,
            salt: salt([key, api_keys.as_deref()]),
            address_header: CLIENT_ADDRESS_HEADER.read(platform).await?,
            wrong_keys: number(WRONG_KEYS_PER_MINUTE.read(platform).await?),
            has_database: !PUBLISH_WITHOUT_DATABASE.read(platform).await?,
        })
    }
}

/// From the secrets of the settings, because every instance has those without asking a store. A deployment without any has a salt
/// that everybody knows: who reads its database then sees which addresses came on the last two days.
fn salt(secrets: [Option<&str>; 2]) -> [u8; 32] {
    let hash = Sha256::new_with_prefix("mechafil-edge: addresses\n");
    // The hash of each, so that no two pairs of secrets give the same text.
    let parts = secrets.map(|secret| Sha256::digest(secret.unwrap_or_default()));
    parts.iter().fold(hash, Sha256::chain_update).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_secret_of_the_settings_alone_makes_the_salt_one_that_nobody_can_guess() {
        let salts = [[None, None], [Some("a"), None], [None, Some("a")], [Some("a"), Some("b")]].map(salt);
        for (number, salt) in salts.iter().enumerate() {
            assert!(!salts[..number].contains(salt), "{number}");
        }
        assert_eq!(salt([Some("a"), Some("b")]), salts[3], "the same in every instance");
    }
}
