//! The tools as jobs: a step is one call of the model, and what was made before it is kept.

use std::{fmt::Write as _, time::Duration};

use job_tools::{Asked, Plan, Refused, webhooks};
use jobs::{Done, Failure, Product, Told, Work};
use models::{Kind, Models, Payer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use web::{FieldProblem, Problem, Scope, Scopes};

use crate::{
    Assignment, Draft, Phase, Refusal, Tool, input,
    store::{PhaseStore, tidy},
    tool::{DESIGN_ARCHITECTURE, DESIGN_UX, FULL_PIPELINE, GENERATE_CODE, STRATEGIZE, named},
};

/// What callers need besides the scope `jobs`.
pub const SCOPES: Scopes = Scopes::of(&[Scope::Models]);
/// The most that one call of a model may take: a step has five minutes.
const LONGEST_CALL: Duration = Duration::from_mins(4);
/// The longest pause that a provider may want before the next attempt.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);

macro_rules! job {
    ($(#[$doc:meta])* $name:ident, $tool:ident, $meaning:literal) => {
        $(#[$doc])*
        pub static $name: job_tools::Tool = job_tools::Tool {
            name: $tool.name,
            meaning: $meaning,
            scopes: SCOPES,
            topic: jobs::SLOW_TOPIC,
            read: |asked| Box::pin(read(&$tool, asked)),
            step: |work| Box::pin(step(work)),
        };
    };
}

job!(
    /// Strategy and requirements.
    STRATEGIZE_JOB, STRATEGIZE, "a product strategy and requirements, written by a language model (docs/planning.md)"
);
job!(
    /// Design system and wireframes.
    DESIGN_UX_JOB, DESIGN_UX, "a design system and wireframes"
);
job!(
    /// Architecture.
    DESIGN_ARCHITECTURE_JOB, DESIGN_ARCHITECTURE, "an architecture"
);
job!(
    /// Code.
    GENERATE_CODE_JOB, GENERATE_CODE, "the files of a project"
);
job!(
    /// All phases.
    FULL_PIPELINE_JOB, FULL_PIPELINE, "strategy, design, architecture and code, each from what the former made"
);

/// Every tool, for the table of jobs.
pub static JOB_TOOLS: [&job_tools::Tool; 5] =
    [&STRATEGIZE_JOB, &DESIGN_UX_JOB, &DESIGN_ARCHITECTURE_JOB, &GENERATE_CODE_JOB, &FULL_PIPELINE_JOB];

async fn read(tool: &'static Tool, asked: Asked<'_>) -> Result<Plan, Refused> {
    let field = |Refusal { pointer, detail }| FieldProblem { pointer, detail };
    let input = input::read(tool, asked.input)
        .map_err(|refusals| Refused::Fields(refusals.into_iter().map(field).collect()))?;
    // Whoever has no model learns it now, and not from a job that fails.
    let model = Models::open(asked.platform).await.and_then(|models| models.choose(None));
    model.map_err(Problem::from)?;
    let webhook = match input.get("webhook_url").and_then(Value::as_str) {
        Some(url) => {
            let settings = webhooks::required(asked.platform, &job_tools::account(asked.caller)).await?;
            Some(webhooks::address(&settings, url, "/webhook_url")?.as_str().to_owned())
        }
        None => None,
    };
    Ok(Plan { webhook, ..Plan::default() })
}

/// What a job keeps from one step to the next.
#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    /// How many phases are done.
    done: usize,
    /// When the phase at work began, in milliseconds since 1970.
    began: i64,
    /// What it has made.
    draft: Draft,
    /// When each phase began and ended, and its tokens.
    #[serde(default)]
    runs: Vec<Value>,
}

/// Calls the model once.
async fn step(work: Work<'_>) -> Result<Done, Failure> {
    let Work { platform, job, .. } = work;
    let tool = named(&job.tool).ok_or_else(|| Failure::lasting("UNKNOWN_TOOL", "There is no such tool."))?;
    let input = serde_json::from_str(work.input).ok().and_then(|input| input::read(tool, input).ok());
    let input =
        input.ok_or_else(|| Failure::lasting("INVALID_REQUEST", "This release does not take the input."))?;
    let phases = tool.phases_for(&input);
    let now = platform.clock().now();
    let Some(kept) = work.kept else {
        // Where no schedule does it.
        tidy(platform).await?;
        // Says which phase it is before the first call, which may take minutes.
        let state = State { began: now.timestamp_millis(), ..State::default() };
        return later(&state, &phases, None);
    };
    let mut state: State = serde_json::from_slice(kept).map_err(|_| {
        Failure::lasting("OTHER_RELEASE", "The job was begun by another release; submit it again.")
    })?;
    let store = PhaseStore::open(platform).await?;
    let Some(phase) = phases.get(state.done).copied() else {
        return product(&store, work, tool, &phases, &state).await;
    };
    let passed = (now.timestamp_millis() - state.began).unsigned_abs();
    let left = phase.deadline.saturating_sub(Duration::from_millis(passed));
    if left.is_zero() {
        let minutes = phase.deadline.as_secs() / 60;
        let reason = format!("The phase {} was not done within {minutes} minutes.", phase.name);
        return Err(Failure::lasting("PHASE_TIMED_OUT", reason));
    }
    store.begin(&job.id, phase).await?;
    let mut former = Vec::new();
    for earlier in &phases[..state.done] {
        let output = store.output(&job.id, earlier.name).await?;
        let output = output
            .ok_or_else(|| Failure::passing("PART_MISSING", "What an earlier phase made is not there."))?;
        former.push((earlier.name, Value::Object(output)));
    }
    let today = now.format("%Y-%m-%d").to_string();
    let assignment = Assignment { phase, input: &input, former: &former, today: &today };
    if let Some(request) = state.draft.request(&assignment) {
        let caller = job_tools::on_behalf(platform, job).await?;
        if !caller.scopes.contains(SCOPES) {
            return Err(Failure::lasting("INSUFFICIENT_SCOPE", "The key has the scope `models` no more."));
        }
        let payer = Payer::of(platform, &caller).await.map_err(failed)?;
        let model = Models::open(platform).await.and_then(|models| models.choose(None)).map_err(failed)?;
        let model = model.within(LONGEST_CALL.min(left));
        let reply = match model.complete(platform, &payer, &request).await {
            Ok(reply) => reply,
            Err(failure) => return pause(&state, &phases, failure),
        };
        let taken = state.draft.take(&assignment, &reply);
        store.spent(&job.id, phase, state.draft.tokens.total()).await?;
        taken.map_err(|spoiled| {
            Failure::lasting(spoiled.code, format!("The phase {} failed. {}", phase.name, spoiled.reason))
        })?;
    }
    if let Some(output) = state.draft.output(phase) {
        store.finish(&job.id, phase, output).await?;
        let time = |millis| jobs::view::time(millis);
        state.runs.push(json!({
            "name": phase.name, "started_at": time(state.began), "finished_at": time(platform.clock().now().timestamp_millis()),
            "tokens": state.draft.tokens.total(),
        }));
        state.done += 1;
        state.draft = Draft::default();
        state.began = platform.clock().now().timestamp_millis();
    }
    later(&state, &phases, None)
}

/// A provider that wants a pause gets it; other failures are the job's, which tries those again that may pass.
fn pause(state: &State, phases: &[&'static Phase], failure: models::Failure) -> Result<Done, Failure> {
    let wanted = failure.retry_after.filter(|pause| *pause <= LONGEST_PAUSE);
    match wanted {
        Some(pause) if matches!(failure.kind, Kind::RateLimited | Kind::Overloaded) => {
            later(state, phases, Some(pause))
        }
        _ => Err(failed(failure)),
    }
}

fn failed(failure: models::Failure) -> Failure {
    let (code, _) = failure.kind.code();
    if failure.kind.passes() {
        Failure::passing(code, failure.detail)
    } else {
        Failure::lasting(code, failure.detail)
    }
}

fn later(state: &State, phases: &[&'static Phase], pause: Option<Duration>) -> Result<Done, Failure> {
    let keep = serde_json::to_vec(state);
    let keep = keep.map_err(|_| Failure::lasting("INTERNAL_ERROR", "The state cannot be written."))?;
    let (mut words, share) = match phases.get(state.done) {
        Some(phase) => (format!("{}: {}", phase.name, state.draft.doing(phase)), state.draft.share(phase)),
        None => ("putting the result together".to_owned(), 0.0),
    };
    if let Some(pause) = pause {
        // Writing to a String does not fail.
        let _ = write!(words, " (the provider wants a pause of {} s)", pause.as_secs());
    }
    let percent = 99.0 * (state.done as f64 + share) / phases.len().max(1) as f64;
    let told = Told { phase: words, percent: percent.clamp(0.0, 99.0) as u8 };
    Ok(Done::Later { told, after: pause.unwrap_or_default(), keep: Some(keep) })
}

/// The result: of a tool with one phase what the phase made, of the pipeline what each made.
async fn product(
    store: &PhaseStore<'_>,
    work: Work<'_>,
    tool: &Tool,
    phases: &[&'static Phase],
    state: &State,
) -> Result<Done, Failure> {
    let mut all = Map::new();
    for phase in phases {
        let output = store.output(&work.job.id, phase.name).await?;
        let output =
            output.ok_or_else(|| Failure::passing("PART_MISSING", "What a phase made is not there."))?;
        if tool.phases.len() == 1 {
            all = output;
        } else {
            all.insert(phase.name.to_owned(), Value::Object(output));
        }
    }
    if tool.phases.len() > 1 {
        all.insert("phases".to_owned(), state.runs.clone().into());
    }
    let json = serde_json::to_vec(&all)
        .map_err(|_| Failure::lasting("INTERNAL_ERROR", "The result cannot be written."))?;
    Ok(Done::Product(Product { json, csv: None }))
}

/// The phase names of a job, from its tool and input; none where the job is of no tool of these.
#[must_use]
pub fn phases_of_job(tool: &str, input: &str) -> Option<Vec<&'static Phase>> {
    let tool = named(tool)?;
    let input =
        serde_json::from_str(input).ok().and_then(|input| input::read(tool, input).ok()).unwrap_or_default();
    Some(tool.phases_for(&input))
}
