use std::{
    collections::BTreeMap,
    fs,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use clap::Parser;

/// Serves forecasts of Filecoin's economy: the whole product in one process.
///
/// Settings are environment variables (`ADMIN_API_KEY`, `SPACESCOPE_TOKEN`, ...); the README lists them.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Options {
    /// The address to listen on. The default is this machine only.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) listen: IpAddr,
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8787)]
    pub(crate) port: u16,
    /// The folder for the database, the cache and the archive; it is made where it is missing.
    #[arg(long, default_value = ".dev/native")]
    pub(crate) data: PathBuf,
    /// Keep everything in memory; it is lost when the server stops.
    #[arg(long, conflicts_with = "data")]
    pub(crate) in_memory: bool,
    /// A folder of deployed files, such as dist/assets, that come before those in the program.
    #[arg(long)]
    pub(crate) assets: Option<PathBuf>,
    /// A file of settings, NAME=value a line, that come before the environment's.
    #[arg(long)]
    pub(crate) env_file: Option<PathBuf>,
    /// Leave what is due by the clock, such as the daily refresh, to calls from outside.
    #[arg(long)]
    pub(crate) no_schedule: bool,
}

impl Options {
    /// The settings of the file, if one is named. Empty lines and lines that begin with `#` say nothing.
    pub(crate) fn settings(&self) -> Result<BTreeMap<String, String>, String> {
        let Some(path) = &self.env_file else { return Ok(BTreeMap::new()) };
        let text =
            fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        lines
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(number, line)| {
                let (name, value) = line
                    .split_once('=')
                    // The line itself may hold a secret.
                    .ok_or_else(|| format!("{}: line {number} is not NAME=value", path.display()))?;
                let value = value.trim();
                let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
                Ok((name.trim().to_owned(), unquoted.unwrap_or(value).to_owned()))
            })
            .collect()
    }
}
