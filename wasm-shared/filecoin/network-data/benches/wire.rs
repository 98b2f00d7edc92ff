//! How long it takes to get at a snapshot: from storage, which every cold start pays, from JSON, which an import pays, and from
//! Spacescope's replies, which a refresh pays.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "criterion's macros, and a bench that fails by panicking"
)]

use std::hint::black_box;

use chrono::NaiveDate;
use criterion::{Criterion, criterion_group, criterion_main};
use network_data::{
    Snapshot,
    spacescope::{DayRange, HISTORY_START, Statistic, Tables, derive, read_reply},
};
use serde_json::{Map, Value};

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

/// A reply with a row for each day, in which each field has many digits, and some fields that are not used.
fn reply(statistic: Statistic, days: usize) -> Vec<u8> {
    let rows = statistic.first_day().iter_days().take(days).enumerate().map(|(number, day)| {
        let figure = |of: usize| Value::from(1e18 / 3.0 + (number * of) as f64 * 1e12);
        let fields = statistic.fields().iter().copied().chain(["miner_count", "sector_count", "other"]);
        let mut row: Map<_, _> = fields.enumerate().map(|(of, name)| (name.to_owned(), figure(of))).collect();
        row.insert(statistic.day_field().to_owned(), format!("{day}T00:00:00Z").into());
        Value::Object(row)
    });
    Value::from_iter([("data", rows.collect::<Value>())]).to_string().into_bytes()
}

/// What a daily refresh does with the largest reply, and with all rows.
fn refresh(criterion: &mut Criterion) {
    const DAYS: usize = 1_065;
    let mut tables = Tables::default();
    let mut group = criterion.benchmark_group("refresh");
    for statistic in Statistic::ALL {
        let expirations = statistic == Statistic::Expirations;
        let since_genesis = (HISTORY_START - statistic.first_day()).num_days().unsigned_abs() as usize;
        let days = since_genesis + if expirations { 3 * DAYS } else { DAYS };
        let body = reply(statistic, days);
        let last = HISTORY_START + chrono::Days::new(DAYS as u64 - 1);
        let asked = DayRange { first: statistic.first_day(), last };
        for row in read_reply(statistic, asked, &body).expect("a good reply") {
            tables.insert(statistic, row.day, &row.figures);
        }
        if expirations {
            println!("expirations: {} bytes", body.len());
            group.bench_function("read the expirations", |bencher| {
                bencher.iter(|| read_reply(statistic, asked, black_box(&body)));
            });
        }
    }
    group.bench_function("derive", |bencher| bencher.iter(|| derive(black_box(&tables))));
    group.finish();
}

criterion_group!(benches, wire, refresh);
criterion_main!(benches);
