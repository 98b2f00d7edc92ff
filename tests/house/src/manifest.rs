//! The parts of `spin.toml` and of the documents that follow from the functions and the settings.

use std::fmt::Write as _;

use web::settings;

use crate::functions::Function;

/// Where the part begins that is written by [`write`].
pub const MARK: &str = "# From here on written by scripts/manifest: the variables from web::settings, the components from each function's";

/// The manifest whose head is `old`'s, and whose rest follows from the functions and the settings.
#[must_use]
pub fn write(old: &str, functions: &[Function]) -> String {
    let head = old.find(MARK).map_or(old, |at| &old[..at]);
    let mut manifest = format!("{}\n\n{MARK}\n# Cargo.toml.\n\n[variables]\n", head.trim_end());
    for setting in settings::all() {
        let name = setting.name().to_lowercase();
        if !functions.iter().any(|function| function.variables.contains(&name)) {
            continue;
        }
        let secret = if setting.is_secret() { ", secret = true" } else { "" };
        let default = quoted(&setting.default_value());
        let _ = writeln!(manifest, "# {}\n{name} = {{ default = {default}{secret} }}", setting.meaning());
    }
    for function in functions {
        component(&mut manifest, function);
    }
    manifest
}

/// Where the functions' table begins in `docs/architecture.md`, and where it ends.
const TABLE: (&str, &str) = ("<!-- Written by scripts/manifest. -->\n", "<!-- Until here. -->\n");

/// The document whose table of functions follows from them.
///
/// # Errors
/// When the document has no place for it.
pub fn table(old: &str, functions: &[Function]) -> Result<String, String> {
    let (head, rest) =
        old.split_once(TABLE.0).ok_or("docs/architecture.md has no place for the functions' table")?;
    let (_, tail) =
        rest.split_once(TABLE.1).ok_or("docs/architecture.md does not end the functions' table")?;
    let mut table = String::from("| function | group | what it answers |\n|---|---|---|\n");
    for function in functions {
        let _ = writeln!(table, "| `{}` | {} | {} |", function.name, function.group, function.description);
    }
    Ok(format!("{head}{}{table}{}{tail}", TABLE.0, TABLE.1))
}

fn component(manifest: &mut String, function: &Function) {
    let name = &function.name;
    for route in &function.routes {
        // Writing to a String does not fail.
        let _ =
            write!(manifest, "\n[[trigger.http]]\nroute = {}\ncomponent = {}\n", quoted(route), quoted(name));
    }
    let _ = write!(manifest, "\n[component.{name}]\nsource = \"dist/spin/{name}.wasm\"\n");
    if !function.assets.is_empty() {
        let files = function.assets.iter().map(|folder| {
            format!("{{ source = \"dist/assets/{folder}\", destination = \"/assets/{folder}\" }}")
        });
        let _ = writeln!(manifest, "files = [{}]", files.collect::<Vec<_>>().join(", "));
    }
    for (store, grant) in [("key-value", "key_value_stores"), ("sqlite", "sqlite_databases")] {
        if function.stores.iter().any(|used| used == store) {
            let _ = writeln!(manifest, "{grant} = [\"default\"]");
        }
    }
    if !function.outbound.is_empty() {
        let hosts: Vec<String> = function.outbound.iter().flat_map(|host| granted(host)).collect();
        let _ = writeln!(manifest, "allowed_outbound_hosts = [{}]", hosts.join(", "));
    }
    let _ = writeln!(manifest, "[component.{name}.variables]");
    for variable in &function.variables {
        let _ = writeln!(manifest, "{variable} = \"{{{{ {variable} }}}}\"");
    }
    let _ = write!(
        manifest,
        "[component.{name}.build]\ncommand = \"scripts/build-spin {name}\"\nwatch = [\"functions/{name}/**/*\", \"wasm-shared/**/*.rs\"]\n"
    );
}

/// What lets a component reach a host. The name of a setting stands for the hosts that it lists by default: Spin takes no list
/// from a variable.
fn granted(outbound: &str) -> Vec<String> {
    match settings::all().find(|setting| setting.name().to_lowercase() == outbound) {
        Some(setting) => {
            setting.default_value().split(',').map(|host| quoted(&format!("https://{host}"))).collect()
        }
        None => vec![quoted(outbound)],
    }
}

fn quoted(text: &str) -> String {
    // A JSON text is a TOML text, too.
    serde_json::Value::from(text).to_string()
}
