//! What the gateway is told of deployments.

use deployments::{
    deployment::Deployment,
    link::{Gateway, Telling, Withdrawing},
};
use discovery::{
    gateway::{self, Connected},
    store::{Hosted, Store},
};
use platform::{OutsideError, Platform};

/// The gateway of this service. What it knows is in the database.
#[derive(Clone, Copy, Debug)]
pub struct ThisGateway;

impl Gateway for ThisGateway {
    fn tell<'a>(
        &'a self,
        platform: &'a Platform,
        deployment: &'a Deployment,
        server: &'a str,
        url: &'a str,
    ) -> Telling<'a> {
        Box::pin(async move {
            let told = tell(platform, deployment, server, url).await;
            told.unwrap_or_else(|error| Err(format!("the {} did not answer", error.service)))
        })
    }

    fn withdraw<'a>(
        &'a self,
        platform: &'a Platform,
        deployment: &'a Deployment,
        server: &'a str,
    ) -> Withdrawing<'a> {
        Box::pin(async move {
            if deployment.connect {
                gateway::disconnect(platform, &deployment.owner, server).await?;
            }
            Store::open(platform).await?.unhost(server, owner_of(deployment)).await
        })
    }
}

/// Whose server it is: its owner's where they are connected to it, else everybody's, as the operator described it.
fn owner_of(deployment: &Deployment) -> Option<&str> {
    deployment.connect.then_some(deployment.owner.as_str())
}

async fn tell(
    platform: &Platform,
    deployment: &Deployment,
    server: &str,
    url: &str,
) -> Result<Result<(), String>, OutsideError> {
    let owner = owner_of(deployment);
    let hosted = Hosted { server: server.to_owned(), owner: owner.map(str::to_owned), url: url.to_owned() };
    if !Store::open(platform).await?.host(&hosted).await? {
        return Ok(Err("another deployment has this name in the gateway".to_owned()));
    }
    let Some(owner) = owner else { return Ok(Ok(())) };
    Ok(match gateway::connect(platform, owner, server).await? {
        Connected::Yes { .. } => Ok(()),
        Connected::NotFound(trace) => {
            let why = trace.into_iter().rev().find_map(|tried| tried.detail);
            Err(format!("it does not answer at {url}: {}", why.unwrap_or_default()))
        }
        Connected::Unusable(why, _) => Err(format!("it answers, but does not list its tools: {why}")),
        Connected::Unknown => Err("the operator has switched it off".to_owned()),
    })
}
