//! Lists the functions that this crate gathers: its dependencies below `functions/` whose group is switched on.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

use toml::{Table, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::var("CARGO_MANIFEST_DIR")?;
    let folder = Path::new(&folder);
    let own = read(&folder.join("Cargo.toml"))?;
    let dependencies = own["dependencies"].as_table().ok_or("Cargo.toml has no dependencies")?;
    let mut functions = Vec::new();
    for (name, dependency) in dependencies {
        let Some(path) = dependency.get("path").and_then(Value::as_str) else { continue };
        let manifest = read(&folder.join(path).join("Cargo.toml"))?;
        let group = manifest["package"]
            .get("metadata")
            .and_then(|metadata| metadata.get("function")?.get("group")?.as_str())
            .ok_or_else(|| format!("{path}/Cargo.toml names no package.metadata.function.group"))?;
        if env::var_os(format!("CARGO_FEATURE_{}", group.to_uppercase().replace('-', "_"))).is_some() {
            functions.push(name.replace('-', "_"));
        }
    }
    let mut code = String::from(
        "/// Every function of the groups that are switched on, without a guard.\ntype Functions = ",
    );
    writeln!(code, "{};", together(&functions))?;
    code.push_str("/// The functions' parts of the OpenAPI document.\n");
    code.push_str("fn parts() -> Vec<utoipa::openapi::OpenApi> {\n    vec![");
    for function in &functions {
        write!(code, "{function}::openapi(), ")?;
    }
    code.push_str("]\n}\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("functions.rs"), code)?;
    Ok(())
}

/// Pairs of pairs: a list in a list would be as deep as it is long, and so would the types that the compiler makes of it.
fn together(functions: &[String]) -> String {
    match functions {
        [] => "()".to_owned(),
        [function] => format!("{function}::Function"),
        _ => {
            let (left, right) = functions.split_at(functions.len() / 2);
            format!("({}, {})", together(left), together(right))
        }
    }
}

fn read(path: &Path) -> Result<Table, Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", path.display());
    Ok(fs::read_to_string(path)?.parse()?)
}
