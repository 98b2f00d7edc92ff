//! The guard in front of every operation, the same on every platform.
//!
//! [`Guarded`] wraps an application: `Guarded<Function>` has the routes of `Function`, and each request of them passes here
//! before its handler. In order:
//!
//! 1. An operation that is open to everybody goes through. Nothing is looked up for it.
//! 2. [`settings`]: what the deployment's settings say, read once an instance.
//! 3. [`presented`]: the credential and the client's address. [`wrong_keys`] refuses addresses that try many keys.
//! 4. [`authorization::recognize`]: the caller. At most one read of the database, none without a credential.
//! 5. [`access::decide`]: allow, 401 or 403. [`refusals`] words the answers, with the challenges that MCP hosts follow.
//! 6. [`account`]: one access to the counter, unless the operation costs nothing or its handler counts itself. Then the handler
//!    runs, with the [`Caller`](access::Caller) among the request's extensions, and the answer gets the rate-limit headers.
//!
//! Where the database does not answer, a request with a key is 503. Where the counter does not, reading goes on uncounted (with
//! a line in the log), and everything else is 503.

mod account;
mod presented;
mod refusals;
mod settings;
mod wrong_keys;

use std::{marker::PhantomData, sync::Arc};

use access::{Access, Decision, Lookup, Refusal, address::AddressHash, store::KeyStore};
use account::Account;
use authorization::{Issuer, recognize};
use axum::{
    Extension, Router,
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{Method, header, request::Parts};
use platform::{Application, Delivery, Message, OutsideError, Platform, schedule::Job};
use refusals::Refused;
pub use settings::SETTINGS;
use settings::Settings;
use web::{Act, Actor, Answer, ClientAddress, Guard, Operation, Permit, Problem, log};

/// An application behind the guard.
pub struct Guarded<A>(PhantomData<A>);

impl<A: Application> Application for Guarded<A> {
    type Services = (A::Services, platform::services![Database, Quota]);

    fn routes() -> Router<Platform> {
        A::routes().layer(Extension(Guard(pass)))
    }

    fn jobs() -> Vec<Job> {
        A::jobs()
    }

    fn topics() -> Vec<&'static str> {
        A::topics()
    }

    async fn deliver(platform: Platform, message: Message) -> Delivery {
        A::deliver(platform, message).await
    }
}

fn pass(platform: Platform, operation: &'static Operation, request: Request, next: Next) -> Answer<Response> {
    // A browser's question before a request carries no credential.
    if operation.access == Access::Open || request.method() == Method::OPTIONS {
        return Box::pin(next.run(request));
    }
    Box::pin(async move {
        let (mut parts, body) = request.into_parts();
        let account = match admit(&platform, operation, &mut parts).await {
            Ok(account) => Arc::new(account),
            Err(problem) => return problem.into_response(),
        };
        if !operation.is_costed_by_size
            && let Err(problem) = account.spend(operation.cost).await
        {
            return account.finish(problem.into_response());
        }
        let actor =
            operation.act.map(|act| (act, Actor::of(&account.caller, &parts), parts.uri.path().to_owned()));
        parts.extensions.insert(account.caller.clone());
        parts.extensions.insert(Permit::of(account.clone()));
        let response = next.run(Request::from_parts(parts, body)).await;
        if let Some((act, actor, target)) = actor
            && response.status().is_success()
        {
            note(&platform, &actor, act, &target).await;
        }
        // The handler refused the request before it knew the size, or it forgot to count.
        if !account.has_counted()
            && let Err(problem) = account.spend(operation.cost).await
        {
            return account.finish(problem.into_response());
        }
        account.finish(response)
    })
}

/// Notes an act of administration in the audit trail. It is done by now, so where that fails the log has it.
async fn note(platform: &Platform, actor: &Actor, act: Act, target: &str) {
    let row = actor.audit(act, target, platform.clock().now().timestamp_millis());
    let noted = async { KeyStore::open(platform).await?.append_audit(&row).await };
    if let Err(error) = noted.await {
        let what = format!("the audit trail lacks {} of {target} by {}", act.name(), row.actor);
        log::error(platform, &what, &error);
    }
}

/// The account of a caller who may do what the operation does; else the answer.
async fn admit(
    platform: &Platform,
    operation: &'static Operation,
    parts: &mut Parts,
) -> Result<Account, Problem> {
    let settings = Settings::of(platform).await.map_err(unavailable)?;
    let address = presented::address(platform, &settings, parts);
    parts.extensions.insert(ClientAddress(address));
    let address = AddressHash::of(address, &settings.salt);
    let credential = presented::credential(&settings, operation, parts)?;
    let now = platform.clock().now().timestamp_millis();
    if credential != access::Credential::None {
        wrong_keys::check(platform, &address, settings.wrong_keys, now)?;
    }
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or(parts.uri.authority().map(http::uri::Authority::as_str));
    let issuer =
        settings.public_url.as_deref().and_then(|public_url| Issuer::of_request(Some(public_url), host));
    let lookup = if settings.has_database {
        recognize(platform, &settings.configured, &credential, issuer.as_ref(), now)
            .await
            .map_err(unavailable)?
    } else {
        match settings.configured.identify(&credential) {
            access::Step::Known(lookup) => lookup,
            access::Step::FindKey(_) | access::Step::FindToken(_) => return Err(refusals::no_database()),
        }
    };
    if lookup == Lookup::Refused(Refusal::Unknown) {
        wrong_keys::count(platform, &address, now);
    }
    let refused = Refused { operation, issuer: issuer.as_ref(), closed: settings.closed.as_ref() };
    match access::decide(lookup, address, operation.access, operation.surface(), settings.policy) {
        Decision::Allow(caller) => {
            Ok(Account::new(platform, operation, issuer, caller, settings.has_database))
        }
        Decision::Unauthorized { refusal, required } => Err(refused.unauthorized(refusal, required)),
        Decision::Forbidden { required, missing } => Err(refused.forbidden(required, missing)),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: OutsideError) -> Problem {
    Problem::unavailable(&error)
}
