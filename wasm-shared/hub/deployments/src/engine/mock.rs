//! An engine that runs nothing: the whole life cycle with records, for trying out and for tests. It goes wrong where it is asked to.

use std::collections::BTreeMap;

use platform::{Outcome, OutsideError, Platform, Statement, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Engine, EngineError, Reply, Wish};
use crate::deployment::{Deployment, MOST_REPLICAS, Observation, OwnerTag};

/// What can go wrong, by name. Each is a fault of the first revision; a change of the configuration heals it.
pub const FAULTS: [(&str, &str); 6] = [
    ("image", "the image cannot be had"),
    ("refused", "the engine refuses to make it"),
    ("forbidden", "the engine's credential may not make it"),
    ("unreachable", "the engine cannot be reached"),
    ("crash", "the server ends as soon as it was started"),
    ("never-ready", "the server never becomes ready"),
];

/// The mock engine.
pub struct Mock {
    /// Where its records are.
    pub platform: Platform,
    /// Where its deployments say that they answer; else at a name that nobody has.
    pub endpoint: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Running {
    revision: u32,
    replicas: u32,
    fault: Option<String>,
    starts: u32,
}

impl Mock {
    async fn run(&self, statement: Statement) -> Result<Outcome, OutsideError> {
        let outcomes = self.platform.database().run(vec![statement]).await?;
        Ok(outcomes.into_iter().next().unwrap_or_default())
    }

    async fn find(&self, name: &str) -> Result<Option<Running>, EngineError> {
        let select = Statement::new("SELECT state FROM deployment_mocks WHERE name = ?1", [name.into()]);
        let outcome = self.run(select).await?;
        let state = outcome.rows.first().and_then(|row| row.first()?.as_text());
        state.map(running).transpose()
    }
}

fn running(state: &str) -> Result<Running, EngineError> {
    serde_json::from_str(state).map_err(|error| EngineError::Unreadable(error.to_string()))
}

fn seen(name: &str, running: &Running, endpoint: Option<&String>) -> Observation {
    match running.fault.as_deref() {
        _ if running.replicas == 0 => Observation::Stopped,
        Some("crash") => Observation::Failed { reason: "the server ended with code 1".to_owned() },
        Some("never-ready") => Observation::Starting { reason: Some("the server is not ready".to_owned()) },
        _ => {
            let nobodys = || format!("https://{name}.mock.invalid/mcp");
            Observation::Ready { endpoint: Some(endpoint.cloned().unwrap_or_else(nobodys)) }
        }
    }
}

impl Engine for Mock {
    fn name(&self) -> &'static str {
        "mock"
    }

    fn most_replicas(&self) -> u32 {
        MOST_REPLICAS
    }

    fn manifests(&self, wish: &Wish<'_>) -> Vec<serde_json::Value> {
        let workload = &wish.revision.workload;
        vec![json!({
            "mock": true, "name": wish.deployment.name, "revision": wish.revision.number, "replicas": wish.replicas,
            "image": workload.image, "args": workload.args, "env": workload.env, "secret_env": workload.secret_env,
        })]
    }

    fn apply<'a>(&'a self, wish: &'a Wish<'a>) -> Reply<'a, ()> {
        Box::pin(async move {
            let deployment = wish.deployment;
            let former = self.find(&deployment.name).await?;
            let fault = deployment.fault.clone().filter(|_| wish.revision.number == 1);
            match (fault.as_deref(), &former) {
                (Some("image"), _) => return Err(EngineError::Image(wish.revision.workload.image.clone())),
                (Some("refused"), _) => {
                    return Err(EngineError::Refused("somebody asked for this fault".to_owned()));
                }
                (Some("forbidden"), _) => {
                    return Err(EngineError::Forbidden("somebody asked for this fault".to_owned()));
                }
                (Some("unreachable"), _) => {
                    return Err(EngineError::Unreachable("somebody asked for this fault".to_owned()));
                }
                // Only a first revision is made of nothing.
                (_, None) if wish.fresh.is_none() => return Err(EngineError::Missing),
                _ => {}
            }
            let starts = former.map_or(0, |running| running.starts) + u32::from(wish.replicas > 0);
            let running = Running { revision: wish.revision.number, replicas: wish.replicas, fault, starts };
            let state = serde_json::to_string(&running)
                .map_err(|error| EngineError::Unreadable(error.to_string()))?;
            let owner = OwnerTag::of(&deployment.owner).to_string();
            let upsert = Statement::new(
                "INSERT INTO deployment_mocks (name, owner, state) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (name) DO UPDATE SET state = ?3",
                [deployment.name.as_str().into(), owner.into(), state.into()],
            );
            self.run(upsert).await?;
            Ok(())
        })
    }

    fn discard<'a>(&'a self, _: &'a Deployment, _: u32) -> Reply<'a, ()> {
        // A record has one revision, the present one.
        Box::pin(std::future::ready(Ok(())))
    }

    fn remove<'a>(&'a self, deployment: &'a Deployment) -> Reply<'a, bool> {
        Box::pin(async move {
            let name = Value::from(deployment.name.as_str());
            let outcome =
                self.run(Statement::new("DELETE FROM deployment_mocks WHERE name = ?1", [name])).await?;
            Ok(outcome.changes > 0)
        })
    }

    fn observe<'a>(&'a self, deployment: &'a Deployment) -> Reply<'a, Observation> {
        Box::pin(async move {
            let running = self.find(&deployment.name).await?;
            Ok(running.map_or(Observation::Missing, |running| {
                seen(&deployment.name, &running, self.endpoint.as_ref())
            }))
        })
    }

    fn observe_all<'a>(&'a self, owner: &'a OwnerTag) -> Reply<'a, BTreeMap<String, Observation>> {
        Box::pin(async move {
            let select = Statement::new(
                "SELECT name, state FROM deployment_mocks WHERE owner = ?1",
                [owner.to_string().into()],
            );
            let outcome = self.run(select).await?;
            let row = |row: &Vec<Value>| {
                let name = row.first()?.as_text()?;
                let running = running(row.get(1)?.as_text()?).ok()?;
                Some((name.to_owned(), seen(name, &running, self.endpoint.as_ref())))
            };
            Ok(outcome.rows.iter().filter_map(row).collect())
        })
    }

    fn logs<'a>(&'a self, deployment: &'a Deployment, lines: u32) -> Reply<'a, String> {
        Box::pin(async move {
            let running = self.find(&deployment.name).await?.ok_or(EngineError::Missing)?;
            let told = [
                format!("mock: {} runs {}", deployment.name, deployment.revision.workload.image),
                format!("mock: revision {}, started {} times", running.revision, running.starts),
                "mock: nothing else happens here".to_owned(),
            ];
            let skipped = told.len().saturating_sub(lines as usize);
            Ok(told[skipped..].join("\n"))
        })
    }
}
