//! What the settings and the database say of this deployment.

use access::Configured;
use authorization::{Issuer, SealingKey, consent, store::GrantStore};
use http::StatusCode;
use platform::{OutsideError, Platform};
use web::{
    OperatorsKey, Problem,
    settings::{API_KEYS, PUBLIC_URL},
};

use crate::{login::Logins, request::Asker};

/// This server, as a request called it, with the keys of its settings.
pub(crate) struct Server {
    pub(crate) issuer: Issuer,
    pub(crate) configured: Configured,
}

impl Server {
    pub(crate) async fn of(platform: &Platform, asker: &Asker) -> Result<Self, Problem> {
        let unavailable = |error| Problem::unavailable(&error);
        let operators = match web::operators_key(platform).await.map_err(unavailable)? {
            OperatorsKey::Set(key) => Some(key),
            OperatorsKey::Unset | OperatorsKey::Weak => None,
        };
        let api_keys = API_KEYS.read(platform).await.map_err(unavailable)?;
        let configured = Configured::read(operators.as_deref(), api_keys.as_deref());
        Ok(Self { issuer: issuer(platform, asker).await?, configured })
    }
}

/// A server with what its consent page needs.
pub(crate) struct Deployment {
    pub(crate) server: Server,
    pub(crate) seal: SealingKey,
    pub(crate) logins: Logins,
}

impl Deployment {
    pub(crate) async fn of(platform: &Platform, server: Server) -> Result<Self, Problem> {
        let unavailable = |error: OutsideError| Problem::unavailable(&error);
        let logins = Logins::read(platform).await.map_err(unavailable)?;
        let seal = sealing_key(platform).await.map_err(unavailable)?;
        Ok(Self { server, seal, logins: logins? })
    }

    pub(crate) fn shown(&self) -> consent::Deployment<'_> {
        consent::Deployment {
            issuer: &self.server.issuer,
            seal: &self.seal,
            providers: self.logins.providers(),
        }
    }
}

/// This server's name: `PUBLIC_URL`, or the host that the request came to.
pub(crate) async fn issuer(platform: &Platform, asker: &Asker) -> Result<Issuer, Problem> {
    let public_url = PUBLIC_URL.read(platform).await.map_err(|error| Problem::unavailable(&error))?;
    let issuer = public_url.and_then(|url| Issuer::of_request(Some(&url), asker.host()));
    issuer.ok_or_else(|| {
        let detail = "PUBLIC_URL is not an origin, or the request names no host. Set PUBLIC_URL, such as https://example.org.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "PUBLIC_URL_UNREADABLE", detail)
    })
}

/// The key for sealing, which an instance reads once.
pub(crate) async fn sealing_key(platform: &Platform) -> Result<SealingKey, OutsideError> {
    if let Some(seal) = platform.instance().get() {
        return Ok(seal);
    }
    let proposed = random().map_err(|problem| OutsideError::new("randomness", problem.detail()))?;
    let seal = grants(platform).await?.sealing_key(proposed).await?;
    platform.instance().set(seal.clone());
    Ok(seal)
}

pub(crate) async fn grants(platform: &Platform) -> Result<GrantStore<'_>, OutsideError> {
    GrantStore::open(platform).await
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        let detail =
            "The platform gave no random numbers. Nothing was changed; please try again in a moment.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "NO_RANDOMNESS", detail).with_cause(&error)
    })?;
    Ok(bytes)
}
