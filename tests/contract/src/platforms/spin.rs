//! The components in the Spin host of `tests/spin-host`, as `spin.toml` puts them together.

use std::{env, fs, path::PathBuf, process::Command};

use tempfile::TempDir;

use super::{NewSite, Running, Site, assets, process};

pub(super) fn ready() -> Result<(), String> {
    let root = crate::root();
    let manifest =
        fs::read_to_string(root.join("spin.toml")).map_err(|error| format!("spin.toml: {error}"))?;
    let sources =
        manifest.lines().filter_map(|line| line.trim().strip_prefix("source = \"")?.strip_suffix('"'));
    for source in sources {
        if !root.join(source).is_file() {
            return Err(format!("{source} is missing: run scripts/build-spin"));
        }
    }
    host()?;
    assets().map(drop)
}

/// The host's program, which cargo puts beside the folder of this one.
fn host() -> Result<PathBuf, String> {
    let this = env::current_exe().map_err(|error| error.to_string())?;
    let host = this.ancestors().nth(2).map(|profile| profile.join("spin-host"));
    host.filter(|host| host.is_file())
        .ok_or_else(|| "spin-host is missing: run cargo build -p spin-host".to_owned())
}

pub(super) fn site() -> NewSite {
    let state = TempDir::with_prefix("contract-spin-").map_err(|error| error.to_string())?;
    Ok(Box::new(Spin(state)))
}

/// The folder that holds its key-value store.
struct Spin(TempDir);

impl Site for Spin {
    fn start(&self, variables: &[(String, String)]) -> Result<Running, String> {
        let port = process::free_port()?;
        let mut server = Command::new(host()?);
        server
            .arg("--manifest")
            .arg(crate::root().join("spin.toml"))
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .arg("--state-dir")
            .arg(self.0.path().join("stores"));
        for (name, value) in variables {
            // Spin's variables are in lower case.
            server.args(["--variable", &format!("{}={value}", name.to_lowercase())]);
        }
        process::start(&server, port, self.0.path())
    }
}
