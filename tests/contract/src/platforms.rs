//! The platforms that the contract is run against.

mod controlled;
pub mod memory;
mod native;
mod process;
mod spin;
mod workerd;

use std::path::Path;

pub use controlled::{Controlled, ControlledSite, Store};
pub use spin::spin_components;

/// Every platform; one more is one line more.
#[rustfmt::skip]
pub const PLATFORMS: [Platform; 5] = [
    Platform { name: "memory", reports: "native", ready: memory::ready, site: memory::site, alone: None, controlled: None },
    Platform { name: "native", reports: "native", ready: native::ready, site: native::site, alone: None, controlled: None },
    Platform { name: "workerd", reports: "cloudflare", ready: workerd::ready, site: workerd::site, alone: Some(workerd::alone), controlled: Some(workerd::controlled) },
    Platform { name: "spin", reports: "spin", ready: spin::ready, site: spin::site, alone: None, controlled: Some(spin::controlled) },
    Platform { name: "spin-up", reports: "spin", ready: spin::cli_ready, site: spin::cli_site, alone: None, controlled: None },
];

/// One way to run the functions.
pub struct Platform {
    /// How it is chosen, and the first part of its cases' names.
    pub name: &'static str,
    /// What its `/health` calls it.
    pub reports: &'static str,
    /// Whether all is built that it needs; else what to do.
    pub ready: fn() -> Result<(), String>,
    /// A new place with empty stores.
    pub site: fn() -> NewSite,
    /// A place for one function by itself, where the platform otherwise has all of them in one.
    pub alone: Option<fn(&str) -> NewSite>,
    /// A place whose servers a test controls, with a new instance for each request or with instances that are kept.
    pub controlled: Option<fn(Instances) -> Result<ControlledSite, String>>,
}

/// For how long the instances of a place whose servers are controlled live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instances {
    /// Until [`Controlled::forget`] on a platform that has one instance; where it has many, for one request.
    Forgetful,
    /// As long as the server.
    Kept,
}

/// A new place, or why there is none.
pub type NewSite = Result<Box<dyn Site>, String>;

/// A place with stores of its own, where servers can be started one after the other.
pub trait Site: Send + Sync {
    /// Starts a server with these variables on what the stores hold, and waits until it answers.
    ///
    /// # Errors
    /// When it does not come up.
    fn start(&self, variables: &[(String, String)]) -> Result<Running, String>;

    /// Starts two servers at the same time on the same stores.
    ///
    /// # Errors
    /// When one does not come up.
    fn start_two(&self, variables: &[(String, String)]) -> Result<[Running; 2], String> {
        Ok([self.start(variables)?, self.start(variables)?])
    }

    /// The folder that holds what the servers store and log; `None` where they leave nothing on disk.
    fn state(&self) -> Option<&Path>;
}

/// A server that runs; dropped, it is stopped.
pub struct Running {
    /// Where it answers.
    pub base_url: String,
    stop: Option<Box<dyn FnOnce(Stop) + Send + Sync>>,
}

/// How a server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It is asked to.
    Gently,
    /// It is not asked: SIGKILL.
    Killed,
}

impl Running {
    /// A server that is ended by `stop`.
    pub fn new(base_url: String, stop: impl FnOnce(Stop) + Send + Sync + 'static) -> Self {
        Self { base_url, stop: Some(Box::new(stop)) }
    }

    /// Ends it and waits until it has ended.
    pub fn stop(mut self, how: Stop) {
        if let Some(stop) = self.stop.take() {
            stop(how);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop(Stop::Gently);
        }
    }
}

/// The files that are deployed with the functions, where `scripts/build-assets` has made them.
fn assets() -> Result<std::path::PathBuf, String> {
    let directory = crate::root().join("dist/assets");
    for file in ["docs/openapi.json", "docs/index.html", "network/bundled.bin"] {
        if !directory.join(file).is_file() {
            return Err(format!("dist/assets/{file} is missing: run scripts/build-assets"));
        }
    }
    Ok(directory)
}
