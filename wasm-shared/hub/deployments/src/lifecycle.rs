//! What callers and the schedule do with deployments: decision, record and engine together.
//!
//! Whoever tells an engine something holds the deployment first ([`Store::claim`]), and writes down what is meant before. A process
//! that dies leaves a record that says what is still to be told, and the schedule tells it.

use platform::{OutsideError, Platform};

use crate::{
    Millis,
    deployment::{Deployment, NewDeployment, Observation, OwnerTag, Revision, Status, Todo, name_of},
    engine::{Engine, EngineError, Fresh, Wish},
    link::{Change, Gateway, server_of},
    random::hex,
    store::{Created, Held, Store},
    template::Configured,
};

/// How many deployments one run of the schedule looks at: Cloudflare's free plan lets an invocation send fifty requests, and one that
/// runs and is connected takes about ten.
const PER_RUN: u32 = 4;

/// The engines of this service, and the gateway beside them.
pub trait Engines: Send + Sync {
    /// The engine of this name, where it is configured.
    fn named(&self, name: &str) -> Option<&dyn Engine>;

    /// What connects deployments' servers, where that is deployed.
    fn gateway(&self) -> Option<&dyn Gateway> {
        None
    }
}

/// How long things may take, and how many there may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a deployment may take to become ready, in milliseconds.
    pub patience: Millis,
    /// How many an owner may have.
    pub most: u32,
}

/// Why something was not done.
#[derive(Debug)]
pub enum Failure {
    /// The database, or another service of the platform, did not answer.
    Outside(OutsideError),
    /// The engine. `leftover`: what it made is not removed yet; the schedule goes on trying.
    Engine {
        /// What it said.
        error: EngineError,
        /// Whether something is left that is still to be removed.
        leftover: bool,
    },
    /// The deployment's engine is not configured any more.
    NoEngine(String),
    /// Somebody else works on it.
    Busy,
    /// There is no revision to go back to.
    NoFormer,
    /// It failed before it ever ran, so there is nothing to change or to start.
    NeverRan,
}

impl From<OutsideError> for Failure {
    fn from(error: OutsideError) -> Self {
        Self::Outside(error)
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::Engine { error, leftover: false }
    }
}

/// What became of a request to deploy.
#[derive(Debug)]
pub enum Deployed {
    /// It was made.
    New(Box<Deployment>),
    /// The idempotency key stands for this one.
    Same(String),
    /// The idempotency key came with another request before.
    OtherRequest,
    /// The owner has as many as may.
    Full,
}

/// What is asked for, without the name that it will get.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Whose it will be.
    pub owner: &'a str,
    /// The caller's own text for it.
    pub title: Option<String>,
    /// The template's id.
    pub template: &'a str,
    /// The configuration.
    pub configured: &'a Configured,
    /// How many.
    pub replicas: u32,
    /// Whether the gateway connects its owner to it.
    pub connect: bool,
    /// Its name in the gateway, where it is for everybody; one that its owner is connected to has its own.
    pub server: Option<&'a str>,
    /// A fault of the mock engine.
    pub fault: Option<String>,
    /// The idempotency key, and the digest of the request.
    pub idempotency: Option<(&'a str, &'a str)>,
}

fn draft(
    asked: &Asked<'_>,
    backend: &str,
    now: Millis,
    patience: Millis,
) -> Result<Deployment, OutsideError> {
    let name = name_of(asked.template, &hex::<4>()?);
    let server = asked.server.map(str::to_owned).or_else(|| asked.connect.then(|| server_of(&name)));
    let new = NewDeployment {
        server,
        name,
        owner: asked.owner.to_owned(),
        title: asked.title.clone(),
        template: asked.template.to_owned(),
        backend: backend.to_owned(),
        revision: Revision::new(1, asked.configured, asked.replicas),
        connect: asked.connect,
        fault: asked.fault.clone(),
    };
    Ok(Deployment::new(new, now, patience))
}

fn wish<'a>(deployment: &'a Deployment, fresh: Option<Fresh<'a>>, stale: Option<u32>) -> Wish<'a> {
    let replicas = deployment.replicas();
    Wish { deployment, revision: &deployment.revision, replicas, fresh, stale, other_may_run: true }
}

/// What deploying would send to the engine, and under which name; nothing is done.
///
/// # Errors
/// When the platform gives no random numbers.
pub fn dry_run(
    platform: &Platform,
    engine: &dyn Engine,
    asked: &Asked<'_>,
) -> Result<(String, Vec<serde_json::Value>), OutsideError> {
    let now = platform.clock().now().timestamp_millis();
    let deployment = draft(asked, engine.name(), now, 0)?;
    let fresh = Fresh { given: &asked.configured.given, from: None };
    let manifests = engine.manifests(&wish(&deployment, Some(fresh), None));
    Ok((deployment.name, manifests))
}

/// Makes a deployment. Where the engine fails, what it made so far is removed, and the record with it.
///
/// # Errors
/// See [`Failure`].
pub async fn deploy(
    platform: &Platform,
    engine: &dyn Engine,
    asked: &Asked<'_>,
    limits: Limits,
) -> Result<Deployed, Failure> {
    let store = Store::open(platform).await?;
    let deployment = draft(asked, engine.name(), store.now(), limits.patience)?;
    let mut held = match store.create(deployment, asked.idempotency, limits.most).await? {
        Created::New(held) => *held,
        Created::Same(name) => return Ok(Deployed::Same(name)),
        Created::OtherRequest => return Ok(Deployed::OtherRequest),
        Created::Full => return Ok(Deployed::Full),
    };
    let fresh = Fresh { given: &asked.configured.given, from: None };
    let made = engine.apply(&wish(&held.deployment, Some(fresh), None)).await;
    if let Err(error) = made {
        let removed = engine.remove(&held.deployment).await;
        if removed.is_ok() {
            store.forget(&held).await?;
            return Err(error.into());
        }
        held.deployment.todo = Some(Todo::Remove { tell: false });
        held.deployment.status = Status::Failed;
        held.deployment.reason =
            Some(format!("Making it failed ({error}), and what was made is still to be removed."));
        store.save(&mut held).await?;
        return Err(Failure::Engine { error, leftover: true });
    }
    // The image may have taken its time.
    held.deployment.begin(store.now(), limits.patience);
    store.save(&mut held).await?;
    Ok(Deployed::New(Box::new(held.deployment)))
}

async fn claimed(store: &Store<'_>, held: Held) -> Result<Held, Failure> {
    store.claim(held).await?.ok_or(Failure::Busy)
}

fn engine_of<'a>(engines: &'a dyn Engines, deployment: &Deployment) -> Result<&'a dyn Engine, Failure> {
    engines.named(&deployment.backend).ok_or_else(|| Failure::NoEngine(deployment.backend.clone()))
}

/// Changes a deployment's configuration: a new revision beside the present one, which stays for a rollback.
///
/// # Errors
/// See [`Failure`]. Where the engine fails, the present revision goes on.
pub async fn change(
    platform: &Platform,
    engines: &dyn Engines,
    held: Held,
    configured: &Configured,
    replicas: u32,
    limits: Limits,
) -> Result<Deployment, Failure> {
    let store = Store::open(platform).await?;
    let engine = engine_of(engines, &held.deployment)?;
    if !held.deployment.ran && held.deployment.status == Status::Failed {
        return Err(Failure::NeverRan);
    }
    let (before, mut held) = (held.deployment.clone(), held);
    let revision = Revision::new(before.next, configured, replicas);
    let stale = held.deployment.change(revision, store.now(), limits.patience);
    let mut held = claimed(&store, held).await?;
    let from = before.revision.number;
    let applied = {
        let fresh = Fresh { given: &configured.given, from: Some(from) };
        engine.apply(&wish(&held.deployment, Some(fresh), stale)).await
    };
    let Err(error) = applied else {
        held.deployment.begin(store.now(), limits.patience);
        store.save(&mut held).await?;
        return Ok(held.deployment);
    };
    let failed = held.deployment.revision.number;
    // As before, but for the numbers, which go on.
    held.deployment = Deployment { next: failed + 1, ..before };
    held.deployment.todo = Some(Todo::Apply { stale: Some(failed) });
    let leftover = !do_todo(platform, engines, engine, &mut held, limits).await?;
    Err(Failure::Engine { error, leftover })
}

/// Stops a deployment, which keeps its configuration.
///
/// # Errors
/// See [`Failure`].
pub async fn stop(platform: &Platform, engines: &dyn Engines, held: Held) -> Result<Deployment, Failure> {
    tell(platform, engines, held, |deployment, now| {
        deployment.stop(now);
        Ok(())
    })
    .await
}

/// Starts a deployment that was stopped.
///
/// # Errors
/// See [`Failure`].
pub async fn start(
    platform: &Platform,
    engines: &dyn Engines,
    held: Held,
    limits: Limits,
) -> Result<Deployment, Failure> {
    tell(platform, engines, held, |deployment, now| {
        deployment.begin(now, limits.patience);
        Ok(())
    })
    .await
}

/// Goes back to the former revision. Once more goes forward again.
///
/// # Errors
/// See [`Failure`].
pub async fn roll_back(
    platform: &Platform,
    engines: &dyn Engines,
    held: Held,
    limits: Limits,
) -> Result<Deployment, Failure> {
    tell(platform, engines, held, |deployment, now| {
        if deployment.roll_back(now, limits.patience) { Ok(()) } else { Err(Failure::NoFormer) }
    })
    .await
}

/// Changes a record, and tells the engine. Where that fails the record is as it was.
async fn tell(
    platform: &Platform,
    engines: &dyn Engines,
    held: Held,
    decide: impl FnOnce(&mut Deployment, Millis) -> Result<(), Failure>,
) -> Result<Deployment, Failure> {
    let store = Store::open(platform).await?;
    let engine = engine_of(engines, &held.deployment)?;
    if !held.deployment.ran && held.deployment.status == Status::Failed {
        return Err(Failure::NeverRan);
    }
    let (before, mut held) = (held.deployment.clone(), held);
    decide(&mut held.deployment, store.now())?;
    held.deployment.todo = Some(Todo::Apply { stale: None });
    let mut held = claimed(&store, held).await?;
    // Before the server ends, so that no call is passed on to one that does.
    let before = if held.deployment.link_change() == Some(Change::Gone) {
        withdraw(platform, engines, &mut held).await?;
        Deployment { link: held.deployment.link.clone(), ..before }
    } else {
        before
    };
    // Of what is settled one revision runs, and goes on to be the one.
    let is_settled = before.todo.is_none() && before.revision.number == held.deployment.revision.number;
    let wish = Wish { other_may_run: !is_settled, ..wish(&held.deployment, None, None) };
    if let Err(error) = engine.apply(&wish).await {
        held.deployment = before;
        store.save(&mut held).await?;
        return Err(error.into());
    }
    held.deployment.todo = None;
    store.save(&mut held).await?;
    Ok(held.deployment)
}

/// Removes a deployment and everything of it.
///
/// # Errors
/// See [`Failure`]. Where the engine fails, the schedule goes on trying.
pub async fn remove(platform: &Platform, engines: &dyn Engines, held: Held) -> Result<(), Failure> {
    let store = Store::open(platform).await?;
    let engine = engine_of(engines, &held.deployment)?;
    let mut held = held;
    held.deployment.todo = Some(Todo::Remove { tell: false });
    held.deployment.status = Status::Failed;
    held.deployment.reason = Some("It is being removed.".to_owned());
    let mut held = claimed(&store, held).await?;
    withdraw(platform, engines, &mut held).await?;
    match engine.remove(&held.deployment).await {
        Ok(_) => Ok(store.forget(&held).await?),
        Err(error) => {
            store.save(&mut held).await?;
            Err(Failure::Engine { error, leftover: true })
        }
    }
}

/// Takes a deployment's server away from the gateway, whatever it knows of it.
async fn withdraw(platform: &Platform, engines: &dyn Engines, held: &mut Held) -> Result<(), OutsideError> {
    if let (Some(gateway), Some(server)) = (engines.gateway(), &held.deployment.link.server) {
        gateway.withdraw(platform, &held.deployment, server).await?;
        held.deployment.linked(Change::Gone, Ok(()), 0);
    }
    Ok(())
}

/// A deployment as it is now: the engine is asked, and told what it has to be told; then the gateway. `None` where it is gone by that.
/// Where the engine does not answer, the deployment is as it was last seen, with a reason that says so.
///
/// # Errors
/// When the database does not answer.
pub async fn refresh(
    platform: &Platform,
    engines: &dyn Engines,
    held: Held,
    limits: Limits,
) -> Result<Option<Deployment>, OutsideError> {
    match settled(platform, engines, held, limits).await? {
        Some(deployment) => follow(platform, engines, deployment).await.map(Some),
        None => Ok(None),
    }
}

/// Tells the gateway what it has to be told of a deployment, if that is due.
async fn follow(
    platform: &Platform,
    engines: &dyn Engines,
    deployment: Deployment,
) -> Result<Deployment, OutsideError> {
    let store = Store::open(platform).await?;
    let Some(gateway) = engines.gateway().filter(|_| deployment.link_is_due(store.now())) else {
        return Ok(deployment);
    };
    // Of all who look at it at once, one tells.
    let Some(held) = store.find(&deployment.name, &deployment.owner).await? else { return Ok(deployment) };
    let Some(mut held) = store.claim(held).await? else { return Ok(deployment) };
    match (held.deployment.link_change(), held.deployment.link.server.clone()) {
        (Some(Change::At(url)), Some(server)) => {
            let came = gateway.tell(platform, &held.deployment, &server, &url).await;
            held.deployment.linked(Change::At(url), came, store.now());
        }
        (Some(Change::Gone), _) => withdraw(platform, engines, &mut held).await?,
        _ => {}
    }
    store.save(&mut held).await?;
    Ok(held.deployment)
}

async fn settled(
    platform: &Platform,
    engines: &dyn Engines,
    held: Held,
    limits: Limits,
) -> Result<Option<Deployment>, OutsideError> {
    let store = Store::open(platform).await?;
    let now = store.now();
    let Some(engine) = engines.named(&held.deployment.backend) else {
        let mut deployment = held.deployment;
        deployment.reason = Some(format!("The backend {} is not configured any more.", deployment.backend));
        return Ok(Some(deployment));
    };
    if held.is_busy(now) {
        return Ok(Some(held.deployment));
    }
    let mut held = held;
    let before = held.deployment.clone();
    if held.deployment.todo.is_none() {
        match engine.observe(&held.deployment).await {
            Ok(seen) => held.deployment.observe(seen, now, limits.patience),
            Err(error) => return unseen(&store, held, &error, now, limits).await,
        }
    }
    if held.deployment.todo.is_none() {
        if held.deployment != before || held.deployment.is_due() {
            store.save(&mut held).await?;
        }
        return Ok(Some(held.deployment));
    }
    let Some(mut held) = store.claim(held).await? else { return Ok(Some(before)) };
    do_todo(platform, engines, engine, &mut held, limits).await?;
    let name = held.deployment.name.clone();
    Ok(store.find(&name, &held.deployment.owner).await?.map(|held| held.deployment))
}

/// The engine did not answer: as last seen. What had to be ready by now is not waited for any longer, but kept: it may well run.
async fn unseen(
    store: &Store<'_>,
    mut held: Held,
    error: &EngineError,
    now: Millis,
    limits: Limits,
) -> Result<Option<Deployment>, OutsideError> {
    if held.deployment.is_under_way() {
        // Looked at again in a minute; a day after its deadline nobody asks by himself any more.
        if held
            .deployment
            .deadline
            .is_some_and(|deadline| now > deadline + 24 * 60 * 60_000 + limits.patience)
        {
            held.deployment.deadline = None;
            held.deployment.status = Status::Failed;
            held.deployment.ran = true;
        }
        store.save(&mut held).await?;
    }
    held.deployment.reason = Some(format!("As it was last seen: {error}."));
    Ok(Some(held.deployment))
}

/// Tells the engine what it has to be told. Whether that worked; if not it stays to be done.
async fn do_todo(
    platform: &Platform,
    engines: &dyn Engines,
    engine: &dyn Engine,
    held: &mut Held,
    limits: Limits,
) -> Result<bool, OutsideError> {
    let store = Store::open(platform).await?;
    if matches!(held.deployment.todo, Some(Todo::Remove { .. })) {
        withdraw(platform, engines, held).await?;
    }
    let done = match held.deployment.todo {
        None => return Ok(true),
        Some(Todo::Apply { stale }) => {
            let applied = engine.apply(&wish(&held.deployment, None, stale)).await;
            if applied.is_ok() {
                let reason = held.deployment.reason.take();
                if held.deployment.status != Status::Stopped {
                    held.deployment.begin(store.now(), limits.patience);
                }
                held.deployment.reason = reason;
            }
            applied
        }
        Some(Todo::Remove { tell }) => match engine.remove(&held.deployment).await {
            Ok(_) if !tell => {
                store.forget(held).await?;
                return Ok(true);
            }
            removed => removed.map(drop),
        },
    };
    if done.is_ok() {
        held.deployment.todo = None;
    }
    store.save(held).await?;
    Ok(done.is_ok())
}

/// The deployments of an owner as they are now, newest first: one request to each engine that has some, whatever their number.
/// Nothing is written and nothing told.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    platform: &Platform,
    engines: &dyn Engines,
    owner: &str,
    limits: Limits,
) -> Result<Vec<Deployment>, OutsideError> {
    let store = Store::open(platform).await?;
    let now = store.now();
    let mut all: Vec<Deployment> = store.list(owner).await?.into_iter().map(|held| held.deployment).collect();
    let tag = OwnerTag::of(owner);
    let mut backends: Vec<String> = all.iter().map(|deployment| deployment.backend.clone()).collect();
    backends.sort_unstable();
    backends.dedup();
    for backend in backends {
        let seen = match engines.named(&backend) {
            Some(engine) => {
                engine.observe_all(&tag).await.map_err(|error| format!("As it was last seen: {error}."))
            }
            None => Err(format!("The backend {backend} is not configured any more.")),
        };
        for deployment in all.iter_mut().filter(|deployment| deployment.backend == backend) {
            match &seen {
                Ok(seen) => {
                    let (endpoint, todo) = (deployment.endpoint.clone(), deployment.todo);
                    let seen = match seen.get(&deployment.name) {
                        Some(seen) => seen.clone(),
                        // What is being made or changed may not be there yet; the record knows better.
                        None if deployment.is_under_way() => continue,
                        None => Observation::Missing,
                    };
                    // A list decides nothing: what is late is still waited for.
                    let now = deployment.deadline.map_or(now, |deadline| now.min(deadline - 1));
                    deployment.observe(seen, now, limits.patience);
                    (deployment.endpoint, deployment.todo) = (endpoint, todo);
                }
                Err(reason) => deployment.reason = Some(reason.clone()),
            }
        }
    }
    Ok(all)
}

/// Looks after what is under way, some at a time. How many were looked at.
///
/// # Errors
/// When the database does not answer.
pub async fn tend(platform: &Platform, engines: &dyn Engines, limits: Limits) -> Result<usize, OutsideError> {
    let store = Store::open(platform).await?;
    let held = store.under_way(PER_RUN).await?;
    let count = held.len();
    for held in held {
        refresh(platform, engines, held, limits).await?;
    }
    Ok(count)
}

/// The deployment that runs a server of the gateway, the newest where there are several.
///
/// # Errors
/// When the database does not answer.
pub async fn of_server(platform: &Platform, owner: &str, server: &str) -> Result<Option<Held>, OutsideError> {
    let all = Store::open(platform).await?.list(owner).await?;
    Ok(all.into_iter().find(|held| held.deployment.link.server.as_deref() == Some(server)))
}

/// Has the gateway told again where a deployment answers: it may have been made to forget it.
///
/// # Errors
/// When the database does not answer.
pub async fn tell_again(platform: &Platform, mut held: Held) -> Result<(), OutsideError> {
    held.deployment.link =
        crate::link::Link { server: held.deployment.link.server.take(), ..Default::default() };
    Store::open(platform).await?.save(&mut held).await.map(drop)
}
