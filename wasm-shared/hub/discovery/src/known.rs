//! Which servers are known, and what is sent to them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue};
use mcp_client::{Bounds, Credentials, Endpoint, Profile, model::JsonObject};
use outbound::{Development, PublicUrl};
use platform::{OutsideError, Platform};
use web::settings::{ALLOW_INSECURE_MCP_SERVERS, MCP_CALL_TIMEOUT_MS, MCP_SERVERS};

use crate::{
    candidates::{Candidate, Source},
    definition::{self, Definition, references, resolved},
    store::{Seeker, Store},
};

/// The largest answer of a server that is passed on.
const LARGEST_ANSWER: usize = 1 << 20;

/// What `MCP_SERVERS` says, read once an instance.
#[derive(Clone)]
struct Configured {
    text: String,
    servers: Arc<BTreeMap<String, Definition>>,
}

/// The servers of `MCP_SERVERS`. A value that cannot be read has none: `/health` says so.
///
/// # Errors
/// When the platform's variables cannot be read.
pub async fn configured(platform: &Platform) -> Result<Arc<BTreeMap<String, Definition>>, OutsideError> {
    let text = MCP_SERVERS.read(platform).await?.unwrap_or_default();
    if let Some(known) = platform.instance().get::<Configured>().filter(|known| known.text == text) {
        return Ok(known.servers);
    }
    let servers =
        if text.is_empty() { BTreeMap::new() } else { read(platform, "The setting MCP_SERVERS", &text) };
    let known = Configured { text, servers: Arc::new(servers) };
    platform.instance().set(known.clone());
    Ok(known.servers)
}

fn read(platform: &Platform, source: &str, text: &str) -> BTreeMap<String, Definition> {
    definition::read_all(text).unwrap_or_else(|wrong| {
        for (at, what) in wrong {
            web::log::warning(platform, &format!("{source} is not used: {at} {what}"), None);
        }
        BTreeMap::new()
    })
}

/// The bundled configuration, among the deployed files.
const BUNDLED: &str = "mcp-servers.json";

/// What the bundled configuration says, read once an instance.
#[derive(Clone)]
struct Bundled(Arc<BTreeMap<String, Definition>>);

/// The servers of the bundled configuration, with their places. A file that cannot be read has none.
pub async fn bundled(platform: &Platform) -> Arc<BTreeMap<String, Definition>> {
    if let Some(Bundled(servers)) = platform.instance().get() {
        return servers;
    }
    let Some(assets) = platform.find::<dyn platform::Assets>() else { return Arc::default() };
    // Where the files do not answer, the next one asks again.
    let Ok(file) = assets.get(BUNDLED).await else { return Arc::default() };
    let servers = match file.map(String::from_utf8) {
        None => BTreeMap::new(),
        Some(Ok(text)) => read(platform, BUNDLED, &text),
        Some(Err(_)) => {
            web::log::warning(platform, &format!("{BUNDLED} is not used: it is no text"), None);
            BTreeMap::new()
        }
    };
    let servers = Arc::new(servers);
    platform.instance().set(Bundled(Arc::clone(&servers)));
    servers
}

/// One of them as it counts where nobody describes it otherwise: its places are those of the project.
fn without_places(definition: &Definition) -> Definition {
    Definition { url: None, candidates: Vec::new(), ..definition.clone() }
}

/// Every server that an operator described: over HTTP, in `MCP_SERVERS`, which yields, and in the bundled configuration, which yields
/// to both.
///
/// # Errors
/// When the database or the variables cannot be read.
pub async fn described(
    platform: &Platform,
    store: Store<'_>,
) -> Result<BTreeMap<String, Definition>, OutsideError> {
    let bundled = bundled(platform).await;
    let mut all: BTreeMap<_, _> =
        bundled.iter().map(|(name, definition)| (name.clone(), without_places(definition))).collect();
    all.extend(
        configured(platform).await?.iter().map(|(name, definition)| (name.clone(), definition.clone())),
    );
    all.extend(store.definitions().await?);
    Ok(all)
}

/// The servers whose names an owner may know: those that everybody may connect, and the owner's own. What others deployed for
/// themselves is theirs, also after it is gone.
///
/// # Errors
/// When the database or the variables cannot be read.
pub async fn names(
    platform: &Platform,
    store: Store<'_>,
    owner: &str,
) -> Result<BTreeSet<String>, OutsideError> {
    let mut names: BTreeSet<String> = described(platform, store).await?.into_keys().collect();
    names.extend(store.heartbeats(None, now(platform)).await?.into_iter().map(|heartbeat| heartbeat.name));
    names.extend(store.hosted(None, Seeker::Owner(owner)).await?.into_iter().map(|hosted| hosted.server));
    names.extend(store.connections(owner).await?.into_iter().map(|connection| connection.server));
    Ok(names)
}

/// One server that may be used: as it is described, or else as one that announced itself, or that a deployment runs.
///
/// # Errors
/// When the database or the variables cannot be read.
pub async fn one(
    platform: &Platform,
    store: Store<'_>,
    name: &str,
    seeker: Seeker<'_>,
) -> Result<Option<Definition>, OutsideError> {
    let known = match store.definition(name).await? {
        None => unlisted(platform, store, name, seeker).await?,
        described => described,
    };
    // A container that has the operator's label is the operator's word for it.
    #[cfg(feature = "docker")]
    if known.is_none()
        && crate::docker::servers(platform, Some(name)).await?.is_ok_and(|found| !found.is_empty())
    {
        return Ok(Some(Definition::default()));
    }
    Ok(known)
}

/// The same for one that nobody described over HTTP, without asking an engine for containers.
///
/// # Errors
/// When the database or the variables cannot be read.
pub async fn unlisted(
    platform: &Platform,
    store: Store<'_>,
    name: &str,
    seeker: Seeker<'_>,
) -> Result<Option<Definition>, OutsideError> {
    if let Some(definition) = configured(platform).await?.get(name) {
        return Ok(Some(definition.clone()));
    }
    if let Some(definition) = bundled(platform).await.get(name) {
        return Ok(Some(without_places(definition)));
    }
    let announced = store.heartbeats(Some(name), now(platform)).await?;
    let is_there = !announced.is_empty() || !store.hosted(Some(name), seeker).await?.is_empty();
    Ok(is_there.then(Definition::default))
}

/// Where and how a server is asked at one of its places; else why it cannot be.
///
/// # Errors
/// When the platform's variables cannot be read.
pub async fn endpoint(
    platform: &Platform,
    definition: &Definition,
    candidate: &Candidate,
) -> Result<Result<Endpoint, String>, OutsideError> {
    let url = if candidate.source == Source::User {
        PublicUrl::from_user(&candidate.url, development(platform).await?)
    } else {
        PublicUrl::from_operator(&candidate.url)
    };
    let mut endpoint = match url {
        Ok(url) => Endpoint::new(url),
        Err(why) => return Ok(Err(why.to_string())),
    };
    // Whoever announces itself does not get what the operator gave another server.
    if candidate.source == Source::User {
        return Ok(Ok(endpoint));
    }
    let oauth = definition.oauth.as_ref();
    let texts = definition
        .headers
        .values()
        .chain(oauth.iter().flat_map(|oauth| [&oauth.client_id, &oauth.client_secret]));
    let mut values = BTreeMap::new();
    for name in texts.flat_map(|text| references(text)) {
        match platform.config().get(name).await? {
            Some(value) => drop(values.insert(name.to_owned(), value.trim().to_owned())),
            None => return Ok(Err(format!("the variable {name}, to which its headers refer, is not set"))),
        }
    }
    match headers(definition, &values) {
        Some(headers) => endpoint.headers = headers,
        None => return Ok(Err("its headers cannot be written".to_owned())),
    }
    let address = |url: &Option<String>| url.as_deref().and_then(|url| PublicUrl::from_operator(url).ok());
    endpoint.credentials = oauth.and_then(|oauth| {
        Some(Credentials {
            client_id: resolved(&oauth.client_id, &values)?,
            client_secret: resolved(&oauth.client_secret, &values)?,
            scope: oauth.scope.clone(),
            issuer: address(&oauth.issuer),
            token_url: address(&oauth.token_url),
        })
    });
    Ok(Ok(endpoint))
}

fn headers(definition: &Definition, values: &BTreeMap<String, String>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in &definition.headers {
        let mut value = HeaderValue::try_from(resolved(value, values)?).ok()?;
        value.set_sensitive(true);
        headers.insert(HeaderName::try_from(name.as_str()).ok()?, value);
    }
    Some(headers)
}

/// Whether addresses of this machine may be announced.
///
/// # Errors
/// When the platform's variables cannot be read.
pub async fn development(platform: &Platform) -> Result<Development, OutsideError> {
    let insecure = ALLOW_INSECURE_MCP_SERVERS.read(platform).await?;
    Ok(if insecure { Development::Loopback } else { Development::Off })
}

/// How much a server may send, and how long it may take.
///
/// # Errors
/// When the platform's variables cannot be read.
pub async fn bounds(platform: &Platform, definition: &Definition) -> Result<Bounds, OutsideError> {
    let usual = Duration::from_millis(MCP_CALL_TIMEOUT_MS.read(platform).await?);
    Ok(Bounds { time: definition.time(usual), message_bytes: LARGEST_ANSWER, ..Bounds::default() })
}

/// How this service introduces itself to servers.
#[must_use]
pub fn profile() -> Profile {
    Profile { name: "mechafil-edge", version: web::VERSION, capabilities: JsonObject::new(), only: None }
}

/// Milliseconds of Unix time.
#[must_use]
pub fn now(platform: &Platform) -> i64 {
    platform.clock().now().timestamp_millis()
}
