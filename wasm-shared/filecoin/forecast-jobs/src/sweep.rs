//! Many forecasts as one, as `POST /simulate/sweep` answers it, in chunks.
//!
//! A chunk's parts are the head of its result (inputs, end values, crossings) and then its columns in bands: a pass of the last step
//! reads one band of every chunk, so it never has more than a band in memory.

use std::ops::Range;

use forecast::Refusal;
use jobs::{Done, Failure, Product, Work};
use network_data::Snapshot;
use serde_json::{Map, Value};
use snapshot_store::Current;
use sweep::{Columns, Gathering, Plan, Request};

use crate::{failed, network, object, refused};

/// Bytes of a chunk's result at most.
const CHUNK_BYTES: usize = 4 << 20;
/// Days to forecast in a chunk at most, over all its runs: about a tenth of a second natively.
const CHUNK_DAYS: usize = 1_000_000;
/// Bytes of a band of columns, over all runs.
const BAND_BYTES: usize = 8 << 20;

pub(crate) fn check(input: Map<String, Value>, current: &Current) -> Result<usize, Vec<Refusal>> {
    let request = Request::parse(input)?;
    let plan = Plan::new(&request, &current.snapshot)?;
    Ok(chunks(&plan).len())
}

/// The runs of each chunk.
fn chunks(plan: &Plan<'_>) -> Vec<Range<usize>> {
    let by_days = (CHUNK_DAYS / plan.computed_days().max(1)).max(1) * plan.chunk_bytes(1);
    plan.chunks(CHUNK_BYTES.min(by_days)).collect()
}

pub(crate) async fn step(work: Work<'_>) -> Result<Done, Failure> {
    let request = Request::parse(object(work.input)?).map_err(refused)?;
    let snapshot = network::named(&work).await?;
    let plan = Plan::new(&request, &snapshot).map_err(refused)?;
    match work.chunk() {
        Some(chunk) => run_chunk(&plan, chunk).map(Done::Chunk),
        None => finish(work, &request, &snapshot, &plan).await.map(Done::Product),
    }
}

fn run_chunk(plan: &Plan<'_>, chunk: usize) -> Result<Vec<Vec<u8>>, Failure> {
    let runs = chunks(plan).get(chunk).cloned().ok_or_else(cut_otherwise)?;
    let count = runs.len();
    let result = plan.run_chunk(runs).map_err(|error| failed("The model refused its input", &error))?;
    let bytes = result.as_bytes();
    let mut parts = vec![bytes[..plan.head_bytes(count)].to_vec()];
    parts.extend(plan.passes(BAND_BYTES).map(|band| bytes[plan.column_bytes(count, &band)].to_vec()));
    Ok(parts)
}

async fn finish(
    work: Work<'_>,
    request: &Request,
    snapshot: &Snapshot,
    plan: &Plan<'_>,
) -> Result<Product, Failure> {
    let chunks = chunks(plan);
    if chunks.len() != work.job.chunks() {
        return Err(cut_otherwise());
    }
    let together = |error| failed("The runs could not be put together", &error);
    let together: &(dyn Fn(sweep::ChunkError) -> Failure + Sync) = &together;
    let mut gathering = Gathering::new(plan);
    for chunk in 0..chunks.len() {
        gathering.add(&work.part(chunk, 0).await?).map_err(together)?;
    }
    for (part, band) in plan.passes(BAND_BYTES).enumerate() {
        let mut columns = Columns::new(plan, band);
        for (chunk, runs) in chunks.iter().enumerate() {
            columns.add(runs, &work.part(chunk, part + 1).await?).map_err(together)?;
        }
        gathering.take(columns).map_err(together)?;
    }
    let mut findings = gathering.findings().map_err(together)?;
    let today = work.platform.clock().now().date_naive();
    for warning in forecast::data_warnings(snapshot, request.days(), today) {
        findings.warn(warning);
    }
    let json = serde_json::to_vec(&findings).map_err(|error| failed("The answer is not JSON", &error))?;
    Ok(Product { json, csv: findings.end_values_csv().map(String::into_bytes) })
}

/// A job that another release accepted.
fn cut_otherwise() -> Failure {
    Failure::lasting("OTHER_RELEASE", "The job was begun by another release; submit it again.")
}
