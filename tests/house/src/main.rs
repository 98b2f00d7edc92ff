//! Writes the part of `spin.toml` that follows from the functions and the settings: `scripts/manifest`.

use std::{error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let path = house::root().join("spin.toml");
    let functions = house::functions::all(&house::root())?;
    let old = fs::read_to_string(&path)?;
    fs::write(path, house::manifest::write(&old, &functions))?;
    Ok(())
}
