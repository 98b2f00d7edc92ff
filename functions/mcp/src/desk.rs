//! What the server asks of the platform it runs on, gathered once per request.

use chrono::NaiveDate;
use mcp::{Error, Guard, Host};
use network_data::Snapshot;
use platform::{OutsideError, Platform};
use snapshot_store::{Current, StoreError};
use web::Problem;

/// Where one request is answered: the platform, who may call, and the network's data.
#[derive(Clone)]
pub(crate) struct Desk {
    platform: Platform,
    guard: Guard,
    /// Today's snapshot, or the sentence that says why there is none.
    current: Result<Current, String>,
}

impl Desk {
    pub(crate) async fn open(platform: &Platform) -> Result<Self, OutsideError> {
        let guard = guard(platform.name(), platform.config().get("MCP_ALLOWED_ORIGINS").await?.as_deref());
        let current = snapshot_store::current(platform).await.map_err(|error| {
            if !matches!(error, StoreError::Empty) {
                platform
                    .log()
                    .line(&serde_json::json!({"level": "error", "message": "no snapshot", "error": error.to_string()}));
            }
            Problem::from(error).detail().to_owned()
        });
        Ok(Self { platform: platform.clone(), guard, current })
    }

    pub(crate) const fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Today's snapshot, for those who can do without.
    pub(crate) fn current(&self) -> Option<&Current> {
        self.current.as_ref().ok()
    }

    /// For the log: whether the snapshot was still in this instance's memory.
    pub(crate) fn is_from_memory(&self) -> bool {
        self.current().is_some_and(|current| current.from_memory)
    }

    /// Today's snapshot, or what a model is told where there is none.
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

    fn now_ms(&self) -> Option<u64> {
        u64::try_from(self.platform.clock().now().timestamp_millis()).ok()
    }

    fn session_id(&self) -> Option<String> {
        Some(uuid::Uuid::new_v4().to_string())
    }
}

/// Who may call, by `MCP_ALLOWED_ORIGINS`: origins with commas between them, or `*` for everybody.
///
/// Pages of this machine's own origins may always call, and who sends no `Origin` is no page. Where the variable is
/// set, `Host` has to be one of its names too; where it is not, any name is answered, since the name a server is
/// deployed under is not known to it. Cloudflare brings only a Worker's own names to it.
fn guard(platform: &str, allowed: Option<&str>) -> Guard {
    let names: Vec<&str> =
        allowed.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.contains(&"*") {
        return Guard::local().any_host().any_origin();
    }
    let open = names.is_empty() || platform == "cloudflare";
    let guard = names.into_iter().fold(Guard::local(), |guard, origin| {
        let origin = origin.trim_end_matches('/');
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        guard.host(host).origin(origin)
    });
    if open { guard.any_host() } else { guard }
}

#[cfg(test)]
mod tests {
    use super::*;

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
