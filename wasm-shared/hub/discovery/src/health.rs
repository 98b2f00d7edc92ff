//! Whether servers answer, asked by the clock and on demand.

use futures_util::{StreamExt as _, stream};
use mcp_client::{Client, model::Tool};
use platform::{OutsideError, Platform, REQUESTS_PER_INVOCATION};

use crate::{
    candidates::Candidate,
    definition::Definition,
    find, known, pins,
    store::{Check, Ended, Health, Seeker, Store},
};

/// Connections at a time: what Cloudflare allows one invocation.
const AT_ONCE: usize = 6;
/// Pages of a server's tools that a check looks at where requests are not counted.
const MOST_PAGES: usize = 20;
/// Requests that a probe takes of a server with which nothing is agreed yet: trying without a session, beginning one, and
/// saying so.
const FIRST_PROBE: u32 = 3;

/// Checks every server that is known, those first that were checked longest ago; how many. Where an invocation may send so many
/// requests only, the rest is for the next one.
///
/// # Errors
/// When the database or the variables cannot be read.
pub async fn check_all(platform: &Platform) -> Result<usize, OutsideError> {
    let store = Store::open(platform).await?;
    let mut servers = known::described(platform, store).await?;
    for heartbeat in store.heartbeats(None, known::now(platform)).await? {
        servers.entry(heartbeat.name).or_default();
    }
    for hosted in store.hosted(None, Seeker::Service).await? {
        servers.entry(hosted.server).or_default();
    }
    let health = store.health().await?;
    let mut due: Vec<_> = servers
        .into_iter()
        .filter(|(_, definition)| definition.enabled)
        .map(|(name, definition)| (health.get(&name).cloned().unwrap_or_default(), name, definition))
        .collect();
    due.sort_by(|one, other| (one.0.checked, &one.1).cmp(&(other.0.checked, &other.1)));
    let due =
        affordable(due, if platform.name() == "cloudflare" { REQUESTS_PER_INVOCATION } else { u32::MAX });
    let checks = due.into_iter().map(|(health, name, definition)| async move {
        check(platform, store, &name, &definition, &health, Seeker::Service).await
    });
    let done: Vec<_> = stream::iter(checks).buffer_unordered(AT_ONCE).collect().await;
    done.into_iter().collect::<Result<Vec<_>, _>>().map(|done| done.len())
}

/// The first of those that are due, for so many requests.
fn affordable<T>(due: Vec<(Health, String, T)>, requests: u32) -> Vec<(Health, String, T)> {
    let mut left = requests;
    let costs = |health: &Health| if health.probe.is_some() { 1 } else { FIRST_PROBE };
    due.into_iter()
        .take_while(|(health, _, _)| {
            let cost = costs(health);
            let fits = left >= cost;
            left = left.saturating_sub(cost);
            fits
        })
        .collect()
}

/// Checks one server: with a single request where something is agreed with it already and its tools are one page.
///
/// # Errors
/// When the database or the variables cannot be read.
pub async fn check(
    platform: &Platform,
    store: Store<'_>,
    name: &str,
    definition: &Definition,
    before: &Health,
    seeker: Seeker<'_>,
) -> Result<Check, OutsideError> {
    let begun = known::now(platform);
    let mut listed = None;
    let (probe, why) = if let Some((candidate, session)) = &before.probe {
        match known::endpoint(platform, definition, candidate).await? {
            Ok(endpoint) => {
                let (profile, bounds) = (known::profile(), known::bounds(platform, definition).await?);
                let client = Client::new(platform, &endpoint, &profile, bounds);
                // A list of tools answers whether it is there, too, and says what it says of them now.
                let answered = if session.has("tools") {
                    client
                        .first_tools(session, pages(platform, seeker))
                        .await
                        .map(|tools| listed = Some(tools))
                } else {
                    client.probe(session).await
                };
                // What it answers with an error of the protocol, it answers.
                let why = answered.err().filter(|why| !why.is_an_answer()).map(|why| why.to_string());
                // What was agreed is void where it did not answer: the next check finds it anew.
                (why.is_none().then(|| (candidate.clone(), session.clone())), why)
            }
            Err(why) => (None, Some(why)),
        }
    } else {
        let search = find::find(platform, store, name, definition, seeker).await?;
        let why = search.trace.into_iter().rev().find_map(|tried| tried.detail);
        match search.found {
            Some(found) => (Some((found.candidate, found.session)), None),
            None => (None, Some(why.unwrap_or_else(|| "it has no address".to_owned()))),
        }
    };
    let now = known::now(platform);
    let check = Check { at: now, ok: why.is_none(), latency_ms: now - begun, detail: why };
    let outcome = if check.ok { "ok" } else { "failed" };
    let failure = check.detail.as_deref();
    let latency_ms = check.latency_ms;
    store.ended(Ended { server: name, what: "probes", outcome, failure, before, latency_ms, now }).await?;
    let probe: Option<(Candidate, _)> = probe;
    let seen = match listed {
        Some((listed, is_whole)) => {
            Some(notice(store, name, definition, listed.entries, is_whole, before).await?)
        }
        None => before.seen.clone(),
    };
    store.checked(name, &check, probe.as_ref(), seen.as_deref()).await?;
    Ok(check)
}

/// How many pages of a server's tools a check looks at. The clock's is one request of a server where an invocation has few.
fn pages(platform: &Platform, seeker: Seeker<'_>) -> usize {
    let is_the_clock = seeker == Seeker::Service;
    if is_the_clock && platform.name() == "cloudflare" { 1 } else { MOST_PAGES }
}

/// Holds back what changed in a server's list since it was last looked at, for everybody who has connected it. Gives the hash of the
/// list.
async fn notice(
    store: Store<'_>,
    name: &str,
    definition: &Definition,
    listed: Vec<Tool>,
    is_whole: bool,
    before: &Health,
) -> Result<String, OutsideError> {
    let seen = pins::pin(&serde_json::to_value(&listed).unwrap_or_default());
    if before.seen.as_ref() == Some(&seen) {
        return Ok(seen);
    }
    let allowed: Vec<Tool> = listed.into_iter().filter(|tool| definition.tools.allow(&tool.name)).collect();
    for owner in store.owners(name).await? {
        let Some(known) = store.tools(&owner, name).await? else { continue };
        let now = pins::noticed(name, allowed.clone(), is_whole, &known);
        if now != known {
            store.write_tools(&owner, name, &now).await?;
        }
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use mcp_client::{Revision, Session};

    use super::*;
    use crate::candidates::Source;

    #[test]
    fn fifty_servers_are_checked_within_the_requests_of_two_runs() {
        let agreed = || {
            let candidate = Candidate { source: Source::External, url: String::new() };
            let session = Session {
                revision: Revision::V2026_07_28,
                id: None,
                server: serde_json::Map::new(),
                capabilities: serde_json::Map::new(),
            };
            Health { probe: Some((candidate, session)), ..Health::default() }
        };
        let due = |health: &dyn Fn() -> Health| -> Vec<_> {
            (0..50).map(|n| (health(), n.to_string(), ())).collect()
        };
        assert_eq!(affordable(due(&agreed), 44).len(), 44);
        assert_eq!(affordable(due(&Health::default), 44).len(), 14);
        assert_eq!(affordable(due(&Health::default), u32::MAX).len(), 50);
    }
}
