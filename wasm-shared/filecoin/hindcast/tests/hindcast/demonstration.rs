//! The demonstration network's own table: what anybody can check from a clone.

use hindcast::{Drive, Engine, Truth, hindcast, summarise};
use network_data::demo;

/// Written by `scripts/accuracy`.
const EXPECTED: &str = include_str!("demonstration-network.csv");

/// Half of the last digit kept, and what another machine's logarithm may do to it.
const TOLERANCE: f64 = 6e-6;

#[test]
fn the_errors_on_the_demonstration_network_are_those_of_the_table() {
    let network = demo::snapshot().unwrap();
    let truth = Truth::of(&network, &Engine).unwrap();
    let mut lines = EXPECTED.lines().skip(1).peekable();
    for drive in Drive::ALL {
        let misses = hindcast(&network, &truth, drive, &Engine).unwrap();
        while let Some(line) = lines.next_if(|line| line.starts_with(drive.name())) {
            let cells: Vec<&str> = line.split(',').collect();
            let series = economy::Series::from_name(cells[1]).unwrap();
            let summary = summarise(&misses, series, cells[2].parse().unwrap()).unwrap();
            let counted = (cells[3].parse().unwrap(), cells[4].parse().unwrap());
            assert_eq!((summary.origins, summary.independent), counted, "{line}");
            let found = [summary.mape, summary.bias, summary.percentiles[0], summary.percentiles[4]];
            for (found, expected) in found.into_iter().zip(&cells[5..]) {
                let expected: f64 = expected.parse().unwrap();
                assert!(
                    (found - expected).abs() <= TOLERANCE * (1.0 + expected.abs()),
                    "{found} and not {line}"
                );
            }
        }
    }
    assert_eq!(lines.next(), None);
    assert!(EXPECTED.lines().count() > 200);
}
