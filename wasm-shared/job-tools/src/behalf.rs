//! Steps that act in the name of who asked, after the request was answered.

use std::sync::Arc;

use access::{Caller, Configured, Lookup, Scopes, quota, store::KeyStore};
use http::StatusCode;
use jobs::{Failure, Job};
use platform::{OutsideError, Platform, Quota};
use web::{Allowance, Answer, Permit, Problem, settings::API_KEYS};

/// The caller in whose name a job works: its key as it is now, with no more scopes than the caller had when it asked. A key that was
/// revoked or has expired spends nothing any more.
///
/// # Errors
/// When the key is not good any more, or the database does not answer.
pub async fn on_behalf(platform: &Platform, job: &Job) -> Result<Caller, Failure> {
    let mandate = Scopes::known(&job.mandate);
    let caller = match job.account.strip_prefix("key:") {
        None if job.account == Caller::operator().name => Some(Caller::operator()),
        None => None,
        Some(id) => by_key(platform, id).await?,
    };
    let caller = caller.ok_or_else(|| {
        Failure::lasting("KEY_REVOKED", "The key that asked for the job is revoked, or has expired.")
    })?;
    Ok(Caller { scopes: caller.scopes.and(mandate), owner: Some(job.owner.clone()), ..caller })
}

async fn by_key(platform: &Platform, id: &str) -> Result<Option<Caller>, OutsideError> {
    let configured = Configured::read(None, API_KEYS.read(platform).await?.as_deref());
    let mut lookup = configured.lookup_by_id(id);
    if lookup.is_none() {
        let now = platform.clock().now().timestamp_millis();
        lookup = KeyStore::open(platform).await?.get(id).await?.map(|record| record.lookup_by_id(now));
    }
    Ok(match lookup {
        Some(Lookup::Known(caller)) => Some(caller),
        Some(Lookup::Refused(_) | Lookup::Anonymous) | None => None,
    })
}

/// What a step may do in a caller's name beside its own work: within the caller's scopes and quota.
#[must_use]
pub fn permit(platform: &Platform, caller: &Caller) -> Permit {
    Permit::of(Arc::new(Mandate { platform: platform.clone(), caller: caller.clone() }))
}

struct Mandate {
    platform: Platform,
    caller: Caller,
}

impl Allowance for Mandate {
    fn take(self: Arc<Self>, scopes: Scopes, cost: u32) -> Answer<Result<(), Problem>> {
        Box::pin(async move {
            let missing = scopes.without(self.caller.scopes);
            if !missing.is_empty() {
                let detail = format!("The key that asked for the job has not the scope {missing}.");
                return Err(Problem::new(StatusCode::FORBIDDEN, "INSUFFICIENT_SCOPE", detail));
            }
            let (Some(limits), Some(subject), Some(counter)) =
                (self.caller.limits, self.caller.quota_subject(), self.platform.find::<dyn Quota>())
            else {
                return Ok(());
            };
            if cost == 0 {
                return Ok(());
            }
            let now = self.platform.clock().now().timestamp_millis();
            let verdict = counter.spend(&subject, cost, limits.into(), now).await;
            let verdict = verdict.map_err(|error| Problem::unavailable(&error))?;
            if verdict.allowed {
                return Ok(());
            }
            let remaining = quota::remaining(verdict.spent, now, limits);
            let violated: Vec<_> = quota::violated(&remaining, cost).map(|policy| policy.policy).collect();
            let detail = format!("The limit of the {} has no room for it.", violated.join(" and of the "));
            Err(Problem::quota_exceeded(&violated, detail))
        })
    }
}
