//! `worker-bundle WASM DIRECTORY`
//!
//! Writes `index.js` and `index_bg.wasm` into a directory: the functions that the WebAssembly exports, callable from
//! JavaScript. `scripts/lib/worker-entry.mjs` makes them a Worker.
//!
//! wasm-bindgen's own command does the same, but it takes minutes to compile, because it brings a web server and an HTTP
//! client for its tests. As a dependency of the workspace, it also has the version of the library by itself.

use std::{env, error::Error, path::PathBuf};

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(Into::into).collect();
    let [wasm, directory] = arguments.as_slice() else {
        return Err("usage: worker-bundle WASM DIRECTORY".into());
    };
    Bindgen::new()
        .input_path(wasm)
        .out_name("index")
        .module(true)?
        .typescript(false)
        // A trap leaves an instance's memory in an unknown state. The Worker's entry then asks for a new instance.
        .reset_state_function(true)
        .force_enable_abort_handler(true)
        .generate(directory)?;
    Ok(())
}
