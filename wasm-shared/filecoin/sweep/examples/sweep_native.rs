//! The workload natively: `sweep_native RUNS ONE_YEAR BOOTSTRAP` (0 or 1) prints CPU seconds for all runs, CPU seconds from
//! their chunks to the reply, and the reply's fingerprint. `benches/native_and_wasm.mjs` calls it.

#[path = "../testing/workload.rs"]
mod workload;

use workload::Workload;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<u32> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let &[runs, one_year, bootstrap] = arguments.as_slice() else {
        return Err("usage: sweep_native RUNS ONE_YEAR BOOTSTRAP".into());
    };
    let workload = Workload::new(runs, one_year > 0, bootstrap > 0);
    let begun = cpu_seconds()?;
    let chunks = workload.chunks();
    let computed = cpu_seconds()?;
    let fingerprint = workload.fingerprint(&chunks);
    let finished = cpu_seconds()?;
    #[expect(clippy::print_stdout, reason = "what the program is for")]
    {
        println!("{} {} {fingerprint}", computed - begun, finished - computed);
    }
    Ok(())
}

/// Time that this thread has run: what else the machine does is not in it. Linux tells it in nanoseconds.
fn cpu_seconds() -> Result<f64, Box<dyn std::error::Error>> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = times.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanoseconds / 1e9)
}
