//! Where the labels of stores and databases lead. Like Spin, this host knows the label `default` by itself; any other
//! has to be defined in a runtime configuration file, and a component that lists an undefined one stops the start.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use wasmtime::{Result, error::Context as _};

/// The label that needs no definition.
const DEFAULT: &str = "default";

/// The files behind the labels. Names and tables are Spin's own, so that the state directory `.spin` of an
/// application can be used by either host.
#[derive(Debug)]
pub(crate) struct Labels {
    /// Key-value stores: label to SQLite file.
    pub(crate) key_value_stores: BTreeMap<String, PathBuf>,
    /// Databases: label to SQLite file.
    pub(crate) sqlite_databases: BTreeMap<String, PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuntimeConfig {
    #[serde(default)]
    key_value_store: BTreeMap<String, Definition>,
    #[serde(default)]
    sqlite_database: BTreeMap<String, Definition>,
}

/// Spin has more types (Redis, Azure, libSQL, ...); only its own files can be had here.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum Definition {
    Spin { path: PathBuf },
}

impl Labels {
    /// The default label in `state_dir`, and the labels that the file at `runtime_config` defines.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or defines what is unknown here.
    pub(crate) fn new(state_dir: &Path, runtime_config: Option<&Path>) -> Result<Self> {
        let defined = runtime_config.map(RuntimeConfig::read).transpose()?.unwrap_or_default();
        let directory = runtime_config.and_then(Path::parent).unwrap_or(Path::new(""));
        let files = |definitions: BTreeMap<String, Definition>, default_file: &str| {
            let default = (DEFAULT.to_owned(), state_dir.join(default_file));
            let defined = definitions
                .into_iter()
                .map(|(label, Definition::Spin { path })| (label, directory.join(path)));
            std::iter::once(default).chain(defined).collect()
        };
        Ok(Self {
            key_value_stores: files(defined.key_value_store, "sqlite_key_value.db"),
            sqlite_databases: files(defined.sqlite_database, "sqlite_db.db"),
        })
    }
}

impl RuntimeConfig {
    fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("in {}", path.display()))
    }
}
