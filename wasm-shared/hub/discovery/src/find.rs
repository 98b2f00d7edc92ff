//! Finding a server: its places are tried in order, and the first that answers as one of the protocol is it.

use std::{collections::VecDeque, time::Duration};

use mcp_client::{Bounds, Client, Endpoint, Session};
use platform::{OutsideError, Platform};

use crate::{
    candidates::{Candidate, Source, Tried, plan},
    definition::{self, Definition},
    known,
    store::{Seeker, Store},
};

/// How long one place may take to answer, at most.
const LONGEST: Duration = Duration::from_secs(10);
/// The bundled configuration, among the deployed files.
const BUNDLED: &str = "mcp-servers.json";

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
    let bundled = bundled(platform, name).await;
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

/// What the bundled configuration says of a server, where there is one.
async fn bundled(platform: &Platform, name: &str) -> Vec<String> {
    let Some(assets) = platform.find::<dyn platform::Assets>() else { return Vec::new() };
    let file = assets.get(BUNDLED).await.ok().flatten();
    let servers = file.and_then(|bytes| definition::read_all(&String::from_utf8(bytes).ok()?).ok());
    let definition = servers.and_then(|mut servers| servers.remove(name));
    definition.map(|definition| definition.urls().map(str::to_owned).collect()).unwrap_or_default()
}
