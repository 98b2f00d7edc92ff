//! The workload as a WebAssembly module with two exports; `benches/native_and_wasm.mjs` calls them.

#[path = "../testing/workload.rs"]
mod workload;

use std::cell::OnceCell;

use workload::Workload;

thread_local! {
    static YEAR: OnceCell<Workload> = const { OnceCell::new() };
    static TEN_YEARS: OnceCell<Workload> = const { OnceCell::new() };
}

fn with_workload<T>(days: u32, work: impl FnOnce(&Workload) -> T) -> T {
    let workload = if days == 365 { &YEAR } else { &TEN_YEARS };
    workload.with(|cell| work(cell.get_or_init(|| Workload::new(days as usize))))
}

/// Computes forecasts of 365 or 3,650 days.
#[expect(unsafe_code, reason = "a symbol must keep its name to be exported; the function itself is safe")]
#[unsafe(no_mangle)]
pub extern "C" fn run(days: u32, iterations: u32) {
    with_workload(days, |workload| {
        for _ in 0..iterations {
            drop(workload.run());
        }
    });
}

/// The fingerprint of a forecast of 365 or 3,650 days.
#[expect(unsafe_code, reason = "a symbol must keep its name to be exported; the function itself is safe")]
#[unsafe(no_mangle)]
pub extern "C" fn fingerprint(days: u32) -> f64 {
    with_workload(days, Workload::fingerprint)
}
