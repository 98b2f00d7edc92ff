//! Starting a server that is missing: of all who ask at once, one starts it.

use std::{future::Future, pin::Pin};

use platform::{OutsideError, Platform};

use crate::{
    candidates::Tried,
    definition::{Definition, Wanted},
    find, known,
    store::{Seeker, Store},
};

/// How long starting may take before somebody else may try.
const LEASE_MS: i64 = 60_000;

/// What starts servers: deployments.
pub trait Starter: Send + Sync {
    /// Starts the server of this name, as its operator described it. The number grows with every start of it: whoever comes with a
    /// smaller one than the last has lost the lease ([`Store::holds`]), and is to be refused.
    fn start<'a>(
        &'a self,
        platform: &'a Platform,
        name: &'a str,
        wanted: &'a Wanted,
        fence: i64,
    ) -> Starting<'a>;
}

/// A server that is being started: the deployment's name. An error is a sentence for whoever asked.
pub type Starting<'a> = Pin<Box<dyn Future<Output = Result<String, String>> + Send + 'a>>;

/// What became of a wish for a server.
#[derive(Debug, PartialEq)]
pub enum Ensured {
    /// It answers.
    Runs(Vec<Tried>),
    /// It was started, under this number.
    Started {
        /// The number of the lease.
        fence: i64,
        /// What runs it.
        deployment: String,
    },
    /// Somebody else is starting it.
    Starting,
    /// It is missing, and nothing is described that could start it.
    NothingStarts(Vec<Tried>),
    /// It could not be started.
    Failed(String),
}

/// Makes sure that a server runs.
///
/// # Errors
/// When the database or the variables cannot be read.
pub async fn ensure(
    platform: &Platform,
    name: &str,
    definition: &Definition,
    seeker: Seeker<'_>,
    starter: Option<&dyn Starter>,
) -> Result<Ensured, OutsideError> {
    let store = Store::open(platform).await?;
    let search = find::find(platform, store, name, definition, seeker).await?;
    if search.found.is_some() {
        return Ok(Ensured::Runs(search.trace));
    }
    let Some((starter, wanted)) = starter.zip(definition.deployment.as_ref()) else {
        return Ok(Ensured::NothingStarts(search.trace));
    };
    let now = known::now(platform);
    let Some(fence) = store.lease(name, now, now + LEASE_MS).await? else { return Ok(Ensured::Starting) };
    match starter.start(platform, name, wanted, fence).await {
        Ok(deployment) => {
            // The lease stays until the server answers or has had time to, so that who asks meanwhile does not start another.
            if find::find(platform, store, name, definition, seeker).await?.found.is_some() {
                store.release(name, fence).await?;
            }
            Ok(Ensured::Started { fence, deployment })
        }
        Err(why) => {
            store.release(name, fence).await?;
            Ok(Ensured::Failed(why))
        }
    }
}
