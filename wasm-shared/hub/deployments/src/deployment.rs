//! A deployment's record and its life cycle. Decisions only: who asks the engine and who stores is in [`lifecycle`](crate::lifecycle).
//!
//! ```text
//! deploying -> running <-> stopped
//!     |           |
//!     |           +-> deploying (a change, a rollback, a restart of the server)
//!     +-> failed (never ready: what was made is removed)
//!     +-> deploying (a change that is not ready in time: back to the former revision)
//! ```

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::{
    Millis,
    link::Link,
    random::hex_of,
    template::{Configured, MASK, Workload},
};

/// The most replicas of one deployment.
pub const MOST_REPLICAS: u32 = 10;
/// The longest reason that is kept, in characters.
const LONGEST_REASON: usize = 500;

/// Where a deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is being made, changed or started.
    Deploying,
    /// It takes requests.
    Running,
    /// It was stopped, and can be started again.
    Stopped,
    /// It does not run; the reason is with it.
    Failed,
}

impl Status {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deploying => "deploying",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// A configuration and what it makes of the template. It holds no secret, only which there are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// From 1 on; no number comes twice.
    pub number: u32,
    /// The properties that are no secrets.
    pub configuration: Map<String, Value>,
    /// The properties that are, and the environment variable of each.
    pub secrets: BTreeMap<String, String>,
    /// What is run.
    pub workload: Workload,
    /// How many of it.
    pub replicas: u32,
}

impl Revision {
    /// A configuration as a revision of this number.
    #[must_use]
    pub fn new(number: u32, configured: &Configured, replicas: u32) -> Self {
        Self {
            number,
            configuration: configured.shown.clone(),
            secrets: configured.secrets.clone(),
            workload: configured.workload.clone(),
            replicas,
        }
    }

    /// The configuration with its secrets masked, as it is shown.
    #[must_use]
    pub fn masked(&self) -> Map<String, Value> {
        let secrets = self.secrets.keys().map(|name| (name.clone(), Value::from(MASK)));
        self.configuration.clone().into_iter().chain(secrets).collect()
    }
}

/// A deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// `mcp-<template>-<8 hexadecimal digits>`.
    pub name: String,
    /// Whose it is.
    pub owner: String,
    /// The caller's own text for it.
    pub title: Option<String>,
    /// The template's id.
    pub template: String,
    /// The engine's name.
    pub backend: String,
    /// Where it stands.
    pub status: Status,
    /// Why it failed, or what it waits for.
    pub reason: Option<String>,
    /// The revision that is to run.
    pub revision: Revision,
    /// The one before, to which a rollback goes.
    pub former: Option<Revision>,
    /// The number of the next revision.
    pub next: u32,
    /// Whether it was ever ready: what was is not removed when it fails.
    pub ran: bool,
    /// Whether the present revision is one that was rolled back to.
    pub rolled_back: bool,
    /// Until when the present revision has to be ready; `None` where nothing is under way.
    pub deadline: Option<Millis>,
    /// What the engine is still to be told, where telling it was begun.
    pub todo: Option<Todo>,
    /// Where it answers.
    pub endpoint: Option<String>,
    /// Whether the gateway connects its owner to it while it runs.
    pub connect: bool,
    /// What the gateway knows of it.
    #[serde(default)]
    pub link: Link,
    /// A fault of the mock engine that somebody asked for.
    pub fault: Option<String>,
    /// When it was asked for.
    pub created: Millis,
    /// When it was last changed.
    pub updated: Millis,
}

/// What an engine is still to be told. It is written down before the engine is asked, so that it is done after a crash too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Todo {
    /// That the present revision is to be as the record says.
    Apply {
        /// A revision of which nothing is needed any more.
        stale: Option<u32>,
    },
    /// That nothing of the deployment is to be left. The record goes with it, unless it tells why the deployment failed.
    Remove {
        /// Whether the record stays, to tell.
        tell: bool,
    },
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDeployment {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub owner: String,
    /// The caller's own text for it.
    pub title: Option<String>,
    /// The template's id.
    pub template: String,
    /// The engine's name.
    pub backend: String,
    /// The first revision.
    pub revision: Revision,
    /// Whether the gateway connects its owner to it.
    pub connect: bool,
    /// Its name in the gateway, where it has one.
    pub server: Option<String>,
    /// A fault of the mock engine.
    pub fault: Option<String>,
}

/// What an engine says of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// It takes requests, at this address.
    Ready {
        /// Where.
        endpoint: Option<String>,
    },
    /// It is coming up.
    Starting {
        /// What it waits for, where the engine says so.
        reason: Option<String>,
    },
    /// It is there and was told to stand still.
    Stopped,
    /// It does not run, and will not by waiting.
    Failed {
        /// Why.
        reason: String,
    },
    /// The engine has nothing of this name.
    Missing,
}

impl Deployment {
    /// A new one, which has to be ready `patience` milliseconds from now.
    #[must_use]
    pub fn new(asked: NewDeployment, now: Millis, patience: Millis) -> Self {
        Self {
            name: asked.name,
            owner: asked.owner,
            title: asked.title,
            template: asked.template,
            backend: asked.backend,
            status: Status::Deploying,
            reason: None,
            next: asked.revision.number + 1,
            revision: asked.revision,
            former: None,
            ran: false,
            rolled_back: false,
            deadline: Some(now + patience),
            todo: None,
            endpoint: None,
            connect: asked.connect,
            link: Link { server: asked.server, ..Link::default() },
            fault: asked.fault,
            created: now,
            updated: now,
        }
    }

    /// Begins a revision beside the present one, which becomes the former. Gives the number of the one that is not needed any
    /// more.
    pub fn change(&mut self, revision: Revision, now: Millis, patience: Millis) -> Option<u32> {
        let stale = self.former.take().map(|former| former.number);
        self.next = revision.number + 1;
        self.former = Some(std::mem::replace(&mut self.revision, revision));
        self.rolled_back = false;
        self.begin(now, patience);
        stale
    }

    /// Changes places with the former revision. False where there is none.
    pub fn roll_back(&mut self, now: Millis, patience: Millis) -> bool {
        let Some(former) = self.former.take() else { return false };
        self.former = Some(std::mem::replace(&mut self.revision, former));
        self.rolled_back = true;
        self.begin(now, patience);
        true
    }

    /// Stands still from now on.
    pub fn stop(&mut self, now: Millis) {
        self.status = Status::Stopped;
        self.reason = None;
        self.deadline = None;
        self.updated = now;
    }

    /// Comes up, and has to be ready in time.
    pub fn begin(&mut self, now: Millis, patience: Millis) {
        self.status = Status::Deploying;
        self.reason = None;
        self.deadline = Some(now + patience);
        self.updated = now;
        (self.link.tries, self.link.next) = (0, 0);
    }

    fn because(&mut self, reason: &str) {
        self.reason = Some(reason.chars().take(LONGEST_REASON).collect());
    }

    fn fail(&mut self, reason: &str) {
        self.status = Status::Failed;
        self.deadline = None;
        self.because(reason);
    }

    /// How many of it are to run.
    #[must_use]
    pub fn replicas(&self) -> u32 {
        if self.status == Status::Stopped { 0 } else { self.revision.replicas }
    }

    /// Takes note of what the engine says, and of what it has to be told, as [`todo`](Self::todo).
    pub fn observe(&mut self, seen: Observation, now: Millis, patience: Millis) {
        // What never ran and failed was removed, and does not come back.
        if self.todo.is_some() || self.status == Status::Failed && !self.ran {
            return;
        }
        match (self.status, seen) {
            (_, Observation::Missing) => self.is_missing(now, patience),
            (Status::Stopped, _) => {}
            (_, Observation::Ready { endpoint }) => {
                // What a rollback says stays to be read.
                if !self.reason.as_deref().is_some_and(|reason| reason.starts_with(BACK)) {
                    self.reason = None;
                }
                self.status = Status::Running;
                self.deadline = None;
                self.ran = true;
                self.endpoint = endpoint;
            }
            (_, Observation::Starting { reason }) => match self.deadline {
                Some(deadline) if now >= deadline => {
                    let waiting = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                    self.give_up(&format!("it was not ready in time{waiting}"), now, patience);
                }
                _ => {
                    // A server that restarts by itself is not under way for us: it has no deadline.
                    self.status = Status::Deploying;
                    if let Some(reason) = reason {
                        self.because(&reason);
                    }
                }
            },
            (_, Observation::Stopped) => {
                self.fail("It was stopped, and not by this service. Start it.");
            }
            (_, Observation::Failed { reason }) => self.give_up(&reason, now, patience),
        }
    }

    fn is_missing(&mut self, now: Millis, patience: Millis) {
        if self.deadline.is_some() {
            self.give_up("making it was interrupted", now, patience);
        } else {
            self.fail("The engine does not have it any more. Delete it and deploy it again.");
        }
    }

    /// Back to the former revision where a change fails; what never ran is removed.
    fn give_up(&mut self, reason: &str, now: Millis, patience: Millis) {
        let stale = self.revision.number;
        match self.former.take() {
            Some(former) if self.deadline.is_some() && !self.rolled_back => {
                self.revision = former;
                self.begin(now, patience);
                self.rolled_back = true;
                self.because(&format!(
                    "{BACK} {} because revision {stale} failed: {reason}",
                    self.revision.number
                ));
                self.todo = Some(Todo::Apply { stale: Some(stale) });
            }
            former => {
                self.former = former;
                self.fail(&sentence(reason));
                if !self.ran {
                    self.todo = Some(Todo::Remove { tell: true });
                }
            }
        }
    }

    /// Whether the engine is at work on it, or has to be told something.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        self.deadline.is_some() || self.todo.is_some()
    }

    /// Whether the schedule has to look at it.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.is_under_way() || self.link_change().is_some()
    }
}

/// How a reason begins that tells of a rollback.
const BACK: &str = "Went back to revision";

fn sentence(reason: &str) -> String {
    let mut letters = reason.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// The name of a deployment: the template's id and eight digits.
#[must_use]
pub fn name_of(template: &str, digits: &str) -> String {
    format!("mcp-{template}-{digits}")
}

/// Who owns a deployment, as engines are told: a label takes no arbitrary text, and need not say who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerTag(String);

impl OwnerTag {
    /// The tag of an owner.
    #[must_use]
    pub fn of(owner: &str) -> Self {
        let digest = Sha256::digest(["mechafil-edge owner ", owner].concat());
        Self(hex_of(&digest[..16]))
    }
}

impl fmt::Display for OwnerTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
