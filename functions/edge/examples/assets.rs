//! Writes the files that are deployed with the functions into a folder: `scripts/build-assets` calls it.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("usage: assets FOLDER")?;
    for (path, bytes) in edge::assets()? {
        let file = Path::new(&folder).join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&file, bytes).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    Ok(())
}
