//! The workload natively: `bench_native DAYS MILLISECONDS` prints the time of a forecast in microseconds, by the fastest
//! batch, and the forecast's fingerprint. `benches/native_and_wasm.mjs` calls it.

#[path = "../testing/workload.rs"]
mod workload;

use std::time::{Duration, Instant};

use workload::Workload;

/// Forecasts that are timed together.
const BATCH: u32 = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<u32> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let &[days, milliseconds] = arguments.as_slice() else {
        return Err("usage: bench_native DAYS MILLISECONDS".into());
    };
    let workload = Workload::new(days as usize);
    let fingerprint = workload.fingerprint();

    let until = Instant::now() + Duration::from_millis(u64::from(milliseconds));
    let mut fastest = Duration::MAX;
    while Instant::now() < until {
        let begun = Instant::now();
        for _ in 0..BATCH {
            drop(workload.run());
        }
        fastest = fastest.min(begun.elapsed());
    }
    #[expect(clippy::print_stdout, reason = "what the program is for")]
    {
        println!("{} {fingerprint}", fastest.as_secs_f64() * 1e6 / f64::from(BATCH));
    }
    Ok(())
}
