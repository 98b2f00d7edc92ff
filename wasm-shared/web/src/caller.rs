//! Who calls, for handlers. The guard in front of them puts it into the request's extensions.

use std::{convert::Infallible, net::IpAddr};

use access::{
    Caller, Who,
    audit::{Act, AuditRow},
};
use axum::extract::FromRequestParts;
use http::{HeaderValue, StatusCode, header, request::Parts};

use crate::{Problem, RequestId};

/// The client's address, among a request's extensions: as the guard has it from whoever says so truthfully.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub Option<IpAddr>);

/// The caller; `None` where no guard is deployed, or where the operation is open to everybody.
pub struct Calling(pub Option<Caller>);

impl<S: Send + Sync> FromRequestParts<S> for Calling {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().cloned()))
    }
}

/// A caller who has a key or a token, and so owns what it makes.
pub struct Owner {
    /// Whose it is.
    pub owner: String,
    /// The caller.
    pub caller: Caller,
    /// For the audit trail.
    pub actor: Actor,
}

impl<S: Send + Sync> FromRequestParts<S> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let caller: Option<Caller> = parts.extensions.get().cloned();
        caller
            .and_then(|caller| {
                let (owner, actor) = (caller.owner.clone()?, Actor::of(&caller, parts));
                Some(Self { owner, caller, actor })
            })
            .ok_or_else(key_missing)
    }
}

/// An owner who holds the key itself, and not a token of an application.
pub struct KeyHolder(pub Owner);

impl<S: Send + Sync> FromRequestParts<S> for KeyHolder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let owner = Owner::from_request_parts(parts, state).await?;
        if matches!(owner.caller.who, Who::Token { .. }) {
            let detail = "This needs the key itself, not a token of an application. An application ends its own access at /revoke.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "KEY_NEEDED", detail));
        }
        Ok(Self(owner))
    }
}

/// 401 for a caller without a key, where one is needed.
#[must_use]
pub fn key_missing() -> Problem {
    let detail =
        "Send your key as `Authorization: Bearer <key>`. The operator of this deployment gives keys.";
    Problem::new(StatusCode::UNAUTHORIZED, "KEY_MISSING", detail)
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"mechafil-edge\""))
}

/// Who did something, and from where, for the audit trail.
#[derive(Clone, Debug)]
pub struct Actor {
    name: String,
    address: Option<String>,
    request_id: Option<String>,
}

impl Actor {
    /// The caller of a request.
    #[must_use]
    pub fn of(caller: &Caller, parts: &Parts) -> Self {
        let address = parts.extensions.get::<ClientAddress>().and_then(|ClientAddress(address)| *address);
        Self {
            name: caller.actor().to_owned(),
            address: address.map(|address| address.to_string()),
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
        }
    }

    /// The audit row of an act.
    #[must_use]
    pub fn audit(&self, act: Act, target: &str, at: i64) -> AuditRow {
        AuditRow {
            at,
            actor: self.name.clone(),
            act,
            target: target.to_owned(),
            address: self.address.clone(),
            request_id: self.request_id.clone(),
        }
    }
}
