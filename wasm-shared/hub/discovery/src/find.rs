//! Finding a server: its places are tried in order, and the first that answers as one of the protocol is it.

use std::{collections::VecDeque, time::Duration};

use mcp_client::{Bounds, Client, Endpoint, Session};
use platform::{OutsideError, Platform};

use crate::{
    candidates::{Candidate, Source, Tried, plan},
    definition::Definition,
    known,
    store::{Seeker, Store},
};

/// How long one place may take to answer, at most.
const LONGEST: Duration = Duration::from_secs(10);

/// A server that was found.
#[derive(Debug)]
pub struct Found {
    /// Where.
    pub candidate: Candidate,
    /// How it is asked there.
    pub endpoint: Endpoint,
    /// What was agreed with it.
    pub session: Session,
}

/// What was tried, and the server if it was found.
#[derive(Debug)]
pub struct Search {
    /// The server.
    pub found: Option<Found>,
    /// Every place that was tried, in order.
    pub trace: Vec<Tried>,
}

/// Looks for a server.
///
/// # Errors
/// When the database or the variables cannot be read. Places that do not answer are in the trace.
pub async fn find(
    platform: &Platform,
    store: Store<'_>,
    name: &str,
    definition: &Definition,
    seeker: Seeker<'_>,
) -> Result<Search, OutsideError> {
    let announced = store.heartbeats(Some(name), known::now(platform)).await?;
    let announced: Vec<_> = announced.into_iter().map(|heartbeat| heartbeat.url).collect();
    let bundled = known::bundled(platform).await;
    let bundled: Vec<_> =
        bundled.get(name).into_iter().flat_map(Definition::urls).map(str::to_owned).collect();
    let hosted = store.hosted(Some(name), seeker).await?;
    let hosted: Vec<_> = hosted.into_iter().map(|hosted| hosted.url).collect();
    let mut search = Search { found: None, trace: Vec::new() };
    let profile = known::profile();
    let bounds = known::bounds(platform, definition).await?;
    let bounds = Bounds { time: bounds.time.min(LONGEST), ..bounds };
    let mut places = VecDeque::from(plan(definition, &announced, &bundled, &hosted));
    while let Some(place) = places.pop_front() {
        let place = match place {
            Err((Source::Docker, why)) => match containers(platform, name, why).await? {
                Ok(urls) if !urls.is_empty() => {
                    for url in urls.into_iter().rev() {
                        places.push_front(Ok(Candidate { source: Source::Docker, url }));
                    }
                    continue;
                }
                Ok(_) => Err((Source::Docker, "no container that runs has its label".to_owned())),
                Err(why) => Err((Source::Docker, why)),
            },
            Err((source, why)) => Err((source, why.to_owned())),
            Ok(candidate) => Ok(candidate),
        };
        let begun = known::now(platform);
        let (source, url, outcome) = match place {
            Err((source, why)) => (source, None, Err(("nothing", why))),
            Ok(candidate) => {
                let outcome = match known::endpoint(platform, definition, &candidate).await? {
                    Err(why) => Err(("failed", why)),
                    Ok(endpoint) => {
                        let session = Client::new(platform, &endpoint, &profile, bounds).connect().await;
                        session.map(|session| (endpoint, session)).map_err(|why| ("failed", why.to_string()))
                    }
                };
                (candidate.source, Some(candidate.url), outcome)
            }
        };
        let latency_ms = known::now(platform) - begun;
        match outcome {
            Ok((endpoint, session)) => {
                let candidate = Candidate { source, url: url.clone().unwrap_or_default() };
                let detail = Some(format!("speaks {}", session.revision));
                search.trace.push(Tried { source, url, outcome: "chosen", detail, latency_ms });
                search.found = Some(Found { candidate, endpoint, session });
                break;
            }
            Err((outcome, why)) => {
                search.trace.push(Tried { source, url, outcome, detail: Some(why), latency_ms });
            }
        }
    }
    Ok(search)
}

/// Where a Docker host has the server, asked when its turn has come; else why it does not say.
#[cfg(feature = "docker")]
async fn containers(
    platform: &Platform,
    name: &str,
    _: &'static str,
) -> Result<Result<Vec<String>, String>, OutsideError> {
    let found = crate::docker::servers(platform, Some(name)).await?;
    Ok(found.map(|found| found.into_iter().map(|one| one.url).collect()))
}

#[cfg(not(feature = "docker"))]
#[expect(clippy::unused_async, reason = "with the feature it asks")]
async fn containers(
    _: &Platform,
    _: &str,
    why: &'static str,
) -> Result<Result<Vec<String>, String>, OutsideError> {
    Ok(Err(why.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use platform_native::memory::World;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_server_of_the_bundled_configuration_is_known_and_looked_for_there() {
        let folder = tempfile::tempdir().unwrap();
        // Nothing listens on port 9.
        let here = "http://127.0.0.1:9/mcp";
        let file =
            json!({"mcpServers": {"docs": {"url": here, "timeout": 500}, "off": {"url": here}}}).to_string();
        std::fs::write(folder.path().join("mcp-servers.json"), file).unwrap();
        let off = json!({"off": {"url": here, "enabled": false}}).to_string();
        let world = World::default().with_assets(folder.path()).with_variable("MCP_SERVERS", &off);
        let platform = world.platform();
        let store = Store::open(&platform).await.unwrap();
        let seeker = Seeker::Owner("somebody");

        let known = known::one(&platform, store, "docs", seeker).await.unwrap().unwrap();
        let search = find(&platform, store, "docs", &known, seeker).await.unwrap();
        let tried: Vec<_> = search
            .trace
            .iter()
            .map(|tried| (tried.source.name(), tried.url.as_deref(), tried.outcome))
            .collect();
        let nowhere = |source| (source, None, "nothing");
        let wanted = [nowhere("external"), nowhere("user"), ("project", Some(here), "failed")];
        assert_eq!(&tried[..3], wanted);
        let names = known::names(&platform, store, "somebody").await.unwrap();
        assert!(names.contains("docs"), "{names:?}");
        // What the operator says elsewhere counts before it.
        let off = known::one(&platform, store, "off", seeker).await.unwrap().unwrap();
        assert!(!off.enabled);
        assert!(known::one(&platform, store, "another", seeker).await.unwrap().is_none());
    }
}
