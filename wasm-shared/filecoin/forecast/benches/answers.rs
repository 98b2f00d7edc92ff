//! How long an answer takes: reading the question, computing, and writing. The same numbers written by `serde_json` from
//! lists of optional numbers stand beside it.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "criterion's macros, and a bench that fails by panicking"
)]

use std::{collections::BTreeMap, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use forecast::{Answer, Question, Scope};
use network_data::{Snapshot, calendar::Resolution, demo};
use serde_json::{Value, json};

fn answer<'a>(snapshot: &'a Snapshot, request: &Value) -> Answer<'a> {
    let question = Question::parse(request.as_object().expect("an object").clone()).expect("a question");
    let resolved = question.resolve(snapshot);
    resolved.answer(Scope::Forecast, Resolution::Weekly, snapshot.current_date()).expect("an answer")
}

fn answers(criterion: &mut Criterion) {
    let snapshot = demo::snapshot().expect("the demonstration network");
    for (name, request) in [
        ("one day, one series", json!({"forecast_length_days": 1, "output": "circ_supply"})),
        ("ten years, one series, weekly", json!({"output": "circ_supply"})),
        ("ten years, all series, weekly", json!({})),
        ("ten years, all series, daily", json!({"resolution": "daily"})),
    ] {
        let mut group = criterion.benchmark_group(name);
        group.bench_function("ask and compute", |bencher| {
            bencher.iter(|| answer(black_box(&snapshot), black_box(&request)).days());
        });
        let answer = answer(&snapshot, &request);
        println!("{name}: {} bytes", answer.to_json().map_or(0, |json| json.len()));
        group.bench_function("write", |bencher| bencher.iter(|| black_box(&answer).to_json()));
        let lists = || -> BTreeMap<&str, Vec<Option<f64>>> {
            answer.series().map(|(series, values)| (series.name(), values.iter().collect())).collect()
        };
        let lists = lists();
        group.bench_function("write by serde_json", |bencher| {
            bencher.iter(|| serde_json::to_vec(black_box(&lists)));
        });
        group.finish();
    }
}

criterion_group!(benches, answers);
criterion_main!(benches);
