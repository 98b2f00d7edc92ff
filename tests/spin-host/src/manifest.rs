//! `spin.toml`, manifest version 2, as far as this project uses it. An unknown key is an error: what this host does
//! not understand, it must not pass over.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{Deserialize, de::IgnoredAny};
use wasmtime::{Error, Result, bail, ensure, error::Context as _};

/// A Spin application: its variables, its routes and its components.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    spin_manifest_version: u32,
    #[serde(rename = "application")]
    _application: Application,
    /// The application's variables, by name.
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, Variable>,
    /// What calls the components.
    pub(crate) trigger: Triggers,
    /// The components, by id.
    pub(crate) component: BTreeMap<String, Component>,
}

/// The application's own table, which no component can see.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Application {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "version")]
    _version: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "authors")]
    _authors: Option<Vec<String>>,
}

/// An application variable: it has a default or must be given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variable {
    /// The value unless another is given.
    pub(crate) default: Option<String>,
    /// Whether a value must be given.
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(rename = "secret")]
    _secret: Option<bool>,
    #[serde(rename = "description")]
    _description: Option<String>,
}

/// The triggers; HTTP alone is known here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Triggers {
    /// Routes and the components that serve them.
    #[serde(default)]
    pub(crate) http: Vec<HttpTrigger>,
}

/// One route.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpTrigger {
    /// A path, or the prefix of paths with `/...` at its end.
    pub(crate) route: String,
    /// The component that serves it.
    pub(crate) component: String,
    #[serde(rename = "id")]
    _id: Option<String>,
}

/// A component and everything that it was granted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Component {
    /// The component's wasm file, relative to the manifest.
    pub(crate) source: PathBuf,
    /// Labels of the key-value stores that it may open.
    #[serde(default)]
    pub(crate) key_value_stores: Vec<String>,
    /// Labels of the databases that it may open.
    #[serde(default)]
    pub(crate) sqlite_databases: Vec<String>,
    /// Its variables: templates over the application's.
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    /// Where its outgoing requests may go.
    #[serde(default)]
    pub(crate) allowed_outbound_hosts: Vec<String>,
    /// Its environment.
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    /// Directories that it may read.
    #[serde(default)]
    pub(crate) files: Vec<Mount>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "build")]
    _build: Option<IgnoredAny>,
}

/// A directory that a component sees, read only.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mount {
    /// The directory, relative to the manifest.
    pub(crate) source: PathBuf,
    /// Where the component finds it.
    pub(crate) destination: String,
}

impl Manifest {
    /// Reads the manifest at `path` and makes the paths in it relative to the manifest's own directory.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not a manifest of version 2, holds a key unknown here, or contradicts itself.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut manifest = Self::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        let directory = path.parent().unwrap_or(Path::new(""));
        for component in manifest.component.values_mut() {
            component.source = directory.join(&component.source);
            for mount in &mut component.files {
                mount.source = directory.join(&mount.source);
            }
        }
        Ok(manifest)
    }

    fn check(&self) -> Result<()> {
        ensure!(
            self.spin_manifest_version == 2,
            "spin_manifest_version must be 2, the only one that is known here"
        );
        for (name, variable) in &self.variables {
            if variable.required == variable.default.is_some() {
                bail!("variable {name:?} must either be required or have a default");
            }
        }
        for HttpTrigger { route, component, .. } in &self.trigger.http {
            ensure!(
                self.component.contains_key(component),
                "route {route:?} names the component {component:?}, which is not in the manifest"
            );
        }
        Ok(())
    }
}

impl FromStr for Manifest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text)?;
        manifest.check()?;
        Ok(manifest)
    }
}
