//! What jobs can do: each tool checks its input as the direct path does, cuts the work, and does it.

mod goal;
mod network;
mod simulate;
mod sweep;

use forecast::Refusal;
use jobs::{Failure, Parts, Product, Work};
use platform::Platform;
use serde_json::{Map, Value};
use snapshot_store::Current;
use web::{FieldProblem, Problem};

/// A tool: a row of [`TOOLS`].
pub(crate) struct Tool {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it does, for the documentation.
    pub(crate) meaning: &'static str,
    /// Reads the input, and says into how many chunks the work is cut.
    check: Check,
}

/// How a tool reads its input.
type Check = fn(Map<String, Value>, &Current) -> Result<usize, Vec<Refusal>>;

/// Every tool.
pub(crate) static TOOLS: [Tool; 3] = [
    Tool { name: "simulate", meaning: "the forecast of POST /simulate", check: simulate::check },
    Tool {
        name: "sweep",
        meaning: "POST /simulate/sweep, with up to 10,000 runs and 20,000,000 values",
        check: sweep::check,
    },
    Tool { name: "goal", meaning: "POST /simulate/goal", check: goal::check },
];

/// The names of all tools.
pub(crate) fn names() -> [&'static str; 3] {
    TOOLS.each_ref().map(|tool| tool.name)
}

/// Work that was checked.
pub(crate) struct Checked {
    pub(crate) source: String,
    pub(crate) chunks: usize,
}

/// Checks what a tool is asked, by the same reader as the direct path.
pub(crate) fn check(tool: &Tool, input: Map<String, Value>, current: &Current) -> Result<Checked, Problem> {
    let chunks = (tool.check)(input, current).map_err(|refusals| {
        let in_body =
            |Refusal { pointer, detail }| FieldProblem { pointer: format!("/input{pointer}"), detail };
        Problem::invalid(refusals.into_iter().map(in_body).collect())
    })?;
    Ok(Checked { source: current.id.to_string(), chunks })
}

/// The tools, for the worker.
pub(crate) struct Tools;

impl jobs::Tools for Tools {
    async fn run_chunk(platform: &Platform, work: Work<'_>, chunk: usize) -> Result<Vec<Vec<u8>>, Failure> {
        match work.tool {
            "sweep" => sweep::run_chunk(platform, work, chunk).await,
            other => Err(unknown(other)),
        }
    }

    async fn finish(platform: &Platform, work: Work<'_>, parts: Parts<'_>) -> Result<Product, Failure> {
        match work.tool {
            "simulate" => simulate::finish(platform, work).await,
            "sweep" => sweep::finish(platform, work, parts).await,
            "goal" => goal::finish(platform, work).await,
            other => Err(unknown(other)),
        }
    }
}

/// A job that a release with more tools accepted.
fn unknown(tool: &str) -> Failure {
    Failure::lasting("UNKNOWN_TOOL", format!("This release has no tool {tool}."))
}

/// The input again: it was read before it was accepted.
fn object(input: &str) -> Result<Map<String, Value>, Failure> {
    serde_json::from_str(input).map_err(|error| failed("The input cannot be read", &error))
}

/// What the reader refuses. That can only be where another release accepted it.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn refused(refusals: Vec<Refusal>) -> Failure {
    let all: Vec<_> =
        refusals.iter().map(|Refusal { pointer, detail }| format!("{pointer} {detail}")).collect();
    Failure::lasting("INVALID_REQUEST", all.join("; "))
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::lasting("INTERNAL_ERROR", format!("{what} ({error})."))
}
