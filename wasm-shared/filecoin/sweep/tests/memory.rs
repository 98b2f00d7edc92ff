//! Memory is bounded by what is asked for and by what the caller grants, not by runs times days.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use allocation_counter::measure;
use common::{NETWORK, chunks, request};
use serde_json::{Value, json};
use sweep::{Columns, Gathering, Plan, Request};

fn daily(n: usize, method: &str) -> Request {
    let how = match method {
        "draws" => json!({"n": n, "distributions": {"rr": {"normal": {"mean": 0.8, "sd": 0.1}}}}),
        _ => json!({"n": n}),
    };
    let mut sweep = json!({"resolution": "daily", "assumptions": {"forecast_length_days": 120}});
    sweep[method] = how;
    let Value::Object(_) = &sweep else { unreachable!() };
    request(sweep)
}

/// Bytes of a forecast of the network at hand: forty columns and a little more.
fn forecast_bytes(plan: &Plan<'_>) -> u64 {
    8 * 44 * (NETWORK.historical_days() + plan.computed_days()) as u64
}

#[test]
fn going_through_stored_chunks_takes_the_heads_one_pass_and_a_summary_a_column() {
    const PASS: usize = 40_000;
    let request = daily(400, "draws");
    let plan = Plan::new(&request, &NETWORK).unwrap();
    let stored = chunks(&plan, 50);
    let all: usize = stored.iter().map(|chunk| chunk.as_bytes().len()).sum();

    let taken = measure(|| {
        let mut gathering = Gathering::new(&plan);
        for chunk in &stored {
            gathering.add(chunk.as_bytes()).unwrap();
        }
        for range in plan.passes(PASS) {
            let mut pass = Columns::new(&plan, range.clone());
            for chunk in &stored {
                let place = plan.column_bytes(chunk.runs().len(), &range);
                pass.add(&chunk.runs(), &chunk.as_bytes()[place]).unwrap();
            }
            gathering.take(pass).unwrap();
        }
        std::hint::black_box(gathering.findings().unwrap());
    });

    let heads = plan.head_bytes(400);
    // The summaries on their way into the answer's lists are held twice, and the ranks of every input and one series.
    let summaries = 2 * 80 * plan.columns();
    let bound = (2 * heads + PASS + summaries + 20_000) as u64;
    assert!(taken.bytes_max <= bound, "{} bytes at once, more than {bound}", taken.bytes_max);
    assert!(
        2 * bound < all as u64,
        "the bound is not below what is stored, so this shows nothing: {bound}, {all}"
    );
}

#[test]
fn a_chunk_takes_its_own_bytes_and_one_forecast_however_many_runs_it_has() {
    for method in ["draws", "bootstrap"] {
        let request = daily(400, method);
        let plan = Plan::new(&request, &NETWORK).unwrap();
        let taken = |runs: usize| {
            let mut chunk = None;
            let taken = measure(|| chunk = Some(plan.run_chunk(0..runs).unwrap()));
            assert_eq!(chunk.unwrap().runs().len(), runs);
            (taken.bytes_max - plan.chunk_bytes(runs) as u64, taken.count_total)
        };
        let ((few_bytes, few), (many_bytes, many)) = (taken(2), taken(200));
        assert_eq!((few_bytes, few), (many_bytes, many), "{method}: more runs take more than their chunk");
        assert!(many_bytes < 2 * forecast_bytes(&plan), "{method}: {many_bytes} besides the chunk");
        assert!(many < 30, "{method}: {many} allocations");
    }
}
