//! What runs deployments. [`Engine`] is what each has to do; there is a file for each.

pub mod docker;
mod http;
pub mod kubernetes;
pub mod mock;

use std::{collections::BTreeMap, future::Future, pin::Pin};

use platform::OutsideError;
use serde_json::Value;

use crate::{
    deployment::{Deployment, Observation, OwnerTag, Revision},
    template::Secrets,
};

/// The label that everything has which this service made; its value is [`MANAGER`].
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY`], and the field manager of Kubernetes.
pub const MANAGER: &str = "mechafil-edge";
/// The label with the deployment's name.
pub const INSTANCE: &str = "app.kubernetes.io/instance";
/// The label with the template's id.
pub const TEMPLATE: &str = "app.kubernetes.io/name";
/// The label with the owner's tag.
pub const OWNER: &str = "mechafil-edge/owner";
/// The label with the revision's number.
pub const REVISION: &str = "mechafil-edge/revision";

/// What a call to an engine gives.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, EngineError>> + Send + 'a>>;

/// Something that runs deployments.
pub trait Engine: Send + Sync {
    /// Its name: `kubernetes`, `docker`, `mock`.
    fn name(&self) -> &'static str;

    /// How many replicas a deployment may have.
    fn most_replicas(&self) -> u32;

    /// What [`apply`](Self::apply) would send, with secrets masked.
    fn manifests(&self, wish: &Wish<'_>) -> Vec<Value>;

    /// Makes it so: the wished revision runs, as many of it as wished, and the kept one stands by. To wish for what is already so
    /// changes nothing.
    fn apply<'a>(&'a self, wish: &'a Wish<'a>) -> Reply<'a, ()>;

    /// Removes what belongs to one revision only.
    fn discard<'a>(&'a self, deployment: &'a Deployment, revision: u32) -> Reply<'a, ()>;

    /// Removes everything of a deployment. Whether there was anything.
    fn remove<'a>(&'a self, deployment: &'a Deployment) -> Reply<'a, bool>;

    /// How a deployment does.
    fn observe<'a>(&'a self, deployment: &'a Deployment) -> Reply<'a, Observation>;

    /// How the deployments of an owner do, by name: one request, however many there are.
    fn observe_all<'a>(&'a self, owner: &'a OwnerTag) -> Reply<'a, BTreeMap<String, Observation>>;

    /// The last lines of a deployment's log, without its secrets.
    fn logs<'a>(&'a self, deployment: &'a Deployment, lines: u32) -> Reply<'a, String>;
}

/// What is to be so.
#[derive(Clone, Debug)]
pub struct Wish<'a> {
    /// The deployment.
    pub deployment: &'a Deployment,
    /// The revision that runs.
    pub revision: &'a Revision,
    /// How many of it; none for one that stands still.
    pub replicas: u32,
    /// Where the revision is new: the secrets that came with it. The engine has those of older ones.
    pub fresh: Option<Fresh<'a>>,
    /// Whether the other revision may run, so that it has to be told to stand by.
    pub other_may_run: bool,
    /// The revision that no rollback goes to any more.
    pub stale: Option<u32>,
}

/// What a new revision brings along.
#[derive(Clone, Debug)]
pub struct Fresh<'a> {
    /// The secrets that were given.
    pub given: &'a Secrets,
    /// The revision whose secrets the others are.
    pub from: Option<u32>,
}

impl Fresh<'_> {
    /// The environment variables whose secrets are those of the revision before.
    pub fn kept<'b>(&'b self, revision: &'b Revision) -> impl Iterator<Item = &'b String> {
        revision.workload.secret_env.iter().filter(|name| !self.given.0.contains_key(*name))
    }
}

/// Why an engine did not do what it was asked. No text holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineError {
    /// It cannot be reached, or does not answer in time.
    Unreachable(String),
    /// It does not take this service's credential.
    Unauthorized,
    /// The credential may not do this.
    Forbidden(String),
    /// It does not do it, for a reason that it gives.
    Refused(String),
    /// The image cannot be had.
    Image(String),
    /// Somebody else made something of the same name.
    Foreign(String),
    /// It has nothing of this name.
    Missing,
    /// Its answer cannot be read.
    Unreadable(String),
    /// This service's own database failed.
    Outside(OutsideError),
}

impl std::fmt::Display for EngineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(reason) => write!(f, "the engine cannot be reached: {reason}"),
            Self::Unauthorized => write!(f, "the engine does not take this service's credential"),
            Self::Forbidden(reason) => write!(f, "the engine does not allow it: {reason}"),
            Self::Refused(reason) => write!(f, "the engine refused: {reason}"),
            Self::Image(reason) => write!(f, "the image cannot be had: {reason}"),
            Self::Foreign(reason) => write!(f, "something of this name is not of this service: {reason}"),
            Self::Missing => write!(f, "the engine has nothing of this name"),
            Self::Unreadable(reason) => write!(f, "the engine's answer cannot be read: {reason}"),
            Self::Outside(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for EngineError {}

impl From<OutsideError> for EngineError {
    fn from(error: OutsideError) -> Self {
        Self::Outside(error)
    }
}

impl EngineError {
    /// The same without these secrets, which an engine may have repeated.
    #[must_use]
    pub fn without(self, secrets: &Secrets) -> Self {
        match self {
            Self::Unreachable(text) => Self::Unreachable(secrets.redact(&text)),
            Self::Forbidden(text) => Self::Forbidden(secrets.redact(&text)),
            Self::Refused(text) => Self::Refused(secrets.redact(&text)),
            Self::Image(text) => Self::Image(secrets.redact(&text)),
            Self::Foreign(text) => Self::Foreign(secrets.redact(&text)),
            Self::Unreadable(text) => Self::Unreadable(secrets.redact(&text)),
            Self::Unauthorized | Self::Missing | Self::Outside(_) => self,
        }
    }
}

/// The name of what belongs to one revision.
fn revision_name(deployment: &Deployment, revision: u32) -> String {
    format!("{}-r{revision}", deployment.name)
}
