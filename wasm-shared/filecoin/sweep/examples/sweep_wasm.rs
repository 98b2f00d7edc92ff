//! The workload as a WebAssembly module; `benches/native_and_wasm.mjs` calls its exports one after the other.

#[path = "../testing/workload.rs"]
mod workload;

use std::cell::RefCell;

use sweep::ChunkResult;
use workload::Workload;

thread_local! {
    static STATE: RefCell<Option<(Workload, Vec<ChunkResult>)>> = const { RefCell::new(None) };
}

/// Chooses a workload; its network and request are not part of what is measured.
#[expect(unsafe_code, reason = "a symbol must keep its name to be exported; the function itself is safe")]
#[unsafe(no_mangle)]
pub extern "C" fn prepare(runs: u32, one_year: u32, bootstrap: u32) {
    let workload = Workload::new(runs, one_year > 0, bootstrap > 0);
    STATE.with_borrow_mut(|state| *state = Some((workload, Vec::new())));
}

/// Computes all runs.
#[expect(unsafe_code, reason = "a symbol must keep its name to be exported; the function itself is safe")]
#[unsafe(no_mangle)]
pub extern "C" fn compute() {
    STATE.with_borrow_mut(|state| {
        if let Some((workload, chunks)) = state {
            *chunks = workload.chunks();
        }
    });
}

/// From the chunks to the reply's fingerprint.
#[expect(unsafe_code, reason = "a symbol must keep its name to be exported; the function itself is safe")]
#[unsafe(no_mangle)]
pub extern "C" fn finish() -> f64 {
    STATE.with_borrow(|state| {
        state.as_ref().map_or(f64::NAN, |(workload, chunks)| workload.fingerprint(chunks))
    })
}
