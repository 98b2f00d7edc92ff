//! What a request needs of the platform: the settings and the snapshot, read once per request.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use http::{HeaderMap, Uri, request::Parts};
use mcp::{Admission, Error, Guard, Host};
use network_data::Snapshot;
use platform::{OutsideError, Platform};
use snapshot_store::{Current, StoreError};
use web::{
    Caller, Permit, Problem, Scopes, log,
    settings::{MCP_ALLOWED_ORIGINS, Origins},
};

use crate::terms::Terms;

/// The context of one request: the platform, who may call, and the network's data.
#[derive(Clone)]
pub struct Desk {
    platform: Platform,
    guard: Guard,
    /// The current snapshot, or a sentence on why there is none.
    current: Result<Current, String>,
    permit: Permit,
    /// Who asks, where a guard has looked.
    caller: Option<Caller>,
    /// Where the tasks of a caller lie who may own some.
    #[cfg(feature = "jobs")]
    tasks: Option<jobs::Tasks>,
    /// The answer to a caller who may not do what was asked, or not any more.
    refused: Arc<Mutex<Option<Problem>>>,
}

impl Desk {
    /// Reads the settings and the snapshot for a request of this caller's.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub async fn open(
        platform: &Platform,
        permit: Permit,
        caller: Option<Caller>,
    ) -> Result<Self, OutsideError> {
        let guard = guard_of(platform).await?;
        let current = snapshot_store::current(platform).await.map_err(|error| {
            if !matches!(error, StoreError::Empty) {
                log::error(platform, "no snapshot", &error);
            }
            Problem::from(error).detail().to_owned()
        });
        Ok(Self {
            platform: platform.clone(),
            guard,
            current,
            permit,
            #[cfg(feature = "jobs")]
            tasks: caller.as_ref().and_then(|caller| caller.owner.as_ref()).map(|_| {
                jobs::Tasks::new(platform.clone(), |platform| Box::pin(job_tools::limits(platform)))
            }),
            caller,
            refused: Arc::default(),
        })
    }

    /// The caller and its owner; none for a caller who owns nothing.
    #[must_use]
    pub fn member(&self) -> Option<(&Caller, &str)> {
        let caller = self.caller.as_ref()?;
        Some((caller, caller.owner.as_deref()?))
    }

    /// Demands these scopes of the caller, and counts this cost.
    ///
    /// # Errors
    /// When the caller has not the scopes, or no room for the cost.
    pub async fn demand(&self, scopes: Scopes, cost: u32) -> Result<(), Error> {
        self.permit.take(scopes, cost).await.map_err(|problem| {
            let error = Error::refused(problem.detail().to_owned());
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
            error
        })
    }

    /// The answer to a caller who was refused, if one was. MCP hosts learn where to sign in from its status and headers.
    pub fn refused(&self) -> Option<Problem> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether `Origin` and `Host` allow a request with these headers; else why not.
    ///
    /// # Errors
    /// The reason.
    pub fn admit(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Error> {
        self.guard.check(uri, headers)
    }

    /// The platform.
    #[must_use]
    pub const fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The current snapshot, for callers that also work without one.
    #[must_use]
    pub fn current(&self) -> Option<&Current> {
        self.current.as_ref().ok()
    }

    /// For the log: whether the snapshot was still in this instance's memory.
    #[must_use]
    pub fn is_from_memory(&self) -> bool {
        self.current().is_some_and(|current| current.from_memory)
    }

    /// The current snapshot, or the error that a model is told where there is none.
    pub(crate) fn snapshot(&self) -> Result<&Snapshot, Error> {
        match &self.current {
            Ok(current) => Ok(&current.snapshot),
            Err(reason) => Err(Error::refused(reason.clone())),
        }
    }

    pub(crate) fn today(&self) -> NaiveDate {
        self.platform.clock().now().date_naive()
    }
}

impl Host for Desk {
    fn guard(&self) -> Guard {
        self.guard.clone()
    }

    fn admit<'a>(&'a self, _method: &'a str, tool: Option<&'a str>) -> Admission<'a> {
        Box::pin(async move {
            let Some(tool) = tool else { return Ok(()) };
            let terms = Terms::of(tool);
            self.demand(Scopes::of(&[terms.scope]), terms.cost).await
        })
    }

    fn now_ms(&self) -> Option<u64> {
        u64::try_from(self.platform.clock().now().timestamp_millis()).ok()
    }

    fn session_id(&self) -> Option<String> {
        Some(uuid::Uuid::new_v4().to_string())
    }

    fn caller(&self, _: &Parts) -> Option<String> {
        self.caller.as_ref()?.owner.clone()
    }

    #[cfg(feature = "jobs")]
    fn tasks(&self) -> Option<&dyn mcp::TaskStore> {
        self.tasks.as_ref().map(|tasks| tasks as &dyn mcp::TaskStore)
    }

    #[cfg(feature = "jobs")]
    fn wait(&self, ms: u64) -> Option<mcp::Waiting> {
        Some(self.platform.sleep().sleep(std::time::Duration::from_millis(ms)))
    }
}

/// The guard of this instance, which reads its setting once.
async fn guard_of(platform: &Platform) -> Result<Guard, OutsideError> {
    if let Some(guard) = platform.instance().get() {
        return Ok(guard);
    }
    let guard = guard(platform.name(), &MCP_ALLOWED_ORIGINS.read(platform).await?);
    platform.instance().set(guard.clone());
    Ok(guard)
}

/// Who may call, by `MCP_ALLOWED_ORIGINS`.
///
/// Pages of this machine's own origins may always call, and a request without `Origin` comes from no page. Where the setting is
/// set, `Host` has to be one of its names too; where it is not, any name is answered, since the name a server is
/// deployed under is not known to it. Cloudflare brings only a Worker's own names to it.
fn guard(platform: &str, allowed: &Origins) -> Guard {
    let Origins::Listed(origins) = allowed else { return Guard::local().any_host().any_origin() };
    let open = origins.is_empty() || platform == "cloudflare";
    let guard = origins.iter().fold(Guard::local(), |guard, origin| {
        let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
        guard.host(host).origin(origin)
    });
    let guard = guard.remedy("The operator allows origins by the setting MCP_ALLOWED_ORIGINS.");
    if open { guard.any_host() } else { guard }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(platform: &str, allowed: Option<&str>) -> Guard {
        super::guard(platform, &allowed.unwrap_or_default().into())
    }

    #[test]
    fn a_foreign_page_is_refused_unless_its_origin_is_listed() {
        let listed = guard("spin", Some("https://econ.example, https://mcp.example/"));
        assert!(listed.allows(Some("mcp.example"), Some("https://econ.example")));
        assert!(!listed.allows(Some("mcp.example"), Some("https://evil.example")));
        assert!(!guard("spin", None).allows(Some("mcp.example"), Some("https://evil.example")));
    }

    #[test]
    fn a_fresh_deployment_answers_under_any_name_and_a_listed_one_only_under_its_own() {
        assert!(guard("spin", None).allows(Some("mechafil.example"), None));
        assert!(!guard("spin", Some("https://mcp.example")).allows(Some("other.example"), None));
        assert!(guard("cloudflare", Some("https://mcp.example")).allows(Some("other.example"), None));
    }

    #[test]
    fn a_star_lets_every_page_call() {
        assert!(guard("spin", Some("*")).allows(Some("any.example"), Some("https://any.example")));
    }
}
