//! Chunks: any size, any order, any number of times, from memory or from storage, give the same answer to the byte.

#![allow(
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    reason = "json!(..) is handed over as it is written; a test fails by panicking"
)]

mod common;

use common::{NETWORK, NOISY, chunks, request};
use proptest::prelude::*;
use serde_json::json;
use sweep::{ChunkError, Columns, Gathering, Plan, Request, finish};

fn any_request() -> impl Strategy<Value = Request> {
    let thresholds =
        json!([{"series": "network_RBP_EIB", "below": 3.5}, {"series": "circ_supply", "above": 7.5e8}]);
    let assumptions = json!({"forecast_length_days": 40});
    let draws =
        json!({"rr": {"normal": {"mean": 0.8, "sd": 0.2}}, "rbp": {"lognormal": {"mean": 3, "sd": 2}}});
    prop_oneof![
        Just(json!({"grid": {"rbp": [0, 2, 4], "rr": [0.1, 0.5, 0.9], "fpr": [0.5, 1]}})),
        (1..30_usize, any::<u32>())
            .prop_map(move |(n, seed)| { json!({"draws": {"n": n, "seed": seed, "distributions": draws}}) }),
        (1..30_usize, any::<u32>(), 1..20_usize).prop_map(|(n, seed, block_days)| {
            json!({"bootstrap": {"n": n, "seed": seed, "last_days": 60, "block_days": block_days}})
        }),
    ]
    .prop_map(move |mut value| {
        value["assumptions"] = assumptions.clone();
        value["thresholds"] = thresholds.clone();
        // One of them divides by what is onboarded, which is nothing in some runs.
        value["output"] = json!(["network_RBP_EIB", "day_pledge_per_QAP", "rb_sched_expire_power_pib"]);
        request(value)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn chunks_of_any_size_in_any_order_give_the_same_bytes(
        request in any_request(),
        sizes in prop::collection::vec(1..12_usize, 40),
        order in any::<prop::sample::Index>(),
        pass_bytes in 1..20_000_usize,
    ) {
        let plan = Plan::new(&request, &NOISY).unwrap();
        let whole = finish(&plan, &[plan.run_chunk(0..plan.runs()).unwrap()]).unwrap();
        let whole = serde_json::to_vec(&whole).unwrap();

        let mut parts = Vec::new();
        let mut first = 0;
        for size in sizes {
            if first < plan.runs() {
                parts.push(plan.run_chunk(first..first + size).unwrap());
            }
            first += size;
        }
        let middle = order.index(parts.len());
        parts.rotate_left(middle);
        parts.reverse();
        // One comes twice, and one overlaps others.
        parts.push(parts[0].clone());
        parts.push(plan.run_chunk(plan.runs() / 3..plan.runs() / 2 + 1).unwrap());
        if parts.iter().map(|part| part.runs().end).max() == Some(plan.runs()) {
            prop_assert_eq!(&serde_json::to_vec(&finish(&plan, &parts).unwrap()).unwrap(), &whole);
        }

        // As from storage: the heads first, then a few columns at a time.
        let stored: Vec<Vec<u8>> = chunks(&plan, 7).into_iter().map(sweep::ChunkResult::into_bytes).collect();
        let mut gathering = Gathering::new(&plan);
        let mut runs = Vec::new();
        for bytes in &stored {
            let most = plan.head_bytes(7).min(bytes.len());
            runs.push(gathering.add(&bytes[..most]).unwrap());
        }
        for range in plan.passes(pass_bytes) {
            let mut pass = Columns::new(&plan, range.clone());
            for (runs, bytes) in runs.iter().zip(&stored).rev() {
                pass.add(runs, &bytes[plan.column_bytes(runs.len(), &range)]).unwrap();
            }
            gathering.take(pass).unwrap();
        }
        prop_assert_eq!(&serde_json::to_vec(&gathering.findings().unwrap()).unwrap(), &whole);
    }

    #[test]
    fn a_stored_chunk_is_read_back_as_it_was(request in any_request()) {
        let plan = Plan::new(&request, &NOISY).unwrap();
        let chunk = plan.run_chunk(0..5).unwrap();
        prop_assert_eq!(chunk.as_bytes().len(), plan.chunk_bytes(chunk.runs().len()));
        prop_assert_eq!(plan.read_chunk(chunk.as_bytes().to_vec()).unwrap(), chunk);
    }
}

fn sixteen() -> Request {
    request(json!({"grid": {"rr": [0.1, 0.2, 0.3, 0.4], "rbp": [1, 2, 3, 4]}, "output": "circ_supply",
                   "assumptions": {"forecast_length_days": 30}}))
}

#[test]
fn every_run_is_in_exactly_one_of_the_chunks_that_are_proposed() {
    let request = sixteen();
    let plan = Plan::new(&request, &NETWORK).unwrap();
    for runs in [1, 3, 16, 1_000] {
        let proposed: Vec<_> = plan.chunks(plan.chunk_bytes(runs)).collect();
        let all: Vec<usize> = proposed.iter().cloned().flatten().collect();
        assert_eq!(all, (0..16).collect::<Vec<_>>());
        assert!(proposed.iter().all(|chunk| plan.chunk_bytes(chunk.len()) <= plan.chunk_bytes(runs)));
    }
    // A run is never cut.
    assert_eq!(plan.chunks(1).count(), 16);
}

#[test]
fn passes_cover_every_column_once_within_their_memory() {
    let request = sixteen();
    let plan = Plan::new(&request, &NETWORK).unwrap();
    for bytes in [1, 8 * 16, 8 * 16 * 3, 1 << 20] {
        let passes: Vec<_> = plan.passes(bytes).collect();
        assert_eq!(
            passes.iter().cloned().flatten().collect::<Vec<_>>(),
            (0..plan.columns()).collect::<Vec<_>>()
        );
        assert!(passes.iter().all(|pass| pass.len() == 1 || 8 * 16 * pass.len() <= bytes));
    }
}

#[test]
fn an_answer_with_runs_missing_is_refused_and_says_which() {
    let request = sixteen();
    let plan = Plan::new(&request, &NETWORK).unwrap();
    let mut parts = chunks(&plan, 4);
    parts.remove(1);
    assert_eq!(finish(&plan, &parts).unwrap_err(), ChunkError::Missing(4..8));
    assert_eq!(ChunkError::Missing(4..8).to_string(), "runs 4 to 7 have no result yet");
    // The heads alone are no answer either.
    let mut gathering = Gathering::new(&plan);
    for chunk in chunks(&plan, 4) {
        gathering.add(chunk.as_bytes()).unwrap();
    }
    assert!(matches!(gathering.findings(), Err(ChunkError::Missing(_))));
    // Nor are all columns with a head missing, nor a pass that has not seen all runs.
    let all = chunks(&plan, 4);
    let mut gathering = Gathering::new(&plan);
    let mut columns = Columns::new(&plan, 0..plan.columns());
    for (place, chunk) in all.iter().enumerate() {
        if place != 2 {
            gathering.add(chunk.as_bytes()).unwrap();
        }
        columns.add(&chunk.runs(), &chunk.as_bytes()[plan.column_bytes(4, &(0..plan.columns()))]).unwrap();
    }
    gathering.take(columns).unwrap();
    assert_eq!(gathering.take(Columns::new(&plan, 0..1)).unwrap_err(), ChunkError::Missing(0..16));
    assert_eq!(gathering.findings().unwrap_err(), ChunkError::Missing(8..12));
}

#[test]
fn bytes_that_are_no_chunk_of_the_plan_are_refused_with_the_reason() {
    let request = sixteen();
    let plan = Plan::new(&request, &NETWORK).unwrap();
    let good = plan.run_chunk(0..4).unwrap().into_bytes();
    let with = |place: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        bytes
    };
    let refused = |bytes: Vec<u8>| plan.read_chunk(bytes).unwrap_err();
    assert_eq!(refused(Vec::new()), ChunkError::NotAChunk);
    assert_eq!(refused(good[..47].to_vec()), ChunkError::NotAChunk);
    assert_eq!(refused(good[..good.len() - 1].to_vec()), ChunkError::NotAChunk);
    assert_eq!(refused([good.as_slice(), &[0]].concat()), ChunkError::NotAChunk);
    assert_eq!(refused(with(0, b'X')), ChunkError::NotAChunk);
    assert_eq!(refused(with(4, 9)), ChunkError::OtherVersion(9));
    // More runs than any sweep has: no memory is spent on them.
    assert_eq!(refused(with(23, 0xff)), ChunkError::NotAChunk);
    for place in [48, 200, good.len() - 1] {
        assert_eq!(refused(with(place, good[place] ^ 1)), ChunkError::Damaged, "byte {place}");
    }

    let other = common::request(json!({"grid": {"rr": [0.1, 0.2, 0.3, 0.4], "rbp": [1, 2, 3, 5]},
        "output": "circ_supply", "assumptions": {"forecast_length_days": 30}}));
    assert_eq!(
        Plan::new(&other, &NETWORK).unwrap().read_chunk(good.clone()).unwrap_err(),
        ChunkError::OtherPlan,
        "another request"
    );
    assert_eq!(
        Plan::new(&request, &NOISY).unwrap().read_chunk(good.clone()).unwrap_err(),
        ChunkError::OtherPlan,
        "another network"
    );
    let mut gathering = Gathering::new(&plan);
    assert_eq!(gathering.add(&with(8, good[8] ^ 1)).unwrap_err(), ChunkError::OtherPlan);
    assert!(matches!(Columns::new(&plan, 0..2).add(&(0..4), &good[..8]), Err(ChunkError::NotAChunk)));
}

#[test]
fn a_sweep_too_large_for_memory_is_refused_before_it_is_read() {
    let request =
        request(json!({"draws": {"n": 10_000, "distributions": {"rr": {"uniform": {"low": 0, "high": 1}}}},
                                 "resolution": "daily", "assumptions": {"forecast_length_days": 365}}));
    let plan = Plan::new(&request, &NETWORK).unwrap();
    let bytes = plan.chunk_bytes(10_000);
    assert!(bytes > sweep::MAX_BYTES_AT_ONCE);
    assert_eq!(
        finish(&plan, &[]).unwrap_err(),
        ChunkError::TooLarge { bytes, most: sweep::MAX_BYTES_AT_ONCE }
    );
}

#[test]
fn runs_past_the_last_one_are_left_out() {
    let request = sixteen();
    let plan = Plan::new(&request, &NETWORK).unwrap();
    assert_eq!(plan.run_chunk(14..99).unwrap().runs(), 14..16);
    assert_eq!(plan.run_chunk(20..30).unwrap().runs(), 16..16);
}
