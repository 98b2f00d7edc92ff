//! The functions, as their `Cargo.toml` files describe them.

use std::{fs, path::Path};

use toml::{Table, Value};

/// What a deployment has to know of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its folder below `functions/`, which is its name.
    pub name: String,
    /// Its package's name.
    pub package: String,
    /// Its paths and what they answer, in a line.
    pub description: String,
    /// The feature of the Worker that carries it, such as `forecasts`.
    pub group: String,
    /// Its routes, as Spin writes them: `/health`, `/simulate/...`.
    pub routes: Vec<String>,
    /// The folders of `dist/assets` that it reads.
    pub assets: Vec<String>,
    /// The stores that it uses: `key-value` (cache and archive), `sqlite` (tables, queues, quotas).
    pub stores: Vec<String>,
    /// The hosts that it sends requests to, or the setting that lists them.
    pub outbound: Vec<String>,
    /// The settings that it reads, in lower case.
    pub variables: Vec<String>,
}

/// Reads every function's description.
///
/// # Errors
/// When a folder of `functions/` has no description, or one that cannot be read.
pub fn all(root: &Path) -> Result<Vec<Function>, String> {
    let folders = fs::read_dir(root.join("functions")).map_err(|error| format!("functions: {error}"))?;
    let mut names: Vec<String> = folders
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        // It gathers the functions and is none.
        .filter(|name| name != "edge")
        .collect();
    names.sort_unstable();
    names.into_iter().map(|name| read(root, name)).collect()
}

fn read(root: &Path, name: String) -> Result<Function, String> {
    let failed = |why: &dyn std::fmt::Display| format!("functions/{name}/Cargo.toml: {why}");
    let text = fs::read_to_string(root.join(format!("functions/{name}/Cargo.toml")))
        .map_err(|error| failed(&error))?;
    let manifest: Table = text.parse().map_err(|error| failed(&error))?;
    let described = manifest["package"].get("metadata").and_then(|metadata| metadata.get("function"));
    let table = described
        .and_then(Value::as_table)
        .ok_or_else(|| failed(&"it has no [package.metadata.function]; see CONTRIBUTING.md"))?;
    let known = ["assets", "group", "outbound", "routes", "stores", "variables"];
    if let Some(unknown) = table.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(failed(&format_args!("package.metadata.function.{unknown} is not known")));
    }
    let list = |key: &str| -> Result<Vec<String>, String> {
        let Some(value) = table.get(key) else { return Ok(Vec::new()) };
        let texts = value.as_array().map(|values| {
            values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        texts.flatten().ok_or_else(|| failed(&format_args!("{key} is not a list of texts")))
    };
    let text =
        |key: &str| manifest["package"].get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let group = table.get("group").and_then(Value::as_str).ok_or_else(|| failed(&"it names no group"))?;
    let (routes, mut stores, mut variables) = (list("routes")?, list("stores")?, list("variables")?);
    if routes.is_empty() {
        return Err(failed(&"it names no route"));
    }
    if let Some(store) = stores.iter().find(|store| !["key-value", "sqlite"].contains(&store.as_str())) {
        return Err(failed(&format_args!("{store} is neither key-value nor sqlite")));
    }
    if is_guarded(&manifest) {
        stores.push("sqlite".to_owned());
        variables.extend(guard::SETTINGS.map(|setting| setting.name().to_lowercase()));
        for list in [&mut stores, &mut variables] {
            list.sort_unstable();
            list.dedup();
        }
    }
    Ok(Function {
        package: text("name"),
        description: text("description"),
        group: group.to_owned(),
        routes,
        assets: list("assets")?,
        stores,
        outbound: list("outbound")?,
        variables,
        name,
    })
}

/// Whether its export stands behind the guard, which needs the database and settings of its own.
fn is_guarded(manifest: &Table) -> bool {
    let feature = manifest.get("features").and_then(|features| features.get("guard")?.as_array());
    feature.is_some_and(|list| list.iter().any(|entry| entry.as_str() == Some("entry?/guard")))
}
