//! Snapshots to test with.
#![allow(dead_code, reason = "each test file is a crate of its own and uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it did not run"
)]

use std::{env, fs, io::Read, path::PathBuf};

use chrono::{Days, NaiveDate};
use network_data::{FilplusRate, NETWORK_START, Snapshot, SnapshotData};
use proptest::prelude::*;

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A plausible network of `days` days from `start`, each figure with digits down to the last bit.
pub(crate) fn network(start: NaiveDate, days: usize, seed: u64) -> SnapshotData {
    let mut noise = Noise(seed | 1);
    let age = (start - NETWORK_START).num_days() as f64;
    let mut around = |count: usize, mean: f64, spread: f64| -> Vec<f64> {
        (0..count).map(|_| mean * (1.0 + spread * (noise.next() - 0.5))).collect()
    };
    let baseline = 2.77 * (age / 365.0).exp2();
    SnapshotData {
        source: "test".to_owned(),
        start_date: start,
        current_date: start + Days::new(days as u64),
        historical_raw_power_eib: around(days + 1, 4.0, 0.2),
        historical_qa_power_eib: around(days + 1, 20.0, 0.2),
        historical_onboarded_rb_power_pib: around(days + 1, 3.0, 1.0),
        historical_onboarded_qa_power_pib: around(days + 1, 25.0, 1.0),
        historical_renewed_qa_power_pib: around(days + 1, 60.0, 1.0),
        historical_renewed_rb_power_pib: around(days + 1, 20.0, 1.0),
        rb_known_scheduled_expire_vec: around(300, 9.0, 2.0),
        qa_known_scheduled_expire_vec: around(300, 50.0, 2.0),
        known_scheduled_pledge_release_full_vec: around(days + 250, 3e5, 2.0),
        burnt_fil_vec: around(days + 1, 9e3, 1.0)
            .into_iter()
            .scan(33e6, |sum, burnt| {
                *sum += burnt;
                Some(*sum)
            })
            .collect(),
        historical_renewal_rate: around(days, 0.8, 0.3),
        circ_supply_vec: None,
        locked_fil_vec: None,
        mined_fil_vec: None,
        vested_fil_vec: None,
        filplus_rate: FilplusRate::Daily(around(days.min(180) + 1, 0.8, 0.3)),
        start_vested_amt: 295_824_721.0,
        zero_cum_capped_power_eib: 0.5 * baseline * (age + 1.0),
        init_baseline_eib: baseline,
        circ_supply_zero: 370_153_503.338_178,
        locked_fil_zero: 137_379_413.603_206,
    }
}

/// The network of the examples in these tests: 400 days up to 2025-09-09.
pub(crate) fn usual() -> SnapshotData {
    network(day("2024-08-05"), 400, 7)
}

/// Adds the supply series that some sources have.
pub(crate) fn with_supply(mut data: SnapshotData) -> SnapshotData {
    let days = data.historical_days();
    let series = |first: f64, step: f64| Some((0..=days).map(|i| first + step * i as f64).collect());
    data.circ_supply_vec = series(data.circ_supply_zero, 120_000.25);
    data.locked_fil_vec = series(data.locked_fil_zero, -10_000.5);
    data.mined_fil_vec = series(3e8, 80_000.0);
    data.vested_fil_vec = series(data.start_vested_amt + 0.75, 180_000.0);
    data
}

/// Networks of any length and age, with and without what is optional.
pub(crate) fn networks() -> impl Strategy<Value = SnapshotData> {
    (30usize..400, 0u64..4000, any::<u64>(), any::<bool>(), any::<bool>()).prop_map(
        |(days, offset, seed, supply, median)| {
            let mut data = network(NETWORK_START + Days::new(offset), days, seed);
            if supply {
                data = with_supply(data);
            }
            if median {
                data.filplus_rate = FilplusRate::Median(0.1 + 0.2);
            }
            data
        },
    )
}

/// A property's number of cases. A failing one is printed whole, so no file of seeds is kept.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Equality that tells 0.0 from -0.0, so that "to the bit" means it.
pub(crate) fn same_to_the_bit(a: &Snapshot, b: &Snapshot) -> bool {
    a == b && a.to_wire() == b.to_wire()
}

/// xorshift64: any numbers will do, the same ones every time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A snapshot of the reference data, unpacked; `None`, with a line that says so, where the data is not there.
///
/// # Panics
///
/// In CI, where the data must be there.
pub(crate) fn reference(name: &str) -> Option<Vec<u8>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let folder = root.join(env::var_os("REFERENCE_DATA").unwrap_or_else(|| "../shared/data".into()));
    let path = folder.join(name);
    let Ok(packed) = fs::read(&path) else {
        assert!(env::var_os("CI").is_none(), "reference data is missing in CI: {}", path.display());
        println!("not run against the reference data: {} is missing", path.display());
        return None;
    };
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut json).unwrap();
    Some(json)
}
