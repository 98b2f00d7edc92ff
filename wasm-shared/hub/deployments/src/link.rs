//! What the gateway is told of a deployment: where its server answers while it runs, and that it is gone when it does not.
//!
//! A server that was just started may not answer yet, so telling is tried again: at each look at the deployment that comes after
//! [`Link::next`], and by the schedule.

use std::{future::Future, pin::Pin};

use platform::{OutsideError, Platform};
use serde::{Deserialize, Serialize};

use crate::{
    Millis,
    deployment::{Deployment, Status},
};

/// The longest name that a server may have in the gateway.
const LONGEST_SERVER: usize = 32;
/// How often connecting is tried before it is left to the owner: with the pauses between, about seven minutes.
const MOST_TRIES: u32 = 12;
/// The longest pause between two tries, in milliseconds.
const LONGEST_PAUSE: Millis = 60_000;
/// The longest reason that is kept, in characters.
const LONGEST_REASON: usize = 300;

/// What the gateway knows of a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Link {
    /// Its name there; `None` where the gateway has nothing to do with it.
    pub server: Option<String>,
    /// The address that it was told, and where its owner is connected if that was asked for.
    pub told: Option<String>,
    /// How often it was tried since it runs.
    pub tries: u32,
    /// When it is tried again.
    pub next: Millis,
    /// Why it did not work yet.
    pub reason: Option<String>,
}

impl Link {
    /// Whether the gateway may know something of it.
    const fn is_known(&self) -> bool {
        self.told.is_some() || self.tries > 0
    }
}

/// What the gateway has to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// That the server answers at this address.
    At(String),
    /// That it does not any more.
    Gone,
}

/// Whether a gateway took what it was told; else why not, in words for the deployment's owner.
pub type Telling<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;
/// Whether a gateway let go of a deployment.
pub type Withdrawing<'a> = Pin<Box<dyn Future<Output = Result<(), OutsideError>> + Send + 'a>>;

/// Where servers are connected.
pub trait Gateway: Send + Sync {
    /// Takes note of where a deployment's server answers, and connects its owner where that was asked for. Done twice it is as done
    /// once.
    fn tell<'a>(
        &'a self,
        platform: &'a Platform,
        deployment: &'a Deployment,
        server: &'a str,
        url: &'a str,
    ) -> Telling<'a>;

    /// Takes it away again.
    fn withdraw<'a>(
        &'a self,
        platform: &'a Platform,
        deployment: &'a Deployment,
        server: &'a str,
    ) -> Withdrawing<'a>;
}

impl Deployment {
    /// What the gateway has to be told, now or at the next try.
    #[must_use]
    pub fn link_change(&self) -> Option<Change> {
        self.link.server.as_ref()?;
        match self.status {
            Status::Running if self.link.tries < MOST_TRIES => {
                let endpoint =
                    self.endpoint.as_ref().filter(|endpoint| self.link.told.as_ref() != Some(endpoint))?;
                Some(Change::At(endpoint.clone()))
            }
            Status::Stopped | Status::Failed => self.link.is_known().then_some(Change::Gone),
            // What is being changed still answers as before.
            Status::Running | Status::Deploying => None,
        }
    }

    /// Whether that is due by now.
    #[must_use]
    pub fn link_is_due(&self, now: Millis) -> bool {
        now >= self.link.next && self.link_change().is_some()
    }

    /// Takes note of what came of telling the gateway.
    pub fn linked(&mut self, change: Change, came: Result<(), String>, now: Millis) {
        match (came, change) {
            (Ok(()), Change::At(url)) => {
                self.link = Link { server: self.link.server.take(), told: Some(url), ..Link::default() };
            }
            (Ok(()), Change::Gone) => {
                self.link = Link { server: self.link.server.take(), ..Link::default() };
            }
            (Err(why), _) => {
                // Twice as long each time: 1 s, 2 s, ... a minute.
                let pause = LONGEST_PAUSE.min(1_000 << self.link.tries.min(10));
                self.link.tries += 1;
                self.link.next = now + pause;
                self.link.reason = Some(why.chars().take(LONGEST_REASON).collect());
            }
        }
    }
}

/// The name of a deployment's server in the gateway: the deployment's own, or what fits of it.
#[must_use]
pub fn server_of(deployment: &str) -> String {
    if deployment.len() <= LONGEST_SERVER {
        return deployment.to_owned();
    }
    // `mcp-<template>-<8 digits>`: the digits tell deployments apart.
    let (front, digits) = deployment.split_at(deployment.len().saturating_sub(9));
    let fits = &front[..front.len().min(LONGEST_SERVER - digits.len())];
    format!("{}{digits}", fits.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_name_is_the_deployments_as_far_as_it_fits() {
        assert_eq!(server_of("mcp-terraform-0123abcd"), "mcp-terraform-0123abcd");
        let long = server_of("mcp-a-template-with-a-very-long-name-0123abcd");
        assert_eq!(long, "mcp-a-template-with-a-v-0123abcd");
        assert!(long.len() <= LONGEST_SERVER);
    }
}
