//! The components as `spin.toml` puts them together: in the Spin host of `tests/spin-host`, and in Spin itself where a
//! `spin` is on the path or named by `$SPIN`.

use std::{env, ffi::OsString, fs, path::PathBuf, process::Command};

use tempfile::TempDir;

use super::{ControlledSite, Instances, NewSite, Running, Site, assets, controlled::Controls, process};

/// The folder of a site's stores.
const STORES: &str = "stores";

pub(super) fn ready() -> Result<(), String> {
    host()?;
    built()
}

pub(super) fn cli_ready() -> Result<(), String> {
    cli()?;
    built()
}

/// Whether there is all that the manifest names.
fn built() -> Result<(), String> {
    for component in spin_components()?.values() {
        let source = component.get("source").and_then(toml::Value::as_str).unwrap_or_default();
        if !crate::root().join(source).is_file() {
            return Err(format!("{source} is missing: run scripts/build-spin"));
        }
    }
    assets().map(drop)
}

/// The components that `spin.toml` lists, by name.
///
/// # Errors
/// A manifest that cannot be read.
pub fn spin_components() -> Result<toml::Table, String> {
    let failed = |why: &dyn std::fmt::Display| format!("spin.toml: {why}");
    let manifest = fs::read_to_string(crate::root().join("spin.toml")).map_err(|error| failed(&error))?;
    let mut manifest: toml::Table = manifest.parse().map_err(|error| failed(&error))?;
    match manifest.remove("component") {
        Some(toml::Value::Table(components)) if !components.is_empty() => Ok(components),
        _ => Err(failed(&"it lists no components")),
    }
}

/// Spin's own command. Another program has the same name (a model checker), so it is asked what it is.
fn cli() -> Result<PathBuf, String> {
    let spin = env::var_os("SPIN").map_or_else(|| PathBuf::from("spin"), PathBuf::from);
    let said = Command::new(&spin).arg("--version").output().map_err(|error| format!("no spin: {error}"))?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let version = said.strip_prefix("spin ").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    match version {
        Some(4..) => Ok(spin),
        _ => Err(format!(
            "{} is no Spin 4: it says {:?}",
            spin.display(),
            said.lines().next().unwrap_or_default()
        )),
    }
}

/// The host's program, which cargo puts beside the folder of this one.
fn host() -> Result<PathBuf, String> {
    let this = env::current_exe().map_err(|error| error.to_string())?;
    let host = this.ancestors().nth(2).map(|profile| profile.join("spin-host"));
    host.filter(|host| host.is_file())
        .ok_or_else(|| "spin-host is missing: run cargo build -p spin-host".to_owned())
}

pub(super) fn site() -> NewSite {
    let mut command = vec![host()?.into_os_string()];
    // Cloudflare ends an isolate at 128 MB; ours keep to a quarter of that, whatever is asked of them.
    command.extend(["--max-memory", "32", "--manifest"].map(Into::into));
    new_site(command)
}

pub(super) fn cli_site() -> NewSite {
    let mut command = vec![cli()?.into_os_string()];
    command.extend(["up", "--from"].map(Into::into));
    new_site(command)
}

/// The host, told by files what to disturb.
pub(super) fn controlled(instances: Instances) -> Result<ControlledSite, String> {
    let state = TempDir::with_prefix("contract-spin-").map_err(|error| error.to_string())?;
    let (disturbances, memory_log) = (state.path().join("disturbances"), state.path().join("memory.log"));
    let mut command = vec![host()?.into_os_string()];
    command.extend(["--max-memory", "32", "--disturbances"].map(Into::into));
    command.extend([disturbances.clone().into(), "--memory-log".into(), memory_log.clone().into()]);
    command.extend(match instances {
        Instances::Forgetful => ["--requests-per-instance", "1"].map(Into::into),
        Instances::Kept => ["--idle-seconds", "3600"].map(Into::into),
    });
    command.push("--manifest".into());
    let stores = state.path().join(STORES);
    let controls = Controls::Host { disturbances, memory_log, stores };
    Ok(ControlledSite { site: Box::new(Spin { state, command }), controls })
}

fn new_site(command: Vec<OsString>) -> NewSite {
    let state = TempDir::with_prefix("contract-spin-").map_err(|error| error.to_string())?;
    Ok(Box::new(Spin { state, command }))
}

struct Spin {
    /// The folder that holds its key-value store and its database.
    state: TempDir,
    /// The command, up to where the manifest's path goes; the options after it are the same for both.
    command: Vec<OsString>,
}

impl Spin {
    /// `spin.toml`; where the variables say whether there is a database, as for a host that has none.
    fn manifest(&self, variables: &[(String, String)]) -> Result<PathBuf, String> {
        let manifest = crate::root().join("spin.toml");
        if !variables.iter().any(|(name, _)| name == "PUBLISH_WITHOUT_DATABASE") {
            return Ok(manifest);
        }
        let failed = |error: std::io::Error| error.to_string();
        let root = crate::root().canonicalize().map_err(failed)?;
        let text = fs::read_to_string(manifest).map_err(failed)?;
        let granted = text.lines().filter(|line| !line.starts_with("sqlite_databases = "));
        let text =
            granted.collect::<Vec<_>>().join("\n").replace("\"dist/", &format!("\"{}/dist/", root.display()));
        let stripped = self.state.path().join("spin.toml");
        fs::write(&stripped, text).map_err(failed)?;
        Ok(stripped)
    }
}

impl Site for Spin {
    fn start(&self, variables: &[(String, String)]) -> Result<Running, String> {
        let mut server = Command::new(&self.command[0]);
        server
            .args(&self.command[1..])
            .arg(self.manifest(variables)?)
            .args(["--listen", "127.0.0.1:0"])
            .arg("--state-dir")
            .arg(self.state.path().join(STORES));
        // Components for trying out, on a machine that does much else, take longer than the default for hundreds of questions at once.
        if !variables.iter().any(|(name, _)| name == "STORE_TIMEOUT_MS") {
            server.args(["--variable", "store_timeout_ms=60000"]);
        }
        for (name, value) in variables {
            // Spin's variables are in lower case.
            server.args(["--variable", &format!("{}={value}", name.to_lowercase())]);
        }
        process::start(&server, self.state.path())
    }

    fn state(&self) -> Option<&std::path::Path> {
        Some(self.state.path())
    }
}
