//! Writes the OpenAPI document to the file that is named, or to standard output: `scripts/build-assets` calls it.

use std::{error::Error, io::Write as _};

fn main() -> Result<(), Box<dyn Error>> {
    let document = edge::openapi().to_pretty_json()?;
    match std::env::args().nth(1) {
        Some(path) => std::fs::write(path, document)?,
        None => writeln!(std::io::stdout(), "{document}")?,
    }
    Ok(())
}
