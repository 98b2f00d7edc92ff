//! The Worker in workerd, the runtime of Cloudflare Workers, with local stores: `wrangler dev`.

use std::{env, fs, path::Path, process::Command};

use tempfile::TempDir;

use super::{ControlledSite, Instances, NewSite, Running, Site, assets, controlled::Controls, process};

/// The function that is all of them.
const ALL: &str = "edge";
const WRANGLER: &str = "node_modules/.bin/wrangler";

pub(super) fn ready() -> Result<(), String> {
    let root = crate::root();
    if !root.join(WRANGLER).exists() {
        return Err(format!("{WRANGLER} is missing: run npm install"));
    }
    script(ALL)?;
    assets().map(drop)
}

/// The script of a function's Worker, from the project's root.
fn script(function: &str) -> Result<String, String> {
    let script = format!("functions/{function}/build/index.js");
    if crate::root().join(&script).is_file() {
        Ok(script)
    } else {
        Err(format!("{script} is missing: run scripts/build-worker {function}"))
    }
}

/// The path of programs, first the package `node`, which brings the version that wrangler wants.
fn with_tools(root: &Path) -> String {
    let path = env::var("PATH").unwrap_or_default();
    format!("{}:{path}", root.join("node_modules/.bin").display())
}

pub(super) fn site() -> NewSite {
    alone(ALL)
}

/// A function as a Worker of its own.
pub(super) fn alone(function: &str) -> NewSite {
    let state = TempDir::with_prefix("contract-workerd-").map_err(|error| error.to_string())?;
    Ok(Box::new(Workerd { script: script(function)?, state }))
}

/// All functions, with what `disturbed.js` lets tests do.
pub(super) fn controlled(_: Instances) -> Result<ControlledSite, String> {
    script(ALL)?;
    let state = TempDir::with_prefix("contract-workerd-").map_err(|error| error.to_string())?;
    let script = "tests/contract/workerd/disturbed.js".to_owned();
    Ok(ControlledSite { site: Box::new(Workerd { script, state }), controls: Controls::Worker })
}

struct Workerd {
    script: String,
    /// The folder that holds its key-value store and its objects.
    state: TempDir,
}

impl Site for Workerd {
    fn start(&self, variables: &[(String, String)]) -> Result<Running, String> {
        let root = crate::root().canonicalize().map_err(|error| error.to_string())?;
        let state = self.state.path();
        // A file of our own, so that a developer's .dev.vars has no say.
        let file = state.join("variables.env");
        let lines: Vec<_> = variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        fs::write(&file, lines.join("\n")).map_err(|error| error.to_string())?;
        let mut wrangler = Command::new(root.join(WRANGLER));
        wrangler
            .args(["dev", &self.script, "--ip", "127.0.0.1", "--show-interactive-dev-session=false"])
            .args(["--port", "0", "--inspector-port", "0"])
            .arg("--persist-to")
            .arg(state.join("stores"))
            .arg("--env-file")
            .arg(file)
            .current_dir(&root)
            .env("PATH", with_tools(&root))
            .env("WRANGLER_SEND_METRICS", "false")
            .env("WRANGLER_REGISTRY_PATH", state.join("registry"))
            .env("WRANGLER_LOG_PATH", state.join("logs"))
            .env("CI", "true");
        process::start(&wrangler, state)
    }

    /// Two processes of workerd share no durable objects, so these are two Workers in one.
    fn start_two(&self, variables: &[(String, String)]) -> Result<[Running; 2], String> {
        let root = crate::root().canonicalize().map_err(|error| error.to_string())?;
        let mut node = Command::new(root.join("node_modules/.bin/node"));
        node.args(["tests/contract/workerd/two-workers.mjs", &self.script])
            .args(variables.iter().map(|(name, value)| format!("{name}={value}")))
            .current_dir(&root)
            .env("PATH", with_tools(&root));
        process::start_several(&node, self.state.path())
    }

    fn state(&self) -> Option<&Path> {
        Some(self.state.path())
    }
}
