//! A forecast takes its memory once, however long it is.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../testing/network.rs"]
mod network;
#[path = "../testing/ordinary.rs"]
mod ordinary;
#[path = "../testing/synthetic.rs"]
mod synthetic;

use economy::{Assumptions, Control, Weighting, Workspace, forecast};
use network::Network;
use ordinary::Ordinary;

/// Allocations of one forecast, the memory of its inputs not counted.
fn allocations(history_days: usize, forecast_days: usize, weighting: Weighting) -> u64 {
    let network = Network::synthetic(history_days);
    let ordinary = Ordinary::new(&network, forecast_days);
    let mut assumptions = ordinary.assumptions();
    assumptions.weighting = Control::Constant(weighting);
    let mut result = None;
    let counted = allocation_counter::measure(|| result = Some(forecast(&network.history(), &assumptions)));
    assert!(result.unwrap().is_ok());
    counted.count_total
}

#[test]
fn a_forecast_allocates_once_however_many_days_it_has() {
    for weighting in [Weighting::Arithmetic, Weighting::Geometric, Weighting::Harmonic] {
        for (history_days, forecast_days) in [(1, 1), (1065, 1), (1065, 365), (1065, 3650), (3000, 7300)] {
            assert_eq!(
                allocations(history_days, forecast_days, weighting),
                1,
                "{weighting:?}, {history_days} + {forecast_days} days"
            );
        }
    }
}

#[test]
fn a_workspace_takes_no_memory_after_its_first_forecast() {
    let network = Network::synthetic(1065);
    let ordinary = Ordinary::new(&network, 365);
    let mut workspace = Workspace::new(network.history());
    assert!(workspace.forecast(&ordinary.assumptions()).is_ok());
    let counted = allocation_counter::measure(|| {
        for step in 0..10 {
            let renewal_rate = Control::Constant(f64::from(step) / 10.0);
            assert!(workspace.forecast(&Assumptions { renewal_rate, ..ordinary.assumptions() }).is_ok());
        }
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn the_counter_counts() {
    let counted = allocation_counter::measure(|| drop(std::hint::black_box(vec![vec![0.0_f64; 10]; 7])));
    assert_eq!(counted.count_total, 8);
}
