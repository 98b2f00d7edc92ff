//! `worker-bundle [--browser] WASM DIRECTORY`
//!
//! Writes `index.js` and `index_bg.wasm` into a directory: the functions that the WebAssembly exports, callable from
//! JavaScript. `scripts/lib/worker-entry.mjs` makes them a Worker; with `--browser` they are a module for a page, with its types
//! in `index.d.ts`.
//!
//! wasm-bindgen's own command does the same, but it takes minutes to compile, because it brings a web server and an HTTP
//! client for its tests. As a dependency of the workspace, it also has the version of the library by itself.

use std::{env, error::Error, path::PathBuf};

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<PathBuf> = env::args_os().skip(1).map(Into::into).collect();
    let browser = arguments.first().is_some_and(|first| first.as_os_str() == "--browser");
    if browser {
        arguments.remove(0);
    }
    let [wasm, directory] = arguments.as_slice() else {
        return Err("usage: worker-bundle [--browser] WASM DIRECTORY".into());
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).out_name("index");
    if browser {
        bindgen.web(true)?.typescript(true);
    } else {
        // A trap leaves an instance's memory in an unknown state. The Worker's entry then asks for a new instance.
        bindgen.module(true)?.typescript(false).reset_state_function(true).force_enable_abort_handler(true);
    }
    bindgen.generate(directory)?;
    Ok(())
}
