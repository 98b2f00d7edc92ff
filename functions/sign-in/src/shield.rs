//! A limit on how often one address may knock: in front of the consent form, `/token`, `/register` and `/revoke`, and of
//! requests to other hosts for a client's description.
//!
//! It counts with the service `Quota`, one write for each call that is let through. Where the counter does not answer, the
//! call is let through too: what is behind it is safe without it (keys and codes cannot be guessed, and every table has a
//! bound), and only costs more.

use access::address::AddressHash;
use authorization::SealingKey;
use platform::{OutsideError, Platform, quota::Spending};

use crate::{now, request::Asker};

/// What is knocked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Door {
    /// `POST /authorize` with a consent: people.
    Consent,
    /// `/token` and `/revoke`: a host's servers, which refresh for all of its users from a few addresses.
    Token,
    /// `/register`: once for each connection at most.
    Register,
    /// `GET /authorize` of a client whose description has to be fetched: whoever asks chooses what this server asks others for.
    Description,
}

impl Door {
    const fn name(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Token => "token",
            Self::Register => "register",
            Self::Description => "description",
        }
    }

    const fn limits(self) -> Spending {
        match self {
            Self::Consent | Self::Register => Spending { per_minute: 120, per_day: 5_000 },
            Self::Token => Spending { per_minute: 600, per_day: 200_000 },
            Self::Description => Spending { per_minute: 30, per_day: 1_000 },
        }
    }
}

/// Counts a call. Gives the seconds to wait where there were too many.
pub(crate) async fn shield(platform: &Platform, seal: &SealingKey, asker: &Asker, door: Door) -> Option<u32> {
    match count(platform, seal, asker, door).await {
        Ok(wait) => wait,
        Err(error) => {
            web::log::warning(platform, "a sign-in was let through uncounted", Some(&error));
            None
        }
    }
}

async fn count(
    platform: &Platform,
    seal: &SealingKey,
    asker: &Asker,
    door: Door,
) -> Result<Option<u32>, OutsideError> {
    let address = AddressHash::of(asker.address(platform).await?, &seal.derive("addresses of sign-in"));
    let subject = format!("{}:{address}", door.name());
    let now = now(platform);
    let verdict = platform.quota().spend(&subject, 1, door.limits(), now).await?;
    if verdict.allowed {
        return Ok(None);
    }
    let opened = verdict.spent.map_or(now, |spent| spent.window_opened);
    let left = (opened + 60_000 - now).clamp(1_000, 60_000);
    Ok(Some((left as u32).div_ceil(1_000)))
}
