//! Writes the bundled demonstration network in its wire form, in JSON, or in both.
//!
//! ```sh
//! cargo run -p network-data --features demo --example demo-network -- --wire network.bin --json network.json
//! ```

use std::{env, error::Error, fs};

use network_data::demo;

const USAGE: &str = "usage: demo-network [--wire FILE] [--json FILE]";

fn main() -> Result<(), Box<dyn Error>> {
    let snapshot = demo::snapshot()?;
    let mut arguments = env::args().skip(1);
    let mut written = 0;
    while let Some(form) = arguments.next() {
        let file = arguments.next().ok_or(USAGE)?;
        let bytes = match form.as_str() {
            "--wire" => snapshot.to_wire(),
            "--json" => snapshot.to_json(),
            _ => return Err(USAGE.into()),
        };
        fs::write(&file, bytes).map_err(|error| format!("cannot write {file}: {error}"))?;
        written += 1;
    }
    if written == 0 { Err(USAGE.into()) } else { Ok(()) }
}
