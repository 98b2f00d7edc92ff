//! Servers that the operator described with a deployment, started where they are missing.

use std::collections::{BTreeMap, BTreeSet};

use deployments::{
    configured::Backends,
    deployment::{Deployment, Status},
    lifecycle::{self, Asked, Deployed, Engines as _},
    store::{Held, Store},
    template::Configured,
};
use discovery::{
    definition::{Wanted, references, resolved},
    ensure::{Starter, Starting},
};
use platform::Platform;
use serde_json::{Map, Value};

/// Whose the deployments of described servers are: the operator's, who lists and removes them with the admin key.
pub const OPERATOR: &str = "operator";

/// Deployments as what starts servers.
#[derive(Clone, Copy, Debug)]
pub struct Deployer;

impl Starter for Deployer {
    fn start<'a>(
        &'a self,
        platform: &'a Platform,
        name: &'a str,
        wanted: &'a Wanted,
        fence: i64,
    ) -> Starting<'a> {
        Box::pin(async move {
            let platform = &platform.patient();
            let backends = Backends::read(platform, Some(&crate::connecting::ThisGateway)).await;
            let backends = backends.map_err(|error| unanswered(&error))?;
            let deployment = Start { platform, backends: &backends, name, wanted, fence }.start().await?;
            // What is ready at once is found at once.
            let held = find(platform, &deployment).await?;
            if let Some(held) = held {
                let now = lifecycle::refresh(platform, &backends, held, backends.limits).await;
                now.map_err(|error| unanswered(&error))?;
            }
            Ok(deployment)
        })
    }
}

fn unanswered(error: &platform::OutsideError) -> String {
    format!("The {} did not answer; ask again in a moment.", error.service)
}

async fn find(platform: &Platform, deployment: &str) -> Result<Option<Held>, String> {
    let store = Store::open(platform).await.map_err(|error| unanswered(&error))?;
    store.find(deployment, OPERATOR).await.map_err(|error| unanswered(&error))
}

/// What is to be done with the deployment that a server has already.
#[derive(Debug, PartialEq, Eq)]
enum Do {
    /// It is coming up, or runs and may not have said so.
    Wait,
    /// It stands still.
    Start,
    /// It never ran, or the operator describes another one by now.
    Replace,
}

fn with(known: &Deployment, template: &str, backend: &str, configured: &Configured) -> Do {
    let revision = &known.revision;
    let is_the_same = known.template == template
        && known.backend == backend
        && revision.configuration == configured.shown
        && revision.secrets == configured.secrets;
    match known.status {
        _ if !is_the_same => Do::Replace,
        Status::Deploying | Status::Running => Do::Wait,
        Status::Failed if !known.ran => Do::Replace,
        Status::Failed | Status::Stopped => Do::Start,
    }
}

struct Start<'a> {
    platform: &'a Platform,
    backends: &'a Backends,
    name: &'a str,
    wanted: &'a Wanted,
    fence: i64,
}

impl Start<'_> {
    async fn start(self) -> Result<String, String> {
        let Self { platform, backends, name, wanted, fence } = self;
        let backend = wanted.backend.as_deref().or(backends.chosen);
        let backend =
            backend.ok_or("MCP_DEPLOYMENT_BACKEND names no backend; the operator has to set it.")?;
        let engine = backends
            .named(backend)
            .ok_or_else(|| format!("The backend {backend} is not configured here."))?;
        let configured = self.configured().await?;
        self.is_still_ours(fence).await?;
        let known =
            lifecycle::of_server(platform, OPERATOR, name).await.map_err(|error| unanswered(&error))?;
        if let Some(held) = known {
            let deployment = held.deployment.name.clone();
            match with(&held.deployment, &wanted.template, engine.name(), &configured) {
                Do::Wait => {
                    lifecycle::tell_again(platform, held).await.map_err(|error| unanswered(&error))?;
                    return Ok(deployment);
                }
                Do::Start => {
                    let started = lifecycle::start(platform, backends, held, backends.limits).await;
                    return started.map(|_| deployment).map_err(|failure| said(&failure));
                }
                Do::Replace => {
                    lifecycle::remove(platform, backends, held).await.map_err(|failure| said(&failure))?;
                    self.is_still_ours(fence).await?;
                }
            }
        }
        // A second one that comes after all is the same deployment.
        let key = format!("ensure {name}");
        // Without its secrets.
        let digest = format!("{} {}", wanted.template, Value::Object(configured.shown.clone()));
        let asked = Asked {
            owner: OPERATOR,
            title: Some(format!("The MCP server {name}")),
            template: &wanted.template,
            configured: &configured,
            replicas: 1,
            connect: false,
            server: Some(name),
            fault: None,
            idempotency: Some((&key, &digest)),
        };
        match lifecycle::deploy(platform, engine, &asked, backends.limits).await {
            Ok(Deployed::New(deployment)) => Ok(deployment.name),
            Ok(Deployed::Same(deployment)) => Ok(deployment),
            Ok(Deployed::OtherRequest) => {
                Err(format!("Another deployment of {name} is under way; ask again in a moment."))
            }
            Ok(Deployed::Full) => Err("The operator has as many deployments as may be.".to_owned()),
            Err(failure) => Err(said(&failure)),
        }
    }

    /// Whoever lost the lease does nothing more.
    async fn is_still_ours(&self, fence: i64) -> Result<(), String> {
        let store = discovery::store::Store::open(self.platform).await.map_err(|error| unanswered(&error))?;
        match store.holds(self.name, fence).await {
            Ok(true) => Ok(()),
            Ok(false) => Err("Somebody else is starting it by now.".to_owned()),
            Err(error) => Err(unanswered(&error)),
        }
    }

    /// The template with the operator's configuration, secrets put in.
    async fn configured(&self) -> Result<Configured, String> {
        let Self { platform, backends, wanted, .. } = self;
        let templates = backends.templates(platform).await.map_err(|error| unanswered(&error))?;
        let template = templates.iter().find(|template| template.id == wanted.template);
        let template = template.ok_or_else(|| format!("There is no template {}.", wanted.template))?;
        let secrets: BTreeSet<&str> = template.secret_names().collect();
        let mut configuration = Map::new();
        for (name, value) in &wanted.configuration {
            let value = match value {
                Value::String(text) if !references(text).is_empty() => {
                    Value::String(self.resolved(text).await?)
                }
                _ if secrets.contains(name.as_str()) => {
                    return Err(format!(
                        "The secret {name} has to be ${{NAME}}, a variable of that name: a secret is not stored."
                    ));
                }
                value => value.clone(),
            };
            configuration.insert(name.clone(), value);
        }
        let registry = backends.registry.as_deref();
        template.configure(&configuration, &BTreeSet::new(), registry).map_err(|violations| {
            let said =
                violations.iter().map(|violation| format!("{} {}", violation.pointer, violation.detail));
            format!(
                "Its configuration is not what the template takes: {}.",
                said.collect::<Vec<_>>().join("; ")
            )
        })
    }

    async fn resolved(&self, text: &str) -> Result<String, String> {
        let mut values = BTreeMap::new();
        for name in references(text) {
            let value = self.platform.config().get(name).await.map_err(|error| unanswered(&error))?;
            let value = value.ok_or_else(|| format!("The variable {name} is not set."))?;
            values.insert(name.to_owned(), value.trim().to_owned());
        }
        resolved(text, &values).ok_or_else(|| "A reference in its configuration cannot be read.".to_owned())
    }
}

/// Why a deployment was not made, for whoever wanted the server. What the engine said is the operator's.
fn said(failure: &lifecycle::Failure) -> String {
    use lifecycle::Failure;
    match failure {
        Failure::Outside(error) => unanswered(error),
        Failure::Engine { error, .. } => format!("It could not be started: {error}."),
        Failure::NoEngine(name) => format!("The backend {name} is not configured any more."),
        Failure::Busy => "Somebody else is changing its deployment; ask again in a moment.".to_owned(),
        Failure::NoFormer | Failure::NeverRan => {
            "Its deployment cannot be started; the operator has to delete it.".to_owned()
        }
    }
}
