//! What is measured natively and as WebAssembly: the largest sweep, ten thousand runs of a year with five series.

use network_data::{Snapshot, demo};
use serde_json::{Value, json};
use sweep::{ChunkResult, Plan, Request, finish};

/// Bytes of a chunk, as a job would store them.
const CHUNK_BYTES: usize = 1 << 20;

/// A sweep that is computed again and again.
pub(crate) struct Workload {
    network: Snapshot,
    request: Request,
}

impl Workload {
    /// `one_year`: with a series that looks a year ahead, so that 729 days are computed instead of 365. `bootstrap`:
    /// runs drawn from the past instead of from distributions.
    pub(crate) fn new(runs: u32, one_year: bool, bootstrap: bool) -> Self {
        let last = if one_year { "1y_sector_roi" } else { "day_network_reward" };
        let mut sweep = json!({
            "output": ["network_RBP_EIB", "network_QAP_EIB", "circ_supply", "network_locked", last],
            "thresholds": [{"series": "network_RBP_EIB", "below": 3}],
        });
        if bootstrap {
            sweep["bootstrap"] = json!({"n": runs, "seed": 1});
        } else {
            let normal = |mean: f64, sd: f64| json!({"normal": {"mean": mean, "sd": sd}});
            sweep["draws"] = json!({"n": runs, "seed": 1, "distributions": {
                "rbp": normal(3.0, 0.5), "rr": normal(0.8, 0.05), "fpr": normal(0.8, 0.05)}});
        }
        let Value::Object(sweep) = sweep else { unreachable!() };
        let request = Request::parse(sweep).unwrap_or_else(|refused| panic!("{refused:?}"));
        Self { network: demo::snapshot().unwrap_or_else(|error| panic!("{error}")), request }
    }

    fn plan(&self) -> Plan<'_> {
        Plan::new(&self.request, &self.network).unwrap_or_else(|refused| panic!("{refused:?}"))
    }

    /// Every run, in chunks.
    pub(crate) fn chunks(&self) -> Vec<ChunkResult> {
        let plan = self.plan();
        let chunks = plan.chunks(CHUNK_BYTES).map(|runs| plan.run_chunk(runs));
        chunks.map(|chunk| chunk.unwrap_or_else(|error| panic!("{error}"))).collect()
    }

    /// A number that differs if any byte of the answer does (FNV-1a), in 52 bits so that JavaScript can hold it.
    pub(crate) fn fingerprint(&self, chunks: &[ChunkResult]) -> f64 {
        let findings = finish(&self.plan(), chunks).unwrap_or_else(|error| panic!("{error}"));
        let reply = serde_json::to_vec(&findings).unwrap_or_else(|error| panic!("{error}"));
        let hash = reply.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        (hash >> 12) as f64
    }
}
