//! Writes what follows from the functions and the settings, in `spin.toml` and in `docs/architecture.md`: `scripts/manifest`.

use std::{error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let path = house::root().join("spin.toml");
    let functions = house::functions::all(&house::root())?;
    let old = fs::read_to_string(&path)?;
    fs::write(path, house::manifest::write(&old, &functions))?;
    let path = house::root().join("docs/architecture.md");
    let old = fs::read_to_string(&path)?;
    fs::write(path, house::manifest::table(&old, &functions)?)?;
    Ok(())
}
