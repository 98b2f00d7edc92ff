//! The native server as a process, over files.

use std::{env, path::PathBuf, process::Command};

use tempfile::TempDir;

use super::{NewSite, Running, Site, assets, process};

pub(super) fn ready() -> Result<(), String> {
    program()?;
    assets().map(drop)
}

/// The server's program, which cargo puts beside the folder of this one.
fn program() -> Result<PathBuf, String> {
    let this = env::current_exe().map_err(|error| error.to_string())?;
    let program = this.ancestors().nth(2).map(|profile| profile.join("mechafil-edge"));
    program
        .filter(|program| program.is_file())
        .ok_or_else(|| "the native server is missing: run cargo build -p server".to_owned())
}

pub(super) fn site() -> NewSite {
    let state = TempDir::with_prefix("contract-native-").map_err(|error| error.to_string())?;
    Ok(Box::new(Native { state, program: program()? }))
}

struct Native {
    /// The folder that holds what the server stores.
    state: TempDir,
    program: PathBuf,
}

impl Site for Native {
    fn start(&self, variables: &[(String, String)]) -> Result<Running, String> {
        let mut server = Command::new(&self.program);
        // A refresh of its own would be in the way of those that the cases ask for.
        server.args(["--no-schedule", "--port", "0", "--data"]).arg(self.state.path().join("data"));
        server.arg("--assets").arg(assets()?);
        for (name, value) in variables {
            server.env(name, value);
        }
        process::start(&server, self.state.path())
    }

    fn state(&self) -> Option<&std::path::Path> {
        Some(self.state.path())
    }
}
