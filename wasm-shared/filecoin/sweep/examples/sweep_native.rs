//! The workload natively: `sweep_native RUNS ONE_YEAR BOOTSTRAP` (0 or 1) prints seconds for all runs, seconds from their
//! chunks to the reply, and the reply's fingerprint. `benches/native_and_wasm.mjs` calls it.

#[path = "../testing/workload.rs"]
mod workload;

use std::time::Instant;

use workload::Workload;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<u32> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let &[runs, one_year, bootstrap] = arguments.as_slice() else {
        return Err("usage: sweep_native RUNS ONE_YEAR BOOTSTRAP".into());
    };
    let workload = Workload::new(runs, one_year > 0, bootstrap > 0);
    let begun = Instant::now();
    let chunks = workload.chunks();
    let computed = begun.elapsed();
    let begun = Instant::now();
    let fingerprint = workload.fingerprint(&chunks);
    let finished = begun.elapsed();
    #[expect(clippy::print_stdout, reason = "what the program is for")]
    {
        println!("{} {} {fingerprint}", computed.as_secs_f64(), finished.as_secs_f64());
    }
    Ok(())
}
