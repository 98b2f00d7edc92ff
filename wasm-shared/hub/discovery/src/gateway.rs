//! Connecting servers, and calls that are passed on to them.

use std::pin::Pin;

use futures_util::future::join3;
use mcp_client::{
    Call, Called, Client, Error, Listener, Session,
    model::{CallToolResult, JsonObject, Tool},
};
use platform::{OutsideError, Platform};
use serde_json::{Value, json};
use web::settings::MCP_TOOLS_PER_KEY;

use crate::{
    candidates::{Candidate, Source, Tried},
    definition::Definition,
    find::{self, Found},
    known,
    pins::{self, Pinned, merge},
    store::{Callable, Connection, Ended, Health, Named, Seeker, Store},
};

/// The most resources, templates of them, and prompts that are kept of a server.
const MOST_OFFERS: usize = 200;
/// What one of them may have, as JSON in bytes.
const LARGEST_OFFER: usize = 8 << 10;

/// What connecting a server gave.
#[derive(Debug)]
pub enum Connected {
    /// It is connected.
    Yes {
        /// The connection.
        connection: Box<Connection>,
        /// Its tools.
        tools: Vec<Pinned>,
        /// Why others are left out.
        left_out: Vec<String>,
        /// What was tried.
        trace: Vec<Tried>,
    },
    /// No place of it answers.
    NotFound(Vec<Tried>),
    /// It answered, and did not list its tools.
    Unusable(Error, Vec<Tried>),
    /// There is no such server, or it is switched off.
    Unknown,
}

/// Connects a server for an owner: finds it, and pins its tools.
///
/// # Errors
/// When the database or the variables cannot be read.
pub async fn connect(platform: &Platform, owner: &str, name: &str) -> Result<Connected, OutsideError> {
    let store = Store::open(platform).await?;
    let Some(definition) = known::one(platform, store, name, Seeker::Owner(owner))
        .await?
        .filter(|definition| definition.enabled)
    else {
        return Ok(Connected::Unknown);
    };
    let search = find::find(platform, store, name, &definition, Seeker::Owner(owner)).await?;
    let Some(found) = search.found else {
        store.count("connects", name, "not_found").await?;
        return Ok(Connected::NotFound(search.trace));
    };
    let profile = known::profile();
    let client =
        Client::new(platform, &found.endpoint, &profile, known::bounds(platform, &definition).await?);
    let listed = if found.session.has("tools") {
        match client.tools(&found.session).await {
            Ok(listed) => listed,
            Err(why) => {
                store.count("connects", name, why.kind()).await?;
                return Ok(Connected::Unusable(why, search.trace));
            }
        }
    } else {
        mcp_client::Listed { entries: Vec::new(), left_out: Vec::new() }
    };
    let mut left_out = listed.left_out;
    let allowed: Vec<Tool> =
        listed.entries.into_iter().filter(|tool| definition.tools.allow(&tool.name)).collect();
    let most = usize::try_from(MCP_TOOLS_PER_KEY.read(platform).await?).unwrap_or(usize::MAX);
    let most = most.saturating_sub(store.others(owner, name).await?);
    let merged = merge(name, allowed, store.tools(owner, name).await?, most);
    left_out.extend(merged.left_out);
    // At once, so that a server that hangs takes the time of one answer.
    let (resources, templates, prompts) = Box::pin(join3(
        offers(&found, "resources", client.resources(&found.session)),
        offers(&found, "resources", client.resource_templates(&found.session)),
        offers(&found, "prompts", client.prompts(&found.session)),
    ))
    .await;
    let offers = json!({ "resources": resources, "templates": templates, "prompts": prompts });
    let Found { candidate, session, .. } = found;
    let connection =
        Connection { server: name.to_owned(), candidate, session, offers, connected: known::now(platform) };
    store.connect(owner, &connection, &merged.tools).await?;
    store.count("connects", name, "ok").await?;
    let connection = Box::new(connection);
    Ok(Connected::Yes { connection, tools: merged.tools, left_out, trace: search.trace })
}

/// A list of a server's, where it has one: what it does not give is left out.
async fn offers(
    found: &Found,
    capability: &str,
    list: impl Future<Output = Result<Vec<Value>, Error>>,
) -> Vec<Value> {
    if !found.session.has(capability) {
        return Vec::new();
    }
    let all = list.await.unwrap_or_default();
    all.into_iter().filter(|one| one.to_string().len() <= LARGEST_OFFER).take(MOST_OFFERS).collect()
}

/// The tools of an owner's connected servers, as `/mcp` lists them: their names there, and all of them as JSON.
///
/// # Errors
/// When the database or the variables cannot be read.
pub async fn tools(platform: &Platform, owner: &str) -> Result<Vec<(String, String)>, OutsideError> {
    let store = Store::open(platform).await?;
    let most = usize::try_from(MCP_TOOLS_PER_KEY.read(platform).await?).unwrap_or(usize::MAX);
    let listed = store.listed(owner, most).await?;
    if listed.is_empty() {
        return Ok(Vec::new());
    }
    let described = known::described(platform, store).await?;
    let is_on = |server: &str| described.get(server).is_none_or(|definition| definition.enabled);
    let shown = listed.into_iter().filter(|tool| is_on(&tool.server));
    Ok(shown.map(|tool| (tool.exposed, tool.json)).collect())
}

/// Why a call was not passed on, or did not come back.
#[derive(Debug)]
pub enum NotCalled {
    /// The owner has no such tool.
    Unknown,
    /// Its description changed, and nobody has confirmed it.
    Held(String),
    /// The server is switched off, or its operator's configuration is incomplete.
    Unavailable(String),
    /// The server has failed several times; in this many milliseconds it is asked again.
    Resting(String, i64),
    /// The server failed, or refused.
    Failed(String, Error),
    /// The server wants to know more from the user, which is not passed on.
    Asks(String),
    /// The database or the variables cannot be read.
    Outside(OutsideError),
}

impl NotCalled {
    /// A sentence for whoever called.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Unknown => "No connected server of yours has this tool.".to_owned(),
            Self::Held(server) => format!(
                "The server {server} has changed the description of this tool. It is held back until somebody confirms it: \
                 POST /api/mcp-servers/{server}/confirm."
            ),
            Self::Unavailable(why) => why.clone(),
            Self::Resting(server, ms) => {
                format!(
                    "The server {server} has failed several times in a row and is not asked for {} s.",
                    ms / 1_000 + 1
                )
            }
            Self::Failed(server, why) => format!("The server {server} did not do it: {why}."),
            Self::Asks(server) => format!(
                "The server {server} wants to ask its user something in the middle of the call, which is not passed on. Give what \
                 it needs in the arguments."
            ),
            Self::Outside(why) => format!("The {} did not answer; call again in a moment.", why.service),
        }
    }
}

impl From<OutsideError> for NotCalled {
    fn from(error: OutsideError) -> Self {
        Self::Outside(error)
    }
}

/// Calls a tool of a server that the owner has connected.
///
/// A call is tried again only where nothing was done (the session was lost), or where the tool says that twice is as good as once.
///
/// # Errors
/// Why there is no result.
pub async fn call(
    platform: &Platform,
    owner: &str,
    tool: Named<'_>,
    arguments: JsonObject,
    with_progress: bool,
    listener: &mut dyn Listener,
) -> Result<CallToolResult, NotCalled> {
    let store = Store::open(platform).await?;
    let Callable { connection, pinned, health, described } =
        store.callable(owner, tool).await?.ok_or(NotCalled::Unknown)?;
    let definition = usable(platform, store, owner, &connection, described).await?;
    let server = connection.server.clone();
    if !definition.tools.allow(&pinned.name) {
        return Err(NotCalled::Unavailable(format!(
            "The operator has switched off this tool of the server {server}."
        )));
    }
    let Some(described) = pinned.tool.filter(|_| pinned.held.is_none()) else {
        return Err(NotCalled::Held(server));
    };
    let retries = if pins::is_idempotent(&described) { definition.retry_attempts } else { 0 };
    let wish = ToolCall { name: &pinned.name, arguments, described: &described, with_progress };
    let passing = Passing { platform, store, owner, definition: &definition, retries, what: "calls" };
    passing.carry(&wish, connection, &health, listener).await
}

/// Reads something of a server that the owner has connected: a resource, or a prompt. Reading is tried again as often as its
/// operator allows.
///
/// # Errors
/// Why there is no result.
pub async fn read(
    platform: &Platform,
    owner: &str,
    server: &str,
    method: &'static str,
    params: JsonObject,
) -> Result<JsonObject, NotCalled> {
    let store = Store::open(platform).await?;
    let connection = store.connection(owner, server).await?.ok_or(NotCalled::Unknown)?;
    let described = store.definition(server).await?;
    let definition = usable(platform, store, owner, &connection, described).await?;
    let health = store.health_of(server).await?;
    let retries = definition.retry_attempts;
    let passing = Passing { platform, store, owner, definition: &definition, retries, what: "reads" };
    passing.carry(&Reading { method, params }, connection, &health, &mut mcp_client::Ignore).await
}

/// The resources, their templates and the prompts of an owner's connected servers, each list with its server: as the servers describe them.
///
/// # Errors
/// When the database or the variables cannot be read.
pub async fn offered(platform: &Platform, owner: &str) -> Result<Vec<(String, Value)>, OutsideError> {
    let store = Store::open(platform).await?;
    let connections = store.connections(owner).await?;
    if connections.is_empty() {
        return Ok(Vec::new());
    }
    let described = known::described(platform, store).await?;
    let is_on = |server: &str| described.get(server).is_none_or(|definition| definition.enabled);
    let on = connections.into_iter().filter(|connection| is_on(&connection.server));
    Ok(on.map(|connection| (connection.server, connection.offers)).collect())
}

/// The definition of a server that is connected, if it may be used: as the operator described it over HTTP, or else as it is known
/// otherwise.
async fn usable(
    platform: &Platform,
    store: Store<'_>,
    owner: &str,
    connection: &Connection,
    described: Option<Definition>,
) -> Result<Definition, NotCalled> {
    let server = &connection.server;
    let definition = match described {
        None => known::unlisted(platform, store, server, Seeker::Owner(owner)).await?,
        described => described,
    };
    match definition {
        // It was connected by its label, which only what connects servers asks the engine for.
        None if connection.candidate.source == Source::Docker => Ok(Definition::default()),
        None => Err(NotCalled::Unavailable(format!("The server {server} is not known any more."))),
        Some(definition) if !definition.enabled => {
            Err(NotCalled::Unavailable(format!("The operator has switched off the server {server}.")))
        }
        Some(definition) => Ok(definition),
    }
}

type Sending<'a, T> = Pin<Box<dyn Future<Output = Result<Option<T>, Error>> + Send + 'a>>;

/// What is asked of a server, as often as it takes.
trait Wish: Sync {
    type Gives;

    /// Sends it; nothing where the server wants to ask its user something first.
    fn send<'a>(
        &'a self,
        client: &'a Client<'_>,
        session: &'a Session,
        listener: &'a mut dyn Listener,
    ) -> Sending<'a, Self::Gives>;

    /// Whether what the server gave is an error of its own.
    fn is_error(given: &Self::Gives) -> bool;
}

struct ToolCall<'a> {
    name: &'a str,
    arguments: JsonObject,
    described: &'a Value,
    with_progress: bool,
}

impl Wish for ToolCall<'_> {
    type Gives = CallToolResult;

    fn send<'a>(
        &'a self,
        client: &'a Client<'_>,
        session: &'a Session,
        listener: &'a mut dyn Listener,
    ) -> Sending<'a, CallToolResult> {
        Box::pin(async move {
            let call = Call {
                name: self.name,
                arguments: self.arguments.clone(),
                schema: self.described["inputSchema"].as_object(),
                with_progress: self.with_progress,
                ..Call::default()
            };
            Ok(match client.call(session, call, listener).await? {
                Called::Done(mut result) => {
                    // What the server means for its own clients only.
                    result.meta = None;
                    Some(*result)
                }
                Called::Asks { .. } => None,
            })
        })
    }

    fn is_error(given: &CallToolResult) -> bool {
        given.is_error == Some(true)
    }
}

struct Reading {
    method: &'static str,
    params: JsonObject,
}

impl Wish for Reading {
    type Gives = JsonObject;

    fn send<'a>(
        &'a self,
        client: &'a Client<'_>,
        session: &'a Session,
        listener: &'a mut dyn Listener,
    ) -> Sending<'a, JsonObject> {
        Box::pin(async move {
            let mut result = client.request(session, self.method, self.params.clone(), listener).await?;
            for member in ["_meta", "ttlMs", "cacheScope"] {
                result.remove(member);
            }
            let kind = result.remove("resultType");
            Ok((kind.as_ref().and_then(Value::as_str) != Some("input_required")).then_some(result))
        })
    }

    fn is_error(_: &JsonObject) -> bool {
        false
    }
}

/// A request on its way.
struct Passing<'a> {
    platform: &'a Platform,
    store: Store<'a>,
    owner: &'a str,
    definition: &'a Definition,
    /// How often it is tried again where it may have been carried out.
    retries: u8,
    /// What is counted.
    what: &'static str,
}

impl Passing<'_> {
    /// Passes a wish on, unless the server is left alone, and notes how it ended.
    async fn carry<W: Wish>(
        &self,
        wish: &W,
        connection: Connection,
        health: &Health,
        listener: &mut dyn Listener,
    ) -> Result<W::Gives, NotCalled> {
        let server = connection.server.clone();
        let begun = known::now(self.platform);
        if let Some(ms) = health.circuit().rests(begun) {
            self.store.count(self.what, &server, "resting").await?;
            return Err(NotCalled::Resting(server, ms));
        }
        let outcome = self.pass(wish, connection, listener).await;
        let now = known::now(self.platform);
        let (failure, kind) = match &outcome {
            Ok(given) if W::is_error(given) => (None, "tool_error"),
            Ok(_) => (None, "ok"),
            Err(NotCalled::Failed(_, why)) => ((!why.is_an_answer()).then(|| why.to_string()), why.kind()),
            Err(NotCalled::Asks(_)) => (None, "asks"),
            Err(_) => (None, "unavailable"),
        };
        self.store
            .ended(Ended {
                server: &server,
                what: self.what,
                outcome: kind,
                failure: failure.as_deref(),
                before: health,
                latency_ms: now - begun,
                now,
            })
            .await?;
        outcome
    }

    async fn pass<W: Wish>(
        &self,
        wish: &W,
        mut connection: Connection,
        listener: &mut dyn Listener,
    ) -> Result<W::Gives, NotCalled> {
        let server = connection.server.clone();
        let (mut may_renew, mut retries) = (true, self.retries);
        if !self.still_stands(&connection.candidate, &server).await? {
            connection = self.again(&server, &connection).await?;
        }
        loop {
            let endpoint = known::endpoint(self.platform, self.definition, &connection.candidate).await?;
            let endpoint = endpoint.map_err(|why| {
                NotCalled::Unavailable(format!("The server {server} cannot be asked: {why}."))
            })?;
            let profile = known::profile();
            let bounds = known::bounds(self.platform, self.definition).await?;
            let client = Client::new(self.platform, &endpoint, &profile, bounds);
            match wish.send(&client, &connection.session, listener).await {
                Ok(Some(given)) => return Ok(given),
                Ok(None) => return Err(NotCalled::Asks(server)),
                // Nothing was done.
                Err(Error::SessionLost) if may_renew => {
                    may_renew = false;
                    connection.session = match client.connect().await {
                        Ok(session) => session,
                        Err(why) => return Err(NotCalled::Failed(server, why)),
                    };
                    self.store.renew(self.owner, &connection).await?;
                }
                Err(why) if why.leaves_doubt() && retries > 0 => {
                    retries -= 1;
                    connection = self.again(&server, &connection).await?;
                }
                Err(why) => return Err(NotCalled::Failed(server, why)),
            }
        }
    }

    /// Whether the server is still said to be where it was found.
    async fn still_stands(&self, candidate: &Candidate, server: &str) -> Result<bool, NotCalled> {
        Ok(match candidate.source {
            Source::External => self.definition.urls().any(|url| url == candidate.url),
            Source::User => {
                let announced = self.store.heartbeats(Some(server), known::now(self.platform)).await?;
                announced.iter().any(|heartbeat| heartbeat.url == candidate.url)
            }
            Source::Hosted => {
                let hosted = self.store.hosted(Some(server), Seeker::Owner(self.owner)).await?;
                hosted.iter().any(|hosted| hosted.url == candidate.url)
            }
            Source::Project | Source::Docker => true,
        })
    }

    /// Finds the server anew, at another of its places if need be.
    async fn again(&self, server: &str, before: &Connection) -> Result<Connection, NotCalled> {
        let seeker = Seeker::Owner(self.owner);
        let search = find::find(self.platform, self.store, server, self.definition, seeker).await?;
        let Some(found) = search.found else {
            let why = search.trace.iter().rev().find_map(|tried| tried.detail.clone()).unwrap_or_default();
            return Err(NotCalled::Failed(server.to_owned(), Error::Unreachable(why)));
        };
        let connection = Connection { candidate: found.candidate, session: found.session, ..before.clone() };
        self.store.renew(self.owner, &connection).await?;
        Ok(connection)
    }
}

/// Ends a connection, and the session with its server; whether there was one.
///
/// # Errors
/// When the database or the variables cannot be read.
pub async fn disconnect(platform: &Platform, owner: &str, name: &str) -> Result<bool, OutsideError> {
    let store = Store::open(platform).await?;
    let Some(connection) = store.connection(owner, name).await? else { return Ok(false) };
    let ended = store.disconnect(owner, name).await?;
    let definition = known::one(platform, store, name, Seeker::Owner(owner)).await?.unwrap_or_default();
    if let Ok(endpoint) = known::endpoint(platform, &definition, &connection.candidate).await? {
        let bounds =
            mcp_client::Bounds { time: std::time::Duration::from_secs(2), ..mcp_client::Bounds::default() };
        let profile = known::profile();
        // A server need not hear of it: its sessions end by themselves.
        let _ = Client::new(platform, &endpoint, &profile, bounds).close(&connection.session).await;
    }
    Ok(ended)
}
