//! The wire form: lossless, and no other bytes than the written ones are ever read as a snapshot.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it measured"
)]

mod common;

use common::{day, network, networks, reference, same_to_the_bit, usual, with_supply};
use network_data::{
    Snapshot, SnapshotData,
    wire::{VERSION, WireError},
};
use proptest::prelude::*;

/// A small one, so that every byte can be tried.
fn small() -> Vec<u8> {
    let mut data = network(day("2025-01-01"), 30, 3);
    data.rb_known_scheduled_expire_vec.truncate(8);
    data.qa_known_scheduled_expire_vec.truncate(8);
    data.rb_known_scheduled_expire_vec.fill(100.0);
    data.qa_known_scheduled_expire_vec.fill(500.0);
    data.known_scheduled_pledge_release_full_vec.truncate(4);
    Snapshot::new(data).unwrap().to_wire()
}

#[test]
fn every_flipped_bit_is_noticed() {
    let wire = small();
    Snapshot::from_wire(&wire).unwrap();
    for index in 0..wire.len() {
        for bit in 0..8 {
            let mut damaged = wire.clone();
            damaged[index] ^= 1 << bit;
            assert!(Snapshot::from_wire(&damaged).is_err(), "bit {bit} of byte {index}");
        }
    }
}

#[test]
fn every_byte_that_is_missing_at_the_end_is_noticed() {
    let wire = small();
    for length in 0..wire.len() {
        assert!(Snapshot::from_wire(&wire[..length]).is_err(), "{length} of {} bytes", wire.len());
    }
}

#[test]
fn bytes_after_the_end_are_noticed() {
    let mut wire = small();
    wire.push(0);
    assert!(matches!(Snapshot::from_wire(&wire), Err(WireError::Length { .. })));
}

#[test]
fn a_snapshot_of_another_release_says_so() {
    for other in [0, VERSION + 1, u32::MAX] {
        let mut wire = small();
        wire[4..8].copy_from_slice(&other.to_le_bytes());
        assert_eq!(Snapshot::from_wire(&wire), Err(WireError::Version { found: other }));
    }
}

/// The file was written by the first release, from the figures below, and is never written again.
#[test]
fn what_the_first_release_stored_is_still_read() {
    let stored = include_bytes!("fixtures/wire-version-1.bin");
    assert_eq!(stored[4..8], 1_u32.to_le_bytes());
    let mut data = with_supply(network(day("2025-01-01"), 30, 3));
    data.rb_known_scheduled_expire_vec = vec![100.0; 8];
    data.qa_known_scheduled_expire_vec = vec![500.0; 8];
    data.known_scheduled_pledge_release_full_vec.truncate(4);
    (data.init_baseline_eib, data.zero_cum_capped_power_eib) = (51.5, 39_655.0);
    assert_eq!(Snapshot::from_wire(stored).unwrap().data(), &data);
}

#[test]
fn a_version_that_is_too_new_is_named_with_the_remedy() {
    let mut wire = small();
    wire[4..8].copy_from_slice(&(VERSION + 1).to_le_bytes());
    let told = Snapshot::from_wire(&wire).unwrap_err().to_string();
    assert!(told.contains("a newer release wrote it") && told.contains("publish"), "{told}");
}

#[test]
fn other_files_are_not_taken_for_snapshots() {
    for bytes in [&b""[..], b"MFS", b"{\"source\":\"import\"}", b"\x1f\x8b\x08\x00\x00\x00\x00\x00"] {
        assert_eq!(Snapshot::from_wire(bytes), Err(WireError::NotASnapshot));
    }
}

#[test]
fn the_fingerprint_tells_snapshots_apart_and_survives_storage() {
    let snapshot = Snapshot::new(usual()).unwrap();
    let stored = Snapshot::from_wire(&snapshot.to_wire()).unwrap();
    assert_eq!(stored.fingerprint(), snapshot.fingerprint());
    let revised = SnapshotData { circ_supply_zero: snapshot.data().circ_supply_zero + 1e-6, ..usual() };
    assert_ne!(Snapshot::new(revised).unwrap().fingerprint(), snapshot.fingerprint());
}

#[test]
fn three_years_of_the_real_network_fit_in_110_kilobytes() {
    let Some(json) = reference("snapshot.json.gz") else { return };
    let wire = Snapshot::from_json(&json).unwrap().to_wire();
    println!("wire form of the real network: {} bytes", wire.len());
    assert!(wire.len() < 110_000, "{} bytes", wire.len());
}

proptest! {
    #![proptest_config(common::cases(64))]

    #[test]
    fn any_network_that_is_stored_and_read_is_the_same_to_the_bit(data in networks()) {
        let snapshot = Snapshot::new(data).unwrap();
        let again = Snapshot::from_wire(&snapshot.to_wire()).unwrap();
        prop_assert!(same_to_the_bit(&again, &snapshot));
    }

    #[test]
    fn damage_anywhere_in_a_large_one_is_noticed(data in networks(), place in any::<prop::sample::Index>(), with in 1u8..) {
        let mut wire = Snapshot::new(with_supply(data)).unwrap().to_wire();
        let index = place.index(wire.len());
        wire[index] ^= with;
        prop_assert!(Snapshot::from_wire(&wire).is_err());
    }
}
