//! The Worker in workerd, the runtime of Cloudflare Workers, with local stores: `wrangler dev`.

use std::{env, fs, process::Command};

use tempfile::TempDir;

use super::{Running, Site, assets, process};

const WORKER: &str = "functions/edge/build/index.js";
const WRANGLER: &str = "node_modules/.bin/wrangler";

pub(super) fn ready() -> Result<(), String> {
    let root = crate::root();
    if !root.join(WRANGLER).exists() {
        return Err(format!("{WRANGLER} is missing: run npm install"));
    }
    if !root.join(WORKER).is_file() {
        return Err(format!("{WORKER} is missing: run scripts/build-worker"));
    }
    assets().map(drop)
}

pub(super) fn site() -> Result<Box<dyn Site>, String> {
    let state = TempDir::with_prefix("contract-workerd-").map_err(|error| error.to_string())?;
    Ok(Box::new(Workerd(state)))
}

/// The folder that holds its key-value store and its objects.
struct Workerd(TempDir);

impl Site for Workerd {
    fn start(&self, variables: &[(String, String)]) -> Result<Running, String> {
        let root = crate::root().canonicalize().map_err(|error| error.to_string())?;
        let state = self.0.path();
        // A file of our own, so that a developer's .dev.vars has no say.
        let file = state.join("variables.env");
        let lines: String = variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        fs::write(&file, lines).map_err(|error| error.to_string())?;
        let (port, inspector) = (process::free_port()?, process::free_port()?);
        let path = env::var("PATH").unwrap_or_default();
        let mut wrangler = Command::new(root.join(WRANGLER));
        wrangler
            .args(["dev", "--ip", "127.0.0.1", "--show-interactive-dev-session=false"])
            .args(["--port", &port.to_string(), "--inspector-port", &inspector.to_string()])
            .arg("--persist-to")
            .arg(state.join("stores"))
            .arg("--env-file")
            .arg(file)
            .current_dir(&root)
            // The package `node` brings the version that wrangler wants.
            .env("PATH", format!("{}:{path}", root.join("node_modules/.bin").display()))
            .env("WRANGLER_SEND_METRICS", "false")
            .env("WRANGLER_REGISTRY_PATH", state.join("registry"))
            .env("WRANGLER_LOG_PATH", state.join("logs"))
            .env("CI", "true");
        process::start(&wrangler, port, state)
    }
}
