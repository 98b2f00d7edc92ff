//! How long it takes to get at a snapshot: from storage, which every cold start pays, and from JSON, which an import pays.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "criterion's macros, and a bench that fails by panicking"
)]

use std::hint::black_box;

use chrono::NaiveDate;
use criterion::{Criterion, criterion_group, criterion_main};
use network_data::Snapshot;

#[path = "../tests/common/mod.rs"]
mod common;

/// As long as the real histories of 2025 are.
fn three_years() -> Snapshot {
    let start = NaiveDate::from_ymd_opt(2022, 10, 10).expect("a date of the calendar");
    let mut data = common::network(start, 1065, 7);
    data.rb_known_scheduled_expire_vec.resize(1275, 0.01);
    data.qa_known_scheduled_expire_vec.resize(1275, 0.05);
    data.known_scheduled_pledge_release_full_vec.resize(2340, 1e5);
    Snapshot::new(data).expect("plausible figures")
}

fn wire(criterion: &mut Criterion) {
    let snapshot = three_years();
    let (wire, json) = (snapshot.to_wire(), snapshot.to_json());
    println!("three years: {} bytes in wire form, {} in JSON", wire.len(), json.len());

    let mut group = criterion.benchmark_group("snapshot of three years");
    group
        .bench_function("decode wire form", |bencher| bencher.iter(|| Snapshot::from_wire(black_box(&wire))));
    group.bench_function("encode wire form", |bencher| bencher.iter(|| black_box(&snapshot).to_wire()));
    group.bench_function("import JSON", |bencher| bencher.iter(|| Snapshot::from_json(black_box(&json))));
    group.bench_function("export JSON", |bencher| bencher.iter(|| black_box(&snapshot).to_json()));
    group.finish();
}

criterion_group!(benches, wire);
criterion_main!(benches);
