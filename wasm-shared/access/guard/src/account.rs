//! The account of a caller for one request: what it spends, and what the answer says of the rest.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use access::{
    Caller, Limits, Scopes, Who,
    quota::{self, Remaining},
};
use authorization::Issuer;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};
use platform::{Platform, quota::Verdict};
use web::{Allowance, Answer, Operation, Problem, log};

use crate::refusals::{self, Refused};

pub(crate) struct Account {
    platform: Platform,
    operation: &'static Operation,
    issuer: Option<Issuer>,
    pub(crate) caller: Caller,
    has_counter: bool,
    counted: Mutex<Counted>,
}

/// What was counted for this request.
#[derive(Default)]
struct Counted {
    /// Whether somebody came to count, be it nothing.
    settled: bool,
    /// What is left after it.
    remaining: Option<[Remaining; 2]>,
}

impl Account {
    pub(crate) fn new(
        platform: &Platform,
        operation: &'static Operation,
        issuer: Option<Issuer>,
        caller: Caller,
        has_counter: bool,
    ) -> Self {
        let platform = platform.clone();
        Self { platform, operation, issuer, caller, has_counter, counted: Mutex::default() }
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the request was counted.
    pub(crate) fn has_counted(&self) -> bool {
        self.counted().settled
    }

    /// Counts what the operation costs.
    ///
    /// # Errors
    /// The answer to a caller whose quota has no room for it.
    pub(crate) async fn spend(&self, cost: u32) -> Result<(), Problem> {
        self.count(Scopes::NONE, cost).await
    }

    async fn count(&self, besides: Scopes, cost: u32) -> Result<(), Problem> {
        self.counted().settled = true;
        let (Some(limits), Some(subject)) = (self.caller.limits, self.caller.quota_subject()) else {
            return Ok(());
        };
        if cost == 0 {
            return Ok(());
        }
        if !self.has_counter {
            return Err(refusals::no_database());
        }
        let required = self.operation.scopes().or(besides);
        let now = self.platform.clock().now().timestamp_millis();
        let Verdict { allowed, spent } = match self
            .platform
            .quota()
            .spend(&subject, cost, limits.into(), now)
            .await
        {
            Ok(verdict) => verdict,
            // It will not come back: what cannot be counted is closed rather than open for good.
            Err(error) if error.is_missing => return Err(refusals::no_database().with_cause(&error)),
            Err(error) if Scopes::of(&[web::Scope::Read]).contains(required) => {
                log::warning(&self.platform, "a request was answered without being counted", Some(&error));
                return Ok(());
            }
            Err(error) => return Err(Problem::unavailable(&error)),
        };
        let remaining = quota::remaining(spent, now, limits);
        self.counted().remaining = Some(remaining);
        if allowed { Ok(()) } else { Err(self.exceeded(&remaining, limits, required, cost)) }
    }

    fn exceeded(&self, remaining: &[Remaining; 2], limits: Limits, required: Scopes, cost: u32) -> Problem {
        let violated: Vec<_> = quota::violated(remaining, cost).map(|policy| policy.policy).collect();
        let wait = quota::retry_after(remaining, cost);
        let key =
            if self.caller.is_authenticated() { "" } else { ", or send a key, which has limits of its own" };
        let detail = if cost > limits.per_minute.min(limits.per_day) {
            format!(
                "This request costs {cost}, and your limits are {} a minute and {} a day. Ask for less{key}.",
                limits.per_minute, limits.per_day
            )
        } else {
            format!(
                "This request costs {cost}, and your limit of the {} has no room for it. Wait {wait} s{key}.",
                violated.join(" and of the ")
            )
        };
        let anonymous = matches!(self.caller.who, Who::Anonymous(_));
        let refused = self.refused();
        let problem = anonymous.then(|| refused.sign_in_for_more(required, detail.clone())).flatten();
        problem
            .unwrap_or_else(|| Problem::quota_exceeded(&violated, detail))
            .with_header(header::RETRY_AFTER, HeaderValue::from(wait))
    }

    fn refused(&self) -> Refused<'_> {
        Refused { operation: self.operation, issuer: self.issuer.as_ref(), closed: None }
    }

    /// The answer with what the caller has left.
    pub(crate) fn finish(&self, mut response: Response) -> Response {
        let remaining = self.counted().remaining;
        for (name, value) in remaining.iter().flat_map(quota::headers) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// For a handler that counts what a request costs.
impl Allowance for Account {
    fn take(self: Arc<Self>, scopes: Scopes, cost: u32) -> Answer<Result<(), Problem>> {
        Box::pin(async move {
            let missing = scopes.without(self.caller.scopes);
            if missing.is_empty() {
                return self.count(scopes, cost).await;
            }
            // What is refused costs nothing, also not afterwards.
            self.counted().settled = true;
            let required = self.operation.scopes().or(scopes);
            Err(if self.caller.is_authenticated() {
                self.refused().forbidden(required, missing)
            } else {
                self.refused().unauthorized(None, required)
            })
        })
    }
}
