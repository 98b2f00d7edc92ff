//! One forecast with all series, natively. `scripts/bench-engine` measures the same forecasts as WebAssembly.

#[path = "../testing/network.rs"]
mod network;
#[path = "../testing/ordinary.rs"]
mod ordinary;
#[path = "../testing/synthetic.rs"]
mod synthetic;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use economy::{Control, Weighting, Workspace, forecast};
use network::Network;
use ordinary::Ordinary;

/// Days from the start date to the current date in the reference data.
const HISTORY_DAYS: usize = 1065;

fn forecasts(criterion: &mut Criterion) {
    let network = Network::synthetic(HISTORY_DAYS);
    let mut group = criterion.benchmark_group("forecast");
    for days in [365, 3650] {
        let ordinary = Ordinary::new(&network, days);
        for (name, weighting) in [("arithmetic", Weighting::Arithmetic), ("geometric", Weighting::Geometric)]
        {
            let mut assumptions = ordinary.assumptions();
            assumptions.weighting = Control::Constant(weighting);
            group.bench_with_input(BenchmarkId::new(name, days), &assumptions, |bencher, assumptions| {
                bencher.iter(|| forecast(black_box(&network.history()), black_box(assumptions)));
            });
        }
    }
    group.finish();
}

/// As a sweep computes them: the same history again and again.
fn forecasts_of_one_history(criterion: &mut Criterion) {
    let network = Network::synthetic(HISTORY_DAYS);
    let mut group = criterion.benchmark_group("workspace");
    for days in [365, 3650] {
        let ordinary = Ordinary::new(&network, days);
        let mut workspace = Workspace::new(network.history());
        group.bench_function(BenchmarkId::from_parameter(days), |bencher| {
            bencher.iter(|| {
                let forecast = workspace.forecast(black_box(&ordinary.assumptions()));
                forecast.map(|forecast| black_box(forecast).days())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, forecasts, forecasts_of_one_history);
criterion_main!(benches);
