//! A Docker host by its Engine API, which Podman speaks too: a network and, for each of two revisions, a container.
//!
//! The version of the API is the newest that both sides know: engines refuse those that they do not (Docker 29 those before 1.44,
//! Debian's those after 1.41).

mod labelled;

use std::{collections::BTreeMap, time::Duration};

use ::http::{Method, StatusCode};
use bytes::Bytes;
use platform::Platform;
use serde_json::{Map, Value, json};

use super::{
    Engine, EngineError, INSTANCE, MANAGED_BY, MANAGER, OWNER, REVISION, Reply, TEMPLATE, Wish,
    http::{Answered, Api, PATIENCE, query},
    revision_name,
};
use crate::{
    deployment::{Deployment, Observation, OwnerTag},
    template::{MASK, Secrets, Workload},
};

pub use labelled::Labelled;

/// The newest version of the API that this client was written for.
const NEWEST: (u32, u32) = (1, 44);
/// How long the download of an image may take.
const PULL: Duration = Duration::from_mins(4);
/// How long a container is given to end, in seconds.
const GRACE: u32 = 10;
/// A container that was restarted has to run so long to count as running, in seconds.
const STEADY: i64 = 10;
/// How often a container that goes on being restarted is told to stop, and the pause between. Podman 4.3 stops it only while it runs, which
/// is a small part of the time where it ends at once; on a busy machine ten times were too few.
const STOPS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);
/// Processes of a container.
const PROCESSES: u32 = 256;

/// A Docker host.
pub struct Docker {
    api: Api,
    publish: String,
    host: String,
}

/// How a Docker host is reached.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address of the Engine API.
    pub url: String,
    /// What a proxy in front of it asks for.
    pub token: Option<String>,
    /// The host's address on which ports are published.
    pub publish: String,
}

/// The version of the API that an engine and this client agreed on.
#[derive(Clone)]
struct Agreed {
    base: String,
    version: String,
}

impl Docker {
    /// The host that the settings name.
    #[must_use]
    pub fn new(platform: &Platform, settings: &Settings) -> Self {
        let base = settings.url.trim_end_matches('/').to_owned();
        // Published on all addresses, it is reached by the engine's.
        let host = match settings.publish.as_str() {
            "0.0.0.0" | "::" => base.parse::<::http::Uri>().ok().and_then(|uri| Some(uri.host()?.to_owned())),
            address => Some(if address.contains(':') { format!("[{address}]") } else { address.to_owned() }),
        };
        let api = Api { platform: platform.clone(), base, token: settings.token.clone() };
        Self { api, publish: settings.publish.clone(), host: host.unwrap_or_default() }
    }

    /// The part of each path that says the version; asked for once an instance.
    async fn version(&self) -> Result<String, EngineError> {
        let instance = self.api.platform.instance();
        if let Some(agreed) = instance.get::<Agreed>().filter(|agreed| agreed.base == self.api.base) {
            return Ok(agreed.version);
        }
        let said = self.api.ask(Method::GET, "/version", None).await?.ok()?.json()?;
        let version = agree(&said)?;
        instance.set(Agreed { base: self.api.base.clone(), version: version.clone() });
        Ok(version)
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answered, EngineError> {
        self.ask_for(PATIENCE, method, path, body).await
    }

    async fn ask_for(
        &self,
        patience: Duration,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answered, EngineError> {
        let path = format!("{}{path}", self.version().await?);
        self.api.ask_for(patience, method, &path, body.map(|body| ("application/json", body))).await
    }

    async fn inspect(&self, deployment: &Deployment, revision: u32) -> Result<Option<Value>, EngineError> {
        let path = format!("/containers/{}/json", revision_name(deployment, revision));
        let answer = self.ask(Method::GET, &path, None).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let container = answer.ok()?.json()?;
        // What is not ours is not there.
        let is_ours = container["Config"]["Labels"][INSTANCE] == deployment.name.as_str();
        Ok(is_ours.then_some(container))
    }

    /// The container's body. Without secrets it is the form that is shown.
    fn container(&self, wish: &Wish<'_>, secrets: Option<&Secrets>) -> Value {
        let workload = &wish.revision.workload;
        let secret = |name: &String| {
            let value = secrets.map_or(MASK, |secrets| secrets.0.get(name).map_or("", String::as_str));
            format!("{name}={value}")
        };
        let env: Vec<String> = workload
            .env
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .chain(workload.secret_env.iter().map(secret))
            .collect();
        let port = port_of(workload);
        let mut labels = labels(wish.deployment);
        labels.insert(REVISION.to_owned(), wish.revision.number.to_string().into());
        let mut body = json!({
            "Image": workload.image,
            "Env": env,
            "User": format!("{0}:{0}", workload.user),
            "Labels": labels,
            "ExposedPorts": {&port: {}},
            "HostConfig": {
                "NetworkMode": wish.deployment.name,
                // An empty port is one that the engine chooses.
                "PortBindings": {&port: [{"HostIp": self.publish, "HostPort": ""}]},
                "RestartPolicy": {"Name": "unless-stopped"},
                "ReadonlyRootfs": !workload.writable,
                "Tmpfs": {"/tmp": "rw,nosuid,nodev,mode=1777,size=256m"},
                "CapDrop": ["ALL"],
                "SecurityOpt": ["no-new-privileges"],
                "Memory": i64::from(workload.resources.memory_mib_limit) << 20,
                "NanoCpus": i64::from(workload.resources.cpu_millis_limit) * 1_000_000,
                "PidsLimit": PROCESSES,
            },
        });
        for (field, words) in [("Entrypoint", &workload.command), ("Cmd", &workload.args)] {
            if !words.is_empty() {
                body[field] = json!(words);
            }
        }
        body
    }

    async fn all_secrets(&self, wish: &Wish<'_>) -> Result<Secrets, EngineError> {
        let Some(fresh) = &wish.fresh else { return Ok(Secrets::default()) };
        let mut all = fresh.given.clone();
        if let Some(from) = fresh.from
            && fresh.kept(wish.revision).next().is_some()
        {
            let former = self.inspect(wish.deployment, from).await?.ok_or(EngineError::Missing)?;
            let former = environment(&former);
            for name in fresh.kept(wish.revision) {
                let value = former.get(name).ok_or_else(|| {
                    EngineError::Refused(format!("the engine has no secret {name} any more; give it again"))
                })?;
                all.0.insert(name.clone(), value.clone());
            }
        }
        Ok(all)
    }

    async fn make(&self, wish: &Wish<'_>, secrets: &Secrets, is_first: bool) -> Result<(), EngineError> {
        if is_first {
            let network = json!({"Name": wish.deployment.name, "Driver": "bridge", "CheckDuplicate": true, "Labels": labels(wish.deployment)});
            let answer = self.ask(Method::POST, "/networks/create", Some(&network)).await?;
            if answer.status == StatusCode::CONFLICT {
                return Err(EngineError::Foreign(answer.message()));
            }
            answer.ok()?;
        }
        let body = self.container(wish, Some(secrets));
        let name = revision_name(wish.deployment, wish.revision.number);
        let path = format!("/containers/create?{}", query(&[("name", &name)]));
        let mut answer = self.ask(Method::POST, &path, Some(&body)).await?;
        if answer.status == StatusCode::NOT_FOUND {
            self.pull(&wish.revision.workload.image).await?;
            answer = self.ask(Method::POST, &path, Some(&body)).await?;
        }
        match answer.status {
            StatusCode::CONFLICT => Err(EngineError::Foreign(answer.message())),
            StatusCode::NOT_FOUND => Err(EngineError::Image(answer.message())),
            _ => answer.ok().map(drop),
        }
    }

    /// Downloads an image. An engine says that it failed in the last line of an answer that began as a success.
    async fn pull(&self, image: &str) -> Result<(), EngineError> {
        let (name, tag) = parts_of(image);
        let path = format!(
            "{}/images/create?{}",
            self.version().await?,
            query(&[("fromImage", name), ("tag", tag)])
        );
        let answer = self.api.ask_for(PULL, Method::POST, &path, None).await?;
        if !answer.status.is_success() {
            return Err(EngineError::Image(answer.message()));
        }
        let said = String::from_utf8_lossy(&answer.body);
        let error = said
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find_map(|line| Some(line.get("error")?.as_str()?.chars().take(400).collect::<String>()));
        error.map_or(Ok(()), |error| Err(EngineError::Image(error)))
    }

    async fn start(&self, deployment: &Deployment, revision: u32) -> Result<(), EngineError> {
        let path = format!("/containers/{}/start", revision_name(deployment, revision));
        let answer = self.ask(Method::POST, &path, None).await?;
        // 304: it runs already.
        if answer.status == StatusCode::NOT_MODIFIED { Ok(()) } else { answer.ok().map(drop) }
    }

    async fn stop(&self, deployment: &Deployment, revision: u32) -> Result<(), EngineError> {
        let path = format!("/containers/{}/stop?t={GRACE}", revision_name(deployment, revision));
        let patience = PATIENCE + Duration::from_secs(GRACE.into());
        for _ in 0..STOPS {
            let answer = self.ask_for(patience, Method::POST, &path, None).await?;
            match answer.status {
                StatusCode::NOT_FOUND => return Ok(()),
                // It stands still already. Podman 4.3 says so, too, of a container between two of its restarts, which goes on then.
                StatusCode::NOT_MODIFIED => {
                    let container = self.inspect(deployment, revision).await?.unwrap_or_default();
                    if !matches!(
                        container["State"]["Status"].as_str(),
                        Some("running" | "restarting" | "stopped")
                    ) {
                        return Ok(());
                    }
                    self.api.platform.sleep().sleep(PAUSE).await;
                }
                _ => return answer.ok().map(drop),
            }
        }
        Err(EngineError::Refused("the container goes on being restarted".to_owned()))
    }

    async fn delete(&self, path: &str) -> Result<bool, EngineError> {
        let answer = self.ask(Method::DELETE, path, None).await?;
        if answer.status == StatusCode::NOT_FOUND { Ok(false) } else { answer.ok().map(|_| true) }
    }

    fn endpoint(&self, workload: &Workload, port: u64) -> String {
        format!("http://{}:{port}{}", self.host, workload.path)
    }
}

impl Engine for Docker {
    fn name(&self) -> &'static str {
        "docker"
    }

    fn most_replicas(&self) -> u32 {
        1
    }

    fn manifests(&self, wish: &Wish<'_>) -> Vec<Value> {
        let name = revision_name(wish.deployment, wish.revision.number);
        vec![
            json!({"network": wish.deployment.name, "body": {"Name": wish.deployment.name, "Driver": "bridge", "Labels": labels(wish.deployment)}}),
            json!({"container": name, "body": self.container(wish, None)}),
        ]
    }

    fn apply<'a>(&'a self, wish: &'a Wish<'a>) -> Reply<'a, ()> {
        Box::pin(async move {
            let secrets = self.all_secrets(wish).await?;
            if let Some(fresh) = &wish.fresh {
                let made = self.make(wish, &secrets, fresh.from.is_none()).await;
                made.map_err(|error| error.without(&secrets))?;
            }
            let (deployment, number) = (wish.deployment, wish.revision.number);
            if wish.replicas == 0 {
                self.stop(deployment, number).await?;
            } else {
                self.start(deployment, number).await.map_err(|error| error.without(&secrets))?;
            }
            // The one that stands by, in whichever direction the change went.
            let others = [Some(&deployment.revision), deployment.former.as_ref()];
            for other in others
                .into_iter()
                .flatten()
                .filter(|other| other.number != number && Some(other.number) != wish.stale)
                .filter(|_| wish.other_may_run)
            {
                self.stop(deployment, other.number).await?;
            }
            if let Some(stale) = wish.stale {
                self.discard(deployment, stale).await?;
            }
            Ok(())
        })
    }

    fn discard<'a>(&'a self, deployment: &'a Deployment, revision: u32) -> Reply<'a, ()> {
        Box::pin(async move {
            if self.inspect(deployment, revision).await?.is_some() {
                let path = format!("/containers/{}?force=true&v=true", revision_name(deployment, revision));
                self.delete(&path).await?;
            }
            Ok(())
        })
    }

    fn remove<'a>(&'a self, deployment: &'a Deployment) -> Reply<'a, bool> {
        Box::pin(async move {
            let filter = filter(&[(MANAGED_BY, MANAGER), (INSTANCE, &deployment.name)]);
            let mut found = false;
            let path = format!("/containers/json?{}", query(&[("all", "true"), ("filters", &filter)]));
            let containers = self.ask(Method::GET, &path, None).await?.ok()?.json()?;
            for id in ids(&containers) {
                found |= self.delete(&format!("/containers/{id}?force=true&v=true")).await?;
            }
            let networks =
                self.ask(Method::GET, &format!("/networks?{}", query(&[("filters", &filter)])), None).await?;
            for id in ids(&networks.ok()?.json()?) {
                found |= self.delete(&format!("/networks/{id}")).await?;
            }
            Ok(found)
        })
    }

    fn observe<'a>(&'a self, deployment: &'a Deployment) -> Reply<'a, Observation> {
        Box::pin(async move {
            let Some(container) = self.inspect(deployment, deployment.revision.number).await? else {
                return Ok(Observation::Missing);
            };
            let now = self.api.platform.clock().now().timestamp();
            let workload = &deployment.revision.workload;
            Ok(match seen(&container, now) {
                Observation::Ready { .. } => {
                    let ports = &container["NetworkSettings"]["Ports"][port_of(workload)];
                    let port =
                        ports.as_array().and_then(|ports| ports.first()?["HostPort"].as_str()?.parse().ok());
                    match port {
                        Some(port) => Observation::Ready { endpoint: Some(self.endpoint(workload, port)) },
                        None => {
                            Observation::Starting { reason: Some("its port is not published yet".to_owned()) }
                        }
                    }
                }
                other => other,
            })
        })
    }

    fn observe_all<'a>(&'a self, owner: &'a OwnerTag) -> Reply<'a, BTreeMap<String, Observation>> {
        Box::pin(async move {
            let filter = filter(&[(MANAGED_BY, MANAGER), (OWNER, &owner.to_string())]);
            let path = format!("/containers/json?{}", query(&[("all", "true"), ("filters", &filter)]));
            let list = self.ask(Method::GET, &path, None).await?.ok()?.json()?;
            let mut all = BTreeMap::new();
            for container in list.as_array().into_iter().flatten() {
                let Some(name) = container["Labels"][INSTANCE].as_str() else { continue };
                let seen = listed(container);
                // Of two revisions one stands by.
                let better = |former: &Observation| rank(&seen) < rank(former);
                if all.get(name).is_none_or(better) {
                    all.insert(name.to_owned(), seen);
                }
            }
            Ok(all)
        })
    }

    fn logs<'a>(&'a self, deployment: &'a Deployment, lines: u32) -> Reply<'a, String> {
        Box::pin(async move {
            let number = deployment.revision.number;
            let container = self.inspect(deployment, number).await?.ok_or(EngineError::Missing)?;
            let query = query(&[("stdout", "true"), ("stderr", "true"), ("tail", &lines.to_string())]);
            let path = format!("/containers/{}/logs?{query}", revision_name(deployment, number));
            let answer = self.ask(Method::GET, &path, None).await?.ok()?;
            let bytes = if container["Config"]["Tty"] == true {
                answer.body.to_vec()
            } else {
                unframed(&answer.body)
            };
            let secret =
                |(name, _): &(String, String)| deployment.revision.workload.secret_env.contains(name);
            let secrets = Secrets(environment(&container).into_iter().filter(secret).collect());
            Ok(secrets.redact(&String::from_utf8_lossy(&bytes)))
        })
    }
}

fn labels(deployment: &Deployment) -> Map<String, Value> {
    let owner = OwnerTag::of(&deployment.owner).to_string();
    [(MANAGED_BY, MANAGER), (INSTANCE, &deployment.name), (TEMPLATE, &deployment.template), (OWNER, &owner)]
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .into_iter()
        .collect()
}

fn filter(labels: &[(&str, &str)]) -> String {
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    json!({"label": labels}).to_string()
}

fn ids(list: &Value) -> Vec<String> {
    let id = |item: &Value| Some(item.get("Id")?.as_str()?.to_owned());
    list.as_array().into_iter().flatten().filter_map(id).collect()
}

fn port_of(workload: &Workload) -> String {
    format!("{}/tcp", workload.port)
}

fn environment(container: &Value) -> BTreeMap<String, String> {
    let env = container["Config"]["Env"].as_array().into_iter().flatten();
    let pair = |entry: &Value| {
        entry.as_str()?.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    env.filter_map(pair).collect()
}

/// The name of an image, and its tag or digest.
fn parts_of(image: &str) -> (&str, &str) {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = name[last..]
        .find(':')
        .map_or((name, "latest"), |colon| (&name[..last + colon], &name[last + colon + 1..]));
    (name, digest.unwrap_or(tag))
}

/// `/v1.41`: the newest version that both know.
fn agree(said: &Value) -> Result<String, EngineError> {
    let version = |name: &str| {
        let (major, minor) = said.get(name)?.as_str()?.split_once('.')?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    };
    let Some(newest) = version("ApiVersion") else {
        return Err(EngineError::Unreadable(
            "it does not say which version of the Engine API it speaks".to_owned(),
        ));
    };
    // An engine that no longer knows ours is asked in its oldest, to which little was added since.
    let (major, minor) = newest.min(NEWEST).max(version("MinAPIVersion").unwrap_or_default());
    Ok(format!("/v{major}.{minor}"))
}

/// How a container does, as `inspect` tells it; `now` in seconds.
fn seen(container: &Value, now: i64) -> Observation {
    let state = &container["State"];
    let code = state["ExitCode"].as_i64().unwrap_or_default();
    let ended = || {
        let memory =
            if state["OOMKilled"] == true { " because it needed more memory than it may have" } else { "" };
        format!("the server ended with code {code}{memory}")
    };
    let restarts = container["RestartCount"].as_u64().unwrap_or_default();
    match state["Status"].as_str().unwrap_or_default() {
        "restarting" => Observation::Starting { reason: Some(format!("{}, and is started again", ended())) },
        "running" => {
            let health =
                state["Health"]["Status"].as_str().or_else(|| state["Healthcheck"]["Status"].as_str());
            let since = state["StartedAt"].as_str().and_then(seconds);
            if restarts > 0 && since.is_some_and(|since| now - since < STEADY) {
                return Observation::Starting {
                    reason: Some(format!("the server was started again {restarts} times")),
                };
            }
            match health {
                Some("starting") => Observation::Starting { reason: None },
                Some("unhealthy") => Observation::Starting {
                    reason: Some("its own check says that it is not well".to_owned()),
                },
                _ => Observation::Ready { endpoint: None },
            }
        }
        "created" | "configured" | "initialized" => {
            let error = state["Error"].as_str().filter(|error| !error.is_empty());
            error.map_or(Observation::Stopped, |error| Observation::Failed { reason: error.to_owned() })
        }
        // What ends by a signal, or well, was told to; the engine starts others again.
        "exited" | "stopped" if [0, 137, 143].contains(&code) && state["OOMKilled"] != true => {
            Observation::Stopped
        }
        "exited" | "stopped" => Observation::Failed { reason: ended() },
        other => Observation::Failed { reason: format!("the container is {other}") },
    }
}

/// Seconds since 1970 of a time as engines write it.
fn seconds(time: &str) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(time).ok().map(|time| time.timestamp())
}

/// How a container of a list does.
fn listed(container: &Value) -> Observation {
    let status = container["Status"].as_str().unwrap_or_default();
    match container["State"].as_str().unwrap_or_default() {
        "running" if status.contains("(health: starting)") || status.contains("(unhealthy)") => {
            Observation::Starting { reason: None }
        }
        "running" => Observation::Ready { endpoint: None },
        "restarting" => {
            Observation::Starting { reason: Some("the server ended, and is started again".to_owned()) }
        }
        "created" | "configured" | "exited" | "stopped" => Observation::Stopped,
        other => Observation::Failed { reason: format!("the container is {other}") },
    }
}

fn rank(seen: &Observation) -> u8 {
    match seen {
        Observation::Ready { .. } => 0,
        Observation::Starting { .. } => 1,
        Observation::Failed { .. } => 2,
        Observation::Stopped => 3,
        Observation::Missing => 4,
    }
}

/// A log without the frames in which it comes: of each eight bytes, the first says the stream and the last four the length.
fn unframed(bytes: &Bytes) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = &bytes[..];
    while let [0..=2, 0, 0, 0, a, b, c, d, after @ ..] = rest {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let (line, next) = after.split_at(length.min(after.len()));
        text.extend_from_slice(line);
        rest = next;
    }
    // What has no frames, as it is.
    text.extend_from_slice(rest);
    text
}
